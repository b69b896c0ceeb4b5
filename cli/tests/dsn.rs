//! How a DSN is put together.

use crate::desk::{Desk, member, shown};
use rs_auth_sandbox::identity::PASSWORD;

fn user(desk: &Desk, arguments: &[&str]) -> String {
    let json = desk.run(&[&["get", "-o", "json"], arguments].concat()).good();
    member(&json, "/user").as_str().unwrap().to_owned()
}

#[test]
fn words_win_over_the_string_over_the_file_over_the_data_source() {
    let desk = Desk::new();
    let file = desk.write("settings", "# a comment\nDbUser=by_file;Database=dev\n\nAutoCreate = 1\n");
    let name = ["-d", "sandbox-keys"];
    let with_file = [&name[..], &["--file", shown(&file)]].concat();
    let with_string = [&with_file[..], &["--connection-string", "DbUser={by_string}"]].concat();
    let with_word = [&with_string[..], &["dbuser=by_word"]].concat();
    assert_eq!(user(&desk, &name), "IAM:alice");
    assert_eq!(user(&desk, &with_file), "IAMA:by_file");
    assert_eq!(user(&desk, &with_string), "IAMA:by_string");
    assert_eq!(user(&desk, &with_word), "IAMA:by_word");
}

#[test]
fn a_url_is_a_connection_string() {
    let desk = Desk::new();
    let key = desk.sandbox.describe()["keys"]["user"].clone();
    let url = format!(
        "jdbc:redshift:iam://{}:5439/dev?DbUser=bob&AccessKeyID={}&SecretAccessKey={}&EndPointUrl={}",
        crate::desk::HOST,
        key["access_key_id"].as_str().unwrap(),
        key["secret_access_key"].as_str().unwrap().replace('/', "%2F").replace('+', "%2B"),
        desk.sandbox.http_url(),
    );
    assert_eq!(user(&desk, &["-c", &url]), "IAM:bob");
}

#[test]
fn a_data_source_that_is_not_there_is_told_whatever_else_is_given() {
    let desk = Desk::new();
    let get = |name: &str| desk.run(&["get", "-d", name, "DbUser=x"]);
    let absent = get("sandbox-keyz");
    assert_eq!(absent.code, 2);
    assert!(
        absent.err.contains("no data source named sandbox-keyz") && absent.err.contains("sandbox-keys?"),
        "{absent:?}"
    );
    assert_eq!(get("sandbox-keys").code, 0);
}

#[test]
fn a_file_is_told_by_its_line() {
    let desk = Desk::new();
    let broken = desk.write("broken", "Database=dev\nPWD={open\n");
    let ended = desk.run(&["get", "-f", shown(&broken)]);
    assert!(ended.code == 2 && ended.err.contains("broken, line 2:"), "{ended:?}");
    let absent = desk.run(&["get", "-f", "absent"]);
    assert!(absent.code == 2 && absent.err.contains("absent cannot be read"), "{absent:?}");
    let large = desk.write("large", &"# comment\n".repeat(120_000));
    let ended = desk.run(&["get", "-d", "sandbox-keys", "-f", shown(&large)]);
    assert!(ended.code == 2 && ended.err.contains("larger than"), "{ended:?}");
    let fits = desk.write("fits", &"# comment\n".repeat(100_000));
    assert_eq!(desk.run(&["get", "-d", "sandbox-keys", "-f", shown(&fits)]).code, 0);
}

#[test]
fn a_password_comes_from_standard_input() {
    let desk = Desk::new();
    let words = ["get", "-d", "sandbox-adfs", "--password-stdin"];
    assert_eq!(desk.feed(&words, "wrong\n").code, 4);
    assert_eq!(desk.feed(&words, &format!("{PASSWORD}\r\nrest")).code, 0);
    let empty = desk.feed(&words, "");
    assert!(empty.code == 2 && empty.err.contains("standard input is empty"), "{empty:?}");
}

#[test]
fn a_word_without_a_value_is_refused_where_nobody_can_be_asked() {
    let desk = Desk::new();
    let run = |word: &str| {
        // In a session of its own it has no terminal, whatever these tests are run at.
        let mut command = desk.command_of("setsid");
        command.args(["--wait", crate::desk::PROGRAM, "get", "-d", "sandbox-adfs", word]);
        crate::desk::Ended::from(command.output().unwrap())
    };
    let secret = run("pwd");
    assert!(secret.code == 2 && secret.err.contains("no terminal"), "{secret:?}");
    let plain = run("UID");
    assert!(plain.code == 2 && plain.err.contains("UID=VALUE"), "{plain:?}");
    assert_eq!(run("=x").code, 2);
    assert_eq!(run(&format!("pwd={PASSWORD}")).code, 0);
    assert!(desk.sandbox.requests_for("AssumeRoleWithSAML").len() == 1, "only the last one got that far");
}
