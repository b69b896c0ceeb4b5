//! What `BrowserIdcAuthPlugin` keeps from one login to the next: its registration, and the refresh token of whoever signed in.
//! Each login is a process of its own, so that only what stands on disk helps.

use super::idc::{IDC, REGISTER, TOKEN, refusal};
use super::oauth::{Desk, Told, respond};
use super::{expect, free_port};
use crate::probe::{Dsn, Step};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::{Fault, FaultAction};

/// `RS_AUTH_CACHE_OFF`, `…_REFRESH`.
const OFF: i32 = 1;
const REFRESH: i32 = 3;
const BY_ALICE: [&str; 3] = ["Authorize", "SignIn", TOKEN];

impl Desk {
    /// With a port that stays: what is registered is the address.
    fn at_a_port(&self) -> Dsn {
        self.dsn().set("listen_port", &free_port().to_string())
    }

    /// A login for which somebody has to sign in anew: registrations stay.
    fn anew(&self, dsn: &Dsn) -> Told {
        assert_eq!(self.machine.one(Step::Forget(Box::new(dsn.call()))).status, 0);
        self.one(dsn.call())
    }
}

#[track_caller]
fn registers(told: &Told) -> bool {
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    let sent = operations(&told.sent);
    assert!(sent.ends_with(&BY_ALICE) && sent.len() <= 4, "{sent:?}");
    sent[0] == REGISTER
}

#[test]
fn a_client_is_registered_once_a_machine() {
    let desk = Desk::new(&IDC);
    let dsn = desk.at_a_port();
    assert!(registers(&desk.one(dsn.call())));
    assert!(!registers(&desk.anew(&dsn)));
    assert!(!registers(&desk.anew(&dsn.clone().set("UID", "bob"))), "it is nobody's own");
    let start = desk.sandbox.with_world(|world| world.identity_center.issuer_url.clone());
    for other in [
        dsn.clone().set("idc_client_display_name", "Sales"),
        dsn.clone().set("issuer_url", &start),
        dsn.clone().set("listen_port", &free_port().to_string()),
    ] {
        assert!(registers(&desk.anew(&other)));
        assert!(!registers(&desk.anew(&other)));
    }
    // A port of its own each time, or nothing that may be kept.
    for other in [dsn.clone().set("listen_port", "0"), dsn.clone().set("DisableCache", "1")] {
        assert!(registers(&desk.anew(&other)));
        assert!(registers(&desk.anew(&other)));
    }
    assert_eq!(desk.machine.one(Step::ForgetAll).status, 0);
    assert!(registers(&desk.one(dsn.call())));
}

#[test]
fn a_registration_that_is_refused_is_made_anew_once() {
    let desk = Desk::new(&IDC);
    let dsn = desk.at_a_port();
    assert!(registers(&desk.one(dsn.call())));
    for error in ["invalid_client", "unauthorized_client"] {
        desk.sandbox.script(Fault::on(TOKEN, refusal(error)));
        let told = desk.anew(&dsn);
        assert_eq!((told.outcome.status, told.opened.len()), (0, 2), "{}", told.outcome.told());
        assert_eq!(operations(&told.sent), [&BY_ALICE[..], &[REGISTER], &BY_ALICE[..]].concat());
        assert!(!registers(&desk.anew(&dsn)), "the new one is kept");
        desk.sandbox.script(Fault { times: 2, ..Fault::on(TOKEN, refusal(error)) });
        let told = desk.anew(&dsn);
        expect(&told.outcome, 300, "idp", &[error]);
        assert_eq!(told.opened.len(), 2);
        assert!(!registers(&desk.anew(&dsn)), "what a new one is refused for is not its age");
    }
    // Any other refusal says nothing of it.
    desk.sandbox.script(Fault::on(TOKEN, refusal("access_denied")));
    expect(&desk.anew(&dsn).outcome, 300, "idp", &["access_denied"]);
    assert!(!registers(&desk.anew(&dsn)));
}

/// The page for browsers tells the person and not us.
#[test]
fn a_registration_with_which_nobody_comes_back_is_given_up() {
    let desk = Desk::new(&IDC);
    let dsn = desk.at_a_port().set("idp_response_timeout", "10");
    assert!(registers(&desk.one(dsn.call())));
    desk.sandbox.with_world(|world| world.identity_center.clients.clear());
    let told = desk.anew(&dsn);
    expect(&told.outcome, 500, "browser", &["10 s"]);
    assert_eq!(operations(&told.sent), ["Authorize"]);
    assert!(registers(&desk.anew(&dsn)));
}

#[test]
fn the_next_login_needs_nobody_and_each_token_is_used_once() {
    let desk = Desk::new(&IDC);
    assert_eq!(desk.signed_in(), None);
    let client = desk.sandbox.with_world(|world| world.identity_center.clients[0].clone());
    let told = desk.one(desk.again());
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    let first = desk.used(&told);
    let sent = parameters(the(&told.sent, TOKEN));
    assert_eq!(sent.keys().copied().collect::<Vec<_>>(), ["clientId", "clientSecret", "grantType", "refreshToken"]);
    assert_eq!((sent["clientId"], sent["clientSecret"]), (client.id.as_str(), client.secret.as_str()));
    let issued = desk.sandbox.with_world(|world| world.identity_center.tokens.last().unwrap().clone());
    assert_eq!(told.outcome.pair("token"), Some(issued.access_token.as_str()));
    // The sandbox refuses one that was used before.
    let (second, third) = (desk.renewed(), desk.renewed());
    assert!(first != second && second != third && first != third);
}

#[test]
fn what_is_refused_for_good_is_dropped_and_a_person_signs_in() {
    let desk = Desk::new(&IDC);
    desk.signed_in();
    // By the service's own judgement.
    desk.sandbox.with_world(|world| world.identity_center.tokens.clear());
    assert!(desk.signed_in().is_some());
    desk.renewed();
    for error in ["invalid_grant", "invalid_client", "unauthorized_client", "expired_token"] {
        desk.sandbox.script(Fault::on(TOKEN, refusal(error)));
        // Nobody comes: the call ends, and what was refused is gone.
        let (told, _) = desk.run(vec![desk.again().timeout(2500)], |_| ());
        assert_eq!((told[0].outcome.status, told[0].opened.len()), (500, 1), "{error}: {}", told[0].outcome.told());
        assert_eq!(desk.signed_in(), None, "{error}: it is not tried again");
        desk.renewed();
    }
    // A policy may change: whoever signs in is told, and the token is as good as before.
    desk.sandbox.script(Fault::on(TOKEN, refusal("access_denied")));
    let (told, _) = desk.run(vec![desk.again().timeout(2500)], |_| ());
    assert_eq!((told[0].outcome.status, told[0].opened.len()), (500, 1), "{}", told[0].outcome.told());
    desk.renewed();
}

#[test]
fn trouble_keeps_the_token_and_opens_nothing() {
    let desk = Desk::new(&IDC);
    let troubles = [
        (FaultAction::Reset, 200),
        (FaultAction::Close, 200),
        (respond(429, ""), 402),
        (respond(503, ""), 403),
        (refusal("slow_down"), 402),
        (refusal("server_error"), 403),
        (respond(200, "<html><title>Company proxy</title>"), 302),
        (respond(200, "{}"), 302),
        (FaultAction::Stall, 500),
    ];
    desk.keeps_its_token_through(&troubles);
}

#[test]
fn an_answer_without_a_new_one_keeps_the_old_one() {
    let desk = Desk::new(&IDC);
    desk.sandbox.with_world(|world| world.identity_center.rotates = false);
    desk.signed_in();
    assert_eq!(desk.renewed(), desk.renewed(), "RFC 6749 section 6");
    desk.sandbox.with_world(|world| world.identity_center.rotates = true);
    assert_ne!(desk.renewed(), desk.renewed(), "the control");
}

#[test]
fn what_is_forgotten_or_not_kept_is_not_used() {
    let desk = Desk::new(&IDC);
    desk.signed_in();
    desk.renewed();
    assert_eq!(desk.machine.one(Step::Forget(Box::new(desk.dsn().call()))).status, 0);
    assert_eq!(desk.signed_in(), None);
    desk.renewed();
    let told = desk.one(desk.dsn().call().cache(OFF));
    assert_eq!((told.outcome.status, told.opened.len()), (0, 1), "{}", told.outcome.told());
    for other in [desk.dsn().set("UID", "bob"), desk.dsn().set("login_hint", "bob")] {
        let told = desk.one(other.call().cache(REFRESH));
        assert_eq!((told.outcome.status, told.opened.len()), (0, 1), "another identity: {}", told.outcome.told());
    }
    desk.renewed();
}

/// A token that ended while nobody was connected.
#[test]
fn a_token_that_has_ended_is_renewed() {
    let desk = Desk::new(&IDC);
    desk.sandbox.with_world(|world| world.identity_center.token_seconds = 1);
    assert_eq!(desk.one(desk.dsn().call()).opened.len(), 1);
    let tokens = [desk.used(&desk.one(desk.again())), desk.used(&desk.one(desk.again()))];
    assert_ne!(tokens[0], tokens[1]);
    desk.sandbox.with_world(|world| world.identity_center.token_seconds = 3600);
    desk.used(&desk.one(desk.again()));
    let told = desk.one(desk.dsn().call());
    assert!(told.outcome.from_cache && told.sent.is_empty(), "the control: one that holds is not renewed");
}

#[test]
fn neither_token_nor_secret_is_told() {
    let desk = Desk::new(&IDC);
    desk.signed_in();
    for action in [None, Some(refusal("invalid_grant")), Some(FaultAction::Reset)] {
        if let Some(action) = &action {
            desk.sandbox.script(Fault::on(TOKEN, action.clone()));
        }
        let (told, _) = desk.run(vec![desk.again().log(5).timeout(2500)], |_| ());
        let exchange = the(&told[0].sent, TOKEN);
        let seen = format!("{:?}", told[0].outcome);
        for name in ["refreshToken", "clientSecret"] {
            let secret = exchange.parameter(name).unwrap();
            assert!(secret.len() > 50 && !seen.contains(&secret[..30]) && !seen.contains(&secret[30..50]), "{name}");
        }
        if told[0].outcome.status == 500 {
            desk.signed_in();
        }
    }
}
