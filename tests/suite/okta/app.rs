//! The application's page: what it may look like, and why there may be no SAML response in it.

use super::{APP, AUTHENTICATE, LOGIN, METADATA, REDSHIFT, STS, dsn, expect, sandbox};
use crate::probe::Machine;
use crate::sent::operations;
use rs_auth_sandbox::identity::{AttributeOrder, PageShape, Prefix, Quoting};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

fn page(status: u16, body: &str) -> FaultAction {
    let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
    FaultAction::Respond { status, headers, body: body.to_owned() }
}

#[test]
fn in_every_shape_of_a_page() {
    let shapes = [
        PageShape { quoting: Quoting::Single, upper_case_tags: true, ..PageShape::default() },
        PageShape { quoting: Quoting::None, attribute_order: AttributeOrder::ValueFirst, ..PageShape::default() },
        PageShape { entities_in_values: true, across_lines: true, css_braces: true, ..PageShape::default() },
        PageShape { several_forms: true, base_href: Some("https://x.example/".to_owned()), ..PageShape::default() },
    ];
    for shape in shapes {
        let sandbox = Sandbox::builder().with_world(|world| world.identity_pages.page = shape.clone()).start();
        let outcome = Machine::new().one(dsn(&sandbox).call());
        assert_eq!(outcome.status, 0, "{shape:?}: {}", outcome.told());
    }
    let sandbox = Sandbox::builder()
        .with_world(|world| {
            world.identity_pages.assertion.prefix = Prefix::Saml2;
            world.identity_pages.assertion.wrapped_lines = true;
        })
        .start();
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn an_application_that_redirects_keeps_its_session() {
    let sandbox = sandbox(|org| org.app_redirects = true);
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent), [AUTHENTICATE, APP, "AppSso", STS, REDSHIFT]);
    assert!(sent[2].header("cookie").is_some_and(|cookie| cookie.starts_with("sid=")));
    let one = sent[0].connection;
    assert!(sent[..3].iter().all(|record| record.connection == one), "one connection for the org");
}

#[test]
fn an_application_that_is_not_the_users() {
    let sandbox = sandbox(|org| org.unassigned = vec!["alice".to_owned()]);
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    expect(&outcome, 300, "idp", &["into the application", "assign", "app_id"]);
    assert_eq!((outcome.http_status, operations(&sent).as_slice()), (403, [AUTHENTICATE, APP].as_slice()));
    for (key, value) in [("app_id", "0oaother/272"), ("app_name", "amazon_aws_redshift")] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).set(key, value).call()]).remove(0);
        expect(&outcome, 302, "idp", &["no such application", "app_id and app_name"]);
        assert_eq!((outcome.http_status, operations(&sent).as_slice()), (404, [AUTHENTICATE, APP].as_slice()));
    }
    sandbox.with_world(|world| world.identity_pages.okta.unassigned.clear());
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn an_application_with_a_second_factor_of_its_own() {
    let sandbox = sandbox(|org| org.app_steps_up = true);
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    expect(&outcome, 301, "idp", &["this application alone", "BrowserSAML"]);
    assert_eq!(operations(&sent), [AUTHENTICATE, APP, "StepUpPage", METADATA]);
}

/// PY-142
#[test]
fn pages_without_a_saml_response() {
    let sandbox = Sandbox::start();
    let relay_only = "<title>Almost</title><form id='appForm'><input name='RelayState' value='canary'></form>";
    let empty = "<form name='f'><input name=\"SAMLResponse\" value=\"\"></form>";
    let password = "<form id='signin'><input name='username'><input type='password' name='password'></form>";
    for (status, body, code, parts) in [
        (200, "", 302, ["without a SAML response", "app_id"]),
        (200, relay_only, 302, ["\"Almost\"", "appForm"]),
        (200, empty, 302, ["without a SAML response", "its forms are f"]),
        (200, password, 300, ["sign-in page", "policy"]),
        (500, "<title>Sorry</title>", 302, ["HTTP 500", "out of order"]),
        (400, "<title>Bad</title>", 302, ["HTTP 400", "app_id"]),
    ] {
        sandbox.script(Fault::on(APP, page(status, body)));
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call().log(5)]).remove(0);
        expect(&outcome, code, "idp", &parts);
        assert!(!format!("{} {:?}", outcome.told(), outcome.lines).contains("canary"));
        assert!(sent.iter().all(|record| record.service == "okta"), "nothing is exchanged");
    }
    // One-time tokens that were used lead to the sign-in page.
    sandbox.script(Fault::on(APP, FaultAction::Redirect { location: "/login/login.htm?fromURI=x".to_owned() }));
    expect(&Machine::new().one(dsn(&sandbox).call()), 300, "idp", &["sign-in page in place of the application"]);
    sandbox.reset_log();
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    assert_eq!((outcome.status, operations(&sent).as_slice()), (0, LOGIN.as_slice()), "{}", outcome.told());
}

#[test]
fn assertions_that_do_not_hold() {
    let sandbox = Sandbox::start();
    let told = |change: fn(&mut rs_auth_sandbox::identity::AssertionShape)| {
        sandbox.with_world(|world| {
            world.identity_pages.assertion = rs_auth_sandbox::identity::AssertionShape::default();
            change(&mut world.identity_pages.assertion);
        });
        Machine::new().one(dsn(&sandbox).call())
    };
    let expired = told(|shape| shape.expired = true);
    expect(&expired, 400, "sts", &[]);
    assert_eq!(expired.code, "ExpiredTokenException");
    expect(&told(|shape| shape.no_roles = true), 303, "assertion", &["Role"]);
    expect(&told(|shape| shape.encrypted = true), 303, "assertion", &["encrypted"]);
    expect(&told(|shape| shape.status = Some("urn:x:AuthnFailed".to_owned())), 300, "assertion", &["AuthnFailed"]);
    sandbox.script(Fault::on(APP, page(200, "<input name=SAMLResponse value='bm90IFhNTA=='>")));
    expect(&told(|_| ()), 303, "assertion", &[]);
    assert_eq!(told(|_| ()).status, 0);
}
