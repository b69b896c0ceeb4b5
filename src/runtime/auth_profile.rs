//! The members of a server-side authentication profile, for a driver that needs Host and Database of it first.

use super::caller::Caller;
use super::guard;
use super::limit::time_limit;
use super::worker::{Worker, wait_for};
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::login;
use crate::options::Options;
use crate::process;

/// Asks DescribeAuthenticationProfiles with the keys, region, proxy and endpoint of `settings`.
pub(crate) fn read_auth_profile(settings: Settings, options: &Options) -> Result<Vec<(String, String)>, AuthError> {
    guard::check(options)?;
    let caller = Caller::new(options, time_limit(&settings, options)?);
    let log = caller.log.clone();
    let worker = Worker::start(&caller, move |progress| async move {
        let ports = process::state().ports(&settings, log, progress)?;
        login::read_auth_profile(settings, &ports).await
    })?;
    let result = wait_for(&caller, worker);
    caller.flush();
    result
}
