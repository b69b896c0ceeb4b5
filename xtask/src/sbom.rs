//! `cargo xtask sbom`: what is in the shared library, as a `CycloneDX` 1.5 document
//! (<https://cyclonedx.org/docs/1.5/json/>). Without time and random number: the same state gives the same document.

use crate::args::Args;
use crate::library::VERSION;
use crate::run::{Outcome, capture, cargo, program, read, root, write};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The chore.
pub fn chore(mut args: Args) -> Outcome {
    let output = args.value("--output")?.map(PathBuf::from);
    args.finish()?;
    let document = document()?;
    if let Some(path) = output {
        return write(&root().join(path), &document);
    }
    print!("{document}");
    Ok(())
}

/// The document, as text.
pub fn document() -> Outcome<String> {
    let host = capture(program("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?;
    let mut tree = cargo("tree");
    // Not what runs at build time, nor what macros are made of: none of it is in the library.
    tree.args(["--package", "rs-auth", "--locked", "--edges", "normal,no-proc-macro", "--target", host]);
    let tree = capture(tree.args(["--prefix", "depth", "--format", "{p}"]))?;
    let metadata = capture(cargo("metadata").args(["--locked", "--format-version", "1"]))?;
    let metadata = serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let document = assemble(&tree, &metadata, &read(&root().join("Cargo.lock"))?)?;
    serde_json::to_string_pretty(&document).map(|text| text + "\n").map_err(|error| error.to_string())
}

/// A crate: name and version.
type Crate = (String, String);

fn assemble(tree: &str, metadata: &Value, lock: &str) -> Outcome<Value> {
    let (own, edges) = edges(tree)?;
    let checksums = checksums(lock);
    let described: BTreeMap<Crate, &Value> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|package| Some(((text(package, "name")?, text(package, "version")?), package)))
        .collect();
    let mut components = Vec::new();
    for of in edges.keys().filter(|of| **of != own) {
        let package = described.get(of).ok_or_else(|| format!("cargo metadata does not know {of:?}"))?;
        let checksum = checksums.get(of).ok_or_else(|| format!("Cargo.lock has no checksum of {of:?}"))?;
        components.push(component(of, package, checksum)?);
    }
    let dependencies: Vec<_> = edges
        .iter()
        .map(|(of, on)| json!({"ref": purl(of), "dependsOn": on.iter().map(purl).collect::<Vec<_>>()}))
        .collect();
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {
            "type": "library", "bom-ref": purl(&own), "name": "librs_auth", "version": VERSION, "purl": purl(&own),
            "licenses": [{"expression": "Apache-2.0 OR MIT"}],
        }},
        "components": components,
        "dependencies": dependencies,
    }))
}

/// The crate at the top, and of each crate those it uses. Cargo tells a crate's own ones once and leaves them out later.
fn edges(tree: &str) -> Outcome<(Crate, BTreeMap<Crate, BTreeSet<Crate>>)> {
    let mut above: Vec<Crate> = Vec::new();
    let mut edges: BTreeMap<Crate, BTreeSet<Crate>> = BTreeMap::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let begin = line.find(|letter: char| !letter.is_ascii_digit()).unwrap_or_default();
        let (depth, rest) = line.split_at(begin);
        let mut words = rest.split_whitespace();
        let (Ok(depth), Some(name), Some(version)) = (depth.parse::<usize>(), words.next(), words.next()) else {
            return Err(format!("cargo tree says {line}"));
        };
        let of = (name.to_owned(), version.trim_start_matches('v').to_owned());
        above.truncate(depth);
        if let Some(user) = above.last() {
            edges.entry(user.clone()).or_default().insert(of.clone());
        }
        edges.entry(of.clone()).or_default();
        above.push(of);
    }
    let own = above.into_iter().next().ok_or("cargo tree says nothing")?;
    Ok((own, edges))
}

/// What Cargo.lock says that crates hash to.
fn checksums(lock: &str) -> BTreeMap<Crate, String> {
    let of = |package: &str| {
        let value = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))?;
            Some(line.trim_matches('"').to_owned())
        };
        Some(((value("name")?, value("version")?), value("checksum")?))
    };
    lock.split("[[package]]").filter_map(of).collect()
}

fn component(of: &Crate, package: &Value, checksum: &str) -> Outcome<Value> {
    let licence = text(package, "license").ok_or_else(|| format!("{of:?} names no licence"))?;
    let mut component = json!({
        "type": "library", "bom-ref": purl(of), "name": of.0, "version": of.1, "scope": "required", "purl": purl(of),
        "hashes": [{"alg": "SHA-256", "content": checksum}],
        // Cargo's old way to write OR.
        "licenses": [{"expression": licence.replace('/', " OR ")}],
    });
    if let Some(repository) = text(package, "repository") {
        component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    Ok(component)
}

fn purl((name, version): &Crate) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape that the schema asks for, of the document as it is now.
    #[test]
    fn the_document_is_whole() {
        let document: Value = serde_json::from_str(&document().unwrap()).unwrap();
        assert_eq!((&document["bomFormat"], &document["specVersion"]), (&json!("CycloneDX"), &json!("1.5")));
        let components = document["components"].as_array().unwrap();
        let names: Vec<&str> = components.iter().map(|it| it["name"].as_str().unwrap()).collect();
        for inside in ["aws-lc-sys", "rustls", "tokio", "aws-sdk-sts", "quick-xml"] {
            assert!(names.contains(&inside), "{inside} is in the library");
        }
        for outside in ["serde_derive", "syn", "cc", "criterion", "proptest", "clap", "axum", "rs-auth"] {
            assert!(!names.contains(&outside), "{outside} is not in the library");
        }
        let mut references = BTreeSet::from([document["metadata"]["component"]["bom-ref"].as_str().unwrap()]);
        for component in components {
            assert!(references.insert(component["bom-ref"].as_str().unwrap()), "a reference twice: {component}");
            let hash = component["hashes"][0]["content"].as_str().unwrap();
            assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{component}");
            assert!(!component["licenses"][0]["expression"].as_str().unwrap().contains('/'), "{component}");
        }
        for dependency in document["dependencies"].as_array().unwrap() {
            let on = dependency["dependsOn"].as_array().unwrap().iter().chain([&dependency["ref"]]);
            on.for_each(|it| assert!(references.contains(it.as_str().unwrap()), "{it} is no component"));
        }
    }

    #[test]
    fn a_tree_is_read_by_its_depths() {
        let (own, edges) = edges("0a v1.0.0 (/x)\n1b v2.0.0\n2c v3.0.0+x\n1c v3.0.0+x (*)\n").unwrap();
        let of = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(own, of("a", "1.0.0"));
        assert_eq!(edges[&own], BTreeSet::from([of("b", "2.0.0"), of("c", "3.0.0+x")]));
        assert_eq!(edges[&of("b", "2.0.0")], BTreeSet::from([of("c", "3.0.0+x")]));
        assert!(edges[&of("c", "3.0.0+x")].is_empty());
        assert_eq!(purl(&of("c", "3.0.0+x")), "pkg:cargo/c@3.0.0%2Bx");
    }

    #[test]
    fn what_is_unknown_is_an_error() {
        let metadata = json!({"packages": [{"name": "b", "version": "2.0.0", "license": "MIT/Apache-2.0"}]});
        let lock = "[[package]]\nname = \"b\"\nversion = \"2.0.0\"\nchecksum = \"00\"\n";
        let tree = "0a v1.0.0\n1b v2.0.0\n";
        let document = assemble(tree, &metadata, lock).unwrap();
        assert_eq!(document["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert!(assemble(tree, &metadata, "").unwrap_err().contains("checksum"));
        assert!(assemble(tree, &json!({}), lock).unwrap_err().contains("does not know"));
    }
}
