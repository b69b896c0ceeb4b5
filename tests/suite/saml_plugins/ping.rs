//! `PingFederate`: its form adapter and what stands behind it.

use super::standard::standard_cases;
use super::{ASK_OTP, Provider, REDSHIFT, SIGN_IN, SIGN_IN_PAGE, STS};
use crate::probe::{Call, Machine};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{PASSWORD, PingTarget};

pub const PING: Provider = Provider {
    plugin: "Ping",
    entry: "ping",
    required: &["idp_host", "UID", "PWD"],
    user_field: "pf.username",
    password_field: "pf.pass",
};

standard_cases!(
    PING,
    success_and_what_was_sent,
    each_required_key,
    a_login_that_cannot_end_asks_for_nothing,
    a_wrong_password,
    accounts_that_are_not_let_in,
    nobody_listens,
    statuses_of_failure,
    pages_that_nobody_knows,
    connections_that_break,
    a_provider_that_says_nothing,
    through_a_proxy_only_if_asked,
    certificates_count_unless_told_otherwise,
    never_to_plain_http,
    one_sign_in_for_many_databases,
    an_assertion_past_its_time,
    the_role_that_is_preferred,
);

fn call(sandbox: &Sandbox, user: &str) -> Call {
    PING.dsn_of(sandbox, user, PASSWORD).call()
}

#[test]
fn the_form_goes_where_it_says() {
    for target in [PingTarget::Resume, PingTarget::SameUrl] {
        let sandbox = Sandbox::builder().with_world(|world| world.identity_pages.ping.target = target).start();
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call(&sandbox, "alice")]).remove(0);
        assert_eq!(outcome.status, 0, "{target:?}: {}", outcome.told());
        let path = &the(&sent, SIGN_IN).target;
        assert_eq!(path.contains("resumeSAML20"), target == PingTarget::Resume, "{path}");
        assert_eq!(operations(&sent), [SIGN_IN_PAGE, SIGN_IN, STS, REDSHIFT]);
    }
}

#[test]
fn the_partner() {
    let sandbox = Sandbox::start();
    let partner = |partner: &str| PING.dsn(&sandbox).set("partner_spid", partner).call();
    let known = "urn:amazon:webservices:cn-north-1";
    let results = Machine::new().recorded(&sandbox, [partner(known), partner("urn:x y")]);
    assert_eq!(results[0].0.status, 0, "{}", results[0].0.told());
    assert_eq!(results[0].1[0].target, "/idp/startSSO.ping?PartnerSpId=urn%3Aamazon%3Awebservices%3Acn-north-1");
    let (refused, sent) = &results[1];
    assert_eq!(parameters(&sent[0])["PartnerSpId"], "urn:x y");
    assert_eq!((refused.status, sent.len()), (302, 1), "{}", refused.told());
    assert!(refused.message.contains("not known") && refused.hint.contains("partner_spid"), "{}", refused.told());
    sandbox.with_world(|world| world.identity_pages.ping.error_status = 400);
    let outcome = Machine::new().one(partner("urn:x y"));
    assert_eq!((outcome.status, outcome.http_status), (302, 400), "{}", outcome.told());
}

#[test]
fn a_passcode_is_asked_for() {
    let sandbox = Sandbox::start();
    let right = call(&sandbox, "sms").answering(ASK_OTP, "nonsense").answering(ASK_OTP, "123456");
    let (outcome, sent) = Machine::new().recorded(&sandbox, [right]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent)[2..4], ["OneTimePassword", "OneTimePassword"]);
    assert_eq!(sent[3].parameter("otp"), Some("123456"));
    let outcome = Machine::new().one(call(&sandbox, "sms"));
    assert_eq!(outcome.status, 301, "{}", outcome.told());
    let wrong = (0..3).fold(call(&sandbox, "sms"), |call, _| call.answering(ASK_OTP, "1"));
    assert_eq!(Machine::new().one(wrong).status, 300);
}

#[test]
fn what_needs_a_browser_says_so() {
    let sandbox = Sandbox::start();
    for user in ["push", "number"] {
        let outcome = Machine::new().one(call(&sandbox, user).events(0));
        assert_eq!(outcome.status, 301, "{user}: {}", outcome.told());
        assert!(outcome.message.contains("PingID") && outcome.hint.contains("BrowserSAML"), "{}", outcome.told());
        assert!(!outcome.hint.contains("callback"), "no application can answer there: {}", outcome.hint);
    }
}
