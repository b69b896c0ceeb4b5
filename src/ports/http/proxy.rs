//! Which proxy a request goes through: the keys of the connection, or the environment.

use super::no_proxy::NoProxy;
use crate::error::AuthError;
use crate::ports::env::Env;
use crate::secret::{SecretString, secret};
use percent_encoding::percent_decode_str;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// The instance and container metadata services: a proxy would answer for the machine it runs on, and is not to see
/// the credentials.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(169, 254, 169, 254), Ipv4Addr::new(169, 254, 170, 2), Ipv4Addr::new(169, 254, 170, 23)];
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)];

/// An HTTP proxy and what to say to it.
#[derive(Debug, Clone)]
pub struct ProxyServer {
    /// `https` for TLS to the proxy itself, else `http`.
    pub scheme: &'static str,
    /// Its name or address, an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who we are there.
    pub username: Option<String>,
    /// And the password.
    pub password: Option<SecretString>,
    /// The setting it came from.
    #[allow(dead_code)] // explain tells it
    pub origin: &'static str,
}

impl ProxyServer {
    /// The proxy of `https_proxy_host`, `https_proxy_port`, `https_proxy_username` and `https_proxy_password`. The
    /// host may be written as a URL, as users do.
    pub fn from_keys(
        host: &str,
        port: Option<u16>,
        username: Option<&str>,
        password: Option<&SecretString>,
    ) -> Result<Self, AuthError> {
        let mut server = Self::parse(host, "https_proxy_host").map_err(AuthError::invalid_setting)?;
        server.port = port.unwrap_or(server.port);
        if username.is_some() {
            server.username = username.map(str::to_owned);
            server.password = password.cloned();
        }
        Ok(server)
    }

    /// A proxy as the environment gives it: `[scheme://][user:password@]host[:port]`, user and password
    /// percent-encoded where they have to be. No text of `value` goes into the error: it may hold the password.
    pub fn parse(value: &str, origin: &'static str) -> Result<Self, String> {
        let refused = |why: &str| format!("{origin} names no usable proxy: {why}");
        let (scheme, rest) = value.trim().split_once("://").unwrap_or(("http", value.trim()));
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => "http",
            "https" => "https",
            "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
                return Err(refused("SOCKS proxies are not supported, only HTTP proxies"));
            }
            _ => return Err(refused("it has to begin with http:// or https://")),
        };
        // The last @ ends the credentials, so that a password with @ : / works also where it was not encoded.
        let (credentials, host) = match rest.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, rest),
        };
        let url = Url::parse(&format!("{scheme}://{host}")).map_err(|_| refused("its host or port is malformed"))?;
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(refused("it has no host"));
        };
        let (username, password) = match credentials.map(|text| text.split_once(':').unwrap_or((text, ""))) {
            Some((username, password)) => (Some(decoded(username)), Some(decoded(password))),
            None => (None, None),
        };
        let not_text = || refused("its user or password is not UTF-8");
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port,
            username: username.map(|text| text.ok_or_else(not_text)).transpose()?,
            password: password.map(|text| text.ok_or_else(not_text)).transpose()?.map(secret),
            origin,
        })
    }

    /// `host:port`, for people.
    #[must_use]
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The proxies of the environment. A value that cannot be used is an error only for a request that would need it.
#[derive(Debug, Clone, Default)]
pub struct EnvProxies {
    https: Option<Result<ProxyServer, String>>,
    http: Option<Result<ProxyServer, String>>,
    except: NoProxy,
}

impl EnvProxies {
    /// Reads `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower case first, as curl does. For plain http only the
    /// lower-case `http_proxy`: a web server turns a client's `Proxy` header into `HTTP_PROXY` for its CGI programs.
    #[must_use]
    pub fn from_env(env: &Env) -> Self {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| env.get_set(name).map(|value| ProxyServer::parse(&value, name)))
        };
        Self {
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            http: first(&["http_proxy", "all_proxy", "ALL_PROXY"]),
            except: NoProxy::parse(&env.get_set("no_proxy").or_else(|| env.get_set("NO_PROXY")).unwrap_or_default()),
        }
    }

    /// The proxy for `url`, None for straight to the host.
    pub fn route(&self, url: &Url) -> Result<Option<&ProxyServer>, String> {
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        match proxy {
            Some(_) if self.except.covers(url) => Ok(None),
            Some(proxy) => proxy.as_ref().map(Some).map_err(Clone::clone),
            None => Ok(None),
        }
    }
}

/// Whether `url` is on this machine or is a metadata service, which no proxy may stand before.
#[must_use]
pub fn goes_direct(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => is_local_or_metadata(address.into()),
        Some(Host::Ipv6(address)) => is_local_or_metadata(address.to_canonical()),
        None => false,
    }
}

fn is_local_or_metadata(address: IpAddr) -> bool {
    address.is_loopback()
        || match address {
            IpAddr::V4(address) => METADATA_V4.contains(&address),
            IpAddr::V6(address) => METADATA_V6.contains(&address),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret;

    fn parse(value: &str) -> (String, Option<String>, Option<String>) {
        let proxy = ProxyServer::parse(value, "HTTPS_PROXY").unwrap();
        let at = format!("{}://{}", proxy.scheme, proxy.host_and_port());
        (at, proxy.username, proxy.password.map(|password| password.expose_secret().to_owned()))
    }

    #[test]
    fn proxies_are_read_as_people_write_them() {
        assert_eq!(parse("proxy:3128").0, "http://proxy:3128");
        assert_eq!(parse(" http://Proxy.Example:3128/ ").0, "http://proxy.example:3128");
        assert_eq!(parse("https://proxy").0, "https://proxy:443");
        assert_eq!(parse("http://[fd00::1]:8080").0, "http://[fd00::1]:8080");
        let (user, password) = (Some("us er".to_owned()), Some("p@:/ä".to_owned()));
        assert_eq!(parse("http://us%20er:p%40%3A%2F%c3%a4@proxy:1"), ("http://proxy:1".into(), user.clone(), password));
        assert_eq!(parse("http://u:p@s:w/x@proxy:1").2.as_deref(), Some("p@s:w/x"));
        assert_eq!(parse("u@proxy:1").1.as_deref(), Some("u"));
    }

    #[test]
    fn an_unusable_value_is_named_but_not_repeated() {
        for value in
            ["socks5://u:hunter2@proxy:1", "ftp://u:hunter2@proxy", "http://u:hunter2@", "http://u:hunter2@p:x"]
        {
            let error = ProxyServer::parse(value, "ALL_PROXY").unwrap_err();
            assert!(error.starts_with("ALL_PROXY names no usable proxy"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(ProxyServer::parse("u:%ff@proxy:1", "ALL_PROXY").is_err());
        let error = ProxyServer::from_keys("socks5://proxy", None, None, None).unwrap_err();
        assert!(error.message().contains("https_proxy_host"), "{error}");
    }

    #[test]
    fn the_keys_win_over_what_the_host_was_written_with() {
        let password = secret("new");
        let proxy = ProxyServer::from_keys("http://old:old@proxy:1", Some(2), Some("user"), Some(&password)).unwrap();
        assert_eq!((proxy.host_and_port().as_str(), proxy.username.as_deref()), ("proxy:2", Some("user")));
        assert_eq!(proxy.password.as_ref().map(ExposeSecret::expose_secret), Some("new"));
        assert!(!format!("{proxy:?}").contains("new"));
    }

    fn route(pairs: &[(&str, &str)], url: &str) -> Option<String> {
        let proxies = EnvProxies::from_env(&Env::from_pairs(pairs.iter().copied()));
        proxies.route(&Url::parse(url).unwrap()).unwrap().map(ProxyServer::host_and_port)
    }

    #[test]
    fn the_environment_decides_by_scheme_and_lower_case_wins() {
        let both = [("https_proxy", "low:1"), ("HTTPS_PROXY", "up:1"), ("ALL_PROXY", "all:1"), ("HTTP_PROXY", "cgi:1")];
        assert_eq!(route(&both, "https://a.example").as_deref(), Some("low:1"));
        assert_eq!(route(&both, "http://a.example").as_deref(), Some("all:1"));
        assert_eq!(route(&[("HTTPS_PROXY", "up:1")], "https://a.example").as_deref(), Some("up:1"));
        assert_eq!(route(&[("HTTPS_PROXY", "up:1")], "http://a.example"), None);
        assert_eq!(route(&[("http_proxy", "low:1")], "http://a.example").as_deref(), Some("low:1"));
        assert_eq!(
            route(&[("https_proxy", ""), ("all_proxy", "all:1")], "https://a.example").as_deref(),
            Some("all:1")
        );
        assert_eq!(route(&[("HTTPS_PROXY", "up:1"), ("NO_PROXY", ".example")], "https://a.example"), None);
        assert_eq!(
            route(&[("HTTPS_PROXY", "up:1"), ("no_proxy", "b.example")], "https://a.example").as_deref(),
            Some("up:1")
        );
    }

    #[test]
    fn a_bad_variable_is_an_error_only_where_it_would_be_used() {
        let env = Env::from_pairs([("ALL_PROXY", "socks5://proxy:1"), ("NO_PROXY", "a.example")]);
        let proxies = EnvProxies::from_env(&env);
        assert!(proxies.route(&Url::parse("https://a.example").unwrap()).unwrap().is_none());
        assert!(proxies.route(&Url::parse("https://b.example").unwrap()).is_err());
    }
}
