//! `IdpTokenAuthPlugin`: which of its ways a DSN asks for. PY-193 to PY-197, PY-205.

use super::{dsn, ended, fresh};
use crate::probe::{Dsn, Machine};
use crate::sent::{count, operations};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{SESSION_KEY, SESSION_SECRET, SESSION_TOKEN};

fn plugin(sandbox: &Sandbox) -> Dsn {
    dsn(sandbox, "IdpTokenAuthPlugin").without("IAM")
}

fn keys(dsn: Dsn) -> Dsn {
    dsn.signed(SESSION_KEY, SESSION_SECRET).set("SessionToken", SESSION_TOKEN)
}

#[test]
fn the_type_goes_with_the_token() {
    let sandbox = Sandbox::start();
    for (token_type, told, warned) in [
        ("", "ACCESS_TOKEN", false),
        ("ACCESS_TOKEN", "ACCESS_TOKEN", false),
        ("EXT_JWT", "EXT_JWT", false),
        (" EXT_JWT ", "EXT_JWT", false),
        ("SUBJECT_TOKEN", "SUBJECT_TOKEN", true),
        ("%s", "%s", true),
    ] {
        let dsn = plugin(&sandbox).set("token", "t").set("token_type", token_type);
        let outcome = Machine::new().one(dsn.call().log(2));
        assert_eq!((outcome.status, outcome.pair("token_type")), (0, Some(told)), "{}", outcome.told());
        assert_eq!(outcome.logged(2, "token_type"), warned, "{:?}", outcome.lines);
    }
    assert_eq!(count(&sandbox), 0);
}

#[test]
fn an_expired_external_jwt_is_refused() {
    let sandbox = Sandbox::start();
    let of = |token: &str| plugin(&sandbox).set("token", token).set("token_type", "EXT_JWT").call();
    let outcomes = Machine::new().run([of(&ended()), of(&fresh())]);
    assert_eq!((outcomes[0].status, outcomes[1].status, count(&sandbox)), (303, 0, 0), "{}", outcomes[0].told());
}

#[test]
fn both_ways_at_once_are_refused() {
    let sandbox = Sandbox::start();
    for (key, value) in [("token", "t"), ("token_type", "EXT_JWT")] {
        let outcome = Machine::new().one(keys(plugin(&sandbox)).set(key, value).call());
        assert_eq!((outcome.status, outcome.stage.as_str()), (100, "settings"), "{}", outcome.told());
        assert!(outcome.message.contains(key) && outcome.message.contains("AccessKeyID"), "{}", outcome.told());
    }
    assert_eq!(count(&sandbox), 0);
    assert_eq!(Machine::new().one(keys(plugin(&sandbox)).call()).status, 0);
}

#[test]
fn half_of_a_way_names_the_other_half() {
    let sandbox = Sandbox::start();
    for (missing, named) in
        [("AccessKeyID", "AccessKeyID"), ("SecretAccessKey", "SecretAccessKey"), ("SessionToken", "SessionToken")]
    {
        let outcome = Machine::new().one(keys(plugin(&sandbox)).without(missing).call());
        assert_eq!(outcome.status, 101, "{}", outcome.told());
        assert!(outcome.message.starts_with(named), "{}", outcome.told());
    }
    let outcome = Machine::new().one(plugin(&sandbox).set("token_type", "EXT_JWT").call());
    assert_eq!(outcome.status, 101, "{}", outcome.told());
    assert!(outcome.message.starts_with("token is missing"), "{}", outcome.told());
    assert_eq!(count(&sandbox), 0);
}

#[test]
fn with_neither_the_chain_is_asked_and_both_are_named() {
    let sandbox = Sandbox::start();
    for token in ["", "  "] {
        let outcome = Machine::new().one(plugin(&sandbox).set("token", token).call());
        assert_eq!((outcome.status, outcome.stage.as_str()), (404, "aws"), "{}", outcome.told());
        for part in ["token is missing", "environment", "container", "instance metadata", "AWS_EC2_METADATA_DISABLED"] {
            assert!(outcome.message.contains(part), "{part}: {}", outcome.told());
        }
        assert!(outcome.hint.contains("token_source") && outcome.hint.contains("SessionToken"), "{}", outcome.told());
    }
    assert_eq!(count(&sandbox), 0);
    let machine = Machine::new()
        .env("AWS_ACCESS_KEY_ID", SESSION_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SESSION_SECRET)
        .env("AWS_SESSION_TOKEN", SESSION_TOKEN);
    let (outcome, sent) = machine.recorded(&sandbox, [plugin(&sandbox).call()]).remove(0);
    assert_eq!((outcome.status, outcome.pair("token_type")), (0, Some("SUBJECT_TOKEN")), "{}", outcome.told());
    assert_eq!(operations(&sent), ["GetIdentityCenterAuthToken"]);
    assert_eq!(sent[0].signed_by.as_deref(), Some(SESSION_KEY));
}

#[test]
fn a_source_of_the_chain_that_fails_says_why_itself() {
    let sandbox = Sandbox::start();
    let outcome = Machine::new().env("AWS_PROFILE", "nobody").one(plugin(&sandbox).call());
    assert_eq!(outcome.status, 103, "{}", outcome.told());
    assert!(outcome.message.contains("nobody"), "{}", outcome.told());
    // A token needs no chain.
    let control = Machine::new().env("AWS_PROFILE", "nobody").one(plugin(&sandbox).set("token", "t").call());
    assert_eq!(control.status, 0, "{}", control.told());
}

#[test]
fn a_token_goes_to_the_server_whatever_keys_the_machine_has() {
    let sandbox = Sandbox::start();
    let machine = Machine::new().env("AWS_ACCESS_KEY_ID", SESSION_KEY).env("AWS_SECRET_ACCESS_KEY", SESSION_SECRET);
    let outcome = machine.one(plugin(&sandbox).set("token", "t").call());
    assert_eq!((outcome.status, outcome.pair("token"), count(&sandbox)), (0, Some("t"), 0), "{}", outcome.told());
}
