//! PingFederate and `PingID`: who gets an assertion, who gets which page, and which requests no page can have led to.

use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{BOB_PASSWORD, PASSWORD, PingTarget, TOTP_SEED, totp};

use crate::browser::{Browser, form, saml_response};
use crate::common::{Reply, send, unsigned_sts};

const PAGE: &str = "/idp/startSSO.ping?PartnerSpId=urn%3Aamazon%3Awebservices";
const SKIP_CHECK: &str = "&skip.simultaneous.authn.req.check=true";

fn sign_in(sandbox: &Sandbox, user: &str, password: &str) -> Reply {
    let mut browser = Browser::new(sandbox);
    let page = browser.get(PAGE);
    assert_eq!(page.status, 200);
    browser.submit(&page, &[("pf.username", user), ("pf.pass", password)])
}

#[track_caller]
fn assert_keys(sandbox: &Sandbox, page: &Reply) {
    let saml = saml_response(page).unwrap_or_else(|| panic!("{}", page.text()));
    assert_eq!(form(page).action, "https://signin.aws.amazon.com/saml");
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

/// The form of alice, with more fields.
fn alice(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let good = [("pf.username", "alice"), ("pf.pass", PASSWORD), ("pf.ok", "clicked"), ("pf.cancel", "")];
    [&good, more].concat()
}

const ADAPTER: (&str, &str) = ("pf.adapterId", "HTMLFormAdapter");

#[test]
fn a_password_gets_an_assertion_that_sts_takes() {
    let sandbox = Sandbox::start();
    assert_keys(&sandbox, &sign_in(&sandbox, "alice", PASSWORD));
    assert_keys(&sandbox, &sign_in(&sandbox, "EXAMPLE\\alice", PASSWORD));
    assert_keys(&sandbox, &sign_in(&sandbox, "bob", BOB_PASSWORD));
    assert_keys(&sandbox, &sign_in(&sandbox, "warned", PASSWORD));
    let records = sandbox.requests();
    assert_eq!((records[0].service.as_str(), records[0].operation.as_str()), ("ping", "SignInPage"));
    assert_eq!(records[0].parameter("PartnerSpId"), Some("urn:amazon:webservices"));
    assert_eq!((records[1].service.as_str(), records[1].operation.as_str()), ("ping", "SignIn"));
    assert!(records[1].target.ends_with("/resumeSAML20/idp/startSSO.ping"), "{}", records[1].target);
    assert_eq!(records[1].parameter("pf.username"), Some("alice"));
    assert_eq!(records[1].parameter("pf.pass"), Some(PASSWORD));
}

#[test]
fn those_who_may_not_get_pages_that_say_why() {
    let sandbox = Sandbox::start();
    assert_refused(&sign_in(&sandbox, "alice", "wrong"), 200, "<div class=\"ping-error\">We did not recognize");
    assert_refused(&sign_in(&sandbox, "nobody", PASSWORD), 200, "We did not recognize");
    assert_refused(&sign_in(&sandbox, "disabled", PASSWORD), 200, "We did not recognize");
    assert_refused(&sign_in(&sandbox, "locked", PASSWORD), 200, "This account is locked");
    assert_refused(&sign_in(&sandbox, "expired", PASSWORD), 200, "must be changed");
    assert_refused(&sign_in(&sandbox, "unenrolled", PASSWORD), 200, "Pair a device");
    assert_refused(&sign_in(&sandbox, "webauthn", PASSWORD), 200, "in a browser only");
    assert_refused(&sign_in(&sandbox, "question", PASSWORD), 200, "in a browser only");
    let mut browser = Browser::new(&sandbox);
    assert_refused(&browser.get("/idp/startSSO.ping?PartnerSpId=other"), 200, "The partner in the request");
    sandbox.with_world(|world| world.identity_pages.ping.error_status = 500);
    assert_refused(&browser.get("/idp/startSSO.ping"), 500, "The partner in the request");
    // After a wrong password the form is good for another try.
    let page = browser.get(PAGE);
    let again = browser.submit(&page, &[("pf.username", "alice"), ("pf.pass", "wrong")]);
    assert_keys(&sandbox, &browser.submit(&again, &[("pf.username", "alice"), ("pf.pass", PASSWORD)]));
}

#[test]
fn a_form_must_come_back_as_it_was() {
    let sandbox = Sandbox::start();
    let mut browser = Browser::new(&sandbox);
    let action = form(&browser.get(PAGE)).action;
    let good = alice(&[ADAPTER]);
    assert_refused(&browser.post(&action, &alice(&[])), 400, "pf.adapterId");
    assert_refused(&browser.post(&action, &alice(&[("pf.adapterId", "")])), 400, "pf.adapterId");
    assert_refused(&browser.post(&action, &alice(&[ADAPTER, ("username", "alice")])), 400, "no field username");
    assert_refused(&browser.post(&action, &alice(&[ADAPTER, ("pf.pass", "")])), 400, "pf.pass, sent 2 times");
    assert_refused(&browser.post(PAGE, &good), 400, "not posted to its action");
    assert_refused(&browser.post(&format!("{PAGE}{SKIP_CHECK}"), &good), 400, "not posted to its action");
    assert_refused(&browser.post("/idp/AAAAA/resumeSAML20/idp/startSSO.ping", &good), 200, "This sign-in is over");
    assert_refused(&browser.post_as("application/json", &action, &good), 415, "x-www-form-urlencoded");
    assert_refused(&browser.get("/idp/other.ping"), 404, "Not Found");
    assert_refused(&send(&sandbox.http_url(), "GET", PAGE, &[], b""), 403, "plain http");
    assert_keys(&sandbox, &browser.post(&action, &alice(&[ADAPTER, ("pf.rememberUsername", "on")])));
    assert_keys(&sandbox, &browser.post(&action, &good));
}

#[test]
fn the_session_cookie_is_demanded() {
    let sandbox = Sandbox::start();
    let action = form(&Browser::new(&sandbox).get(PAGE)).action;
    let good = alice(&[ADAPTER]);
    assert_refused(&Browser::new(&sandbox).post(&action, &good), 400, "PF did not come back");
    let mut stranger = Browser::new(&sandbox);
    stranger.cookies.insert("PF".to_owned(), "made-up".to_owned());
    assert_refused(&stranger.post(&action, &good), 400, "not one that was set");
    // The cookie of another sign-in does not go with this path.
    let mut other = Browser::new(&sandbox);
    let _ = other.get(PAGE);
    assert_refused(&other.post(&action, &good), 200, "This sign-in is over");
    sandbox.with_world(|world| world.identity_pages.ping.cookies_required = false);
    assert_keys(&sandbox, &Browser::new(&sandbox).post(&action, &good));
}

#[test]
fn the_form_may_go_to_the_url_of_its_page() {
    let sandbox = Sandbox::builder().with_world(|world| world.identity_pages.ping.target = PingTarget::SameUrl).start();
    let mut browser = Browser::new(&sandbox);
    let page = browser.get(PAGE);
    assert_eq!(form(&page).action, format!("{PAGE}{SKIP_CHECK}"));
    let again = browser.submit(&page, &[("pf.username", "alice"), ("pf.pass", "wrong")]);
    assert_eq!(form(&again).action, format!("{PAGE}{SKIP_CHECK}"));
    assert_keys(&sandbox, &browser.submit(&again, &[("pf.username", "alice"), ("pf.pass", PASSWORD)]));
    assert_refused(&browser.post(PAGE, &alice(&[ADAPTER])), 400, "not posted to its action");
}

#[test]
fn a_passcode_is_asked_for_and_checked() {
    let sandbox = Sandbox::start();
    let now = u64::try_from(time::OffsetDateTime::now_utc().unix_timestamp()).unwrap();
    for (user, code) in [("totp", totp(TOTP_SEED, now).unwrap()), ("sms", "123456".to_owned())] {
        let mut browser = Browser::new(&sandbox);
        let page = browser.get(PAGE);
        let asked = browser.submit(&page, &[("pf.username", user), ("pf.pass", PASSWORD)]);
        let wrong = browser.submit(&asked, &[("otp", "000000")]);
        assert_refused(&wrong, 200, "The passcode is wrong.");
        assert_refused(&browser.submit(&asked, &[("otp", &code)]), 200, "This authentication is over");
        assert_keys(&sandbox, &browser.submit(&wrong, &[("otp", &code)]));
    }
    assert_eq!(sandbox.requests_for("OneTimePassword").len(), 6);
}

#[test]
fn a_push_is_waited_for() {
    let sandbox = Sandbox::start();
    let outcome = |user: &str| {
        let mut browser = Browser::new(&sandbox);
        let page = browser.get(PAGE);
        let asked = browser.submit(&page, &[("pf.username", user), ("pf.pass", PASSWORD)]);
        let token = form(&asked).fields["csrfToken"].clone();
        let mut status = || {
            let reply = browser.get(&format!("/pingid/ppm/auth/status?csrfToken={token}"));
            reply.json()["status"].as_str().unwrap().to_owned()
        };
        let statuses = [status(), status()];
        let done = browser.post("/pingid/ppm/auth/response", &[("csrfToken", &token)]);
        (asked, statuses, done)
    };
    let (_, statuses, done) = outcome("push");
    assert_eq!(statuses, ["ASYNC_AUTH_WAIT", "OK"]);
    assert_keys(&sandbox, &done);
    assert!(outcome("number").0.text().contains("id=\"numberMatching\">42</div>"));
    let (_, statuses, done) = outcome("refuser");
    assert_eq!(statuses[1], "DENIED");
    assert_refused(&done, 200, "denied on the telephone");
    let (_, statuses, done) = outcome("sleeper");
    assert_eq!(statuses[1], "TIMEOUT");
    assert_refused(&done, 200, "Nobody answered");
}
