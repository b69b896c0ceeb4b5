//! What needs no login: plugins, keys, what is stored, completions, manual pages.

use crate::desk::{Desk, Ended, member};
use std::process::Stdio;

#[test]
fn plugins_and_keys_are_those_of_the_library() {
    let desk = Desk::new();
    let table = desk.run(&["plugins"]).good();
    let json = desk.run(&["plugins", "--json"]).good();
    let plugins = member(&json, "");
    assert!(plugins.as_array().unwrap().len() >= 19);
    for plugin in plugins.as_array().unwrap() {
        let name = plugin["name"].as_str().unwrap();
        assert!(table.lines().any(|line| line.split(' ').next() == Some(name)), "{name}");
    }
    let all = desk.run(&["keys"]).good();
    let of_one = desk.run(&["keys", "OktaCredentialsProvider"]).good();
    assert!(all.lines().count() > of_one.lines().count() && of_one.lines().count() > 10);
    assert!(of_one.lines().any(|line| line.starts_with("app_id *")), "{of_one}");
    assert!(all.contains("login_url") && !of_one.contains("login_url"));
    let json = desk.run(&["keys", "--json", "Okta"]).good();
    assert_eq!(member(&json, "").as_array().unwrap().len(), of_one.lines().count() - 1);
}

#[test]
fn forgetting_everything_is_said_alone() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["forget", "--all"]).good(), "");
    assert_eq!(desk.run(&["forget", "-d", "sandbox-keys"]).good(), "");
    assert_eq!(desk.run(&["forget", "--all", "DbUser=x"]).code, 2);
    let empty = desk.run(&["forget"]);
    assert!(empty.code == 2 && empty.err.contains("--all"), "{empty:?}");
}

#[test]
fn shells_complete_it() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = desk.run(&["completions", shell]).good();
        assert!(script.contains("rs-auth") && script.contains("credential_process"), "{shell}");
    }
    let script = desk.write("completion.bash", &desk.run(&["completions", "bash"]).good());
    let mut bash = desk.command_of("bash");
    let ask =
        "COMP_WORDS=(rs-auth exp); COMP_CWORD=1; _rs__auth rs-auth exp rs-auth; printf '%s\\n' \"${COMPREPLY[@]}\"";
    bash.args(["-c", &format!("source {}; {ask}", crate::desk::shown(&script))]);
    assert_eq!(Ended::from(bash.output().unwrap()).good(), "explain\n");
}

#[test]
fn there_is_a_page_for_each_sub_command() {
    let desk = Desk::new();
    let page = desk.run(&["man"]).good();
    assert!(page.contains(".TH rs-auth 1") && page.contains("rs\\-auth\\-exec(1)"), "{page}");
    assert!(desk.run(&["man", "get"]).good().contains("credential_process"));
    assert_eq!(desk.run(&["man", "nonsense"]).code, 2);
    let directory = desk.home.path().join("man/man1");
    desk.run(&["man", "--dir", crate::desk::shown(&directory)]).good();
    let mut pages: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    pages.sort();
    assert!(
        pages.len() == 12 && pages.contains(&"rs-auth.1".into()) && pages.contains(&"rs-auth-exec.1".into()),
        "{pages:?}"
    );
}

#[test]
fn the_sandbox_is_started() {
    let desk = Desk::new();
    let fake = desk.home.path().join("rs-auth-sandbox");
    std::fs::write(&fake, "#!/bin/sh\necho \"$@\"\n").unwrap();
    std::fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", crate::desk::shown(desk.home.path()));
    let mut command = desk.command(&["sandbox", "--help"]);
    command.env("PATH", path).stdout(Stdio::piped());
    // The real one, where it was built beside the program; else this one.
    let said = Ended::from(command.output().unwrap()).good();
    assert!(said == "--help\n" || said.contains("Usage: rs-auth-sandbox"), "{said}");
}
