//! The SAML provider for browsers, and the scripted browser that signs in there.

use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::browser::{Browser, End, Localhost, Person};
use rs_auth_sandbox::identity::{BOB_PASSWORD, PASSWORD};

use crate::common::listener::Listener;
use crate::common::{connect, exchange, request, unsigned_sts};

fn browser(sandbox: &Sandbox, user: &str, password: &str) -> Browser {
    let mut browser = Browser::new(Some(sandbox.ca_file())).unwrap();
    browser.person = Person { user: Some(user.to_owned()), password: password.to_owned(), ..Person::default() };
    browser
}

fn login_url(sandbox: &Sandbox, listener: &Listener) -> String {
    format!("{}/saml/login?acs={}&RelayState=a%26b", sandbox.https_url(), listener.redirect_uri())
}

fn operations(sandbox: &Sandbox) -> Vec<String> {
    sandbox.requests().into_iter().map(|record| record.operation).collect()
}

#[test]
fn a_person_signs_in_and_the_listener_gets_a_response_that_sts_takes() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    for (user, password) in [("alice", PASSWORD), ("bob", BOB_PASSWORD)] {
        let page = browser(&sandbox, user, password).visit(&login_url(&sandbox, &listener)).unwrap();
        assert_eq!((page.end, page.status, page.title.as_str()), (End::Arrived, 200, "Done"));
        assert!(page.reached_listener && page.text == "You are in.", "{page:?}");
    }
    let answers = listener.answers();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0].names(), ["SAMLResponse", "RelayState"]);
    assert_eq!((answers[0].target.as_str(), answers[0].field("RelayState")), ("/redshift/", Some("a&b")));
    for answer in &answers {
        let parameters = [
            ("RoleArn", "arn:aws:iam::123456789012:role/sandbox-role"),
            ("PrincipalArn", "arn:aws:iam::123456789012:saml-provider/sandbox-idp"),
            ("SAMLAssertion", answer.field("SAMLResponse").unwrap()),
        ];
        assert_eq!(unsigned_sts(&sandbox.http_url(), "AssumeRoleWithSAML", &parameters).status, 200);
    }
    assert_eq!(operations(&sandbox)[..2], ["LoginPage", "Login"]);
    assert_eq!(sandbox.requests()[0].service, "saml-idp");
}

/// A page of AD FS stays one of AD FS unless the world says otherwise.
#[test]
fn it_may_stand_where_another_product_has_its_page() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let path = "/adfs/ls/IdpInitiatedSignOn.aspx";
    let url = format!("{}{path}?loginToRp=urn:amazon:webservices&acs={}", sandbox.https_url(), listener.redirect_uri());
    let open = || browser(&sandbox, "alice", PASSWORD).visit(&url);
    let (_, answers) = (open(), listener.answers());
    assert!(answers.is_empty(), "AD FS posts to AWS, or nowhere");
    sandbox.reset_log();
    sandbox.with_world(|world| world.identity_pages.browser_saml.login_pages = vec![path.to_owned()]);
    assert_eq!((open().unwrap().end, listener.answers().len()), (End::Arrived, 1));
    assert_eq!(operations(&sandbox)[..2], ["LoginPage", "Login"]);
}

#[test]
fn it_does_at_the_listener_what_chromium_does() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let mut browser = browser(&sandbox, "alice", PASSWORD);
    browser.mischief.preflight = true;
    browser.visit(&login_url(&sandbox, &listener)).unwrap();
    let asked: Vec<_> = listener.seen().into_iter().map(|seen| format!("{} {}", seen.method, seen.target)).collect();
    assert_eq!(asked, ["OPTIONS /redshift/", "POST /redshift/", "GET /favicon.ico"]);
    assert!(listener.seen()[1].head.contains(&format!("Origin: {}\r\n", sandbox.https_url())));
    assert_eq!(listener.connections(), 2, "one is opened ahead of time and never used");
}

#[test]
fn mischief_on_demand() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("::1"));
    let url = login_url(&sandbox, &listener);
    let mut twice = browser(&sandbox, "alice", PASSWORD);
    twice.set_localhost(Localhost::V6);
    twice.mischief.replay = true;
    assert_eq!(twice.visit(&url).unwrap().end, End::Arrived);
    let answers = listener.answers();
    assert_eq!((answers.len(), answers[0].field("SAMLResponse")), (2, answers[1].field("SAMLResponse")));

    let mut closed = browser(&sandbox, "alice", PASSWORD);
    closed.mischief.stop_after = Some(2);
    assert_eq!(closed.visit(&url).unwrap().end, End::Stopped);
    let mut forger = browser(&sandbox, "alice", PASSWORD);
    forger.mischief.wrong_state = true;
    assert!(forger.visit(&url).unwrap_err().to_string().contains("no state"), "a SAML response has none");
    assert_eq!(listener.answers().len(), 2);

    let mut v4 = browser(&sandbox, "alice", PASSWORD);
    v4.set_localhost(Localhost::V4);
    assert!(v4.visit(&url).is_err(), "nobody listens on 127.0.0.1");
    assert_eq!(browser(&sandbox, "alice", PASSWORD).visit(&url).unwrap().end, End::Arrived, "the control");
}

#[test]
fn people_who_do_not_get_in() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let url = login_url(&sandbox, &listener);
    for (user, password, text) in [
        ("alice", "wrong", "The user name or the password is wrong."),
        ("nobody", PASSWORD, "The user name or the password is wrong."),
        ("disabled", PASSWORD, "The user name or the password is wrong."),
        ("locked", PASSWORD, "This account is locked."),
        ("expired", PASSWORD, "The password has expired"),
        ("unenrolled", PASSWORD, "must be enrolled"),
        ("webauthn", PASSWORD, "security key"),
        ("refuser", PASSWORD, "denied on the telephone"),
        ("sleeper", PASSWORD, "Nobody answered"),
        ("sms", PASSWORD, "Type the code"),
    ] {
        let page = browser(&sandbox, user, password).visit(&url).unwrap();
        assert_eq!(page.end, End::Refused, "{user}");
        assert!(page.text.contains(text) && !page.reached_listener, "{user}: {page:?}");
    }
    assert!(listener.seen().is_empty());
    assert_eq!(browser(&sandbox, "alice", PASSWORD).visit(&url).unwrap().end, End::Arrived, "the control");
}

#[test]
fn second_factors() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let url = login_url(&sandbox, &listener);
    for (user, code) in [("sms", Some("123456")), ("question", Some("ingres")), ("push", None), ("number", None)] {
        let mut browser = browser(&sandbox, user, PASSWORD);
        browser.person.code = code.map(str::to_owned);
        assert_eq!(browser.visit(&url).unwrap().end, End::Arrived, "{user}");
    }
    let mut wrong = browser(&sandbox, "sms", PASSWORD);
    wrong.person.code = Some("000000".to_owned());
    let page = wrong.visit(&url).unwrap();
    assert!(page.end == End::Refused && page.text.contains("The code is wrong."), "{page:?}");
    assert_eq!(listener.answers().len(), 4);
}

#[test]
fn a_person_who_cancels_sends_a_response_without_an_assertion() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let mut browser = browser(&sandbox, "alice", PASSWORD);
    browser.person.declines = true;
    assert!(browser.visit(&login_url(&sandbox, &listener)).unwrap().reached_listener);
    let response = listener.answers()[0].field("SAMLResponse").unwrap().to_owned();
    let xml = String::from_utf8(base64::Engine::decode(&base64::engine::general_purpose::STANDARD, response).unwrap());
    let xml = xml.unwrap();
    assert!(xml.contains("status:AuthnFailed") && !xml.contains("Assertion "), "{xml}");
}

#[test]
fn responses_go_to_loopback_only() {
    let sandbox = Sandbox::start();
    for (acs, status) in [
        ("https://signin.aws.amazon.com/saml", 400),
        ("http://example.com/", 400),
        ("https://localhost/", 400),
        ("nonsense", 400),
        ("http://127.0.0.1:1/", 200),
        ("http://[::1]:1/", 200),
        ("", 200),
    ] {
        let mut browser = crate::browser::Browser::new(&sandbox);
        assert_eq!(browser.get(&format!("/saml/login?acs={acs}")).status, status, "{acs}");
    }
    let plain = request("GET", &sandbox.http_url(), "/saml/login", &[], b"");
    assert_eq!(exchange(&mut connect(&sandbox.http_url()), &plain).unwrap().status, 403);
}

#[test]
fn the_form_is_the_one_of_the_page() {
    let sandbox = Sandbox::start();
    let fields = [("username", "alice"), ("password", PASSWORD)];
    let mut browser = crate::browser::Browser::new(&sandbox);
    let page = browser.get("/saml/login");
    let session = crate::browser::form(&page).fields["session"].clone();
    let with = |session: &str| {
        let mut all: Vec<(&str, String)> = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        all.push(("session", session.to_owned()));
        all
    };
    let post = |browser: &mut crate::browser::Browser<'_>, fields: &[(&str, String)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/saml/login", &fields).status
    };
    assert_eq!(post(&mut browser, &with(&session)[..2]), 400, "without the session");
    assert_eq!(post(&mut browser, &with("other")), 403);
    let mut stranger = crate::browser::Browser::new(&sandbox);
    assert_eq!(post(&mut stranger, &with(&session)), 400, "without the cookie");
    assert_eq!(post(&mut browser, &with(&session)), 200, "the control");
    assert_eq!(post(&mut browser, &with(&session)), 403, "once only");
}
