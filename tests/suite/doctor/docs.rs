//! docs/doctor.md has a true example: `RS_AUTH_BLESS=1 cargo test -p rs-auth --test suite doctor::docs` makes it anew.

use super::setup::Setup;
use super::{examine, steps};
use rs_auth_sandbox::TlsDefect;
use serde_json::Value;
use std::path::Path;

const BEGIN: &str = "<!-- Made by tests/suite/doctor/docs.rs from here on. -->\n";

/// What changes from one run to the next.
fn steady(text: &str, ports: &[(u16, &str)]) -> String {
    ports.iter().fold(text.to_owned(), |text, (port, steady)| text.replace(&format!(":{port}"), &format!(":{steady}")))
}

#[test]
fn the_example_is_what_is_answered() {
    let name = "Corporate Interception CA".to_owned();
    let setup = Setup::keys();
    let aws = setup.sandbox.bad_tls(TlsDefect::UnknownAuthority { name });
    let setup = setup.at(&aws);
    let mut report = examine(&setup.machine, setup.call());
    for member in ["library", "build", "took_ms", "log", "platform"] {
        report[member] = Value::from("…");
    }
    let count = steps(&report).len();
    for index in 0..count {
        let step = &mut report["steps"][index];
        if step["took_ms"].is_number() {
            step["took_ms"] = Value::from("…");
        }
        for certificate in step["certificates"].as_array_mut().unwrap() {
            certificate["not_before"] = Value::from("…");
            certificate["not_after"] = Value::from("…");
        }
    }
    let ports = [(super::setup::port_of(&aws), "443"), (setup.database.port(), "5439")];
    let made = steady(&format!("```json\n{report:#}\n```\n"), &ports);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (by_hand, there) = page.split_once(BEGIN).expect("a place for the example");
    if std::env::var_os("RS_AUTH_BLESS").is_some() {
        std::fs::write(path, format!("{by_hand}{BEGIN}{made}")).unwrap();
    } else {
        assert!(there == made, "RS_AUTH_BLESS=1 cargo test -p rs-auth --test suite doctor::docs");
    }
}
