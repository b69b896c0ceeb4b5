//! Environment variables: for a command that is started, or as commands of a shell.

use crate::failure::Failure;
use crate::library::{Credentials, Dialect, Pairs, merge};
use std::fmt::Write;
use zeroize::Zeroizing;

/// Parameters of libpq and the variables that stand for them.
/// <https://www.postgresql.org/docs/current/libpq-envars.html>
const OF_LIBPQ: [(&str, &str); 21] = [
    ("host", "PGHOST"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslcertmode", "PGSSLCERTMODE"),
    ("sslcrl", "PGSSLCRL"),
    ("sslcrldir", "PGSSLCRLDIR"),
    ("sslsni", "PGSSLSNI"),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    ("application_name", "PGAPPNAME"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("client_encoding", "PGCLIENTENCODING"),
    ("options", "PGOPTIONS"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("channel_binding", "PGCHANNELBINDING"),
];

/// Variables that would lead libpq to another server than the login's: they win over `PGHOST`.
const IN_THE_WAY: [&str; 2] = ["PGHOSTADDR", "PGSERVICE"];

/// What is set, and what must not be.
pub struct Variables {
    /// Names and values.
    pub set: Vec<(&'static str, Zeroizing<String>)>,
    /// Names.
    pub unset: Vec<&'static str>,
}

/// For psql and whatever else connects by libpq.
pub fn database(dsn: &Pairs, credentials: &Credentials) -> Result<Variables, Failure> {
    let conninfo = merge(dsn, credentials, Dialect::Libpq)?;
    let named = |(name, value): (String, Zeroizing<String>)| {
        OF_LIBPQ.iter().find(|(parameter, _)| *parameter == name).map(|(_, variable)| (*variable, value))
    };
    Ok(Variables { set: parameters(&conninfo).into_iter().filter_map(named).collect(), unset: IN_THE_WAY.to_vec() })
}

/// The parameters of a conninfo string as the library writes it: `name='value'` with `\'` and `\\`.
fn parameters(conninfo: &str) -> Vec<(String, Zeroizing<String>)> {
    let mut found = Vec::new();
    let mut rest = conninfo;
    while let Some((name, quoted)) = rest.split_once("='") {
        let mut value = Zeroizing::new(String::with_capacity(quoted.len()));
        let mut letters = quoted.char_indices();
        rest = "";
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
                '\'' => {
                    rest = quoted.get(at + 1..).unwrap_or_default();
                    break;
                }
                _ => value.push(letter),
            }
        }
        found.push((name.trim().to_owned(), value));
    }
    found
}

impl Variables {
    /// Commands for sh and its like.
    pub fn shell(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(16 * 1024));
        if !self.unset.is_empty() {
            let _ = writeln!(text, "unset {}", self.unset.join(" "));
        }
        for (name, value) in &self.set {
            let _ = writeln!(text, "export {name}={}", quoted(value).as_str());
        }
        text
    }
}

/// A word that a shell takes as it is (POSIX 2.2.2).
fn quoted(value: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("'{}'", Zeroizing::new(value.replace('\'', "'\\''")).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conninfo_string_is_taken_apart() {
        let found = parameters(r"host='h' user='IAM:o\'neil' password='a b=\'c\\ ' dbname=''");
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("host", "h"), ("user", "IAM:o'neil"), ("password", r"a b='c\ "), ("dbname", "")]);
        assert!(parameters("").is_empty());
    }

    #[test]
    fn a_shell_reads_what_was_meant() {
        let value = |text: &str| Zeroizing::new(text.to_owned());
        let variables = Variables { set: vec![("A", value("it's $x")), ("B", value(""))], unset: vec!["C", "D"] };
        assert_eq!(variables.shell().as_str(), "unset C D\nexport A='it'\\''s $x'\nexport B=''\n");
        let none = Variables { set: vec![("A", value("b"))], unset: Vec::new() };
        assert_eq!(none.shell().as_str(), "export A='b'\n");
    }
}
