//! Plugins of the host's own: what they answer, and what the library makes of it.

use crate::probe::{Call, Dsn, HostPlugin, Machine};
use crate::sent::operations;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{USER_KEY, USER_SECRET};

const ABORT: i32 = 2;
const PASSWORD_ONLY: u32 = 1 << 1;
const TOKEN_ONLY: u32 = 1 << 2;

fn keys() -> HostPlugin {
    HostPlugin::Keys(USER_KEY.to_owned(), USER_SECRET.to_owned())
}

fn desk(sandbox: &Sandbox) -> Dsn {
    Dsn::cluster(sandbox).set("plugin_name", " DESK ")
}

fn with_keys(dsn: &Dsn) -> Call {
    dsn.call().plugin(keys())
}

#[test]
fn keys_are_exchanged_and_kept() {
    let sandbox = Sandbox::start();
    let dsn = desk(&sandbox);
    let calls = [&dsn, &dsn, &dsn.clone().set("Database", "other")].map(with_keys);
    let results = Machine::new().recorded(&sandbox, calls);
    let told: Vec<_> = results.iter().map(|(outcome, _)| (outcome.status, outcome.count, outcome.from_cache)).collect();
    assert_eq!(told, [(0, 1, false), (0, 0, true), (0, 0, false)]);
    assert_eq!(operations(&results[2].1), ["GetClusterCredentials"]);
    assert_eq!((results[0].0.plugin.as_str(), results[0].0.access_key_id.as_str()), ("desk", USER_KEY));
}

#[test]
fn a_kind_that_is_not_taken_is_refused_whatever_is_kept() {
    let sandbox = Sandbox::start();
    let dsn = desk(&sandbox);
    let other = dsn.clone().set("Database", "other");
    let calls = [
        with_keys(&dsn).kinds(TOKEN_ONLY),
        with_keys(&dsn).kinds(PASSWORD_ONLY),
        with_keys(&other).kinds(TOKEN_ONLY),
        with_keys(&other).kinds(PASSWORD_ONLY),
    ];
    let results = Machine::new().recorded(&sandbox, calls);
    let told: Vec<_> = results.iter().map(|(outcome, sent)| (outcome.status, sent.len())).collect();
    assert_eq!(told, [(100, 0), (0, 1), (100, 0), (0, 1)], "{}", results[2].0.told());
}

#[test]
fn the_keys_alone_are_given_whatever_kinds_are_taken() {
    let sandbox = Sandbox::start();
    let dsn = desk(&sandbox);
    let outcome = Machine::new().one(with_keys(&dsn).entry("aws").kinds(TOKEN_ONLY));
    assert_eq!((outcome.status, outcome.kind, outcome.access_key_id.as_str()), (0, 3, USER_KEY), "{}", outcome.told());
}

#[test]
fn a_token_goes_to_the_server() {
    let sandbox = Sandbox::start();
    let call = desk(&sandbox).call().plugin(HostPlugin::Token("canary".to_owned()));
    let calls = [call.clone().kinds(PASSWORD_ONLY), call.clone().entry("aws"), call];
    let results = Machine::new().recorded(&sandbox, calls);
    assert!(results.iter().all(|(_, sent)| sent.is_empty()));
    let statuses: Vec<_> = results.iter().map(|(outcome, _)| outcome.status).collect();
    assert_eq!(statuses, [100, 100, 0]);
    let token = &results[2].0;
    assert_eq!((token.kind, token.pair("token"), token.pair("idp_type")), (2, Some("canary"), Some("Okta")));
    assert_eq!((token.access_key_id.as_str(), token.password.as_str()), ("", ""));
}

#[test]
fn no_answer_is_an_error() {
    let sandbox = Sandbox::start();
    for (result, status) in [(0, 302), (7, 302), (ABORT, 501)] {
        let outcome = Machine::new().one(desk(&sandbox).call().plugin(HostPlugin::Nothing(result)));
        assert_eq!((outcome.status, outcome.count), (status, 1), "{}", outcome.told());
        assert_eq!(outcome.plugin, "desk");
    }
    let outcome = Machine::new().one(desk(&sandbox).call());
    assert_eq!((outcome.status, outcome.count), (102, 0), "{}", outcome.told());
}
