//! What is tried again, how often, and what is told in the end.

use crate::probe::{Dsn, Machine};
use crate::sent::operations;
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

fn error(code: &str, status: u16) -> FaultAction {
    FaultAction::Error { code: code.to_owned(), message: "We encountered an internal error.".to_owned(), status }
}

/// What passes when it is tried again, with the status and retryability that it ends in when it does not pass.
fn passing() -> Vec<(&'static str, FaultAction, i32)> {
    vec![
        ("throttled", FaultAction::Throttle { status: 400, retry_after: 0 }, 402),
        ("429", FaultAction::Throttle { status: 429, retry_after: 0 }, 402),
        ("500", error("InternalFailure", 500), 403),
        ("503", error("ServiceUnavailable", 503), 403),
        (
            "bare 502",
            FaultAction::Respond { status: 502, headers: Vec::new(), body: "<html>Bad</html>".to_owned() },
            403,
        ),
        ("reset", FaultAction::Reset, 200),
        ("closed", FaultAction::Close, 200),
        ("reset in headers", FaultAction::ResetInHeaders, 200),
        ("reset in body", FaultAction::ResetInBody, 200),
        ("truncated", FaultAction::Truncate, 200),
    ]
}

#[test]
fn what_passes_is_tried_again() {
    for (dsn, operation) in [
        (Dsn::keys as fn(&Sandbox) -> Dsn, "GetClusterCredentials"),
        (Dsn::workgroup as fn(&Sandbox) -> Dsn, "GetCredentials"),
    ] {
        side_by_side(|name, action, _| {
            let sandbox = Sandbox::start();
            sandbox.script(Fault::on(operation, action));
            let outcome = Machine::new().one(dsn(&sandbox).call());
            assert_eq!(outcome.status, 0, "{operation}, {name}: {}", outcome.told());
            assert_eq!(operations(&sandbox.requests()), [operation, operation], "{name}");
        });
    }
}

#[test]
fn three_attempts_and_no_more() {
    side_by_side(|name, action, status| {
        let sandbox = Sandbox::start();
        sandbox.script(Fault::on("GetClusterCredentials", action).always());
        let outcome = Machine::new().one(Dsn::keys(&sandbox).call());
        assert_eq!(outcome.status, status, "{name}: {}", outcome.told());
        assert_eq!(sandbox.requests_for("GetClusterCredentials").len(), 3, "{name}");
        assert!(outcome.retryable && outcome.stage == "redshift", "{name}: {}", outcome.told());
        if name == "500" || name == "throttled" {
            assert_eq!(outcome.request_id.len(), 36, "{name}");
            assert!(!outcome.code.is_empty() && outcome.http_status >= 400, "{name}");
        }
    });
}

/// All of [`passing`] at the same time: most of each is the pause between attempts.
fn side_by_side(check: impl Fn(&str, FaultAction, i32) + Sync) {
    std::thread::scope(|scope| {
        for (name, action, status) in passing() {
            let check = &check;
            scope.spawn(move || check(name, action, status));
        }
    });
}

#[test]
fn a_refusal_is_not_tried_again() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", error("UnsupportedOperation", 400)).always());
    let outcome = Machine::new().one(Dsn::keys(&sandbox).call());
    assert_eq!((outcome.status, outcome.code.as_str()), (403, "UnsupportedOperation"), "{}", outcome.told());
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn attempts_end_with_the_deadline() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Stall).from_nth(2).always());
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Reset).times(1));
    let outcome = Machine::new().one(Dsn::keys(&sandbox).call().timeout(2500));
    assert_eq!((outcome.status, outcome.sqlstate.as_str()), (500, "HYT00"), "{}", outcome.told());
    assert!((2500..2700).contains(&outcome.elapsed_ms), "{} ms", outcome.elapsed_ms);
    assert!(outcome.message.contains("2.5 s") && outcome.message.contains("asking Redshift"), "{}", outcome.told());
}
