//! What a person did once a machine: files, turns between processes, and what must never stand on disk.

mod files;
mod processes;
mod refresh;
mod secrets;
mod turns;

use crate::probe::{Call, Dsn, Machine, Outcome};
use crate::saml_plugins::adfs::ADFS;
use crate::saml_plugins::{ASK_OTP, SIGN_IN_PAGE};
use rs_auth_sandbox::identity::PASSWORD;
use rs_auth_sandbox::{Record, Sandbox};
use std::fs;
use std::path::{Path, PathBuf};

const WARN: i32 = 2;
const WAITING: i32 = 8;
const CODE: &str = "123456";

/// Somebody who has to type a code.
fn dsn(sandbox: &Sandbox) -> Dsn {
    ADFS.dsn_of(sandbox, "sms", PASSWORD)
}

/// A login in which they type it.
fn with_code(dsn: &Dsn) -> Call {
    dsn.call().answering(ASK_OTP, CODE).log(5)
}

/// Where logins are stored on that machine.
fn directory(machine: &Machine) -> PathBuf {
    machine.path(".cache/rs_auth")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn with_ending(directory: &Path, ending: &str) -> Vec<PathBuf> {
    files(directory).into_iter().filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}

/// The stored login, of which there is one.
fn document(directory: &Path) -> PathBuf {
    let mut documents = with_ending(directory, "v1");
    assert_eq!(documents.len(), 1, "{:?}", files(directory));
    documents.remove(0)
}

fn sign_ins(records: &[Record]) -> usize {
    records.iter().filter(|record| record.operation == SIGN_IN_PAGE).count()
}

/// One login in a process of its own, and whether somebody had to sign in for it.
#[track_caller]
fn login(machine: &Machine, sandbox: &Sandbox, call: Call) -> (Outcome, bool) {
    sandbox.reset_log();
    let outcome = machine.one(call);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let asked = sign_ins(&sandbox.requests());
    assert!(asked <= 1);
    assert_eq!(asked == 1, outcome.events.contains(&ASK_OTP));
    (outcome, asked == 1)
}

/// The warnings about stored logins.
fn warnings(outcome: &Outcome) -> Vec<&str> {
    let of_cache = |(level, target, _): &&(i32, String, String)| *level <= WARN && target == "cache";
    outcome.lines.iter().filter(of_cache).map(|(_, _, line)| line.as_str()).collect()
}
