//! The time that a call may take.

use super::caller::TimeLimit;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::options::Options;
use std::time::Duration;

/// The limit of a call for which neither options nor settings name one.
const DEFAULT_LIMIT: Duration = Duration::from_mins(1);
/// The default of `idp_response_timeout`.
const TIME_FOR_A_PERSON: Duration = Duration::from_mins(2);

/// The options' limit, else `LoginTimeout`, else ours, with more of it for a person.
pub(super) fn time_limit(settings: &Settings, options: &Options) -> Result<TimeLimit, AuthError> {
    if let Some(limit) = options.timeout {
        return Ok(TimeLimit::fixed(limit));
    }
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    Ok(match settings.number(Key::LoginTimeout)? {
        Some(0) => TimeLimit::fixed(None),
        Some(limit) => TimeLimit::fixed(Some(seconds(limit))),
        None => {
            let for_a_person = settings.number(Key::IdpResponseTimeout)?.map_or(TIME_FOR_A_PERSON, seconds);
            TimeLimit { whole: Some(DEFAULT_LIMIT), for_a_person }
        }
    })
}
