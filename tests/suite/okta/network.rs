//! Everything that may stand between a login and the org.

use super::{APP, AUTHENTICATE, dsn, expect};
use crate::network::closed_port;
use crate::probe::Machine;
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

#[test]
fn nobody_listens() {
    let sandbox = Sandbox::start();
    let outcome = Machine::new().one(dsn(&sandbox).set("idp_port", &closed_port().to_string()).call());
    expect(&outcome, 200, "idp", &["127.0.0.1"]);
    assert!(outcome.retryable && sandbox.requests().is_empty());
}

#[test]
fn connections_that_break() {
    let sandbox = Sandbox::start();
    for operation in [AUTHENTICATE, APP] {
        for action in [FaultAction::Reset, FaultAction::Truncate, FaultAction::NotHttp] {
            sandbox.script(Fault::on(operation, action.clone()));
            let outcome = Machine::new().one(dsn(&sandbox).call());
            assert!(matches!(outcome.status, 200 | 302), "{action:?}: {}", outcome.told());
            assert_eq!(outcome.stage, "idp");
        }
        sandbox.script(Fault::on(operation, FaultAction::Huge { bytes: 9 << 20 }));
        expect(&Machine::new().one(dsn(&sandbox).call()), 302, "idp", &["longer than"]);
    }
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn an_org_that_says_nothing() {
    let sandbox = Sandbox::start();
    for (operation, doing) in [(AUTHENTICATE, "Okta to check the password"), (APP, "the application's page")] {
        sandbox.script(Fault::on(operation, FaultAction::Stall));
        let outcome = Machine::new().one(dsn(&sandbox).call().timeout(700));
        assert_eq!(outcome.status, 500, "{}", outcome.told());
        assert!(outcome.message.contains(doing) && outcome.elapsed_ms < 1500, "{}", outcome.told());
        sandbox.script(Fault::on(operation, FaultAction::Stall));
        let outcome = Machine::new().one(dsn(&sandbox).call().cancel(500));
        assert_eq!(outcome.status, 501, "{}", outcome.told());
        assert!(outcome.cancel_ms < 500, "{} ms", outcome.cancel_ms);
    }
}

#[test]
fn through_a_proxy_only_if_asked() {
    let sandbox = Sandbox::start();
    let proxied = |port: u16, idp: &str| {
        dsn(&sandbox)
            .set("idp_host", "example.okta.com")
            .without("idp_port")
            .through_proxy(port)
            .set("idp_use_https_proxy", idp)
    };
    let outcome = Machine::new().one(proxied(sandbox.proxy_port(), "1").call());
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert!(sandbox.proxied().iter().any(|record| record.target == "example.okta.com:443" && record.authorized));
    expect(&Machine::new().one(proxied(closed_port(), "1").call()), 202, "idp", &["https_proxy_host"]);
}

/// PY-143
#[test]
fn certificates_count_unless_told_otherwise() {
    let sandbox = Sandbox::start();
    let untrusted = dsn(&sandbox).without("CaFile");
    expect(&Machine::new().one(untrusted.call()), 201, "idp", &["rs-auth sandbox CA"]);
    let insecure = Machine::new().one(untrusted.set("ssl_insecure", "1").call().log(2));
    assert_eq!(insecure.status, 0, "{}", insecure.told());
    assert!(insecure.logged(2, "ssl_insecure"), "{:?}", insecure.lines);
}

#[test]
fn never_to_plain_http() {
    let sandbox = Sandbox::start();
    for operation in [AUTHENTICATE, APP] {
        let location = format!("{}/login/login.htm", sandbox.http_url());
        sandbox.script(Fault::on(operation, FaultAction::Redirect { location }));
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
        expect(&outcome, 302, "idp", &["not https"]);
        assert!(sent.iter().all(|record| record.tls));
    }
}
