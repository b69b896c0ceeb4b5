//! The programs that the tests need, and the Debian packages that bring them.

use crate::run::{Outcome, capture, find, program, run};
use std::path::Path;

/// Programs and the packages they come from. Ninja is no more than a quicker make.
const PROGRAMS: [(&str, &str); 13] = [
    ("cc", "gcc"),
    ("c++", "g++"),
    ("cmake", "cmake"),
    ("ctest", "cmake"),
    ("make", "make"),
    ("pkg-config", "pkg-config"),
    ("ld", "binutils"),
    ("objcopy", "binutils"),
    ("readelf", "binutils"),
    ("python3", "python3"),
    ("krb5kdc", "krb5-kdc"),
    ("kadmin.local", "krb5-admin-server"),
    ("kinit", "krb5-user"),
];
/// The other GSSAPI library, beside the one that comes with `kinit`.
const HEIMDAL: (&str, &str) = ("libgssapi.so.3", "libgssapi3-heimdal");

/// Servers are where the search path of a user may not lead.
fn is_there(name: &str) -> bool {
    find(name).is_some() || Path::new("/usr/sbin").join(name).is_file()
}

/// Sees to it that every program is there: installs what is missing where we are root on Debian, else names it.
pub fn provide() -> Outcome {
    let mut missing: Vec<&str> =
        PROGRAMS.iter().filter(|(name, _)| !is_there(name)).map(|(_, package)| *package).collect();
    if find("python3").is_some() && capture(program("python3").args(["-c", "import venv, ensurepip"])).is_err() {
        missing.push("python3-venv");
    }
    if !capture(program("/sbin/ldconfig").arg("-p")).is_ok_and(|known| known.contains(HEIMDAL.0)) {
        missing.push(HEIMDAL.1);
    }
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let root = capture(program("id").arg("-u")).is_ok_and(|user| user.trim() == "0");
    if !root || find("apt-get").is_none() {
        return Err(format!("missing programs or libraries; on Debian: apt-get install {names}"));
    }
    println!("installing {names}");
    run(program("apt-get").args(["update", "-qq"]))?;
    let mut install = program("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-qq", "--no-install-recommends"]);
    run(install.args(&missing))
}
