//! Link arguments of the shared library, and the two facts that `rs_auth_version` tells. Writes nothing but what it tries the
//! linker with.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    link_arguments();
    println!("cargo::rustc-env=RS_AUTH_GIT={}", commit().unwrap_or_else(|| "unknown".to_owned()));
    println!("cargo::rustc-env=RS_AUTH_AWS_LC={}", aws_lc().unwrap_or_else(|| "unknown".to_owned()));
}

fn link_arguments() {
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if ["linux", "android", "freebsd"].contains(&os.as_str()) {
        // The number is RS_AUTH_ABI_VERSION. Never unloaded: thread-local destructors, and a name lookup that the C
        // library has not come back from, may run after a dlclose.
        for argument in ["-soname,librs_auth.so.1", "-z,nodelete", "--build-id=sha1"] {
            println!("cargo::rustc-cdylib-link-arg=-Wl,{argument}");
        }
        let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
        if is_release && linker_takes(&FOLD) {
            for argument in FOLD {
                println!("cargo::rustc-cdylib-link-arg={argument}");
            }
        }
        // Where src/os/power.rs is compiled.
        let architecture = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
        if is_release && os == "linux" && ["x86_64", "aarch64"].contains(&architecture.as_str()) {
            println!("cargo::rustc-cdylib-link-arg=-Wl,--defsym=pow=rs_auth_pow");
        }
        // Where src/os/unwinder.rs is compiled.
        let environment = env::var("CARGO_CFG_TARGET_ENV").unwrap_or_default();
        if [os, architecture, environment] == ["linux", "x86_64", "gnu"] {
            for name in UNWINDER {
                println!("cargo::rustc-cdylib-link-arg=-Wl,--defsym=_Unwind_{name}=rs_auth_unwind_{name}");
            }
        }
    }
}

/// What the standard library needs of the unwinder.
const UNWINDER: [&str; 12] = [
    "Backtrace",
    "DeleteException",
    "GetDataRelBase",
    "GetIP",
    "GetIPInfo",
    "GetLanguageSpecificData",
    "GetRegionStart",
    "GetTextRelBase",
    "RaiseException",
    "Resume",
    "SetGR",
    "SetIP",
];

/// One copy of functions, and of constants, that are equal byte for byte. Rust promises a function, a vtable and a constant
/// no address of its own, and aws-lc never tells two equal ones apart by theirs.
const FOLD: [&str; 2] = ["-Wl,--icf=all", "-Wl,--ignore-data-address-equality"];

/// Whether the linker of this build knows the arguments: lld and mold do, GNU ld and gold do not. Asked by linking an
/// empty library the way cargo is going to link ours.
fn linker_takes(arguments: &[&str]) -> bool {
    let variable = |name| env::var(name).unwrap_or_default();
    let mut rustc = Command::new(variable("RUSTC"));
    rustc.args(["--crate-name=empty", "--crate-type=cdylib", "--target", &variable("TARGET")]);
    rustc.args(["--out-dir", &variable("OUT_DIR"), "-"]);
    let flags = variable("CARGO_ENCODED_RUSTFLAGS");
    rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    rustc.args(arguments.iter().map(|argument| format!("-Clink-arg={argument}")));
    rustc.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

/// The commit that is built, where this is a checkout and git is there.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
    };
    // A package unpacked inside somebody else's checkout is not that checkout.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let here = fs::canonicalize(env::var_os("CARGO_MANIFEST_DIR")?).ok()?;
    if fs::canonicalize(top).ok()? != here {
        return None;
    }
    for file in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", file])?;
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "--short=10", "HEAD"])
}

/// The version of aws-lc in the lock file, where there is one.
fn aws_lc() -> Option<String> {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let lock = fs::read_to_string("Cargo.lock").ok()?;
    let package = lock.split("[[package]]").find(|package| package.contains("name = \"aws-lc-sys\""))?;
    let version = package.lines().find_map(|line| line.strip_prefix("version = "))?;
    Some(version.trim_matches('"').to_owned())
}
