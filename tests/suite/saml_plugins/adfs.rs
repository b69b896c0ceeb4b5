//! AD FS: its pages in every shape, its second factors, its errors.

use super::standard::standard_cases;
use super::{ALICE, ASK_OTP, PUSH_SENT, Provider, REDSHIFT, SHOW_NUMBER, SIGN_IN, SIGN_IN_PAGE, STS};
use crate::probe::{Call, Machine, Outcome};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::identity::{ActionStyle, AttributeOrder, PASSWORD, PageShape, Quoting, TOTP_SEED, totp};
use rs_auth_sandbox::{Record, Sandbox};
use std::time::{SystemTime, UNIX_EPOCH};

pub const ADFS: Provider = Provider {
    plugin: "ADFS",
    entry: "adfs",
    required: &["idp_host"],
    user_field: "UserName",
    password_field: "Password",
};

standard_cases!(
    ADFS,
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

fn shaped(change: impl FnOnce(&mut PageShape)) -> Sandbox {
    Sandbox::builder().with_world(|world| change(&mut world.identity_pages.page)).start()
}

fn login(sandbox: &Sandbox) -> (Outcome, Vec<Record>) {
    Machine::new().recorded(sandbox, [ADFS.dsn(sandbox).call()]).remove(0)
}

#[test]
fn pages_in_every_shape() {
    type Shape = fn(&mut PageShape);
    let shapes: [(&str, Shape); 12] = [
        ("single quotes", |page| page.quoting = Quoting::Single),
        ("no quotes", |page| page.quoting = Quoting::None),
        ("value first", |page| page.attribute_order = AttributeOrder::ValueFirst),
        ("upper case", |page| page.upper_case_tags = true),
        ("entities in values", |page| page.entities_in_values = true),
        ("entities in the action", |page| page.entities_in_action = true),
        ("several forms", |page| page.several_forms = true),
        ("braces", |page| page.css_braces = true),
        ("across lines", |page| page.across_lines = true),
        ("absolute action", |page| page.action = ActionStyle::Absolute),
        ("relative action", |page| page.action = ActionStyle::Relative),
        ("no action", |page| page.action = ActionStyle::Absent),
    ];
    for (name, shape) in shapes {
        let sandbox = shaped(shape);
        let (outcome, sent) = login(&sandbox);
        assert_eq!(outcome.status, 0, "{name}: {}", outcome.told());
        assert_eq!(operations(&sent), [SIGN_IN_PAGE, SIGN_IN, STS, REDSHIFT], "{name}");
        // PY-128, PY-129: the boxes are sent, and of two AuthMethod the first.
        let form = parameters(the(&sent, SIGN_IN));
        assert_eq!((form["AuthMethod"], form["Kmsi"]), ("FormsAuthentication", "true"), "{name}");
    }
}

#[test]
fn a_password_never_leaves_the_host() {
    for (action, part) in [(ActionStyle::OtherHost, "another host"), (ActionStyle::PlainHttp, "not https")] {
        let sandbox = shaped(|page| page.action = action);
        let (outcome, sent) = login(&sandbox);
        assert_eq!((outcome.status, outcome.stage.as_str()), (302, "idp"), "{}", outcome.told());
        assert!(outcome.message.contains(part) && outcome.hint.contains("not sent"), "{}", outcome.told());
        assert_eq!(operations(&sent), [SIGN_IN_PAGE]);
    }
}

#[test]
fn redirects_with_cookies_are_followed() {
    let sandbox = Sandbox::builder()
        .with_world(|world| {
            let adfs = &mut world.identity_pages.adfs;
            (adfs.redirects, adfs.cookies_required, adfs.redirect_after_sign_in) = (3, true, true);
        })
        .start();
    let (outcome, sent) = login(&sandbox);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let page = [SIGN_IN_PAGE; 4];
    assert_eq!(operations(&sent), [&page[..], &[SIGN_IN, SIGN_IN_PAGE, STS, REDSHIFT]].concat());
    sandbox.with_world(|world| world.identity_pages.adfs.redirects = 30);
    let (outcome, sent) = login(&sandbox);
    assert_eq!((outcome.status, sent.len()), (302, 21), "{}", outcome.told());
    assert!(outcome.message.contains("20 redirects") && outcome.hint.contains("BrowserSAML"), "{}", outcome.told());
}

#[test]
fn the_relying_party() {
    let sandbox = Sandbox::start();
    let party = |party: &str| ADFS.dsn(&sandbox).set("loginToRp", party).call();
    let govcloud = "urn:amazon:webservices:govcloud";
    let calls =
        [party(govcloud), party("urn:nobody & nothing=1"), ADFS.dsn(&sandbox).set("login_to_rp", govcloud).call()];
    let results = Machine::new().recorded(&sandbox, calls);
    assert_eq!(parameters(&results[0].1[0])["loginToRp"], govcloud);
    assert_eq!(
        results[0].1[0].target,
        "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn%3Aamazon%3Awebservices%3Agovcloud"
    );
    assert_eq!((results[0].0.status, results[2].0.status), (0, 0));
    let (refused, sent) = &results[1];
    assert_eq!(parameters(&sent[0])["loginToRp"], "urn:nobody & nothing=1");
    assert_eq!((refused.status, sent.len()), (302, 1), "{}", refused.told());
    assert!(refused.message.contains("MSIS7007") && refused.hint.contains("loginToRp"), "{}", refused.told());
}

fn second_factor(sandbox: &Sandbox, user: &str) -> Call {
    ADFS.dsn_of(sandbox, user, PASSWORD).call()
}

#[test]
fn a_code_is_asked_for_and_asked_for_again() {
    let sandbox = Sandbox::start();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let code = totp(TOTP_SEED, now).unwrap();
    let call = second_factor(&sandbox, "totp").answering(ASK_OTP, "000000").answering(ASK_OTP, &code);
    let (outcome, sent) = Machine::new().recorded(&sandbox, [call]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent)[..4], [SIGN_IN_PAGE, SIGN_IN, "SecondFactor", "SecondFactor"]);
    assert_eq!(sent[2].parameter("VerificationCode"), Some("000000"));
    assert!(outcome.raised[1].text.contains("not accepted"), "{:?}", outcome.raised);

    let wrong = (0..3).fold(second_factor(&sandbox, "totp"), |call, _| call.answering(ASK_OTP, "000000"));
    let (outcome, sent) = Machine::new().recorded(&sandbox, [wrong]).remove(0);
    assert_eq!((outcome.status, sent.len()), (300, 5), "{}", outcome.told());
    assert!(outcome.message.contains("one-time code") && outcome.hint.contains("locked"), "{}", outcome.told());

    for call in [second_factor(&sandbox, "totp"), second_factor(&sandbox, "totp").events(0)] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call]).remove(0);
        assert_eq!((outcome.status, sent.len()), (301, 2), "{}", outcome.told());
        assert!(outcome.hint.contains("BrowserSAML"), "{}", outcome.told());
    }
    let aborted = Machine::new().one(second_factor(&sandbox, "totp").events(2));
    assert_eq!(aborted.status, 501, "{}", aborted.told());
}

#[test]
fn a_push_is_told_and_waited_for() {
    let sandbox = Sandbox::start();
    for (user, kinds) in [("push", vec![PUSH_SENT]), ("number", vec![PUSH_SENT, SHOW_NUMBER])] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [second_factor(&sandbox, user).events(0)]).remove(0);
        assert_eq!(outcome.status, 0, "{user}: {}", outcome.told());
        assert_eq!(outcome.events, kinds, "{user}");
        assert_eq!(operations(&sent)[2..4], ["SecondFactor", "SecondFactor"]);
    }
    // Nobody to tell: the phone rings all the same.
    assert_eq!(Machine::new().one(second_factor(&sandbox, "push")).status, 0);
    for (user, part) in [("refuser", "denied"), ("sleeper", "Nobody answered")] {
        let outcome = Machine::new().one(second_factor(&sandbox, user));
        assert_eq!(outcome.status, 300, "{user}: {}", outcome.told());
        assert!(outcome.message.contains(part) && outcome.hint.contains("browser"), "{user}: {}", outcome.told());
    }
    let outcome = Machine::new().one(second_factor(&sandbox, "webauthn"));
    assert_eq!(outcome.status, 302, "{}", outcome.told());
    assert!(outcome.hint.contains("BrowserSAML"), "{}", outcome.told());
}

#[test]
fn a_user_without_a_password_is_integrated_authentication_or_nothing() {
    let sandbox = Sandbox::start();
    for dsn in [ADFS.dsn(&sandbox).without("PWD"), ADFS.dsn(&sandbox).without("UID").without("PWD")] {
        let (outcome, sent) =
            Machine::new().env("KRB5CCNAME", "FILE:/nonexistent").recorded(&sandbox, [dsn.call()]).remove(0);
        assert_eq!((outcome.status, sent.len()), (101, 0), "{}", outcome.told());
        assert!(outcome.message.contains("UID and PWD") && outcome.message.contains("Kerberos"), "{}", outcome.told());
    }
}

#[test]
fn the_user_is_typed_as_given() {
    let sandbox = Sandbox::start();
    for user in ["alice@example.com", "EXAMPLE\\alice", ALICE] {
        let (outcome, sent) =
            Machine::new().recorded(&sandbox, [ADFS.dsn_of(&sandbox, user, PASSWORD).call()]).remove(0);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(the(&sent, SIGN_IN).parameter("UserName"), Some(user));
    }
}
