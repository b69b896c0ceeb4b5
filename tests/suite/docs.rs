//! The written word is true: examples, tables and names in it are those of the code. `book` has links and pages.
//!
//! `RS_AUTH_BLESS=1 cargo test -p rs-auth --test suite docs` writes the tables anew.

use regex_lite::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What stands above a table that is made here; the text before it is written by hand.
const MADE: &str = "<!-- Made by tests/suite/docs.rs from here on. -->\n";
const DRIVERS: [&str; 3] = ["ODBC", "JDBC", "Python"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn files_of(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let below = path.strip_prefix(root()).unwrap().display().to_string();
        if path.is_dir() && folder != "." {
            files.extend(files_of(&below, extensions));
        } else if path.extension().is_some_and(|found| extensions.iter().any(|one| found == *one)) {
            files.push(below.into());
        }
    }
    files
}

/// Every page, as (path, text).
pub fn pages() -> Vec<(String, String)> {
    let paths = [".", "docs", "examples", "python/README.md", "sandbox/README.md"].into_iter().flat_map(|place| {
        if Path::new(place).extension().is_some() { vec![place.into()] } else { files_of(place, &["md"]) }
    });
    let pages: Vec<_> = paths.map(|path| path.display().to_string()).map(|path| (path.clone(), read(&path))).collect();
    assert!(pages.len() >= 10, "{} pages", pages.len());
    pages
}

/// Holds the table of a page to what is made of its source.
fn hold(path: &str, made: &str) {
    let text = read(path);
    let (by_hand, table) = text.split_once(MADE).unwrap_or_else(|| panic!("{path} has no place for its table"));
    if env::var_os("RS_AUTH_BLESS").is_some() {
        fs::write(root().join(path), format!("{by_hand}{MADE}{made}")).unwrap();
    } else {
        assert!(table == made, "{path} is not current: RS_AUTH_BLESS=1 cargo test -p rs-auth --test suite docs");
    }
}

/// A text as a cell of a table has it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text {name} in {value}"))
}

fn texts<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    let list = value[name].as_array().unwrap_or_else(|| panic!("no list {name} in {value}"));
    list.iter().map(|item| item.as_str().unwrap_or_else(|| panic!("{name} holds {item}"))).collect()
}

#[test]
fn the_example_of_the_readme_is_the_one_that_is_compiled() {
    let readme = read("README.md");
    let blocks: Vec<_> = readme.split("```c\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.first(), Some(&read("examples/minimal.c").as_str()));
}

#[test]
fn the_keys_are_those_of_the_catalogue() {
    // SAFETY: a static string.
    let json = unsafe { CStr::from_ptr(rs_auth::capi::rs_auth_catalogue_json()) };
    let catalogue: Value = serde_json::from_slice(json.to_bytes()).unwrap();
    let mut made = String::from("| key | other spellings | value | default | for | |\n|---|---|---|---|---|---|\n");
    for key in catalogue["keys"].as_array().unwrap() {
        let (aliases, default) = (texts(key, "aliases").join(", "), key["default"].as_str().unwrap_or_default());
        let value = match text(key, "type") {
            "number" => format!("{} to {}", key["min"], key["max"]),
            "enum" => texts(key, "values").join(", "),
            other => other.to_owned(),
        };
        let cells = [&format!("`{}`", text(key, "name")), &aliases, &value, default, text(key, "used_by")];
        writeln!(made, "| {} | {} |", cells.map(cell).join(" | "), cell(text(key, "help"))).unwrap();
    }
    assert!(made.lines().count() > 70);
    hold("docs/keys.md", &made);
}

/// The text of the module that a test's path names: of the suite or of the library.
fn module(path: &str) -> Option<String> {
    let path = path.replace("::", "/");
    let places = ["tests/suite", "src"].into_iter().flat_map(|top| {
        let inline = path.strip_suffix("/tests").map(|path| format!("{top}/{path}.rs"));
        [Some(format!("{top}/{path}.rs")), Some(format!("{top}/{path}/mod.rs")), inline]
    });
    places.flatten().find_map(|place| fs::read_to_string(root().join(place)).ok())
}

/// Whether that is a case by which each browser plugin is tested: a macro makes a module a plugin, with a test a case.
fn is_case_of_browsers(path: &str, function: &str) -> bool {
    let Some((path, plugin)) = path.rsplit_once("::") else { return false };
    let Some(text) = module(path).filter(|_| path.starts_with("browser::")) else { return false };
    let cases = text.split("\nfor_").nth(1).and_then(|rest| rest.split(");").next()).unwrap_or_default();
    let makes = |text: &str| text.contains(&format!("        mod {plugin} {{"));
    cases.lines().skip(1).any(|line| line.trim().trim_end_matches(',') == function)
        && (makes(&text) || module("browser").is_some_and(|text| makes(&text)))
}

/// Whether there is a test of this name, such as `network::tls::certificates_that_are_wrong`, or a standard case by which
/// a provider is tested.
pub fn is_test(name: &str) -> bool {
    let Some((path, function)) = name.rsplit_once("::") else { return false };
    if is_case_of_browsers(path, function) {
        return true;
    }
    let Some(text) = module(path) else { return false };
    let standard = text.split("\nstandard_cases!(").nth(1).and_then(|rest| rest.split(");").next());
    if standard.is_some_and(|cases| cases.lines().skip(2).any(|line| line.trim().trim_end_matches(',') == function)) {
        return true;
    }
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let header = |line: &&str| line.trim_start_matches("async ").starts_with(&format!("fn {function}()"));
    lines.iter().position(header).is_some_and(|at| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        above.into_iter().any(|line| ["#[test]", "#[tokio::test]"].contains(line))
    })
}

#[test]
fn tests_are_found_by_their_names() {
    for name in [
        "docs::tests_are_found_by_their_names",
        "ports::aws_profile::tests::a_missing_profile_names_the_files_and_the_nearest",
        "exchange::chain::tests::profile::roles_stand_on_each_other",
        "dsn::location::tests::hosts_of_every_partition",
        "saml_plugins::ping::a_wrong_password",
        "browser::standard::okta::the_required_key",
        "browser::oauth_standard::idc::each_required_key",
    ] {
        assert!(is_test(name), "{name}");
    }
    for name in [
        "docs::is_test",
        "docs::no_such",
        "nowhere::x",
        "docs",
        "dsn::location::tests::cluster",
        "saml_plugins::ping::PING",
    ] {
        assert!(!is_test(name), "{name}");
    }
}

#[test]
fn every_difference_is_whole_and_shown_by_a_test() {
    let differences: Value = serde_json::from_str(&read("docs/differences.json")).unwrap();
    let mut ids = BTreeSet::new();
    let mut made = String::new();
    for area in differences.as_array().unwrap() {
        let head = "| drivers | theirs | ours | why | test |\n|---|---|---|---|---|";
        writeln!(made, "\n## {}\n\n{head}", text(area, "area")).unwrap();
        for entry in area["differences"].as_array().unwrap() {
            let members: BTreeSet<_> = entry.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(members, ["drivers", "id", "ours", "reason", "test", "theirs"].into(), "{entry}");
            let (id, test, drivers) = (text(entry, "id"), text(entry, "test"), texts(entry, "drivers"));
            assert!(Regex::new("^[a-z0-9]+(-[a-z0-9]+)*$").unwrap().is_match(id) && ids.insert(id), "{id}");
            assert!(!drivers.is_empty() && drivers.iter().all(|driver| DRIVERS.contains(driver)), "{id}: {drivers:?}");
            assert!(is_test(test), "{id}: there is no test {test}");
            let cells = ["theirs", "ours", "reason"].map(|name| text(entry, name));
            assert!(cells.iter().all(|cell| cell.len() > 5 && !cell.contains('\n')), "{id}");
            let cells = cells.map(cell).join(" | ");
            writeln!(made, "| <a id=\"{id}\"></a>{} | {cells} | `{test}` |", drivers.join(", ")).unwrap();
        }
    }
    assert!(ids.len() > 40, "{}", ids.len());
    hold("docs/differences.md", &made);
}

/// SQLSTATE by the name of a status, as the header has them.
fn sqlstates() -> BTreeMap<String, String> {
    let found = Regex::new(r"SQLSTATE (\w{5})\.\n \*/\n#define RS_AUTH_STATUS_(\w+) \d+\n").unwrap();
    let header = read("include/rs_auth.h");
    let states: BTreeMap<_, _> =
        found.captures_iter(&header).map(|found| (found[2].to_owned(), found[1].to_owned())).collect();
    assert_eq!(states.len(), header.matches("#define RS_AUTH_STATUS_").count());
    states
}

#[test]
fn every_row_of_the_errors_has_its_sqlstate_and_a_test() {
    let states = sqlstates();
    let mut explained = BTreeSet::new();
    for row in read("docs/errors.md").lines().filter(|line| line.starts_with("| ") && line.ends_with("` |")) {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 6, "{row}");
        assert_eq!(states.get(cells[1]).map(String::as_str), Some(cells[2]), "{row}");
        let test = cells[5].trim_matches('`');
        assert!(is_test(test), "there is no test {test}");
        explained.insert(cells[1].to_owned());
    }
    // Those of browsers come with their plugins; the last one is what no test can cause.
    let to_come = ["OK", "NO_BROWSER", "LISTENER", "SYSTEM"];
    let missing: Vec<_> = states.keys().filter(|name| !explained.contains(*name)).collect();
    assert!(missing.iter().all(|name| to_come.contains(&name.as_str())), "{missing:?}");
}

/// All sources in one text.
fn sources() -> String {
    let extensions = ["rs", "h", "hpp", "py", "c", "in", "txt", "toml"];
    let folders = ["src", "include", "cmake", "c-tests", "xtask", "sandbox/src", "python", "tests"];
    let files = folders.into_iter().flat_map(|folder| files_of(folder, &extensions));
    files.filter(|path| !path.ends_with("suite/docs.rs")).map(|path| read(path.to_str().unwrap())).collect()
}

#[test]
fn functions_variables_and_chores_are_there() {
    let (sources, chores) = (sources(), read("xtask/src/main.rs"));
    let symbols = read("cmake/symbols.txt");
    let symbols: BTreeSet<_> = symbols.lines().collect();
    let function = Regex::new(r"\b(rs_auth_[a-z0-9_]+)\(").unwrap();
    let name = Regex::new(r"\b(rs_auth_[a-z0-9_]*[a-z0-9]|RS_AUTH_[A-Z0-9_]*[A-Z0-9])\b").unwrap();
    let chore = Regex::new(r"cargo xtask ([a-z]+)").unwrap();
    for (page, text) in pages() {
        for found in function.captures_iter(&text).map(|found| found[1].to_owned()) {
            assert!(symbols.contains(found.as_str()), "{page}: there is no function {found}");
        }
        for found in name.captures_iter(&text).map(|found| found[1].to_owned()) {
            assert!(sources.contains(&found) || found == "RS_AUTH_BLESS", "{page}: nothing is called {found}");
        }
        for found in chore.captures_iter(&text).map(|found| found[1].to_owned()) {
            assert!(chores.contains(&format!("Some(\"{found}\") =>")), "{page}: there is no chore {found}");
        }
    }
}

#[test]
fn files_are_there() {
    let tops = r"\.ci|\.cargo|benches|c-tests|cmake|docs|examples|include|python|sandbox|src|tests|xtask";
    let path = Regex::new(&format!(r"`((?:{tops})/[A-Za-z0-9_./-]*|[A-Za-z_-]+\.(?:toml|md|rs|json))`")).unwrap();
    let mut seen = 0;
    for (page, text) in pages() {
        let here = root().join(&page);
        for found in path.captures_iter(&text).map(|found| found[1].to_owned()) {
            assert!(root().join(&found).exists() || here.with_file_name(&found).exists(), "{page}: no file {found}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// cargo-c passes over sections that it does not know, and takes whole version numbers only.
#[test]
fn the_manifest_speaks_cargo_cs_words() {
    let manifest = read("Cargo.toml");
    let section = Regex::new(r"\[package\.metadata\.capi\.([a-z_.]+)\]").unwrap();
    let sections: Vec<_> = section.captures_iter(&manifest).map(|found| found[1].to_owned()).collect();
    assert_eq!(sections, ["header", "library", "pkg_config", "install.include"]);
    assert!(Regex::new(r#"min_version = "\d+\.\d+\.\d+""#).unwrap().is_match(&manifest));
    let from = Regex::new(r#"from = "include/\*(\.h)\*""#).unwrap();
    let pattern = from.captures(&manifest).expect("the headers are installed")[1].to_owned();
    let names = files_of("include", &["h", "hpp"]).into_iter().map(|path| path.display().to_string());
    assert_eq!(names.filter(|name| name.contains(&pattern)).count(), 3);
}
