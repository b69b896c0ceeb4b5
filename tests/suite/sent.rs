//! What was sent, as tests want to read it.

use rs_auth_sandbox::{Record, Sandbox};
use std::collections::BTreeMap;

/// The operations, in order.
pub fn operations(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.operation.as_str()).collect()
}

/// The one request for an operation.
pub fn the<'a>(records: &'a [Record], operation: &str) -> &'a Record {
    let found: Vec<_> = records.iter().filter(|record| record.operation == operation).collect();
    assert_eq!(found.len(), 1, "{operation} among {:?}", operations(records));
    found[0]
}

/// The parameters, without those that name API and operation.
pub fn parameters(record: &Record) -> BTreeMap<&str, &str> {
    let all = record.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    all.filter(|(name, _)| !matches!(*name, "Action" | "Version")).collect()
}

/// The region of the signature.
pub fn region(record: &Record) -> String {
    let authorization = record.header("authorization").unwrap();
    authorization.split('/').nth(2).unwrap().to_owned()
}

/// How many requests came.
pub fn count(sandbox: &Sandbox) -> usize {
    sandbox.requests().len()
}
