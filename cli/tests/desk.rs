//! A sandbox, a home directory with its files, and the program in an environment of its own.

use rs_auth_sandbox::{DsnFiles, Sandbox};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_rs-auth");

/// The name of the cluster that most data sources lead to.
pub const HOST: &str = "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com";

/// Words with which a doctor looks for nothing beyond loopback. There is no database.
pub const HERE: [&str; 3] = ["Host=127.0.0.1", "Port=1", "ClusterId=sandbox-cluster"];

pub struct Desk {
    pub sandbox: Sandbox,
    pub home: TempDir,
    files: DsnFiles,
}

/// What the program said and ended with.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().expect("not ended by a signal");
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ended {
    /// What it printed, if it went well.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }
}

impl Desk {
    pub fn new() -> Self {
        let (sandbox, home) = (Sandbox::start(), TempDir::new().unwrap());
        let files = sandbox.write_dsn_files(home.path()).unwrap();
        Self { sandbox, home, files }
    }

    /// With nothing of this machine's configuration.
    pub fn command_of(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.home.path());
        command.env("ODBCINI", &self.files.odbc_ini).env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_CONFIG_FILE", &self.files.aws_config);
        command.env("AWS_SHARED_CREDENTIALS_FILE", &self.files.aws_credentials);
        command.stdin(Stdio::null()).current_dir(self.home.path());
        command
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_of(PROGRAM);
        command.args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// With something on standard input.
    pub fn feed(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It may end without having read all.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn operations(&self) -> Vec<String> {
        self.sandbox.requests().into_iter().map(|request| request.operation).collect()
    }
}

/// The value of a member of a JSON text.
pub fn member(json: &str, pointer: &str) -> serde_json::Value {
    let value: serde_json::Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    value.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {json}")).clone()
}

pub fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}
