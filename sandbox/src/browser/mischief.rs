//! What a browser, or someone who pretends to be one, can do to the listener of a login besides bringing the answer.

use url::Url;
use url::form_urlencoded::{Serializer, parse};

use super::visit::Step;

/// How the answer is brought.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own that is done or not")]
pub struct Mischief {
    /// Bring an answer with another `state`, and nothing else.
    pub wrong_state: bool,
    /// Bring one with another `state` first, then the right one.
    pub wrong_state_first: bool,
    /// Bring the right answer twice, the second time on another connection.
    pub replay: bool,
    /// Ask with `OPTIONS` whether it may be brought, as for requests from the internet to a local network.
    pub preflight: bool,
    /// Do not open a connection ahead of time, as some listeners take one connection and no more.
    pub no_preconnect: bool,
    /// Close the window after so many requests.
    pub stop_after: Option<u32>,
}

/// The same answer with another `state` of the same length; `None` if it has none.
pub(super) fn with_other_state(step: &Step) -> Option<Step> {
    let mut step = step.clone();
    if let Some(body) = &mut step.body {
        *body = forged(body)?;
    } else {
        let query = forged(step.url.query()?)?;
        step.url.set_query(Some(&query));
    }
    Some(step)
}

fn forged(pairs: &str) -> Option<String> {
    let mut found = false;
    let mut out = Serializer::new(String::new());
    for (name, value) in parse(pairs.as_bytes()) {
        if name == "state" {
            found = true;
            out.append_pair(&name, &value.chars().map(other).collect::<String>());
        } else {
            out.append_pair(&name, &value);
        }
    }
    found.then(|| out.finish())
}

fn other(character: char) -> char {
    if character == 'x' { 'y' } else { 'x' }
}

/// Whether that is the listener of a login: plain http on loopback, and not where this visit began.
pub(super) fn is_listener(url: &Url, began: &Url) -> bool {
    let loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    loopback && url.scheme() == "http" && url.origin() != began.origin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_state_is_another() {
        assert_eq!(
            forged("code=a%2Bb&state=xyz&session_state=s").as_deref(),
            Some("code=a%2Bb&state=yxx&session_state=s")
        );
        assert_eq!(forged("SAMLResponse=a"), None);
    }

    #[test]
    fn listeners() {
        let url = |text: &str| Url::parse(text).unwrap();
        let began = url("http://127.0.0.1:8000/authorize");
        for (text, expected) in [
            ("http://localhost:7890/redshift/", true),
            ("http://127.0.0.1:7890", true),
            ("http://[::1]:7890/", true),
            ("https://localhost:7890/", false),
            ("http://127.0.0.1:8000/next", false),
            ("http://example.com/", false),
        ] {
            assert_eq!(is_listener(&url(text), &began), expected, "{text}");
        }
    }
}
