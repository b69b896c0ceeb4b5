//! Callers who want the same at the same time share one login.

use crate::probe::{Call, Dsn, Machine, Outcome, Reply, Step};
use rs_auth_sandbox::demo_world::{DENIED_KEY, USER_SECRET};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

const WAITING: i32 = 8;
const ABORT: i32 = 2;

fn slow(sandbox: &Sandbox, operation: &str, ms: u64) {
    sandbox.script(Fault::on(operation, FaultAction::Delay { ms }));
}

fn statuses(outcomes: &[Outcome]) -> Vec<i32> {
    outcomes.iter().map(|outcome| outcome.status).collect()
}

/// A call that comes when another one leads.
fn later(dsn: &Dsn) -> Call {
    dsn.call().delay(200)
}

#[test]
fn sixty_four_threads_make_one_call() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "GetClusterCredentials", 500);
    let call = Dsn::keys(&sandbox).call().events(0);
    let outcomes = Machine::new().run([Step::Together(vec![call; 64])]);
    assert_eq!(statuses(&outcomes), [0; 64]);
    assert_eq!(sandbox.requests().len(), 1);
    assert!(outcomes.iter().all(|outcome| outcome.password == outcomes[0].password && outcome.foreign == 0));
    // All but the leader and those who came when it was over.
    let told = outcomes.iter().filter(|outcome| outcome.events == [WAITING]).count();
    let silent = outcomes.iter().filter(|outcome| outcome.events.is_empty()).count();
    let cached = outcomes.iter().filter(|outcome| outcome.from_cache).count();
    assert_eq!(told + silent, 64);
    assert!(silent <= 1 + cached, "{silent} did not wait, {cached} were served");
    assert!(told > 32, "{told} waited");
}

#[test]
fn a_role_is_taken_once_for_databases_that_are_opened_together() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "AssumeRole", 300);
    let dsn = Dsn::cluster(&sandbox).set("Profile", "sandbox-role");
    let calls = (0..8).map(|n| dsn.clone().set("Database", &format!("db{n}")).call().events(0)).collect();
    let outcomes = Machine::with_profiles(&sandbox).run([Step::Together(calls)]);
    assert_eq!(statuses(&outcomes), [0; 8]);
    assert_eq!(sandbox.requests_for("AssumeRole").len(), 1);
    assert_eq!(sandbox.requests_for("GetClusterCredentials").len(), 8);
    assert!(outcomes.iter().any(|outcome| outcome.events == [WAITING]));
}

#[test]
fn keys_of_the_dsn_are_waited_for_by_nobody() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    let calls = (0..32).map(|n| dsn.clone().set("Database", &format!("db{n}")).call().events(0)).collect();
    let outcomes = Machine::new().run([Step::Together(calls)]);
    assert_eq!(statuses(&outcomes), [0; 32]);
    assert_eq!(sandbox.requests_for("GetClusterCredentials").len(), 32);
    assert!(outcomes.iter().all(|outcome| outcome.events.is_empty()));
}

#[test]
fn a_leader_short_of_time_leaves_the_lead_to_who_waits() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Stall));
    let dsn = Dsn::keys(&sandbox);
    let mut calls = vec![later(&dsn).timeout(30_000); 4];
    calls.insert(0, dsn.call().timeout(1000));
    let outcomes = Machine::new().run([Step::Together(calls)]);
    assert_eq!(statuses(&outcomes), [500, 0, 0, 0, 0]);
    assert!(outcomes.iter().all(|outcome| outcome.elapsed_ms < 3000), "{outcomes:?}");
    assert_eq!(sandbox.requests().len(), 2);
}

#[test]
fn a_leader_that_is_cancelled_does_too() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Stall));
    let dsn = Dsn::keys(&sandbox);
    let outcomes = Machine::new().run([Step::Together(vec![dsn.call().cancel(500), later(&dsn), later(&dsn)])]);
    assert_eq!(statuses(&outcomes), [501, 0, 0]);
    assert_eq!(sandbox.requests().len(), 2);
}

#[test]
fn a_leader_that_wants_another_kind_speaks_for_itself() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "DescribeAuthenticationProfiles", 500);
    // The profile keeps the leader from finding out before others wait for it.
    let dsn = Dsn::keys(&sandbox).set("AuthProfile", "sandbox-profile");
    let outcomes = Machine::new().run([Step::Together(vec![dsn.call().kinds(1 << 2), later(&dsn), later(&dsn)])]);
    assert_eq!(statuses(&outcomes), [100, 0, 0], "{}", outcomes[1].told());
}

#[test]
fn what_aws_answers_is_shared() {
    let sandbox = Sandbox::builder().round_trip(std::time::Duration::from_millis(400)).start();
    let dsn = Dsn::keys(&sandbox).signed(DENIED_KEY, USER_SECRET);
    let outcomes = Machine::new().run([Step::Together(vec![dsn.call(); 8])]);
    assert_eq!(statuses(&outcomes), [400; 8]);
    assert_eq!(sandbox.requests().len(), 1);
    let first = &outcomes[0];
    assert!(!first.request_id.is_empty());
    assert!(outcomes.iter().all(|outcome| outcome.request_id == first.request_id && outcome.hint == first.hint));
}

#[test]
fn who_waits_keeps_their_own_deadline_cancel_and_say() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "GetClusterCredentials", 1500);
    let dsn = Dsn::keys(&sandbox);
    let calls = vec![
        dsn.call(),
        later(&dsn).timeout(300),
        later(&dsn).cancel(300),
        later(&dsn).events(ABORT),
        later(&dsn).kinds(1 << 2),
        later(&dsn),
    ];
    let outcomes = Machine::new().run([Step::Together(calls)]);
    assert_eq!(statuses(&outcomes), [0, 500, 501, 501, 100, 0]);
    for impatient in &outcomes[1..4] {
        assert!(impatient.elapsed_ms < 800, "{impatient:?}");
    }
    assert!(outcomes[1].message.contains("waiting for another thread"), "{}", outcomes[1].told());
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn the_event_of_a_wait_says_why_and_takes_every_answer() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "GetClusterCredentials", 1000);
    let dsn = Dsn::keys(&sandbox);
    let abort = Reply { kind: WAITING, result: ABORT, answer: Some("so what".to_owned()) };
    let calls = vec![dsn.call(), later(&dsn).answering(WAITING, "so what"), later(&dsn).replying(abort)];
    let outcomes = Machine::new().run([Step::Together(calls)]);
    assert_eq!(statuses(&outcomes), [0, 0, 501]);
    for outcome in &outcomes[1..] {
        let [waiting] = outcome.raised(WAITING)[..] else { panic!("{outcome:?}") };
        assert!(waiting.text.contains("sign"), "{waiting:?}");
        assert!(waiting.choices.is_empty() && waiting.url.is_empty() && waiting.code.is_empty(), "{waiting:?}");
    }
}

#[test]
fn a_login_under_way_does_not_keep_what_was_forgotten() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "GetClusterCredentials", 1000);
    slow(&sandbox, "AssumeRole", 500);
    let dsn = Dsn::cluster(&sandbox).set("Profile", "sandbox-role");
    let forget = later(&dsn).entry("forget");
    // The last one comes after the forgetting, and shares nothing with the first.
    let together = Step::Together(vec![dsn.call(), forget, dsn.call().delay(300)]);
    let outcomes = Machine::with_profiles(&sandbox).run([together, dsn.call().into()]);
    assert_eq!(statuses(&outcomes), [0; 4]);
    assert_ne!(outcomes[0].password, outcomes[2].password);
    assert_ne!(outcomes[0].access_key_id, outcomes[2].access_key_id);
    assert_eq!((outcomes[3].from_cache, &outcomes[3].password), (true, &outcomes[2].password));
    assert_eq!(sandbox.requests_for("AssumeRole").len(), 2);

    // By itself, and the control.
    for (between, kept) in [("forget", false), ("iam_keys", true)] {
        slow(&sandbox, "GetClusterCredentials", 600);
        let dsn = Dsn::keys(&sandbox);
        let beside = later(&dsn.clone().set("DbUser", if kept { "bob" } else { "alice" })).entry(between);
        let outcomes = Machine::new().run([Step::Together(vec![dsn.call(), beside]), dsn.call().into()]);
        assert_eq!(statuses(&outcomes), [0; 3]);
        assert_eq!(outcomes[2].from_cache, kept, "{between}");
    }
}

#[test]
fn other_identities_do_not_wait() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "GetClusterCredentials", 1500);
    let dsn = Dsn::keys(&sandbox);
    let calls =
        vec![dsn.call(), later(&dsn.clone().set("DbUser", "bob")), later(&dsn).scope("x"), later(&dsn).cache(1)];
    let outcomes = Machine::new().run([Step::Together(calls)]);
    assert_eq!(statuses(&outcomes), [0; 4]);
    assert!(outcomes[1..].iter().all(|outcome| outcome.elapsed_ms < 1000), "{outcomes:?}");
    assert_eq!(sandbox.requests().len(), 4);
}

#[test]
fn a_slow_answer_with_kept_keys_holds_nobody_up() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::cluster(&sandbox).set("Profile", "sandbox-role");
    let of = |name: &str| dsn.clone().set("Database", name);
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Delay { ms: 1500 }).from_nth(2));
    let together = Step::Together(vec![of("a").call(), later(&of("b")), later(&Dsn::workgroup(&sandbox))]);
    let outcomes = Machine::with_profiles(&sandbox).run([of("first").call().into(), together]);
    assert_eq!(statuses(&outcomes), [0; 4]);
    assert!(outcomes[1].elapsed_ms >= 1500, "{outcomes:?}");
    assert!(outcomes[2..].iter().all(|outcome| outcome.elapsed_ms < 1000), "{outcomes:?}");
}
