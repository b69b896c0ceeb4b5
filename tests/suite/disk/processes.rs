//! Processes one after the other.

use super::{directory, dsn, files, login, sign_ins, warnings, with_code, with_ending};
use crate::network::closed_port;
use crate::probe::{Machine, Step};
use crate::saml_plugins::adfs::ADFS;
use crate::saml_plugins::{ASK_OTP, PICK_ROLE};
use crate::sent::operations;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::BOB_PASSWORD;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const OFF: i32 = 1;
const MEMORY: i32 = 2;

#[test]
fn the_second_process_asks_nobody() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let (first, asked) = login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    assert!(asked && !first.from_cache);
    let (second, asked) = login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    assert!(!asked);
    assert_eq!(operations(&sandbox.requests()), ["GetClusterCredentials"]);
    // The keys are old, the password is new.
    assert_eq!(second.access_key_id, first.access_key_id);
    assert!(!second.from_cache && second.password != first.password);
    assert_eq!((second.user.as_str(), second.plugin.as_str()), (first.user.as_str(), "ADFS"));
    // Who wants the keys gets them without any request.
    sandbox.reset_log();
    let keys = machine.one(with_code(&dsn(&sandbox)).entry("aws"));
    assert_eq!((keys.status, keys.from_cache, keys.expires), (0, true, first_end(&keys)));
    assert_eq!(keys.access_key_id, first.access_key_id);
    assert!(sandbox.requests().is_empty());
    for outcome in [&first, &second, &keys] {
        assert_eq!(warnings(outcome), Vec::<&str>::new());
    }
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory(&machine)), 0o700);
    assert!(files(&directory(&machine)).iter().all(|path| mode(path) == 0o600));
}

/// AWS keys have an end; which one is the sandbox's business.
fn first_end(keys: &crate::probe::Outcome) -> i64 {
    assert!(keys.expires > 1_767_225_600_000);
    keys.expires
}

#[test]
fn another_database_of_the_same_person_asks_nobody_either() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    assert!(login(&machine, &sandbox, with_code(&dsn(&sandbox))).1);
    assert!(!login(&machine, &sandbox, with_code(&dsn(&sandbox).set("Database", "other"))).1);
    // Somebody else, another password, another scope: each signs in.
    let wrong = machine.one(with_code(&dsn(&sandbox).set("PWD", "wrong")));
    assert_eq!(wrong.status, 300, "{}", wrong.told());
    for scope in ["alice", "bob"] {
        assert!(login(&machine, &sandbox, with_code(&dsn(&sandbox)).scope(scope)).1, "{scope}");
        assert!(!login(&machine, &sandbox, with_code(&dsn(&sandbox)).scope(scope)).1, "{scope}");
    }
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 3);
}

#[test]
fn policies_that_leave_the_disk_alone() {
    let sandbox = Sandbox::start();
    let disabled = dsn(&sandbox).set("DisableCache", "1");
    for call in [with_code(&dsn(&sandbox)).cache(OFF), with_code(&dsn(&sandbox)).cache(MEMORY), with_code(&disabled)] {
        let machine = Machine::new();
        assert!(login(&machine, &sandbox, call.clone()).1);
        assert!(!machine.path(".cache").exists(), "nothing is written");
        // Nor read. The control writes what would be found.
        assert!(login(&machine, &sandbox, with_code(&dsn(&sandbox))).1);
        assert!(login(&machine, &sandbox, call).1);
    }
}

#[test]
fn what_needed_nobody_is_not_kept() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    // Who picks a role could have it picked by preferred_role.
    let (outcome, sent) =
        machine.recorded(&sandbox, [ADFS.dsn_of(&sandbox, "bob", BOB_PASSWORD).call().events(0)]).remove(0);
    assert_eq!((outcome.status, outcome.events.as_slice()), (0, [PICK_ROLE].as_slice()), "{}", outcome.told());
    assert_eq!(sign_ins(&sent), 1);
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 0);
    let call = ADFS.dsn(&sandbox).call();
    for (outcome, sent) in [machine.recorded(&sandbox, [call.clone()]), machine.recorded(&sandbox, [call])].concat() {
        assert_eq!((outcome.status, sign_ins(&sent)), (0, 1));
    }
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 0);
    // Methods that never need anybody do not touch the disk.
    let machine = Machine::new();
    let keys = crate::probe::Dsn::keys(&sandbox).call().log(5);
    assert_eq!(machine.one(keys).status, 0);
    assert!(!machine.path(".cache").exists());
}

#[test]
fn forgetting_reaches_the_disk() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let (one, other) = (dsn(&sandbox), dsn(&sandbox).set("idp_response_timeout", "100"));
    for dsn in [&one, &other] {
        assert!(login(&machine, &sandbox, with_code(dsn)).1);
    }
    let key = fs::read(directory(&machine).join("key")).unwrap();
    assert_eq!(machine.one(Step::Forget(Box::new(one.call()))).status, 0);
    assert!(login(&machine, &sandbox, with_code(&one)).1, "forgotten");
    assert!(!login(&machine, &sandbox, with_code(&other)).1, "kept");
    assert_eq!(machine.one(Step::ForgetAll).status, 0);
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 0);
    assert_eq!(fs::read(directory(&machine).join("key")).unwrap(), key);
    assert!(login(&machine, &sandbox, with_code(&other)).1);
}

#[test]
fn stored_keys_that_aws_refuses_are_replaced() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let (first, _) = login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    let action = rs_auth_sandbox::FaultAction::Error {
        code: "ExpiredToken".to_owned(),
        message: "The security token included in the request is expired".to_owned(),
        status: 403,
    };
    sandbox.script(rs_auth_sandbox::Fault::on("GetClusterCredentials", action));
    let (second, asked) = login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    assert!(asked);
    assert_ne!(second.access_key_id, first.access_key_id);
    let (third, asked) = login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    assert!(!asked);
    assert_eq!(third.access_key_id, second.access_key_id);
}

#[test]
fn a_sign_in_that_fails_leaves_nothing() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let outcome = machine.one(dsn(&sandbox).call().answering(ASK_OTP, "000000"));
    assert_ne!(outcome.status, 0);
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 0);
    let nowhere = dsn(&sandbox).set("idp_port", &closed_port().to_string());
    assert_eq!(machine.one(with_code(&nowhere)).status, 200);
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 0);
    assert!(login(&machine, &sandbox, with_code(&dsn(&sandbox))).1, "the control");
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 1);
}
