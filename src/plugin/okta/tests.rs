#![allow(clippy::unnecessary_wraps)] // answers stand beside failures in a script

use super::super::fixture::{Answer as Scripted, Desk, NOW_MS};
use super::*;
use crate::options::Reply;
use crate::ports::http::fake::{FakeHttp, answer};
use crate::ports::prompt::Prompt;
use crate::ports::prompt::fake::person;
use crate::secret::secret;
use std::sync::Arc;

fn json(status: u16, body: &str) -> Scripted {
    Ok(answer(status, &[("content-type", "application/json")], body))
}

fn page() -> Scripted {
    Ok(answer(200, &[], "<form><input name=SAMLResponse value='PHg+&#x2b;&#x3d;'></form>"))
}

fn success() -> Scripted {
    json(200, r#"{"status":"SUCCESS","sessionToken":"20111session"}"#)
}

/// A sign-in that asks for that factor.
fn asks_for(kind: &str) -> Scripted {
    let links = r#"{"verify":{"href":"https://example.okta.com/api/v1/authn/factors/f/verify"}}"#;
    let factor = format!(r#"{{"id":"f","factorType":"{kind}","provider":"OKTA","_links":{links}}}"#);
    let embedded = format!(r#"{{"factors":[{factor}]}}"#);
    json(200, &format!(r#"{{"status":"MFA_REQUIRED","stateToken":"00state","_embedded":{embedded}}}"#))
}

const KEYS: [(&str, &str); 4] =
    [("UID", "u"), ("PWD", "canary-password"), ("idp_host", "example.okta.com"), ("app_id", "0oa1/272")];

async fn prove(
    more: &[(&str, &str)],
    prompt: Prompt,
    answers: Vec<Scripted>,
) -> (Result<Proof, AuthError>, Arc<FakeHttp>, String) {
    let desk = Desk::new(&[&KEYS, more].concat(), answers).with_prompt(prompt);
    let proof = desk.prove(&Okta).await;
    let lines = desk.lines.0.lock().unwrap().join("\n");
    (proof, desk.http, lines)
}

fn sent(http: &FakeHttp) -> Vec<String> {
    http.requests().iter().map(|request| format!("{} {}", request.method, request.url)).collect()
}

#[tokio::test]
async fn the_entities_of_the_page_are_decoded() {
    let (proof, http, _) = prove(&[], Prompt::default(), vec![success(), page()]).await;
    let Proof::SamlResponse(response) = proof.unwrap() else { panic!() };
    assert_eq!(response.expose_secret(), "PHg++=");
    assert_eq!(
        sent(&http),
        [
            "POST https://example.okta.com/api/v1/authn",
            "GET https://example.okta.com/home/amazon_aws/0oa1/272?onetimetoken=20111session",
        ]
    );
}

#[tokio::test]
async fn a_code_by_time_is_that_of_the_clock() {
    let secret = ("totp_secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let answers = vec![asks_for("token:software:totp"), success(), page()];
    let (proof, http, lines) = prove(&[secret], Prompt::default(), answers).await;
    proof.unwrap();
    let now = u64::try_from(NOW_MS / 1000).unwrap();
    let code = totp::Key::read(secret.1).unwrap().code(now);
    let body = String::from_utf8(http.requests()[1].body.clone()).unwrap();
    assert_eq!(body, format!(r#"{{"stateToken":"00state","passCode":"{code}"}}"#));
    for canary in [secret.1, &code, "00state", "20111session", "canary-password", "PHg+"] {
        assert!(!lines.contains(canary), "{canary} in {lines}");
    }
}

#[tokio::test]
async fn hardware_tokens_and_mail_are_typed_too() {
    for (kind, requests) in [("token:hardware", 1), ("token:hotp", 1), ("email", 2)] {
        let sent_first = json(200, r#"{"status":"MFA_CHALLENGE","stateToken":"00state"}"#);
        let first = if requests == 2 { vec![sent_first] } else { Vec::new() };
        let answers = vec![vec![asks_for(kind)], first, vec![success(), page()]].into_iter().flatten().collect();
        let (prompt, raised) = person(|_| Reply::Handled(Some(secret("654 321"))));
        let (proof, http, _) = prove(&[], prompt, answers).await;
        proof.unwrap();
        assert_eq!((raised.lock().unwrap().len(), http.requests().len()), (1, 2 + requests), "{kind}");
        let body = http.requests()[requests].body.clone();
        assert!(String::from_utf8(body).unwrap().contains("\"654321\""), "{kind}");
    }
}

#[tokio::test]
async fn a_challenge_that_okta_began_by_itself_is_taken_up() {
    let links = r#"{"next":{"href":"/api/v1/authn/factors/f/verify"}}"#;
    let factor = r#"{"factorType":"sms","provider":"OKTA","profile":{"phoneNumber":"+1 XXX-XXX-1234"}}"#;
    let challenge = format!(
        r#"{{"status":"MFA_CHALLENGE","stateToken":"00state","_embedded":{{"factor":{factor}}},"_links":{links}}}"#
    );
    let (prompt, raised) = person(|_| Reply::Handled(Some(secret("1"))));
    let (proof, http, _) = prove(&[], prompt, vec![json(200, &challenge), success(), page()]).await;
    proof.unwrap();
    assert!(raised.lock().unwrap()[0].text.contains("+1 XXX-XXX-1234"));
    assert_eq!(sent(&http)[1], "POST https://example.okta.com/api/v1/authn/factors/f/verify");

    let odd = r#"{"status":"MFA_CHALLENGE","stateToken":"00state","factorResult":"PASSCODE_REPLAYED"}"#;
    let (proof, _, _) = prove(&[], Prompt::default(), vec![json(200, odd)]).await;
    let error = proof.unwrap_err();
    assert_eq!(error.status(), Status::IdpUnexpected);
    assert!(error.message().contains("PASSCODE_REPLAYED"), "{error}");
}

#[tokio::test]
async fn states_do_not_go_on_for_ever() {
    let warn = r#"{"status":"PASSWORD_WARN","stateToken":"00s","_links":{"skip":{"href":"/api/v1/authn/skip"}}}"#;
    for (warnings, passes) in [(MOST_STATES - 1, true), (MOST_STATES, false)] {
        let answers = (0..warnings).map(|_| json(200, warn)).chain([success(), page()]).collect();
        let (proof, _, _) = prove(&[], Prompt::default(), answers).await;
        assert_eq!(proof.is_ok(), passes, "{warnings}");
    }
}

#[tokio::test]
async fn a_rate_limit_tells_when_it_ends() {
    let refusal = r#"{"errorCode":"E0000047","errorSummary":"Too many."}"#;
    let reset = (NOW_MS / 1000 + 40).to_string();
    for (headers, hint) in [
        (vec![("x-rate-limit-reset", reset.as_str())], "in 40 s"),
        (vec![("x-rate-limit-reset", "1")], "in 1 s"),
        (vec![("x-rate-limit-reset", reset.as_str()), ("retry-after", "7")], "in 7 s"),
        (vec![("x-rate-limit-reset", "soon")], "later"),
    ] {
        let answers = vec![Ok(answer(429, &headers, refusal))];
        let (proof, http, _) = prove(&[], Prompt::default(), answers).await;
        let error = proof.unwrap_err();
        assert_eq!((error.status(), error.is_retryable(), http.requests().len()), (Status::Throttled, true, 1));
        assert!(error.hint_text().unwrap().contains(hint), "{error:?}");
    }
}

#[tokio::test]
async fn what_okta_says_is_told_without_what_looks_secret() {
    let refusal = r#"{"errorCode":"E0000004","errorSummary":"password=hunter2 is wrong","errorId":"oae1"}"#;
    let (proof, _, _) = prove(&[], Prompt::default(), vec![json(401, refusal)]).await;
    let error = proof.unwrap_err();
    assert_eq!((error.code(), error.request(), error.http()), (Some("E0000004"), Some("oae1"), Some(401)));
    assert!(!error.message().contains("hunter2"), "{error}");
}
