//! `rs_auth_doctor`: it names what stands in the way of a login, in time and without a secret.

mod broken;
mod canary;
mod database;
mod docs;
mod report;
mod setup;

use crate::explain::schema::hold_to;
use crate::probe::{Call, Machine, Outcome, Step};
use serde_json::Value;

/// The report, which fits the schema.
fn read(outcome: &Outcome) -> Value {
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let report = serde_json::from_str(&outcome.report).unwrap();
    hold_to(&serde_json::from_str(include_str!("../../../docs/doctor.schema.json")).unwrap(), &report);
    report
}

fn step(call: Call) -> Step {
    Step::Doctor(Box::new(call))
}

fn examine(machine: &Machine, call: Call) -> Value {
    read(&machine.one(step(call)))
}

fn steps(report: &Value) -> &[Value] {
    report["steps"].as_array().unwrap()
}

/// The first step of that kind.
fn the<'a>(report: &'a Value, kind: &str) -> &'a Value {
    let is_it = |step: &&Value| step["id"].as_str().unwrap().split(' ').next() == Some(kind);
    steps(report).iter().find(is_it).unwrap_or_else(|| panic!("no {kind}: {report:#}"))
}
