//! `rs_auth_explain`: true to what a login does, whole, quick, and silent about secrets.

mod broken;
mod cache;
mod docs;
mod quiet;
mod renewals;
pub mod requests;
pub mod schema;
mod settings;
mod warnings;

use crate::probe::{Call, Dsn, Machine, Outcome, Step};
use serde_json::Value;

/// A DSN of these pairs.
fn dsn(pairs: &[(&str, &str)]) -> Dsn {
    pairs.iter().fold(Dsn::default(), |dsn, (key, value)| dsn.set(key, value))
}

/// The report, which fits the schema.
pub fn read(outcome: &Outcome) -> Value {
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let report = serde_json::from_str(&outcome.report).unwrap();
    schema::hold(&report);
    report
}

fn explain(machine: &Machine, call: Call) -> Value {
    read(&machine.one(Step::Explain(Box::new(call))))
}

pub fn array<'a>(report: &'a Value, member: &str) -> &'a [Value] {
    report[member].as_array().unwrap_or_else(|| panic!("no {member}"))
}

/// The entry of a key.
fn setting<'a>(report: &'a Value, key: &str) -> &'a Value {
    array(report, "settings").iter().find(|entry| entry["key"] == key).unwrap_or_else(|| panic!("no {key}"))
}

/// Everything that is warned of.
fn warned(report: &Value) -> String {
    array(report, "warnings").iter().map(|warning| format!("{}: {}\n", warning["kind"], warning["message"])).collect()
}
