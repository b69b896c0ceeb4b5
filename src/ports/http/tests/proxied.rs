//! Through a proxy. Loopback is never proxied, so the hosts behind it have names that only the proxy can resolve.

use super::server::{Authority, Proxy, Server, ok};
use super::*;
use crate::error::{Stage, Status};
use crate::log::memory;
use crate::ports::http::failure::ProxyFault;
use crate::ports::http::proxy::{EnvProxies, ProxyServer};
use crate::ports::http::settings::CaFiles;
use crate::secret::secret;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

const PASSWORD: &str = "p@s:s/w%rd";

/// A host behind a proxy that wants credentials, and what it takes to trust that host.
struct Network {
    proxy: Proxy,
    target: Server,
    authority: Authority,
    ca: CaFiles,
    _directory: TempDir,
}

fn network(wrong: &'static str) -> Network {
    let authority = Authority::named("CA");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    let target = Server::https(authority.server("aws.test"), |_| ok("behind"));
    let proxy = Proxy::refusing(Some(&format!("user:{PASSWORD}")), target.address, wrong);
    let ca = CaFiles { file: Some(path), ..CaFiles::default() };
    Network { proxy, target, authority, ca, _directory: directory }
}

impl Network {
    fn settings(&self, password: Option<&str>) -> HttpSettings {
        let (user, password) = (password.map(|_| "user"), password.map(secret));
        let port = self.proxy.server.port();
        let proxy = ProxyServer::from_keys("127.0.0.1", Some(port), user, password.as_ref()).unwrap();
        HttpSettings { proxy: Some(proxy), ca: self.ca.clone(), ..HttpSettings::default() }
    }
}

#[test]
fn credentials_open_the_tunnel_and_the_connection_is_kept() {
    let network = network("401 Unauthorized");
    let http = client(network.settings(Some(PASSWORD)));
    run(async {
        for _ in 0..3 {
            assert_eq!(http.send(get("https://aws.test/")).await.unwrap().text(), "behind");
        }
    });
    assert_eq!((network.proxy.server.connections(), network.target.connections()), (1, 1));
    let head = network.proxy.head(0);
    assert!(head.starts_with("CONNECT aws.test:443 HTTP/1.1\r\n"), "{head}");
}

#[test]
fn wrong_and_missing_credentials_are_the_proxys_refusal_and_no_secret_is_told() {
    for (wrong, refused) in [
        ("401 Unauthorized", ProxyFault::Refused),
        ("403 Forbidden", ProxyFault::Refused),
        ("407 Proxy Authentication Required", ProxyFault::Credentials),
    ] {
        let network = network(wrong);
        for (password, fault) in [(Some("not-the-one"), refused.clone()), (None, ProxyFault::Credentials)] {
            let (log, lines) = memory::log();
            let http = client_in(&no_roots(), network.settings(password), log);
            let error = send(&http, get("https://aws.test/?token=t0ken")).unwrap_err();
            assert_eq!(error.kind, FailureKind::Proxy(fault));
            let shown =
                format!("{error} {error:?} {http:?} {:?} {:?}", network.settings(password), lines.0.lock().unwrap());
            assert!(!shown.contains("not-the-one") && !shown.contains("t0ken"), "{shown}");
            let error = error.into_auth_error(Stage::Sts);
            assert_eq!(error.status(), Status::Proxy);
            assert!(error.message().contains(&format!("127.0.0.1:{}", network.proxy.server.port())), "{error}");
            assert!(error.hint_text().unwrap().contains("https_proxy_username"), "{error}");
        }
        assert_eq!(network.target.connections(), 0);
    }
}

#[test]
fn a_dead_proxy_is_not_walked_around() {
    let network = network("401 Unauthorized");
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut settings = network.settings(None);
    settings.proxy.as_mut().unwrap().port = dead;
    for url in ["https://aws.test/", "http://aws.test/"] {
        let error = send(&client(settings.clone()), get(url)).unwrap_err();
        assert!(matches!(error.kind, FailureKind::Proxy(ProxyFault::Unreachable(_))), "{error:?}");
        assert!(error.to_string().contains(&format!("127.0.0.1:{dead}")), "{error}");
    }
    settings.proxy.as_mut().unwrap().host = "proxy.invalid".to_owned();
    let error = send(&client(settings), get("https://aws.test/")).unwrap_err();
    assert!(matches!(error.kind, FailureKind::Proxy(ProxyFault::Unreachable(_))), "{error:?}");
}

#[test]
fn plain_http_goes_through_too_and_a_407_is_the_proxys() {
    let network = network("407 Proxy Authentication Required");
    let response = send(&client(network.settings(Some(PASSWORD))), get("http://aws.test/x?y=1")).unwrap();
    assert_eq!(response.text(), "from the proxy");
    assert!(network.proxy.head(0).starts_with("GET http://aws.test/x?y=1 HTTP/1.1\r\n"));
    let kind = failure(&client(network.settings(Some("other"))), get("http://aws.test/"));
    assert_eq!(kind, FailureKind::Proxy(ProxyFault::Credentials));
}

#[test]
fn the_environment_names_a_proxy_and_what_needs_none() {
    let network = network("401 Unauthorized");
    let port = network.proxy.server.port();
    let value = format!("http://user:p%40s%3As%2Fw%25rd@127.0.0.1:{port}");
    let settings = |pairs: &[(&str, &str)]| HttpSettings {
        env_proxies: EnvProxies::from_env(&Env::from_pairs(pairs.iter().copied())),
        ca: network.ca.clone(),
        ..HttpSettings::default()
    };
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let http = client(settings(&[(variable, &value), ("NO_PROXY", "other.test")]));
        assert_eq!(send(&http, get("https://aws.test/")).unwrap().text(), "behind", "{variable}");
    }
    let seen = network.proxy.server.connections();
    // Without the proxy nobody knows the name.
    let http = client(settings(&[("HTTPS_PROXY", &value), ("NO_PROXY", ".test")]));
    assert!(matches!(failure(&http, get("https://aws.test/")), FailureKind::Dns(_)));
    // And the target itself is reached directly, because it is on this machine: its name is wrong there.
    let http = client(settings(&[("HTTPS_PROXY", &value)]));
    assert!(matches!(failure(&http, get(&network.target.url("https", "localhost"))), FailureKind::Tls(_)));
    assert_eq!(network.proxy.server.connections(), seen);
    let http = client(settings(&[("HTTPS_PROXY", "socks5://user:hunter2@127.0.0.1:1")]));
    let error = send(&http, get("https://aws.test/")).unwrap_err();
    assert!(matches!(error.kind, FailureKind::Proxy(ProxyFault::Unusable(_))), "{error:?}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn tls_errors_behind_a_proxy_are_those_of_the_host() {
    let network = network("401 Unauthorized");
    let mut settings = network.settings(Some(PASSWORD));
    settings.ca = CaFiles::default();
    let error = send(&client(settings), get("https://aws.test/")).unwrap_err();
    assert!(matches!(error.kind, FailureKind::Tls(_)), "{error:?}");
    assert!(error.to_string().contains("aws.test:443"), "{error}");
    let foreign = failure(&client(network.settings(Some(PASSWORD))), get("https://other.test/"));
    assert!(matches!(foreign, FailureKind::Tls(_)), "{foreign:?}");
}

/// Takes TLS off and hands on to `behind`.
fn tls_front(config: Arc<rustls::ServerConfig>, behind: SocketAddr) -> Server {
    Server::start(move |stream| {
        stream.set_nonblocking(true).unwrap();
        run(async {
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            let Ok(mut inside) = TlsAcceptor::from(config.clone()).accept(stream).await else { return };
            let mut outside = tokio::net::TcpStream::connect(behind).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
        });
    })
}

#[test]
fn a_proxy_may_be_spoken_to_by_tls_and_is_verified_too() {
    let network = network("401 Unauthorized");
    let via = |front: &Server, ca: CaFiles| {
        let value = format!("https://user:p%40s%3As%2Fw%25rd@127.0.0.1:{}", front.port());
        let env_proxies = EnvProxies::from_env(&Env::from_pairs([("HTTPS_PROXY", value)]));
        send(&client(HttpSettings { ca, env_proxies, ..HttpSettings::default() }), get("https://aws.test/"))
    };
    let front = tls_front(network.authority.server("127.0.0.1"), network.proxy.server.address);
    assert_eq!(via(&front, network.ca.clone()).unwrap().text(), "behind");
    let unreachable = |front: Server| match via(&front, network.ca.clone()).unwrap_err().kind {
        FailureKind::Proxy(ProxyFault::Unreachable(why)) => why,
        other => panic!("{other:?}"),
    };
    let foreign = tls_front(Authority::named("Other CA").server("127.0.0.1"), network.proxy.server.address);
    assert!(unreachable(foreign).contains("'Other CA'"));
    // A proxy that is named with https:// and speaks plain HTTP: the usual mistake.
    assert!(!unreachable(Proxy::start(None, network.target.address).server).is_empty());
}
