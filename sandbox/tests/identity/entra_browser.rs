//! Microsoft Entra ID in a browser: codes, what they are exchanged for, refresh tokens, and everybody who is refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::browser::{Browser, End, Mischief, Page, Person};
use rs_auth_sandbox::identity::{EntraTenant, FieldOrder, PASSWORD};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::browser::encode;
use crate::common::listener::{Listener, Seen};
use crate::entra::{assert_refused, json};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";
const SAML2: &str = "urn:ietf:params:oauth:token-type:saml2";

pub fn browser(sandbox: &Sandbox, user: &str) -> Browser {
    let mut browser = Browser::new(Some(sandbox.ca_file())).unwrap();
    browser.person = Person { user: Some(user.to_owned()), password: PASSWORD.to_owned(), ..Person::default() };
    browser
}

/// Changes to the parameters of a request: an empty value leaves one out.
pub type Changes<'a> = &'a [(&'static str, &'a str)];

fn changed(all: Vec<(&'static str, String)>, changes: Changes<'_>) -> Vec<(&'static str, String)> {
    let mut all: Vec<_> = all.into_iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name)).collect();
    all.extend(changes.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, (*value).to_owned())));
    all
}

fn encoded(fields: &[(&'static str, String)]) -> String {
    encode(&fields.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
}

/// The URL of an authorization of the second version, as a login of ours would have it.
pub fn authorize_url(sandbox: &Sandbox, listener: &Listener, changes: Changes<'_>) -> String {
    let tenant = EntraTenant::default();
    let fields = vec![
        ("client_id", tenant.client_id.clone()),
        ("response_type", "code".to_owned()),
        ("response_mode", "form_post".to_owned()),
        ("redirect_uri", listener.redirect_uri()),
        ("scope", format!("openid offline_access {}", tenant.scope)),
        ("state", "st-1+/=&".to_owned()),
        ("nonce", "n-1".to_owned()),
        ("code_challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
        ("code_challenge_method", "S256".to_owned()),
    ];
    format!("{}/contoso.example/oauth2/v2.0/authorize?{}", sandbox.https_url(), encoded(&changed(fields, changes)))
}

/// Signs in as alice; what the listener got.
fn signed_in(sandbox: &Sandbox, listener: &Listener, changes: Changes<'_>) -> Seen {
    let page = browser(sandbox, "alice@example.com").visit(&authorize_url(sandbox, listener, changes)).unwrap();
    assert_eq!((page.end, page.reached_listener), (End::Arrived, true), "{page:?}");
    listener.answers().pop().unwrap()
}

fn post(sandbox: &Sandbox, path: &str, fields: &[(&'static str, String)]) -> crate::common::Reply {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    crate::browser::Browser::new(sandbox).post(path, &fields)
}

fn exchange(sandbox: &Sandbox, listener: &Listener, code: &str, changes: Changes<'_>) -> crate::common::Reply {
    let tenant = EntraTenant::default();
    let fields = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("client_id", tenant.client_id),
        ("code", code.to_owned()),
        ("redirect_uri", listener.redirect_uri()),
        ("scope", tenant.scope),
        ("code_verifier", VERIFIER.to_owned()),
    ];
    post(sandbox, "/contoso.example/oauth2/v2.0/token", &changed(fields, changes))
}

fn refresh(sandbox: &Sandbox, token: &str) -> crate::common::Reply {
    let client_id = EntraTenant::default().client_id;
    let fields =
        [("grant_type", "refresh_token".to_owned()), ("client_id", client_id), ("refresh_token", token.to_owned())];
    post(sandbox, "/contoso.example/oauth2/v2.0/token", &fields)
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}"))
}

pub fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[test]
fn a_code_is_exchanged_for_tokens_once() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let answer = signed_in(&sandbox, &listener, &[]);
    assert_eq!((answer.method.as_str(), answer.names()), ("POST", vec!["code", "state", "session_state"]));
    assert_eq!(answer.field("state"), Some("st-1+/=&"));
    let code = answer.field("code").unwrap();
    let reply = exchange(&sandbox, &listener, code, &[]);
    let body = json(&reply);
    assert_eq!((reply.status, text(&body, "token_type"), &body["expires_in"]), (200, "Bearer", &3599.into()));
    let (access, id) = (claims(text(&body, "access_token")), claims(text(&body, "id_token")));
    assert_eq!((access["scp"].as_str(), id["nonce"].as_str()), (Some("jdbc_login"), Some("n-1")));
    assert_eq!(access["preferred_username"], "alice@example.com");
    assert!(text(&body, "refresh_token").len() > 100);
    assert_refused(&exchange(&sandbox, &listener, code, &[]), 400, "invalid_grant", 54005);
    let operations: Vec<_> = sandbox.requests().into_iter().map(|record| record.operation).collect();
    assert_eq!(operations, ["Authorize", "SignIn", "Token", "Token"]);
}

#[test]
fn the_first_version_gives_an_assertion_and_needs_no_proof() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let tenant = EntraTenant::default();
    let fields = [
        ("scope", "openid".to_owned()),
        ("response_type", "code".to_owned()),
        ("response_mode", "form_post".to_owned()),
        ("client_id", tenant.client_id.clone()),
        ("redirect_uri", listener.redirect_uri()),
        ("state", "abcdefghij".to_owned()),
    ];
    let url = format!("{}/{}/oauth2/authorize?{}", sandbox.https_url(), tenant.tenant, encoded(&fields));
    assert_eq!(browser(&sandbox, "alice").visit(&url).unwrap().end, End::Arrived);
    let code = listener.answers()[0].field("code").unwrap().to_owned();
    let fields = |grant: &str, name: &'static str, value: &str| {
        vec![
            ("grant_type", grant.to_owned()),
            (name, value.to_owned()),
            ("requested_token_type", SAML2.to_owned()),
            ("resource", tenant.client_id.clone()),
            ("client_id", tenant.client_id.clone()),
            ("redirect_uri", listener.redirect_uri()),
        ]
    };
    let path = "/contoso.example/oauth2/token";
    let code_fields = fields("authorization_code", "code", &code);
    assert_refused(
        &post(&sandbox, path, &changed(code_fields.clone(), &[("resource", "x")])),
        400,
        "invalid_resource",
        500_011,
    );
    let v2 = exchange(&sandbox, &listener, &code, &[]);
    assert_refused(&v2, 400, "invalid_grant", 70000);
    let reply = post(&sandbox, path, &code_fields);
    let body = json(&reply);
    assert_eq!((reply.status, body["expires_in"].as_str()), (200, Some("3599")), "{body}");
    let assertion = String::from_utf8(URL_SAFE_NO_PAD.decode(text(&body, "access_token")).unwrap()).unwrap();
    assert!(assertion.contains("Assertion") && assertion.contains("role/sandbox-role"), "{assertion}");
    let refreshed = post(&sandbox, path, &fields("refresh_token", "refresh_token", text(&body, "refresh_token")));
    assert_eq!((refreshed.status, json(&refreshed)["issued_token_type"].as_str()), (200, Some(SAML2)));
}

#[test]
fn codes_come_back_in_every_way() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    for (order, awkward, mode) in [
        (FieldOrder::StateFirst, false, "form_post"),
        (FieldOrder::SessionStateFirst, true, "form_post"),
        (FieldOrder::CodeFirst, true, "query"),
        (FieldOrder::CodeFirst, true, ""),
    ] {
        sandbox.with_world(|world| (world.entra.field_order, world.entra.awkward_codes) = (order, awkward));
        let answer = signed_in(&sandbox, &listener, &[("response_mode", mode)]);
        assert_eq!(answer.method, if mode == "form_post" { "POST" } else { "GET" });
        let first = answer.names()[0].to_owned();
        let expected = match order {
            FieldOrder::CodeFirst => "code",
            FieldOrder::StateFirst => "state",
            FieldOrder::SessionStateFirst => "session_state",
        };
        assert_eq!(first, expected);
        let code = answer.field("code").unwrap();
        assert_eq!(code.contains("+/=&%20 "), awkward);
        assert_eq!(exchange(&sandbox, &listener, code, &[]).status, 200, "{order:?} {mode}");
    }
}

#[test]
fn whoever_brings_a_code_must_have_asked_for_it() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let code = signed_in(&sandbox, &listener, &[]).field("code").unwrap().to_owned();
    for (change, status, error, number) in [
        (("code_verifier", "another-verifier-of-at-least-forty-three-characters"), 400, "invalid_grant", 501_481),
        (("code_verifier", ""), 400, "invalid_grant", 50148),
        (("redirect_uri", "http://localhost:1/redshift/"), 400, "invalid_grant", 50011),
        (("redirect_uri", ""), 400, "invalid_request", 900_144),
        (("code", "other"), 400, "invalid_grant", 70000),
        (("code", ""), 400, "invalid_request", 900_144),
        (("client_id", "other"), 400, "unauthorized_client", 700_016),
        (("client_secret", "wrong"), 401, "invalid_client", 7_000_215),
        (("scope", "api://other/x"), 400, "invalid_scope", 70011),
        (("scope", " "), 400, "invalid_request", 28003),
        (("grant_type", "password"), 400, "unsupported_grant_type", 70003),
    ] {
        assert_refused(&exchange(&sandbox, &listener, &code, &[change]), status, error, number);
    }
    assert_eq!(exchange(&sandbox, &listener, &code, &[]).status, 200, "the control");

    let unproven = signed_in(&sandbox, &listener, &[("code_challenge", ""), ("code_challenge_method", "")]);
    let code = unproven.field("code").unwrap();
    assert_refused(&exchange(&sandbox, &listener, code, &[]), 400, "invalid_grant", 50148);
    assert_eq!(exchange(&sandbox, &listener, code, &[("code_verifier", "")]).status, 200);

    sandbox.with_world(|world| world.entra.code_seconds = 0);
    let late = signed_in(&sandbox, &listener, &[]);
    assert_refused(&exchange(&sandbox, &listener, late.field("code").unwrap(), &[]), 400, "invalid_grant", 70008);
}

#[test]
fn refresh_tokens_rotate() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let sign_in = || {
        let code = signed_in(&sandbox, &listener, &[]).field("code").unwrap().to_owned();
        text(&json(&exchange(&sandbox, &listener, &code, &[])), "refresh_token").to_owned()
    };
    let first = sign_in();
    let second = text(&json(&refresh(&sandbox, &first)), "refresh_token").to_owned();
    assert_ne!(first, second);
    assert_refused(&refresh(&sandbox, &first), 400, "invalid_grant", 70000);
    assert_refused(&refresh(&sandbox, "other"), 400, "invalid_grant", 70000);
    sandbox.with_world(|world| world.entra.keeps_old_refresh_tokens = true);
    assert_eq!(refresh(&sandbox, &first).status, 200, "as Microsoft's own do for a while");
    for (change, number) in [
        (EntraTenant { revoked: vec!["alice".to_owned()], ..EntraTenant::default() }, 50173),
        (EntraTenant { blocked: vec!["alice".to_owned()], ..EntraTenant::default() }, 53003),
    ] {
        sandbox.with_world(|world| world.entra = change);
        assert_refused(&refresh(&sandbox, &second), 400, "invalid_grant", number);
    }
    sandbox.with_world(|world| world.entra = EntraTenant { refresh_token_seconds: 0, ..EntraTenant::default() });
    assert_refused(&refresh(&sandbox, &sign_in()), 400, "invalid_grant", 700_082);
    assert_eq!(refresh(&sandbox, &second).status, 200, "the control");

    sandbox.with_world(|world| {
        world.entra = EntraTenant { rotates_refresh_tokens: false, ..EntraTenant::default() };
    });
    let steady = sign_in();
    for _ in 0..2 {
        assert!(json(&refresh(&sandbox, &steady)).get("refresh_token").is_none(), "the old one goes on");
    }

    let scope = format!("openid {}", EntraTenant::default().scope);
    let code = signed_in(&sandbox, &listener, &[("scope", &scope)]).field("code").unwrap().to_owned();
    assert!(json(&exchange(&sandbox, &listener, &code, &[])).get("refresh_token").is_none(), "without offline_access");
}

#[test]
fn requests_that_are_wrong_are_told_to_the_person_or_to_the_listener() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let visit =
        |changes: Changes<'_>| browser(&sandbox, "alice").visit(&authorize_url(&sandbox, &listener, changes)).unwrap();
    for (change, number) in [
        (("client_id", "other"), 700_016),
        (("redirect_uri", "http://localhost:1/other/"), 50011),
        (("redirect_uri", "https://example.com/redshift/"), 50011),
        (("redirect_uri", ""), 900_971),
    ] {
        let page = visit(&[change]);
        assert_eq!((page.end, page.status, page.reached_listener), (End::Refused, 400, false), "{change:?}");
        assert!(page.text.contains(&format!("AADSTS{number}: ")), "{page:?}");
    }
    for (change, error, number) in [
        (("response_type", "token"), "unsupported_response_type", 70005),
        (("response_type", ""), "invalid_request", 900_144),
        (("scope", ""), "invalid_request", 900_144),
        (("scope", "api://other/x"), "invalid_scope", 70011),
        (("code_challenge", ""), "invalid_request", 50147),
        (("code_challenge", "short"), "invalid_request", 501_491),
        (("code_challenge_method", "plain"), "invalid_request", 50149),
        (("prompt", "none"), "login_required", 50058),
        (("prompt", "nonsense"), "invalid_request", 90023),
    ] {
        assert!(visit(&[change]).reached_listener, "{change:?}");
        let answer = listener.answers().pop().unwrap();
        assert_eq!((answer.field("error"), answer.field("state")), (Some(error), Some("st-1+/=&")), "{change:?}");
        assert!(answer.field("error_description").unwrap().starts_with(&format!("AADSTS{number}: ")), "{answer:?}");
    }
    let elsewhere = authorize_url(&sandbox, &listener, &[]).replace("contoso.example", "nowhere.example");
    assert!(browser(&sandbox, "alice").visit(&elsewhere).unwrap().text.contains("AADSTS90002"));
    assert_eq!(visit(&[("prompt", "select_account")]).end, End::Arrived, "the control");
}

#[test]
fn people_who_do_not_get_in() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    sandbox.with_world(|world| world.entra.blocked.push("carol".to_owned()));
    let visit = |browser: &mut Browser| browser.visit(&authorize_url(&sandbox, &listener, &[])).unwrap();
    let refused = |page: &Page, told: &str| {
        assert!(page.end == End::Refused && !page.reached_listener && page.text.contains(told), "{told}: {page:?}");
    };
    for (user, told) in [
        ("nobody", "Your account or password is incorrect."),
        ("disabled", "Your account or password is incorrect."),
        ("locked", "Your account has been locked."),
        ("expired", "AADSTS50055"),
        ("unenrolled", "AADSTS50079"),
        ("push", "AADSTS50076"),
        ("carol", "AADSTS53003"),
    ] {
        refused(&visit(&mut browser(&sandbox, user)), told);
    }
    let mut sms = browser(&sandbox, "sms");
    refused(&visit(&mut sms), "Enter the code");
    sms.person.code = Some("000000".to_owned());
    refused(&visit(&mut sms), "expected verification code");
    assert!(listener.seen().is_empty());
    sms.person.code = Some("123456".to_owned());
    assert_eq!(visit(&mut sms).end, End::Arrived, "the control");
}

#[test]
fn consent_is_given_once_or_declined() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    sandbox.with_world(|world| world.entra.consented = false);
    let asked = || sandbox.requests_for("Consent").len();
    signed_in(&sandbox, &listener, &[]);
    assert_eq!(asked(), 1);
    signed_in(&sandbox, &listener, &[]);
    assert_eq!(asked(), 1);
    signed_in(&sandbox, &listener, &[("prompt", "consent")]);
    assert_eq!(asked(), 2);

    let mut browser = browser(&sandbox, "alice");
    browser.person.declines = true;
    for mode in ["form_post", "query"] {
        assert!(
            browser.visit(&authorize_url(&sandbox, &listener, &[("response_mode", mode)])).unwrap().reached_listener
        );
        let answer = listener.answers().pop().unwrap();
        assert_eq!((answer.field("error"), answer.field("code")), (Some("access_denied"), None));
        assert!(answer.field("error_description").unwrap().starts_with("AADSTS65004: User declined to consent"));
        assert_eq!(answer.field("state"), Some("st-1+/=&"));
    }
}

#[test]
fn a_forger_brings_another_state() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    for (mode, first) in [("form_post", false), ("query", false), ("form_post", true)] {
        let before = listener.answers().len();
        let mut browser = browser(&sandbox, "alice");
        browser.mischief.wrong_state = !first;
        browser.mischief.wrong_state_first = first;
        browser.visit(&authorize_url(&sandbox, &listener, &[("response_mode", mode)])).unwrap();
        let answers = listener.answers().split_off(before);
        assert_ne!(answers[0].field("state"), Some("st-1+/=&"));
        let second =
            answers.get(1).map(|answer| (answer.field("state"), answer.field("code") == answers[0].field("code")));
        assert_eq!(second, first.then_some((Some("st-1+/=&"), true)));
    }
}

#[test]
fn a_listener_that_hangs_up_on_another_state_gets_the_right_one() {
    let (sandbox, listener) = (Sandbox::start(), Listener::wanting("127.0.0.1", "st-1+/=&"));
    let url = authorize_url(&sandbox, &listener, &[]);
    let mut browser = browser(&sandbox, "alice");
    browser.mischief.wrong_state = true;
    assert!(browser.visit(&url).is_err());
    browser.mischief = Mischief { wrong_state_first: true, ..Mischief::default() };
    assert_eq!(browser.visit(&url).unwrap().title, "Done");
    let right = listener.answers().iter().map(|answer| answer.field("state") == Some("st-1+/=&")).collect::<Vec<_>>();
    assert_eq!(right.last(), Some(&true), "{right:?}");
    assert_eq!(right.iter().filter(|right| **right).count(), 1);
}

#[test]
fn the_forms_are_those_of_the_pages() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    let url = authorize_url(&sandbox, &listener, &[("login_hint", "alice@example.com")]);
    let path = url.strip_prefix(&sandbox.https_url()).unwrap();
    let mut browser = crate::browser::Browser::new(&sandbox);
    let page = browser.get(path);
    let form = crate::browser::form(&page);
    assert_eq!((form.action.as_str(), form.fields["login"].as_str()), ("/contoso.example/login", "alice@example.com"));
    let token = form.fields["flowToken"].as_str();
    let fields = [("login", "alice"), ("passwd", PASSWORD), ("flowToken", token)];
    assert_eq!(browser.post(&form.action, &fields[..2]).status, 400);
    let mut stranger = crate::browser::Browser::new(&sandbox);
    assert_eq!(stranger.post(&form.action, &fields).status, 400, "without the cookie");
    assert_eq!(browser.post("/common/SAS/ProcessAuth", &[("otc", ""), ("flowToken", token)]).status, 400);
    assert_eq!(browser.post("/common/Consent/Set", &[("accept", "Accept"), ("flowToken", token)]).status, 400);
    assert_eq!(browser.post(&form.action, &fields).status, 200, "the control");
    assert_eq!(browser.post(&form.action, &fields).status, 400, "once only");
}
