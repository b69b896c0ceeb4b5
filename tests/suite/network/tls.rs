//! Certificates that are not trusted, and ways to trust them.

use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::{Sandbox, TlsDefect};

fn dsn(sandbox: &Sandbox) -> Dsn {
    Dsn::keys(sandbox).at(&sandbox.https_url())
}

#[test]
fn an_unknown_issuer_is_named_and_can_be_trusted_in_many_ways() {
    let sandbox = Sandbox::start();
    let dsn = dsn(&sandbox);
    let ca = sandbox.ca_file().display().to_string();
    let refused = Machine::new().one(dsn.call());
    assert_eq!((refused.status, refused.sqlstate.as_str()), (201, "08001"), "{}", refused.told());
    assert!(refused.message.contains("'rs-auth sandbox CA'") && !refused.retryable, "{}", refused.told());
    assert!(refused.hint.contains("rs-auth sandbox CA") && refused.hint.contains("CaFile"), "{}", refused.told());
    assert_eq!(sandbox.requests().len(), 0);

    let folder = Machine::new().file("certificates/0123abcd.0", sandbox.ca_pem());
    let ca_path = folder.path("certificates").display().to_string();
    for (name, machine, dsn) in [
        ("CaFile", Machine::new(), dsn.clone().set("CaFile", &ca)),
        ("sslrootcert", Machine::new(), dsn.clone().set("sslrootcert", &ca)),
        ("CaPath", Machine::new(), dsn.clone().set("CaPath", &ca_path)),
        ("AWS_CA_BUNDLE", Machine::new().env("AWS_CA_BUNDLE", &ca), dsn.clone()),
        ("SSL_CERT_FILE", Machine::new().env("SSL_CERT_FILE", &ca), dsn.clone()),
        ("SSL_CERT_DIR", Machine::new().env("SSL_CERT_DIR", &ca_path), dsn.clone()),
    ] {
        let outcome = machine.one(dsn.call());
        assert_eq!(outcome.status, 0, "{name}: {}", outcome.told());
    }
    assert!(sandbox.requests().iter().all(|record| record.tls));
}

#[test]
fn a_file_that_is_not_there_is_a_warning_and_told_when_tls_fails() {
    let sandbox = Sandbox::start();
    for key in ["CaFile", "CaPath"] {
        let missing = dsn(&sandbox).set(key, "/nonexistent/root.crt");
        let refused = Machine::new().one(missing.call().log(2));
        assert_eq!(refused.status, 201, "{}", refused.told());
        let note = format!("{key} '/nonexistent/root.crt' does not exist");
        assert!(refused.message.contains(&note), "{}", refused.told());
        assert!(refused.logged(2, &note), "{:?}", refused.lines);
        // Where no TLS is needed, it does no harm.
        let plain = missing.at(&sandbox.http_url());
        assert_eq!(Machine::new().one(plain.call()).status, 0);
    }
    let replaced = Machine::new().env("SSL_CERT_FILE", "/nonexistent/root.crt").one(dsn(&sandbox).call());
    assert_eq!(replaced.status, 201, "{}", replaced.told());
    assert!(replaced.message.contains("SSL_CERT_FILE"), "{}", replaced.told());
}

#[test]
fn a_file_without_a_certificate_is_an_invalid_setting() {
    let sandbox = Sandbox::start();
    let machine = Machine::new().file("not-pem", "hello").file("empty/nothing", "");
    for (key, file) in [("CaFile", "not-pem"), ("CaPath", "empty")] {
        let path = machine.path(file).display().to_string();
        let outcome = machine.one(dsn(&sandbox).set(key, &path).call());
        assert_eq!(outcome.status, 100, "{key}: {}", outcome.told());
        assert!(outcome.message.contains(key) && outcome.message.contains(&path), "{}", outcome.told());
        assert!(outcome.hint.contains("PEM"), "{}", outcome.told());
    }
    assert_eq!(sandbox.connections(), 0);
}

#[test]
fn certificates_that_are_wrong() {
    let sandbox = Sandbox::start();
    let corporate = TlsDefect::UnknownAuthority { name: "Corporate Interception CA".to_owned() };
    let trusted = dsn(&sandbox).set("CaFile", &sandbox.ca_file().display().to_string());
    for (defect, part, hint) in [
        (TlsDefect::Expired, "has expired on 20", "clock"),
        (TlsDefect::NotYetValid, "not valid yet", "clock"),
        (TlsDefect::WrongHost, "wrong.example.com", "host name"),
        (corporate, "'Corporate Interception CA'", "Corporate Interception CA"),
        (TlsDefect::ResetInHandshake, "no TLS with", "1.2"),
        (TlsDefect::OldVersion, "no TLS with", "1.2"),
        (TlsDefect::PlainText, "no TLS with", "1.2"),
    ] {
        let url = sandbox.bad_tls(defect.clone());
        let outcome = Machine::new().one(trusted.clone().at(&url).call());
        assert_eq!(outcome.status, 201, "{defect:?}: {}", outcome.told());
        assert!(outcome.message.contains(part) && outcome.hint.contains(hint), "{defect:?}: {}", outcome.told());
    }
    assert_eq!(sandbox.requests().len(), 0);
    assert_eq!(Machine::new().one(trusted.call()).status, 0, "the control");
}

#[test]
fn ssl_insecure_says_nothing_about_aws() {
    let sandbox = Sandbox::start();
    let outcome = Machine::new().one(dsn(&sandbox).set("ssl_insecure", "1").call());
    assert_eq!(outcome.status, 201, "{}", outcome.told());
}

#[test]
fn trust_that_changes_on_disk_is_read_again() {
    let sandbox = Sandbox::start();
    let other = Sandbox::start();
    let machine = Machine::new().file("ca.pem", other.ca_pem());
    let path = machine.path("ca.pem").display().to_string();
    let call = dsn(&sandbox).set("CaFile", &path).call();
    let steps = [call.clone().into(), crate::probe::Step::Write(path, sandbox.ca_pem().to_owned()), call.into()];
    let statuses: Vec<_> = machine.run(steps).iter().map(|outcome| outcome.status).collect();
    assert_eq!(statuses, [201, 0]);
}
