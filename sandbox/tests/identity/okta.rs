//! Okta's Authentication API and the application's page: who gets an assertion, who gets which error.

use rs_auth_sandbox::identity::{BOB_PASSWORD, OktaEngine, PASSWORD, TOTP_SEED, totp};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use serde_json::{Value, json};

use crate::browser::{Browser, form};
use crate::common::{Reply, send, unsigned_sts};

const JSON: [(&str, &str); 2] = [("Accept", "application/json"), ("Content-Type", "application/json; charset=utf-8")];
const APP: &str = "/home/amazon_aws/0oa2hylwrpM8UGehd1t7/272";

fn post(sandbox: &Sandbox, path: &str, body: &Value) -> Reply {
    Browser::new(sandbox).send_once("POST", path, &JSON, &body.to_string())
}

fn authenticate(sandbox: &Sandbox, user: &str, password: &str) -> Reply {
    post(sandbox, "/api/v1/authn", &json!({ "username": user, "password": password }))
}

fn status(reply: &Reply) -> String {
    reply.json()["status"].as_str().unwrap_or_default().to_owned()
}

/// HTTP status and Okta's code.
fn refusal(reply: &Reply) -> (u16, String) {
    let error = reply.json();
    assert_eq!(error["errorCode"], error["errorLink"]);
    assert!(error["errorId"].as_str().unwrap().starts_with("oae") && error["errorCauses"].is_array());
    (reply.status, error["errorCode"].as_str().unwrap().to_owned())
}

/// The path of a link of the org's own.
fn path(sandbox: &Sandbox, link: &Value) -> String {
    link["href"].as_str().unwrap().strip_prefix(&sandbox.https_url()).unwrap().to_owned()
}

/// What comes of a second factor of that person, after so many requests with that member.
fn verify(sandbox: &Sandbox, user: &str, answers: &[Option<(&str, &str)>]) -> Vec<Reply> {
    let begun = authenticate(sandbox, user, PASSWORD).json();
    assert_eq!(begun["status"], "MFA_REQUIRED", "{begun}");
    let path = path(sandbox, &begun["_embedded"]["factors"][0]["_links"]["verify"]);
    let body = |answer: &Option<(&str, &str)>| {
        let mut body = json!({ "stateToken": begun["stateToken"] });
        if let Some((name, value)) = answer {
            body[name] = json!(value);
        }
        body
    };
    answers.iter().map(|answer| post(sandbox, &path, &body(answer))).collect()
}

fn open(sandbox: &Sandbox, success: &Reply) -> Reply {
    assert_eq!(status(success), "SUCCESS", "{}", success.text());
    let token = success.json()["sessionToken"].as_str().unwrap().to_owned();
    Browser::new(sandbox).get(&format!("{APP}?onetimetoken={token}"))
}

#[track_caller]
fn assert_keys(sandbox: &Sandbox, page: &Reply) {
    assert_eq!(page.status, 200, "{}", page.text());
    let saml = form(page).fields["SAMLResponse"].replace("&#x2b;", "+").replace("&#x3d;", "=");
    let role = "arn:aws:iam::123456789012:role/sandbox-role";
    let provider = "arn:aws:iam::123456789012:saml-provider/sandbox-idp";
    let parameters = [("RoleArn", role), ("PrincipalArn", provider), ("SAMLAssertion", saml.as_str())];
    let reply = unsigned_sts(&sandbox.http_url(), "AssumeRoleWithSAML", &parameters);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn a_password_gets_an_assertion_that_sts_takes_once() {
    let sandbox = Sandbox::start();
    for (user, password) in [("alice", PASSWORD), ("alice@example.com", PASSWORD), ("bob", BOB_PASSWORD)] {
        let page = open(&sandbox, &authenticate(&sandbox, user, password));
        assert!(page.text().contains("&#x2b;") || !page.text().contains('+'));
        assert_keys(&sandbox, &page);
    }
    let success = authenticate(&sandbox, "alice", PASSWORD);
    assert!(success.header("x-rate-limit-remaining").is_some());
    assert_keys(&sandbox, &open(&sandbox, &success));
    let again = open(&sandbox, &success);
    assert!(again.status == 200 && !again.text().contains("SAMLResponse"), "{}", again.text());
    let operations: Vec<_> = sandbox.requests().iter().rev().take(3).map(|record| record.operation.clone()).collect();
    assert_eq!(operations, ["SignInPage", "App", "AssumeRoleWithSAML"]);
    let unknown = Browser::new(&sandbox).get(&format!("{APP}?onetimetoken=nobody"));
    assert!(!unknown.text().contains("SAMLResponse"));
    assert_eq!(Browser::new(&sandbox).get("/home/amazon_aws/other").status, 404);
}

#[test]
fn an_application_that_redirects_wants_its_cookie() {
    let sandbox = Sandbox::start();
    sandbox.with_world(|world| world.identity_pages.okta.app_redirects = true);
    assert_keys(&sandbox, &open(&sandbox, &authenticate(&sandbox, "alice", PASSWORD)));
    let records = sandbox.requests_for("AppSso");
    let sso = records[0].target.clone();
    assert_eq!(Browser::new(&sandbox).send_once("GET", &sso, &[], "").status, 302);
    // An open session needs no other token.
    let mut browser = Browser::new(&sandbox);
    let success = authenticate(&sandbox, "alice", PASSWORD).json();
    browser.get(&format!("{APP}?onetimetoken={}", success["sessionToken"].as_str().unwrap()));
    assert_keys(&sandbox, &browser.get(APP));
}

#[test]
fn those_who_may_not_are_told_as_the_policy_has_it() {
    let sandbox = Sandbox::start();
    for (user, password) in [("alice", "wrong"), ("nobody", PASSWORD), ("disabled", PASSWORD)] {
        assert_eq!(refusal(&authenticate(&sandbox, user, password)), (401, "E0000004".to_owned()), "{user}");
    }
    for (user, expected) in
        [("locked", "LOCKED_OUT"), ("expired", "PASSWORD_EXPIRED"), ("unenrolled", "MFA_ENROLL"), ("warned", "SUCCESS")]
    {
        let reply = authenticate(&sandbox, user, PASSWORD);
        assert_eq!(status(&reply), expected);
        assert_eq!(reply.json().get("sessionToken").is_some(), expected == "SUCCESS");
    }
    sandbox.with_world(|world| world.identity_pages.okta.shows_lockouts = false);
    assert_eq!(refusal(&authenticate(&sandbox, "locked", PASSWORD)).0, 401);
    sandbox.with_world(|world| world.identity_pages.okta.status = Some("MFA_ENROLL_ACTIVATE".to_owned()));
    assert_eq!(status(&authenticate(&sandbox, "alice", PASSWORD)), "MFA_ENROLL_ACTIVATE");
    assert_eq!(refusal(&authenticate(&sandbox, "alice", "wrong")).0, 401);
}

#[test]
fn a_warning_comes_where_it_is_asked_for_and_can_be_skipped() {
    let sandbox = Sandbox::start();
    let body = json!({ "username": "warned", "password": PASSWORD, "options": { "warnBeforePasswordExpired": true } });
    let warned = post(&sandbox, "/api/v1/authn", &body).json();
    assert_eq!(warned["status"], "PASSWORD_WARN");
    let skip = path(&sandbox, &warned["_links"]["skip"]);
    let state = json!({ "stateToken": warned["stateToken"] });
    assert_keys(&sandbox, &open(&sandbox, &post(&sandbox, &skip, &state)));
    assert_eq!(refusal(&post(&sandbox, &skip, &state)), (401, "E0000011".to_owned()));
    let expired = authenticate(&sandbox, "expired", PASSWORD).json();
    let state = json!({ "stateToken": expired["stateToken"] });
    assert_eq!(refusal(&post(&sandbox, &skip, &state)), (403, "E0000079".to_owned()));
}

#[test]
fn a_push_waits_and_then_ends_as_the_person_wants() {
    let sandbox = Sandbox::start();
    let replies = verify(&sandbox, "push", &[None, None, None]);
    let results: Vec<_> = replies.iter().map(|reply| reply.json()["factorResult"].clone()).collect();
    assert_eq!(results, [json!("WAITING"), json!("WAITING"), Value::Null]);
    assert_keys(&sandbox, &open(&sandbox, &replies[2]));
    let operations = |name: &str| sandbox.requests_for(name).len();
    assert_eq!((operations("VerifyFactor"), operations("PollFactor")), (1, 2));
    for (user, result) in [("refuser", "REJECTED"), ("sleeper", "TIMEOUT")] {
        let last = verify(&sandbox, user, &[None, None, None]).pop().unwrap().json();
        assert_eq!((&last["status"], &last["factorResult"]), (&json!("MFA_CHALLENGE"), &json!(result)));
    }
    let numbered = verify(&sandbox, "number", &[None, None]);
    let number = |reply: &Reply| reply.json()["_embedded"]["factor"]["_embedded"]["challenge"]["correctAnswer"].clone();
    assert_eq!((number(&numbered[0]), number(&numbered[1])), (Value::Null, json!(42)));
}

#[test]
fn a_code_is_right_or_asked_for_again() {
    let sandbox = Sandbox::start();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let code = totp(TOTP_SEED, now).unwrap();
    for (user, answer) in [("totp", ("passCode", code.as_str())), ("question", ("answer", " ingres"))] {
        let replies = verify(&sandbox, user, &[Some((answer.0, "wrong")), Some(answer)]);
        assert_eq!(refusal(&replies[0]), (403, "E0000068".to_owned()));
        assert_keys(&sandbox, &open(&sandbox, &replies[1]));
    }
    for (user, code, again) in [("sms", "123456", "E0000109"), ("call", "65432", "E0000113")] {
        let typed = Some(("passCode", code));
        let replies = verify(&sandbox, user, &[typed, None, None, typed]);
        assert_eq!(refusal(&replies[0]), (403, "E0000068".to_owned()), "none was sent yet");
        assert_eq!(status(&replies[1]), "MFA_CHALLENGE");
        assert_eq!(refusal(&replies[2]), (429, again.to_owned()));
        assert_keys(&sandbox, &open(&sandbox, &replies[3]));
    }
    let wrong = verify(&sandbox, "totp", &[Some(("passCode", "000000x")); 6]);
    let codes: Vec<_> = wrong.iter().map(|reply| refusal(reply).1).collect();
    assert_eq!(codes[3..], ["E0000068", "E0000069", "E0000011"]);
}

#[test]
fn requests_are_checked() {
    let sandbox = Sandbox::start();
    let good = json!({ "username": "alice", "password": PASSWORD }).to_string();
    let with = |headers: &[(&str, &str)], body: &str| {
        refusal(&Browser::new(&sandbox).send_once("POST", "/api/v1/authn", headers, body))
    };
    assert_eq!(with(&JSON[1..], &good), (400, "E0000021".to_owned()));
    assert_eq!(with(&[JSON[0], ("Content-Type", "text/plain")], &good), (400, "E0000021".to_owned()));
    assert_eq!(with(&JSON, "{"), (400, "E0000003".to_owned()));
    assert_eq!(with(&JSON, "{\"username\":\"alice\"}"), (400, "E0000001".to_owned()));
    let got = Browser::new(&sandbox).send_once("GET", "/api/v1/authn", &JSON, "");
    assert_eq!(refusal(&got), (405, "E0000022".to_owned()));
    let more = json!({ "username": "alice", "password": PASSWORD, "otp": "1" });
    assert_eq!(refusal(&post(&sandbox, "/api/v1/authn", &more)), (400, "E0000001".to_owned()));
    let lost = json!({ "stateToken": "00nobody" });
    assert_eq!(refusal(&post(&sandbox, "/api/v1/authn/factors/x/verify", &lost)), (401, "E0000011".to_owned()));
    assert_eq!(refusal(&post(&sandbox, "/api/v1/authn/unlock", &lost)), (404, "E0000007".to_owned()));
    let other = authenticate(&sandbox, "push", PASSWORD).json();
    let state = json!({ "stateToken": other["stateToken"] });
    let stranger = post(&sandbox, "/api/v1/authn/factors/factor-sms/verify", &state);
    assert_eq!(refusal(&stranger), (404, "E0000007".to_owned()));
    let question = verify(&sandbox, "question", &[Some(("passCode", "Ingres")), None]);
    assert!(question.iter().all(|reply| refusal(reply).0 == 400));
    assert_eq!(post(&sandbox, "/api/v1/authn/cancel", &state).status, 200);
    assert_eq!(post(&sandbox, "/api/v1/authn/cancel", &state).status, 401);
    let plain = send(&sandbox.http_url(), "POST", "/api/v1/authn", &JSON, good.as_bytes());
    assert_eq!(plain.status, 403, "passwords go by TLS only");
    sandbox.script(Fault::on("Authenticate", FaultAction::Throttle { status: 429, retry_after: 1 }));
    assert_eq!(refusal(&authenticate(&sandbox, "alice", PASSWORD)), (429, "E0000047".to_owned()));
}

#[test]
fn an_org_may_be_set_up_so_that_nobody_gets_through() {
    let sandbox = Sandbox::start();
    let pipeline = || Browser::new(&sandbox).get("/.well-known/okta-organization").json()["pipeline"].clone();
    assert_eq!(pipeline(), "v1");
    let page = || open(&sandbox, &authenticate(&sandbox, "alice", PASSWORD));
    sandbox.with_world(|world| world.identity_pages.okta.unassigned = vec!["alice".to_owned()]);
    assert_eq!(page().status, 403);
    sandbox.with_world(|world| world.identity_pages.okta.unassigned.clear());
    assert_keys(&sandbox, &page());
    sandbox.with_world(|world| world.identity_pages.okta.app_steps_up = true);
    assert!(!page().text().contains("SAMLResponse"));
    assert_eq!(sandbox.requests().last().unwrap().operation, "StepUpPage");
    sandbox.with_world(|world| {
        world.identity_pages.okta.app_steps_up = false;
        world.identity_pages.okta.engine = OktaEngine::IdentityEngine;
    });
    assert!(page().status == 200 && !page().text().contains("SAMLResponse"));
    assert_eq!(pipeline(), "idx");
    sandbox.with_world(|world| world.identity_pages.okta.engine = OktaEngine::IdentityEngineOnly);
    assert_eq!(refusal(&authenticate(&sandbox, "alice", PASSWORD)), (403, "E0000006".to_owned()));
    sandbox.with_world(|world| {
        world.identity_pages.okta.engine = OktaEngine::Classic;
        world.identity_pages.okta.link_host = Some("okta.example.com".to_owned());
    });
    let begun = authenticate(&sandbox, "push", PASSWORD).json();
    let link = begun["_embedded"]["factors"][0]["_links"]["verify"]["href"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://okta.example.com/api/v1/authn/factors/"), "{link}");
}
