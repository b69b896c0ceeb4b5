//! An examination of a login: online, past all caches, within a limit of its own.

use super::cached::{connect, host_plugins};
use super::caller::{Caller, TimeLimit};
use super::explain::ports;
use super::source::settings_and_faults;
use super::worker::{Worker, wait_for};
use super::{Wanted, guard};
use crate::doctor::{self, Examination, Lines, Reach};
use crate::dsn::settings::Source;
use crate::error::AuthError;
use crate::login::Job;
use crate::options::Options;
use crate::ports::Ports;
use crate::process;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The limit where the options set none.
const LIMIT: Duration = Duration::from_secs(20);

/// The report for a DSN. When its time is over it tells how far it came; a cancel ends it without one.
pub(crate) fn doctor(pairs: &[(&str, &str)], options: &Options) -> Result<String, AuthError> {
    guard::check(options)?;
    let begun = Instant::now();
    let (settings, mut errors) = settings_and_faults(pairs, Source::Argument);
    // The examination watches the time itself: what it has seen by then is what it is for.
    let caller = Caller::new(options, TimeLimit::fixed(None));
    let lines = Arc::new(Lines::since(begun));
    let (log, prompt, state) = (caller.log.and(lines.clone()), caller.prompt(), process::state());
    let job = Job {
        settings,
        entry: None,
        wanted: Wanted::Login,
        accepted_kinds: options.accepted_kinds,
        host_keys: options.host_keys.clone(),
        host_plugins: host_plugins(&caller),
        connect: connect(state, &caller),
        known: None,
        disk: None,
    };
    let (network_log, has_somebody) = (log.clone(), prompt.has_somebody());
    let limit = options.timeout.unwrap_or(Some(LIMIT));
    let worker = Worker::start(&caller, move |progress| async move {
        let ports = Ports { prompt, ..ports(&job.settings, log, progress, &mut errors)? };
        let reach: Reach = Box::new(move |settings| Ok((state.probe(settings)?, state.http(settings, &network_log)?)));
        let examination = Examination { job, errors, reach, has_somebody, begun, limit, lines };
        Ok(Box::pin(doctor::report(examination, ports)).await)
    })?;
    let result = wait_for(&caller, worker);
    caller.flush();
    result
}
