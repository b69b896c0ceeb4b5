//! What the shipped shared library has to be, looked up in the file itself.

use crate::bench::relocations;
use crate::limits;
use crate::run::{Outcome, capture, program, read, root};
use std::collections::BTreeSet;
use std::path::Path;

const SIZE: &str = "bytes of the library";
const RELOCATIONS: &str = "relocations of the library";
/// What of the limits is held here.
pub const LIMITED: [&str; 2] = [SIZE, RELOCATIONS];
/// `ld-linux` is the loader itself, which `ldd` shows for every library with thread-local storage.
const ALLOWED: [&str; 2] = ["libc.so.6", "ld-linux"];

/// A property and what is wrong with it.
pub type Check = (&'static str, Outcome<String>);

/// Every property of the library at `shared`; an `Ok` says what was measured.
pub fn check(shared: &Path, soname: &str) -> Outcome<Vec<Check>> {
    let dynamic = capture(program("readelf").args(["--dynamic", "--wide"]).arg(shared))?;
    Ok(vec![
        ("exports exactly cmake/symbols.txt", exported(shared)),
        ("needs libc alone", needed(&dynamic)),
        ("soname", soname_is(&dynamic, soname)),
        ("stays loaded (NODELETE)", demand(dynamic.contains("NODELETE"), "flag set", "the flag is missing")),
        ("stripped, and no larger than it may be", size(shared)),
        ("leaves the loader little to do", relocations(shared).and_then(|count| limited(RELOCATIONS, count))),
        ("leaves no hook of its crypto library to the host", hooks(shared)),
    ])
}

fn exported(shared: &Path) -> Outcome<String> {
    let listed = read(&root().join("cmake/symbols.txt"))?;
    let listed: BTreeSet<&str> = listed.split_whitespace().collect();
    let table = capture(program("nm").args(["--dynamic", "--defined-only"]).arg(shared))?;
    let visible: BTreeSet<&str> = table.lines().filter_map(|line| line.split_whitespace().last()).collect();
    let join = |names: Vec<&&str>| names.into_iter().copied().collect::<Vec<_>>().join(" ");
    let (extra, lacking) = (join(visible.difference(&listed).collect()), join(listed.difference(&visible).collect()));
    let fault = format!("exported but not listed: [{extra}]; listed but not exported: [{lacking}]");
    demand(visible == listed && !listed.is_empty(), &format!("{} symbols", listed.len()), &fault)
}

fn needed(dynamic: &str) -> Outcome<String> {
    let needed: Vec<&str> = dynamic.lines().filter(|line| line.contains("(NEEDED)")).filter_map(bracketed).collect();
    let strange = needed.iter().find(|name| !ALLOWED.iter().any(|allowed| name.starts_with(allowed)));
    demand(strange.is_none(), &needed.join(" "), &needed.join(" "))
}

fn soname_is(dynamic: &str, soname: &str) -> Outcome<String> {
    let found = dynamic.lines().find(|line| line.contains("(SONAME)")).and_then(bracketed).unwrap_or("none");
    demand(found == soname, found, &format!("{found}, not {soname}"))
}

fn bracketed(line: &str) -> Option<&str> {
    Some(line.split_once('[')?.1.split_once(']')?.0)
}

fn size(shared: &Path) -> Outcome<String> {
    let bytes = shared.metadata().map_err(|error| error.to_string())?.len();
    let sections = capture(program("readelf").args(["--sections", "--wide"]).arg(shared))?;
    let stripped = !sections.contains(".symtab") && !sections.contains(".debug_");
    demand(stripped, "stripped", "not stripped").and_then(|_| limited(SIZE, bytes))
}

/// Holds a count to its limit.
fn limited(name: &str, count: u64) -> Outcome<String> {
    limits::hold(&limits::all()?, name, f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
}

/// aws-lc asks for these weakly; a host that happens to define them would be called.
fn hooks(shared: &Path) -> Outcome<String> {
    let table = capture(program("nm").args(["--dynamic", "--undefined-only"]).arg(shared))?;
    let open: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .filter(|name| name.contains("OPENSSL") || name.contains("sdallocx"))
        .collect();
    demand(open.is_empty(), "none open", &open.join(" "))
}

fn demand(holds: bool, found: &str, fault: &str) -> Outcome<String> {
    if holds { Ok(found.to_owned()) } else { Err(fault.to_owned()) }
}
