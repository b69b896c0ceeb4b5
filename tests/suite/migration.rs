//! The pages on migration have every key and every difference of their driver.
//!
//! `RS_AUTH_BLESS=1 cargo test -p rs-auth --test suite migration` writes the tables anew: from `docs/migration/keys.json`, which
//! has the keys that each of Amazon's drivers documents, from the catalogue, and from `docs/differences.json`.

use crate::explain;
use crate::probe::{Call, Input, Machine, Step};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CStr;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

const MADE: &str = "<!-- Made by tests/suite/migration.rs from here on. -->\n";

/// A driver of Amazon's with its keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Driver {
    name: String,
    page: String,
    keys: Vec<TheirKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TheirKey {
    key: String,
    /// Where it is not ours; empty: none.
    default: Option<String>,
    #[serde(default)]
    differences: Vec<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
struct Area {
    area: String,
    differences: Vec<Difference>,
}

#[derive(Deserialize)]
struct Difference {
    id: String,
    drivers: Vec<String>,
    theirs: String,
    ours: String,
}

/// A key of ours.
#[derive(Deserialize)]
struct OurKey {
    name: String,
    aliases: Vec<String>,
    default: Option<String>,
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn drivers() -> Vec<Driver> {
    serde_json::from_str(&read("docs/migration/keys.json")).unwrap()
}

fn areas() -> Vec<Area> {
    serde_json::from_str(&read("docs/differences.json")).unwrap()
}

/// Our keys by each of their spellings, in lower case.
fn ours() -> BTreeMap<String, OurKey> {
    // SAFETY: a static string.
    let json = unsafe { CStr::from_ptr(rs_auth::capi::rs_auth_catalogue_json()) };
    let catalogue: Value = serde_json::from_slice(json.to_bytes()).unwrap();
    let mut found = BTreeMap::new();
    for key in catalogue["keys"].as_array().unwrap() {
        let ours = || serde_json::from_value::<OurKey>(key.clone()).unwrap();
        for spelling in ours().aliases.iter().chain([&ours().name]) {
            found.insert(spelling.to_lowercase(), ours());
        }
    }
    found
}

/// The keys that a login leaves to the driver, of these.
fn left_alone(keys: &[TheirKey]) -> BTreeSet<String> {
    let pairs = keys.iter().map(|key| (key.key.clone().into_bytes(), b"1".to_vec())).collect();
    let report = explain::read(&Machine::new().one(Step::Explain(Box::new(Call::new(Input::Pairs(pairs))))));
    let names = explain::array(&report, "driver_keys").iter();
    names.map(|entry| entry["key"].as_str().or(entry.as_str()).unwrap().to_lowercase()).collect()
}

/// What becomes of their key here.
fn here(key: &TheirKey, ours: Option<&OurKey>, left_alone: &BTreeSet<String>) -> String {
    match ours {
        Some(ours) if ours.name.eq_ignore_ascii_case(&key.key) => "the same".to_owned(),
        Some(ours) => format!("the same as `{}`", ours.name),
        None if left_alone.contains(&key.key.to_lowercase()) => "the driver's own; left alone".to_owned(),
        None => panic!("{} is neither ours nor a driver's own", key.key),
    }
}

/// Their default and ours, where they differ.
fn defaults(key: &TheirKey, ours: Option<&OurKey>) -> String {
    let Some(theirs) = &key.default else { return String::new() };
    let ours = ours.unwrap_or_else(|| panic!("{} has no default here", key.key)).default.as_deref().unwrap_or_default();
    assert_ne!(theirs, ours, "{}: that is our default", key.key);
    let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { format!("`{text}`") };
    format!("{}; here {}", shown(theirs).replace("`none`", "none"), shown(ours))
}

fn table_of_keys(driver: &Driver, areas: &[Area]) -> String {
    let (ours, left_alone) = (ours(), left_alone(&driver.keys));
    let known = |id: &String| {
        let mut all = areas.iter().flat_map(|area| &area.differences);
        all.any(|one| one.id == *id && one.drivers.contains(&driver.name))
    };
    let mut made = String::from("| key | here | default | what differs |\n|---|---|---|---|\n");
    for key in &driver.keys {
        let mine = ours.get(&key.key.to_lowercase());
        assert!(key.differences.iter().all(known), "{}: {:?}", key.key, key.differences);
        let links = key.differences.iter().map(|id| format!("[{}](../differences.md#{id})", id.replace('-', " ")));
        let differs: Vec<String> = links.chain(key.note.clone()).collect();
        let cells = [here(key, mine, &left_alone), defaults(key, mine), differs.join(", ")];
        writeln!(made, "| `{}` | {} |", key.key, cells.join(" | ")).unwrap();
    }
    made
}

fn table_of_differences(driver: &Driver, areas: &[Area]) -> String {
    let mut made = String::new();
    for area in areas {
        let here = area.differences.iter().filter(|one| one.drivers.contains(&driver.name));
        let cell = |text: &str| text.replace('|', "\\|");
        let rows: Vec<_> = here
            .map(|one| format!("| {} | [{}](../differences.md#{}) |\n", cell(&one.theirs), cell(&one.ours), one.id))
            .collect();
        if !rows.is_empty() {
            write!(made, "\n### {}\n\n| there | here |\n|---|---|\n{}", area.area, rows.concat()).unwrap();
        }
    }
    made
}

#[test]
fn the_tables_are_those_of_the_keys_and_differences() {
    let areas = areas();
    for driver in drivers() {
        let mut spellings = BTreeSet::new();
        assert!(driver.keys.iter().all(|key| spellings.insert(key.key.to_lowercase())), "{}", driver.name);
        let made = format!(
            "## Key by key\n\n{}\n## All that differs\n{}",
            table_of_keys(&driver, &areas),
            table_of_differences(&driver, &areas)
        );
        assert!(made.lines().count() > 100, "{}", driver.name);
        let text = read(&driver.page);
        let (by_hand, there) = text.split_once(MADE).unwrap_or_else(|| panic!("{} has no place for it", driver.page));
        if env::var_os("RS_AUTH_BLESS").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&driver.page);
            fs::write(path, format!("{by_hand}{MADE}{made}")).unwrap();
        } else {
            assert!(there == made, "{} is not current: RS_AUTH_BLESS=1", driver.page);
        }
    }
}

/// A default of the table that is said to be theirs is one that somebody notices: each of our keys that has one is looked at.
#[test]
fn every_key_that_moves_is_one_of_ours_or_a_drivers_own() {
    let ours = ours();
    for driver in drivers() {
        let left_alone = left_alone(&driver.keys);
        let (mine, own): (Vec<_>, Vec<_>) =
            driver.keys.iter().partition(|key| ours.contains_key(&key.key.to_lowercase()));
        assert!(mine.len() > 45 && own.len() > 3, "{}: {} and {}", driver.name, mine.len(), own.len());
        assert!(own.iter().all(|key| left_alone.contains(&key.key.to_lowercase())), "{}", driver.name);
    }
}
