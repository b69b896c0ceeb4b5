//! Answers that are none of AWS, or not whole.

use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

fn respond(status: u16, body: &str) -> FaultAction {
    let headers = vec![("Content-Type".to_owned(), "text/xml".to_owned())];
    FaultAction::Respond { status, headers, body: body.to_owned() }
}

const EMPTY: &str = "<GetClusterCredentialsResponse><GetClusterCredentialsResult></GetClusterCredentialsResult>\
                     </GetClusterCredentialsResponse>";

#[test]
fn answers_that_are_none_of_aws() {
    let page = "<html><title>Sign in to the network</title><body>hunter2</body></html>";
    for (name, action, status, part) in [
        ("garbage", FaultAction::Garbage, 403, "cannot be read"),
        ("a page", respond(200, page), 403, "cannot be read"),
        ("a page of 403", respond(403, page), 400, "HTTP status 403"),
        ("nothing in it", respond(200, EMPTY), 403, "without a user or password"),
        ("nothing at all", respond(200, ""), 403, "cannot be read"),
        ("a redirect", FaultAction::Redirect { location: "https://evil.example/".to_owned() }, 403, "307"),
        ("not HTTP", FaultAction::NotHttp, 403, "is not HTTP"),
        ("huge", FaultAction::Huge { bytes: (4 << 20) + 1 }, 403, "longer than 4194304 bytes"),
    ] {
        let sandbox = Sandbox::start();
        sandbox.script(Fault::on("GetClusterCredentials", action).always());
        let outcome = Machine::new().one(Dsn::keys(&sandbox).call());
        assert_eq!(outcome.status, status, "{name}: {}", outcome.told());
        assert!(outcome.message.contains(part), "{name}: no {part:?} in {}", outcome.told());
        assert!(!outcome.told().contains("hunter2"), "{name}: {}", outcome.told());
        assert!(sandbox.requests().iter().all(|record| record.operation == "GetClusterCredentials"), "{name}");
    }
}

#[test]
fn a_wrong_media_type_and_a_slow_line_do_no_harm() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::ContentType { value: "text/plain".to_owned() }));
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Drip { bytes: 64, pause_ms: 5 }));
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Delay { ms: 100 }));
    for outcome in Machine::new().run([Dsn::keys(&sandbox).call().cache(1).repeat(3)]) {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
    }
    assert!(sandbox.pending_faults().is_empty());
}

#[test]
fn silence_ends_with_the_deadline_wherever_it_begins() {
    let sandbox = Sandbox::start();
    let machine = Machine::with_profiles(&sandbox);
    let role = Dsn::cluster(&sandbox).set("Profile", "sandbox-role");
    for (operation, action) in [
        ("GetClusterCredentials", FaultAction::Stall),
        ("GetClusterCredentials", FaultAction::StallInBody),
        ("AssumeRole", FaultAction::Stall),
        ("AssumeRole", FaultAction::StallInBody),
    ] {
        sandbox.script(Fault::on(operation, action));
        let outcome = machine.one(role.call().timeout(700));
        assert_eq!((outcome.status, outcome.retryable), (500, true), "{}", outcome.told());
        assert!((700..900).contains(&outcome.elapsed_ms), "{} ms", outcome.elapsed_ms);
    }
    assert_eq!(machine.one(role.call().timeout(7000)).status, 0, "the control");
}

#[test]
fn the_dsns_own_limit_holds_where_the_options_set_none() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Stall).times(2));
    let dsn = Dsn::keys(&sandbox).set("LoginTimeout", "1");
    let outcomes = Machine::new().run([dsn.call(), dsn.call().timeout(300)]);
    for (outcome, limit) in outcomes.iter().zip([1000, 300]) {
        assert_eq!(outcome.status, 500, "{}", outcome.told());
        assert!((limit..limit + 200).contains(&outcome.elapsed_ms), "{} ms of {limit}", outcome.elapsed_ms);
    }
}
