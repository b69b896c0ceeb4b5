//! `cargo xtask reliability`: every family of cases that says what a host may rely on, and one table. See
//! docs/reliability.md.

use crate::args::Args;
use crate::consumers::{self, Consumers};
use crate::library::{self, Library, Profile};
use crate::run::{Outcome, cargo, program, run, target, watch};
use crate::tally::{Count, Tally, of_cargo};
use crate::{abi, deny, memcheck, packages, reproducible, sandbox, sanitizers, sbom, test};
use std::cell::OnceCell;
use std::env;
use std::path::PathBuf;

/// Longer than all of it takes, on two processors.
const LIMIT: &str = "90m";
/// How long each target of the fuzzing gets.
const SECONDS: &str = "10";

/// What the families look at: made when the first of them asks for it.
#[derive(Default)]
struct Shipped {
    subject: OnceCell<Outcome<Subject>>,
    tests: OnceCell<Outcome<Consumers>>,
}

impl Shipped {
    fn get(&self) -> Outcome<&Subject> {
        self.subject.get_or_init(subject).as_ref().map_err(Clone::clone)
    }

    /// The C and C++ tests with it.
    fn tests(&self) -> Outcome<&Consumers> {
        let build = || self.get().and_then(|it| consumers::build(&it.prefix, &it.sandbox, false));
        self.tests.get_or_init(build).as_ref().map_err(Clone::clone)
    }
}

/// The library as it is shipped.
struct Subject {
    library: Library,
    /// Where it is installed.
    prefix: PathBuf,
    sandbox: PathBuf,
}

/// A family: its name, and what runs it.
type Family = (&'static str, fn(&Shipped) -> Outcome<((), Count)>);

const FAMILIES: [Family; 13] = [
    ("fault matrix", |_| faults()),
    ("properties of the library", |it| test::properties(&it.get()?.library)),
    ("ABI of the first release", |it| abi::check(Some(&it.get()?.library.shared))),
    ("C and C++ hosts", |it| it.tests()?.run(&["--label-exclude", memcheck::LABEL, "--exclude-regex", OWN_FAMILIES])),
    ("10,000 logins in one process", |it| it.tests()?.run(&["--tests-regex", GROWTH])),
    ("secrets left in memory", |it| it.tests()?.run(&["--tests-regex", MEMORY])),
    ("valgrind", |it| memcheck::run(it.tests()?)),
    ("sanitizers", |it| it.get().and_then(|it| sanitizers::run(&it.prefix, &it.sandbox))),
    ("Python hosts and servers of others", |it| it.get().and_then(|it| test::python(&it.prefix, &it.sandbox))),
    ("fuzz targets, 10 s each", |_| fuzz()),
    ("licences, bans, sources", |_| deny::check(&[]).map(|()| ((), Count { passed: 3, failed: 0 }))),
    ("list of contents", |_| contents()),
    ("reproducible build", |_| reproducible::check()),
];
/// Names of C tests.
const GROWTH: &str = "^growth[.]";
const MEMORY: &str = "^memory[.]";
const OWN_FAMILIES: &str = "^(growth|memory)[.]";

/// The chore. `--only WORD`: the families with this word in their names. It ends within [`LIMIT`], whatever hangs.
pub fn chore(mut args: Args) -> Outcome {
    let only = args.value("--only")?;
    let is_limited = args.flag("--limited");
    args.finish()?;
    let wanted = |(name, _): &Family| only.as_ref().is_none_or(|word| name.contains(word.as_str()));
    let families: Vec<Family> = FAMILIES.into_iter().filter(wanted).collect();
    if families.is_empty() {
        let names: Vec<_> = FAMILIES.iter().map(|(name, _)| *name).collect();
        return Err(format!("no family has that word in its name; there are: {}", names.join(", ")));
    }
    if !is_limited {
        let own = env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
        let mut limited = program("timeout");
        // In the foreground, so that a person can interrupt it.
        limited.args(["--foreground", "--kill-after=10", LIMIT]).arg(own).args(["reliability", "--limited"]);
        return run(limited.args(only.iter().flat_map(|word| ["--only", word.as_str()])));
    }
    let shipped = Shipped::default();
    let mut tally = Tally::default();
    for (name, family) in families {
        tally.step(name, || family(&shipped));
    }
    tally.finish_as(["case family", "seconds", "run", "failures"])
}

/// Builds and installs what is shipped, and builds what its tests need besides.
fn subject() -> Outcome<Subject> {
    packages::provide()?;
    let (sandbox, library) = (sandbox::build()?, library::build(Profile::Release)?);
    let prefix = target().join("installed");
    test::install_to(&prefix, &library)?;
    // Panics on demand, for the C tests.
    run(cargo("build").args(["--package", "rs-auth", "--lib", "--locked", "--features", "rs-auth/test-hooks"]))?;
    Ok(Subject { library, prefix, sandbox })
}

/// Every fault of every request of every plugin, as the matrix counts them.
fn faults() -> Outcome<((), Count)> {
    let mut command = cargo("test");
    command.args(["--package", "rs-auth", "--test", "suite", "--locked", "faults::"]);
    let (succeeded, text) = watch(&mut command)?;
    let (cases, failed) = matrix(&text).ok_or("the fault matrix has no last line")?;
    let failed = if succeeded { failed } else { failed.max(1) };
    Ok(((), Count { passed: cases.saturating_sub(failed), failed }))
}

/// `fault matrix: 12 cases, 0 failures`
fn matrix(text: &str) -> Option<(usize, usize)> {
    let counts = text.lines().find_map(|line| line.strip_prefix("fault matrix: "))?;
    let (cases, failures) = counts.split_once(" cases, ")?;
    Some((cases.parse().ok()?, failures.strip_suffix(" failures")?.parse().ok()?))
}

/// Each target with changed seeds; what is counted are inputs.
fn fuzz() -> Outcome<((), Count)> {
    let mut command = cargo("test");
    command.args(["--package", "rs-auth", "--lib", "--locked", "--features", "rs-auth/test-hooks"]);
    command.args(["fuzzing::", "--", "--show-output"]).env("RS_AUTH_FUZZ_SECONDS", SECONDS);
    let (succeeded, text) = watch(&mut command)?;
    let failed = of_cargo(&text).failed;
    let passed = inputs(&text);
    if passed == 0 {
        return Err("nothing was fuzzed".into());
    }
    Ok(((), Count { passed, failed: if succeeded { failed } else { failed.max(1) } }))
}

/// `jwt: 12 inputs of …`, a line a target.
fn inputs(text: &str) -> usize {
    let number = |line: &str| line.split_once(": ")?.1.split_once(" inputs of ")?.0.parse::<usize>().ok();
    text.lines().filter_map(number).sum()
}

/// That the same state gives the same document; its own tests look at what stands in it.
fn contents() -> Outcome<((), Count)> {
    let same = sbom::document()? == sbom::document()?;
    if same { Ok(((), Count { passed: 1, failed: 0 })) } else { Err("two lists of contents differ".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_added_up() {
        let text =
            "jwt: 12 inputs of RS_AUTH_FUZZ_SEED=1\nsaml: input 3 of x\nlistener: 30 inputs of RS_AUTH_FUZZ_SEED=1";
        assert_eq!(inputs(text), 42);
    }

    #[test]
    fn the_matrix_is_counted_by_its_last_line() {
        assert_eq!(matrix("Okta  3!\n\nfault matrix: 12 cases, 3 failures\n"), Some((12, 3)));
        assert_eq!(matrix("running 1 test"), None);
    }

    #[test]
    fn families_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = FAMILIES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), FAMILIES.len());
    }
}
