//! The programs that the tests need, and the Debian packages that bring them.

use crate::run::{Outcome, capture, find, program, run};

/// Programs and the packages they come from. Ninja is no more than a quicker make.
const PROGRAMS: [(&str, &str); 10] = [
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
];

/// Sees to it that every program is there: installs what is missing where we are root on Debian, else names it.
pub fn provide() -> Outcome {
    let mut missing: Vec<&str> =
        PROGRAMS.iter().filter(|(name, _)| find(name).is_none()).map(|(_, package)| *package).collect();
    if find("python3").is_some() && capture(program("python3").args(["-c", "import venv, ensurepip"])).is_err() {
        missing.push("python3-venv");
    }
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let root = capture(program("id").arg("-u")).is_ok_and(|user| user.trim() == "0");
    if !root || find("apt-get").is_none() {
        return Err(format!("missing programs; on Debian: apt-get install {names}"));
    }
    println!("installing {names}");
    run(program("apt-get").args(["update", "-qq"]))?;
    let mut install = program("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-qq", "--no-install-recommends"]);
    run(install.args(&missing))
}
