//! Which URLs a browser is started with.

use ::url::{Host, Url};

/// Whether `url` may be handed to a browser or to the host; else what is wrong with it, to follow a key's name.
///
/// No shell sees it, but openers are often shell scripts, and Windows takes command lines apart by rules of its own. `&`, `%`
/// and parentheses are legal in URLs and stay.
pub(crate) fn check(url: &str) -> Result<(), String> {
    let refused = |letter: char| {
        letter.is_control() || letter.is_whitespace() || matches!(letter, '"' | '\'' | '\\' | '|' | '<' | '>' | '^')
    };
    if let Some(position) = url.chars().position(refused) {
        return Err(format!("holds a character that must be percent-encoded in a URL (character {})", position + 1));
    }
    let parsed = Url::parse(url).map_err(|error| format!("is no URL that a browser can open ({error})"))?;
    let loopback = match parsed.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if loopback => Ok(()),
        _ => Err("must begin with https://".to_owned()),
    }
}
