//! The page of hosts: what it says of each is shown by a test, and tests of hosts stand on it.

use crate::docs::is_test;
use std::fs;
use std::path::Path;

/// The source of a C or C++ program of the tests.
fn source(program: &str) -> Option<String> {
    let name = match program {
        "odbc" => "odbc/driver_manager.c".to_owned(),
        _ if program.starts_with("beside_") => "neighbours/beside.c".to_owned(),
        _ => format!("{program}.c"),
    };
    read(&format!("c-tests/{name}")).or_else(|| read(&format!("c-tests/{program}.cpp")))
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// Whether there is such a test: `program.case`, `test_file.py::test_name`, or one of cargo's.
pub fn exists(name: &str) -> bool {
    if let Some((file, function)) = name.split_once(".py::") {
        let text = read(&format!("python/tests/{file}.py"));
        return text.is_some_and(|text| text.contains(&format!("\ndef {function}(")));
    }
    match name.split_once('.') {
        Some((program, case)) => source(program).is_some_and(|text| text.contains(&format!("TEST_CASE({case})"))),
        None => is_test(name),
    }
}

/// The tests that the page names.
fn named() -> Vec<String> {
    let page = read("docs/hosts.md").unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |"));
    rows.flat_map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 3, "{row}");
        cells[2].split(',').map(|name| name.trim().trim_matches('`').to_owned()).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn every_row_has_its_tests() {
    let named = named();
    assert!(named.len() > 40, "{}", named.len());
    for name in named {
        assert!(exists(&name), "there is no test {name}");
    }
    assert!(!exists("guest.no_such_case") && !exists("nothing.at_all") && !exists("test_forks.py::test_nothing"));
}

#[test]
fn tests_of_hosts_stand_on_the_page() {
    let named = named();
    for program in ["odbc", "signals", "places", "surroundings", "address_space", "throwing", "clock"] {
        let text = source(program).unwrap();
        let cases: Vec<_> = text.split("TEST_CASE(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(!cases.is_empty(), "{program}");
        // Cases that are nothing but the control of others need no row.
        let missing = cases.iter().filter(|case| !named.contains(&format!("{program}.{case}"))).count();
        assert!(missing <= 1, "{program}: {missing} of {cases:?}");
    }
}
