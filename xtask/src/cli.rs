//! The program `rs-auth`: where it is, and its way to a prefix with manual pages and completions.

use crate::install::copy;
use crate::library::Profile;
use crate::run::{Outcome, capture, cargo, program, run, target, write};
use std::path::{Path, PathBuf};

/// Where `cargo test` leaves it: integration tests run it from there.
pub fn of_tests() -> PathBuf {
    target().join("debug/rs-auth")
}

/// Builds it.
pub fn build(profile: Profile) -> Outcome<PathBuf> {
    let mut command = cargo("build");
    command.args(["--locked", "--quiet", "--package", "rs-auth-cli"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    run(&mut command)?;
    Ok(target().join(if profile == Profile::Release { "release/rs-auth" } else { "debug/rs-auth" }))
}

/// Program, manual pages, completions.
pub fn install(built: &Path, top: &Path) -> Outcome {
    copy(built, &top.join("bin/rs-auth"), 0o755)?;
    run(program(built).args(["man", "--dir"]).arg(top.join("share/man/man1")))?;
    for (shell, file) in [
        ("bash", "share/bash-completion/completions/rs-auth"),
        ("zsh", "share/zsh/site-functions/_rs-auth"),
        ("fish", "share/fish/vendor_completions.d/rs-auth.fish"),
    ] {
        write(&top.join(file), &capture(program(built).args(["completions", shell]))?)?;
    }
    Ok(())
}
