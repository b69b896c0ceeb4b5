//! The documentation as a book: its summary, its links and the code that it shows.

use crate::docs::{files_of, pages, read, root};
use regex_lite::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CStr;
use std::path::{Component, Path, PathBuf};

/// A relative target of a page, from the top.
fn resolve(page: &str, target: &str) -> String {
    let mut path = PathBuf::from(page);
    path.pop();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{page}: {target} leads out of the repository"),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path.display().to_string()
}

/// Text without its blocks of code, where nothing is a link or a heading.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let kept = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// What a heading is called in a link: as GitHub and mdBook do it.
fn slug(heading: &str) -> String {
    let link = Regex::new(r"\[([^\]]*)\]\([^)]*\)").unwrap();
    let heading = link.replace_all(heading, "$1").trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || "_- ".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The places of a page that a link can name.
fn anchors(text: &str) -> BTreeSet<String> {
    let text = prose(text);
    let mut found = BTreeSet::new();
    let mut times = BTreeMap::new();
    for heading in text.lines().filter(|line| line.starts_with('#')) {
        let slug = slug(heading.trim_start_matches('#'));
        let again = times.entry(slug.clone()).and_modify(|times| *times += 1).or_insert(0);
        found.insert(if *again == 0 { slug } else { format!("{slug}-{again}") });
    }
    let named = Regex::new(r#"<a (?:id|name)="([^"]+)">"#).unwrap();
    found.extend(named.captures_iter(&text).map(|name| name[1].to_owned()));
    found
}

/// Every link of a page to something of ours, as (target as written, path from the top, anchor).
fn links(page: &str, text: &str) -> Vec<(String, String, Option<String>)> {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let targets: Vec<_> = link.captures_iter(&prose(text)).map(|found| found[1].to_owned()).collect();
    let ours = targets.into_iter().filter(|target| !target.starts_with("https://"));
    ours.map(|target| {
        let (file, anchor) = target.split_once('#').map_or((&*target, None), |(file, anchor)| (file, Some(anchor)));
        let path = if file.is_empty() { page.to_owned() } else { resolve(page, file) };
        (target.clone(), path, anchor.map(str::to_owned))
    })
    .collect()
}

#[test]
fn headings_are_named_as_links_name_them() {
    assert_eq!(slug(" Network, TLS, proxy"), "network-tls-proxy");
    assert_eq!(slug("`IDP_REJECTED`"), "idp_rejected");
    assert_eq!(slug("What [keys](keys.md) there are"), "what-keys-there-are");
    let text = "# A\n## B c\n```sh\n# no heading\n```\n## B c\n<a id=\"d-e\"></a>";
    assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), ["a", "b-c", "b-c-1", "d-e"]);
}

#[test]
fn links_lead_somewhere() {
    let mut followed = 0;
    for (page, text) in pages() {
        for (target, path, anchor) in links(&page, &text) {
            assert!(root().join(&path).is_file(), "{page}: {target} is no file");
            if let Some(anchor) = anchor {
                let is_page = Path::new(&path).extension().is_some_and(|extension| extension == "md");
                assert!(is_page, "{page}: {target} names a place in what is no page");
                assert!(anchors(&read(&path)).contains(&anchor), "{page}: {target} is no heading");
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed}");
}

#[test]
fn the_summary_has_every_page() {
    let summary = read("docs/SUMMARY.md");
    let chapters: Vec<_> = links("docs/SUMMARY.md", &summary).into_iter().map(|(_, path, _)| path).collect();
    let listed: BTreeSet<_> = chapters.iter().cloned().collect();
    assert_eq!(listed.len(), chapters.len(), "a page is there twice");
    let files = files_of("docs", &["md"]).into_iter().map(|path| path.display().to_string());
    let written: BTreeSet<_> = files.filter(|path| path != "docs/SUMMARY.md").collect();
    assert_eq!(listed, written);
    assert!(written.len() > 10);
}

/// Code that a page shows is a piece of a file that is compiled: `ANCHOR: name` to `ANCHOR_END: name`.
#[test]
fn what_is_included_is_there() {
    let include = Regex::new(r"\{\{#(\w+) ([^}]*)\}\}").unwrap();
    let mut shown = BTreeSet::new();
    for (page, text) in pages() {
        for found in include.captures_iter(&text) {
            assert_eq!(&found[1], "include", "{page}: {}", &found[0]);
            let (file, piece) = found[2].split_once(':').unwrap_or((&found[2], ""));
            let path = resolve(&page, file);
            let source = read(&path);
            if !piece.is_empty() {
                let lines = |mark: &str| {
                    let mark = format!("{mark}: {piece}");
                    let fits = |line: &str| line.trim().trim_end_matches("*/").trim_end().ends_with(&mark);
                    source.lines().enumerate().filter(|(_, line)| fits(line)).map(|(at, _)| at).collect::<Vec<_>>()
                };
                let (from, to) = (lines("ANCHOR"), lines("ANCHOR_END"));
                assert!(from.len() == 1 && to.len() == 1 && from[0] + 1 < to[0], "{page}: {path} has no {piece}");
            }
            shown.insert((path, piece.to_owned()));
        }
    }
    let files: BTreeSet<_> = shown.iter().map(|(path, _)| path.as_str()).collect();
    for compiled in
        ["c-tests/odbc/driver.c", "examples/login.c", "examples/login.cpp", "examples/login.py", "examples/login.rs"]
    {
        assert!(files.contains(compiled), "nothing of {compiled} is shown");
    }
    assert!(files.iter().all(|file| file.starts_with("examples/") || file.starts_with("c-tests/")), "{files:?}");
}

/// The guide for drivers names keys as the catalogue does.
#[test]
fn members_of_a_driver_become_keys_that_exist() {
    // SAFETY: a static string.
    let json = unsafe { CStr::from_ptr(rs_auth::capi::rs_auth_catalogue_json()) };
    let catalogue: Value = serde_json::from_slice(json.to_bytes()).unwrap();
    let keys: BTreeSet<_> =
        catalogue["keys"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect();
    let guide = read("docs/integrate/odbc.md");
    let table = guide.split("\n## From struct members to keys\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let code = Regex::new("`([^`]+)`").unwrap();
    let mut named = 0;
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        for key in code.captures_iter(row.split(" | ").nth(1).unwrap()) {
            assert!(keys.contains(&key[1]), "no key {}", &key[1]);
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}

#[test]
fn the_book_is_made_of_this_folder() {
    let settings = read("docs/book.toml");
    assert!(settings.contains("\nsrc = \".\"\n") && settings.contains("create-missing = false"));
}
