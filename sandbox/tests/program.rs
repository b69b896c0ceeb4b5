//! The program, as a test in another language uses it: start it, read its line, steer it by the control endpoint.

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::listener::Listener;
use common::{ALICE, CLUSTER, Reply, Signer, send};
use serde_json::{Value, json};

struct Program {
    child: Child,
    line: Value,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rs-auth-sandbox"))
            .args(["--json", "--until-stdin-closes"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, line: serde_json::from_str(&line).unwrap() }
    }

    fn text(&self, name: &str) -> &str {
        self.line[name].as_str().unwrap_or_else(|| panic!("{name} in {}", self.line))
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        send(
            self.text("http_url"),
            method,
            &format!("/_sandbox/{path}"),
            &[("content-type", "application/json")],
            &body,
        )
    }

    fn login(&self) -> Reply {
        let key = &self.line["keys"]["user"];
        let part = |name: &str| key[name].as_str().unwrap();
        let signer = Signer::new("redshift", part("access_key_id"), part("secret_access_key"), None);
        signer.redshift(self.text("http_url"), "GetClusterCredentials", &[ALICE, CLUSTER])
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[test]
fn the_line_tells_all_that_a_login_needs() {
    let program = Program::start(&[]);
    assert_eq!(program.login().status, 200);
    for file in ["ca_file", "odbc_ini", "aws_config", "aws_credentials", "env_file"] {
        assert!(Path::new(program.text(file)).is_file(), "{file}");
    }
    let odbc_ini = std::fs::read_to_string(program.text("odbc_ini")).unwrap();
    for name in program.line["dsns"].as_array().unwrap() {
        assert!(odbc_ini.contains(&format!("\n[{}]\n", name.as_str().unwrap())));
    }
    assert!(odbc_ini.contains(&format!("EndPointUrl={}\n", program.text("http_url"))));
    let info = program.control("GET", "info", &Value::Null).json();
    assert_eq!(info["http_url"], program.line["http_url"]);
}

#[test]
fn it_ends_with_its_standard_input_and_takes_its_directory_along() {
    let mut program = Program::start(&[]);
    let directory = program.text("dir").to_owned();
    assert!(Path::new(&directory).is_dir());
    drop(program.child.stdin.take());
    assert!(program.child.wait().unwrap().success());
    assert!(!Path::new(&directory).exists());
}

#[test]
fn it_ends_on_sigterm() {
    let mut program = Program::start(&[]);
    let directory = program.text("dir").to_owned();
    let killed = Command::new("kill").args(["-TERM", &program.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(program.child.wait().unwrap().success());
    assert!(!Path::new(&directory).exists());
}

#[test]
fn requests_are_read_and_forgotten() {
    let program = Program::start(&[]);
    program.login();
    let requests = program.control("GET", "requests", &Value::Null).json();
    assert_eq!(requests.as_array().unwrap().len(), 1, "control requests are not among them: {requests}");
    assert_eq!(requests[0]["operation"], "GetClusterCredentials");
    assert_eq!(requests[0]["parameters"]["DbUser"], "alice");
    assert_eq!(requests[0]["status"], 200);
    assert_eq!(program.control("POST", "reset", &Value::Null).status, 200);
    assert_eq!(program.control("GET", "requests", &Value::Null).json(), json!([]));
}

#[test]
fn faults_are_scripted_in_json() {
    let program = Program::start(&[]);
    let fault =
        json!({ "operation": "GetClusterCredentials", "action": { "throttle": { "status": 429, "retry_after": 1 } } });
    assert_eq!(program.control("POST", "faults", &fault).status, 200);
    assert_eq!(
        program.control("POST", "faults", &json!({ "service": "redshift", "skip": 1, "action": "reset" })).status,
        200
    );
    assert_eq!(program.login().status, 429);
    assert_eq!(program.control("GET", "faults", &Value::Null).json().as_array().unwrap().len(), 1);
    assert_eq!(program.control("DELETE", "faults", &Value::Null).status, 200);
    assert_eq!(program.login().status, 200);
    let wrong = program.control("POST", "faults", &json!({ "action": "explode" }));
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("explode"), "{}", wrong.text());
}

#[test]
fn the_world_is_changed_in_json() {
    let program = Program::start(&[]);
    assert_eq!(program.control("PATCH", "world", &json!({ "clusters": [] })).status, 200);
    assert_eq!(program.login().error(), (404, "ClusterNotFound".to_owned()));
    let clusters =
        json!({ "clusters": [{ "id": "sandbox-cluster", "host": "x.example.com" }], "database_password": "a;b{c}" });
    assert_eq!(program.control("PATCH", "world", &clusters).status, 200);
    assert_eq!(program.login().element("DbPassword").as_deref(), Some("a;b{c}"));
    assert_eq!(program.control("PATCH", "world", &json!({ "clutters": [] })).status, 400);
    let world = program.control("GET", "world", &Value::Null).json();
    assert_eq!(world["clusters"][0]["id"], "sandbox-cluster");
    assert_eq!(program.control("PUT", "world", &world).status, 200);
}

#[test]
fn more_ports_are_opened_by_request() {
    let program = Program::start(&[]);
    for (tls, scheme) in [(false, "http://"), (true, "https://")] {
        let opened = program.control("POST", "listen", &json!({ "tls": tls })).json();
        let url = opened["url"].as_str().unwrap();
        assert!(url.starts_with(scheme) && url != program.text("http_url") && url != program.text("https_url"));
        std::net::TcpStream::connect(url.rsplit_once('/').unwrap().1).unwrap();
    }
    assert_eq!(program.control("POST", "listen", &json!({})).status, 400);
}

#[test]
fn ports_with_bad_tls_are_opened_by_request() {
    let program = Program::start(&[]);
    let opened = program.control("POST", "bad_tls", &json!("expired")).json();
    assert!(opened["url"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    let named = program.control("POST", "bad_tls", &json!({ "unknown_authority": { "name": "X" } }));
    assert_eq!(named.status, 200);
    assert_eq!(program.control("POST", "bad_tls", &json!("fine")).status, 400);
}

#[test]
fn a_page_in_a_browser_cannot_steer_it() {
    let program = Program::start(&[]);
    let url = program.text("http_url");
    let reset = |headers: &[(&str, &str)]| send(url, "POST", "/_sandbox/reset", headers, b"").status;
    assert_eq!(reset(&[("Origin", "https://evil.example.com")]), 404);
    assert_eq!(reset(&[]), 200);
}

#[test]
fn a_port_and_a_directory_are_taken_as_given() {
    let first = Program::start(&[]);
    let directory = Path::new(first.text("dir")).join("mine");
    // The port of the first is surely taken, so a second one there must fail.
    let port = first.text("http_url").rsplit_once(':').unwrap().1.to_owned();
    let output = Command::new(env!("CARGO_BIN_EXE_rs-auth-sandbox")).args(["--http-port", &port]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("rs-auth-sandbox: "));
    let second = Program::start(&["--dir", directory.to_str().unwrap(), "--rtt", "5"]);
    assert_eq!(Path::new(second.text("odbc_ini")), directory.canonicalize().unwrap().join("odbc.ini"));
    assert_eq!(second.login().status, 200);
}

/// `browse` against a running sandbox, with the listener of a login at that address.
fn browse(program: &Program, listener: &Listener, arguments: &[&str], variables: &[(&str, &str)]) -> (bool, String) {
    let url = format!("{}/saml/login?acs={}", program.text("https_url"), listener.redirect_uri());
    let output = Command::new(env!("CARGO_BIN_EXE_rs-auth-sandbox"))
        .arg("browse")
        .args(arguments)
        .arg(url)
        .env("RS_AUTH_BROWSE_CA", program.text("ca_file"))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

#[test]
fn it_signs_in_as_a_browser() {
    let (program, listener) = (Program::start(&[]), Listener::start("127.0.0.1"));
    let (done, text) = browse(&program, &listener, &[], &[]);
    assert!(done && text.ends_with("/redshift/\nDone\n\nYou are in.\n"), "{text}");
    let (done, _) = browse(&program, &listener, &["--user", "sms", "--otp", "123456", "--no-preconnect"], &[]);
    assert!(done);
    let variables = [("RS_AUTH_BROWSE_USER", "sms"), ("RS_AUTH_BROWSE_OTP", "123456"), ("RS_AUTH_BROWSE_REPLAY", "1")];
    assert!(browse(&program, &listener, &[], &variables).0);
    assert_eq!(listener.answers().len(), 4, "one, one, and one twice");

    for (arguments, told) in [
        (&["--password", "wrong"][..], "The user name or the password is wrong."),
        (&["--user", "sms"], "Type the code"),
        (&["--ca", "/nowhere.pem"], "/nowhere.pem"),
        (&["--ipv6"], "[::1]"),
        (&["--wrong-state"], "no state to forge"),
    ] {
        let (done, text) = browse(&program, &listener, arguments, &[]);
        assert!(!done && text.contains(told), "{arguments:?}: {text}");
    }
    let (done, text) = browse(&program, &listener, &[], &[("RS_AUTH_BROWSE_STOP_AFTER", "soon")]);
    assert!(!done && text.contains("RS_AUTH_BROWSE_STOP_AFTER: soon will not do"), "{text}");
    let (done, _) = browse(&program, &listener, &["--stop-after", "1"], &[]);
    assert!(done, "whoever closes the window has done what was asked");
    assert_eq!(listener.answers().len(), 4);
}

#[test]
fn it_leaves_this_machine_alone() {
    let program = Program::start(&[]);
    let https = program.text("https_url").strip_prefix("https://").unwrap().to_owned();
    let browse = |arguments: &[&str]| {
        let page = "https://idp.example.com/saml/login?acs=http%3A%2F%2F127.0.0.1%3A1%2F";
        Command::new(env!("CARGO_BIN_EXE_rs-auth-sandbox"))
            .args([&["browse", "--ca", program.text("ca_file"), "--stop-after", "1"], arguments, &[page]].concat())
            .output()
            .unwrap()
    };
    let refused = browse(&[]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("is not on loopback"));
    assert!(browse(&["--resolve", &https]).status.success(), "the control");
}
