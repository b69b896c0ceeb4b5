//! No secret is told, whatever is found: not in the report, not in the lines beside it.

use super::setup::Setup;
use super::{read, step};
use crate::probe::{Call, Input, Outcome, Step};
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

/// To a database of this machine, whatever the login is for.
fn local(mut call: Call) -> Step {
    let Input::Pairs(pairs) = &mut call.input else { panic!("the logins are pairs") };
    pairs.push((b"vpc_endpoint_url".to_vec(), b"127.0.0.1".to_vec()));
    step(call)
}

/// Each plugin's login, as it is and with each of its requests gone wrong.
#[test]
fn every_plugin_and_its_faults() {
    let mut examined = 0;
    for login in LOGINS {
        let scene = login.scene();
        let well = scene.machine.one(local(scene.call()));
        read(&well);
        search(login.name, &well, &scene.secrets);
        for operation in login.operations {
            let scene = login.scene();
            let garbage = Fault { times: 0, ..Fault::on(operation, FaultAction::Garbage) };
            scene.sandbox.script(garbage);
            let outcome = scene.machine.one(local(scene.call()));
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
        assert_eq!(read(&outcome)["ok"], false, "{}", outcome.report);
        search("repeated", &outcome, &[password.to_owned()]);
    }
    let (control, log) = (Setup::adfs(), |outcome: &Outcome| read(outcome)["log"].as_array().unwrap().len());
    let outcome = control.machine.one(step(control.call().log(TRACE)));
    assert!(log(&outcome) > 3 && log(&outcome) == outcome.lines.len(), "it is what the callback hears");
}
