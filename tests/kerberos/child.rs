//! Kerberos is told by environment variables where to look. So a test runs once more in a process of its own, with those
//! of its realm.

use super::Realm;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const KEYTAB: &str = "RS_AUTH_TEST_KEYTAB";

/// Runs `body` with the environment of a realm that `prepare` has seen; it gets the keys of the web server. `test` is the
/// full name of the calling test, which must do nothing else.
pub fn in_a_realm(test: &str, start: impl FnOnce() -> Realm, prepare: impl FnOnce(&Realm), body: impl FnOnce(&Path)) {
    if let Some(keytab) = std::env::var_os(KEYTAB) {
        return body(&PathBuf::from(keytab));
    }
    let realm = start();
    prepare(&realm);
    let (_, test) = test.split_once("::").expect("the name of the crate comes first");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).envs(realm.environment());
    let output = command.env(KEYTAB, realm.keytab()).stdin(Stdio::null()).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
