//! Building the library as it is shipped.

use crate::paths;
use crate::run::{Outcome, cargo, root, target};
use serde_json::Value;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How cargo optimises.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// What is shipped: small, one unit of code.
    Release,
}

/// What was built.
pub struct Library {
    /// The shared library.
    pub shared: PathBuf,
    /// The archive of all objects, with every symbol of Rust's still visible.
    pub archive: PathBuf,
    /// What a program links besides the archive, as linker options.
    pub system_libraries: String,
}

/// Builds the shared library and the archive, nothing else.
///
/// `cargo build` would also make the Rust library, and cargo does no link-time optimisation for a crate that is one. The
/// target directory is a separate one because both ways write the same file names.
pub fn build(profile: Profile) -> Outcome<Library> {
    build_at(&root(), &target().join("package"), profile)
}

/// The same of the sources at `sources`, with the target directory `dir`. Where both are leaves no trace in a release.
pub fn build_at(sources: &Path, dir: &Path, profile: Profile) -> Outcome<Library> {
    build_by(cargo("rustc"), sources, dir, profile)
}

/// The same code with its symbols, to see whose it is. In a directory of its own: all is built anew.
pub fn build_with_symbols(sources: &Path, dir: &Path, profile: Profile) -> Outcome<Library> {
    let mut command = cargo("rustc");
    command.env("CARGO_PROFILE_RELEASE_STRIP", "none");
    build_by(command, sources, dir, profile)
}

fn build_by(mut command: Command, sources: &Path, dir: &Path, profile: Profile) -> Outcome<Library> {
    command.current_dir(sources);
    let hidden = if profile == Profile::Release { paths::hidden(sources, dir)? } else { Vec::new() };
    paths::hide_from_rustc(&mut command, &hidden);
    command.args(["--package", "rs-auth", "--lib", "--locked", "--crate-type", "cdylib,staticlib"]);
    command.args(["--features", "capi"]);
    command.args(["--message-format", "json-diagnostic-short", "--target-dir"]).arg(dir);
    if profile == Profile::Release {
        command.arg("--release").env("AWS_LC_SYS_CFLAGS", format!("{} {}", crypto_flags(), paths::for_cc(&hidden)));
    }
    command.args(["--", "--print", "native-static-libs"]).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cargo could not be run: {error}"))?;
    let mut system_libraries = None;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let Some(message) = compiler_message(&line) else { continue };
            if let Some((_, libraries)) = message.split_once("native-static-libs: ") {
                system_libraries = Some(libraries.trim().to_owned());
            } else if !message.starts_with("note: link against") {
                eprint!("{message}");
            }
        }
    }
    let status = child.wait().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err("the library could not be built".into());
    }
    let built = dir.join(if profile == Profile::Release { "release" } else { "debug" });
    Ok(Library {
        shared: built.join("librs_auth.so"),
        archive: built.join("librs_auth.a"),
        system_libraries: system_libraries.ok_or("rustc did not name the system libraries")?,
    })
}

/// What aws-lc's C is compiled with: the flags of a packager, and those that make it small.
///
/// The assembler is said to know neither ADX nor AVX. Curve25519 in assembler, one time with ADX and one time without, is
/// 240 kB; in C, on field arithmetic that is proven too (fiat-crypto), the key exchange of a TLS handshake takes 0.08 ms
/// longer. AVX serves bulk data and signatures after quantum computers, and a login has neither. No panic passes through C, so
/// that it needs no tables for unwinding.
fn crypto_flags() -> String {
    const SMALL: &str =
        "-DMY_ASSEMBLER_IS_TOO_OLD_FOR_ADX_AVX2 -DMY_ASSEMBLER_IS_TOO_OLD_FOR_AVX -fno-asynchronous-unwind-tables";
    let given = env::var("AWS_LC_SYS_CFLAGS").or_else(|_| env::var("CFLAGS")).unwrap_or_default();
    format!("{given} {SMALL}").trim_start().to_owned()
}

fn compiler_message(line: &str) -> Option<String> {
    let value: Value = serde_json::from_str(line).ok()?;
    Some(value.get("message")?.get("rendered")?.as_str()?.to_owned())
}

/// Version of the package, which is that of the workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The soname's number: `RS_AUTH_ABI_VERSION` of the header.
pub fn abi_version() -> Outcome<String> {
    let header = crate::run::read(&root().join("include/rs_auth.h"))?;
    let definition = header.lines().find_map(|line| line.strip_prefix("#define RS_AUTH_ABI_VERSION"));
    definition.map(|number| number.trim().to_owned()).ok_or_else(|| "rs_auth.h has no RS_AUTH_ABI_VERSION".into())
}
