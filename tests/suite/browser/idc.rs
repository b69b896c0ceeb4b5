//! `BrowserIdcAuthPlugin`: what is its own beside the standard cases.

use super::oauth::{Desk, Plugin, query, respond};
use super::{OPEN_URL, PASTE_URL, expect};
use crate::probe::Dsn;
use crate::sent::{operations, the};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

pub const REGISTER: &str = "RegisterClient";
pub const TOKEN: &str = "CreateToken";

pub const IDC: Plugin = Plugin {
    name: "BrowserIdcAuthPlugin",
    entry: "browser_idc",
    token: TOKEN,
    verifier: "codeVerifier",
    redirect_uri: "redirectUri",
    comes_back: ("127.0.0.1", ""),
    asks: &[],
    required: &["issuer_url", "idc_region"],
    dsn: instance,
};

/// The sandbox's instance. The login is none of IAM's.
fn instance(sandbox: &Sandbox, dsn: Dsn) -> Dsn {
    dsn.without("IAM")
        .set("issuer_url", &sandbox.with_world(|world| world.identity_center.start_url.clone()))
        .set("idc_region", "us-east-1")
        .set("IdcEndpointUrl", &sandbox.https_url())
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// PY-178, PY-183, PY-184: the wire of the official drivers.
#[test]
fn the_access_token_is_the_token_for_the_server() {
    let desk = Desk::new(&IDC);
    let told = desk.one(desk.dsn().call());
    assert_eq!((told.outcome.status, told.outcome.kind), (0, 2), "{}", told.outcome.told());
    assert_eq!(
        (told.outcome.pair("idp_type"), told.outcome.pair("token_type")),
        (Some("AwsIdc"), Some("ACCESS_TOKEN"))
    );
    let issued = desk.sandbox.with_world(|world| world.identity_center.tokens[0].clone());
    assert_eq!((told.outcome.pair("token"), issued.person.as_str()), (Some(issued.access_token.as_str()), "alice"));
    let asked = query(&told.opened[0]);
    let redirect_uri = asked["redirect_uri"].as_str();
    let registered: Value = serde_json::from_slice(&the(&told.sent, REGISTER).body).unwrap();
    let expected = json!({
        "clientName": "rs_auth",
        "clientType": "public",
        "scopes": ["redshift:connect"],
        "issuerUrl": desk.sandbox.with_world(|world| world.identity_center.start_url.clone()),
        "redirectUris": [redirect_uri],
        "grantTypes": ["authorization_code", "refresh_token"],
    });
    assert_eq!(registered, expected);
    let names: Vec<_> = told.opened[0].query_pairs().map(|(name, _)| name.into_owned()).collect();
    let expected =
        ["response_type", "client_id", "redirect_uri", "state", "scopes", "code_challenge", "code_challenge_method"];
    assert_eq!((names, told.opened[0].path()), (expected.map(str::to_owned).to_vec(), "/authorize"));
    assert_eq!(asked["scopes"], "redshift:connect");
    let client = desk.sandbox.with_world(|world| world.identity_center.clients[0].clone());
    assert_eq!(asked["client_id"], client.id);
    let exchange = the(&told.sent, TOKEN);
    let names: Vec<_> = exchange.parameters.keys().map(String::as_str).collect();
    assert_eq!(names, ["clientId", "clientSecret", "code", "codeVerifier", "grantType", "redirectUri"]);
    assert_eq!(exchange.parameter("grantType"), Some("authorization_code"));
    assert_eq!(exchange.parameter("clientSecret"), Some(client.secret.as_str()));
    assert!(told.sent.iter().all(|record| record.signed_by.is_none()));
    assert_eq!(operations(&told.sent), [REGISTER, "Authorize", "SignIn", TOKEN]);
}

#[test]
fn it_holds_as_long_as_expires_in_says() {
    for seconds in [900, 8 * 3600] {
        let desk = Desk::new(&IDC);
        desk.sandbox.with_world(|world| world.identity_center.token_seconds = seconds);
        let told = desk.one(desk.dsn().call());
        let left = told.outcome.expires - now_ms();
        assert!(((seconds - 60) * 1000..=seconds * 1000).contains(&left), "{left}: {}", told.outcome.told());
    }
    let desk = Desk::new(&IDC);
    desk.sandbox.script(Fault::on(TOKEN, respond(200, r#"{"accessToken":"opaque"}"#)));
    let (told, _) = desk.brought(desk.dsn().call(), &[("code", "c")]);
    assert_eq!((told.outcome.status, told.outcome.expires), (0, -1));
}

/// PY-176, PY-186: where no other port is given. Held by this test, or by somebody else on this machine.
#[test]
fn the_usual_port_is_7890() {
    let desk = Desk::new(&IDC);
    let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, 7890));
    let outcome = desk.unopened(vec![desk.dsn().without("listen_port").call()]).remove(0);
    expect(&outcome, 306, "browser", &["port 7890", "listen_port"]);
}

#[test]
fn the_name_on_the_consent_page_is_the_callers() {
    let desk = Desk::new(&IDC);
    let told = desk.one(desk.dsn().set("idc_client_display_name", "Büro \"1\"").call());
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    assert_eq!(the(&told.sent, REGISTER).parameter("clientName"), Some("Büro \"1\""));
}

/// PY-189: what is no region becomes no host.
#[test]
fn what_is_no_region_is_told_before_anything_is_sent() {
    let desk = Desk::new(&IDC);
    let regions =
        [" ", "invalid-region", "../../etc/passwd", "us-west-2; rm -rf /", "us-west-2.evil.com", "evil.com#us-west-2"];
    let calls = regions.iter().map(|region| desk.dsn().set("idc_region", region).call()).collect();
    for (outcome, region) in desk.unopened(calls).iter().zip(regions) {
        expect(outcome, 100, "settings", &["idc_region"]);
        assert!(outcome.message.contains("region"), "{region}: {}", outcome.told());
    }
    assert_eq!(desk.one(desk.dsn().set("idc_region", " US-EAST-1 ").call()).outcome.status, 0);
}

#[test]
fn the_override_is_https_or_of_this_machine() {
    let desk = Desk::new(&IDC);
    let calls = ["http://oidc.example.com", "oidc.example.com", "ftp://127.0.0.1"]
        .iter()
        .map(|url| desk.dsn().set("IdcEndpointUrl", url).call())
        .collect();
    for outcome in desk.unopened(calls) {
        expect(&outcome, 100, "settings", &["IdcEndpointUrl"]);
    }
}

/// PY-187, PY-188: the service's own host, seen by the proxy.
#[test]
fn the_host_is_that_of_the_region_also_through_a_proxy() {
    let desk = Desk::new(&IDC);
    let https = url::Url::parse(&desk.sandbox.https_url()).unwrap().socket_addrs(|| None).unwrap()[0];
    for (region, host) in
        [("US-WEST-2", "oidc.us-west-2.amazonaws.com"), (" cn-north-1 ", "oidc.cn-north-1.amazonaws.com.cn")]
    {
        let dsn =
            desk.dsn().without("IdcEndpointUrl").set("idc_region", region).through_proxy(desk.sandbox.proxy_port());
        let mut browser = desk.alice();
        browser.lead_other_hosts_to(https);
        let (told, _) = desk.by(dsn.call(), &mut browser);
        assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
        assert_eq!(told.opened[0].host_str(), Some(host));
        assert_eq!((the(&told.sent, REGISTER).host.as_str(), the(&told.sent, TOKEN).host.as_str()), (host, host));
    }
}

/// PY-179: nothing is opened.
#[test]
fn what_register_client_refuses() {
    let desk = Desk::new(&IDC);
    let told = |dsn: Dsn| {
        let (mut told, pages) = desk.run(vec![dsn.call()], |_| ());
        assert!(pages.is_empty());
        told.remove(0).outcome
    };
    let outcome = told(desk.dsn().set("issuer_url", "https://other.awsapps.com/start"));
    expect(&outcome, 300, "idp", &["RegisterClient", "invalid_request", "issuer_url"]);
    assert!(!outcome.request_id.is_empty() && outcome.http_status == 400);
    for (action, status, part) in [
        (
            FaultAction::Error { code: "InternalServerException".into(), message: "x".into(), status: 500 },
            403,
            "server",
        ),
        (FaultAction::Error { code: "SlowDownException".into(), message: "x".into(), status: 400 }, 402, "slow_down"),
        (respond(503, ""), 403, "503"),
        (respond(403, "<html>"), 302, "403"),
        (respond(200, r#"{"clientId":"i"}"#), 302, "clientSecret"),
        (FaultAction::Reset, 200, "127.0.0.1"),
    ] {
        // As often as it is asked at most.
        desk.sandbox.script(Fault { times: 3, ..Fault::on(REGISTER, action.clone()) });
        expect(&told(desk.dsn()), status, "idp", &[part]);
        desk.sandbox.clear_faults();
    }
    assert_eq!(desk.one(desk.dsn().call()).outcome.status, 0, "the control");
}

pub fn refusal(error: &str) -> FaultAction {
    respond(400, &json!({"error": error, "error_description": "words"}).to_string())
}

/// PY-192.
#[test]
fn a_token_that_is_not_there_yet_is_asked_for_again() {
    let desk = Desk::new(&IDC);
    for error in ["authorization_pending", "authorization_pending", "slow_down"] {
        desk.sandbox.script(Fault::on(TOKEN, refusal(error)));
    }
    let told = desk.one(desk.dsn().call());
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    let asked: Vec<_> = told.sent.iter().filter(|record| record.operation == TOKEN).collect();
    let pauses: Vec<_> = asked.windows(2).map(|pair| pair[1].received_unix_ms - pair[0].received_unix_ms).collect();
    assert!(pauses.len() == 3 && (990..5000).contains(&pauses[0]) && pauses[2] >= 5990, "{pauses:?}");
    desk.sandbox.script(Fault { times: 0, ..Fault::on(TOKEN, refusal("authorization_pending")) });
    let (told, _) = desk.brought(desk.dsn().call().cache(1).timeout(2500), &[("code", "c")]);
    expect(&told.outcome, 500, "", &["exchanging the code"]);
    desk.sandbox.clear_faults();
    desk.sandbox.script(Fault::on(TOKEN, refusal("access_denied")));
    let (told, _) = desk.brought(desk.dsn().call().cache(1), &[("code", "c")]);
    expect(&told.outcome, 300, "idp", &["CreateToken", "access_denied", "administrator"]);
}

/// PY-191, and the slash that a browser adds.
#[test]
fn what_else_stands_in_the_address_does_not_matter() {
    let desk = Desk::new(&IDC);
    let (told, _) = desk.run(vec![desk.dsn().call()], |url| {
        let asked = query(&url::Url::parse(url).unwrap());
        let port = asked["redirect_uri"].rsplit_once(':').unwrap().1.to_owned();
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        let state = &asked["state"];
        write!(stream, "GET /?state={state}&code=c&extra=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").unwrap();
        let mut page = String::new();
        let _ = stream.read_to_string(&mut page);
    });
    assert_eq!(the(&told[0].sent, TOKEN).parameter("code"), Some("c"));
    expect(&told[0].outcome, 300, "idp", &["invalid_grant"]);
}

/// AWS allows no device code for tokens of Redshift.
#[test]
fn without_a_browser_the_address_is_pasted_and_no_device_code_is_asked_for() {
    let desk = Desk::new(&IDC);
    let (told, _) = desk.run(vec![desk.bare().call().events(0)], |_| ());
    assert_eq!(told[0].outcome.events, [OPEN_URL, PASTE_URL]);
    assert_eq!(operations(&told[0].sent), [REGISTER]);
    let text = &told[0].outcome.raised(PASTE_URL)[0].text;
    assert!(text.contains("http://127.0.0.1:"), "{text}");
}
