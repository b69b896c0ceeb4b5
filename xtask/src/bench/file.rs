//! The file of the library: its size and whose it is, and what it costs a process to load it.

use super::setup::{Bench, json_of, limited, number};
use super::statistics::{median, show, whole};
use super::svg;
use super::table::{Section, Table};
use crate::library::{self, Profile};
use crate::run::{Outcome, capture, program, root, target};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The parts of the library and the beginnings of the names of their crates; the first that fits counts.
const PARTS: [(&str, &[&str]); 8] = [
    ("this crate", &["rs_auth"]),
    ("cryptography", &["C: ", "aws_lc", "sha2", "digest", "hmac", "untrusted", "getrandom", "zeroize"]),
    ("AWS SDK", &["aws_", "fastrand", "uuid", "xmlparser", "time"]),
    ("TLS and certificates", &["rustls", "webpki", "tokio_rustls", "pki_types", "openssl_probe"]),
    (
        "HTTP",
        &[
            "hyper",
            "http",
            "reqwest",
            "tower",
            "h2",
            "cookie",
            "url",
            "idna",
            "percent",
            "bytes",
            "want",
            "form_urlencoded",
        ],
    ),
    ("runtime", &["tokio", "mio", "futures", "socket2", "tracing", "parking_lot", "slab", "pin_project", "arc_swap"]),
    ("formats", &["quick_xml", "html5gum", "serde", "base64", "regex", "memchr", "itoa", "ryu", "zmij", "utf8", "hex"]),
    (
        "Rust's standard library",
        &["core", "alloc", "std", "compiler_builtins", "hashbrown", "gimli", "addr2line", "object", "miniz", "rustc_"],
    ),
];
const OTHERS: &str = "others and data without a name";

/// The part of the benchmark.
pub fn measure(bench: &Bench) -> Outcome<Section> {
    let (sections, relocations) = (sections(&bench.library)?, relocations(&bench.library)?);
    let bytes = bench.library.metadata().map_err(|error| error.to_string())?.len();
    let mut facts = Table::new(&["what", "value"]);
    facts.row(["size of the file, stripped, bytes".into(), whole(float(bytes))]);
    facts.row(["relocations".into(), whole(float(relocations))]);
    let loading = loading(bench, &mut facts)?;
    let (shares, total) = shares()?;
    let mut parts = Table::new(&["part", "code and data, bytes", "share"]);
    for (part, size) in &shares {
        parts.row([part.clone(), whole(float(*size)), format!("{:.1} %", 100.0 * float(*size) / float(total))]);
    }
    let mut table = Table::new(&["section", "bytes"]);
    for (name, size) in &sections {
        table.row([name.clone(), whole(float(*size))]);
    }
    let title = "The library by parts";
    let bars: Vec<_> = shares.iter().map(|(part, size)| (part.clone(), vec![float(*size) / 1024.0])).collect();
    Ok(Section {
        tables: vec![
            (format!("The file, and a process that loads it, medians of {}:", bench.runs), facts),
            ("Whose its code and data are, by the symbols of a build that keeps them:".into(), parts),
            ("Its sections of 10 kB and more:".into(), table),
        ],
        plots: vec![("size", title.into(), svg::bars(title, "KiB", &["code and data"], &bars))],
        figures: json!({
            "bytes": bytes, "relocations": relocations, "loading": loading,
            "parts": shares.into_iter().collect::<BTreeMap<_, _>>(),
            "sections": sections.into_iter().collect::<BTreeMap<_, _>>(),
        }),
    })
}

/// What loading costs, and a login after it.
fn loading(bench: &Bench, facts: &mut Table) -> Outcome<serde_json::Value> {
    let servers = bench.servers("file")?;
    let (mut loaded, mut logged_in) = (Vec::new(), BTreeMap::new());
    let logins = servers.logins()?;
    for _ in 0..bench.runs {
        loaded.push(json_of(limited(&bench.instruments.measure).arg("load").arg(&bench.library))?);
        for login in logins.iter().take(3) {
            let run = bench.ours(&servers, "fresh", &[], login)?;
            logged_in.entry(login.name).or_insert_with(Vec::new).push(run);
        }
    }
    let middle = |runs: &[serde_json::Value], name: &str| -> Outcome<f64> {
        Ok(median(&runs.iter().map(|run| number(run, name)).collect::<Outcome<Vec<_>>>()?))
    };
    let mut row = |what: String, value: f64| facts.row([what, show(value)]);
    let load_ms = middle(&loaded, "load_ms")?;
    row("dlopen, ms".into(), load_ms);
    let mut figures = json!({ "load_ms": load_ms });
    let all = std::iter::once(("after dlopen", &loaded)).chain(logged_in.iter().map(|(name, runs)| (*name, runs)));
    for (at, runs) in all {
        let (rss, own) = (middle(runs, "rss_kb")? / 1024.0, middle(runs, "own_kb")? / 1024.0);
        let when = if at == "after dlopen" { at.to_owned() } else { format!("after a login, {at}") };
        row(format!("RSS {when}, over the empty process, MB"), rss);
        row(format!("of it memory of its own {when}, MB"), own);
        figures[at] = json!({ "rss_mb": rss, "own_mb": own });
    }
    Ok(figures)
}

/// How many places of the library the loader has to fill in.
pub fn relocations(library: &Path) -> Outcome<u64> {
    let text = capture(program("readelf").args(["--relocs", "--wide"]).arg(library))?;
    let counts = text.lines().filter_map(entries).collect::<Vec<_>>();
    if counts.is_empty() { Err(format!("no relocations in {}", library.display())) } else { Ok(counts.iter().sum()) }
}

/// `Relocation section '.rela.dyn' at offset 0x9b0 contains 12345 entries:`
fn entries(line: &str) -> Option<u64> {
    let (_, rest) = line.strip_prefix("Relocation section")?.split_once(" contains ")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Sections and their bytes, the largest first.
fn sections(library: &Path) -> Outcome<Vec<(String, u64)>> {
    const LEAST: u64 = 10_000;
    let text = capture(program("readelf").args(["--section-headers", "--wide"]).arg(library))?;
    let mut sections: Vec<_> = text.lines().filter_map(section).filter(|(_, size)| *size >= LEAST).collect();
    sections.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(sections)
}

/// `  [13] .text  PROGBITS  000000000012a000 12a000 2f0a11 00  AX  0   0 64`: the sixth word is the size.
fn section(line: &str) -> Option<(String, u64)> {
    let words: Vec<&str> = line.trim_start().strip_prefix('[')?.split_once(']')?.1.split_whitespace().collect();
    match words[..] {
        // .bss has none in the file.
        [name, kind, _, _, size, ..] if name.starts_with('.') && kind != "NOBITS" => {
            Some((name.to_owned(), u64::from_str_radix(size, 16).ok()?))
        }
        _ => None,
    }
}

/// Bytes by part, the largest first, and their sum. The shipped library has no symbols: this is of one built the same way
/// that keeps them.
fn shares() -> Outcome<(Vec<(String, u64)>, u64)> {
    let library = library::build_with_symbols(&root(), &target().join("bench/symbols"), Profile::Release)?;
    let symbols = capture(program("nm").args(["--print-size", "--defined-only"]).arg(&library.shared))?;
    let symbols: Vec<(u64, u64, &str)> = symbols.lines().filter_map(symbol).collect();
    let names: Vec<&str> = symbols.iter().map(|(_, _, name)| *name).collect();
    let written = demangled(&names)?;
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    let mut places = std::collections::BTreeSet::new();
    for ((address, size, name), written) in symbols.iter().zip(&written) {
        // Functions that were found to be the same have one place and several names.
        if places.insert(*address) {
            *sizes.entry(part(&owner(name, written)).to_owned()).or_default() += size;
        }
    }
    let known: u64 = sizes.values().sum();
    let all = code_and_data(&library.shared)?;
    *sizes.entry(OTHERS.to_owned()).or_default() += all.saturating_sub(known);
    let mut shares: Vec<_> = sizes.into_iter().collect();
    shares.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let sum = shares.iter().map(|(_, size)| size).sum();
    Ok((shares, sum))
}

/// What of the sections is loaded and is not about unwinding or relocation, which are nobody's.
fn code_and_data(library: &Path) -> Outcome<u64> {
    const NAMES: [&str; 4] = [".text", ".rodata", ".data.rel.ro", ".data"];
    Ok(sections(library)?.into_iter().filter(|(name, _)| NAMES.contains(&name.as_str())).map(|(_, size)| size).sum())
}

/// `000000000012a000 0000000000000042 t _ZN…`
fn symbol(line: &str) -> Option<(u64, u64, &str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        [address, size, kind, name] if "tTrRdDwWuV".contains(kind) => {
            Some((u64::from_str_radix(address, 16).ok()?, u64::from_str_radix(size, 16).ok()?, name))
        }
        _ => None,
    }
}

/// The names as they were written.
fn demangled(names: &[&str]) -> Outcome<Vec<String>> {
    let mut child = Command::new("c++filt")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("c++filt could not be run: {error}"))?;
    let (mut input, text) = (child.stdin.take(), names.join("\n"));
    // It answers while it reads: somebody else has to write.
    let writer = std::thread::spawn(move || input.as_mut().map(|input| input.write_all(text.as_bytes())));
    let output = child.wait_with_output().map_err(|error| format!("c++filt: {error}"))?;
    let _ = writer.join();
    let shown: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    if shown.len() == names.len() { Ok(shown) } else { Err("c++filt lost names".into()) }
}

/// The crate that a symbol is there for: of a generic function of Rust's own the first other one that its name names.
fn owner(name: &str, shown: &str) -> String {
    if !name.starts_with("_ZN") && !name.starts_with("_R") {
        return if name.starts_with("rs_auth_") { "rs_auth".into() } else { format!("C: {name}") };
    }
    let crates = || {
        shown.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':')).filter_map(|path| {
            let (first, _) = path.split_once("::")?;
            (!first.is_empty() && first.starts_with(|letter: char| letter.is_lowercase() || letter == '_'))
                .then_some(first)
        })
    };
    let own = |name: &&str| !matches!(*name, "core" | "alloc" | "std");
    crates().find(own).or_else(|| crates().next()).unwrap_or("core").to_owned()
}

/// The part that a crate belongs to.
fn part(owner: &str) -> &'static str {
    let begins = |names: &[&str]| names.iter().any(|name| owner.starts_with(name));
    PARTS.iter().find(|(_, names)| begins(names)).map_or(OTHERS, |(part, _)| part)
}

#[allow(clippy::cast_precision_loss, reason = "sizes of files are far from 2^52")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_belongs_to_the_crate_it_is_there_for() {
        for (name, shown, crate_of) in [
            ("_ZN1", "aws_sdk_sts::operation::assume_role::AssumeRole::orchestrate", "aws_sdk_sts"),
            ("_ZN1", "core::ptr::drop_in_place<hyper::client::Connection>", "hyper"),
            ("_ZN1", "<rustls::Error as core::fmt::Debug>::fmt", "rustls"),
            ("_ZN1", "core::fmt::Formatter::pad", "core"),
            ("_ZN1", "<&T as core::fmt::Debug>::fmt", "core"),
            ("aws_lc_0_42_0_EVP_sha256", "aws_lc_0_42_0_EVP_sha256", "C: aws_lc_0_42_0_EVP_sha256"),
            ("rs_auth_init", "rs_auth_init", "rs_auth"),
        ] {
            assert_eq!(owner(name, shown), crate_of, "{shown}");
        }
    }

    #[test]
    fn a_crate_belongs_to_a_part() {
        for (owner, of) in
            [("rs_auth", "this crate"), ("aws_sdk_sts", "AWS SDK"), ("aws_lc_rs", "cryptography"), ("smallvec", OTHERS)]
        {
            assert_eq!(part(owner), of);
        }
    }

    #[test]
    fn tables_of_the_binary_tools_are_read() {
        assert_eq!(entries("Relocation section '.rela.dyn' at offset 0x9b0 contains 12345 entries:"), Some(12345));
        assert_eq!(entries("    Offset             Info             Type"), None);
        let line = "  [13] .text             PROGBITS        000000000012a000 12a000 2f0a11 00  AX  0   0 64";
        assert_eq!(section(line), Some((".text".into(), 0x002f_0a11)));
        assert_eq!(section("  [27] .bss NOBITS 000000000012a000 12a000 2f0a11 00 WA 0 0 64"), None);
        assert_eq!(symbol("00000000000000ff 0000000000000010 t _ZN3foo"), Some((255, 16, "_ZN3foo")));
        assert_eq!(symbol("                 U malloc"), None);
    }
}
