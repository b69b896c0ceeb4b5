//! What must never stand on disk.

use super::{CODE, directory, dsn, files, login, with_code};
use crate::probe::Machine;
use crate::saml_plugins::adfs::ADFS;
use crate::sent::{parameters, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::PASSWORD;
use std::fs;

#[test]
fn no_password_no_assertion_no_code() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let (outcome, _) = login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    let sent = sandbox.requests();
    let sent = parameters(the(&sent, "AssumeRoleWithSAML"));
    let assertion = &sent["SAMLAssertion"];
    assert!(assertion.len() > 500 && !outcome.password.is_empty());
    let mut secrets = vec![PASSWORD, outcome.password.as_str(), &assertion[..60], &assertion[400..460]];
    secrets.extend([ADFS.user_field, "SAMLResponse", "idp_host", "127.0.0.1"]);
    let mut keys = 0;
    for path in files(&directory(&machine)) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for secret in &secrets {
            assert!(!content.contains(secret) && !name.contains(secret), "{secret} in {name}");
        }
        // Six figures may stand in a longer number.
        assert!(!content.contains(&format!("\"{CODE}\"")), "{name}");
        keys += usize::from(content.contains(&outcome.secret_access_key));
    }
    assert_eq!(keys, 1, "the control: what is kept is found");
}

#[test]
fn names_cannot_be_guessed() {
    let sandbox = Sandbox::start();
    // The same login on two machines of the same user's name: nothing of one helps to read the other.
    let names = [Machine::new(), Machine::new()].map(|machine| {
        let cache = machine.home().to_owned();
        let machine = machine.env("HOME", "/nowhere/that/is").env("XDG_CACHE_HOME", cache.display());
        login(&machine, &sandbox, with_code(&dsn(&sandbox)));
        let names = files(&machine.path("rs_auth")).into_iter();
        let names: Vec<_> = names.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names.iter().filter(|name| name.len() > 64).count(), 2, "{names:?}");
        names
    });
    assert!(names[0].iter().filter(|name| name.len() > 64).all(|name| !names[1].contains(name)));
}
