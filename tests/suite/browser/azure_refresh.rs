//! What a person signed in for at Microsoft goes on without them: refresh tokens of both plugins, each in a process of its
//! own, so that only what stands on disk helps.

use super::azure::AZURE;
use super::azure_oauth2::{OAUTH2, approve, by_device};
use super::oauth::{Desk, Plugin, Told, respond};
use crate::probe::{Running, Step};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::identity::EntraTenant;
use rs_auth_sandbox::{Fault, FaultAction};
use serde_json::json;

const TOKEN: &str = "Token";
const AUTHORIZE: &str = "Authorize";
/// `RS_AUTH_CACHE_OFF`, `…_MEMORY`, `…_REFRESH`.
const OFF: i32 = 1;
const MEMORY: i32 = 2;
const REFRESH: i32 = 3;

macro_rules! for_both {
    ($($case:ident),* $(,)?) => {
        mod saml {
            $(#[test] fn $case() { super::$case(&super::AZURE); })*
        }
        mod oauth2 {
            $(#[test] fn $case() { super::$case(&super::OAUTH2); })*
        }
    };
}

for_both!(
    the_next_login_needs_nobody_and_each_token_is_used_once,
    what_is_refused_for_good_is_dropped_and_a_person_signs_in,
    a_person_is_asked_where_the_provider_wants_one,
    trouble_keeps_the_token_and_opens_nothing,
    an_answer_without_a_new_one_keeps_the_old_one,
    what_is_forgotten_is_not_used,
    no_token_is_told,
);

fn refusal(error: &str, number: u32) -> FaultAction {
    let description = format!("AADSTS{number}: Some words.");
    let body = json!({"error": error, "error_description": description, "error_codes": [number]});
    respond(400, &body.to_string())
}

fn the_next_login_needs_nobody_and_each_token_is_used_once(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    assert_eq!(desk.signed_in(), None);
    let told = desk.one(desk.again());
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    let first = desk.used(&told);
    let sent = parameters(the(&told.sent, TOKEN));
    let names: Vec<_> = sent.keys().copied().collect();
    if plugin.asks.is_empty() {
        assert_eq!(names, ["client_id", "grant_type", "refresh_token", "scope"]);
        assert_eq!(sent["scope"], format!("openid {} offline_access", EntraTenant::default().scope));
        assert_eq!(operations(&told.sent), [TOKEN]);
        assert!(told.outcome.pair("token").unwrap().starts_with("eyJ"));
    } else {
        let expected = ["client_id", "grant_type", "refresh_token", "requested_token_type", "resource", "scope"];
        assert_eq!((names, sent["scope"], sent["resource"]), (expected.to_vec(), "openid", sent["client_id"]));
        assert_eq!(operations(&told.sent), [TOKEN, super::STS]);
        assert!(told.outcome.access_key_id.starts_with("ASIA"));
    }
    // The sandbox refuses one that was used before.
    let (second, third) = (desk.renewed(), desk.renewed());
    assert!(first != second && second != third && first != third);
}

fn what_is_refused_for_good_is_dropped_and_a_person_signs_in(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    desk.signed_in();
    // By the provider's own judgement: whoever signs in anew gets a token that holds.
    desk.sandbox.with_world(|world| world.entra.revoked.push("alice".to_owned()));
    assert!(desk.signed_in().is_some());
    desk.sandbox.with_world(|world| world.entra.revoked.clear());
    desk.renewed();
    for (error, number) in [("invalid_grant", 700_082), ("invalid_client", 7_000_218), ("unauthorized_client", 700_016)]
    {
        desk.sandbox.script(Fault::on(TOKEN, refusal(error, number)));
        // Nobody comes: the call ends, and what was refused is gone.
        let (told, _) = desk.run(vec![desk.again().timeout(2500)], |_| ());
        assert_eq!((told[0].outcome.status, told[0].opened.len()), (500, 1), "{error}: {}", told[0].outcome.told());
        assert_eq!(desk.signed_in(), None, "{error}: it is not tried again");
        desk.renewed();
    }
}

/// A policy may want more of a person now, which says nothing of the token: if they do not come, it is as good as before.
fn a_person_is_asked_where_the_provider_wants_one(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    desk.signed_in();
    for (error, number) in [("interaction_required", 50076), ("consent_required", 65001), ("invalid_request", 90023)] {
        desk.sandbox.script(Fault::on(TOKEN, refusal(error, number)));
        let (told, _) = desk.run(vec![desk.again().timeout(2500)], |_| ());
        assert_eq!((told[0].outcome.status, told[0].opened.len()), (500, 1), "{error}: {}", told[0].outcome.told());
        let kept = desk.renewed();
        desk.sandbox.script(Fault::on(TOKEN, refusal(error, number)));
        let asked = desk.signed_in();
        assert!(asked.is_some() && asked != Some(kept));
    }
}

fn trouble_keeps_the_token_and_opens_nothing(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let troubles = [
        (FaultAction::Reset, 200),
        (FaultAction::Close, 200),
        (respond(429, ""), 402),
        (respond(503, ""), 302),
        (refusal("temporarily_unavailable", 90033), 403),
        (refusal("invalid_grant", 50196), 402),
        (respond(200, "<html><title>Company proxy</title>"), 302),
        (respond(200, "{}"), 302),
        (FaultAction::Stall, 500),
    ];
    desk.keeps_its_token_through(&troubles);
}

fn an_answer_without_a_new_one_keeps_the_old_one(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    desk.sandbox.with_world(|world| world.entra.rotates_refresh_tokens = false);
    desk.signed_in();
    assert_eq!(desk.renewed(), desk.renewed(), "RFC 6749 section 6");
    desk.sandbox.with_world(|world| world.entra.rotates_refresh_tokens = true);
    assert_ne!(desk.renewed(), desk.renewed(), "the control");
}

fn what_is_forgotten_is_not_used(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    desk.signed_in();
    desk.renewed();
    assert_eq!(desk.machine.one(Step::Forget(Box::new(desk.dsn().call()))).status, 0);
    assert_eq!(desk.signed_in(), None);
    desk.renewed();
    assert_eq!(desk.machine.one(Step::ForgetAll).status, 0);
    assert_eq!(desk.signed_in(), None);
    desk.renewed();
}

fn no_token_is_told(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    desk.signed_in();
    for action in [None, Some(refusal("invalid_grant", 70000)), Some(FaultAction::Reset)] {
        if let Some(action) = &action {
            desk.sandbox.script(Fault::on(TOKEN, action.clone()));
        }
        let (told, _) = desk.run(vec![desk.again().log(5).timeout(2500)], |_| ());
        let token = the(&told[0].sent, TOKEN).parameter("refresh_token").unwrap();
        let seen = format!("{:?}", told[0].outcome);
        assert!(token.len() > 100 && !seen.contains(&token[..16]) && !seen.contains(&token[100..116]), "{action:?}");
        if told[0].outcome.status == 500 {
            desk.signed_in();
        }
    }
}

#[test]
fn a_token_that_has_ended_is_renewed() {
    let desk = Desk::new(&OAUTH2);
    desk.sandbox.with_world(|world| world.entra.access_token_seconds = 0);
    let call = || desk.dsn().call();
    assert_eq!(desk.signs_in(call()), None);
    let tokens = [desk.used(&desk.one(call())), desk.used(&desk.one(call()))];
    assert_ne!(tokens[0], tokens[1]);
    desk.sandbox.with_world(|world| world.entra.access_token_seconds = 3599);
    desk.used(&desk.one(call()));
    let told = desk.one(call());
    assert!(told.outcome.from_cache && told.sent.is_empty(), "the control: one that holds is not renewed");
}

#[test]
fn processes_renew_it_one_after_the_other_or_once_for_all() {
    let desk = Desk::new(&OAUTH2);
    desk.sandbox.with_world(|world| world.entra.access_token_seconds = 0);
    assert_eq!(desk.signs_in(desk.dsn().call()), None);
    let together = || {
        desk.sandbox.reset_log();
        let processes: Vec<_> = (0..4).map(|_| desk.machine.launch([desk.dsn().call()])).collect();
        for outcome in processes.into_iter().flat_map(Running::outcomes) {
            assert_eq!(outcome.status, 0, "{}", outcome.told());
        }
        let sent = desk.sandbox.requests();
        assert!(sent.iter().all(|record| record.operation == TOKEN), "{:?}", operations(&sent));
        sent.iter().map(|record| record.parameter("refresh_token").unwrap().to_owned()).collect::<Vec<_>>()
    };
    // What each brings has ended already, so the next one renews it: with the token that the last one was given.
    let mut tokens = together();
    assert_eq!(tokens.len(), 4);
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 4, "none was used twice");
    // What holds for an hour is renewed once for all.
    desk.sandbox.with_world(|world| world.entra.access_token_seconds = 3599);
    assert_eq!(together().len(), 1);
}

#[test]
fn an_answer_that_is_no_assertion_lets_a_person_sign_in() {
    let desk = Desk::new(&AZURE);
    desk.signed_in();
    let jwt = json!({"access_token": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "refresh_token": "next", "expires_in": "3599"});
    desk.sandbox.script(Fault::on(TOKEN, respond(200, &jwt.to_string())));
    assert!(desk.signed_in().is_some());
    desk.renewed();
}

#[test]
fn a_device_code_is_asked_for_once() {
    let desk = Desk::new(&OAUTH2);
    desk.sandbox.with_world(|world| world.entra.device_interval_seconds = 1);
    let (told, _) = desk.run(vec![by_device(&desk).cache(REFRESH)], |line| approve(&desk, line, false));
    assert_eq!(told[0].outcome.status, 0, "{}", told[0].outcome.told());
    // Nobody is there, and no browser.
    let (told, _) = desk.run(vec![desk.bare().call().cache(REFRESH)], |_| ());
    assert_eq!(told[0].outcome.status, 0, "{}", told[0].outcome.told());
    desk.used(&told[0]);
    let (told, _) = desk.run(vec![desk.bare().call().cache(OFF)], |_| ());
    assert_eq!(told[0].outcome.status, 305, "the control: {}", told[0].outcome.told());
}

/// Every setting that may name another sign-in, each beside the same settings once more.
#[test]
fn a_token_is_for_one_identity() {
    let desk = Desk::new(&OAUTH2);
    desk.sandbox.with_world(|world| world.entra.domains.push("other.example".to_owned()));
    desk.signed_in();
    let client = EntraTenant::default().client_id;
    for (key, value) in [
        ("idp_tenant", "other.example".to_owned()),
        ("scope", format!("api://{client}/.default")),
        ("login_hint", "bob@contoso.example".to_owned()),
        ("UID", "bob".to_owned()),
    ] {
        let other = desk.dsn().set(key, &value);
        assert_eq!(desk.signs_in(other.call().cache(REFRESH)), None, "{key}");
        let told = desk.one(other.set("Database", "another").call().cache(REFRESH));
        desk.used(&told);
    }
    let told = desk.one(desk.again().scope("somebody else"));
    assert_eq!((told.outcome.status, told.opened.len()), (0, 1));
    desk.renewed();
}

#[test]
fn what_is_not_kept_is_not_asked_for() {
    let desk = Desk::new(&OAUTH2);
    let scope = |told: &Told| super::oauth::query(&told.opened[0])["scope"].clone();
    let own = EntraTenant::default().scope;
    let plain = desk.dsn();
    for call in [plain.call().cache(OFF), plain.call().cache(MEMORY), plain.clone().set("DisableCache", "1").call()] {
        let told = desk.one(call);
        assert_eq!((told.outcome.status, scope(&told)), (0, format!("openid {own}")), "{}", told.outcome.told());
    }
    assert!(!desk.machine.path(".cache/rs_auth").exists());
    // Who asks for it by name gets it in either case, and once.
    let named = plain.clone().set("scope", &format!("offline_access {own}"));
    for call in [named.call().cache(OFF), named.call()] {
        let told = desk.one(call);
        assert_eq!((told.outcome.status, scope(&told)), (0, format!("openid offline_access {own}")));
    }
    assert!(desk.machine.path(".cache/rs_auth").exists());
    let elsewhere = desk.machine.path("elsewhere");
    let moved = plain.set("cache_dir", &elsewhere.display().to_string());
    assert_eq!(desk.signs_in(moved.call().cache(REFRESH)), None);
    desk.used(&desk.one(moved.call().cache(REFRESH)));
    assert!(elsewhere.exists());
}

/// Neither it nor what came with it stands anywhere but in its own file.
#[test]
fn it_stands_in_one_file() {
    let desk = Desk::new(&AZURE);
    let told = desk.one(desk.again());
    let code = the(&told.sent, TOKEN).parameter("code").unwrap().to_owned();
    let verifier = the(&told.sent, TOKEN).parameter("code_verifier").unwrap().to_owned();
    let assertion = the(&told.sent, super::STS).parameter("SAMLAssertion").unwrap().to_owned();
    let contents: Vec<_> = std::fs::read_dir(desk.machine.path(".cache/rs_auth"))
        .unwrap()
        .map(|entry| String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()).into_owned())
        .collect();
    let kept = desk.renewed();
    let with = |text: &str| contents.iter().filter(|content| content.contains(text)).count();
    assert_eq!((with(&kept), with(&told.outcome.secret_access_key)), (1, 1));
    assert_eq!([&code, &verifier, &assertion[..60], &assertion[400..460]].map(with), [0; 4]);
    assert_eq!(operations(&told.sent).iter().filter(|operation| **operation == AUTHORIZE).count(), 1);
}
