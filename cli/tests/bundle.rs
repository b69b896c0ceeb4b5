//! The file for a support case.

use crate::desk::{Desk, HERE, member, shown};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const CANARY: &str = "canary-7f3a";

#[test]
fn a_bundle_has_both_reports_and_no_secret() {
    let desk = Desk::new();
    let path = desk.home.path().join("case.json");
    let words = [HERE.as_slice(), &["PWD=canary-7f3a", "-d", "sandbox-adfs", "--bundle", shown(&path)]].concat();
    let ended = desk.run(&[&["doctor"], &words[..]].concat());
    assert!(ended.code == 4 && ended.out.contains("cause:"), "{ended:?}");
    let bundle = fs::read_to_string(&path).unwrap();
    assert!(!bundle.contains(CANARY), "{bundle}");
    assert_eq!(member(&bundle, "/schema"), 1);
    let (program, library) = (member(&bundle, "/program"), member(&bundle, "/doctor/library"));
    assert!(program.as_str().unwrap().starts_with(library.as_str().unwrap()), "{program} {library}");
    // Each half is whole: what the other does not know stands in it.
    assert_eq!(member(&bundle, "/doctor/ok"), false);
    assert!(member(&bundle, "/doctor/log").as_array().is_some_and(|lines| lines.len() > 2), "{bundle}");
    assert!(member(&bundle, "/explain/requests").as_array().is_some_and(|requests| requests.len() > 2), "{bundle}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_is_overwritten_and_nobody_signs_in_for_nothing() {
    let desk = Desk::new();
    let there = desk.write("there", "mine");
    for path in [shown(&there), "missing/case.json"] {
        let ended = desk.run(&[&["doctor", "-d", "sandbox-denied", "--bundle", path], &HERE[..]].concat());
        assert!(ended.code == 2 && ended.out.is_empty() && ended.err.contains(path), "{ended:?}");
    }
    assert_eq!(fs::read_to_string(there).unwrap(), "mine");
    assert_eq!(desk.operations(), Vec::<String>::new());
}

#[test]
fn without_a_report_there_is_no_file() {
    let desk = Desk::new();
    let path = desk.home.path().join("case.json");
    let ended = desk.run(&["doctor", "-c", "PWD={", "--bundle", shown(&path)]);
    assert!(ended.code == 2 && !path.exists(), "{ended:?}");
    // With one there is.
    let ended = desk.run(&[&["doctor", "-d", "sandbox-keys", "--bundle", shown(&path)], &HERE[..]].concat());
    assert!(ended.code != 2 && path.exists(), "{ended:?}");
}
