//! AD FS: who gets an assertion, who gets which page, and which requests no page can have led to.

use rs_auth_sandbox::identity::{BOB_PASSWORD, PASSWORD, TOTP_SEED, totp};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

use crate::browser::{Browser, form, saml_response};
use crate::common::{Reply, send, unsigned_sts};

const PAGE: &str = "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn%3Aamazon%3Awebservices";

fn sign_in(sandbox: &Sandbox, user: &str, password: &str) -> Reply {
    let mut browser = Browser::new(sandbox);
    let page = browser.get(PAGE);
    assert_eq!(page.status, 200);
    browser.submit(&page, &[("UserName", user), ("Password", password)])
}

#[track_caller]
fn assert_keys(sandbox: &Sandbox, page: &Reply) {
    let saml = saml_response(page).unwrap_or_else(|| panic!("{}", page.text()));
    assert!(page.text().contains("action=\"https://signin.aws.amazon.com:443/saml\""));
    let role = "arn:aws:iam::123456789012:role/sandbox-role";
    let provider = "arn:aws:iam::123456789012:saml-provider/sandbox-idp";
    let parameters = [("RoleArn", role), ("PrincipalArn", provider), ("SAMLAssertion", saml.as_str())];
    let reply = unsigned_sts(&sandbox.http_url(), "AssumeRoleWithSAML", &parameters);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[track_caller]
fn assert_refused(page: &Reply, status: u16, words: &str) {
    assert_eq!(page.status, status, "{}", page.text());
    assert!(page.text().contains(words), "{words} in {}", page.text());
    assert!(saml_response(page).is_none());
}

#[test]
fn a_password_gets_an_assertion_that_sts_takes() {
    let sandbox = Sandbox::start();
    assert_keys(&sandbox, &sign_in(&sandbox, "alice", PASSWORD));
    assert_keys(&sandbox, &sign_in(&sandbox, "Alice@Example.com", PASSWORD));
    assert_keys(&sandbox, &sign_in(&sandbox, "bob", BOB_PASSWORD));
    assert_keys(&sandbox, &sign_in(&sandbox, "warned", PASSWORD));
    let records = sandbox.requests();
    assert_eq!((records[0].service.as_str(), records[0].operation.as_str()), ("adfs", "SignInPage"));
    assert_eq!((records[1].service.as_str(), records[1].operation.as_str()), ("adfs", "SignIn"));
    assert_eq!(records[1].parameter("UserName"), Some("alice"));
    assert_eq!(records[1].parameter("Password"), Some(PASSWORD));
    assert_eq!(records[1].parameter("AuthMethod"), Some("FormsAuthentication"));
    assert_eq!(records[1].parameter("loginToRp"), Some("urn:amazon:webservices"));
    assert!(records[1].tls);
}

#[test]
fn those_who_may_not_get_pages_that_say_why() {
    let sandbox = Sandbox::start();
    assert_refused(&sign_in(&sandbox, "alice", "wrong"), 200, "The user ID or the password is wrong.");
    assert_refused(&sign_in(&sandbox, "nobody", PASSWORD), 200, "The user ID or the password is wrong.");
    assert_refused(&sign_in(&sandbox, "disabled", PASSWORD), 200, "The user ID or the password is wrong.");
    assert_refused(&sign_in(&sandbox, "locked", PASSWORD), 200, "locked out");
    // A wrong password is not told that the account is locked.
    assert_refused(&sign_in(&sandbox, "locked", "wrong"), 200, "The user ID or the password is wrong.");
    assert_refused(&sign_in(&sandbox, "expired", PASSWORD), 200, "NewPassword");
    assert_refused(&sign_in(&sandbox, "unenrolled", PASSWORD), 200, "you have none");
    assert_refused(&sign_in(&sandbox, "webauthn", PASSWORD), 200, "in a browser only");
    assert_refused(&sign_in(&sandbox, "question", PASSWORD), 200, "in a browser only");
    let mut browser = Browser::new(&sandbox);
    let unknown = browser.get("/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:other");
    assert_refused(&unknown, 200, "errorMessage");
    assert_refused(&browser.get("/adfs/ls/IdpInitiatedSignOn.aspx"), 200, "MSIS7007");
    // After a wrong password the form is good for another try.
    let page = browser.get(PAGE);
    let again = browser.submit(&page, &[("UserName", "alice"), ("Password", "wrong")]);
    assert_keys(&sandbox, &browser.submit(&again, &[("UserName", "alice"), ("Password", PASSWORD)]));
}

#[test]
fn a_form_must_come_back_as_it_was() {
    let sandbox = Sandbox::start();
    let mut browser = Browser::new(&sandbox);
    let page = browser.get(PAGE);
    let action = form(&page).action;
    let good = [("UserName", "alice"), ("Password", PASSWORD), ("AuthMethod", "FormsAuthentication")];
    let with = |fields: &[(&'static str, &'static str)]| [&good, fields].concat();
    assert_refused(&browser.post(&action, &good[..2]), 400, "AuthMethod");
    assert_refused(&browser.post(&action, &good[1..]), 400, "UserName");
    assert_refused(&browser.post(&action, &with(&[("AuthMethod", "")])), 400, "AuthMethod, sent 2 times");
    assert_refused(&browser.post(&action, &with(&[("Submit", "Sign in")])), 400, "no field Submit");
    assert_refused(&browser.post(&action, &with(&[("Kmsi", "1")])), 400, "Kmsi");
    assert_refused(&browser.post(PAGE, &good), 400, "not posted to its action");
    assert_refused(&browser.post_as("text/plain", &action, &good), 415, "x-www-form-urlencoded");
    assert_refused(&browser.send_once("PUT", PAGE, &[], ""), 405, "GET and POST");
    assert_refused(&browser.get("/adfs/services/trust"), 404, "Not Found");
    let plain = send(&sandbox.http_url(), "GET", PAGE, &[], b"");
    assert_refused(&plain, 403, "plain http");
    assert_keys(&sandbox, &browser.post(&action, &with(&[("Kmsi", "true")])));
    assert_keys(&sandbox, &browser.post_as("application/x-www-form-urlencoded", &action, &good));
}

#[test]
fn a_form_may_be_without_auth_method() {
    let sandbox = Sandbox::builder().with_world(|world| world.identity_pages.adfs.auth_method_field = false).start();
    assert_keys(&sandbox, &sign_in(&sandbox, "alice", PASSWORD));
    let mut browser = Browser::new(&sandbox);
    let action = form(&browser.get(PAGE)).action;
    let fields = [("UserName", "alice"), ("Password", PASSWORD), ("AuthMethod", "FormsAuthentication")];
    assert_refused(&browser.post(&action, &fields), 400, "no field AuthMethod");
}

#[test]
fn cookies_are_demanded_where_the_world_says_so() {
    let sandbox = Sandbox::start();
    let forgetful = |sandbox: &Sandbox| {
        let page = Browser::new(sandbox).get(PAGE);
        Browser::new(sandbox).submit(&page, &[("UserName", "alice"), ("Password", PASSWORD)])
    };
    assert_keys(&sandbox, &forgetful(&sandbox));
    sandbox.with_world(|world| world.identity_pages.adfs.cookies_required = true);
    assert_refused(&forgetful(&sandbox), 400, "did not come back");
    assert_keys(&sandbox, &sign_in(&sandbox, "alice", PASSWORD));
    let mut browser = Browser::new(&sandbox);
    let page = browser.get(PAGE);
    browser.cookies.insert("MSISContext".to_owned(), "made-up".to_owned());
    assert_refused(
        &browser.submit(&page, &[("UserName", "alice"), ("Password", PASSWORD)]),
        400,
        "not one that was set",
    );
}

#[test]
fn redirects_lead_there_and_back_with_their_cookies() {
    let sandbox = Sandbox::builder()
        .with_world(|world| {
            world.identity_pages.adfs.redirects = 3;
            world.identity_pages.adfs.redirect_after_sign_in = true;
        })
        .start();
    assert_keys(&sandbox, &sign_in(&sandbox, "alice", PASSWORD));
    let statuses: Vec<u16> = sandbox.requests_for("SignInPage").iter().map(|record| record.status).collect();
    assert_eq!(statuses, [302, 302, 302, 200, 200]);
    assert_eq!(sandbox.requests_for("SignIn")[0].status, 302);
    let first = Browser::new(&sandbox).send_once("GET", PAGE, &[], "");
    let without = Browser::new(&sandbox).get(first.header("location").unwrap());
    assert_refused(&without, 400, "the cookie of the redirect");
}

#[test]
fn a_code_is_asked_for_and_checked() {
    let sandbox = Sandbox::start();
    let now = || u64::try_from(time::OffsetDateTime::now_utc().unix_timestamp()).unwrap();
    for (user, code) in
        [("totp", totp(TOTP_SEED, now()).unwrap()), ("sms", "123456".to_owned()), ("call", "65432".to_owned())]
    {
        let mut browser = Browser::new(&sandbox);
        let page = browser.get(PAGE);
        let asked = browser.submit(&page, &[("UserName", user), ("Password", PASSWORD)]);
        assert_eq!(form(&asked).fields["AuthMethod"], "AzureMfaAuthentication");
        let wrong = browser.submit(&asked, &[("VerificationCode", "000000")]);
        assert_refused(&wrong, 200, "The verification code is wrong.");
        // The first page's context is used up.
        assert_refused(&browser.submit(&asked, &[("VerificationCode", &code)]), 200, "MSIS7042");
        assert_keys(&sandbox, &browser.submit(&wrong, &[("VerificationCode", &code)]));
    }
    assert_eq!(sandbox.requests_for("SecondFactor").len(), 9);
}

#[test]
fn a_push_is_waited_for() {
    let sandbox = Sandbox::start();
    let outcome = |user: &str| {
        let mut browser = Browser::new(&sandbox);
        let page = browser.get(PAGE);
        let asked = browser.submit(&page, &[("UserName", user), ("Password", PASSWORD)]);
        assert!(!asked.text().contains("VerificationCode"));
        let waiting = browser.submit(&asked, &[]);
        assert!(form(&waiting).fields.contains_key("Context"), "{}", waiting.text());
        (asked, browser.submit(&waiting, &[]))
    };
    assert_keys(&sandbox, &outcome("push").1);
    let (asked, done) = outcome("number");
    assert!(asked.text().contains("<div id=\"validEntropyNumber\">42</div>"), "{}", asked.text());
    assert_keys(&sandbox, &done);
    assert_refused(&outcome("refuser").1, 200, "denied on the telephone");
    assert_refused(&outcome("sleeper").1, 200, "Nobody answered");
}

#[test]
fn faults_happen_here_too() {
    let sandbox = Sandbox::start();
    sandbox
        .script(Fault::on_service("adfs", FaultAction::Respond { status: 503, headers: vec![], body: "busy".into() }));
    assert_eq!(Browser::new(&sandbox).get(PAGE).status, 503);
    assert_keys(&sandbox, &sign_in(&sandbox, "alice", PASSWORD));
}
