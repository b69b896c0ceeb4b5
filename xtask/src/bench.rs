//! `cargo xtask bench`: criterion's benchmarks and the C timing program, in one table.

use crate::args::Args;
use crate::install::{self, Plan};
use crate::library::{self, Profile, VERSION};
use crate::run::{Outcome, capture, cargo, create_dir, program, read, run, target};
use crate::sandbox;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The chore.
pub fn chore(mut args: Args) -> Outcome {
    // The benchmarks need a release build of their own, which takes minutes; the C program has the shipped library.
    let shipped_only = args.flag("--shipped");
    args.finish()?;
    let mut rows = Vec::new();
    if !shipped_only {
        run(cargo("bench").args(["--locked", "--package", "rs-auth", "--bench", "*"]))?;
        rows.extend(criterion(&target().join("criterion"))?);
    }
    rows.extend(timing()?);
    println!();
    for (milliseconds, what) in rows {
        println!("{milliseconds:>12.4} {what}");
    }
    Ok(())
}

/// The C program, with the shipped library in fresh processes.
fn timing() -> Outcome<Vec<(f64, String)>> {
    let prefix = target().join("installed");
    let plan = Plan {
        prefix: prefix.clone(),
        libdir: "lib".into(),
        destdir: None,
        profile: Profile::Release,
        with_static: false,
    };
    install::install(&plan, &library::build(plan.profile)?)?;
    let dir = target().join("bench");
    create_dir(&dir)?;
    let timing = dir.join("timing");
    let mut compiler = program("cc");
    compiler.args(["-std=c11", "-O2", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Iinclude", "-Ic-tests", "-o"]);
    compiler.arg(&timing).arg("c-tests/timing.c");
    for name in ["test", "http", "json", "sandbox", "dsn"] {
        compiler.arg(format!("c-tests/support/{name}.c"));
    }
    run(compiler.arg("-ldl"))?;
    let mut measure = program(&timing);
    measure.env("RS_AUTH_SANDBOX", sandbox::build()?).arg(prefix.join(format!("lib/librs_auth.so.{VERSION}")));
    let text = capture(&mut measure)?;
    let rows = text.lines().map(|line| {
        let (milliseconds, what) = line.split_once('\t')?;
        Some((milliseconds.parse().ok()?, what.to_owned()))
    });
    rows.collect::<Option<_>>().ok_or_else(|| format!("the timing program said {text}"))
}

/// The medians that criterion left in its directory.
fn criterion(dir: &Path) -> Outcome<Vec<(f64, String)>> {
    let mut rows = Vec::new();
    for found in estimates(dir) {
        let value: Value =
            serde_json::from_str(&read(&found)?).map_err(|error| format!("{}: {error}", found.display()))?;
        let nanoseconds = value.pointer("/median/point_estimate").and_then(Value::as_f64);
        let name = found.parent().and_then(Path::parent).and_then(|path| path.strip_prefix(dir).ok());
        if let (Some(nanoseconds), Some(name)) = (nanoseconds, name) {
            rows.push((nanoseconds / 1e6, format!("ms {} (criterion, median)", name.display())));
        }
    }
    rows.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(rows)
}

/// Every `…/new/estimates.json` below a directory.
fn estimates(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(estimates(&path));
        } else if path.ends_with("new/estimates.json") {
            found.push(path);
        }
    }
    found
}
