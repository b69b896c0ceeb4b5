//! `cargo xtask deny`: licences, forbidden and doubled crates, sources. See deny.toml.

use crate::args::Args;
use crate::run::{Outcome, program, run};
use crate::tools::Tool;

const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", options: &[] };

/// The chore. With `--advisories` also what is known to be wrong with a dependency, which fetches a database.
pub fn chore(mut args: Args) -> Outcome {
    let checks: &[&str] = if args.flag("--advisories") { &["advisories"] } else { &[] };
    args.finish()?;
    check(checks)
}

/// Licences, bans and sources, which need no network, and what else is named.
pub fn check(more: &[&str]) -> Outcome {
    let mut deny = program(DENY.provide()?);
    deny.args(["--locked", "--all-features", "--workspace", "check", "bans", "licenses", "sources"]);
    run(deny.args(more))
}
