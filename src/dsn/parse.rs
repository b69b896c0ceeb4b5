//! Connection strings and URLs taken apart. Positions in errors count characters from 1; what stands there is never
//! repeated, since a misplaced brace turns passwords into syntax.

mod url;

pub use self::url::jdbc_url;
use crate::error::AuthError;

/// Keys as they were typed, with their values.
pub type Pairs = Vec<(String, String)>;

/// A connection string or a URL, told apart by its beginning.
pub fn any(text: &str) -> Result<Pairs, AuthError> {
    let begins_with = |prefix: &str| url::strip_prefix(text.trim_start(), prefix).is_some();
    if begins_with("jdbc:") || begins_with("redshift:") { jdbc_url(text) } else { connection_string(text) }
}

/// An ODBC connection string: `key=value;…`, values with special characters in `{…}` with `}}` for `}`.
pub fn connection_string(text: &str) -> Result<Pairs, AuthError> {
    let mut pairs = Pairs::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (segment, _) = split_at_semicolon(rest);
        if segment.trim().is_empty() {
            rest = split_at_semicolon(rest).1;
            continue;
        }
        let pair = rest;
        let Some((key, value)) =
            segment.split_once('=').and_then(|(key, _)| rest.get(key.len() + 1..).map(|rest| (key, rest)))
        else {
            return Err(fault(text, pair.trim_start(), "there is no = in the pair"));
        };
        let key = key.trim();
        if key.is_empty() {
            return Err(fault(text, pair.trim_start(), "there is no key before the ="));
        }
        if key.contains("://") {
            let hint = "URLs begin with jdbc:redshift:iam://, jdbc:redshift:// or redshift://";
            return Err(fault(text, pair.trim_start(), "this is a URL of an unknown kind").hint(hint));
        }
        let value = value.trim_start();
        let (value, after) = if let Some(inside) = value.strip_prefix('{') {
            braced(text, value, inside)?
        } else {
            let (value, after) = split_at_semicolon(value);
            (value.trim_end().to_owned(), after)
        };
        pairs.push((key.to_owned(), value));
        rest = after;
    }
    Ok(pairs)
}

/// A file of settings: a connection string or URL a line; empty lines and those that begin with `#` say nothing.
pub fn settings_file(text: &str) -> Result<Pairs, AuthError> {
    let mut pairs = Pairs::new();
    for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        if !line.trim_start().starts_with('#') {
            let in_line =
                |error: AuthError| AuthError::invalid_setting(format!("line {}: {}", index + 1, error.message()));
            pairs.extend(any(line).map_err(in_line)?);
        }
    }
    Ok(pairs)
}

fn split_at_semicolon(text: &str) -> (&str, &str) {
    text.split_once(';').unwrap_or((text, ""))
}

/// The value in braces whose `{` has been taken off, and what stands behind the next semicolon.
fn braced<'a>(text: &str, value: &str, inside: &'a str) -> Result<(String, &'a str), AuthError> {
    let mut unescaped = String::with_capacity(inside.len().min(256));
    let mut rest = inside;
    loop {
        let Some((part, after)) = rest.split_once('}') else {
            return Err(fault(text, value, "the brace that opens here is never closed"));
        };
        unescaped.push_str(part);
        if let Some(after) = after.strip_prefix('}') {
            unescaped.push('}');
            rest = after;
            continue;
        }
        let (between, next) = split_at_semicolon(after);
        if !between.trim().is_empty() {
            return Err(fault(
                text,
                after.trim_start(),
                "there is text between a closing brace and the next semicolon",
            )
            .hint("a } inside a value in braces is written }}"));
        }
        return Ok((unescaped, next));
    }
}

/// The error for what begins at `at`, which is the end of `text` from there on.
fn fault(text: &str, at: &str, what: &str) -> AuthError {
    let offset = text.len().saturating_sub(at.len());
    let position = text.get(..offset).unwrap_or(text).chars().count() + 1;
    AuthError::invalid_setting(format!("the connection string cannot be read: {what} (character {position})"))
}

#[cfg(test)]
mod tests;
