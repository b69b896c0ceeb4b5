//! Questions on the phone.

use super::{
    ABORT, APP, AUTHENTICATE, PICK_FACTOR, POLL, PUSH_SENT, REDSHIFT, SHOW_NUMBER, STS, VERIFY, dsn_of, expect,
};
use crate::probe::{Dsn, Machine, Reply};
use crate::sent::operations;
use rs_auth_sandbox::identity::{FactorKind, PushOutcome};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

/// A sandbox in which that person's phone lets us wait so often.
fn sandbox(user: &str, waits: u32) -> Sandbox {
    Sandbox::builder()
        .with_world(|world| {
            let FactorKind::Push { waits: of_phone, .. } = &mut world.person_mut(user).unwrap().factors[0].kind else {
                panic!("{user} has no phone")
            };
            *of_phone = waits;
        })
        .start()
}

fn push(sandbox: &Sandbox) -> Dsn {
    dsn_of(sandbox, "push")
}

#[test]
fn an_approval_is_waited_for() {
    let sandbox = sandbox("push", 1);
    // With somebody to be told, and with nobody.
    for (call, events) in [(push(&sandbox).call().events(1), vec![PUSH_SENT]), (push(&sandbox).call(), vec![])] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call.cache(1)]).remove(0);
        assert_eq!((outcome.status, outcome.events.clone()), (0, events), "{}", outcome.told());
        assert_eq!(operations(&sent), [AUTHENTICATE, VERIFY, POLL, POLL, APP, STS, REDSHIFT]);
        for polled in &sent[1..4] {
            assert_eq!((polled.parameter("passCode"), polled.connection), (None, sent[0].connection));
        }
        let gaps = [2, 3].map(|at| sent[at].received_unix_ms - sent[at - 1].received_unix_ms);
        assert!(gaps.iter().all(|gap| *gap >= 950), "{gaps:?}");
        assert!(outcome.raised(PUSH_SENT).iter().all(|told| told.text.contains("push (OKTA)")));
    }
}

#[test]
fn the_number_to_tap_is_shown_once() {
    let sandbox = sandbox("number", 2);
    let outcome = Machine::new().one(dsn_of(&sandbox, "number").call().events(1));
    assert_eq!(
        (outcome.status, outcome.events.as_slice()),
        (0, [PUSH_SENT, SHOW_NUMBER].as_slice()),
        "{}",
        outcome.told()
    );
    let shown = outcome.raised(SHOW_NUMBER)[0];
    assert_eq!(shown.code, "42");
    assert!(shown.text.contains("42"), "{shown:?}");
}

#[test]
fn a_no_and_no_answer_at_all() {
    for (user, status, part, retryable) in
        [("refuser", 300, "rejected on the phone", false), ("sleeper", 301, "nobody answered the request", true)]
    {
        let sandbox = sandbox(user, 0);
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn_of(&sandbox, user).call().events(0)]).remove(0);
        expect(&outcome, status, "idp", &[part, "push (OKTA)"]);
        assert_eq!((outcome.retryable, outcome.sqlstate.as_str()), (retryable, "28000"));
        assert_eq!(operations(&sent), [AUTHENTICATE, VERIFY, POLL]);
        // The control: the same phone says yes.
        sandbox.with_world(|world| {
            let approved = FactorKind::Push { number: None, waits: 0, outcome: PushOutcome::Approved };
            world.person_mut(user).unwrap().factors[0].kind = approved;
        });
        assert_eq!(Machine::new().one(dsn_of(&sandbox, user).call()).status, 0);
    }
}

#[test]
fn it_is_what_several_factors_come_to_by_default() {
    let sandbox = sandbox("factors", 0);
    for (call, events) in [
        (dsn_of(&sandbox, "factors").call(), vec![]),
        (dsn_of(&sandbox, "factors").call().events(0), vec![PICK_FACTOR, PUSH_SENT]),
    ] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call.cache(1)]).remove(0);
        assert_eq!((outcome.status, outcome.events.clone()), (0, events), "{}", outcome.told());
        assert!(sent[1].target.contains("factor-push"), "{}", sent[1].target);
    }
    // Without a phone among them somebody has to choose.
    sandbox.with_world(|world| drop(world.person_mut("factors").unwrap().factors.remove(0)));
    let outcome = Machine::new().one(dsn_of(&sandbox, "factors").call().cache(1));
    expect(&outcome, 301, "idp", &["totp (GOOGLE), sms +1 XXX-XXX-1337", "event callback"]);
}

#[test]
fn deadline_cancel_and_a_word_of_the_host_end_the_wait() {
    let sandbox = sandbox("push", 1000);
    let outcome = Machine::new().one(push(&sandbox).call().timeout(1500));
    assert_eq!((outcome.status, outcome.sqlstate.as_str()), (500, "HYT00"), "{}", outcome.told());
    assert!(outcome.message.contains("approval on the phone (push (OKTA))"), "{}", outcome.told());
    assert!(outcome.elapsed_ms < 2200, "{} ms", outcome.elapsed_ms);
    let outcome = Machine::new().one(push(&sandbox).call().cancel(1500));
    assert_eq!(outcome.status, 501, "{}", outcome.told());
    assert!(outcome.cancel_ms < 500, "{} ms", outcome.cancel_ms);
    sandbox.reset_log();
    let abort = Reply { kind: PUSH_SENT, result: ABORT, answer: None };
    let (outcome, sent) = Machine::new().recorded(&sandbox, [push(&sandbox).call().replying(abort)]).remove(0);
    assert_eq!((outcome.status, operations(&sent).as_slice()), (501, [AUTHENTICATE, VERIFY].as_slice()));
}

#[test]
fn a_rate_limit_only_holds_it_up() {
    let sandbox = sandbox("push", 0);
    sandbox.script(Fault::on(POLL, FaultAction::Throttle { status: 429, retry_after: 1 }));
    let (outcome, sent) = Machine::new().recorded(&sandbox, [push(&sandbox).call().log(3)]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent), [AUTHENTICATE, VERIFY, POLL, POLL, APP, STS, REDSHIFT]);
    assert!(outcome.logged(3, "asking again in 1 s"), "{:?}", outcome.lines);
    // Anything else ends it.
    sandbox.script(Fault::on(
        POLL,
        FaultAction::Error { code: "E0000009".to_owned(), message: "x".to_owned(), status: 500 },
    ));
    let outcome = Machine::new().one(push(&sandbox).call().cache(1));
    expect(&outcome, 302, "idp", &["HTTP 500", "out of order"]);
}

/// AWS keys behind a second factor serve other databases too.
#[test]
fn nobody_is_asked_twice_while_the_keys_hold() {
    let sandbox = sandbox("push", 0);
    let other = push(&sandbox).set("Database", "other");
    let results = Machine::new().recorded(&sandbox, [push(&sandbox).call(), other.call().events(0)]);
    assert_eq!((results[1].0.status, results[1].0.events.len()), (0, 0), "{}", results[1].0.told());
    assert_eq!(operations(&results[1].1), [REDSHIFT]);
}
