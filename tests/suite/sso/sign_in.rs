//! Nobody is signed in: a device code, where there is somebody to show it to.

use super::{FILE, KEYS, REDSHIFT, RENEWAL, dsn, file, machine, machine_with, signed_in, start_url, stored};
use crate::probe::{Call, Machine, Reply};
use crate::sent::{count, operations, the};
use rs_auth_sandbox::{DevicePage, Fault, FaultAction, Sandbox};
use std::os::unix::fs::PermissionsExt;

const DEVICE_CODE: i32 = 2;
const OPEN_URL: i32 = 1;
const PASTE_URL: i32 = 9;
const WAITING: i32 = 8;
const REGISTER: &str = "RegisterClient";
const START: &str = "StartDeviceAuthorization";

/// A sandbox in which alice approves a device after so many polls.
pub fn sandbox(after_polls: u32) -> Sandbox {
    let page = DevicePage { person: Some("alice".to_owned()), after_polls, ..DevicePage::default() };
    Sandbox::builder().with_world(|world| world.identity_center.device = page).start()
}

/// Somebody who shows codes and no pages.
pub fn shows_codes(call: Call) -> Call {
    call.replying(Reply { kind: OPEN_URL, result: 0, answer: None }).events(1)
}

#[test]
fn without_a_callback_nothing_is_asked() {
    let sandbox = sandbox(0);
    let machine = machine(&sandbox);
    let outcome = machine.one(dsn(&sandbox).call());
    assert_eq!((outcome.status, outcome.sqlstate.as_str(), count(&sandbox)), (404, "28000", 0), "{}", outcome.told());
    assert!(outcome.message.contains("there is no token in"), "{}", outcome.told());
    assert_eq!(outcome.hint, "run `aws sso login --profile p`");
    assert!(!machine.path(".aws/sso").exists(), "and nothing is written");
}

#[test]
fn a_device_code_is_shown_and_the_sign_in_is_shared() {
    let sandbox = sandbox(1);
    let machine = machine(&sandbox);
    let (outcome, sent) = machine.recorded(&sandbox, [shows_codes(dsn(&sandbox).call().cache(1).log(5))]).remove(0);
    assert_eq!(
        (outcome.status, outcome.events.as_slice()),
        (0, [OPEN_URL, DEVICE_CODE].as_slice()),
        "{}",
        outcome.told()
    );
    // For the browser that there might have been, and for the code.
    assert_eq!(operations(&sent), [REGISTER, REGISTER, START, RENEWAL, RENEWAL, KEYS, REDSHIFT]);
    assert!(sent[..6].iter().all(|record| record.signed_by.is_none()));
    assert_eq!(sent[0].parameter("scopes"), Some(r#"["sso:account:access"]"#));
    assert_eq!(sent[2].parameter("startUrl"), Some(start_url(&sandbox).as_str()));
    let gap = sent[4].received_unix_ms - sent[3].received_unix_ms;
    assert!(gap >= 950, "polls come {gap} ms apart");
    let shown = outcome.raised(DEVICE_CODE)[0];
    assert_eq!(shown.code.len(), 9);
    assert!(shown.url.starts_with(&sandbox.https_url()) && shown.url.ends_with(&shown.code), "{shown:?}");
    assert!(shown.text.contains(&shown.code) && shown.text.contains(&start_url(&sandbox)), "{shown:?}");
    let secrets =
        ["accessToken", "refreshToken", "clientSecret"].map(|name| stored(&machine)[name].as_str().unwrap().to_owned());
    for (_, _, line) in &outcome.lines {
        assert!(!secrets.iter().any(|secret| line.contains(secret)), "{line}");
    }
    let mode = |path: &str| std::fs::metadata(machine.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(FILE), mode(".aws/sso/cache")), (0o600, 0o700));
    let members = stored(&machine);
    let mut names: Vec<_> = members.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let of_aws = [
        "accessToken",
        "clientId",
        "clientSecret",
        "expiresAt",
        "refreshToken",
        "region",
        "registrationExpiresAt",
        "startUrl",
    ];
    assert_eq!(names, of_aws);
    // The next process needs nobody.
    let (outcome, sent) = machine.recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    assert_eq!((outcome.status, operations(&sent).as_slice()), (0, [KEYS, REDSHIFT].as_slice()), "{}", outcome.told());
}

#[test]
fn a_refused_renewal_comes_to_a_device_code() {
    let sandbox = sandbox(0);
    let signed = signed_in(&sandbox);
    let machine = machine(&sandbox).file(FILE, &file(&sandbox, &signed, -10));
    sandbox.with_world(|world| world.identity_center.tokens[0].refresh_token = None);
    let (outcome, sent) = machine.recorded(&sandbox, [shows_codes(dsn(&sandbox).call())]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent), [RENEWAL, REGISTER, REGISTER, START, RENEWAL, KEYS, REDSHIFT]);
    assert_ne!(stored(&machine)["clientId"], signed.0.id.as_str());
}

#[test]
fn a_host_that_leaves_it_or_ends_it() {
    let sandbox = sandbox(0);
    let abort = Reply { kind: DEVICE_CODE, result: 2, answer: None };
    for (call, status, events) in [
        (dsn(&sandbox).call().events(0), 404, &[OPEN_URL, DEVICE_CODE, PASTE_URL][..]),
        (dsn(&sandbox).call().replying(abort), 501, &[OPEN_URL, DEVICE_CODE]),
    ] {
        let machine = machine(&sandbox);
        let (outcome, sent) = machine.recorded(&sandbox, [call]).remove(0);
        assert_eq!((outcome.status, outcome.events.as_slice()), (status, events), "{}", outcome.told());
        assert_eq!(operations(&sent), [REGISTER, REGISTER, START], "nobody polls");
        assert!(outcome.elapsed_ms < 900, "{} ms", outcome.elapsed_ms);
        assert!(!machine.path(FILE).exists());
    }
}

#[test]
fn a_no_and_a_code_that_ends() {
    for (change, status, part) in [
        (DevicePage { allows: false, person: Some("alice".to_owned()), ..DevicePage::default() }, 300, "was denied"),
        (DevicePage { seconds: 1, ..DevicePage::default() }, 500, "expired before anybody approved it"),
    ] {
        let sandbox = Sandbox::builder().with_world(|world| world.identity_center.device = change).start();
        let outcome = machine(&sandbox).one(shows_codes(dsn(&sandbox).call()));
        assert_eq!((outcome.status, outcome.stage.as_str()), (status, "aws"), "{}", outcome.told());
        assert!(outcome.message.contains(part), "{}", outcome.told());
        sandbox.with_world(|world| {
            world.identity_center.device = DevicePage { person: Some("alice".to_owned()), ..DevicePage::default() }
        });
        assert_eq!(machine(&sandbox).one(shows_codes(dsn(&sandbox).call())).status, 0, "the control");
    }
}

#[test]
fn slow_down_adds_five_seconds() {
    let sandbox = sandbox(0);
    let slow = FaultAction::Error { code: "SlowDownException".to_owned(), message: "x".to_owned(), status: 400 };
    sandbox.script(Fault::on(RENEWAL, slow));
    let (outcome, sent) = machine(&sandbox).recorded(&sandbox, [shows_codes(dsn(&sandbox).call())]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let polls: Vec<_> = sent.iter().filter(|record| record.operation == RENEWAL).collect();
    let gap = polls[1].received_unix_ms - polls[0].received_unix_ms;
    assert!((5_950..8_000).contains(&gap), "{gap} ms");
}

#[test]
fn deadline_and_cancel_end_the_wait() {
    let sandbox = sandbox(1000);
    let outcome = machine(&sandbox).one(shows_codes(dsn(&sandbox).call()).timeout(1500));
    assert_eq!((outcome.status, outcome.sqlstate.as_str()), (500, "HYT00"), "{}", outcome.told());
    assert!(outcome.message.contains("(device code)") && outcome.elapsed_ms < 2200, "{}", outcome.told());
    let outcome = machine(&sandbox).one(shows_codes(dsn(&sandbox).call()).cancel(1200));
    assert_eq!(outcome.status, 501, "{}", outcome.told());
    assert!(outcome.cancel_ms < 500, "{} ms", outcome.cancel_ms);
}

#[test]
fn two_processes_ask_one_person_once() {
    let sandbox = sandbox(2);
    let (one, other): (Machine, Machine) = (machine(&sandbox), machine(&sandbox));
    std::fs::create_dir_all(one.path(".aws/sso")).unwrap();
    std::os::unix::fs::symlink(one.path(".aws/sso"), other.path(".aws/sso")).unwrap();
    let outcomes = std::thread::scope(|scope| {
        let running = [&one, &other].map(|machine| scope.spawn(|| machine.one(shows_codes(dsn(&sandbox).call()))));
        running.map(|thread| thread.join().unwrap())
    });
    for outcome in &outcomes {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
    }
    let mut events: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.events.clone()).collect();
    events.sort_unstable();
    assert_eq!(events, [OPEN_URL, DEVICE_CODE, WAITING]);
    the(&sandbox.requests(), START);
}

#[test]
fn a_session_names_its_scopes_and_the_service_may_refuse_them() {
    let sandbox = sandbox(0);
    let machine = machine_with(&sandbox, "sso_registration_scopes = sso:account:access, everything\n");
    let (outcome, sent) = machine.recorded(&sandbox, [shows_codes(dsn(&sandbox).call())]).remove(0);
    assert_eq!((outcome.status, outcome.code.as_str()), (403, "InvalidScopeException"), "{}", outcome.told());
    assert!(outcome.message.contains("scope everything is not known"), "{}", outcome.told());
    assert_eq!((operations(&sent), outcome.events.len()), (vec![REGISTER], 0));
}
