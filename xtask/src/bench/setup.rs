//! What is measured and what measures, built.

use super::logins::{Login, Servers};
use crate::install::{self, Plan};
use crate::library::{self, Profile, VERSION};
use crate::run::{Outcome, capture, create_dir, program, run, target};
use crate::{sandbox, test};
use serde_json::{Value, json};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// Longer than any one process takes.
const SECONDS: &str = "120";
/// What the C programs are compiled with.
const FLAGS: [&str; 9] =
    ["-std=c11", "-O2", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Iinclude", "-Ic-tests", "-o"];

/// Everything that a part needs.
pub struct Bench {
    pub library: PathBuf,
    pub instruments: Instruments,
    pub sandbox: PathBuf,
    python: PathBuf,
    /// How often a median is measured.
    pub runs: usize,
    /// When the part that is measured has to be done.
    deadline: Cell<Option<Instant>>,
}

/// The C programs.
pub struct Instruments {
    pub measure: PathBuf,
    pub allocations: PathBuf,
}

impl Bench {
    /// Builds and installs the library as it is shipped, the sandbox as fast as it can be, and the programs.
    pub fn prepare(installed: Option<PathBuf>, runs: usize) -> Outcome<Self> {
        Ok(Self {
            library: prefix(installed)?.join(format!("lib/librs_auth.so.{VERSION}")),
            instruments: Instruments::build()?,
            sandbox: sandbox::build_fast()?,
            python: test::environment()?,
            runs,
            deadline: Cell::new(None),
        })
    }

    /// A part begins, which has so long.
    pub fn begin(&self, limit: Duration) {
        self.deadline.set(Instant::now().checked_add(limit));
    }

    fn is_in_time(&self) -> Outcome {
        let is_late = self.deadline.get().is_some_and(|deadline| deadline < Instant::now());
        if is_late { Err("it takes too long on this machine: fewer --runs".into()) } else { Ok(()) }
    }

    /// The servers of a part.
    pub fn servers(&self, part: &str) -> Outcome<Servers> {
        Servers::start(&self.sandbox, part)
    }

    /// One of our measurements of a login, `words` after the library's name.
    pub fn ours(&self, servers: &Servers, what: &str, words: &[&str], login: &Login) -> Outcome<Value> {
        self.is_in_time()?;
        let mut command = limited(&self.instruments.measure);
        command.arg(what).arg(&self.library).args(words).args(pairs(login)).envs(servers.environment()?);
        json_of(&mut command)
    }

    /// The same of the Python driver; nothing where it has no such login.
    pub fn peer(&self, servers: &Servers, what: &str, words: &[&str], login: &Login) -> Outcome<Option<Value>> {
        let Some(properties) = &login.peer else { return Ok(None) };
        let configuration = json!({ "properties": properties, "hosts": servers.hosts() }).to_string();
        let mut command = limited(&self.python);
        command
            .args(["-I", "-Wignore", "benches/peer.py", what])
            .args(words)
            .arg(configuration)
            .envs(servers.environment()?);
        json_of(&mut command).map(Some)
    }

    /// Who measured what: the figures mean nothing without.
    pub fn circumstances(&self) -> Outcome<Value> {
        let versions = "import platform, redshift_connector, boto3; \
                        print(platform.python_version(), redshift_connector.__version__, boto3.__version__)";
        let python = capture(program(&self.python).args(["-Wignore", "-c", versions]))?;
        let mut python = python.split_whitespace();
        let mut next = || python.next().unwrap_or_default().to_owned();
        let commit = capture(program("git").args(["rev-parse", "--short=10", "HEAD"])).unwrap_or_default();
        // The pages of the parts before this one are written by then: they change nothing that is measured.
        let status = ["status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)docs"];
        let is_changed = capture(program("git").args(status)).is_ok_and(|files| !files.trim().is_empty());
        let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
        Ok(json!({
            "commit": format!("{}{}", commit.trim(), if is_changed { "-dirty" } else { "" }),
            "version": VERSION,
            "processors": available_parallelism().map_or(0, usize::from),
            "model": model.trim_start_matches([' ', '\t', ':']),
            "kernel": std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
            "rustc": capture(program("rustc").arg("--version"))?.trim(),
            "python": next(), "redshift_connector": next(), "boto3": next(),
        }))
    }
}

/// Where the library is installed; builds and installs it as it is shipped where that is not said.
pub fn prefix(installed: Option<PathBuf>) -> Outcome<PathBuf> {
    if let Some(prefix) = installed {
        return Ok(prefix);
    }
    let prefix = target().join("installed");
    let plan = Plan {
        prefix: prefix.clone(),
        libdir: "lib".into(),
        destdir: None,
        profile: Profile::Release,
        with_static: false,
    };
    install::install(&plan, &library::build(plan.profile)?)?;
    Ok(prefix)
}

impl Instruments {
    pub fn build() -> Outcome<Self> {
        let dir = target().join("bench");
        create_dir(&dir)?;
        let sources = |names: &[&str]| names.iter().map(|name| format!("c-tests/bench/{name}.c")).collect::<Vec<_>>();
        let compile = |name: &str, parts: &[&str], options: &[&str]| -> Outcome<PathBuf> {
            let file = dir.join(name);
            let mut compiler = program("cc");
            compiler.args(FLAGS).arg(&file).args(sources(parts)).arg("c-tests/support/test.c");
            run(compiler.args(options).args(["-ldl", "-lpthread"]))?;
            Ok(file)
        };
        Ok(Self {
            measure: compile("measure", &["measure", "bench", "single", "crowd"], &[])?,
            // The library is to find this program's malloc.
            allocations: compile("allocations", &["allocations", "bench"], &["-rdynamic"])?,
        })
    }
}

/// `Key=Value`, as the C programs take them.
pub fn pairs(login: &Login) -> Vec<String> {
    login.dsn.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

/// A program that does not run for ever.
pub fn limited(name: &Path) -> Command {
    let mut command = program("timeout");
    command.args(["--kill-after=5", SECONDS]).arg(name);
    command
}

/// Runs what prints one line of JSON, after whatever a browser says that it started.
pub fn json_of(command: &mut Command) -> Outcome<Value> {
    let text = capture(command)?;
    let line = text.trim().lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| format!("{error} in {text:?}"))
}

/// A number of what was measured.
pub fn number(of: &Value, name: &str) -> Outcome<f64> {
    of[name].as_f64().ok_or_else(|| format!("no {name} in {of}"))
}

/// A list of numbers.
pub fn numbers(of: &Value, name: &str) -> Outcome<Vec<f64>> {
    let list = of[name].as_array().ok_or_else(|| format!("no {name} in {of}"))?;
    Ok(list.iter().filter_map(Value::as_f64).collect())
}
