//! TLS: right for whoever trusts the sandbox's CA, wrong on demand.

mod common;

use std::io::ErrorKind;
use std::time::Duration;

use common::{ALICE, CLUSTER, Signer, exchange};
use rs_auth_sandbox::{Broken, Sandbox, TlsDefect};

fn login(sandbox: &Sandbox, url: &str, name: &str) -> std::io::Result<common::Reply> {
    let request = Signer::user("redshift").query_request(url, "2012-12-01", "GetClusterCredentials", &[ALICE, CLUSTER]);
    exchange(&mut common::tls(url, sandbox.ca_file(), name), &request)
}

#[test]
fn the_services_are_the_same_by_tls() {
    let sandbox = Sandbox::start();
    assert_eq!(login(&sandbox, &sandbox.https_url(), "127.0.0.1").unwrap().status, 200);
    assert!(sandbox.requests()[0].tls);
    assert_eq!(sandbox.tls_connections(), 1);
    assert_eq!(std::fs::read_to_string(sandbox.ca_file()).unwrap(), sandbox.ca_pem());
    // Any name has its certificate.
    for name in ["localhost", "sts.eu-west-1.amazonaws.com"] {
        assert_eq!(login(&sandbox, &sandbox.https_url(), name).unwrap().status, 200);
    }
    let other = Sandbox::start();
    let error = login(&other, &sandbox.https_url(), "127.0.0.1").expect_err("another CA");
    assert!(error.to_string().contains("UnknownIssuer") || error.to_string().contains("BadSignature"), "{error}");
}

#[test]
fn certificates_are_wrong_on_demand() {
    let sandbox = Sandbox::start();
    let unknown = TlsDefect::UnknownAuthority { name: "Corporate Interception CA".to_owned() };
    let cases = [
        (TlsDefect::Expired, "Expired"),
        (TlsDefect::NotYetValid, "not valid yet"),
        (TlsDefect::WrongHost, "not valid for name"),
        (unknown, "UnknownIssuer"),
    ];
    for (defect, words) in cases {
        let url = sandbox.bad_tls(defect.clone());
        let error = login(&sandbox, &url, "127.0.0.1").expect_err("a refusal by the client").to_string();
        assert!(error.to_lowercase().contains(&words.to_lowercase()), "{defect:?}: {error}");
    }
    let url = sandbox.bad_tls(TlsDefect::WrongHost);
    assert_eq!(login(&sandbox, &url, "wrong.example.com").unwrap().status, 200, "the host was all that was wrong");
}

#[test]
fn an_unknown_authority_bears_the_name_it_was_given() {
    let sandbox = Sandbox::start();
    let url = sandbox.bad_tls(TlsDefect::UnknownAuthority { name: "Corporate Interception CA".to_owned() });
    assert!(is_shown(&url, b"Corporate Interception CA"));
}

/// Whether those bytes come in a TLS 1.2 handshake, in which certificates travel in clear.
fn is_shown(url: &str, text: &[u8]) -> bool {
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("127.0.0.1").unwrap();
    let mut client = rustls::ClientConnection::new(std::sync::Arc::new(config), name).unwrap();
    let mut stream = common::connect(url);
    client.write_tls(&mut stream).unwrap();
    let (mut shown, mut piece) = (Vec::new(), [0; 4096]);
    while !shown.windows(text.len()).any(|window| window == text) {
        match std::io::Read::read(&mut stream, &mut piece) {
            Ok(count) if count > 0 => shown.extend_from_slice(&piece[..count]),
            _ => return false,
        }
    }
    true
}

#[test]
fn handshakes_are_broken_on_demand() {
    let sandbox = Sandbox::start();
    let reset = login(&sandbox, &sandbox.bad_tls(TlsDefect::ResetInHandshake), "127.0.0.1").expect_err("a reset");
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    let plain = login(&sandbox, &sandbox.bad_tls(TlsDefect::PlainText), "127.0.0.1").expect_err("no TLS");
    assert_eq!(plain.kind(), ErrorKind::InvalidData, "{plain}");
    let url = sandbox.bad_tls(TlsDefect::SilentHandshake);
    let mut silent = common::tls(&url, sandbox.ca_file(), "127.0.0.1");
    silent.sock.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let error = exchange(&mut silent, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect_err("silence");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
}

#[test]
fn a_server_of_tls_1_1_says_so_in_its_hello() {
    let sandbox = Sandbox::start();
    let error = login(&sandbox, &sandbox.bad_tls(TlsDefect::OldVersion), "127.0.0.1").expect_err("an old version");
    assert!(error.to_string().contains("ServerDoesNotSupportTls12Or13"), "{error}");
}

#[test]
fn a_gate_is_broken_from_a_request_on_and_mended() {
    let sandbox = Sandbox::start();
    let gate = sandbox.gate();
    let login = || login(&sandbox, &gate.url(), "127.0.0.1");
    gate.break_after(1, Broken::Tls(TlsDefect::Expired));
    let reply = login().unwrap();
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    let error = login().expect_err("what is broken").to_string();
    assert!(error.to_lowercase().contains("expired"), "{error}");
    assert_eq!((gate.served(), gate.met()), (1, 1));
    gate.mend();
    let reply = login().unwrap();
    assert_eq!((reply.status, reply.header("connection"), gate.met()), (200, None, 0));
}

#[test]
fn nobody_listens_at_a_gate_that_refuses_and_it_is_the_same_port_again() {
    let sandbox = Sandbox::start();
    let gate = sandbox.metadata_gate();
    let connect = || std::net::TcpStream::connect(common::authority(&gate.url())).map_err(|error| error.kind());
    let token = || {
        let header = [("x-aws-ec2-metadata-token-ttl-seconds".to_owned(), "60".to_owned())];
        let request = common::request("PUT", &gate.url(), "/latest/api/token", &header, b"");
        exchange(&mut connect().unwrap(), &request).unwrap().status
    };
    assert_eq!(token(), 200);
    for after in [0, 1] {
        gate.break_after(after, Broken::Refused);
        (0..after).for_each(|_| assert_eq!(token(), 200));
        assert_eq!(connect().err(), Some(ErrorKind::ConnectionRefused), "after {after}");
        gate.mend();
        assert_eq!(token(), 200);
    }
}
