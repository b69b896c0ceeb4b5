//! `cargo xtask deny`: licences, forbidden and doubled crates, sources. See deny.toml.

use crate::args::Args;
use crate::run::{Outcome, capture, find, program, run, target};
use std::path::PathBuf;

const VERSION: &str = "0.20.2";

/// The chore. With `--advisories` also what is known to be wrong with a dependency, which fetches a database.
pub fn chore(mut args: Args) -> Outcome {
    let checks: &[&str] = if args.flag("--advisories") { &["advisories"] } else { &[] };
    args.finish()?;
    check(checks)
}

/// Licences, bans and sources, which need no network, and what else is named.
pub fn check(more: &[&str]) -> Outcome {
    let mut deny = program(provide()?);
    deny.args(["--locked", "--all-features", "--workspace", "check", "bans", "licenses", "sources"]);
    run(deny.args(more))
}

/// The installed program, or one of our own, built once.
fn provide() -> Outcome<PathBuf> {
    let tools = target().join("tools");
    let own = tools.join("bin/cargo-deny");
    for candidate in [Some(own.clone()), find("cargo-deny")].into_iter().flatten() {
        let answer = capture(program(&candidate).arg("--version")).unwrap_or_default();
        if answer.trim().ends_with(VERSION) {
            return Ok(candidate);
        }
    }
    println!("building cargo-deny {VERSION}");
    let mut install = program("cargo");
    install.args(["install", "cargo-deny", "--version", VERSION, "--locked", "--root"]).arg(&tools);
    install.arg("--target-dir").arg(tools.join("build"));
    // It runs for a second: unoptimised it is built in a third of the time.
    install.envs([("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"), ("CARGO_PROFILE_RELEASE_LTO", "off")]);
    run(&mut install)?;
    Ok(own)
}
