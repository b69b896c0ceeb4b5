//! `BrowserAzureAD`: what is its own beside the standard cases.

use super::oauth::{Desk, Plugin, bring, query, respond};
use super::{REDSHIFT, STS, expect};
use crate::probe::Dsn;
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::identity::{EntraTenant, FieldOrder};
use rs_auth_sandbox::{Fault, Sandbox};
use serde_json::json;

const TOKEN: &str = "Token";

pub const AZURE: Plugin = Plugin {
    name: "BrowserAzureAD",
    entry: "browser_azure_ad",
    token: TOKEN,
    verifier: "code_verifier",
    redirect_uri: "redirect_uri",
    comes_back: ("localhost", "/redshift/"),
    asks: &[STS, REDSHIFT],
    required: &["idp_tenant", "client_id"],
    dsn: tenant,
};

/// The application in the sandbox's tenant.
pub fn tenant(sandbox: &Sandbox, dsn: Dsn) -> Dsn {
    let https = sandbox.https_url();
    dsn.set("idp_host", https.strip_prefix("https://").unwrap())
        .set("idp_tenant", "contoso.example")
        .set("client_id", &EntraTenant::default().client_id)
}

/// PY-157 to PY-159, PY-164: the wire of the ODBC driver, with PKCE.
#[test]
fn the_browser_gets_the_wire_of_the_odbc_driver_and_pkce() {
    let desk = Desk::new(&AZURE);
    let told = desk.one(desk.dsn().call());
    assert_eq!((told.outcome.status, told.outcome.user.as_str()), (0, "IAMA:alice"), "{}", told.outcome.told());
    let url = &told.opened[0];
    assert_eq!((url.scheme(), url.path()), ("https", "/contoso.example/oauth2/authorize"));
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let expected = [
        "client_id",
        "response_type",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "response_mode",
    ];
    assert_eq!(names, expected);
    let asked = query(url);
    assert_eq!((asked["response_mode"].as_str(), asked["scope"].as_str()), ("form_post", "openid"));
    let exchange = the(&told.sent, TOKEN);
    assert_eq!((exchange.method.as_str(), exchange.target.as_str()), ("POST", "/contoso.example/oauth2/token"));
    assert_eq!(exchange.header("content-type"), Some("application/x-www-form-urlencoded; charset=utf-8"));
    let sent = parameters(exchange);
    let names: Vec<_> = sent.keys().copied().collect();
    let expected = [
        "client_id",
        "code",
        "code_verifier",
        "grant_type",
        "redirect_uri",
        "requested_token_type",
        "resource",
        "scope",
    ];
    assert_eq!(names, expected);
    assert_eq!((sent["grant_type"], sent["scope"]), ("authorization_code", "openid"));
    assert_eq!(sent["requested_token_type"], "urn:ietf:params:oauth:token-type:saml2");
    assert_eq!(sent["resource"], sent["client_id"]);
    let after: Vec<_> = operations(&told.sent).into_iter().skip_while(|operation| *operation != TOKEN).collect();
    assert_eq!(after, [TOKEN, STS, REDSHIFT]);
    assert_eq!(parameters(the(&told.sent, REDSHIFT))["DbUser"], "alice");
    assert!(told.outcome.expires > 0);
}

#[test]
fn login_hint_and_prompt_are_passed_on() {
    let desk = Desk::new(&AZURE);
    let dsn = desk.dsn().set("login_hint", "alice+x@contoso.example&a=b").set("prompt", "select_account");
    let told = desk.one(dsn.call());
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    let asked = query(&told.opened[0]);
    assert_eq!(asked["login_hint"], "alice+x@contoso.example&a=b");
    assert_eq!(asked["prompt"], "select_account");
    assert!(!asked.contains_key("a"));
}

/// D-14: a code is decoded once, in whatever order the fields come.
#[test]
fn codes_with_characters_that_a_form_encodes_in_any_order() {
    for order in [FieldOrder::CodeFirst, FieldOrder::StateFirst, FieldOrder::SessionStateFirst] {
        let desk = Desk::new(&AZURE);
        desk.sandbox.with_world(|world| {
            world.entra.awkward_codes = true;
            world.entra.field_order = order;
        });
        let told = desk.one(desk.dsn().call());
        assert_eq!(told.outcome.status, 0, "{order:?}: {}", told.outcome.told());
        assert!(the(&told.sent, TOKEN).parameter("code").unwrap().contains("+/=&%20 "));
    }
}

#[test]
fn what_microsofts_numbers_mean() {
    let desk = Desk::new(&AZURE);
    for (number, status, part) in [
        (50076, 301, "sign in again"),
        (50079, 301, "sign in again"),
        (53003, 300, "conditional access"),
        (65001, 300, "consent"),
        (700_016, 300, "client_id"),
        (7_000_218, 300, "public client"),
        (54005, 300, "sign in again"),
    ] {
        let body = json!({"error": "invalid_grant", "error_codes": [number],
            "error_description": format!("AADSTS{number}: Some words.\r\nTrace ID: 1")});
        desk.sandbox.script(Fault::on(TOKEN, respond(400, &body.to_string())));
        let (told, _) = desk.brought(desk.dsn().call(), &[("code", "c")]);
        expect(&told.outcome, status, "idp", &["Some words.", part]);
        assert_eq!(told.outcome.code, format!("AADSTS{number}"));
    }
    // The same from the authorization endpoint.
    let fields = [("error", "invalid_client"), ("error_description", "AADSTS650052: The app needs access.")];
    let (told, _) = desk.brought(desk.dsn().call(), &fields);
    expect(&told.outcome, 300, "idp", &["The app needs access.", "consent"]);
    assert_eq!(told.outcome.code, "AADSTS650052");
}

/// PY-147, PY-148, PY-163.
#[test]
fn access_tokens_that_are_no_assertion() {
    let desk = Desk::new(&AZURE);
    for (token, status, part) in
        [("", 302, "access_token that is empty"), ("c4nary!", 303, "not base64"), ("bm8gWE1M", 303, "SAML")]
    {
        let body = json!({ "token_type": "Bearer", "access_token": token }).to_string();
        desk.sandbox.script(Fault::on(TOKEN, respond(200, &body)));
        let (told, pages) = desk.brought(desk.dsn().call().log(5), &[("code", "c")]);
        expect(&told.outcome, status, if status == 302 { "idp" } else { "assertion" }, &[part]);
        assert!(pages[0].contains("did not succeed") && !format!("{:?}", told.outcome).contains("c4nary"));
    }
}

#[test]
fn a_person_who_declines_and_one_who_is_kept_out() {
    let desk = Desk::new(&AZURE);
    desk.sandbox.with_world(|world| world.entra.consented = false);
    let mut browser = desk.alice();
    browser.person.declines = true;
    let (told, _) = desk.by(desk.dsn().call(), &mut browser);
    expect(&told.outcome, 300, "idp", &["refused the sign-in"]);
    let (told, _) = desk.by(desk.dsn().call(), &mut desk.alice());
    assert_eq!(told.outcome.status, 0, "who consents gets in: {}", told.outcome.told());
}

#[test]
fn aws_keys_for_other_tools() {
    let desk = Desk::new(&AZURE);
    let told = desk.one(desk.dsn().call().entry("aws"));
    assert_eq!((told.outcome.status, told.outcome.kind), (0, 3), "{}", told.outcome.told());
    assert!(told.outcome.access_key_id.starts_with("ASIA"));
}

/// PY-165: what the browser opens, and what the proxy is asked for.
#[test]
fn the_host_is_that_of_the_partition_and_through_a_proxy() {
    let desk = Desk::new(&AZURE);
    let port = desk.sandbox.proxy_port();
    let https = url::Url::parse(&desk.sandbox.https_url()).unwrap().socket_addrs(|| None).unwrap()[0];
    for (partition, host) in
        [("", "login.microsoftonline.com"), ("US-GOV", "login.microsoftonline.us"), ("Cn   ", "login.chinacloudapi.cn")]
    {
        let dsn = desk.dsn().without("idp_host").set("idp_partition", partition);
        let (told, _) = desk.run(vec![dsn.call().timeout(1000)], |_| ());
        assert_eq!(told[0].opened[0].host_str(), Some(host));
        let proxied = dsn.through_proxy(port).set("idp_use_https_proxy", "1");
        let mut browser = desk.alice();
        browser.lead_other_hosts_to(https);
        let (told, _) = desk.by(proxied.call(), &mut browser);
        assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
        // No name of Microsoft's is known here but to the proxy.
        assert_eq!(the(&told.sent, TOKEN).host, host);
    }
    let unknown = desk.unopened(vec![desk.dsn().set("idp_partition", "random_partition").call()]);
    expect(&unknown[0], 100, "settings", &["must be one of commercial, us-gov, cn"]);
}

#[test]
fn every_driver_is_understood_in_its_own_spelling() {
    for name in ["com.amazon.redshift.plugin.BrowserAzureCredentialsProvider", "browserazuread"] {
        let desk = Desk::new(&AZURE);
        let (told, _) =
            desk.run(vec![desk.dsn().set("plugin_name", name).call()], |url| bring(url, &[("error", "access_denied")]));
        assert_eq!((told[0].outcome.status, told[0].outcome.plugin.as_str()), (300, "BrowserAzureAD"), "{name}");
    }
}
