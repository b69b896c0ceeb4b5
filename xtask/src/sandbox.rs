//! The sandbox program as a child of ours.

use crate::run::{Outcome, cargo, create_dir, program, run, target};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// A running sandbox; it ends with this value.
pub struct Sandbox {
    child: Child,
    description: Value,
}

/// Builds the sandbox and says where it is.
pub fn build() -> Outcome<PathBuf> {
    run(cargo("build").args(["--locked", "--quiet", "--package", "rs-auth-sandbox"]))?;
    Ok(target().join("debug/rs-auth-sandbox"))
}

impl Sandbox {
    /// Starts it; it keeps its files in `dir` and ends when its standard input does, so also if we are killed.
    pub fn start(sandbox: &Path, dir: &Path) -> Outcome<Self> {
        create_dir(dir)?;
        let mut command = program(sandbox);
        command.args(["--json", "--until-stdin-closes", "--dir"]).arg(dir).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", sandbox.display()))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(|error| format!("the sandbox said nothing: {error}"))?;
        }
        let description =
            serde_json::from_str(&line).map_err(|error| format!("the sandbox said {:?}: {error}", line.trim()))?;
        Ok(Self { child, description })
    }

    /// What the sandbox says of itself, by its JSON pointer.
    pub fn get(&self, pointer: &str) -> Outcome<&str> {
        let value = self.description.pointer(pointer).and_then(Value::as_str);
        value.ok_or_else(|| format!("the sandbox does not tell {pointer}"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
