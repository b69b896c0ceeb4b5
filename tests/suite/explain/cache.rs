//! What is kept is told, and looking at it changes nothing.

use super::{dsn, read};
use crate::probe::{Call, Dsn, Machine, Outcome, Step};
use crate::secrets::plugins::LOGINS;
use rs_auth_sandbox::Sandbox;
use serde_json::{Value, json};

fn explained(call: &Call) -> Step {
    Step::Explain(Box::new(call.clone()))
}

fn kept(outcome: &Outcome) -> Value {
    read(outcome)["cache"].clone()
}

#[test]
fn in_memory() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    let steps = [
        explained(&call),
        call.clone().into(),
        explained(&call),
        Step::Forget(Box::new(call.clone())),
        explained(&call),
    ];
    let outcomes = Machine::new().run(steps);
    let (before, after, forgotten) = (kept(&outcomes[0]), kept(&outcomes[2]), kept(&outcomes[4]));
    assert_eq!((&before["result_in_memory"], &before["login_asks_nobody"]), (&json!(null), &json!(false)));
    assert_eq!(after["result_in_memory"]["valid_until"]["unix_ms"], outcomes[1].expires);
    assert_eq!(after["login_asks_nobody"], true);
    assert_eq!(forgotten, before);
    let off = kept(&Machine::new().one(explained(&call.cache(1))));
    assert_eq!((&off["policy"], &off["disk"]["used"]), (&json!("off"), &json!(false)));
}

#[test]
fn on_disk() {
    let login = LOGINS.iter().find(|login| login.name == "Okta, question").unwrap();
    let scene = login.scene();
    let call = scene.call().cache(0);
    let directory = scene.machine.path(".cache/rs_auth");
    let before = kept(&scene.machine.one(explained(&call)));
    assert!(!directory.exists(), "looking makes nothing");
    assert_eq!((&before["disk"]["used"], &before["disk"]["sign_in_valid_until"]), (&json!(true), &json!(null)));
    let outcome = scene.machine.one(call.clone());
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let files = || {
        let mut files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    };
    let there = files();
    let after = kept(&scene.machine.one(explained(&call)));
    assert!(after["disk"]["sign_in_valid_until"]["unix_ms"].is_i64(), "{after:#}");
    assert_eq!((&after["disk"]["refresh_token"], &after["result_in_memory"]), (&json!(false), &json!(null)));
    assert_eq!(files(), there);
    std::fs::set_permissions(&directory, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let open = kept(&scene.machine.one(explained(&call)));
    assert!(open["disk"]["why_not"].as_str().unwrap().contains("open to others"), "{open:#}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&directory).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o755, "it is left as it is");
}

#[test]
fn methods_that_need_nobody_do_not_use_the_disk() {
    let jwt = dsn(&[("plugin_name", "JWT"), ("web_identity_token", "abcdefgh")]).call();
    let disk = &kept(&Machine::new().one(explained(&jwt)))["disk"];
    assert_eq!(disk["used"], false);
    assert!(disk["why_not"].as_str().unwrap().contains("signed in"), "{disk:#}");
}
