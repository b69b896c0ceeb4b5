//! The sandbox program as a child of ours.

use crate::run::{Outcome, cargo, create_dir, program, run, target};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
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

/// Builds it as fast as it can be, for measurements: a server that computes slowly hides what a client does.
pub fn build_fast() -> Outcome<PathBuf> {
    run(cargo("build").args(["--locked", "--quiet", "--package", "rs-auth-sandbox", "--profile", "servers"]))?;
    Ok(target().join("servers/rs-auth-sandbox"))
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

    /// Asks its control endpoint.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Outcome<Value> {
        let address = self.get("/http_url")?.trim_start_matches("http://").to_owned();
        let ask = || {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let mut stream = TcpStream::connect(&address)?;
            write!(
                stream,
                "{method} /_sandbox/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).map(|_| answer)
        };
        let answer = ask().map_err(|error| format!("{method} {path} of the sandbox: {error}"))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if !head.starts_with("HTTP/1.1 200") {
            return Err(format!("{method} {path} of the sandbox: {answer}"));
        }
        serde_json::from_str(body).map_err(|error| format!("{method} {path} of the sandbox: {error}"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
