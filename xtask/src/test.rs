//! `cargo xtask test`: the whole suite, Rust, C, C++ and Python.

use crate::args::Args;
use crate::install::{self, Plan};
use crate::library::{self, Library, Profile, VERSION};
use crate::run::{Outcome, cargo, program, read, root, run, target, write};
use crate::tally::{Count, Tally, counted, of_cargo, of_pytest};
use crate::{abi, artifact, bench, cli, consumers, memcheck, packages, sandbox};
use std::path::{Path, PathBuf};

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
        tally.step("ABI of the first release", || abi::check(Some(&library.shared)));
    }
    if let (Some(library), Some(sandbox)) = (library, sandbox) {
        let prefix = target().join("installed");
        let installed = tally.step("install", || Ok((install_to(&prefix, &library)?, Count::default())));
        if installed.is_some() {
            tally.step(bench::guard::STEP, || bench::guard::check(&prefix, &sandbox));
            let tests = tally.step("build the C and C++ tests", || {
                Ok((consumers::build(&prefix, &sandbox, false)?, Count::default()))
            });
            if let Some(tests) = tests {
                tally.step("C and C++ tests", || tests.run(&["--label-exclude", memcheck::LABEL]));
                tally.step("C and C++ tests under valgrind", || memcheck::run(&tests));
            }
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

/// What the file of the library has to be.
pub fn properties(library: &Library) -> Outcome<((), Count)> {
    let mut count = Count::default();
    let soname = format!("librs_auth.so.{}", library::abi_version()?);
    for (name, result) in artifact::check(&library.shared, &soname)? {
        count.add(name, result);
    }
    Ok(((), count))
}

/// Installs what is shipped.
pub fn install_to(prefix: &Path, library: &Library) -> Outcome {
    let plan = Plan {
        prefix: prefix.to_owned(),
        libdir: "lib".into(),
        destdir: None,
        profile: Profile::Release,
        with_static: true,
    };
    install::install(&plan, library)
}

/// pytest in an environment of its own; what it installs is kept until the requirements change.
pub fn python(prefix: &Path, sandbox: &Path) -> Outcome<((), Count)> {
    let python = environment()?;
    // From the top, where no `rs_auth` directory comes before the one that a test names in PYTHONPATH.
    let mut pytest = program(python);
    pytest.env("RS_AUTH_LIBRARY", prefix.join(format!("lib/librs_auth.so.{VERSION}"))).env("RS_AUTH_SANDBOX", sandbox);
    pytest.env("RS_AUTH_PROGRAM", cli::of_tests());
    counted(pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "python"]), of_pytest)
}

/// Python with what its tests need.
pub fn environment() -> Outcome<PathBuf> {
    let venv = target().join("venv");
    let python = venv.join("bin/python");
    let (wanted, done) = (root().join("python/requirements-test.txt"), venv.join("installed.txt"));
    let packages = root().join("python/tests/lab/oidc-provider");
    let requirements = read(&wanted)? + &read(&packages.join("package-lock.json"))?;
    if read(&done).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    run(program("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    run(program(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
    openid_provider(&packages, &venv)?;
    write(&done, &requirements)?;
    Ok(python)
}

/// npm comes with Python's packages. Nothing of what it installs gets to run here.
fn openid_provider(packages: &Path, venv: &Path) -> Outcome {
    let directory = venv.join("oidc-provider");
    for name in ["package.json", "package-lock.json"] {
        write(&directory.join(name), &read(&packages.join(name))?)?;
    }
    let mut npm = program(venv.join("bin/npm"));
    run(npm.args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]).arg(&directory))
}
