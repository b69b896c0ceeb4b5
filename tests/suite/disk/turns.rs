//! Processes at the same time: one signs in, the others wait for it.

use super::{WAITING, directory, dsn, files, sign_ins, warnings, with_code, with_ending};
use crate::probe::{Machine, Outcome, Running, Step};
use crate::saml_plugins::{ASK_OTP, SIGN_IN, SIGN_IN_PAGE};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use std::fs;
use std::time::{Duration, Instant};

const ABORT: i32 = 2;

fn all(processes: Vec<Running>) -> Vec<Outcome> {
    processes.into_iter().flat_map(Running::outcomes).collect()
}

/// Until the sandbox has seen a request for that.
fn wait_for(sandbox: &Sandbox, operation: &str) {
    let limit = Instant::now() + Duration::from_secs(20);
    while sandbox.requests_for(operation).is_empty() {
        assert!(Instant::now() < limit, "no {operation}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Until that many callers wait for the leader, as the lock file's neighbours cannot tell: a moment for all of them.
fn pause() {
    std::thread::sleep(Duration::from_millis(1500));
}

#[test]
fn thirty_two_processes_with_eight_threads_sign_in_once() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    // Long enough for the others to come while the first one signs in.
    sandbox.script(Fault::on(SIGN_IN, FaultAction::Delay { ms: 1500 }));
    let together = || Step::Together(vec![with_code(&dsn(&sandbox)); 8]);
    let processes: Vec<_> = (0..32).map(|_| machine.launch([together()])).collect();
    let outcomes = all(processes);
    assert_eq!(outcomes.len(), 256);
    for outcome in &outcomes {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(outcome.access_key_id, outcomes[0].access_key_id);
        assert!(outcome.events.iter().filter(|kind| **kind == WAITING).count() <= 2, "{:?}", outcome.events);
        assert_eq!(warnings(outcome), Vec::<&str>::new());
    }
    assert_eq!(sign_ins(&sandbox.requests()), 1);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.events.contains(&ASK_OTP)).count(), 1);
    let told = |outcome: &&Outcome| outcome.raised(WAITING).iter().any(|event| event.text.contains("Another process"));
    assert!(outcomes.iter().filter(told).count() > 4, "processes waited for each other");
}

#[test]
fn after_a_kill_of_the_leader_exactly_one_more_signs_in() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    sandbox.script(Fault::on(SIGN_IN, FaultAction::Stall));
    let together = || Step::Together(vec![with_code(&dsn(&sandbox)); 2]);
    let leader = machine.launch([together()]);
    wait_for(&sandbox, SIGN_IN);
    let others: Vec<_> = (0..8).map(|_| machine.launch([together()])).collect();
    pause();
    assert_eq!(sandbox.requests_for(SIGN_IN_PAGE).len(), 1, "they wait");
    let locks = with_ending(&directory(&machine), "lock");
    let holder = locks.iter().map(|lock| fs::read_to_string(lock).unwrap());
    assert!(holder.into_iter().any(|notes| notes.contains(&format!("\"pid\":{}", leader.pid()))));
    leader.kill();
    let outcomes = all(others);
    assert_eq!(outcomes.len(), 16);
    assert!(outcomes.iter().all(|outcome| outcome.status == 0), "{outcomes:#?}");
    assert_eq!(sandbox.requests_for(SIGN_IN_PAGE).len(), 2, "the killed one's, and one more");
}

#[test]
fn a_leader_short_of_time_leaves_the_lead_to_who_waits() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    sandbox.script(Fault::on(SIGN_IN, FaultAction::Stall));
    let leader = machine.launch([with_code(&dsn(&sandbox)).timeout(2500)]);
    wait_for(&sandbox, SIGN_IN);
    let others: Vec<_> = (0..4).map(|_| machine.launch([with_code(&dsn(&sandbox)).timeout(30_000)])).collect();
    assert_eq!(leader.outcomes()[0].status, 500);
    let outcomes = all(others);
    assert!(outcomes.iter().all(|outcome| outcome.status == 0), "{outcomes:#?}");
    assert!(outcomes.iter().all(|outcome| outcome.elapsed_ms < 15_000));
    assert_eq!(sandbox.requests_for(SIGN_IN_PAGE).len(), 2);
}

#[test]
fn a_wrong_password_is_tried_once_for_all_who_wait() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let wrong = || with_code(&dsn(&sandbox).set("PWD", "wrong"));
    sandbox.script(Fault::on(SIGN_IN, FaultAction::Delay { ms: 4000 }));
    let leader = machine.launch([wrong()]);
    wait_for(&sandbox, SIGN_IN);
    let others: Vec<_> = (0..6).map(|_| machine.launch([wrong()])).collect();
    let first = leader.outcomes().remove(0);
    assert_eq!(first.status, 300, "{}", first.told());
    let outcomes = all(others);
    for outcome in &outcomes {
        assert_eq!((outcome.status, outcome.told(), &outcome.plugin), (300, first.told(), &first.plugin));
        assert_eq!((&outcome.stage, outcome.events.as_slice()), (&first.stage, [WAITING].as_slice()));
    }
    assert_eq!(sandbox.requests_for(SIGN_IN).len(), 1);
    // Who comes after it tries for himself.
    assert_eq!(machine.one(wrong()).status, 300);
    assert_eq!(sandbox.requests_for(SIGN_IN).len(), 2);
}

#[test]
fn who_waits_keeps_their_own_deadline_cancel_and_say() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    sandbox.script(Fault::on(SIGN_IN, FaultAction::Stall));
    let leader = machine.launch([with_code(&dsn(&sandbox))]);
    wait_for(&sandbox, SIGN_IN);
    let call = || with_code(&dsn(&sandbox));
    let outcomes = machine.run([call().timeout(400), call().cancel(400), call().events(ABORT)]);
    let statuses: Vec<_> = outcomes.iter().map(|outcome| outcome.status).collect();
    assert_eq!(statuses, [500, 501, 501], "{outcomes:#?}");
    assert!(outcomes[0].message.contains("another process"), "{}", outcomes[0].told());
    assert!(outcomes[1].cancel_ms < 200, "{}", outcomes[1].cancel_ms);
    for outcome in &outcomes {
        assert_eq!(outcome.events, [WAITING]);
        assert!(outcome.elapsed_ms < 2000);
    }
    assert_eq!(sandbox.requests_for(SIGN_IN_PAGE).len(), 1);
    leader.kill();
}

#[test]
fn other_identities_and_plain_logins_do_not_wait() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let plain = || crate::saml_plugins::adfs::ADFS.dsn(&sandbox).call().events(0);
    // Once, so that it is known that alice needs nobody.
    assert_eq!(machine.one(plain()).status, 0);
    sandbox.script(Fault::on(SIGN_IN, FaultAction::Stall).times(2));
    let leaders = [machine.launch([with_code(&dsn(&sandbox))]), machine.launch([plain()])];
    let limit = Instant::now() + Duration::from_secs(20);
    while sandbox.requests_for(SIGN_IN).len() < 3 {
        assert!(Instant::now() < limit);
        std::thread::sleep(Duration::from_millis(10));
    }
    let outcomes = machine.run([with_code(&dsn(&sandbox)).scope("another"), plain()]);
    for outcome in &outcomes {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert!(!outcome.events.contains(&WAITING));
    }
    leaders.into_iter().for_each(Running::kill);
}

#[test]
fn a_lock_that_a_forked_child_keeps_open_does_not_hold() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    sandbox.script(Fault::on(SIGN_IN, FaultAction::Stall));
    // The child lives on with what it inherited when its parent is killed.
    let beside = vec![with_code(&dsn(&sandbox))];
    let child = with_code(&dsn(&sandbox)).delay(15_000);
    let mut leader = machine.launch([Step::ForkInTurn { call: Box::new(child), beside }]);
    leader.turn(|| wait_for(&sandbox, SIGN_IN));
    let other = machine.launch([with_code(&dsn(&sandbox)).timeout(12_000)]);
    pause();
    leader.kill();
    let outcomes = other.outcomes();
    assert_eq!(outcomes[0].status, 0, "{}", outcomes[0].told());
    assert_eq!(sandbox.requests_for(SIGN_IN_PAGE).len(), 2);
    assert!(!files(&directory(&machine)).is_empty());
}
