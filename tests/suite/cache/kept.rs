//! What is served again, for how long, and what ends it.

use crate::probe::{Dsn, Machine, Outcome, Step};
use crate::sent::operations;
use aws_smithy_types::date_time::{DateTime, Format};
use rs_auth_sandbox::{Fault, FaultAction, Record, Sandbox};
use std::time::{Duration, SystemTime};

const OFF: i32 = 1;
const MEMORY: i32 = 2;
const REFRESH: i32 = 3;

/// Which of the outcomes came from the cache; none of those has sent anything.
pub fn served(results: &[(Outcome, Vec<Record>)]) -> Vec<bool> {
    let check = |(outcome, sent): &(Outcome, Vec<Record>)| {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(outcome.from_cache, sent.is_empty(), "{:?}", operations(sent));
        outcome.from_cache
    };
    results.iter().map(check).collect()
}

#[test]
fn a_second_call_is_served_without_a_request() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    // Spelling and order change nothing.
    let same = dsn.clone().without("IAM").without("DbUser").set("db_user", "alice").set("iamauth", "1");
    let results = Machine::new().recorded(&sandbox, [dsn.call(), dsn.call().cache(MEMORY), same.call().log(5)]);
    assert_eq!(served(&results), [false, true, true]);
    let [first, second, third] = [0, 1, 2].map(|n| &results[n].0);
    for again in [second, third] {
        assert_eq!((&again.password, &again.user, again.expires), (&first.password, &first.user, first.expires));
        assert_eq!((&again.host, again.port, &again.plugin), (&first.host, first.port, &first.plugin));
        assert_eq!((&again.access_key_id, &again.pairs), (&first.access_key_id, &first.pairs));
    }
}

#[test]
fn policies_and_settings_that_go_past_it() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    let disabled = dsn.clone().set("iam_disable_cache", "1");
    let calls = [
        dsn.call(),
        dsn.call().cache(OFF),
        dsn.call(),
        dsn.call().cache(REFRESH),
        dsn.call(),
        // DisableCache beats every policy, and stores nothing.
        disabled.call().cache(MEMORY),
        disabled.call().cache(MEMORY),
    ];
    let results = Machine::new().recorded(&sandbox, calls);
    assert_eq!(served(&results), [false, false, true, false, true, false, false]);
    let passwords: Vec<_> = results.iter().map(|(outcome, _)| &outcome.password).collect();
    assert_eq!(passwords[0], passwords[2], "OFF replaces nothing");
    assert_eq!(passwords[3], passwords[4], "REFRESH replaces what was kept");
    assert_ne!(passwords[0], passwords[3]);
}

#[test]
fn what_the_server_refused_is_not_served_again_when_its_replacement_fails() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    let denied = FaultAction::Error { code: "AccessDenied".to_owned(), message: "not now".to_owned(), status: 403 };
    sandbox.script(Fault::on("GetClusterCredentials", denied).from_nth(2));
    let results = Machine::new().recorded(&sandbox, [call.clone(), call.clone().cache(REFRESH), call]);
    assert_eq!(results.iter().map(|(outcome, _)| outcome.status).collect::<Vec<_>>(), [0, 400, 0]);
    assert!(!results[2].0.from_cache);
    assert_ne!(results[0].0.password, results[2].0.password);
}

#[test]
fn two_that_take_turns_are_both_kept() {
    let sandbox = Sandbox::start();
    let (a, b) = (Dsn::keys(&sandbox), Dsn::workgroup(&sandbox));
    let results = Machine::new().recorded(&sandbox, [&a, &b, &a, &b, &a, &b].map(Dsn::call));
    assert_eq!(served(&results), [false, false, true, true, true, true]);
    assert_ne!(results[2].0.user, results[3].0.user);
}

#[test]
fn scopes_share_nothing() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    let scopes = [None, Some("alice"), Some("bob"), Some(""), Some("alice"), None];
    let calls = scopes.map(|scope| scope.map_or(call.clone(), |scope| call.clone().scope(scope)));
    let results = Machine::new().recorded(&sandbox, calls);
    assert_eq!(served(&results), [false, false, false, false, true, true]);
    assert_ne!(results[1].0.password, results[2].0.password);
}

/// Steps with the sandbox's count of requests after each call.
fn counted(sandbox: &Sandbox, steps: Vec<Step>) -> Vec<usize> {
    let mut counts = Vec::new();
    let with_turns = steps.into_iter().flat_map(|step| match step {
        Step::Call(_) => vec![step, Step::Parent],
        _ => vec![step],
    });
    for outcome in Machine::new().run_with(with_turns, |_| {
        counts.push(sandbox.requests().len());
        sandbox.reset_log();
    }) {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
    }
    counts
}

#[test]
fn forgetting_one_and_all() {
    let sandbox = Sandbox::start();
    let (a, b) = (Dsn::keys(&sandbox).call(), Dsn::workgroup(&sandbox).call());
    let scoped = a.clone().scope("alice");
    let named = a.clone().entry("iam_keys");
    let forget = |call: &crate::probe::Call| Step::Forget(Box::new(call.clone()));
    let steps = vec![
        Step::ForgetAll,
        a.clone().into(),
        b.clone().into(),
        scoped.clone().into(),
        named.clone().into(),
        forget(&a),
        // Forgotten: the DSN in this scope, by whatever function it was asked for. Kept: the rest.
        a.clone().into(),
        b.clone().into(),
        scoped.clone().into(),
        named.into(),
        forget(&scoped),
        scoped.into(),
        Step::ForgetAll,
        a.into(),
        b.into(),
    ];
    assert_eq!(counted(&sandbox, steps), [1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1]);
}

#[test]
fn forgetting_nothing_is_an_invalid_argument() {
    let outcome = Machine::new().one(Step::Forget(Box::new(Dsn::default().call())));
    assert_eq!(outcome.status, 1);
    assert!(outcome.message.contains("rs_auth_forget_all"), "{}", outcome.told());
}

/// An answer whose password ends so many milliseconds from now.
fn ending_in(ms: i64) -> FaultAction {
    let now = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let end = DateTime::from_millis(now + ms).fmt(Format::DateTime).unwrap();
    let result = format!("<DbUser>IAM:alice</DbUser><DbPassword>p{ms}</DbPassword><Expiration>{end}</Expiration>");
    let operation = "GetClusterCredentials";
    let body = format!(
        "<{operation}Response xmlns=\"http://redshift.amazonaws.com/doc/2012-12-01/\"><{operation}Result>{result}\
         </{operation}Result></{operation}Response>"
    );
    FaultAction::Respond { status: 200, headers: vec![("Content-Type".into(), "text/xml".into())], body }
}

#[test]
fn nothing_is_served_in_the_last_fifth_of_its_life_or_after_it() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    // In the last fifth of 10 s are the last 2 s.
    let steps =
        [Step::Parent, call.clone().into(), call.clone().into(), Step::Pause(8100), call.clone().into(), call.into()];
    let outcomes =
        Machine::new().run_with(steps, |_| sandbox.script(Fault::on("GetClusterCredentials", ending_in(10_000))));
    assert_eq!(outcomes.iter().map(|outcome| outcome.from_cache).collect::<Vec<_>>(), [false, true, false, true]);
    assert_eq!(outcomes[1].password, "p10000");
    assert_ne!(outcomes[3].password, "p10000");

    // What has ended is handed out, for the clock here may be the one that is off, but never kept.
    let call =
        Dsn::workgroup(&sandbox).set("Serverless", "0").set("ClusterId", "sandbox-cluster").set("DbUser", "a").call();
    sandbox.script(Fault::on("GetClusterCredentials", ending_in(-10_000)));
    let results = Machine::new().recorded(&sandbox, [call.clone(), call]);
    assert_eq!(served(&results), [false, false]);
}

#[test]
fn a_failure_is_never_kept() {
    let sandbox = Sandbox::start();
    let refusal = FaultAction::Error { code: "AccessDenied".into(), message: "No.".into(), status: 403 };
    sandbox.script(Fault::on("GetClusterCredentials", refusal));
    let outcomes = Machine::new().run([Dsn::keys(&sandbox).call().repeat(3)]);
    assert_eq!(outcomes.iter().map(|outcome| outcome.status).collect::<Vec<_>>(), [400, 0, 0]);
    assert_eq!(outcomes.iter().map(|outcome| outcome.from_cache).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn a_hit_takes_the_short_way() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    let outcomes = Machine::new().run([call.clone(), call.repeat(50)]);
    let fastest = outcomes[1..].iter().map(|outcome| outcome.elapsed_ms).min();
    assert_eq!(fastest, Some(0), "below a millisecond");
    assert!(sandbox.wait_for_requests(1, Duration::ZERO) && sandbox.requests().len() == 1);
}
