//! `cargo xtask test`: the whole suite, Rust, C, C++ and Python.

use crate::args::Args;
use crate::install::{self, Plan};
use crate::library::{self, Library, Profile, VERSION};
use crate::run::{Outcome, cargo, program, root, run, target};
use crate::tally::{Count, Tally, counted, of_cargo, of_ctest, of_pytest};
use crate::{artifact, cli, packages, sandbox};
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

/// The chore. Every step runs that can: what fails early does not hide what fails late.
pub fn chore(args: Args) -> Outcome {
    args.finish()?;
    packages::provide()?;
    let mut tally = Tally::default();
    tally.step("cargo test", rust);
    let sandbox = tally.step("build the sandbox", || Ok((sandbox::build()?, Count::default())));
    let library = tally.step("build the release library", || Ok((library::build(Profile::Release)?, Count::default())));
    if let Some(library) = &library {
        tally.step("properties of the library", || properties(library));
    }
    if let (Some(library), Some(sandbox)) = (library, sandbox) {
        let prefix = target().join("installed");
        let installed = tally.step("install", || Ok((install_to(&prefix, &library)?, Count::default())));
        if installed.is_some() {
            tally.step("C and C++ tests", || consumers(&prefix, &sandbox));
            tally.step("Python and third-party tests", || python(&prefix, &sandbox));
        }
    }
    tally.finish()
}

/// The panic on demand is in what is tested here, and in nothing that is shipped. The C tests get the shared library that
/// this makes, from where `cargo test` leaves it.
fn rust() -> Outcome<((), Count)> {
    let mut command = cargo("test");
    command.args(["--workspace", "--locked", "--no-fail-fast", "--features", "rs-auth/test-hooks"]);
    counted(&mut command, of_cargo)
}

fn properties(library: &Library) -> Outcome<((), Count)> {
    let mut count = Count::default();
    let soname = format!("librs_auth.so.{}", library::abi_version()?);
    for (name, result) in artifact::check(&library.shared, &soname)? {
        match result {
            Ok(found) => {
                println!("ok      {name}: {found}");
                count.passed += 1;
            }
            Err(found) => {
                println!("FAILED  {name}: {found}");
                count.failed += 1;
            }
        }
    }
    Ok(((), count))
}

fn install_to(prefix: &Path, library: &Library) -> Outcome {
    let plan = Plan {
        prefix: prefix.to_owned(),
        libdir: "lib".into(),
        destdir: None,
        profile: Profile::Release,
        with_static: true,
    };
    install::install(&plan, library)
}

/// Configures and builds c-tests against the installed tree, and runs them.
fn consumers(prefix: &Path, sandbox: &Path) -> Outcome<((), Count)> {
    let build = target().join("c-tests");
    let processors = available_parallelism().map_or(1, usize::from).to_string();
    let define = |name: &str, value: &Path| format!("-D{name}={}", value.display());
    let mut configure = program("cmake");
    configure.args(["-S", "c-tests", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-B"]).arg(&build);
    configure.arg(define("CMAKE_PREFIX_PATH", prefix));
    configure.arg(define("RS_AUTH_SANDBOX", sandbox));
    configure.arg(define("RS_AUTH_TEST_HOOKS", &target().join("debug/deps/librs_auth.so")));
    run(&mut configure)?;
    run(program("cmake").arg("--build").arg(&build).args(["--parallel", &processors]))?;
    let mut ctest = program("ctest");
    ctest.arg("--test-dir").arg(&build).args(["--output-on-failure", "--no-tests=error", "--parallel", &processors]);
    counted(&mut ctest, of_ctest)
}

/// pytest in an environment of its own; what it installs is kept until the requirements change.
fn python(prefix: &Path, sandbox: &Path) -> Outcome<((), Count)> {
    let python = environment()?;
    // From the top, where no `rs_auth` directory comes before the one that a test names in PYTHONPATH.
    let mut pytest = program(python);
    pytest.env("RS_AUTH_LIBRARY", prefix.join(format!("lib/librs_auth.so.{VERSION}"))).env("RS_AUTH_SANDBOX", sandbox);
    pytest.env("RS_AUTH_PROGRAM", cli::of_tests());
    counted(pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "python"]), of_pytest)
}

fn environment() -> Outcome<PathBuf> {
    let venv = target().join("venv");
    let python = venv.join("bin/python");
    let (wanted, done) = (root().join("python/requirements-test.txt"), venv.join("requirements-test.txt"));
    let requirements = crate::run::read(&wanted)?;
    if crate::run::read(&done).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    run(program("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    run(program(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
    crate::run::write(&done, &requirements)?;
    Ok(python)
}
