//! The policy REFRESH, in memory and on disk.

use super::{directory, dsn, login, sign_ins, with_code, with_ending};
use crate::probe::{Machine, Step};
use crate::saml_plugins::ASK_OTP;
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

const REFRESH: i32 = 3;

#[test]
fn a_password_that_the_server_refused_is_replaced_with_the_keys_behind_it() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let (first, _) = login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    let (second, asked) = login(&machine, &sandbox, with_code(&dsn(&sandbox)).cache(REFRESH));
    assert!(!asked);
    assert_eq!(second.access_key_id, first.access_key_id);
    assert_ne!(second.password, first.password);
}

#[test]
fn keys_that_aws_refused_are_replaced_on_disk_too() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let call = || with_code(&dsn(&sandbox)).entry("aws");
    let (first, _) = login(&machine, &sandbox, call());
    let (second, asked) = login(&machine, &sandbox, call().cache(REFRESH));
    assert!(asked && second.access_key_id != first.access_key_id);
    let (third, asked) = login(&machine, &sandbox, call());
    assert_eq!((asked, &third.access_key_id), (false, &second.access_key_id));
}

#[test]
fn what_another_process_has_replaced_already_is_taken() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let call = || with_code(&dsn(&sandbox)).entry("aws");
    // This process keeps the first keys in memory while another one replaces them.
    let steps = [Step::from(call()), Step::Parent, call().cache(REFRESH).into()];
    let mut replaced = String::new();
    let outcomes =
        machine.run_with(steps, |_| replaced = login(&machine, &sandbox, call().cache(REFRESH)).0.access_key_id);
    assert!(outcomes.iter().all(|outcome| outcome.status == 0));
    assert_ne!(outcomes[0].access_key_id, replaced);
    assert_eq!(outcomes[1].access_key_id, replaced);
    assert!(!outcomes[1].events.contains(&ASK_OTP));
    assert_eq!(sign_ins(&sandbox.requests()), 1);
}

#[test]
fn what_was_refused_is_gone_when_its_replacement_fails() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let call = || with_code(&dsn(&sandbox)).entry("aws");
    login(&machine, &sandbox, call());
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 1);
    let denied = FaultAction::Error { code: "AccessDenied".to_owned(), message: "not now".to_owned(), status: 403 };
    sandbox.script(Fault::on("AssumeRoleWithSAML", denied));
    assert_eq!(machine.one(call().cache(REFRESH)).status, 400);
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 0);
    assert!(login(&machine, &sandbox, call()).1);
}
