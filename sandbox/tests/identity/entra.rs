//! Microsoft Entra ID: who gets an assertion for a password, and what everybody else is told.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{BOB_PASSWORD, EntraTenant, PASSWORD};
use serde_json::Value;

use crate::browser::Browser;
use crate::common::{Reply, unsigned_sts};

/// The fields of a login, with changes: an empty value leaves the field out.
fn fields(user: &str, password: &str, changes: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let tenant = EntraTenant::default();
    let all = [
        ("grant_type", "password"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:saml2"),
        ("username", user),
        ("password", password),
        ("client_secret", &tenant.client_secret),
        ("client_id", &tenant.client_id),
        ("resource", &tenant.client_id),
    ];
    let value = |name: &str, value: &str| {
        let change = changes.iter().find(|(changed, _)| *changed == name);
        change.map_or(value, |(_, value)| value).to_owned()
    };
    all.into_iter().map(|(name, old)| (name, value(name, old))).filter(|(_, value)| !value.is_empty()).collect()
}

fn post(sandbox: &Sandbox, tenant: &str, fields: &[(&'static str, String)]) -> Reply {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Browser::new(sandbox).post(&format!("/{tenant}/oauth2/token"), &fields)
}

pub fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.text()).unwrap_or_else(|_| panic!("{}", reply.text()))
}

#[track_caller]
pub fn assert_refused(reply: &Reply, status: u16, error: &str, number: u32) {
    let body = json(reply);
    assert_eq!((reply.status, body["error"].as_str()), (status, Some(error)), "{body}");
    assert_eq!(body["error_codes"], serde_json::json!([number]));
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{number}: ")) && description.contains("\r\nTrace ID: "), "{body}");
    for name in ["trace_id", "correlation_id", "timestamp", "error_uri"] {
        assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {body}");
    }
}

#[test]
fn a_password_gets_an_assertion_that_sts_takes() {
    let sandbox = Sandbox::start();
    let tenant = EntraTenant::default();
    for (name, user, password) in [
        (tenant.tenant.as_str(), "alice", PASSWORD),
        ("CONTOSO.example", "alice@example.com", PASSWORD),
        ("contoso.example", "bob", BOB_PASSWORD),
        ("contoso.example", "warned", PASSWORD),
    ] {
        let reply = post(&sandbox, name, &fields(user, password, &[]));
        let body = json(&reply);
        assert_eq!((reply.status, body["token_type"].as_str()), (200, Some("Bearer")), "{body}");
        assert_eq!(body["expires_in"], "3599", "the first version writes numbers as texts");
        let token = body["access_token"].as_str().unwrap();
        assert!(!token.contains('='), "without padding");
        let assertion = String::from_utf8(URL_SAFE_NO_PAD.decode(token).unwrap()).unwrap();
        let status = "<p:Status><p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></p:Status>";
        let response = STANDARD.encode(format!(
            "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\">{status}{assertion}</p:Response>"
        ));
        let role = "arn:aws:iam::123456789012:role/sandbox-role";
        let provider = "arn:aws:iam::123456789012:saml-provider/sandbox-idp";
        let parameters = [("RoleArn", role), ("PrincipalArn", provider), ("SAMLAssertion", response.as_str())];
        let reply = unsigned_sts(&sandbox.http_url(), "AssumeRoleWithSAML", &parameters);
        assert_eq!(reply.status, 200, "{user}: {}", reply.text());
    }
    let record = &sandbox.requests_for("Token")[0];
    assert_eq!((record.service.as_str(), record.parameter("username")), ("entra", Some("alice")));
}

#[test]
fn people_who_are_not_let_in() {
    let sandbox = Sandbox::start();
    sandbox.with_world(|world| world.entra.blocked.push("carol".to_owned()));
    for (user, password, error, number) in [
        ("nobody", PASSWORD, "invalid_grant", 50034),
        ("alice", "wrong", "invalid_grant", 50126),
        ("locked", PASSWORD, "invalid_grant", 50053),
        ("expired", PASSWORD, "invalid_grant", 50055),
        ("disabled", PASSWORD, "invalid_grant", 50057),
        ("push", PASSWORD, "interaction_required", 50076),
        ("unenrolled", PASSWORD, "interaction_required", 50079),
        ("carol", PASSWORD, "invalid_grant", 53003),
    ] {
        assert_refused(&post(&sandbox, "contoso.example", &fields(user, password, &[])), 400, error, number);
    }
    sandbox.with_world(|world| world.entra.consented = false);
    assert_refused(&post(&sandbox, "contoso.example", &fields("alice", PASSWORD, &[])), 400, "invalid_grant", 65001);
}

#[test]
fn requests_that_are_wrong() {
    let sandbox = Sandbox::start();
    for (change, status, error, number) in [
        (("grant_type", ""), 400, "invalid_request", 900_144),
        (("grant_type", "client_credentials"), 400, "unsupported_grant_type", 70003),
        (("client_id", ""), 400, "invalid_request", 900_144),
        (("client_id", "other"), 400, "unauthorized_client", 700_016),
        (("client_secret", ""), 401, "invalid_client", 7_000_218),
        (("client_secret", "other"), 401, "invalid_client", 7_000_215),
        (("resource", "other"), 400, "invalid_resource", 500_011),
        (("resource", ""), 400, "invalid_request", 900_144),
        (("username", ""), 400, "invalid_request", 900_144),
        (("password", ""), 400, "invalid_request", 900_144),
        (("requested_token_type", ""), 400, "invalid_request", 900_382),
    ] {
        assert_refused(
            &post(&sandbox, "contoso.example", &fields("alice", PASSWORD, &[change])),
            status,
            error,
            number,
        );
    }
    let good = fields("alice", PASSWORD, &[]);
    assert_refused(&post(&sandbox, "nowhere.example", &good), 400, "invalid_request", 90002);
    assert_eq!(post(&sandbox, "contoso.example", &[&good[..], &good[..1]].concat()).status, 400);
    assert_eq!(Browser::new(&sandbox).post_as("application/json", "/contoso.example/oauth2/token", &[]).status, 415);
    assert_refused(&Browser::new(&sandbox).get("/contoso.example/oauth2/token"), 400, "invalid_request", 900_561);
    assert_eq!(post(&sandbox, "contoso.example", &good).status, 200, "the control");
}
