//! What cannot stand on a page as it is: secrets of this minute, and files outside of the home directory. Everything else runs
//! as it is written.

use crate::probe::Machine;
use crate::tokens;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::USER_KEY;

/// Makes what is in a file, or what a program prints.
type Content = fn(&Sandbox) -> String;

/// Files that pages name, with what is in them.
const FILES: [(&str, Content); 2] =
    [("/run/secrets/alice-password", |_| super::world::PASSWORD.to_owned()), ("/run/secrets/database-token", token)];
/// Programs that pages name, with what they print.
const PROGRAMS: [(&str, Content); 2] =
    [("/opt/company/bin/saml-response", assertion), ("/opt/company/bin/aws-keys", keys)];
/// A SAML response holds for minutes.
const RESPONSE: &str = "PHNhbWxwOlJlc3BvbnNlPi4uLjwvc2FtbHA6UmVzcG9uc2U+";

fn token(sandbox: &Sandbox) -> String {
    let token = tokens::fresh();
    tokens::known(sandbox, &token, false);
    token
}

fn assertion(sandbox: &Sandbox) -> String {
    sandbox.assertion_for("alice")
}

fn keys(_: &Sandbox) -> String {
    let (id, secret) = (super::world::KEY, super::world::SECRET);
    assert_ne!(id, USER_KEY);
    serde_json::json!({ "Version": 1, "AccessKeyId": id, "SecretAccessKey": secret }).to_string()
}

pub fn placeholders() -> impl Iterator<Item = &'static str> {
    let paths = FILES.iter().chain(&PROGRAMS).map(|(path, _)| *path);
    paths.chain([RESPONSE])
}

/// Makes the files on the machine.
pub fn make(machine: Machine, sandbox: &Sandbox) -> Machine {
    let machine = FILES.iter().fold(machine, |machine, (path, text)| machine.file(&path[1..], &text(sandbox)));
    PROGRAMS.iter().fold(machine, |machine, (path, text)| {
        let program = format!("#!/bin/sh\nprintf '%s\\n' '{}'\n", text(sandbox));
        machine.file(&path[1..], "").program(&path[1..], &program)
    })
}

/// The text as that machine has it.
pub fn put(text: &str, machine: &Machine, sandbox: &Sandbox) -> String {
    let paths = FILES.iter().chain(&PROGRAMS).map(|(path, _)| *path);
    let text =
        paths.fold(text.to_owned(), |text, path| text.replace(path, &machine.path(&path[1..]).display().to_string()));
    if text.contains(RESPONSE) { text.replace(RESPONSE, &assertion(sandbox)) } else { text }
}
