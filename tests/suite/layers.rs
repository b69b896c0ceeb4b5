//! The tree keeps its shape: imports point down, the outside world is touched in `ports` only, files stay short.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the ground up. A module imports from lower layers, and from its own layer only what `SIDEWAYS` names.
const LAYERS: [&[&str]; 6] = [
    &["error", "secret", "log", "cancel", "options", "credentials", "redact", "os"],
    &["dsn"],
    &["protocol", "ports"],
    &["plugin", "exchange", "cache"],
    &["doctor", "explain", "login", "process", "runtime"],
    &["capi", "fuzzing"],
];

/// Who, in the same layer, may import whom.
const SIDEWAYS: [(&str, &str); 19] = [
    ("options", "cancel"),
    ("options", "credentials"),
    ("options", "error"),
    ("options", "log"),
    ("options", "secret"),
    ("credentials", "redact"),
    ("credentials", "secret"),
    ("os", "error"),
    ("redact", "secret"),
    ("doctor", "explain"),
    ("doctor", "login"),
    ("explain", "login"),
    ("runtime", "doctor"),
    ("runtime", "explain"),
    ("secret", "os"),
    ("runtime", "login"),
    ("runtime", "process"),
    ("ports", "protocol"),
    ("fuzzing", "capi"),
];

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The library's files, as (path below src, text without tests and comments).
fn library() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: Vec<_> = source_files(&root)
        .iter()
        .map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), fs::read_to_string(path).unwrap()))
        .filter(|(path, _)| !path.contains("tests"))
        .map(|(path, text)| (path, without_tests_and_comments(&text)))
        .collect();
    assert!(files.len() > 20, "the tree was not found");
    files
}

fn without_tests_and_comments(text: &str) -> String {
    let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let end = code
        .windows(2)
        .position(|pair| pair[0].contains("#[cfg(test)]") && pair[1].contains("mod ") && pair[1].ends_with('{'));
    code[..end.unwrap_or(code.len())].join("\n")
}

fn module_of(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap()
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for (path, text) in library() {
        let module = module_of(&path);
        let Some(layer) = layer_of(module) else {
            assert_eq!(path, "lib.rs", "no layer is known for {path}");
            continue;
        };
        for imported in text
            .split("crate::")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        {
            let Some(below) = layer_of(imported) else { continue };
            let allowed = imported == module || below < layer || SIDEWAYS.contains(&(module, imported));
            if !allowed {
                wrong.push(format!("{path} imports {imported}"));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_plugin_imports_another() {
    for (path, text) in library().iter().filter(|(path, _)| path.starts_with("plugin/")) {
        if !path.ends_with("mod.rs") && !path.ends_with("registry.rs") {
            assert!(!text.contains("super::super") && !text.contains("crate::plugin::"), "{path}");
        }
    }
}

#[test]
fn only_ports_and_os_touch_the_outside_world() {
    let outside = [
        "std::env::",
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "SystemTime::now",
        "tokio::net",
        "getrandom::",
        "hyper::",
        "rustls::",
    ];
    for (path, text) in library().iter().filter(|(path, _)| !path.starts_with("ports/") && !path.starts_with("os/")) {
        for name in outside {
            assert!(!text.contains(name), "{path} uses {name}");
        }
    }
}

#[test]
fn two_files_know_the_http_client() {
    let users: Vec<_> = library()
        .into_iter()
        .filter(|(path, text)| text.contains("hyper::") && !path.starts_with("ports/listener/"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(users.len(), 2, "{users:?}");
    assert!(["ports/http/client.rs", "ports/http/pool.rs"].iter().all(|path| users.iter().any(|user| user == path)));
}

#[test]
fn unsafe_stands_in_capi_and_os_only() {
    for (path, text) in library() {
        if !path.starts_with("capi/") && !path.starts_with("os/") && path != "lib.rs" {
            assert!(!text.contains("unsafe "), "{path}");
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "sandbox", "xtask", "tests", "benches"] {
        for file in source_files(&root.join(folder)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= 400, "{} has {lines} lines", file.display());
        }
    }
}
