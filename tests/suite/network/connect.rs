//! Hosts that are not there, and how long that takes.

use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::{Sandbox, TlsDefect};
use tokio::net::TcpSocket;

/// A name that is refused before any resolver is asked: its first label is longer than DNS allows.
pub fn no_such_host() -> String {
    format!("{}.example", "x".repeat(64))
}

/// A port at which nobody listens.
pub fn closed_port() -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    // Bound for good and never listening: a port that is given back may be the next sandbox's.
    std::mem::forget(socket);
    port
}

#[test]
fn a_port_that_is_closed() {
    let sandbox = Sandbox::start();
    let url = format!("http://127.0.0.1:{}", closed_port());
    let outcome = Machine::new().one(Dsn::keys(&sandbox).at(&url).call());
    assert_eq!((outcome.status, outcome.sqlstate.as_str()), (200, "08001"), "{}", outcome.told());
    assert!(outcome.message.contains(&url["http://".len()..]) && outcome.retryable, "{}", outcome.told());
    assert!(outcome.message.contains("refused") && outcome.hint.contains("firewall"), "{}", outcome.told());
    assert_eq!((outcome.stage.as_str(), outcome.plugin.as_str()), ("redshift", "Static"));
}

#[test]
fn a_name_that_is_unknown() {
    let sandbox = Sandbox::start();
    // RFC 6761 section 6.4: it never exists.
    let outcome = Machine::new().one(Dsn::keys(&sandbox).at("https://rs-auth.invalid").call());
    assert_eq!(outcome.status, 200, "{}", outcome.told());
    assert!(outcome.message.contains("was not found") && outcome.hint.contains("HTTPS_PROXY"), "{}", outcome.told());
}

#[test]
fn connecting_has_a_limit_of_its_own() {
    let sandbox = Sandbox::start();
    let url = sandbox.bad_tls(TlsDefect::SilentHandshake);
    let dsn = Dsn::keys(&sandbox).at(&url).set("StsConnectionTimeout", "1");
    let outcome = Machine::new().one(dsn.call().timeout(30_000));
    assert_eq!(outcome.status, 500, "{}", outcome.told());
    assert!(outcome.message.contains("within 1s"), "{}", outcome.told());
    // Three attempts of a second each, and the pauses between them.
    assert!((1000..7500).contains(&outcome.elapsed_ms), "{} ms", outcome.elapsed_ms);
}

#[test]
fn plain_http_stays_on_this_machine() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    for url in ["http://10.0.0.1", "http://redshift.example.com", "http://127.0.0.1.example.com"] {
        let outcome = Machine::new().one(dsn.clone().at(url).call());
        assert_eq!(outcome.status, 100, "{url}: {}", outcome.told());
        assert!(outcome.message.contains("https"), "{url}: {}", outcome.told());
    }
    let port = sandbox.http_url().rsplit(':').next().unwrap().to_owned();
    assert_eq!(Machine::new().one(dsn.at(&format!("http://localhost:{port}")).call()).status, 0, "the control");
}

#[test]
fn who_runs_the_host_limits_where_requests_may_go() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    let machine = Machine::new().env("RS_AUTH_ENDPOINT_SUFFIXES", "amazonaws.com,corp.example");
    let outcome = machine.one(dsn.clone().at("https://redshift.evil.example").call());
    assert_eq!(outcome.status, 100, "{}", outcome.told());
    assert!(outcome.message.contains("RS_AUTH_ENDPOINT_SUFFIXES"), "{}", outcome.told());
    assert_eq!(machine.one(dsn.call()).status, 0, "loopback is always allowed");
}
