//! How each dialect writes a value so that it is read back as it is.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// `key=value;…` as ODBC driver managers and Amazon's driver read it.
#[must_use]
pub fn braced_pairs<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        let value = value.as_ref();
        if value.contains([';', '{', '}']) || value.trim() != value {
            push_pair(&mut text, key.as_ref(), &braces(value));
        } else {
            push_pair(&mut text, key.as_ref(), value);
        }
    }
    text
}

/// Adds `key=value;`.
pub(super) fn push_pair(text: &mut String, key: &str, value: &str) {
    text.extend([key, "=", value, ";"]);
}

/// The value in braces, `}` doubled.
pub(super) fn braces(value: &str) -> String {
    format!("{{{}}}", value.replace('}', "}}"))
}

/// The value in single quotes, as libpq reads it.
pub(super) fn conninfo(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The same, without quotes where none are needed.
pub(super) fn conninfo_if_needed(value: &str) -> String {
    let plain =
        !value.is_empty() && !value.contains(|letter: char| letter.is_whitespace() || matches!(letter, '\'' | '\\'));
    if plain { value.to_owned() } else { conninfo(value) }
}

/// RFC 3986, section 2.3: only unreserved characters stay.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The value with percent escapes.
pub(super) fn percent(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// The host of a URL: an IPv6 address in brackets.
pub(super) fn url_host(host: &str) -> String {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if address.contains(':') { format!("[{address}]") } else { percent(host) }
}

/// Parameters of libpq that a DSN may carry besides those of the login.
const LIBPQ_NAMES: &[&str] = &[
    "application_name",
    "fallback_application_name",
    "connect_timeout",
    "client_encoding",
    "options",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "gssencmode",
    "channel_binding",
    "target_session_attrs",
    "load_balance_hosts",
];

/// The name of libpq's parameter for a key of a DSN.
pub(super) fn libpq_name(key: &str) -> Option<&'static str> {
    if key.eq_ignore_ascii_case("ApplicationName") {
        return Some("application_name");
    }
    LIBPQ_NAMES.iter().find(|name| name.eq_ignore_ascii_case(key)).copied()
}
