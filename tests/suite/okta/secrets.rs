//! Nothing that opens anything is told, whatever happens.

use super::{APP, ASK_OTP, AUTHENTICATE, POLL, VERIFY, dsn_of};
use crate::probe::{Machine, Outcome};
use rs_auth_sandbox::identity::{PASSWORD, TOTP_SEED};
use rs_auth_sandbox::{Fault, FaultAction, Record, Sandbox};

const TRACE: i32 = 5;

/// Everything that was sent and must stay between the two.
fn secrets(sent: &[Record]) -> Vec<&str> {
    let names = ["password", "stateToken", "passCode", "answer", "onetimetoken", "SAMLAssertion"];
    sent.iter().flat_map(|record| names.iter().filter_map(|name| record.parameter(name))).collect()
}

fn assert_silent(name: &str, outcome: &Outcome, sent: &[Record], log: &str) {
    let lines: Vec<_> = outcome.lines.iter().map(|(_, target, line)| format!("{target} {line}")).collect();
    let seen = format!("{} {} {} {log}", outcome.told(), outcome.short_text, lines.join("\n"));
    assert!(seen.contains("okta") || seen.contains("Okta"), "{name}: nothing was told");
    let issued = [&outcome.secret_access_key, &outcome.session_token, &outcome.password].map(String::as_str);
    let own = [PASSWORD, TOTP_SEED, "canary"];
    for secret in secrets(sent).into_iter().chain(issued).chain(own).filter(|secret| !secret.is_empty()) {
        assert!(!seen.contains(secret), "{name}: {secret} in {seen}");
    }
}

fn try_with(name: &str, user: &str, fault: Option<Fault>) -> i32 {
    let sandbox = Sandbox::start();
    if let Some(fault) = fault {
        sandbox.script(fault);
    }
    let machine = Machine::new();
    let path = machine.path("log").display().to_string();
    let machine = machine.env("RS_AUTH_LOG_FILE", &path);
    let dsn = match user {
        "totp" => dsn_of(&sandbox, user).set("totp_secret", TOTP_SEED),
        _ => dsn_of(&sandbox, user),
    };
    let typed = if user == "sms" { "123456" } else { "Ingres" };
    let call = dsn.call().log(TRACE).timeout(5000).answering(ASK_OTP, typed);
    let (outcome, sent) = machine.recorded(&sandbox, [call]).remove(0);
    assert!(!secrets(&sent).is_empty(), "{name}: nothing was sent");
    assert_silent(name, &outcome, &sent, &std::fs::read_to_string(&path).unwrap());
    outcome.status
}

#[test]
fn in_logins_of_every_kind() {
    std::thread::scope(|scope| {
        for user in ["alice", "totp", "sms", "question", "push", "number", "refuser", "locked", "expired", "webauthn"] {
            scope.spawn(move || {
                let expected = match user {
                    "refuser" | "locked" | "expired" => 300,
                    "webauthn" => 301,
                    _ => 0,
                };
                assert_eq!(try_with(user, user, None), expected, "{user}");
            });
        }
    });
}

#[test]
fn with_every_fault_of_an_answer() {
    let echo =
        r#"{"errorCode":"E0000001","errorSummary":"password=canary","errorCauses":[{"errorSummary":"token: canary"}]}"#;
    let page =
        "<title>password=canary</title><form id=f><input name=x value=canary><p class=error>secret=canary</p></form>";
    let respond = |status, body: &str| FaultAction::Respond { status, headers: Vec::new(), body: body.to_owned() };
    let faults = [
        respond(400, echo),
        respond(403, echo),
        respond(200, page),
        respond(404, page),
        respond(500, page),
        FaultAction::Throttle { status: 429, retry_after: 1 },
        FaultAction::Garbage,
        FaultAction::NotHttp,
        FaultAction::Truncate,
        FaultAction::ResetInBody,
        FaultAction::Redirect { location: "http://127.0.0.1:1/?token=canary".to_owned() },
        FaultAction::Redirect { location: "https://127.0.0.1:1/?token=canary".to_owned() },
    ];
    std::thread::scope(|scope| {
        for (operation, user) in [(AUTHENTICATE, "alice"), (VERIFY, "totp"), (POLL, "push"), (APP, "alice")] {
            let faults = &faults;
            scope.spawn(move || {
                for action in faults {
                    let name = format!("{operation} {action:?}");
                    let fault = Fault::on(operation, action.clone()).always();
                    assert_ne!(try_with(&name, user, Some(fault)), 0, "{name}");
                }
            });
        }
    });
}
