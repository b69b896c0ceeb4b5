//! No secret is told, whatever is found: not in the report, not in the lines beside it.

use super::database::Answer;
use super::setup::Setup;
use super::{examine, read, step};
use crate::probe::Outcome;
use crate::secrets::plugins::LOGINS;
use rs_auth_sandbox::{Fault, FaultAction};

const TRACE: i32 = 5;

fn search(name: &str, outcome: &Outcome, secrets: &[String]) {
    let told = format!("{} {:?} {:?}", outcome.report, outcome.lines, outcome.raised);
    for secret in secrets {
        assert!(!told.contains(secret.as_str()), "{name} tells {secret}: {told}");
    }
    assert!(!told.contains("cAnArY"), "{name}: {told}");
}

/// Each plugin's login, as it is and with each of its requests gone wrong.
#[test]
fn every_plugin_and_its_faults() {
    let mut examined = 0;
    for login in LOGINS {
        let scene = login.scene();
        let well = scene.machine.one(step(scene.call()));
        read(&well);
        search(login.name, &well, &scene.secrets);
        for operation in login.operations {
            let scene = login.scene();
            let garbage = Fault { times: 0, ..Fault::on(*operation, FaultAction::Garbage) };
            scene.sandbox.script(garbage);
            let outcome = scene.machine.one(step(scene.call()));
            assert_eq!(read(&outcome)["ok"], false, "{}: {operation}", login.name);
            search(login.name, &outcome, &scene.secrets);
            examined += 1;
        }
    }
    assert!(examined >= 20, "{examined}");
}

/// What a provider or AWS repeats of what it was sent.
#[test]
fn what_others_repeat() {
    let said = |secret: &str| FaultAction::Respond {
        status: 400,
        headers: Vec::new(),
        body: format!("<html><title>{secret}</title><p class=\"error\">the password {secret} is wrong</p></html>"),
    };
    let password = "cAnArY7-words";
    let adfs = Setup::adfs().set("PWD", password);
    let adfs = adfs.script(Fault::on("SignIn", said(password)));
    let proxied = Setup::proxied().set("https_proxy_password", password);
    for setup in [adfs, proxied] {
        let outcome = setup.machine.one(step(setup.call().log(TRACE)));
        let report = read(&outcome);
        assert!(report["ok"] == false && report["log"].as_array().is_some_and(|log| !log.is_empty()), "{report:#}");
        search("repeated", &outcome, &[password.to_owned()]);
    }
    let adfs = Setup::adfs().database_answers(Answer::Bytes(b"N"));
    assert_eq!(examine(&adfs.machine, adfs.call())["ok"], false);
}
