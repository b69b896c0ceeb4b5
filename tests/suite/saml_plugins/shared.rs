//! What plugins share with all other methods: profiles that name them, one sign-in for many threads, entry points.

use super::adfs::ADFS;
use super::{ASK_OTP, REDSHIFT, SIGN_IN, SIGN_IN_PAGE, STS};
use crate::probe::{Dsn, Machine, Step};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::PASSWORD;

#[test]
fn an_aws_profile_may_name_the_plugin() {
    let sandbox = Sandbox::start();
    let plugin = ADFS.dsn(&sandbox);
    let of_profile = ["plugin_name", "idp_host", "idp_port", "UID", "PWD", "CaFile"];
    let lines: String = plugin
        .pairs()
        .iter()
        .filter(|(key, _)| of_profile.contains(&key.as_str()))
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    let machine = Machine::new().file(".aws/config", &format!("[profile sso]\n{lines}loginToRp = urn:nobody\n"));
    let bare = of_profile.iter().fold(plugin, |dsn, key| dsn.without(key)).set("Profile", "sso");
    // The values of the connection win.
    let right = bare.clone().set("loginToRp", "urn:amazon:webservices");
    let results = machine.recorded(&sandbox, [right.call(), bare.call()]);
    let (outcome, sent) = &results[0];
    assert_eq!((outcome.status, outcome.plugin.as_str()), (0, "ADFS"), "{}", outcome.told());
    assert_eq!(operations(sent), [SIGN_IN_PAGE, SIGN_IN, STS, REDSHIFT]);
    let (outcome, sent) = &results[1];
    assert_eq!(outcome.status, 302, "{}", outcome.told());
    assert_eq!(parameters(the(sent, SIGN_IN_PAGE))["loginToRp"], "urn:nobody");
}

fn together(calls: impl IntoIterator<Item = Dsn>, sandbox: &Sandbox) -> (Vec<i32>, Vec<String>) {
    let calls = calls.into_iter().map(|dsn| dsn.call()).collect();
    let outcomes = Machine::new().run([Step::Together(calls)]);
    let sent = sandbox.requests();
    (
        outcomes.iter().map(|outcome| outcome.status).collect(),
        operations(&sent).into_iter().map(str::to_owned).collect(),
    )
}

#[test]
fn many_threads_sign_in_once() {
    let sandbox = Sandbox::start();
    let (statuses, sent) = together((0..24).map(|_| ADFS.dsn(&sandbox)), &sandbox);
    assert_eq!(statuses, [0; 24]);
    assert_eq!(sent, [SIGN_IN_PAGE, SIGN_IN, STS, REDSHIFT]);
    // As many databases, one sign-in.
    sandbox.reset_log();
    let databases = (0..12).map(|n| ADFS.dsn(&sandbox).set("Database", &format!("db{n}")));
    let (statuses, sent) = together(databases, &sandbox);
    assert_eq!(statuses, [0; 12]);
    assert_eq!(sent.iter().filter(|operation| *operation == SIGN_IN).count(), 1, "{sent:?}");
    assert_eq!(sent.iter().filter(|operation| *operation == REDSHIFT).count(), 12);
}

#[test]
fn a_wrong_password_is_tried_once_for_all_who_wait() {
    let sandbox = Sandbox::start();
    let (statuses, sent) = together((0..16).map(|_| ADFS.dsn(&sandbox).set("PWD", "wrong")), &sandbox);
    assert_eq!(statuses, [300; 16]);
    // Whoever comes after the refusal has landed tries for himself; all began at the same moment.
    let tries = sent.iter().filter(|operation| *operation == SIGN_IN).count();
    assert!(tries <= 2, "{sent:?}");
}

#[test]
fn who_cannot_answer_does_not_fail_those_who_can() {
    let sandbox = Sandbox::start();
    let dsn = ADFS.dsn_of(&sandbox, "sms", PASSWORD);
    let silent = dsn.call();
    let able = dsn.call().answering(ASK_OTP, "123456").delay(30);
    let outcomes = Machine::new().run([Step::Together(vec![silent, able])]);
    let statuses: Vec<_> = outcomes.iter().map(|outcome| outcome.status).collect();
    // MFA_REQUIRED is the leader's own.
    assert_eq!(statuses[1], 0, "{}", outcomes[1].told());
    assert!(matches!(statuses[0], 301 | 0), "{}", outcomes[0].told());
}
