//! The states of a sign-in that need no second factor, and what Okta refuses.

use super::{APP, AUTHENTICATE, LOGIN, METADATA, REDSHIFT, STS, dsn, dsn_of, expect, sandbox};
use crate::probe::Machine;
use crate::sent::operations;
use rs_auth_sandbox::identity::OktaEngine;
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

/// PY-138
#[test]
fn a_wrong_password_is_refused_and_asked_once() {
    let sandbox = Sandbox::start();
    for wrong in [dsn(&sandbox).set("PWD", "hunter2"), dsn_of(&sandbox, "nobody"), dsn_of(&sandbox, "disabled")] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [wrong.call().log(5)]).remove(0);
        expect(&outcome, 300, "idp", &["user or password", "Authentication failed", "UID and PWD"]);
        assert_eq!((outcome.code.as_str(), outcome.http_status), ("E0000004", 401));
        assert!(outcome.request_id.starts_with("oae") && !outcome.retryable, "{outcome:?}");
        assert_eq!(outcome.sqlstate, "28000");
        assert!(!format!("{} {:?}", outcome.told(), outcome.lines).contains("hunter2"));
        assert_eq!(operations(&sent), [AUTHENTICATE]);
    }
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn what_a_person_has_to_do_first_is_said() {
    let sandbox = Sandbox::start();
    for (user, parts) in [
        ("locked", ["has locked the account", "unlock it"]),
        ("expired", ["it has expired", "new password"]),
        ("unenrolled", ["second factor first", "set it up"]),
    ] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn_of(&sandbox, user).call()]).remove(0);
        expect(&outcome, 300, "idp", &parts);
        assert_eq!(operations(&sent), [AUTHENTICATE], "{user}");
    }
    sandbox.with_world(|world| world.identity_pages.okta.status = Some("MFA_ENROLL_ACTIVATE".to_owned()));
    expect(&Machine::new().one(dsn(&sandbox).call()), 300, "idp", &["second factor first"]);
    sandbox.with_world(|world| world.identity_pages.okta.status = None);
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn a_lockout_that_is_not_shown_is_hinted_at() {
    let sandbox = sandbox(|org| org.shows_lockouts = false);
    expect(&Machine::new().one(dsn_of(&sandbox, "locked").call()), 300, "idp", &["user or password", "locked"]);
}

#[test]
fn a_warning_does_not_stop_anybody() {
    let plain = Sandbox::start();
    let (outcome, sent) = Machine::new().recorded(&plain, [dsn_of(&plain, "warned").call().log(2)]).remove(0);
    assert_eq!((outcome.status, operations(&sent).as_slice()), (0, LOGIN.as_slice()), "{}", outcome.told());
    assert!(!outcome.logged(2, "expires soon"), "{:?}", outcome.lines);

    let warning = sandbox(|org| org.always_warns = true);
    let (outcome, sent) = Machine::new().recorded(&warning, [dsn_of(&warning, "warned").call().log(2)]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent), [AUTHENTICATE, "Skip", APP, STS, REDSHIFT]);
    assert!(outcome.logged(2, "expires soon"), "{:?}", outcome.lines);
}

#[test]
fn a_state_that_nobody_knows_is_named() {
    let sandbox = sandbox(|org| org.status = Some("PROFILE_REQUIRED".to_owned()));
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    expect(&outcome, 302, "idp", &["PROFILE_REQUIRED", "browser"]);
    assert_eq!(operations(&sent), [AUTHENTICATE, METADATA]);
}

/// PY-137, PY-140
#[test]
fn answers_that_are_none_of_the_api() {
    let sandbox = Sandbox::start();
    for (status, body, code, parts) in [
        (200, "{}", 302, ["has no status", "idp_host"]),
        (200, "{\"status\":\"SUCCESS\"}", 302, ["has no sessionToken", "idp_host"]),
        (200, "<title>Welcome</title>", 302, ["no JSON object", "\"Welcome\""]),
        (200, "", 302, ["no JSON object", "idp_host"]),
        (404, "<title>Not here</title>", 302, ["HTTP 404", "\"Not here\""]),
        (500, "<h1>Oops</h1>", 302, ["HTTP 500", "out of order"]),
        (503, "{\"errorCode\":\"E0000010\",\"errorSummary\":\"Read-only\"}", 302, ["Read-only", "out of order"]),
        (404, "{\"errorCode\":\"E0000007\",\"errorSummary\":\"Not found\"}", 302, ["Not found", "idp_host"]),
        (403, "{\"errorCode\":\"E0000119\",\"errorSummary\":\"Account locked\"}", 300, ["has locked", "unlock"]),
        (401, "{\"errorCode\":\"E0000064\",\"errorSummary\":\"Expired\"}", 300, ["has expired", "new password"]),
        (401, "{\"errorCode\":\"E0000015\",\"errorSummary\":\"No permission\"}", 300, ["does not allow", "policy"]),
    ] {
        let action = FaultAction::Respond { status, headers: Vec::new(), body: body.to_owned() };
        sandbox.script(Fault::on(AUTHENTICATE, action));
        let outcome = Machine::new().one(dsn(&sandbox).call());
        expect(&outcome, code, "idp", &parts);
        assert_eq!(outcome.retryable, status >= 500, "{}", outcome.told());
    }
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn too_many_requests_are_to_be_made_later() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on(AUTHENTICATE, FaultAction::Throttle { status: 429, retry_after: 17 }));
    let outcome = Machine::new().one(dsn(&sandbox).call());
    expect(&outcome, 402, "idp", &["asked too often", "in 17 s"]);
    assert_eq!((outcome.code.as_str(), outcome.http_status, outcome.retryable), ("E0000047", 429, true));
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn an_org_on_identity_engine_is_recognised_after_a_failure_only() {
    let sandbox = sandbox(|org| org.engine = OktaEngine::IdentityEngineOnly);
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    expect(&outcome, 300, "idp", &["does not allow this sign-in", "Identity Engine", "BrowserSAML"]);
    assert_eq!(
        (outcome.code.as_str(), operations(&sent).as_slice()),
        ("E0000006", [AUTHENTICATE, METADATA].as_slice())
    );

    sandbox.with_world(|world| world.identity_pages.okta.engine = OktaEngine::IdentityEngine);
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    expect(&outcome, 302, "idp", &["without a SAML response", "Sandbox - Sign In", "Identity Engine", "BrowserSAML"]);
    assert_eq!(operations(&sent), [AUTHENTICATE, APP, METADATA]);
    // A wrong password has nothing to do with it.
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).set("PWD", "x").call()]).remove(0);
    assert!(!outcome.hint.contains("Engine") && operations(&sent) == [AUTHENTICATE], "{}", outcome.told());

    // The control: the same failure, another engine, and an org that does not say.
    sandbox.with_world(|world| world.identity_pages.okta.engine = OktaEngine::Classic);
    let refusal = FaultAction::Error { code: "E0000006".to_owned(), message: "No".to_owned(), status: 403 };
    for silent in [false, true] {
        sandbox.script(Fault::on(AUTHENTICATE, refusal.clone()));
        if silent {
            sandbox.script(Fault::on(METADATA, FaultAction::Reset));
        }
        let outcome = Machine::new().one(dsn(&sandbox).call());
        expect(&outcome, 300, "idp", &["does not allow", "sign-on policy"]);
    }
}

/// The state token is as good as the password that it stands for.
#[test]
fn a_link_to_another_host_is_not_followed() {
    let sandbox = sandbox(|org| org.link_host = Some("okta.example.com".to_owned()));
    let proxied =
        |user: &str| dsn_of(&sandbox, user).through_proxy(sandbox.proxy_port()).set("idp_use_https_proxy", "1");
    let (outcome, sent) = Machine::new().recorded(&sandbox, [proxied("push").call()]).remove(0);
    expect(&outcome, 302, "idp", &["okta.example.com", "another host", "idp_host"]);
    assert_eq!(operations(&sent), [AUTHENTICATE]);
    assert!(sandbox.proxied().iter().all(|record| !record.target.contains("okta.example.com")));
    // The control: that host is there, and the answer without links does not lead to it.
    assert_eq!(
        Machine::new().one(proxied("alice").set("idp_host", "okta.example.com").without("idp_port").call()).status,
        0
    );
}
