//! What the program ends with, by class of status.

use crate::desk::{Desk, HERE, PROGRAM};
use rs_auth_sandbox::{Fault, FaultAction};
use std::net::TcpListener;
use std::path::Path;

#[test]
fn each_class_of_status_has_its_number() {
    let desk = Desk::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = format!("EndPointUrl=http://{closed}");
    let cases: [(&[&str], i32, &str); 7] = [
        (&["-d", "sandbox-keys"], 0, ""),
        (&["-d", "sandbox-adfs", "idp_port=x"], 2, "RS_AUTH_STATUS_INVALID_SETTING 100"),
        (&["plugin_name=Otka"], 2, "RS_AUTH_STATUS_UNKNOWN_PLUGIN 102"),
        (&["-d", "sandbox-keys", &closed], 3, "RS_AUTH_STATUS_NETWORK 200"),
        (&["-d", "sandbox-adfs", "PWD=wrong"], 4, "RS_AUTH_STATUS_IDP_REJECTED 300"),
        (&["-d", "sandbox-okta", "UID=totp"], 4, "RS_AUTH_STATUS_MFA_REQUIRED 301"),
        (&["-d", "sandbox-denied"], 5, "RS_AUTH_STATUS_ACCESS_DENIED 400"),
    ];
    for (dsn, code, name) in cases {
        let ended = desk.run(&[&["get"], dsn].concat());
        assert_eq!(ended.code, code, "{dsn:?}: {}", ended.err);
        assert!(ended.err.contains(name), "{dsn:?}: {}", ended.err);
        assert_eq!(ended.out.is_empty(), code != 0, "{dsn:?}: {}", ended.out);
    }
}

#[test]
fn the_time_limit_is_6() {
    let desk = Desk::new();
    desk.sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Stall));
    let late = desk.run(&["get", "-d", "sandbox-keys", "--timeout", "1"]);
    assert!(late.code == 6 && late.err.contains("RS_AUTH_STATUS_TIMEOUT 500"), "{late:?}");
    assert_eq!(desk.run(&["get", "-d", "sandbox-keys", "--timeout", "0"]).code, 0, "no limit");
}

#[test]
fn what_this_machine_lacks_is_7() {
    let desk = Desk::new();
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let alone = directory.path().join("rs-auth");
    std::fs::hard_link(PROGRAM, &alone).unwrap();
    let run = |path: &Path| {
        let mut command = desk.command_of(&alone);
        crate::desk::Ended::from(command.args(["sandbox", "--help"]).env("PATH", path).output().unwrap())
    };
    let absent = run(desk.home.path());
    assert!(absent.code == 7 && absent.err.contains("cargo install --path sandbox"), "{absent:?}");
    let found = desk.home.path().join("rs-auth-sandbox");
    std::fs::write(&found, "#!/bin/sh\necho \"sandbox $*\"\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&found, mode).unwrap();
    assert_eq!(run(desk.home.path()).good(), "sandbox --help\n");
}

#[test]
fn a_command_line_that_makes_no_sense_is_2() {
    let desk = Desk::new();
    for words in
        [&["nonsense"][..], &["get", "--nonsense"], &["get", "-o", "yaml"], &["forget"], &["keys", "Otka"], &[]]
    {
        let ended = desk.run(words);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{words:?}");
        assert!(!ended.err.is_empty());
    }
    assert_eq!(desk.run(&["--help"]).code, 0);
}

#[test]
fn an_explanation_ends_with_the_class_of_what_a_login_would() {
    let desk = Desk::new();
    let good = desk.run(&["explain", "-d", "sandbox-keys"]);
    assert!(good.code == 0 && good.out.starts_with("ready:"), "{good:?}");
    assert!(good.out.contains("GetClusterCredentials") && good.out.contains("section [sandbox-keys] of"), "{good:?}");
    let bad = desk.run(&["explain", "-d", "sandbox-keys", "Prot=1", "plugin_name=Otka"]);
    assert!(bad.code == 2 && bad.out.starts_with("error:"), "{bad:?}");
    assert!(bad.out.contains("did you mean Port?"), "{}", bad.out);
    assert!(desk.operations().is_empty());
    let json = desk.run(&["explain", "--json", "-d", "sandbox-keys"]).good();
    assert_eq!(crate::desk::member(&json, "/ready"), true);
}

#[test]
fn a_doctor_is_asked() {
    let desk = Desk::new();
    for format in [&[][..], &["--json"]] {
        let asked = desk.run(&[&["doctor", "-d", "sandbox-denied"], &HERE[..], format].concat());
        assert!(asked.code == 5 && asked.out.contains("GetClusterCredentials"), "{asked:?}");
    }
}
