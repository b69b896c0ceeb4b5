//! What is wrong with a DSN is said by key and place, and before anything is sent.

mod methods;
mod strings;
mod values;

use crate::probe::{Call, Machine};
use crate::sent::count;
use rs_auth_sandbox::Sandbox;

/// A faulty call, its status and what its message must hold.
type Case<'a> = (String, Call, i32, &'a [&'a str]);

/// Makes all calls in one process. None may send anything.
fn refused(sandbox: &Sandbox, cases: Vec<Case<'_>>) {
    let (calls, expected): (Vec<_>, Vec<_>) =
        cases.into_iter().map(|(name, call, status, parts)| (call, (name, status, parts))).unzip();
    let outcomes = Machine::new().run(calls);
    assert_eq!(outcomes.len(), expected.len());
    for (outcome, (name, status, parts)) in outcomes.iter().zip(expected) {
        assert_eq!(outcome.status, status, "{name}: {}", outcome.told());
        for part in parts {
            assert!(outcome.message.contains(part), "{name}: no {part:?} in {}", outcome.told());
        }
        assert_eq!(outcome.sqlstate, if status == 1 { "HY009" } else { "HY024" }, "{name}");
        assert_eq!((outcome.kind, outcome.expires), (0, -1), "{name}");
        assert!(!outcome.retryable && outcome.short_text.len() <= 250, "{name}");
    }
    assert_eq!(count(sandbox), 0);
}
