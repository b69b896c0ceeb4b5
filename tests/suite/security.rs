//! The page of the security model: what it promises is shown by tests that are there.

use crate::docs::read;
use crate::hosts::exists;
use regex_lite::Regex;

/// The last cells of the rows of all tables with a column of tests.
fn cells_with_tests(page: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if !line.starts_with("| ") {
            inside = inside && line.starts_with("|--");
        } else if line.ends_with("| test |") {
            inside = true;
        } else if inside {
            cells.push(line.trim_end_matches(" |").rsplit(" | ").next().unwrap().to_owned());
        }
    }
    cells
}

#[test]
fn every_promise_has_its_test() {
    let page = read("docs/security.md");
    let cells = cells_with_tests(&page);
    assert!(cells.len() > 40, "{}", cells.len());
    for cell in cells {
        let names: Vec<_> = cell.split(", ").map(|name| name.trim_matches('`')).collect();
        for name in names {
            assert!(exists(name), "there is no test {name}");
        }
    }
    // And those in the text.
    let named = Regex::new(r"\(`([a-z_]+(?:::[a-z_0-9]+)+)`\)").unwrap();
    for found in named.captures_iter(&page) {
        assert!(exists(&found[1]), "there is no test {}", &found[1]);
    }
    assert!(named.captures_iter(&page).count() >= 3);
}
