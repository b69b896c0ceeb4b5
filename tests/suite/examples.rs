//! The example in Rust, as its program runs it. Those in C and C++ are run by `c-tests/examples.c`, the one in Python by
//! `python/tests/test_examples.py`.

use rs_auth_sandbox::Sandbox;
use std::env;
use std::process::{Command, ExitCode, Output};
use tempfile::TempDir;

#[allow(dead_code)] // its main reads the command line, which is the test frame's here
#[path = "../../examples/login.rs"]
mod login;

/// The variable that holds the connection string for the child.
const DSN: &str = "RS_AUTH_SUITE_EXAMPLE";

/// What a child runs.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let dsn = env::var(DSN).expect("started by the other tests only");
    assert_eq!(format!("{:?}", login::report(&dsn)), format!("{:?}", ExitCode::SUCCESS));
}

/// The example on a machine that knows the sandbox's data sources, with one connection string.
fn run(sandbox: &Sandbox, dsn: &str) -> (Output, String, String) {
    let home = TempDir::new().unwrap();
    let files = sandbox.write_dsn_files(home.path()).unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "examples::child", "--ignored", "--nocapture", "--test-threads=1"]).env_clear();
    command.env("HOME", home.path()).env("ODBCINI", &files.odbc_ini).env("AWS_EC2_METADATA_DISABLED", "true");
    let output = command.env(DSN, dsn).current_dir(home.path()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

#[test]
fn rust() {
    let sandbox = Sandbox::start();
    let (output, out, err) = run(&sandbox, "DSN=sandbox-keys");
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("user      IAM:alice\nhost      sandbox-cluster.abc123xyz789.us-east-1.redshift"), "{out}");
    assert!(out.contains("conninfo  ********\n"), "{out}");
    assert_eq!(sandbox.requests().len(), 1);

    let (output, out, err) = run(&sandbox, "DSN=sandbox-keys;ClusterId=no-such-cluster");
    assert!(!output.status.success(), "{out}");
    assert!(err.contains("status 401 [08001]: ") && err.contains("no-such-cluster"), "{err}");
}
