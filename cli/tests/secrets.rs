//! Secrets stay where they belong: in results, and in no argument, message or report.

use crate::desk::{Desk, Ended, HERE};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

const CANARY: &str = "canary-7f3a;'\"$x";

#[test]
fn no_argument_of_a_command_holds_the_password() {
    let desk = Desk::new();
    let script = "tr '\\0' '\\n' < /proc/$$/cmdline; echo \"$PGPASSWORD\"; echo end; read line";
    let mut command = desk.command(&["exec", "-d", "sandbox-keys", "--", "sh", "-c", script]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| line != "end")
        .collect();
    // It has become the command: arguments of ours are gone.
    let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let arguments = String::from_utf8(arguments).unwrap();
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    child.wait().unwrap();
    let password = lines.last().unwrap();
    assert!(password.len() > 30);
    assert!(arguments.starts_with("sh\0-c\0") && !arguments.contains(password.as_str()), "{arguments}");
    assert!(!lines[..lines.len() - 1].join("\n").contains(password.as_str()));
}

#[test]
fn no_output_holds_a_secret_of_the_dsn() {
    let desk = Desk::new();
    let words: Vec<String> =
        ["PWD", "SecretAccessKey", "SessionToken", "client_secret", "token", "web_identity_token", "totp_secret"]
            .map(|key| format!("{key}={CANARY}"))
            .into();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let commands: [&[&str]; 7] = [
        &["get", "-vvv"],
        &["get", "-vvv", "-o", "json"],
        &["aws", "-vvv"],
        &["exec", "-vvv"],
        &["explain", "-vvv"],
        &["explain", "--json", "-vvv"],
        &["doctor", "-vvv"],
    ];
    for dsn in ["sandbox-adfs", "sandbox-okta", "sandbox-azure", "sandbox-session"] {
        for command in commands {
            // Keys of the DSN are what `aws` is asked for.
            if (dsn, command[0]) == ("sandbox-session", "aws") {
                continue;
            }
            let mut all = [command, &["-d", dsn], &words].concat();
            if command[0] == "doctor" {
                all.extend(HERE);
            }
            if command[0] == "exec" {
                all.extend(["--", "true"]);
            }
            let Ended { code, out, err } = desk.run(&all);
            assert!(!out.contains("canary") && !err.contains("canary"), "{all:?}: {out}{err}");
            assert!(code != 0 || command[0] == "explain", "{all:?}: {out}");
            assert!(!err.is_empty() || !out.is_empty(), "{all:?}");
        }
    }
}

#[test]
fn a_value_that_is_refused_is_not_repeated() {
    let desk = Desk::new();
    let file = desk.write("settings", &format!("PWD={{{CANARY}\n"));
    for words in [
        vec!["get".to_owned(), "-c".to_owned(), format!("PWD={{{CANARY}")],
        vec!["get".to_owned(), "-f".to_owned(), crate::desk::shown(&file).to_owned()],
        vec!["get".to_owned(), "-d".to_owned(), "sandbox-adfs".to_owned(), format!("=PWD={CANARY}")],
    ] {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ended = desk.run(&words);
        assert!(ended.code == 2 && !ended.err.contains("canary"), "{ended:?}");
    }
}
