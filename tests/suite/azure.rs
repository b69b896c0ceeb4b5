//! `AzureAD`: Microsoft Entra ID with user, password and client secret.

use crate::network::closed_port;
use crate::probe::{Dsn, Machine, Outcome};
use crate::sent::{count, operations, parameters, the};
use rs_auth_sandbox::identity::{BOB_PASSWORD, EntraTenant, PASSWORD};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use serde_json::json;
use std::collections::BTreeSet;

const TOKEN: &str = "Token";
const STS: &str = "AssumeRoleWithSAML";
const REDSHIFT: &str = "GetClusterCredentials";
const ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-role";
const LONG_ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-long-role";

pub fn dsn(sandbox: &Sandbox) -> Dsn {
    of(sandbox, "alice", PASSWORD)
}

fn of(sandbox: &Sandbox, user: &str, password: &str) -> Dsn {
    let https = sandbox.https_url();
    let entra = EntraTenant::default();
    Dsn::cluster(sandbox)
        .without("DbUser")
        .set("plugin_name", "AzureAD")
        .set("idp_host", https.strip_prefix("https://").unwrap())
        .set("idp_tenant", "contoso.example")
        .set("client_id", &entra.client_id)
        .set("client_secret", &entra.client_secret)
        .set("UID", user)
        .set("PWD", password)
        .set("CaFile", &sandbox.ca_file().display().to_string())
}

fn respond(status: u16, body: &str) -> FaultAction {
    FaultAction::Respond { status, headers: vec![("Retry-After".to_owned(), "7".to_owned())], body: body.to_owned() }
}

fn expect(outcome: &Outcome, status: i32, stage: &str, parts: &[&str]) {
    assert_eq!((outcome.status, outcome.stage.as_str()), (status, stage), "{}", outcome.told());
    for part in parts {
        assert!(outcome.told().contains(part), "{part:?} in {}", outcome.told());
    }
}

#[test]
fn one_request_brings_the_assertion() {
    let sandbox = Sandbox::start();
    let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call()]).remove(0);
    assert_eq!((outcome.status, outcome.user.as_str()), (0, "IAMA:alice"), "{}", outcome.told());
    assert_eq!((outcome.plugin.as_str(), outcome.role_arn.as_str()), ("AzureAD", ROLE));
    assert_eq!(operations(&sent), [TOKEN, STS, REDSHIFT]);
    let asked = the(&sent, TOKEN);
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/contoso.example/oauth2/token"));
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded; charset=utf-8"));
    assert_eq!(asked.header("accept"), Some("application/json"));
    let entra = EntraTenant::default();
    let expected = [
        ("client_id", entra.client_id.as_str()),
        ("client_secret", &entra.client_secret),
        ("grant_type", "password"),
        ("password", PASSWORD),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:saml2"),
        ("resource", &entra.client_id),
        ("username", "alice"),
    ];
    assert_eq!(parameters(asked).into_iter().collect::<Vec<_>>(), expected);
    assert!(the(&sent, STS).header("authorization").is_none());
    let database = parameters(the(&sent, REDSHIFT));
    assert_eq!(
        (database["DbUser"], database["AutoCreate"], database["DbGroups.DbGroup.1"]),
        ("alice", "true", "Analysts")
    );
    let tls: BTreeSet<_> = sent.iter().filter(|record| record.tls).map(|record| record.connection).collect();
    assert_eq!(tls.len(), 1);
}

#[test]
fn every_driver_is_understood_in_its_own_spelling() {
    let sandbox = Sandbox::start();
    for name in
        ["com.amazon.redshift.plugin.AzureCredentialsProvider", "azurecredentialsprovider", "azuread", " AzureAD "]
    {
        let outcome = Machine::new().one(dsn(&sandbox).set("plugin_name", name).call());
        assert_eq!((outcome.status, outcome.plugin.as_str()), (0, "AzureAD"), "{name}: {}", outcome.told());
    }
}

/// PY-144.
#[test]
fn each_required_key() {
    let sandbox = Sandbox::start();
    for key in ["idp_tenant", "UID", "PWD", "client_secret", "client_id"] {
        for without in [dsn(&sandbox).without(key), dsn(&sandbox).set(key, "")] {
            let outcome = Machine::new().one(without.call());
            expect(&outcome, 101, "settings", &[]);
            assert!(outcome.message.starts_with(key), "{}", outcome.told());
        }
    }
    for (key, value) in [("idp_partition", "mars"), ("idp_tenant", ".."), ("idp_host", "https://x"), ("idp_port", "0")]
    {
        expect(&Machine::new().one(dsn(&sandbox).set(key, value).call()), 100, "settings", &[key]);
    }
    assert_eq!(count(&sandbox), 0);
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn a_login_that_cannot_end_asks_for_nothing() {
    let sandbox = Sandbox::start();
    let calls = [
        (dsn(&sandbox).without("Host").call(), 101),
        (dsn(&sandbox).call().kinds(1 << 2), 100),
        (dsn(&sandbox).set("IAM", "0").call(), 100),
        (dsn(&sandbox).call().cancel(0), 501),
    ];
    for (call, status) in calls {
        assert_eq!(Machine::new().one(call).status, status);
    }
    assert_eq!(count(&sandbox), 0);
}

/// D-13: what Microsoft says is told, with its number.
#[test]
fn what_microsoft_refuses() {
    let sandbox = Sandbox::start();
    sandbox.with_world(|world| world.entra.blocked.push("carol".to_owned()));
    let alice = || dsn(&sandbox);
    let person = |user| of(&sandbox, user, PASSWORD);
    for (dsn, status, code, http, part) in [
        (of(&sandbox, "alice", "wrong-c4nary"), 300, "AADSTS50126", 400, "invalid username or password"),
        (person("nobody"), 300, "AADSTS50034", 400, "does not exist"),
        (person("locked"), 300, "AADSTS50053", 400, "locked"),
        (person("expired"), 300, "AADSTS50055", 400, "password is expired"),
        (person("disabled"), 300, "AADSTS50057", 400, "disabled"),
        (person("push"), 301, "AADSTS50076", 400, "multi-factor"),
        (person("unenrolled"), 301, "AADSTS50079", 400, "enroll"),
        (person("carol"), 300, "AADSTS53003", 400, "Conditional Access"),
        (alice().set("client_id", "other"), 300, "AADSTS700016", 400, "client_id"),
        (alice().set("client_secret", "wrong-c4nary"), 300, "AADSTS7000215", 401, "client_secret"),
        (alice().set("idp_tenant", "nowhere.example"), 300, "AADSTS90002", 400, "nowhere.example"),
    ] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn.call().log(5)]).remove(0);
        expect(&outcome, status, "idp", &[part]);
        assert_eq!((outcome.code.as_str(), outcome.http_status), (code, http), "{}", outcome.told());
        assert!(!outcome.hint.is_empty() && outcome.sqlstate == "28000" && !outcome.retryable, "{}", outcome.told());
        assert!(!outcome.message.contains("Trace ID") && !format!("{outcome:?}").contains("wrong-c4nary"));
        // Once: a second wrong password would bring the lock nearer.
        assert_eq!(operations(&sent), [TOKEN]);
    }
    sandbox.with_world(|world| world.entra.consented = false);
    let outcome = Machine::new().one(alice().call());
    expect(&outcome, 300, "idp", &["consent"]);
    assert_eq!(outcome.code, "AADSTS65001");
    sandbox.with_world(|world| world.entra.consented = true);
    for dsn in [alice(), person("warned").set("DbUser", "w"), of(&sandbox, "bob", BOB_PASSWORD).set("DbUser", "b")] {
        assert_eq!(Machine::new().one(dsn.call()).status, 0);
    }
}

/// The second factor cannot be given here, whoever listens.
#[test]
fn a_second_factor_needs_a_browser() {
    let sandbox = Sandbox::start();
    for call in [of(&sandbox, "totp", PASSWORD).call(), of(&sandbox, "totp", PASSWORD).call().events(1)] {
        let outcome = Machine::new().one(call);
        expect(&outcome, 301, "idp", &["AADSTS50076", "BrowserAzureAD"]);
        assert!(outcome.events.is_empty());
    }
}

#[test]
fn answers_that_are_none_of_microsofts() {
    let sandbox = Sandbox::start();
    let token = |value: serde_json::Value| json!({ "token_type": "Bearer", "access_token": value }).to_string();
    for (action, status, stage, part) in [
        (respond(200, "<html><title>Company proxy</title><form name=ack>"), 302, "idp", "Company proxy"),
        (respond(403, "<html>"), 302, "idp", "403"),
        (respond(404, "<html>"), 302, "idp", "check idp_tenant"),
        (respond(500, ""), 302, "idp", "500"),
        (respond(503, "busy"), 302, "idp", "503"),
        (respond(429, ""), 402, "idp", "7 s"),
        (respond(200, ""), 302, "idp", "JSON"),
        (respond(200, "{}"), 302, "idp", "access_token"),
        (respond(200, &token(json!(""))), 302, "idp", "access_token that is empty"),
        (respond(200, &token(json!(7))), 302, "idp", "access_token"),
        (respond(200, &token(json!("c4nary!"))), 303, "assertion", "access_token is not base64"),
        (respond(200, &token(json!("bm8gWE1M"))), 303, "assertion", "SAML"),
        (FaultAction::Garbage, 302, "idp", "JSON"),
        (FaultAction::Huge { bytes: 5 << 20 }, 302, "idp", "longer than"),
        (FaultAction::Redirect { location: "http://idp.example/".to_owned() }, 302, "idp", "not https"),
    ] {
        sandbox.script(Fault::on(TOKEN, action.clone()));
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).call().log(5)]).remove(0);
        assert_eq!((outcome.status, outcome.stage.as_str()), (status, stage), "{action:?}: {}", outcome.told());
        assert!(outcome.told().contains(part), "{part}: {}", outcome.told());
        assert!(!format!("{outcome:?}").contains("c4nary"), "{outcome:?}");
        assert_eq!(operations(&sent), [TOKEN]);
    }
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0, "the control");
}

#[test]
fn nobody_listens_or_the_line_breaks() {
    let sandbox = Sandbox::start();
    let nowhere = dsn(&sandbox).set("idp_host", &format!("127.0.0.1:{}", closed_port()));
    let outcome = Machine::new().one(nowhere.call());
    expect(&outcome, 200, "idp", &["127.0.0.1"]);
    assert!(outcome.retryable);
    expect(&Machine::new().one(dsn(&sandbox).set("idp_host", "idp.invalid").call()), 200, "idp", &["idp.invalid"]);
    for action in [FaultAction::Reset, FaultAction::Close, FaultAction::Truncate] {
        sandbox.script(Fault::on(TOKEN, action.clone()));
        let outcome = Machine::new().one(dsn(&sandbox).call());
        assert_eq!(outcome.status, 200, "{action:?}: {}", outcome.told());
    }
}

#[test]
fn silence_ends_with_the_call() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on(TOKEN, FaultAction::Stall).times(2));
    let call = dsn(&sandbox).call();
    let outcomes = Machine::new().run([call.clone().timeout(700), call.clone().cancel(400), call]);
    assert_eq!(outcomes.iter().map(|outcome| outcome.status).collect::<Vec<_>>(), [500, 501, 0]);
    assert!(outcomes[0].message.contains("Entra") && outcomes[0].elapsed_ms < 1500, "{}", outcomes[0].told());
    assert!(outcomes[1].cancel_ms < 500, "{} ms", outcomes[1].cancel_ms);
}

/// PY-149 to PY-151: the host of the partition, seen by the proxy.
#[test]
fn through_a_proxy_to_the_host_of_the_partition() {
    let sandbox = Sandbox::start();
    let proxied = |port: u16, idp: &str, partition: &str| {
        dsn(&sandbox)
            .without("idp_host")
            .set("idp_partition", partition)
            .through_proxy(port)
            .set("idp_use_https_proxy", idp)
    };
    for (partition, host) in [
        ("", "login.microsoftonline.com:443"),
        ("Us-gov   ", "login.microsoftonline.us:443"),
        ("CN", "login.chinacloudapi.cn:443"),
    ] {
        let outcome = Machine::new().one(proxied(sandbox.proxy_port(), "1", partition).call());
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert!(sandbox.proxied().iter().any(|record| record.target == host && record.authorized), "{host}");
    }
    expect(&Machine::new().one(proxied(closed_port(), "1", "").call()), 202, "idp", &["https_proxy_host"]);
}

#[test]
fn certificates_count_unless_told_otherwise() {
    let sandbox = Sandbox::start();
    let untrusted = dsn(&sandbox).without("CaFile");
    expect(&Machine::new().one(untrusted.call()), 201, "idp", &["rs-auth sandbox CA"]);
    let insecure = Machine::new().one(untrusted.set("ssl_insecure", "1").call().log(2));
    assert!(insecure.status == 0 && insecure.logged(2, "ssl_insecure"), "{}", insecure.told());
}

#[test]
fn one_sign_in_for_many_databases() {
    let sandbox = Sandbox::start();
    let dsn = dsn(&sandbox);
    let calls = [
        dsn.call(),
        dsn.call(),
        dsn.clone().set("Database", "other").call(),
        dsn.call().entry("aws"),
        dsn.clone().set("PWD", "wrong").call(),
    ];
    let results = Machine::new().recorded(&sandbox, calls);
    let sent: Vec<_> = results.iter().map(|(_, sent)| operations(sent)).collect();
    assert_eq!(sent, [vec![TOKEN, STS, REDSHIFT], vec![], vec![REDSHIFT], vec![], vec![TOKEN]]);
    assert_eq!(results[4].0.status, 300, "another password is another identity");
}

#[test]
fn an_assertion_past_its_time() {
    let sandbox = Sandbox::start();
    sandbox.with_world(|world| world.identity_pages.assertion.expired = true);
    let outcome = Machine::new().one(dsn(&sandbox).call());
    expect(&outcome, 400, "sts", &["clock", "ExpiredTokenException"]);
    sandbox.with_world(|world| world.identity_pages.assertion.expired = false);
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn the_role_that_is_preferred() {
    let sandbox = Sandbox::start();
    let bob = of(&sandbox, "bob", BOB_PASSWORD);
    for role in [ROLE, LONG_ROLE] {
        let outcome = Machine::new().one(bob.clone().set("preferred_role", role).call());
        assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, role), "{}", outcome.told());
    }
    let other = bob.set("preferred_role", "arn:aws:iam::123456789012:role/other");
    expect(&Machine::new().one(other.call()), 304, "assertion", &[ROLE, LONG_ROLE]);
}

#[test]
fn neither_password_nor_secret_nor_assertion_is_told() {
    let sandbox = Sandbox::start();
    let secrets = ["c4nary-Password", "c4nary.Secret"];
    sandbox.with_world(|world| {
        world.person_mut("alice").unwrap().password = secrets[0].to_owned();
        world.entra.client_secret = secrets[1].to_owned();
    });
    let dsn = of(&sandbox, "alice", secrets[0]).set("client_secret", secrets[1]);
    for (fault, status) in [(None, 0), (Some(respond(502, "c4nary")), 302), (Some(FaultAction::Reset), 200)] {
        if let Some(action) = fault {
            sandbox.script(Fault::on(TOKEN, action));
        }
        let outcome = Machine::new().one(dsn.call().log(5));
        assert_eq!(outcome.status, status, "{}", outcome.told());
        let told = format!("{} {:?}", outcome.told(), outcome.lines);
        assert!(
            !told.contains("c4nary") && !["PEFzc2VydGlvb", "PHNhbWw6"].iter().any(|piece| told.contains(piece)),
            "{told}"
        );
    }
}
