//! Programs from crates.io that a chore needs, in a version that is fixed: the one in PATH, or one of our own in
//! `target/tools`, built once.

use crate::run::{Outcome, capture, find, program, run, target};
use std::path::PathBuf;

/// A program, named as its crate is.
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
    /// What `cargo install` gets beside the version.
    pub options: &'static [&'static str],
}

impl Tool {
    /// Where it is.
    pub fn provide(&self) -> Outcome<PathBuf> {
        let tools = target().join("tools");
        let own = tools.join("bin").join(self.name);
        for candidate in [Some(own.clone()), find(self.name)].into_iter().flatten() {
            let answer = capture(program(&candidate).arg("--version")).unwrap_or_default();
            if answer.trim().ends_with(self.version) {
                return Ok(candidate);
            }
        }
        println!("building {} {}", self.name, self.version);
        let mut install = program("cargo");
        install.args(["install", self.name, "--version", self.version, "--locked"]).args(self.options);
        install.arg("--root").arg(&tools).arg("--target-dir").arg(tools.join("build"));
        // They run for a second: unoptimised they are built in a third of the time.
        install.envs([("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"), ("CARGO_PROFILE_RELEASE_LTO", "off")]);
        run(&mut install)?;
        Ok(own)
    }
}
