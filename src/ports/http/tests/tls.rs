//! Whom the client trusts, and what it says of those it does not.

use super::server::{Authority, Server, ok, self_signed};
use super::*;
use crate::log::memory;
use crate::ports::http::failure::TlsFault;
use crate::ports::http::settings::CaFiles;
use crate::ports::http::trust::TrustRoots;
use std::path::PathBuf;
use tempfile::TempDir;

fn written(directory: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn with_file(path: PathBuf) -> HttpSettings {
    HttpSettings { ca: CaFiles { file: Some(path), ..CaFiles::default() }, ..HttpSettings::default() }
}

fn greeting(authority: &Authority, name: &str) -> Server {
    Server::https(authority.server(name), |_| ok("hello"))
}

#[test]
fn every_way_to_name_a_private_authority_works_and_none_fails() {
    let authority = Authority::named("Corporate CA");
    let directory = tempfile::tempdir().unwrap();
    let file = written(&directory, "ca.pem", &format!("Corporate\n{}", authority.pem()));
    let server = greeting(&authority, "localhost");
    let url = server.url("https", "localhost");
    let folder = directory.path().to_owned();
    let ca = |file, directory, aws_bundle| CaFiles { file, directory, aws_bundle };
    for ca in
        [ca(Some(file.clone()), None, None), ca(None, Some(folder.clone()), None), ca(None, None, Some(file.clone()))]
    {
        let http = client(HttpSettings { ca, ..HttpSettings::default() });
        assert_eq!(send(&http, get(&url)).unwrap().text(), "hello");
    }
    for variable in [("SSL_CERT_FILE", &file), ("SSL_CERT_DIR", &folder)] {
        let http = client_in(&Env::from_pairs([variable]), HttpSettings::default(), Log::default());
        assert_eq!(send(&http, get(&url)).unwrap().text(), "hello", "{variable:?}");
    }
    assert!(matches!(failure(&client(HttpSettings::default()), get(&url)), FailureKind::Tls(_)));
}

#[test]
fn an_authority_with_a_p521_key_is_as_good_as_another() {
    let authority = Authority::with_key("Big CA", &rcgen::PKCS_ECDSA_P521_SHA512);
    let directory = tempfile::tempdir().unwrap();
    let http = client(with_file(written(&directory, "ca.pem", &authority.pem())));
    let server = greeting(&authority, "localhost");
    assert_eq!(send(&http, get(&server.url("https", "localhost"))).unwrap().text(), "hello");
}

#[test]
fn an_unknown_issuer_is_named_with_what_to_do() {
    let (known, unknown) = (Authority::named("Known CA"), Authority::named("Corporate CA"));
    let directory = tempfile::tempdir().unwrap();
    let mut settings = with_file(written(&directory, "ca.pem", &known.pem()));
    settings.ca.directory = Some(directory.path().join("missing"));
    let (log, lines) = memory::log();
    let http = client_in(&no_roots(), settings, log);
    let server = greeting(&unknown, "localhost");
    let error = send(&http, get(&server.url("https", "localhost"))).unwrap_err();
    let FailureKind::Tls(TlsFault::UnknownIssuer { issuer, self_signed }) = &error.kind else { panic!("{error}") };
    assert_eq!((issuer.as_deref(), *self_signed), (Some("Corporate CA"), false));
    let error = error.into_auth_error(crate::error::Stage::Sts);
    assert_eq!(error.status(), crate::error::Status::Tls);
    assert!(error.message().contains("'Corporate CA'"), "{error}");
    assert!(error.message().contains("missing' does not exist"), "{error}");
    assert!(error.hint_text().unwrap().contains("'Corporate CA' with CaFile"), "{error}");
    let lines = lines.0.lock().unwrap();
    assert!(lines[0].starts_with("WARN http: CaPath") && lines[0].contains("missing"), "{lines:?}");
}

#[test]
fn a_certificate_that_signed_itself_is_said_to_have() {
    let directory = tempfile::tempdir().unwrap();
    let http = client(with_file(written(&directory, "ca.pem", &Authority::named("Known CA").pem())));
    let server = Server::https(self_signed("localhost"), |_| ok("hello"));
    let error = send(&http, get(&server.url("https", "localhost"))).unwrap_err();
    let FailureKind::Tls(TlsFault::UnknownIssuer { self_signed: true, .. }) = &error.kind else { panic!("{error}") };
    assert!(error.to_string().contains("was signed by itself"), "{error}");
}

#[test]
fn no_roots_at_all_is_said() {
    let authority = Authority::named("Any CA");
    let server = greeting(&authority, "localhost");
    let error = send(&client(HttpSettings::default()), get(&server.url("https", "localhost"))).unwrap_err();
    assert_eq!(error.kind, FailureKind::Tls(TlsFault::NoRoots));
    let text = error.to_string();
    assert!(text.contains("no trusted certificate was found"), "{text}");
    assert!(text.contains("SSL_CERT_FILE") && text.contains("/nonexistent/roots.pem"), "{text}");
}

#[test]
fn expired_early_and_foreign_certificates_are_told_apart() {
    let authority = Authority::named("CA");
    let directory = tempfile::tempdir().unwrap();
    let http = client(with_file(written(&directory, "ca.pem", &authority.pem())));
    let fault = |config| {
        let server = Server::https(config, |_| ok("hello"));
        match failure(&http, get(&server.url("https", "localhost"))) {
            FailureKind::Tls(fault) => fault,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fault(authority.server_valid("localhost", 2020, 2021)), TlsFault::Expired(Some(1_609_459_200)));
    assert_eq!(fault(authority.server_valid("localhost", 2090, 2100)), TlsFault::NotYetValid(Some(3_786_912_000)));
    assert_eq!(fault(authority.server("other.example")), TlsFault::WrongHost(vec!["other.example".to_owned()]));
}

#[test]
fn peers_that_speak_no_tls_of_ours_fail_the_handshake() {
    // A ServerHello of TLS 1.1 with TLS_RSA_WITH_AES_128_CBC_SHA, as an old server answers.
    let mut old = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    old.extend([7; 32]);
    old.extend([0, 0, 0x2f, 0]);
    // The alert protocol_version, and something that is not TLS, and nothing.
    let peers: [Vec<u8>; 4] = [old, vec![0x15, 3, 2, 0, 2, 2, 70], b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), Vec::new()];
    for bytes in peers {
        let server = Server::start(move |mut stream| {
            use std::io::{Read, Write};
            let _ = stream.read(&mut [0; 2048]);
            let _ = stream.write_all(&bytes);
        });
        let kind = failure(&client(HttpSettings::default()), get(&server.url("https", "localhost")));
        assert!(matches!(kind, FailureKind::Tls(TlsFault::Handshake(_))), "{kind:?}");
    }
}

#[test]
fn ssl_insecure_holds_for_identity_providers_only_and_warns_each_time() {
    let authority = Authority::named("Corporate CA");
    let server = greeting(&authority, "other.example");
    let (log, lines) = memory::log();
    let http = client_in(&no_roots(), HttpSettings { insecure: true, ..HttpSettings::default() }, log);
    let mut idp = get(&server.url("https", "localhost"));
    idp.purpose = Purpose::IdentityProvider;
    for times in 1..=2 {
        assert_eq!(send(&http, idp.clone()).unwrap().text(), "hello");
        let warnings = lines.0.lock().unwrap().iter().filter(|line| line.contains("ssl_insecure")).count();
        assert_eq!(warnings, times);
    }
    assert!(matches!(failure(&http, get(&server.url("https", "localhost"))), FailureKind::Tls(_)));
}

#[test]
fn a_file_without_certificates_is_an_invalid_setting() {
    let directory = tempfile::tempdir().unwrap();
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in ["", "no certificate", junk, "-----BEGIN CERTIFICATE-----\n!!"] {
        let settings = with_file(written(&directory, "ca.pem", text));
        let error = TlsCache::default().client(&settings.ca, &no_roots(), &Files::real()).unwrap_err();
        assert_eq!(error.status(), crate::error::Status::InvalidSetting);
        assert!(error.message().contains("CaFile '") && error.message().contains("ca.pem"), "{error}");
    }
    let good = with_file(written(&directory, "ca.pem", &Authority::named("CA").pem()));
    TlsCache::default().client(&good.ca, &no_roots(), &Files::real()).unwrap();
}

#[test]
fn roots_and_configurations_are_kept_until_a_file_changes() {
    let directory = tempfile::tempdir().unwrap();
    let roots = written(&directory, "roots.pem", &Authority::named("One").pem());
    let settings = with_file(written(&directory, "ca.pem", &Authority::named("Two").pem()));
    let (env, files) = (Env::from_pairs([("SSL_CERT_FILE", roots.as_os_str())]), Files::real());
    let mut cache = TlsCache::default();
    let first = cache.client(&settings.ca, &env, &files).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &cache.client(&settings.ca, &env, &files).unwrap()));
    assert!(!std::sync::Arc::ptr_eq(&first, &cache.client(&CaFiles::default(), &env, &files).unwrap()));

    written(&directory, "ca.pem", &format!("changed\n{}", Authority::named("Three").pem()));
    let second = cache.client(&settings.ca, &env, &files).unwrap();
    assert!(!std::sync::Arc::ptr_eq(&first, &second));

    let kept = cache.roots(&env, &files);
    assert_eq!(kept.len(), 1);
    written(&directory, "roots.pem", &(Authority::named("A").pem() + &Authority::named("B").pem()));
    assert_eq!((kept.len(), cache.roots(&env, &files).len()), (1, 2));
    assert!(!kept.is_current(&env, &files));
    let third = cache.client(&settings.ca, &env, &files).unwrap();
    assert!(!std::sync::Arc::ptr_eq(&second, &third));
    assert!(!cache.roots(&env, &files).is_current(&no_roots(), &files));
    assert_eq!(TrustRoots::locate(&no_roots(), &files).len(), 0);
}

/// A server that answers with the kind of the handshake.
fn telling(config: std::sync::Arc<rustls::ServerConfig>) -> Server {
    Server::start(move |stream| {
        let connection = rustls::ServerConnection::new(config.clone()).unwrap();
        let mut stream = std::io::BufReader::new(rustls::StreamOwned::new(connection, stream));
        while super::server::read_head(&mut stream).is_some() {
            let kind = format!("{:?}", stream.get_ref().conn.handshake_kind().unwrap());
            std::io::Write::write_all(stream.get_mut(), &ok(&kind)).unwrap();
        }
    })
}

#[test]
fn sessions_are_resumed_by_later_logins_with_the_same_trust_until_they_are_forgotten() {
    let authority = Authority::named("CA");
    let directory = tempfile::tempdir().unwrap();
    let settings = with_file(written(&directory, "ca.pem", &authority.pem()));
    let server = telling(authority.server("localhost"));
    let url = server.url("https", "localhost");
    let mut cache = TlsCache::default();
    let login = |cache: &mut TlsCache, settings: &HttpSettings| {
        let tls = cache.client(&settings.ca, &no_roots(), &Files::real()).unwrap();
        let mut request = get(&url);
        request.purpose = Purpose::IdentityProvider;
        send(&Http::new(settings.clone(), tls, Log::default()), request).unwrap().text().into_owned()
    };
    assert_eq!(login(&mut cache, &settings), "Full");
    assert_eq!(login(&mut cache, &settings), "Resumed");
    // Where nobody is verified, nothing is resumed that was, and the other way round.
    let insecure = HttpSettings { insecure: true, ..settings.clone() };
    assert_eq!(login(&mut cache, &insecure), "Full");
    assert_eq!(login(&mut cache, &insecure), "Resumed");
    cache.forget_sessions();
    assert_eq!(login(&mut cache, &settings), "Full");
    assert_eq!(login(&mut TlsCache::default(), &settings), "Full");
}
