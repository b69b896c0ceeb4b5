//! Second factors that are typed, which of several it is, and who answers.

use super::{ABORT, APP, ASK_OTP, AUTHENTICATE, PICK_FACTOR, REDSHIFT, STS, VERIFY, dsn_of, expect};
use crate::probe::{Call, Machine, Reply};
use crate::sent::{operations, parameters};
use rs_auth_sandbox::identity::{TOTP_SEED, totp};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use std::time::SystemTime;

fn code_of_now() -> String {
    totp(TOTP_SEED, SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

/// With codes by time answered unattended.
fn with_secret(sandbox: &Sandbox, user: &str) -> Call {
    dsn_of(sandbox, user).set("totp_secret", TOTP_SEED).call()
}

#[test]
fn codes_by_time_are_answered_unattended() {
    let sandbox = Sandbox::start();
    for user in ["totp", "factors"] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [with_secret(&sandbox, user).log(5)]).remove(0);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(operations(&sent), [AUTHENTICATE, VERIFY, APP, STS, REDSHIFT]);
        let verify = parameters(&sent[1]);
        assert!(verify["passCode"].len() == 6 && sent[1].target == "/api/v1/authn/factors/factor-totp/verify");
        let told = format!("{:?}", outcome.lines);
        assert!(
            !told.contains(verify["passCode"]) && !told.contains(verify["stateToken"]) && !told.contains(TOTP_SEED)
        );
    }
    let spaced = dsn_of(&sandbox, "totp").set("totp_secret", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq");
    assert_eq!(Machine::new().one(spaced.call()).status, 0);
}

#[test]
fn a_secret_of_another_factor_is_not_tried_again() {
    let sandbox = Sandbox::start();
    let other = dsn_of(&sandbox, "totp").set("totp_secret", "MZXW6YTBOI======");
    let (outcome, sent) = Machine::new().recorded(&sandbox, [other.call().answering(ASK_OTP, "123456")]).remove(0);
    expect(&outcome, 300, "idp", &["refused the second factor", "totp_secret", "clock"]);
    assert_eq!((outcome.code.as_str(), outcome.retryable), ("E0000068", false));
    assert_eq!(operations(&sent), [AUTHENTICATE, VERIFY]);
    // A code holds once: the next one will do.
    let used = r#"{"errorCode":"E0000068","errorSummary":"Invalid Passcode/Answer",
        "errorCauses":[{"errorSummary":"Each code can only be used once. Please wait for a new code and try again."}]}"#;
    let action = FaultAction::Respond { status: 403, headers: Vec::new(), body: used.to_owned() };
    sandbox.script(Fault::on(VERIFY, action));
    let outcome = Machine::new().one(with_secret(&sandbox, "totp"));
    expect(&outcome, 300, "idp", &["another login has used"]);
    assert!(outcome.retryable);
    // Of no use to who has no such factor.
    let outcome = Machine::new().one(with_secret(&sandbox, "question").answering(ASK_OTP, "Ingres").log(2));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert!(outcome.logged(2, "totp_secret is of no use"), "{:?}", outcome.lines);
}

#[test]
fn whatever_can_be_typed_is_asked_for() {
    let sandbox = Sandbox::start();
    let code = code_of_now();
    let (first, second) = code.split_at(3);
    for (user, typed, text, requests) in [
        ("totp", format!(" {first} {second}\n"), "totp (GOOGLE)", 1),
        ("sms", "123456".to_owned(), "sms +1 XXX-XXX-1337", 2),
        ("call", "65432".to_owned(), "call +1 XXX-XXX-1337", 2),
        ("question", "Ingres".to_owned(), "Your first database?", 1),
    ] {
        let call = dsn_of(&sandbox, user).call().answering(ASK_OTP, &typed).log(5);
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call]).remove(0);
        assert_eq!(outcome.status, 0, "{user}: {}", outcome.told());
        let [asked] = outcome.raised(ASK_OTP)[..] else { panic!("{:?}", outcome.events) };
        assert!(asked.text.contains(text), "{asked:?}");
        assert_eq!(sent.iter().filter(|record| record.operation == VERIFY).count(), requests, "{user}");
        assert_eq!((outcome.foreign, outcome.events.len()), (0, 1));
        assert!(!format!("{:?}", outcome.lines).contains(typed.trim()), "{user}");
    }
}

#[test]
fn a_wrong_answer_is_asked_again_twice() {
    let sandbox = Sandbox::start();
    let wrong = |count: usize| {
        (0..count).fold(dsn_of(&sandbox, "sms").call(), |call, n| call.answering(ASK_OTP, &format!("00000{n}")))
    };
    let (outcome, sent) = Machine::new().recorded(&sandbox, [wrong(2).answering(ASK_OTP, "123456")]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let texts: Vec<_> = outcome.raised(ASK_OTP).iter().map(|asked| asked.text.contains("not accepted")).collect();
    assert_eq!(texts, [false, true, true]);
    assert_eq!(sent.iter().filter(|record| record.operation == VERIFY).count(), 4, "one for the message");

    let (outcome, sent) = Machine::new().recorded(&sandbox, [wrong(4)]).remove(0);
    expect(&outcome, 300, "idp", &["refused 3 answers", "sms +1 XXX-XXX-1337", "lock"]);
    assert_eq!((outcome.code.as_str(), outcome.events.len()), ("E0000068", 3));
    assert_eq!(operations(&sent), [AUTHENTICATE, VERIFY, VERIFY, VERIFY, VERIFY]);
}

#[test]
fn without_anybody_to_answer_the_factors_are_named() {
    let sandbox = Sandbox::start();
    for (user, label) in [("sms", "sms +1 XXX-XXX-1337"), ("totp", "totp (GOOGLE)"), ("question", "question (OKTA)")] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn_of(&sandbox, user).call()]).remove(0);
        expect(&outcome, 301, "idp", &["second factor", label, "event callback", "totp_secret"]);
        assert_eq!(operations(&sent), [AUTHENTICATE], "{user}: no message that nobody reads");
    }
    // Somebody is there and leaves it to the library.
    let results = Machine::new().recorded(&sandbox, [dsn_of(&sandbox, "sms").call().events(0)]);
    expect(&results[0].0, 301, "idp", &["sms"]);
    assert_eq!(results[0].0.events, [ASK_OTP]);
    // No answer, and an empty one.
    for answer in [None, Some(" ".to_owned())] {
        let reply = Reply { kind: ASK_OTP, result: 1, answer };
        let outcome = Machine::new().one(dsn_of(&sandbox, "totp").call().replying(reply));
        expect(&outcome, 301, "idp", &["totp"]);
    }
    let abort = Reply { kind: ASK_OTP, result: ABORT, answer: Some("123456".to_owned()) };
    let outcome = Machine::new().one(dsn_of(&sandbox, "sms").call().replying(abort));
    assert_eq!((outcome.status, outcome.sqlstate.as_str()), (501, "HY008"), "{}", outcome.told());
}

#[test]
fn a_factor_for_browsers_only() {
    let sandbox = Sandbox::start();
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn_of(&sandbox, "webauthn").call().events(0)]).remove(0);
    expect(&outcome, 301, "idp", &["webauthn (FIDO)", "BrowserSAML"]);
    assert_eq!((operations(&sent).as_slice(), outcome.events.len()), ([AUTHENTICATE].as_slice(), 0));
}

#[test]
fn one_of_several_is_picked() {
    let sandbox = Sandbox::start();
    let labels = ["push (OKTA)", "totp (GOOGLE)", "sms +1 XXX-XXX-1337", "call +1 XXX-XXX-1337", "question (OKTA)"];
    for (label, answer, id) in [
        (labels[2].to_owned(), "123456".to_owned(), "factor-sms"),
        (format!(" {} ", labels[1].to_uppercase()), code_of_now(), "factor-totp"),
        (labels[4].to_owned(), "ingres".to_owned(), "factor-question"),
    ] {
        let call = dsn_of(&sandbox, "factors").call().answering(PICK_FACTOR, &label).answering(ASK_OTP, &answer);
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call]).remove(0);
        assert_eq!(outcome.status, 0, "{label}: {}", outcome.told());
        assert_eq!(outcome.events, [PICK_FACTOR, ASK_OTP]);
        assert_eq!(outcome.raised(PICK_FACTOR)[0].choices, labels);
        let verified: Vec<_> = sent.iter().filter(|record| record.operation == VERIFY).collect();
        assert!(verified.iter().all(|record| record.target.contains(id)), "{label}");
    }
    let odd = dsn_of(&sandbox, "factors").call().answering(PICK_FACTOR, "carrier pigeon");
    let (outcome, sent) = Machine::new().recorded(&sandbox, [odd]).remove(0);
    expect(&outcome, 301, "idp", &["none of", labels[2]]);
    assert_eq!(operations(&sent), [AUTHENTICATE]);
}

#[test]
fn a_sign_in_that_took_too_long() {
    let sandbox = Sandbox::start();
    let gone = r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided","errorCauses":[]}"#;
    let action = FaultAction::Respond { status: 401, headers: Vec::new(), body: gone.to_owned() };
    sandbox.script(Fault::on(VERIFY, action));
    let outcome = Machine::new().one(dsn_of(&sandbox, "totp").call().answering(ASK_OTP, "123456"));
    expect(&outcome, 300, "idp", &["took too long", "Invalid token provided", "sooner"]);
    assert!(outcome.retryable && outcome.events.len() == 1);
}

#[test]
fn a_message_that_was_sent_a_moment_ago() {
    let sandbox = Sandbox::start();
    let recent =
        r#"{"errorCode":"E0000109","errorSummary":"An SMS message was recently sent. Please wait 30 seconds."}"#;
    let headers = vec![("X-Rate-Limit-Reset".to_owned(), "1".to_owned())];
    sandbox.script(Fault::on(VERIFY, FaultAction::Respond { status: 429, headers, body: recent.to_owned() }));
    let outcome = Machine::new().one(dsn_of(&sandbox, "sms").call().events(0));
    expect(&outcome, 402, "idp", &["recently sent", "try again in 1 s"]);
    assert!(outcome.retryable && outcome.code == "E0000109");
}
