//! The time that a call may take.

use super::caller::TimeLimit;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::options::Options;
use crate::ports::prompt::seconds_for_a_person;
use std::time::Duration;

/// The limit of a call for which neither options nor settings name one.
const DEFAULT_LIMIT: Duration = Duration::from_mins(1);

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
            let for_a_person = seconds(seconds_for_a_person(settings)?);
            TimeLimit { whole: Some(DEFAULT_LIMIT), for_a_person }
        }
    })
}
