//! Values of keys that are not secret, as they may be shown: people put secrets into them all the same.

use super::keys::Kind;
use std::borrow::Cow;

const REDACTED: &str = "[redacted]";

/// The value without what is a secret by its place: user and query of a URL, a token, a private key.
#[must_use]
pub fn shown(kind: Kind, text: &str) -> Cow<'_, str> {
    if is_token(text) {
        return REDACTED.into();
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None if matches!(kind, Kind::Host | Kind::HostPort | Kind::Endpoint | Kind::HttpsUrl) => (None, text),
        None => return text.into(),
    };
    // The last @: a password may hold one, too.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => (true, rest),
        None => (false, rest),
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    if !user && end == rest.len() {
        return text.into();
    }
    let (before, queried) = (rest.get(..end).unwrap_or_default(), end < rest.len());
    let scheme = scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default();
    let user = if user { format!("{REDACTED}@") } else { String::new() };
    format!("{scheme}{user}{before}{}", if queried { "?…" } else { "" }).into()
}

/// Whether a secret is in it, by its place. The query of a login page is not shown, but is no secret: most providers have
/// one, which says what application is meant.
#[must_use]
pub fn hides_something(kind: Kind, text: &str) -> bool {
    let text = match kind {
        Kind::HttpsUrl => text.split(['?', '#']).next().unwrap_or_default(),
        _ => text,
    };
    shown(kind, text) != text
}

/// A JWT, or a private key.
fn is_token(text: &str) -> bool {
    (text.trim_start().starts_with("eyJ") && text.matches('.').count() >= 2) || text.contains("-----BEGIN")
}

#[cfg(test)]
mod tests {
    use super::{hides_something, shown};
    use crate::dsn::keys::Kind;

    #[test]
    fn secrets_by_their_place() {
        for (kind, text, expected) in [
            (Kind::Endpoint, "https://h.example/a", "https://h.example/a"),
            (Kind::Endpoint, "https://user:pass@h.example:8443/a", "https://[redacted]@h.example:8443/a"),
            (Kind::Endpoint, "http://user:p/a?s#s@h", "http://[redacted]@h"),
            (Kind::HttpsUrl, "https://h/app?RelayState=x&token=y#z", "https://h/app?…"),
            (Kind::HttpsUrl, "https://h/app#token", "https://h/app?…"),
            (Kind::Host, "user:pass@h", "[redacted]@h"),
            (Kind::HostPort, "idp.example:443", "idp.example:443"),
            (Kind::Text, "alice@example.com", "alice@example.com"),
            (Kind::Text, "say 'http://u:p@h/' to it", "say 'http://[redacted]@h/' to it"),
            (Kind::Text, "eyJhbGciOi.eyJzdWIi.c2ln", "[redacted]"),
            (Kind::Path, "-----BEGIN PRIVATE KEY-----", "[redacted]"),
            (Kind::Arn, "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/a"),
        ] {
            assert_eq!(shown(kind, text), expected, "{text}");
            let is_query = matches!(kind, Kind::HttpsUrl);
            assert_eq!(hides_something(kind, text), text != expected && !is_query, "{text}");
        }
        assert!(hides_something(Kind::HttpsUrl, "https://user:pass@h/app?x=y"));
    }
}
