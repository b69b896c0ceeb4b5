//! The parent's side: a home directory, an environment, and a child in them.

use super::job::{Call, Outcome, Step};
use rs_auth_sandbox::{Record, Sandbox};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// The variable that holds the steps.
pub const JOB: &str = "RS_AUTH_SUITE_JOB";
/// What a child prints when it waits for its parent.
pub const PARENTS_TURN: &str = "{parent";

/// A machine on which nothing is configured: no AWS files, no variables but `PATH` and `HOME`, no metadata service.
pub struct Machine {
    home: TempDir,
    variables: BTreeMap<String, String>,
    started: AtomicU32,
}

impl Machine {
    pub fn new() -> Self {
        let home = TempDir::new().unwrap();
        let mut variables = BTreeMap::new();
        variables.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
        variables.insert("HOME".to_owned(), home.path().display().to_string());
        variables.insert("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned());
        Self { home, variables, started: AtomicU32::default() }
    }

    /// One with the AWS profiles of the sandbox's world.
    pub fn with_profiles(sandbox: &Sandbox) -> Self {
        let machine = Self::new();
        let files = sandbox.write_dsn_files(machine.home()).unwrap();
        machine
            .env("AWS_CONFIG_FILE", files.aws_config.display())
            .env("AWS_SHARED_CREDENTIALS_FILE", files.aws_credentials.display())
    }

    /// With the sandbox's instance metadata service.
    pub fn on_instance(self, sandbox: &Sandbox) -> Self {
        self.without_env("AWS_EC2_METADATA_DISABLED").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox.imds_url())
    }

    pub fn env(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.insert(name.to_owned(), value.to_string());
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// A file below the home directory.
    pub fn file(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// A program below the home directory. Another process writes it: what this one writes may be held open by a fork of
    /// another test for a moment, and what is open for writing cannot be executed (ETXTBSY).
    pub fn program(self, path: &str, text: &str) -> Self {
        let mut install = Command::new("install");
        let install = install.args(["-m", "755", "/dev/stdin"]).arg(self.path(path)).stdin(Stdio::piped());
        let mut install = install.spawn().unwrap();
        install.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(install.wait().unwrap().success());
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs the steps in a fresh process.
    pub fn run<S: Into<Step>>(&self, steps: impl IntoIterator<Item = S>) -> Vec<Outcome> {
        self.run_with(steps, |turn| panic!("nothing to do at turn {turn}"))
    }

    /// The same; `turn` runs for each [`Step::Parent`], counted from 0.
    pub fn run_with<S: Into<Step>>(
        &self,
        steps: impl IntoIterator<Item = S>,
        mut turn: impl FnMut(usize),
    ) -> Vec<Outcome> {
        let mut child = self.launch(steps);
        let mut input = child.0.stdin.take().unwrap();
        let (mut outcomes, mut turns, mut rest) = (Vec::new(), 0, Vec::new());
        for line in BufReader::new(child.0.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line == PARENTS_TURN {
                turn(turns);
                turns += 1;
                input.write_all(b"\n").unwrap();
            } else if line.starts_with('{') {
                outcomes.push(serde_json::from_str(&line).unwrap());
            } else {
                rest.push(line);
            }
        }
        let status = child.0.wait().unwrap();
        assert!(status.success(), "the child ended with {status}: {rest:#?}");
        outcomes
    }

    /// Makes the calls one after the other, each with the requests that it sent to the sandbox.
    pub fn recorded(&self, sandbox: &Sandbox, calls: impl IntoIterator<Item = Call>) -> Vec<(Outcome, Vec<Record>)> {
        let mut sent = Vec::new();
        let steps = calls.into_iter().flat_map(|call| [Step::from(call), Step::Parent]);
        let outcomes = self.run_with(steps, |_| {
            sent.push(sandbox.requests());
            sandbox.reset_log();
        });
        outcomes.into_iter().zip(sent).collect()
    }

    /// Runs one step that has one outcome.
    pub fn one(&self, step: impl Into<Step>) -> Outcome {
        only(self.run([step]))
    }

    /// Starts a process that does the steps beside others.
    pub fn launch<S: Into<Step>>(&self, steps: impl IntoIterator<Item = S>) -> Running {
        let steps: Vec<Step> = steps.into_iter().map(Into::into).collect();
        // By a file: a variable has a limit of 128 KiB.
        let job = self.path(&format!("job-{}.json", self.started.fetch_add(1, Ordering::Relaxed)));
        std::fs::write(&job, serde_json::to_vec(&steps).unwrap()).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "probe::child", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env_clear().envs(&self.variables).env(JOB, job).current_dir(self.home());
        Running(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }
}

/// A child that does not outlive a test that fails.
pub struct Running(Child);

impl Running {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Takes the turn that the process gives: `turn` runs meanwhile.
    pub fn turn(&mut self, turn: impl FnOnce()) {
        let mut byte = [0];
        let (mut line, output) = (Vec::new(), self.0.stdout.as_mut().unwrap());
        // Byte by byte: what comes after is read by others.
        while !line.ends_with(PARENTS_TURN.as_bytes()) {
            std::io::Read::read_exact(output, &mut byte).unwrap();
            line.extend(byte);
        }
        turn();
        self.0.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// SIGKILL: nothing of it runs any more.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits for its end and gives what came of its steps.
    pub fn outcomes(mut self) -> Vec<Outcome> {
        let lines = BufReader::new(self.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let outcomes = lines.filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(&line).unwrap());
        let outcomes = outcomes.collect();
        assert!(self.0.wait().unwrap().success());
        outcomes
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The one outcome there is.
pub fn only(outcomes: Vec<Outcome>) -> Outcome {
    let [outcome] = <[Outcome; 1]>::try_from(outcomes).unwrap();
    outcome
}
