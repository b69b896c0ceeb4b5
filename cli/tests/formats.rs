//! What `get` and `aws` print.

use crate::desk::{Desk, Ended, HOST, member, shown};
use std::collections::BTreeMap;

/// The fields of `name='value'` strings that hold no quotes, as the sandbox's results do.
fn conninfo(text: &str) -> BTreeMap<&str, &str> {
    text.trim().split(' ').map(|word| word.split_once('=').unwrap()).map(|(k, v)| (k, v.trim_matches('\''))).collect()
}

#[test]
fn text_is_a_line_for_each_thing_there_is() {
    let desk = Desk::new();
    let text = desk.run(&["get", "--dsn", "sandbox-keys"]).good();
    let lines: Vec<_> = text.lines().map(|line| line.split_once(' ').map(|(k, v)| (k, v.trim())).unwrap()).collect();
    assert_eq!(lines[0], ("method", "Static"));
    assert_eq!(lines[1], ("user", "IAM:alice"));
    assert!(lines[2].0 == "password" && lines[2].1.len() > 30 && !lines[2].1.contains('*'), "a pipe gets it: {text}");
    assert_eq!(lines[3..6], [("host", HOST), ("port", "5439"), ("database", "dev")]);
    assert!(lines[6].0 == "expires" && lines[6].1.ends_with('Z') && lines.len() == 7, "{text}");
}

#[test]
fn json_has_every_member() {
    let desk = Desk::new();
    let json = desk.run(&["get", "-d", "sandbox-adfs", "-o", "json"]).good();
    for (pointer, value) in [
        ("/kind", "db_password"),
        ("/plugin", "ADFS"),
        ("/user", "IAMA:alice"),
        ("/host", HOST),
        ("/database", "dev"),
        ("/aws/role_arn", "arn:aws:iam::123456789012:role/sandbox-role"),
    ] {
        assert_eq!(member(&json, pointer), value, "{pointer}");
    }
    assert_eq!((member(&json, "/port"), member(&json, "/from_cache")), (5439.into(), false.into()));
    assert!(member(&json, "/token").is_null());
    let (ms, text) = (member(&json, "/expires_at_unix_ms"), member(&json, "/expires_at"));
    assert_eq!(text.as_str().unwrap().len(), "2026-01-01T00:00:00Z".len());
    assert!(ms.as_i64().unwrap() > 1_700_000_000_000);
}

#[test]
fn a_shell_takes_the_environment() {
    let desk = Desk::new();
    let ca_file = shown(desk.sandbox.ca_file()).to_owned();
    let awkward = format!("CaFile={ca_file}");
    let script = desk.run(&["get", "-d", "sandbox-keys", "-o", "env", "Database=it's $HOME", &awkward]).good();
    assert!(
        script.lines().all(|line| line.starts_with("export PG") || line == "unset PGHOSTADDR PGSERVICE"),
        "{script}"
    );
    let print = "printf '%s|' \"$PGHOST\" \"$PGPORT\" \"$PGDATABASE\" \"$PGUSER\" \"$PGSSLMODE\" \"$PGSSLROOTCERT\" \
                 \"${PGSERVICE-none}\" \"${#PGPASSWORD}\"";
    let mut shell = desk.command_of("sh");
    shell.args(["-c", &format!("{script}\n{print}")]).env("PGSERVICE", "other");
    let said = Ended::from(shell.output().unwrap()).good();
    let fields: Vec<_> = said.split('|').collect();
    assert_eq!(fields[..7], [HOST, "5439", "it's $HOME", "IAM:alice", "verify-ca", &ca_file, "none"]);
    assert!(fields[7].parse::<usize>().unwrap() > 30);
}

#[test]
fn a_password_file_gets_a_line() {
    let desk = Desk::new();
    let line = desk.run(&["get", "-d", "sandbox-keys", "-o", "pgpass", r"Database=a:b\c"]).good();
    let start = format!(r"{HOST}:5439:a\:b\\c:IAM\:alice:");
    assert!(line.starts_with(&start) && line.ends_with('\n') && line.lines().count() == 1, "{line}");
    assert!(!line[start.len()..].contains(':'), "the sandbox's passwords are base 64: {line}");
}

#[test]
fn connection_strings_carry_what_belongs_to_a_connection() {
    let desk = Desk::new();
    let get = |format: &str| desk.run(&["get", "-d", "sandbox-tls", "-o", format, "connect_timeout=7"]).good();
    let ca_file = shown(desk.sandbox.ca_file());
    let libpq = get("libpq");
    let fields = conninfo(&libpq);
    let names = ["connect_timeout", "dbname", "host", "password", "port", "sslmode", "sslrootcert", "user"];
    assert_eq!(fields.keys().copied().collect::<Vec<_>>(), names);
    assert_eq!((fields["host"], fields["user"], fields["sslrootcert"]), (HOST, "IAM:alice", ca_file));
    let url = get("url");
    assert!(url.starts_with("postgresql://IAM%3Aalice:") && url.contains(&format!("@{HOST}:5439/dev?")), "{url}");
    let odbc = get("odbc");
    assert!(odbc.starts_with("DSN=sandbox-tls;") && odbc.contains("UID=IAM:alice;PWD=") && odbc.contains("IAM=0;"));
    assert!(!odbc.contains("EndPointUrl") && !odbc.contains("AccessKeyID"), "{odbc}");
    let psqlodbc = get("psqlodbc");
    assert!(psqlodbc.contains(&format!("Servername={HOST};")) && psqlodbc.contains("Pwd={"), "{psqlodbc}");
}

#[test]
fn credential_process_is_what_the_sdks_read() {
    let desk = Desk::new();
    for arguments in [&["aws", "-d", "sandbox-adfs"][..], &["get", "-d", "sandbox-adfs", "-o", "credential_process"]] {
        let json = desk.run(arguments).good();
        assert_eq!(member(&json, "/Version"), 1);
        assert!(member(&json, "/AccessKeyId").as_str().unwrap().starts_with("ASIA"), "{json}");
        assert!(member(&json, "/Expiration").as_str().unwrap().ends_with('Z'));
        assert!(member(&json, "/SecretAccessKey").is_string() && member(&json, "/SessionToken").is_string());
    }
    assert!(desk.sandbox.requests_for("GetClusterCredentials").is_empty(), "the database is not asked");
    let json = desk.run(&["aws", "-d", "sandbox-keys"]).good();
    let whole: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<_> = whole.as_object().unwrap().keys().collect();
    assert_eq!(names, ["AccessKeyId", "SecretAccessKey", "Version"], "keys that stay have no end");
}

#[test]
fn aws_keys_may_be_an_environment() {
    let desk = Desk::new();
    let script = desk.run(&["aws", "-d", "sandbox-session", "-o", "env"]).good();
    let print = "printf '%s|' \"$AWS_ACCESS_KEY_ID\" \"$AWS_SESSION_TOKEN\" \"${AWS_PROFILE-none}\"";
    let run = |script: &str| {
        let mut shell = desk.command_of("sh");
        shell.args(["-c", &format!("{script}\n{print}")]).env("AWS_PROFILE", "x").env("AWS_SESSION_TOKEN", "stale");
        Ended::from(shell.output().unwrap()).good()
    };
    let session_token = "IQoJsandboxSessionToken/+0123456789abcdefghijklmnopqrstuvwxyz==";
    assert_eq!(run(&script), format!("ASIASANDBOXSESSION01|{session_token}|none|"));
    let script = desk.run(&["aws", "-d", "sandbox-keys", "-o", "env"]).good();
    assert_eq!(run(&script), "AKIASANDBOXUSER00001||none|", "a token of other keys is taken away");
}

#[test]
fn a_token_for_the_server_is_no_password() {
    let desk = Desk::new();
    let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.x";
    let word = format!("web_identity_token={token}");
    let host = format!("Host={HOST}");
    let get = |format: &str| {
        let words = ["get", "-o", format, "plugin_name=JWT", "Database=dev", "provider_name=p", &host, &word];
        desk.run(&words)
    };
    for format in ["env", "pgpass", "libpq", "url", "psqlodbc"] {
        let ended = get(format);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{format}: {}", ended.err);
        assert!(!ended.err.contains(token), "{}", ended.err);
    }
    assert_eq!(member(&get("json").good(), "/token"), token);
    assert!(get("odbc").good().contains(&format!("token={token};")));
    assert!(get("text").good().contains(token));
}
