//! The C and C++ tests of an installed library (c-tests): built by `CMake`, run by ctest.

use crate::run::{Outcome, find, program, run, target};
use crate::tally::{Count, counted, of_ctest};
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

/// The tests as they were built.
pub struct Consumers(PathBuf);

/// Configures and builds them; the programs with sanitizers in a directory of their own.
pub fn build(prefix: &Path, sandbox: &Path, sanitize: bool) -> Outcome<Consumers> {
    let build = target().join(if sanitize { "c-tests-sanitized" } else { "c-tests" });
    let define = |name: &str, value: &Path| format!("-D{name}={}", value.display());
    let mut configure = program("cmake");
    configure.args(["-S", "c-tests", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-B"]).arg(&build);
    configure.arg(define("CMAKE_PREFIX_PATH", prefix));
    configure.arg(define("RS_AUTH_SANDBOX", sandbox));
    configure.arg(define("RS_AUTH_TEST_HOOKS", &target().join("debug/deps/librs_auth.so")));
    configure.arg(define("RS_AUTH_MEMCHECK", &find("valgrind").unwrap_or_default()));
    configure.arg(format!("-DRS_AUTH_SANITIZE={}", if sanitize { "ON" } else { "OFF" }));
    run(&mut configure)?;
    run(program("cmake").arg("--build").arg(&build).args(["--parallel", &processors()]))?;
    Ok(Consumers(build))
}

impl Consumers {
    /// Runs those that ctest selects by its options.
    pub fn run(&self, selection: &[&str]) -> Outcome<((), Count)> {
        let mut ctest = program("ctest");
        ctest.arg("--test-dir").arg(&self.0).args(["--output-on-failure", "--no-tests=error"]);
        ctest.args(["--parallel", &processors()]).args(selection);
        counted(&mut ctest, of_ctest)
    }
}

fn processors() -> String {
    available_parallelism().map_or(1, usize::from).to_string()
}
