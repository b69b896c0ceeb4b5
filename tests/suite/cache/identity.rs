//! AWS keys of a role are kept by themselves: one proof for all databases that it opens.

use super::kept::served;
use crate::probe::{Dsn, Machine, Step};
use crate::sent::operations;
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

const REFRESH: i32 = 3;

fn role(sandbox: &Sandbox) -> Dsn {
    Dsn::cluster(sandbox).set("Profile", "sandbox-role")
}

#[test]
fn two_databases_share_a_role() {
    let sandbox = Sandbox::start();
    let dsn = role(&sandbox);
    let calls = [
        dsn.call(),
        dsn.clone().set("Database", "other").call(),
        dsn.clone().without("Host").set("ClusterId", "sandbox-west").set("Region", "us-west-2").call(),
        dsn.clone().set("Profile", "sandbox-second-role").call(),
    ];
    let results = Machine::with_profiles(&sandbox).recorded(&sandbox, calls);
    assert_eq!(served(&results), [false; 4]);
    let sent: Vec<_> = results.iter().map(|(_, sent)| operations(sent).len()).collect();
    assert_eq!(sent, [2, 1, 2, 3]);
    assert_eq!(operations(&results[1].1), ["GetClusterCredentials"]);
    assert_eq!(results[0].0.access_key_id, results[2].0.access_key_id, "keys hold in all regions of a partition");
}

#[test]
fn the_keys_alone_are_served_too() {
    let sandbox = Sandbox::start();
    let dsn = role(&sandbox);
    let keys = dsn.call().entry("aws");
    let results = Machine::with_profiles(&sandbox).recorded(&sandbox, [keys.clone(), keys.clone(), dsn.call(), keys]);
    assert_eq!(served(&results), [false, true, false, true]);
    assert_eq!(operations(&results[2].1), ["GetClusterCredentials"]);
    let [fresh, kept] = [&results[0].0, &results[1].0];
    assert_eq!((&kept.access_key_id, &kept.session_token), (&fresh.access_key_id, &fresh.session_token));
    assert_eq!((&kept.role_arn, kept.expires, kept.kind), (&fresh.role_arn, fresh.expires, 3));
    assert_eq!((kept.plugin.as_str(), fresh.plugin.as_str()), ("Profile", "Profile"));
}

#[test]
fn refresh_replaces_what_was_handed_out_and_nothing_behind_it() {
    let sandbox = Sandbox::start();
    let dsn = role(&sandbox);
    let keys = dsn.call().entry("aws");
    let calls = [dsn.call(), dsn.call().cache(REFRESH), dsn.call(), keys.clone().cache(REFRESH), keys, dsn.call()];
    let results = Machine::with_profiles(&sandbox).recorded(&sandbox, calls);
    let sent: Vec<_> = results.iter().map(|(_, sent)| operations(sent)).collect();
    let (assume, get) = ("AssumeRole", "GetClusterCredentials");
    assert_eq!(sent, [vec![assume, get], vec![get], vec![], vec![assume], vec![], vec![]]);
    assert_eq!(results[3].0.access_key_id, results[4].0.access_key_id);
    assert_ne!(results[0].0.access_key_id, results[3].0.access_key_id);
}

#[test]
fn keys_that_were_revoked_are_proved_again() {
    let sandbox = Sandbox::start();
    let dsn = role(&sandbox);
    let databases = ["a", "b", "c"].map(|name| dsn.clone().set("Database", name).call());
    let [a, b, c] = databases.map(Step::from);
    let mut log = Vec::new();
    let outcomes =
        Machine::with_profiles(&sandbox).run_with([a, Step::Parent, b, Step::Parent, c, Step::Parent], |turn| {
            log.push(sandbox.requests());
            sandbox.reset_log();
            if turn == 0 {
                sandbox.with_world(|world| {
                    world.keys.retain(|key| !key.id.starts_with("ASIA") || key.id.contains("SANDBOX"));
                });
            }
        });
    assert!(outcomes.iter().all(|outcome| outcome.status == 0), "{outcomes:?}");
    let sent: Vec<_> = log.iter().map(|sent| operations(sent)).collect();
    let (assume, get) = ("AssumeRole", "GetClusterCredentials");
    assert_eq!(sent, [vec![assume, get], vec![get, assume, get], vec![get]]);
    assert_eq!(outcomes[1].access_key_id, outcomes[2].access_key_id, "the new ones are kept");
}

#[test]
fn a_denied_action_is_no_reason_to_prove_again() {
    let sandbox = Sandbox::start();
    let dsn = role(&sandbox);
    let refusal = FaultAction::Error { code: "AccessDenied".into(), message: "No.".into(), status: 403 };
    sandbox.script(Fault::on("GetClusterCredentials", refusal).from_nth(2));
    let calls = [dsn.call(), dsn.set("Database", "other").call()];
    let results = Machine::with_profiles(&sandbox).recorded(&sandbox, calls);
    assert_eq!((results[1].0.status, results[1].0.code.as_str()), (400, "AccessDenied"));
    assert_eq!(operations(&results[1].1), ["GetClusterCredentials"]);
}
