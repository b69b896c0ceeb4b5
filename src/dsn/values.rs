//! What values must look like, kind by kind. A fault says what was expected and never repeats the value.

use super::keys::Kind;
use std::net::IpAddr;
use std::path::Path;
use url::{Host, Url};

/// Why a value does not do: the rest of a sentence that begins with the key.
pub type Fault = String;

/// Whether `text` can be the value of a key of this kind.
pub fn check(kind: Kind, text: &str) -> Result<(), Fault> {
    match kind {
        Kind::Text | Kind::List | Kind::Plugin | Kind::Path => no_control_characters(text),
        Kind::Secret => Ok(()),
        Kind::Flag => flag(text).map(drop),
        Kind::Number { min, max } => number(text, min, max).map(drop),
        Kind::Choice(words) => choice(text, words).map(drop),
        Kind::Host => host(text),
        Kind::HostPort => host_and_port(text).map(drop),
        Kind::Endpoint => endpoint(text),
        Kind::HttpsUrl => https_url(text),
        Kind::Arn => arn(text),
        Kind::Region => region(text),
        Kind::Regex => {
            regex_lite::Regex::new(text).map(drop).map_err(|error| format!("is not a regular expression: {error}"))
        }
        Kind::AbsolutePath => no_control_characters(text).and_then(|()| absolute(text)),
        Kind::SecretSource => secret_source(text),
    }
}

/// A boolean in any of its spellings.
pub fn flag(text: &str) -> Result<bool, Fault> {
    let text = text.trim();
    if ["1", "true", "yes", "on"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
        Ok(true)
    } else if ["0", "false", "no", "off"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
        Ok(false)
    } else {
        Err("must be 1, true, yes or on, or 0, false, no or off".to_owned())
    }
}

/// A decimal number from `min` to `max`.
pub fn number(text: &str, min: u32, max: u32) -> Result<u32, Fault> {
    let text = text.trim();
    if let Some(position) = text.chars().position(|letter| !letter.is_ascii_digit()) {
        return Err(format!("must be a number from {min} to {max}; character {} is not a digit", position + 1));
    }
    // Digits alone fail to parse only where there are none or too many.
    text.parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("must be a number from {min} to {max}"))
}

/// The word of the list that `text` is, in the spelling of the list.
pub fn choice(text: &str, words: &'static [&'static str]) -> Result<&'static str, Fault> {
    words
        .iter()
        .find(|word| word.eq_ignore_ascii_case(text.trim()))
        .copied()
        .ok_or_else(|| format!("must be one of {}", words.join(", ")))
}

fn no_control_characters(text: &str) -> Result<(), Fault> {
    match text.chars().position(char::is_control) {
        Some(position) => Err(format!("holds a control character (character {})", position + 1)),
        None => Ok(()),
    }
}

fn host(text: &str) -> Result<(), Fault> {
    let address = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if address.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    if text.contains("://") {
        return Err("must be a host name alone, without https:// or a path".to_owned());
    }
    if !text.is_ascii() {
        return Err("must be a host name in ASCII: one with other letters is written as xn--… (punycode)".to_owned());
    }
    match text
        .chars()
        .position(|letter| letter.is_control() || letter.is_whitespace() || "/\\?#@:;,[]{}<>\"'".contains(letter))
    {
        Some(position) => Err(format!("must be a host name; character {} cannot be part of one", position + 1)),
        None if text.is_empty() || text.starts_with('.') || text.contains("..") => {
            Err("must be a host name; a part between its dots is empty".to_owned())
        }
        None => Ok(()),
    }
}

/// A host and the port behind it, if there is one. An IPv6 address with a port stands in brackets.
pub fn host_and_port(text: &str) -> Result<(&str, Option<u16>), Fault> {
    let text = text.trim();
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    if text.contains("://") {
        host(text)?;
    }
    host(name)?;
    let Some(port) = port else { return Ok((name, None)) };
    let port = number(port, 1, 65_535)
        .map_err(|_| "must be a host name, or host:port with a port from 1 to 65535".to_owned())?;
    Ok((name, u16::try_from(port).ok()))
}

fn parse_url(text: &str) -> Result<Url, Fault> {
    if let Some(position) = text.chars().position(|letter| letter.is_control() || letter.is_whitespace()) {
        return Err(format!("must be a URL; character {} cannot be part of one", position + 1));
    }
    Url::parse(text).map_err(|error| format!("must be a URL such as https://host/path ({error})"))
}

fn https_url(text: &str) -> Result<(), Fault> {
    let url = parse_url(text)?;
    if url.scheme() == "https" { Ok(()) } else { Err("must begin with https://".to_owned()) }
}

fn endpoint(text: &str) -> Result<(), Fault> {
    let url = parse_url(text)?;
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        _ => Err("must begin with https:// (http:// only towards this machine)".to_owned()),
    }
}

/// Whether a URL leads to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

fn arn(text: &str) -> Result<(), Fault> {
    no_control_characters(text)?;
    let parts: Vec<&str> = text.trim().splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, service, _, _, resource]
            if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
        {
            Ok(())
        }
        _ => Err("must be an ARN such as arn:aws:iam::123456789012:role/name".to_owned()),
    }
}

/// A region becomes part of host names, so nothing but the letters of a label gets through.
fn region(text: &str) -> Result<(), Fault> {
    let text = text.trim();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    match text.chars().position(|letter| !fits(letter)) {
        Some(position) => {
            Err(format!("must be an AWS region such as us-east-1; character {} cannot be part of one", position + 1))
        }
        None if text.is_empty() || text.len() > 63 => Err("must be an AWS region such as us-east-1".to_owned()),
        None => Ok(()),
    }
}

fn absolute(text: &str) -> Result<(), Fault> {
    if Path::new(text).is_absolute() { Ok(()) } else { Err("must be an absolute path".to_owned()) }
}

fn secret_source(text: &str) -> Result<(), Fault> {
    no_control_characters(text)?;
    if let Some(path) = text.strip_prefix("file:") {
        return absolute(path);
    }
    match text.strip_prefix("env:") {
        Some(name) if !name.is_empty() && !name.contains('=') => Ok(()),
        _ => Err("must be file:/path or env:NAME".to_owned()),
    }
}

#[cfg(test)]
mod tests;
