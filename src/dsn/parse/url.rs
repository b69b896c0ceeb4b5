//! URLs: `jdbc:redshift:iam://host:port/database?key=value&…`, with `;` as another separator, `cluster:region` in place of
//! host and port, and `jdbc:redshift://` and `redshift://`, which do not turn IAM on.

use super::{Pairs, fault};
use crate::error::AuthError;
use percent_encoding::percent_decode_str;

/// What follows `prefix`, in any letter case.
pub(super) fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

/// Takes a URL apart. `jdbc:redshift:iam:` reads as `IAM=1` and `jdbc:redshift:` as `IAM=0`, before the URL's own pairs.
pub fn jdbc_url(text: &str) -> Result<Pairs, AuthError> {
    let text = text.trim_end();
    let url = text.trim_start();
    let (iam, rest) = if let Some(rest) = strip_prefix(url, "jdbc:redshift:iam://") {
        (Some(true), rest)
    } else if let Some(rest) = strip_prefix(url, "jdbc:redshift://") {
        (Some(false), rest)
    } else if let Some(rest) = strip_prefix(url, "redshift://") {
        (None, rest)
    } else {
        return Err(fault(text, url, "this is a URL of an unknown kind")
            .hint("URLs begin with jdbc:redshift:iam://, jdbc:redshift:// or redshift://"));
    };
    let mut pairs = Pairs::new();
    if let Some(iam) = iam {
        push(&mut pairs, "IAM", if iam { "1" } else { "0" });
    }
    let (place, arguments) = rest.split_at(rest.find(['?', ';']).unwrap_or(rest.len()));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let (user, address) = match authority.rsplit_once('@') {
        Some((user, address)) => (Some(user), address),
        None => (None, authority),
    };
    push_address(&mut pairs, text, rest, address, iam == Some(true))?;
    if !database.is_empty() {
        push(&mut pairs, "Database", &decoded(text, rest, "the database", database)?);
    }
    if let Some(user) = user {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        push(&mut pairs, "UID", &decoded(text, rest, "the user", name)?);
        push(&mut pairs, "PWD", &decoded(text, rest, "the password", password)?);
    }
    push_arguments(&mut pairs, text, arguments)?;
    Ok(pairs)
}

fn push(pairs: &mut Pairs, key: &str, value: &str) {
    if !value.is_empty() {
        pairs.push((key.to_owned(), value.to_owned()));
    }
}

/// Host and port; behind `iam:` also cluster and region: what follows the colon is a port only if it is all digits.
fn push_address(pairs: &mut Pairs, text: &str, rest: &str, address: &str, iam: bool) -> Result<(), AuthError> {
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (address, ""),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if port.bytes().all(|digit| digit.is_ascii_digit()) {
        push(pairs, "Host", host);
        push(pairs, "Port", port);
    } else if iam {
        push(pairs, "ClusterId", host);
        push(pairs, "Region", port);
    } else {
        return Err(fault(text, rest, "the port of the host is not a number"));
    }
    Ok(())
}

fn push_arguments(pairs: &mut Pairs, text: &str, arguments: &str) -> Result<(), AuthError> {
    let mut rest = arguments.get(1..).unwrap_or_default();
    while !rest.is_empty() {
        let end = rest.find(['&', ';']).unwrap_or(rest.len());
        let (pair, after) = rest.split_at(end);
        if !pair.trim().is_empty() {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(fault(text, rest, "there is no = in the pair"));
            };
            let key = decoded(text, rest, "a key", key)?;
            if key.trim().is_empty() {
                return Err(fault(text, rest, "there is no key before the ="));
            }
            let value =
                decoded(text, rest, &format!("the value of {}", crate::dsn::settings::quoted(key.trim())), value)?;
            pairs.push((key.trim().to_owned(), value));
        }
        rest = after.get(1..).unwrap_or_default();
    }
    Ok(())
}

/// Percent escapes resolved. A `+` stays what it is: AWS secret keys and base64 tokens hold it.
fn decoded(text: &str, at: &str, what: &str, encoded: &str) -> Result<String, AuthError> {
    let escapes = encoded.split('%').skip(1);
    let is_escape = |escape: &str| escape.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !escapes.clone().all(is_escape) {
        return Err(fault(text, at, &format!("{what} holds a % that two hexadecimal digits do not follow"))
            .hint("a % in a URL is written %25"));
    }
    match percent_decode_str(encoded).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(fault(text, at, &format!("the percent escapes of {what} are not UTF-8"))),
    }
}
