//! Nobody is signed in: an authorization code, where a browser can be shown.

use super::{FILE, KEYS, REDSHIFT, RENEWAL, config, stored};
use crate::browser::oauth::{Desk, Plugin, Told, query};
use crate::browser::{OPEN_URL, expect};
use crate::probe::Dsn;
use crate::sent::{operations, the};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use serde_json::json;

const REGISTER: &str = "RegisterClient";
const SIGNED_IN: [&str; 5] = ["Authorize", "SignIn", RENEWAL, KEYS, REDSHIFT];

const PROFILE: Plugin = Plugin {
    name: "Profile",
    entry: "profile",
    token: RENEWAL,
    verifier: "codeVerifier",
    redirect_uri: "redirectUri",
    comes_back: ("127.0.0.1", "/oauth/callback"),
    asks: &[KEYS, REDSHIFT],
    required: &[],
    dsn: of_profile,
};

fn of_profile(_: &Sandbox, dsn: Dsn) -> Dsn {
    dsn.without("plugin_name").set("Profile", "p").set("DbUser", "alice")
}

pub fn desk() -> Desk {
    let Desk { sandbox, machine, plugin } = Desk::new(&PROFILE);
    let machine = machine.file(".aws/config", &config(&sandbox, &sandbox.https_url(), ""));
    Desk { sandbox, machine, plugin }
}

fn forget(desk: &Desk) {
    std::fs::remove_file(desk.machine.path(FILE)).unwrap();
}

#[track_caller]
fn is_signed_in(told: &Told, asked_before: &[&str]) {
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    assert_eq!(operations(&told.sent), [asked_before, &SIGNED_IN[..]].concat());
}

#[test]
fn the_browser_brings_a_code_and_the_sign_in_is_shared() {
    let desk = desk();
    let told = desk.one(desk.dsn().call().log(5));
    is_signed_in(&told, &[REGISTER]);
    assert!(told.sent[..5].iter().all(|record| record.signed_by.is_none()));
    let registered = the(&told.sent, REGISTER);
    assert_eq!(registered.parameter("redirectUris"), Some(r#"["http://127.0.0.1/oauth/callback"]"#));
    assert_eq!(registered.parameter("scopes"), Some(r#"["sso:account:access"]"#));
    let asked = query(&told.opened[0]);
    assert_eq!((told.opened[0].path(), asked["scopes"].as_str()), ("/authorize", "sso:account:access"));
    let exchange = the(&told.sent, RENEWAL);
    assert_eq!(exchange.parameter("redirectUri"), Some(asked["redirect_uri"].as_str()));
    assert_eq!(
        asked["code_challenge"],
        crate::browser::oauth::challenge_of(exchange.parameter("codeVerifier").unwrap())
    );
    let seen = format!("{:?}", told.outcome.lines);
    for name in ["code", "codeVerifier", "clientSecret"] {
        assert!(!seen.contains(exchange.parameter(name).unwrap()), "{name}");
    }
    let members = stored(&desk.machine);
    assert_eq!((members.as_object().unwrap().len(), &members["clientId"]), (8, &json!(asked["client_id"])));
    assert!(["accessToken", "refreshToken"].iter().all(|name| !seen.contains(members[name].as_str().unwrap())));
    // The next process needs nobody, and the next sign-in no registration.
    let told = desk.one(desk.dsn().call());
    assert_eq!((told.outcome.status, operations(&told.sent).as_slice()), (0, [KEYS, REDSHIFT].as_slice()));
    forget(&desk);
    is_signed_in(&desk.one(desk.dsn().call()), &[]);
}

#[test]
fn the_host_may_show_the_page() {
    let desk = desk();
    let told = desk.one(desk.bare().call().showing_with(&desk.program("browser")));
    is_signed_in(&told, &[REGISTER]);
    assert_eq!(told.outcome.events, [OPEN_URL]);
}

#[test]
fn a_registration_that_is_refused_is_made_anew_once() {
    let desk = desk();
    is_signed_in(&desk.one(desk.dsn().call()), &[REGISTER]);
    forget(&desk);
    let refused = || FaultAction::Error { code: "InvalidClientException".into(), message: "x".into(), status: 401 };
    desk.sandbox.script(Fault::on(RENEWAL, refused()));
    is_signed_in(&desk.one(desk.dsn().call()), &["Authorize", "SignIn", RENEWAL, REGISTER]);
    forget(&desk);
    is_signed_in(&desk.one(desk.dsn().call()), &[]);
}

#[test]
fn deadline_cancel_and_a_no_end_it() {
    let desk = desk();
    let calls = vec![desk.dsn().call().timeout(1500), desk.dsn().call().cancel(1200)];
    let (told, _) = desk.run(calls, |_| ());
    expect(&told[0].outcome, 500, "", &["browser"]);
    assert_eq!(told[1].outcome.status, 501, "{}", told[1].outcome.told());
    assert!(told[1].outcome.cancel_ms < 500, "{} ms", told[1].outcome.cancel_ms);
    let (told, _) = desk.brought(desk.dsn().call(), &[("error", "access_denied"), ("error_description", "not you")]);
    expect(&told.outcome, 300, "idp", &["access_denied", "not you"]);
    assert!(!desk.machine.path(FILE).exists());
    is_signed_in(&desk.one(desk.dsn().call()), &[]);
}
