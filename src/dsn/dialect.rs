//! The result of a login written for a driver: as keywords, as a connection string, laid over a DSN.

mod quote;

use super::keys::{self, Key};
use super::settings::quoted;
use crate::credentials::{Credentials, Kind};
use crate::error::AuthError;
use crate::secret::{ExposeSecret, SecretString, secret};
pub use quote::braced_pairs;

/// Whose connection strings are written. The numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Amazon's ODBC driver.
    RedshiftOdbc,
    /// The ODBC driver of `PostgreSQL`.
    Psqlodbc,
    /// `key='value' …` of libpq.
    Libpq,
    /// `postgresql://…` of libpq and others.
    Url,
}

impl Dialect {
    /// The dialect of this number, if there is one.
    #[must_use]
    pub const fn from_number(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::RedshiftOdbc),
            2 => Some(Self::Psqlodbc),
            3 => Some(Self::Libpq),
            4 => Some(Self::Url),
            _ => None,
        }
    }
}

/// Keywords and values in the order of the C documentation. Absent values are left out; AWS keys have none.
#[must_use]
pub fn kv(credentials: &Credentials) -> Vec<(&'static str, SecretString)> {
    let text = |value: &Option<String>| value.clone().map(secret);
    let own = match credentials.kind {
        Kind::AwsKeys => return Vec::new(),
        Kind::DbPassword => vec![("UID", text(&credentials.user)), ("PWD", credentials.password.clone())],
        Kind::NativeToken => vec![
            // Whatever plugin fetched it: this is the one by which Amazon's driver takes a token that is there already.
            ("plugin_name", Some(secret("IdpTokenAuthPlugin"))),
            ("idp_type", text(&credentials.idp_type)),
            ("token_type", text(&credentials.token_type)),
            ("token", credentials.token.clone()),
            ("identity_namespace", text(&credentials.identity_namespace)),
            ("provider_name", text(&credentials.provider_name)),
        ],
    };
    let place = [
        ("Server", text(&credentials.host)),
        ("Port", (credentials.port != 0).then(|| secret(credentials.port.to_string()))),
        ("Database", text(&credentials.database)),
        ("SSLMode", Some(secret(credentials.ssl_mode.as_str()))),
    ];
    let given = |(key, value): (&'static str, Option<SecretString>)| Some((key, value?));
    own.into_iter().chain(place).filter_map(given).filter(|(_, value)| !value.expose_secret().is_empty()).collect()
}

/// The result alone; `None` where the dialect cannot say it.
#[must_use]
pub fn connection_string(credentials: &Credentials, dialect: Dialect) -> Option<String> {
    write(credentials, dialect, &[]).ok()
}

/// The DSN with the result laid over it: keys of ours are taken out, the driver's own stay. libpq refuses keys that it
/// does not know, so its dialects keep only its own.
pub fn merge<K: AsRef<str>, V: AsRef<str>>(
    pairs: &[(K, V)],
    credentials: &Credentials,
    dialect: Dialect,
) -> Result<String, AuthError> {
    let pairs =
        pairs.iter().map(|(key, value)| (key.as_ref().trim(), value.as_ref())).filter(|(_, value)| !value.is_empty());
    let rest: Vec<(&str, &str)> = pairs.filter(|(key, _)| stays(key, dialect)).collect();
    // Our own reader takes what holds :// for a URL.
    let is_odd = |key: &str| key.is_empty() || key.contains(['=', ';', '{', '}', '\0']) || key.contains("://");
    if let Some((key, _)) = rest.iter().find(|(key, _)| is_odd(key)) {
        return Err(AuthError::invalid_setting(format!("the key {} cannot stand in a connection string", quoted(key))));
    }
    write(credentials, dialect, &rest)
}

fn stays(key: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Libpq | Dialect::Url => quote::libpq_name(key).is_some(),
        Dialect::Psqlodbc => keys::find(key).is_none(),
        // CaPath is part of the connection's own TLS.
        Dialect::RedshiftOdbc => keys::find(key).is_none_or(|key| key == Key::CaPath),
    }
}

fn write(credentials: &Credentials, dialect: Dialect, rest: &[(&str, &str)]) -> Result<String, AuthError> {
    match credentials.kind {
        Kind::AwsKeys => return Err(AuthError::invalid_setting("AWS keys are no login to a database")),
        Kind::NativeToken if dialect != Dialect::RedshiftOdbc => {
            return Err(AuthError::invalid_setting("a token for the server can only be said to Amazon's drivers")
                .hint("use the dialect REDSHIFT_ODBC, or hand the token over in the driver itself"));
        }
        Kind::NativeToken | Kind::DbPassword => {}
    }
    match dialect {
        Dialect::RedshiftOdbc => Ok(redshift_odbc(credentials, rest)),
        Dialect::Psqlodbc => psqlodbc(credentials, rest),
        Dialect::Libpq => Ok(libpq(credentials, rest)),
        Dialect::Url => Ok(url(credentials, rest)),
    }
}

/// `Driver` and `DSN` come first, as driver managers like it. A DSN's own `IAM=1` would make the driver log in again, so
/// it is switched off where the DSN's name stays.
fn redshift_odbc(credentials: &Credentials, rest: &[(&str, &str)]) -> String {
    let result = kv(credentials);
    let mut pairs = rest.to_vec();
    pairs.extend(result.iter().map(|(key, value)| (*key, value.expose_secret())));
    pairs.extend(credentials.ca_file.as_deref().map(|file| ("CaFile", file)));
    if rest.iter().any(|(key, _)| key.eq_ignore_ascii_case("DSN")) {
        pairs.push(("IAM", "0"));
    }
    braced_pairs(&pairs)
}

/// psqlODBC takes braces off these keys alone; elsewhere they are part of the value.
const PSQLODBC_BRACED: [&str; 3] = ["Driver", "ConnSettings", "pqopt"];

fn psqlodbc(credentials: &Credentials, rest: &[(&str, &str)]) -> Result<String, AuthError> {
    let mut text = String::new();
    let is_pqopt = |key: &str| key.eq_ignore_ascii_case("pqopt");
    for (key, value) in rest.iter().filter(|(key, _)| !is_pqopt(key)) {
        if PSQLODBC_BRACED.iter().any(|braced| braced.eq_ignore_ascii_case(key)) {
            quote::push_pair(&mut text, key, &quote::braces(value));
        } else {
            quote::push_pair(&mut text, key, bare(key, value)?);
        }
    }
    let port = port(credentials);
    let plain = [
        ("Servername", credentials.host.as_deref()),
        ("Port", port.as_deref()),
        ("Database", credentials.database.as_deref()),
        ("Uid", credentials.user.as_deref()),
    ];
    for (key, value) in plain {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            quote::push_pair(&mut text, key, bare(key, value)?);
        }
    }
    if let Some(password) = &credentials.password {
        quote::push_pair(&mut text, "Pwd", &quote::braces(password.expose_secret()));
    }
    quote::push_pair(&mut text, "SSLmode", bare("SSLmode", &credentials.ssl_mode)?);
    let mut options: Vec<String> =
        rest.iter().filter(|(key, _)| is_pqopt(key)).map(|(_, value)| (*value).to_owned()).collect();
    options.extend(credentials.ca_file.iter().map(|file| format!("sslrootcert={}", quote::conninfo_if_needed(file))));
    if !options.is_empty() {
        quote::push_pair(&mut text, "pqopt", &quote::braces(&options.join(" ")));
    }
    Ok(text)
}

fn bare<'a>(key: &str, value: &'a str) -> Result<&'a str, AuthError> {
    if value.contains(';') {
        return Err(AuthError::invalid_setting(format!(
            "the value of {key} holds a semicolon, which psqlODBC cannot read"
        )));
    }
    Ok(value)
}

fn port(credentials: &Credentials) -> Option<String> {
    (credentials.port != 0).then(|| credentials.port.to_string())
}

fn libpq(credentials: &Credentials, rest: &[(&str, &str)]) -> String {
    let port = port(credentials);
    let own = [
        ("host", credentials.host.as_deref()),
        ("port", port.as_deref()),
        ("dbname", credentials.database.as_deref()),
        ("user", credentials.user.as_deref()),
        ("password", credentials.password.as_ref().map(ExposeSecret::expose_secret)),
        ("sslmode", Some(credentials.ssl_mode.as_str())),
        ("sslrootcert", credentials.ca_file.as_deref()),
    ];
    let own = own.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    let rest = rest.iter().filter_map(|(key, value)| Some((quote::libpq_name(key)?, *value)));
    let words: Vec<String> = own.chain(rest).map(|(key, value)| format!("{key}={}", quote::conninfo(value))).collect();
    words.join(" ")
}

fn url(credentials: &Credentials, rest: &[(&str, &str)]) -> String {
    let encode = quote::percent;
    let mut text = "postgresql://".to_owned();
    if let Some(user) = &credentials.user {
        text.push_str(&encode(user));
    }
    if let Some(password) = &credentials.password {
        text.extend([":", &encode(password.expose_secret())]);
    }
    if credentials.user.is_some() || credentials.password.is_some() {
        text.push('@');
    }
    if let Some(host) = &credentials.host {
        text.push_str(&quote::url_host(host));
    }
    if let Some(port) = port(credentials) {
        text.extend([":", &port]);
    }
    text.extend(["/", &encode(credentials.database.as_deref().unwrap_or_default())]);
    text.extend(["?sslmode=", &encode(&credentials.ssl_mode)]);
    if let Some(file) = &credentials.ca_file {
        text.extend(["&sslrootcert=", &encode(file)]);
    }
    for (key, value) in rest.iter().filter_map(|(key, value)| Some((quote::libpq_name(key)?, value))) {
        text.extend(["&", key, "=", &encode(value)]);
    }
    text
}

#[cfg(test)]
mod tests;
