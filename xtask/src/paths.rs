//! Paths of the machine that builds, kept out of what is built: panics tell places, and C tells `__FILE__`. Without them
//! a release is the same wherever it is built, and some kilobytes smaller.

use crate::run::{Outcome, capture, program};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory and what stands for it.
pub type Hidden = (PathBuf, &'static str);

/// What a build of `sources` with the target directory `target` would tell. Of several that fit, compilers take the last.
pub fn hidden(sources: &Path, target: &Path) -> Outcome<Vec<Hidden>> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let sysroot = capture(program("rustc").args(["--print", "sysroot"]))?;
    let mut hidden = vec![(sources.to_owned(), "rs_auth")];
    if let Some(home) = cargo_home {
        hidden.push((home.clone(), "cargo"));
        // One directory an index: its name depends on cargo.
        let indices = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
        hidden.extend(indices.map(|index| (index.path(), "crates")));
    }
    hidden.push((PathBuf::from(sysroot.trim()), "rust"));
    hidden.push((target.to_owned(), "target"));
    Ok(hidden)
}

/// Tells rustc, beside what whoever builds tells it: cargo takes the environment's flags, else those of its files.
pub fn hide_from_rustc(command: &mut Command, hidden: &[Hidden]) {
    if hidden.is_empty() {
        return;
    }
    let flags: Vec<String> =
        hidden.iter().map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display())).collect();
    if let Ok(given) = env::var("CARGO_ENCODED_RUSTFLAGS") {
        command.env("CARGO_ENCODED_RUSTFLAGS", format!("{given}\u{1f}{}", flags.join("\u{1f}")));
    } else if let Ok(given) = env::var("RUSTFLAGS") {
        let given = given.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        command.env("CARGO_ENCODED_RUSTFLAGS", [given, flags].concat().join("\u{1f}"));
    } else {
        command.arg("--config").arg(format!("target.'cfg(all())'.rustflags = {flags:?}"));
    }
}

/// Flags for the C compiler.
pub fn for_cc(hidden: &[Hidden]) -> String {
    let flags = hidden.iter().map(|(path, name)| format!("-ffile-prefix-map={}={name}", path.display()));
    flags.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_stand_beside_those_that_are_given() {
        let hidden = [(PathBuf::from("/a b"), "x"), (PathBuf::from("/c"), "y")];
        assert_eq!(for_cc(&hidden[1..]), "-ffile-prefix-map=/c=y");
        let mut command = Command::new("cargo");
        hide_from_rustc(&mut command, &hidden);
        let given: Vec<_> = command.get_args().chain(command.get_envs().filter_map(|(_, value)| value)).collect();
        assert!(given.iter().any(|text| text.to_string_lossy().contains("--remap-path-prefix=/a b=x")), "{given:?}");
        let mut command = Command::new("cargo");
        hide_from_rustc(&mut command, &[]);
        assert_eq!(command.get_args().count(), 0);
    }
}
