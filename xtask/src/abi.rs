//! The ABI of the first release against today's: libabigail compares what C compilers make of the headers, and the names
//! that the library exports. See c-tests/compat for the programs that run.
//!
//! Debug information of the library itself would show Rust's view of types that C does not see. So a stub is compiled of
//! each header, in which every function has an empty body: its debug information is what callers were compiled against.

use crate::args::Args;
use crate::run::{Outcome, capture, create_dir, program, read, root, run, target, write};
use crate::tally::Count;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const BASELINE: &str = "c-tests/compat/rs_auth_v1.abi";
const FROZEN: &str = "c-tests/compat/rs_auth_v1.h";

/// `cargo xtask abi-baseline`: writes the baseline anew, from the frozen header. Done once a major version.
pub fn baseline(args: Args) -> Outcome {
    args.finish()?;
    let stub = stub("frozen", &read(&root().join(FROZEN))?)?;
    write(&root().join(BASELINE), &written(&stub)?)
}

/// `cargo xtask abi`: the headers alone.
pub fn chore(args: Args) -> Outcome {
    args.finish()?;
    let ((), Count { failed, .. }) = check(None)?;
    if failed == 0 { Ok(()) } else { Err("the ABI is not that of the first release".into()) }
}

/// Compares, and proves on changed headers that a break would be found. `library` is looked at too, where there is one.
pub fn check(library: Option<&Path>) -> Outcome<((), Count)> {
    let (then, now) = (read(&root().join(FROZEN))?, read(&root().join("include/rs_auth.h"))?);
    let mut count = Count::default();
    let mut demand = |name: &str, holds: bool| {
        println!("{} {name}", if holds { "ok     " } else { "FAILED " });
        *(if holds { &mut count.passed } else { &mut count.failed }) += 1;
    };
    let frozen = stub("frozen", &then)?;
    // Written on x86-64; elsewhere types have other sizes and what is compared is made there.
    let baseline = if env::consts::ARCH == "x86_64" { root().join(BASELINE) } else { frozen.clone() };
    demand("the frozen header is that of the baseline", is_compatible(&baseline, &frozen)?);
    let current = stub("current", &now)?;
    demand("today's header breaks nothing", is_compatible(&baseline, &current)?);
    if let Some(library) = library {
        demand("today's library has every function", is_compatible(&current, library)?);
    }
    for (index, (what, from, to, breaks)) in CHANGES.into_iter().enumerate() {
        let changed = now.replacen(from, to, 1);
        if changed == now {
            return Err(format!("the header has no {from:?}: {what} cannot be tried"));
        }
        let changed = stub(&format!("changed-{index}"), &changed)?;
        demand(
            &format!("{what} {} a break", if breaks { "is" } else { "is not" }),
            is_compatible(&baseline, &changed)? != breaks,
        );
    }
    Ok(((), count))
}

/// What is changed in the header, and whether that is a break.
const CHANGES: [(&str, &str, &str, bool); 6] = [
    ("a function that is gone", "rs_auth_status rs_auth_init(", "rs_auth_status rs_auth_initialise(", true),
    ("a struct that has grown", "    const char *value;\n}", "    const char *value;\n    size_t length;\n}", true),
    ("an argument of another type", "uint64_t timeout_ms", "uint32_t timeout_ms", true),
    ("a result of another type", "uint16_t rs_auth_credentials_port(", "uint32_t rs_auth_credentials_port(", true),
    ("a callback of another type", "void *user_data, int32_t level", "void *user_data, int64_t level", true),
    ("a new function", "\nRS_AUTH_API ", "\nRS_AUTH_API int32_t rs_auth_new_function(void);\n\nRS_AUTH_API ", false),
];

/// A library of nothing but the functions of a header.
fn stub(name: &str, header: &str) -> Outcome<PathBuf> {
    // A directory each, and the same file names in it: they stand in the debug information.
    let work = target().join("abi").join(name);
    create_dir(&work)?;
    write(&work.join("rs_auth.h"), header)?;
    let bodies: Vec<String> = header
        .split("\nRS_AUTH_API")
        .skip(1)
        .filter_map(|rest| Some(format!("{} {{ __builtin_trap(); }}\n", rest.split_once(';')?.0)))
        .collect();
    if bodies.len() < 50 {
        return Err(format!("the header has {} functions only", bodies.len()));
    }
    write(&work.join("stub.c"), &format!("#include \"rs_auth.h\"\n{}", bodies.concat()))?;
    let mut compile = program("cc");
    compile.current_dir(&work).args([
        "-std=c11",
        "-g",
        "-gdwarf-4",
        "-shared",
        "-fPIC",
        "-nostdlib",
        "-Wl,-soname,librs_auth.so.1",
    ]);
    run(compile.args(["-o", "librs_auth.so.1", "stub.c"]))?;
    Ok(work.join("librs_auth.so.1"))
}

/// The ABI of a stub as text that does not depend on where it was made.
fn written(stub: &Path) -> Outcome<String> {
    let mut abidw = program("abidw");
    abidw.args(["--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed"]);
    capture(abidw.arg(stub))
}

/// Whether programs made for the first go on with the second. Functions may be added.
fn is_compatible(then: &Path, now: &Path) -> Outcome<bool> {
    let mut abidiff: Command = program("abidiff");
    let output = abidiff.args(["--no-added-syms", "--no-show-locs"]).args([then, now]).output();
    let output = output.map_err(|error| format!("abidiff could not be run: {error}"))?;
    // Bits: 1 error, 2 usage, 4 changes, 8 changes that break.
    match output.status.code() {
        Some(0) => Ok(true),
        Some(4 | 8 | 12) => {
            print!("{}", String::from_utf8_lossy(&output.stdout));
            Ok(false)
        }
        _ => Err(format!("abidiff: {}", String::from_utf8_lossy(&output.stderr))),
    }
}
