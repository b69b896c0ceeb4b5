//! `exec`: the command gets the result in its environment, and its end is ours.

use crate::desk::{Desk, Ended, HOST};

#[test]
fn the_command_gets_the_environment() {
    let desk = Desk::new();
    let mut command = desk.command(&["exec", "-d", "sandbox-keys", "--", "env", "-0"]);
    command.env("PGHOSTADDR", "192.0.2.1").env("PGSERVICE", "other").env("PGDATABASE", "other").env("MINE", "kept");
    let said = Ended::from(command.output().unwrap()).good();
    let variable = |name: &str| said.split('\0').find_map(|entry| entry.strip_prefix(&format!("{name}=")));
    assert_eq!(variable("PGHOST"), Some(HOST));
    assert_eq!((variable("PGPORT"), variable("PGDATABASE")), (Some("5439"), Some("dev")));
    assert_eq!((variable("PGUSER"), variable("PGSSLMODE")), (Some("IAM:alice"), Some("verify-ca")));
    assert!(variable("PGPASSWORD").unwrap().len() > 30);
    assert_eq!((variable("PGHOSTADDR"), variable("PGSERVICE")), (None, None), "they would lead elsewhere");
    assert_eq!((variable("MINE"), variable("AWS_ACCESS_KEY_ID")), (Some("kept"), None));
}

#[test]
fn the_command_may_get_aws_keys() {
    let desk = Desk::new();
    let mut command = desk.command(&["exec", "--aws", "-d", "sandbox-adfs", "--", "env", "-0"]);
    let said = Ended::from(command.env("AWS_PROFILE", "other").output().unwrap()).good();
    let has = |start: &str| said.split('\0').any(|entry| entry.starts_with(start));
    assert!(has("AWS_ACCESS_KEY_ID=ASIA") && has("AWS_SESSION_TOKEN=") && has("AWS_CREDENTIAL_EXPIRATION=20"));
    assert!(!has("AWS_PROFILE=") && !has("PGHOST="));
}

#[test]
fn arguments_output_and_end_are_the_commands_own() {
    let desk = Desk::new();
    let script = "printf '%s,' \"$@\"; cat; exit 42";
    let words = ["exec", "-d", "sandbox-keys", "--", "sh", "-c", script, "sh", "-c", "a b", "--dsn"];
    let ended = desk.feed(&words, "typed");
    assert_eq!((ended.code, ended.out.as_str()), (42, "-c,a b,--dsn,typed"), "{}", ended.err);
}

#[test]
fn a_command_that_cannot_be_started_is_told() {
    let desk = Desk::new();
    let run = |command: &str| desk.run(&["exec", "-d", "sandbox-keys", "--", command]);
    let absent = run("no-such-command");
    assert!(absent.code == 127 && absent.err.contains("no-such-command cannot be started"), "{absent:?}");
    assert_eq!(run("/etc/passwd").code, 126);
    assert_eq!(run("true").code, 0);
    assert_eq!(desk.run(&["exec", "-d", "sandbox-keys"]).code, 2, "no command");
}

#[test]
fn without_a_login_nothing_is_started() {
    let desk = Desk::new();
    let run = |dsn: &str| desk.run(&["exec", "-d", dsn, "--", "touch", "started"]);
    let started = desk.home.path().join("started");
    assert_eq!(run("sandbox-denied").code, 5);
    assert!(!started.exists());
    assert_eq!(run("sandbox-keys").code, 0);
    assert!(started.exists());
}
