//! `NO_PROXY`: hosts that are reached without the proxy. There is no standard; this is what curl, Go and Python have in
//! common: names with all below them, addresses, networks, ports, and `*`.

use std::net::IpAddr;
use url::{Host, Url};

/// The hosts of one `NO_PROXY`.
#[derive(Debug, Clone, Default)]
pub struct NoProxy(Vec<Entry>);

#[derive(Debug, Clone)]
struct Entry {
    who: Who,
    port: Option<u16>,
}

#[derive(Debug, Clone)]
enum Who {
    All,
    /// A name and every name below it, in lower case.
    Domain(String),
    /// The first bits of an address.
    Network(IpAddr, u32),
}

impl NoProxy {
    /// Entries are parted by commas or blanks. What makes no sense matches nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split([',', ' ', '\t']).filter_map(|entry| Entry::parse(entry.trim())).collect())
    }

    /// Whether `url` is reached without the proxy.
    #[must_use]
    pub fn covers(&self, url: &Url) -> bool {
        let port = url.port_or_known_default();
        self.0.iter().any(|entry| (entry.port.is_none() || entry.port == port) && entry.who.covers(url.host()))
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let of = |who, port| Some(Self { who, port });
        match text {
            "" => return None,
            "*" => return of(Who::All, None),
            _ => {}
        }
        // An IPv6 address has colons of its own: only one in brackets can have a port.
        if let Some((address, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
            let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?.parse().ok()?) };
            return of(network(address)?, port);
        }
        if let Some(who) = network(text) {
            return of(who, None);
        }
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().ok()?)),
            None => (text, None),
        };
        let name = name.strip_prefix('*').unwrap_or(name);
        let name = name.strip_prefix('.').unwrap_or(name).trim_end_matches('.');
        match network(name) {
            Some(who) => of(who, port),
            None if name.is_empty() => None,
            None => of(Who::Domain(name.to_ascii_lowercase()), port),
        }
    }
}

/// An address, or a network as `10.0.0.0/8`.
fn network(text: &str) -> Option<Who> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(width);
    (bits <= width).then_some(Who::Network(address, bits))
}

impl Who {
    fn covers(&self, host: Option<Host<&str>>) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Domain(domain), Some(Host::Domain(name))) => {
                // The parser of the URL has made the name lower case.
                name.trim_end_matches('.')
                    .strip_suffix(domain.as_str())
                    .is_some_and(|front| front.is_empty() || front.ends_with('.'))
            }
            (Self::Network(network, bits), Some(Host::Ipv4(address))) => share(*network, address.into(), *bits),
            (Self::Network(network, bits), Some(Host::Ipv6(address))) => {
                share(*network, address.into(), *bits) || share(*network, address.to_canonical(), *bits)
            }
            _ => false,
        }
    }
}

/// Whether two addresses of the same family have their first `bits` in common.
fn share(one: IpAddr, two: IpAddr, bits: u32) -> bool {
    match (one, two) {
        (IpAddr::V4(one), IpAddr::V4(two)) => {
            u32::MAX.checked_shl(32 - bits).is_none_or(|mask| (one.to_bits() ^ two.to_bits()) & mask == 0)
        }
        (IpAddr::V6(one), IpAddr::V6(two)) => {
            u128::MAX.checked_shl(128 - bits).is_none_or(|mask| (one.to_bits() ^ two.to_bits()) & mask == 0)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(list: &str, url: &str) -> bool {
        NoProxy::parse(list).covers(&Url::parse(url).unwrap())
    }

    #[test]
    fn names_cover_what_is_below_them_and_nothing_else() {
        for list in ["example.com", ".example.com", "*.example.com", "a, EXAMPLE.com.", "a b\texample.com"] {
            assert!(covers(list, "https://sts.example.com"), "{list}");
            assert!(covers(list, "https://example.com./"), "{list}");
            assert!(!covers(list, "https://badexample.com"), "{list}");
            assert!(!covers(list, "https://example.com.evil"), "{list}");
        }
        assert!(!covers("", "https://example.com"));
        assert!(!covers(" , ,.", "https://example.com"));
        assert!(covers("*", "https://example.com"));
    }

    #[test]
    fn ports_narrow_an_entry() {
        assert!(covers("example.com:443", "https://example.com"));
        assert!(!covers("example.com:8443", "https://example.com"));
        assert!(covers("[fd00::1]:8443", "https://[fd00::1]:8443"));
        assert!(!covers("[fd00::1]:8443", "https://[fd00::1]"));
        assert!(covers("10.0.0.1:443", "https://10.0.0.1"));
        assert!(!covers("example.com:x", "https://example.com"));
    }

    #[test]
    fn addresses_and_networks() {
        assert!(covers("10.1.2.3", "https://10.1.2.3"));
        assert!(!covers("10.1.2.3", "https://10.1.2.4"));
        assert!(covers("10.0.0.0/8", "https://10.255.0.1"));
        assert!(!covers("10.0.0.0/8", "https://11.0.0.1"));
        assert!(!covers("10.0.0.0/33", "https://10.0.0.0"));
        assert!(covers("0.0.0.0/0", "https://1.2.3.4"));
        assert!(covers("10.0.0.0/8", "https://[::ffff:10.0.0.1]"));
        assert!(covers("fd00::/8", "https://[fdff::1]"));
        assert!(!covers("fd00::/8", "https://[fe80::1]"));
        assert!(covers("fd00::1", "https://[fd00::1]"));
        assert!(!covers("10.0.0.0/8", "https://ten.example"));
        assert!(!covers("0.0.0.1", "https://a0.0.0.1.example"));
    }
}
