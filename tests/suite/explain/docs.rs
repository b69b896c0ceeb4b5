//! docs/explain.md has a true example: `RS_AUTH_BLESS=1 cargo test -p rs-auth --test suite explain::docs` makes it anew.

use super::{dsn, explain};
use crate::probe::Machine;
use serde_json::Value;
use std::path::Path;

const BEGIN: &str = "<!-- Made by tests/suite/explain/docs.rs from here on. -->\n";

#[test]
fn the_example_is_what_is_answered() {
    let dsn = dsn(&[
        ("plugin_name", "ADFS"),
        ("Server", "sales.abc123xyz789.eu-west-1.redshift.amazonaws.com"),
        ("Database", "dev"),
        ("UID", "alice@example.com"),
        ("PWD", "correct horse"),
        ("idp_hots", "adfs.example.com"),
        ("ClusterID", "marketing"),
        ("DisableCache", "1"),
    ]);
    let lines: String = dsn.pairs().iter().map(|(key, value)| format!("{key}={value}\n")).collect();
    let mut report = explain(&Machine::new(), dsn.call());
    report["library"] = Value::from("…");
    report["settings"]
        .as_array_mut()
        .unwrap()
        .retain(|entry| entry["state"] == "set" && entry["source"]["kind"] != "default");
    assert!(!report.to_string().contains("correct horse"));
    let made = format!("The DSN:\n```ini\n{lines}```\nThe answer:\n```json\n{report:#}\n```\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/explain.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (by_hand, there) = page.split_once(BEGIN).expect("a place for the example");
    if std::env::var_os("RS_AUTH_BLESS").is_some() {
        std::fs::write(path, format!("{by_hand}{BEGIN}{made}")).unwrap();
    } else {
        assert!(there == made, "RS_AUTH_BLESS=1 cargo test -p rs-auth --test suite explain::docs");
    }
}
