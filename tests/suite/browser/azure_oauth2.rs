//! `BrowserAzureADOAuth2`: what is its own beside the standard cases, the device code above all.

use super::azure::tenant;
use super::oauth::{Desk, Plugin, query, respond};
use super::{OPEN_URL, PASTE_URL, expect};
use crate::probe::{Call, Dsn, Outcome, Reply};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::browser::Page;
use rs_auth_sandbox::identity::EntraTenant;
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use serde_json::json;
use std::time::SystemTime;

const TOKEN: &str = "Token";
const DEVICE: &str = "DeviceCode";
const DEVICE_CODE: i32 = 2;

pub const OAUTH2: Plugin = Plugin {
    name: "BrowserAzureADOAuth2",
    entry: "browser_azure_ad_oauth2",
    token: TOKEN,
    verifier: "code_verifier",
    redirect_uri: "redirect_uri",
    comes_back: ("localhost", "/redshift/"),
    asks: &[],
    required: &["idp_tenant", "client_id"],
    dsn: with_scope,
};

fn with_scope(sandbox: &Sandbox, dsn: Dsn) -> Dsn {
    tenant(sandbox, dsn).set("scope", &EntraTenant::default().scope)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn holds_for_an_hour(outcome: &Outcome) {
    assert!((3_500_000..3_600_000).contains(&(outcome.expires - now_ms())), "{}", outcome.expires);
}

/// PY-173, PY-175; D-15: the scope has characters that a query encodes.
#[test]
fn the_access_token_is_the_token_for_the_server() {
    let desk = Desk::new(&OAUTH2);
    let told = desk.one(desk.dsn().call());
    assert_eq!((told.outcome.status, told.outcome.kind), (0, 2), "{}", told.outcome.told());
    assert_eq!((told.outcome.pair("idp_type"), told.outcome.pair("token_type")), (Some("AzureAD"), None));
    assert!(told.outcome.pair("token").unwrap().starts_with("eyJ"));
    holds_for_an_hour(&told.outcome);
    assert_eq!(told.opened[0].path(), "/contoso.example/oauth2/v2.0/authorize");
    let scope = format!("openid {} offline_access", EntraTenant::default().scope);
    let asked = query(&told.opened[0]);
    assert_eq!((asked["scope"].as_str(), asked["response_mode"].as_str()), (scope.as_str(), "form_post"));
    let exchange = the(&told.sent, TOKEN);
    assert_eq!(exchange.target, "/contoso.example/oauth2/v2.0/token");
    let sent = parameters(exchange);
    assert_eq!((sent["scope"], sent["response_type"], sent["grant_type"]), (&*scope, "token", "authorization_code"));
    let names: Vec<_> = sent.keys().copied().collect();
    let expected = ["client_id", "code", "code_verifier", "grant_type", "redirect_uri", "response_type", "scope"];
    assert_eq!(names, expected);
    assert_eq!(operations(&told.sent).last(), Some(&TOKEN), "nothing is asked of AWS");
}

#[test]
fn the_scope_is_asked_for_once_and_its_absence_is_told() {
    let desk = Desk::new(&OAUTH2);
    let own = EntraTenant::default().scope;
    let told = desk.one(desk.dsn().set("scope", &format!(" openid  {own} ")).call());
    let scope = format!("openid {own} offline_access");
    assert_eq!((told.outcome.status, query(&told.opened[0])["scope"].as_str()), (0, &*scope));
    let told = desk.one(desk.dsn().without("scope").call().log(2));
    assert_eq!((told.outcome.status, query(&told.opened[0])["scope"].as_str()), (0, "openid offline_access"));
    assert!(told.outcome.logged(2, "scope"), "{:?}", told.outcome.lines);
    let told = desk.one(desk.dsn().set("scope", "api://other/x").call());
    expect(&told.outcome, 300, "idp", &["scope"]);
}

/// PY-173, PY-174: the page in the browser, and the exchange through the proxy, where alone these names are known.
#[test]
fn the_hosts_are_those_of_the_partition() {
    let desk = Desk::new(&OAUTH2);
    let https = url::Url::parse(&desk.sandbox.https_url()).unwrap().socket_addrs(|| None).unwrap()[0];
    for (partition, host) in [
        ("", "login.microsoftonline.com"),
        ("commercial", "login.microsoftonline.com"),
        ("us-gov", "login.microsoftonline.us"),
        ("cn", "login.chinacloudapi.cn"),
    ] {
        let dsn = desk
            .dsn()
            .without("idp_host")
            .set("idp_partition", partition)
            .through_proxy(desk.sandbox.proxy_port())
            .set("idp_use_https_proxy", "1");
        let mut browser = desk.alice();
        browser.lead_other_hosts_to(https);
        let (told, _) = desk.by(dsn.call(), &mut browser);
        assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
        assert_eq!((told.opened[0].host_str(), the(&told.sent, TOKEN).host.as_str()), (Some(host), host));
    }
    let outcome = desk.unopened(vec![desk.dsn().set("idp_partition", "random_partition").call()]).remove(0);
    expect(&outcome, 100, "settings", &["must be one of commercial, us-gov, cn"]);
}

#[test]
fn a_token_without_an_end_is_no_error() {
    let desk = Desk::new(&OAUTH2);
    desk.sandbox.script(Fault::on(TOKEN, respond(200, r#"{"access_token":"opaque"}"#)));
    let (told, pages) = desk.brought(desk.dsn().call(), &[("code", "c")]);
    assert_eq!((told.outcome.status, told.outcome.expires), (0, -1), "{}", told.outcome.told());
    assert_eq!(told.outcome.pair("token"), Some("opaque"));
    assert!(pages[0].contains("signed in"), "{}", pages[0]);
}

/// A desk without a browser, whose host shows codes; devices ask each second.
fn headless() -> Desk {
    let desk = Desk::new(&OAUTH2);
    desk.sandbox.with_world(|world| world.entra.device_interval_seconds = 1);
    desk
}

pub fn by_device(desk: &Desk) -> Call {
    desk.bare().call().showing_codes_with(&desk.program("browser"))
}

/// Alice types the code at the page that is shown with it.
pub fn approve(desk: &Desk, line: &str, declines: bool) -> Page {
    let (url, code) = line.split_once(' ').unwrap();
    let mut browser = desk.alice();
    browser.person.device_code = Some(code.to_owned());
    browser.person.declines = declines;
    browser.visit(url).unwrap()
}

#[test]
fn without_a_browser_a_device_code_is_shown() {
    let desk = headless();
    let (mut told, pages) = desk.run(vec![by_device(&desk).log(5)], |line| approve(&desk, line, false));
    let told = told.remove(0);
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    assert_eq!(told.outcome.events, [OPEN_URL, DEVICE_CODE], "and nothing is pasted");
    let raised = told.outcome.raised(DEVICE_CODE)[0];
    assert!(raised.text.contains(&raised.code) && raised.url.ends_with("/common/oauth2/deviceauth"), "{raised:?}");
    assert_eq!(pages.len(), 1);
    assert!(told.outcome.pair("token").unwrap().starts_with("eyJ"));
    holds_for_an_hour(&told.outcome);
    let asked = the(&told.sent, DEVICE);
    assert_eq!(asked.target, "/contoso.example/oauth2/v2.0/devicecode");
    let scope = format!("openid {} offline_access", EntraTenant::default().scope);
    assert_eq!(parameters(asked), [("client_id", &*EntraTenant::default().client_id), ("scope", &scope)].into());
    let exchange = told.sent.iter().rev().find(|record| record.operation == TOKEN).unwrap();
    assert_eq!(exchange.parameter("grant_type"), Some("urn:ietf:params:oauth:grant-type:device_code"));
    let device_code = exchange.parameter("device_code").unwrap();
    let lines = format!("{:?}", told.outcome.lines);
    assert!(!lines.contains(device_code) && !lines.contains(told.outcome.pair("token").unwrap()));
}

#[test]
fn whoever_declines_ends_it() {
    let desk = headless();
    let decline = |line: &str| {
        let code = line.split_once(' ').unwrap().1;
        assert!(desk.sandbox.decide_device(code, None));
    };
    let (told, _) = desk.run(vec![by_device(&desk)], decline);
    expect(&told[0].outcome, 300, "idp", &["declined"]);
    let approved = |line: &str| assert!(desk.sandbox.decide_device(line.split_once(' ').unwrap().1, Some("alice")));
    let (told, _) = desk.run(vec![by_device(&desk)], approved);
    assert_eq!(told[0].outcome.status, 0, "the control: {}", told[0].outcome.told());
}

fn refused(error: &str) -> FaultAction {
    respond(
        400,
        &json!({"error": error, "error_description": "AADSTS70016: Words.", "error_codes": [70016]}).to_string(),
    )
}

#[test]
fn who_is_told_to_wait_asks_again_and_later() {
    let desk = headless();
    for error in ["authorization_pending", "authorization_pending", "slow_down"] {
        desk.sandbox.script(Fault::on(TOKEN, refused(error)));
    }
    let approved = |line: &str| assert!(desk.sandbox.decide_device(line.split_once(' ').unwrap().1, Some("alice")));
    let (told, _) = desk.run(vec![by_device(&desk)], approved);
    assert_eq!(told[0].outcome.status, 0, "{}", told[0].outcome.told());
    let asked: Vec<_> = told[0].sent.iter().filter(|record| record.operation == TOKEN).collect();
    let pauses: Vec<_> = asked.windows(2).map(|pair| pair[1].received_unix_ms - pair[0].received_unix_ms).collect();
    assert!(pauses[0] >= 1000 && pauses[1] >= 1000 && pauses[2] >= 6000 && pauses.len() == 3, "{pauses:?}");
}

#[test]
fn codes_and_calls_that_end_before_anybody_approves() {
    let desk = headless();
    for error in ["expired_token", "code_expired"] {
        desk.sandbox.script(Fault::on(TOKEN, refused(error)));
        let (told, _) = desk.run(vec![by_device(&desk)], |_| ());
        expect(&told[0].outcome, 500, "idp", &["expired before anybody approved"]);
    }
    let (told, _) = desk.run(vec![by_device(&desk).timeout(1500), by_device(&desk).cancel(1500)], |_| ());
    let statuses: Vec<_> = told.iter().map(|told| told.outcome.status).collect();
    assert_eq!(statuses, [500, 501], "{}", told[0].outcome.told());
    assert!(told[0].outcome.message.contains("device code"), "{}", told[0].outcome.told());
    assert!(told[1].outcome.cancel_ms < 500);
    // A code that holds shorter than anybody is waited for.
    desk.sandbox.with_world(|world| world.entra.device_code_seconds = 2);
    let (told, _) = desk.run(vec![by_device(&desk)], |_| ());
    expect(&told[0].outcome, 500, "idp", &["device code"]);
}

#[test]
fn nobody_approves_the_code_in_time() {
    let desk = headless();
    let dsn = desk.bare().set("idp_response_timeout", "10");
    let call = dsn.call().showing_codes_with(&desk.program("browser")).timeout(60_000);
    let (told, _) = desk.run(vec![call], |_| ());
    expect(&told[0].outcome, 500, "idp", &["device code", "idp_response_timeout"]);
    assert!((9900..14_000).contains(&told[0].outcome.elapsed_ms), "{} ms", told[0].outcome.elapsed_ms);
    assert_eq!(told[0].outcome.sqlstate, "HYT00");
}

#[test]
fn what_the_device_endpoint_refuses() {
    let desk = headless();
    for (action, status, part) in [
        (refused("invalid_request"), 300, "AADSTS70016"),
        (respond(200, "{}"), 302, "expires_in"),
        (respond(200, "<html>"), 302, "web page"),
        (respond(503, ""), 302, "503"),
        (FaultAction::Reset, 200, "127.0.0.1"),
    ] {
        desk.sandbox.script(Fault::on(DEVICE, action.clone()));
        let (told, pages) = desk.run(vec![by_device(&desk)], |_| ());
        expect(&told[0].outcome, status, "idp", &[part]);
        assert!(pages.is_empty() && told[0].outcome.events == [OPEN_URL], "{action:?}");
    }
}

#[test]
fn who_takes_no_device_code_may_still_paste() {
    let desk = headless();
    let (told, _) = desk.run(vec![super::oauth::pasting(&desk, &desk.bare())], |_| ());
    assert_eq!(told[0].outcome.events, [OPEN_URL, DEVICE_CODE, PASTE_URL]);
    assert_eq!(operations(&told[0].sent), [DEVICE, TOKEN]);
    let abort = Reply { kind: DEVICE_CODE, result: super::ABORT, answer: None };
    let (told, _) = desk.run(vec![desk.bare().call().replying(abort)], |_| ());
    assert_eq!((told[0].outcome.status, operations(&told[0].sent)), (501, vec![DEVICE]));
}

#[test]
fn where_nobody_is_no_code_is_asked_for() {
    let desk = headless();
    let outcome = desk.unopened(vec![desk.bare().call()]).remove(0);
    expect(&outcome, 305, "browser", &["BrowserAzureADOAuth2"]);
}
