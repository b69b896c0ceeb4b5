//! Whether what the caller brings still holds: told before anything is sent, by this machine's clock.

use crate::dsn::keys::Key;
use crate::error::{AuthError, Stage, Status};
use crate::ports::Ports;
use crate::protocol::jwt;
use crate::secret::SecretString;
use aws_smithy_types::date_time::{DateTime, Format};

/// Until when a token holds, as far as it says. One that is no JWT is opaque: whom it convinces is for the server to say.
pub(super) fn of_token(key: Key, token: &SecretString, ports: &Ports) -> Result<Option<i64>, AuthError> {
    let Ok(claims) = jwt::read(token) else {
        ports.log.debug("login", format_args!("{} is not a JWT; handed on as it is", key.name()));
        return Ok(None);
    };
    of_jwt(key, &claims, ports)
}

/// Until when a JWT holds; an error if that is past.
pub(super) fn of_jwt(key: Key, claims: &jwt::Claims, ports: &Ports) -> Result<Option<i64>, AuthError> {
    let expires_at = claims.expires_at_ms();
    unexpired(key, expires_at, ports)?;
    Ok(expires_at)
}

/// Refuses what ended before now.
pub(super) fn unexpired(key: Key, expires_at: Option<i64>, ports: &Ports) -> Result<(), AuthError> {
    let now = ports.clock.now_ms();
    let Some(end) = expires_at.filter(|end| *end <= now) else { return Ok(()) };
    let message = format!("{} expired at {}; by this machine's clock it is {}", key.name(), moment(end), moment(now));
    Err(AuthError::new(Status::AssertionInvalid, Stage::Assertion, message)
        .hint("get a fresh one from the identity provider; if it is fresh, set this machine's clock"))
}

/// `2026-01-31T12:00:00Z`
fn moment(unix_ms: i64) -> String {
    DateTime::from_secs(unix_ms.div_euclid(1000)).fmt(Format::DateTime).unwrap_or_else(|_| format!("{unix_ms} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::fixture::{Desk, NOW_MS};

    #[test]
    fn holds_until_the_millisecond_it_ends() {
        let desk = Desk::new(&[], []);
        for (end, holds) in [(None, true), (Some(NOW_MS + 1), true), (Some(NOW_MS), false), (Some(0), false)] {
            assert_eq!(unexpired(Key::Token, end, &desk.ports).is_ok(), holds, "{end:?}");
        }
        let error = unexpired(Key::Token, Some(NOW_MS - 1000), &desk.ports).unwrap_err();
        assert_eq!(
            error.message(),
            "token expired at 2025-12-31T23:59:59Z; by this machine's clock it is 2026-01-01T00:00:00Z"
        );
        assert!(error.hint_text().unwrap().contains("clock"));
    }
}
