use super::*;
use proptest::prelude::*;
use serde_json::json;

fn org() -> Url {
    Url::parse("https://example.okta.com/").unwrap()
}

fn read(value: &Value) -> Result<Transaction, AuthError> {
    Transaction::read(value.to_string().as_bytes(), &org()).unwrap()
}

fn factor(kind: &str, provider: &str, profile: &Value) -> Value {
    let href = format!("https://example.okta.com/api/v1/authn/factors/{kind}/verify");
    let links = json!({ "verify": { "href": href, "hints": { "allow": ["POST"] } } });
    json!({ "id": kind, "factorType": kind, "provider": provider, "profile": profile, "_links": links })
}

fn required(factors: &[Value]) -> Vec<Factor> {
    let value = json!({ "status": "MFA_REQUIRED", "stateToken": "00s", "_embedded": { "factors": factors } });
    match read(&value).unwrap() {
        Transaction::FactorRequired { state, factors } => {
            assert_eq!(state.expose_secret(), "00s");
            factors
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_status() {
    let success = read(&json!({ "status": "success", "sessionToken": "20111x", "expiresAt": "" })).unwrap();
    assert!(matches!(&success, Transaction::Success(token) if token.expose_secret() == "20111x"));
    assert!(!format!("{success:?}").contains("20111x"));
    for (status, name) in [
        ("PASSWORD_EXPIRED", "PASSWORD_EXPIRED"),
        ("LOCKED_OUT", "LOCKED_OUT"),
        ("MFA_ENROLL", "MFA_ENROLL"),
        ("MFA_ENROLL_ACTIVATE", "MFA_ENROLL"),
        ("RECOVERY", "RECOVERY"),
    ] {
        assert_eq!(read(&json!({ "status": status, "stateToken": "00s" })).unwrap().name(), name);
    }
    let warned = json!({
        "status": "PASSWORD_WARN", "stateToken": "00s",
        "_links": { "skip": { "name": "skip", "href": "/api/v1/authn/skip" } },
    });
    let Transaction::PasswordWarning { skip, .. } = read(&warned).unwrap() else { panic!() };
    assert_eq!(skip.as_str(), "https://example.okta.com/api/v1/authn/skip");
}

#[test]
fn what_is_missing_is_named() {
    for (value, member) in [
        (json!({ "stateToken": "00s" }), "status"),
        (json!({ "status": "SUCCESS" }), "sessionToken"),
        (json!({ "status": "SUCCESS", "sessionToken": "" }), "sessionToken"),
        (json!({ "status": "MFA_REQUIRED", "_embedded": { "factors": [] } }), "stateToken"),
        (json!({ "status": "MFA_REQUIRED", "stateToken": "00s" }), "_embedded.factors"),
        (json!({ "status": "PASSWORD_WARN", "stateToken": "00s" }), "_links.skip"),
    ] {
        let error = read(&value).unwrap_err();
        assert_eq!((error.status(), error.stage()), (Status::IdpUnexpected, Some(Stage::Idp)));
        assert!(error.message().ends_with(&format!("has no {member}")), "{error}");
    }
    for nothing in ["", "<html>", "[]", "\"SUCCESS\"", "null"] {
        assert!(Transaction::read(nothing.as_bytes(), &org()).is_none(), "{nothing}");
    }
}

#[test]
fn links_stay_in_the_org() {
    let with =
        |href: &str| json!({ "status": "PASSWORD_WARN", "stateToken": "00s", "_links": { "skip": { "href": href } } });
    for own in ["https://example.okta.com/x", "https://EXAMPLE.okta.com:443/x", "/x", "x"] {
        assert!(read(&with(own)).is_ok(), "{own}");
    }
    for other in [
        "https://evil.example/x",
        "http://example.okta.com/x",
        "https://example.okta.com:8443/x",
        "https://example.okta.com@evil.example/x",
        "//evil.example/x",
        "javascript:alert(1)",
        "https://[",
    ] {
        let error = read(&with(other)).unwrap_err();
        assert_eq!(error.status(), Status::IdpUnexpected, "{other}");
        assert!(error.message().contains("no URL") || error.message().contains("another host"), "{error}");
    }
    // Those of factors and challenges too.
    let foreign = json!({ "factorType": "push", "_links": { "verify": { "href": "https://evil.example" } } });
    let value = json!({ "status": "MFA_REQUIRED", "stateToken": "00s", "_embedded": { "factors": [foreign] } });
    assert!(read(&value).is_err());
    let value = json!({
        "status": "MFA_CHALLENGE", "stateToken": "00s", "_links": { "next": { "href": "https://evil.example/poll" } },
    });
    assert!(read(&value).is_err());
}

#[test]
fn factors_and_what_people_call_them() {
    let factors = required(&[
        factor("push", "OKTA", &json!({ "name": "Gibson", "platform": "IOS" })),
        factor("token:software:totp", "GOOGLE", &json!({ "credentialId": "u" })),
        factor("sms", "OKTA", &json!({ "phoneNumber": "+1 XXX-XXX-1234" })),
        factor("call", "OKTA", &json!({})),
        factor("question", "OKTA", &json!({ "questionText": "Favourite food?" })),
        factor("token:hardware", "YUBICO", &json!({})),
        factor("webauthn", "FIDO", &json!({ "authenticatorName": "Key" })),
        factor("web", "DUO", &json!({})),
        json!({ "factorType": "sms", "provider": "OKTA" }),
    ]);
    let usable: Vec<_> = factors.iter().map(Factor::is_usable).collect();
    assert_eq!(usable, [true, true, true, true, true, true, false, false], "one without a link is left out");
    assert_eq!(
        labels(&factors),
        [
            "push (OKTA)",
            "totp (GOOGLE)",
            "sms +1 XXX-XXX-1234",
            "call (OKTA)",
            "question (OKTA)",
            "token (YUBICO)",
            "webauthn (FIDO)",
            "web (DUO)",
        ]
    );
    assert_eq!(factors[4].question.as_deref(), Some("Favourite food?"));
    let named = |name: &str| factor("push", "OKTA", &json!({ "name": name }));
    let alike = required(&[named("A"), named("B"), named("B"), factor("push", "OKTA", &json!({}))]);
    assert_eq!(labels(&alike), ["push (OKTA) A", "push (OKTA) B", "push (OKTA) B #2", "push (OKTA)"]);
}

#[test]
fn challenges_in_both_shapes_of_the_documentation() {
    let next = json!({ "next": { "name": "poll", "href": "https://example.okta.com/poll" } });
    for (name, answer) in [("factor", json!(92)), ("factors", json!("92"))] {
        let number = json!({ "challenge": { "correctAnswer": answer } });
        let one = json!({ "id": "opf", "factorType": "push", "provider": "OKTA", "_embedded": number });
        let value = json!({
            "status": "MFA_CHALLENGE", "stateToken": "00s", "factorResult": "WAITING", "_embedded": { name: one },
            "_links": next,
        });
        let Transaction::FactorChallenged(challenge) = read(&value).unwrap() else { panic!() };
        assert_eq!((challenge.result, challenge.number.as_deref()), (FactorResult::Waiting, Some("92")));
        assert_eq!(challenge.next.unwrap().path(), "/poll");
        assert_eq!(challenge.factor.unwrap().kind, FactorKind::Push);
    }
    for (word, result) in [
        (json!(null), FactorResult::Asked),
        (json!("CHALLENGE"), FactorResult::Asked),
        (json!("REJECTED"), FactorResult::Rejected),
        (json!("TIMEOUT"), FactorResult::TimedOut),
        (json!("ERROR"), FactorResult::Other("ERROR".to_owned())),
    ] {
        let value = json!({ "status": "MFA_CHALLENGE", "stateToken": "00s", "factorResult": word });
        let Transaction::FactorChallenged(challenge) = read(&value).unwrap() else { panic!() };
        assert_eq!((challenge.result, challenge.next, challenge.factor), (result, None, None));
    }
}

#[test]
fn what_is_sent() {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let sent = text(credentials("a\"b", &secret("p\\ü")));
    assert_eq!(sent, r#"{"username":"a\"b","password":"p\\ü"}"#);
    let state = secret("00s");
    let code = secret("123456");
    assert_eq!(text(continuation(&state, Answer::None)), r#"{"stateToken":"00s"}"#);
    assert_eq!(text(continuation(&state, Answer::Code(&code))), r#"{"stateToken":"00s","passCode":"123456"}"#);
    assert_eq!(text(continuation(&state, Answer::Words(&code))), r#"{"stateToken":"00s","answer":"123456"}"#);
}

#[test]
fn errors_and_engines() {
    let error = ApiError::read(
        br#"{"errorCode":"E0000068","errorSummary":"Invalid Passcode/Answer","errorLink":"E0000068","errorId":"oaei_x",
            "errorCauses":[{"errorSummary":"Your passcode doesn't match our records. Please try again."}]}"#,
    )
    .unwrap();
    assert_eq!((error.code.as_str(), error.id.as_deref()), ("E0000068", Some("oaei_x")));
    assert_eq!(error.summary, "Invalid Passcode/Answer; Your passcode doesn't match our records. Please try again");
    assert_eq!(ApiError::read(b"{\"error\":\"x\"}"), None);
    assert_eq!(ApiError::read(b"<html>"), None);
    assert!(is_identity_engine(br#"{"id":"00o","pipeline":"idx"}"#));
    assert!(!is_identity_engine(br#"{"id":"00o","pipeline":"v1"}"#) && !is_identity_engine(b"<html>"));
}

proptest! {
    #[test]
    fn no_answer_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), word in "\\PC{0,12}", href in "\\PC{0,30}") {
        let _ = Transaction::read(&bytes, &org());
        let _ = ApiError::read(&bytes);
        let linked = json!({ "href": href });
        let one = json!({ "factorType": word, "provider": word, "profile": { "name": word }, "_links": { "verify": linked } });
        for status in ["MFA_REQUIRED", "MFA_CHALLENGE", "PASSWORD_WARN", word.as_str()] {
            let embedded = json!({ "factors": [one], "factor": one });
            let value = json!({
                "status": status, "stateToken": "00s", "factorResult": word, "_embedded": embedded,
                "_links": { "next": linked, "skip": [linked] },
            });
            if let Some(Ok(Transaction::FactorRequired { factors, .. })) =
                Transaction::read(value.to_string().as_bytes(), &org())
            {
                prop_assert!(factors.iter().all(|factor| factor.verify.origin() == org().origin()));
                let _ = labels(&factors);
            }
        }
    }
}
