//! A report of what a login would do: offline, with what this process and the disk keep for it.

use super::cached::policy;
use super::caller::{Caller, TimeLimit};
use super::key_ring::KeyRing;
use super::limit::time_limit;
use super::source::settings_and_faults;
use super::worker::{Worker, wait_for};
use crate::cache::disk;
use crate::dsn::keys::Key;
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::explain::{self, Kept, Limit, Look, Situation};
use crate::log::Log;
use crate::login::plan::HostSide;
use crate::options::{CachePolicy, Options};
use crate::os::privileges;
use crate::ports::Ports;
use crate::ports::clock::Clock;
use crate::ports::env::Env;
use crate::ports::progress::Progress;
use crate::ports::store::Store;
use crate::process;

/// The report for a DSN. It waits for nobody, so that options' time limit and cancel token do not matter.
pub(crate) fn explain(pairs: &[(&str, &str)], options: &Options) -> Result<String, AuthError> {
    let (settings, mut errors) = settings_and_faults(pairs, Source::Argument);
    let policy = policy(&settings, options).map_err(|error| errors.push(error)).unwrap_or(options.cache);
    let limit = time_limit(&settings, options).map_err(|error| errors.push(error)).ok();
    let situation = Situation {
        host: HostSide {
            plugins: options.plugins.iter().map(|plugin| plugin.name.clone()).collect(),
            keys: options.host_keys.clone(),
            accepted_kinds: options.accepted_kinds,
        },
        kept: kept(&settings, options, policy),
        limit: limit.map(|TimeLimit { whole, for_a_person }| {
            let of_key = || if settings.given(Key::LoginTimeout) { "LoginTimeout" } else { "default" };
            Limit { whole, for_a_person, source: if options.timeout.is_some() { "options" } else { of_key() } }
        }),
    };
    let nothing = Options::default();
    let caller = Caller::new(&nothing, TimeLimit::fixed(None));
    // On a thread of its own as a login: what it knows of secrets ends with it.
    let worker = Worker::start(&caller, move |progress| async move {
        let mut ports = ports(&settings, Log::default(), progress, &mut errors)?;
        if let Some(shelf) = situation.kept.shelf() {
            ports.store = Store::new(shelf, ports.prompt.attendance().clone());
        }
        Ok(explain::report(settings, &situation, &ports, errors).await)
    })?;
    wait_for(&caller, worker)
}

/// The outside world of these settings, or the plain one where they do not allow any.
pub(super) fn ports(
    settings: &Settings,
    log: Log,
    progress: Progress,
    errors: &mut Vec<AuthError>,
) -> Result<Ports, AuthError> {
    let state = process::state();
    state.ports(settings, log.clone(), progress.clone()).or_else(|error| {
        errors.push(error);
        let nothing = Settings::from_pairs(Vec::<(String, String)>::new(), Source::Argument);
        state.ports(&nothing, log, progress)
    })
}

fn kept(settings: &Settings, options: &Options, policy: CachePolicy) -> Kept {
    if policy == CachePolicy::Off {
        return Kept {
            policy,
            result: None,
            identity: None,
            disk: Err("nothing is kept (DisableCache, or the options)".to_owned()),
        };
    }
    let (keys, state, now) = (KeyRing::new(settings, None, options), process::state(), Clock::real().now_ms());
    let disk = match policy {
        CachePolicy::Memory => Err("the options keep logins in memory only".to_owned()),
        _ if privileges::raised() => Err("logins of a set-uid program are not stored on disk".to_owned()),
        _ => disk::directory_of(settings, &Env::real()).map(|directory| {
            let seen = disk::look(&directory, &keys.shared_identity(), Box::new(keys.registrations()), now);
            Look { directory, seen }
        }),
    };
    Kept {
        policy,
        result: state.results().peek(&keys.result(), now),
        identity: state.identities().peek(&keys.identity(), now),
        disk,
    }
}
