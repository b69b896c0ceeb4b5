//! The result for a person.

use super::timestamp::iso_8601;
use crate::library::Credentials;
use crate::terminal::printable;
use std::fmt::Write;
use zeroize::Zeroizing;

/// Stands for a secret.
const MASK: &str = "******** (--show-secrets shows it)";

/// What there is, a line each.
pub fn text(credentials: &Credentials, secrets: bool) -> Zeroizing<String> {
    let secret = |value: Option<&str>| value.map(|value| (if secrets { value } else { MASK }).to_owned());
    let plain = |value: Option<&str>| value.map(printable);
    let rows = [
        ("method", plain(credentials.plugin())),
        ("user", plain(credentials.user())),
        ("password", secret(credentials.password())),
        ("host", plain(credentials.host())),
        ("port", credentials.port().map(|port| port.to_string())),
        ("database", plain(credentials.database())),
        ("token", secret(credentials.token())),
        ("token type", plain(credentials.token_type())),
        ("provider", plain(credentials.idp_type())),
        ("namespace", plain(credentials.identity_namespace().or(credentials.provider_name()))),
        ("role", plain(credentials.role_arn())),
        ("expires", credentials.expires_at_unix_ms().and_then(iso_8601)),
        ("from cache", credentials.is_from_cache().then(|| "yes".to_owned())),
    ];
    let mut text = Zeroizing::new(String::with_capacity(16 * 1024));
    for (name, value) in rows {
        if let Some(value) = value.map(Zeroizing::new) {
            let _ = writeln!(text, "{name:<11}{}", value.as_str());
        }
    }
    text
}
