//! IAM Identity Center: clients, codes, devices, tokens, and what a token is good for.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::PASSWORD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::browser::{Browser, encode, form};
use crate::common::{FORM, Reply, Signer, send};

const REDIRECT: &str = "http://127.0.0.1:7890";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn call(sandbox: &Sandbox, path: &str, body: &Value) -> Reply {
    send(&sandbox.http_url(), "POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
}

fn merged(base: &Value, changes: &Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        all.insert(name.clone(), value.clone());
    }
    all.retain(|_, value| !value.is_null());
    Value::Object(all)
}

/// As the drivers register.
fn driver(sandbox: &Sandbox) -> Value {
    let start_url = sandbox.with_world(|world| world.identity_center.start_url.clone());
    json!({ "clientName": "driver", "clientType": "public", "scopes": ["redshift:connect"], "issuerUrl": start_url,
            "redirectUris": [REDIRECT], "grantTypes": ["authorization_code", "refresh_token"] })
}

/// As the AWS CLI registers for a device code.
fn cli() -> Value {
    json!({ "clientName": "cli", "clientType": "public", "scopes": ["sso:account:access"] })
}

fn register(sandbox: &Sandbox, body: &Value) -> Value {
    let reply = call(sandbox, "/client/register", body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn by(client: &Value, grant: &str, more: &Value) -> Value {
    let base = json!({ "clientId": client["clientId"], "clientSecret": client["clientSecret"], "grantType": grant });
    merged(&base, more)
}

fn token(sandbox: &Sandbox, client: &Value, grant: &str, more: &Value) -> Reply {
    call(sandbox, "/token", &by(client, grant, more))
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, exception: &str, error: &str) {
    assert_eq!((reply.status, reply.header("x-amzn-errortype")), (status, Some(exception)), "{}", reply.text());
    assert_eq!(reply.json()["error"], error);
    assert!(reply.json()["error_description"].is_string() && reply.header("x-amzn-requestid").is_some());
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

fn authorize_path(client: &Value, changes: &[(&str, &str)]) -> String {
    let challenge = challenge(VERIFIER);
    let all = [
        ("response_type", "code"),
        ("client_id", client["clientId"].as_str().unwrap()),
        ("redirect_uri", REDIRECT),
        ("state", "s t&ate"),
        ("scopes", "redshift:connect"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let replaced = |name: &str| changes.iter().find(|(of, _)| *of == name).map(|(_, value)| *value);
    let mut pairs: Vec<_> = all.iter().map(|(name, value)| (*name, replaced(name).unwrap_or(value))).collect();
    pairs.extend(changes.iter().filter(|(name, _)| !all.iter().any(|(of, _)| of == name)));
    pairs.retain(|(_, value)| !value.is_empty());
    format!("/authorize?{}", encode(&pairs))
}

/// Signs in at that page without following the way back.
fn sign_in(browser: &mut Browser, page: &Reply, password: &str) -> Reply {
    let form = form(page);
    let workflow = form.fields["workflow"].as_str();
    let fields = [("workflow", workflow), ("username", "alice"), ("password", password)];
    browser.send_once("POST", &form.action, &[("Content-Type", FORM)], &encode(&fields))
}

/// What the browser is sent back to the client with.
fn sent_back(reply: &Reply) -> Vec<(String, String)> {
    assert_eq!(reply.status, 302, "{}", reply.text());
    let query = reply.header("location").unwrap().strip_prefix(&format!("{REDIRECT}?")).unwrap().to_owned();
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    query.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), decode(v))).collect()
}

fn code_for(sandbox: &Sandbox, client: &Value) -> String {
    let mut browser = Browser::new(sandbox);
    let page = browser.get(&authorize_path(client, &[]));
    let back = sent_back(&sign_in(&mut browser, &page, PASSWORD));
    assert_eq!(back[1], ("state".to_owned(), "s t&ate".to_owned()));
    assert_eq!(back[0].0, "code");
    back[0].1.clone()
}

#[test]
fn a_client_registers_and_the_wrong_ones_do_not() {
    let sandbox = Sandbox::start();
    let client = register(&sandbox, &driver(&sandbox));
    let lifetime = client["clientSecretExpiresAt"].as_i64().unwrap() - client["clientIdIssuedAt"].as_i64().unwrap();
    assert_eq!(lifetime, 90 * 24 * 3600);
    register(&sandbox, &cli());
    for (change, exception, error) in [
        (json!({ "clientName": null }), "InvalidRequestException", "invalid_request"),
        (json!({ "clientType": "confidential" }), "InvalidClientMetadataException", "invalid_client_metadata"),
        (json!({ "scopes": ["everything"] }), "InvalidScopeException", "invalid_scope"),
        (json!({ "grantTypes": ["password"] }), "UnsupportedGrantTypeException", "unsupported_grant_type"),
        (json!({ "redirectUris": ["https://example.com"] }), "InvalidRedirectUriException", "invalid_redirect_uri"),
        (json!({ "redirectUris": ["http://localhost:7890"] }), "InvalidRedirectUriException", "invalid_redirect_uri"),
        (json!({ "redirectUris": null }), "InvalidRequestException", "invalid_request"),
        (json!({ "issuerUrl": null }), "InvalidRequestException", "invalid_request"),
        (json!({ "issuerUrl": "https://other.awsapps.com/start" }), "InvalidRequestException", "invalid_request"),
        (json!({ "grantTypes": [DEVICE] }), "InvalidScopeException", "invalid_scope"),
    ] {
        let reply = call(&sandbox, "/client/register", &merged(&driver(&sandbox), &change));
        assert_refused(&reply, 400, exception, error);
    }
    let record = sandbox.requests_for("RegisterClient").remove(0);
    assert_eq!((record.service.as_str(), record.signed_by), ("sso-oidc", None));
    assert_eq!(record.parameters["clientName"], "driver");
}

#[test]
fn a_code_with_its_verifier_brings_a_token_once() {
    let sandbox = Sandbox::start();
    let client = register(&sandbox, &driver(&sandbox));
    let right = |code: &str| json!({ "code": code, "redirectUri": REDIRECT, "codeVerifier": VERIFIER });
    let code = code_for(&sandbox, &client);
    let reply = token(&sandbox, &client, "authorization_code", &right(&code));
    let body = reply.json();
    assert_eq!(
        (reply.status, body["tokenType"].as_str(), body["expiresIn"].as_i64()),
        (200, Some("Bearer"), Some(3600))
    );
    assert!(body["accessToken"].is_string() && body["refreshToken"].is_string());
    assert_refused(
        &token(&sandbox, &client, "authorization_code", &right(&code)),
        400,
        "InvalidGrantException",
        "invalid_grant",
    );
    for wrong in [json!({ "codeVerifier": "x".repeat(43) }), json!({ "redirectUri": "http://127.0.0.1:1" })] {
        let asked = merged(&right(&code_for(&sandbox, &client)), &wrong);
        assert_refused(
            &token(&sandbox, &client, "authorization_code", &asked),
            400,
            "InvalidGrantException",
            "invalid_grant",
        );
    }
    // A token for Redshift opens no accounts.
    let bearer = body["accessToken"].as_str().unwrap();
    assert_eq!(credentials(&sandbox, bearer, "Analyst").status, 401);
}

#[test]
fn a_browser_is_led_back_with_what_is_wrong_or_not_at_all() {
    let sandbox = Sandbox::start();
    let client = register(&sandbox, &driver(&sandbox));
    let mut browser = Browser::new(&sandbox);
    for change in [("client_id", "nobody"), ("redirect_uri", "http://127.0.0.1:1")] {
        assert_eq!(browser.get(&authorize_path(&client, &[change])).status, 400);
    }
    for (change, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scopes", "sso:account:access"), "invalid_scope"),
        (("scopes", ""), "invalid_scope"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
    ] {
        let reply = browser.send_once("GET", &authorize_path(&client, &[change]), &[], "");
        assert_eq!(sent_back(&reply)[0], ("error".to_owned(), error.to_owned()), "{change:?}");
    }
    // Both spellings of the scope are taken.
    let page = browser.get(&authorize_path(&client, &[("scopes", ""), ("scope", "redshift:connect")]));
    let again = sign_in(&mut browser, &page, "wrong");
    assert_eq!(again.status, 200);
    assert!(again.text().contains("incorrect"), "{}", again.text());
    assert_eq!(sign_in(&mut browser, &again, PASSWORD).status, 302);
    assert_eq!(sign_in(&mut browser, &page, PASSWORD).status, 400, "it is over");
    let plain = send(&sandbox.http_url(), "GET", &authorize_path(&client, &[]), &[], b"");
    assert_eq!(plain.status, 403, "passwords go by TLS only");
}

fn start_device(sandbox: &Sandbox, client: &Value) -> Value {
    let start_url = sandbox.with_world(|world| world.identity_center.start_url.clone());
    let base = json!({ "clientId": client["clientId"], "clientSecret": client["clientSecret"], "startUrl": start_url });
    let wrong = merged(&base, &json!({ "startUrl": "https://other.awsapps.com/start" }));
    assert_refused(&call(sandbox, "/device_authorization", &wrong), 400, "InvalidRequestException", "invalid_request");
    let reply = call(sandbox, "/device_authorization", &base);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn a_device_waits_until_somebody_allows_it_at_the_page() {
    let sandbox = Sandbox::start();
    let client = register(&sandbox, &cli());
    for (choice, status) in [("allow", 200), ("deny", 400)] {
        let device = start_device(&sandbox, &client);
        let poll = || token(&sandbox, &client, DEVICE, &json!({ "deviceCode": device["deviceCode"] }));
        assert_refused(&poll(), 400, "AuthorizationPendingException", "authorization_pending");
        assert_refused(&poll(), 400, "SlowDownException", "slow_down");
        let mut browser = Browser::new(&sandbox);
        let url = device["verificationUriComplete"].as_str().unwrap().strip_prefix(&sandbox.https_url()).unwrap();
        let page = browser.get(url);
        assert!(page.text().contains(device["userCode"].as_str().unwrap()));
        let wrong = browser.submit(&page, &[("username", "alice"), ("password", "wrong")]);
        let allow = browser.submit(&wrong, &[("username", "alice"), ("password", PASSWORD)]);
        assert!(allow.text().contains("Allow cli to access"), "{}", allow.text());
        let done = browser.submit(&allow, &[("choice", choice)]);
        assert!(done.text().contains(if choice == "allow" { "approved" } else { "denied" }));
        std::thread::sleep(Duration::from_secs(1));
        let reply = poll();
        assert_eq!(reply.status, status, "{}", reply.text());
        if choice == "deny" {
            assert_refused(&reply, 400, "AccessDeniedException", "access_denied");
        } else {
            assert_eq!(credentials(&sandbox, reply.json()["accessToken"].as_str().unwrap(), "Analyst").status, 200);
            assert_refused(&poll(), 400, "InvalidGrantException", "invalid_grant");
        }
    }
}

#[test]
fn a_device_code_ends_and_can_be_approved_without_a_page() {
    let sandbox = Sandbox::builder().with_world(|world| world.identity_center.device.seconds = 0).start();
    let client = register(&sandbox, &cli());
    let poll = |device: &Value| token(&sandbox, &client, DEVICE, &json!({ "deviceCode": device["deviceCode"] }));
    assert_refused(&poll(&start_device(&sandbox, &client)), 400, "ExpiredTokenException", "expired_token");
    sandbox.with_world(|world| {
        world.identity_center.device.seconds = 600;
        world.identity_center.device.person = Some("alice".to_owned());
    });
    assert_eq!(poll(&start_device(&sandbox, &client)).status, 200);
    // Who registered for the code grant only may not.
    let driver = register(&sandbox, &driver(&sandbox));
    let reply = token(&sandbox, &driver, DEVICE, &json!({ "deviceCode": "x" }));
    assert_refused(&reply, 400, "UnauthorizedClientException", "unauthorized_client");
}

#[test]
fn refresh_tokens_rotate_or_stay() {
    let sandbox = Sandbox::start();
    let (client, first) = sandbox.with_world(|world| world.sign_in_at_identity_center("alice"));
    let client = json!({ "clientId": client.id, "clientSecret": client.secret });
    let refresh = |token_: &Value| token(&sandbox, &client, "refresh_token", &json!({ "refreshToken": token_ }));
    let first = json!(first.refresh_token);
    let second = refresh(&first).json()["refreshToken"].clone();
    assert!(second.is_string() && second != first);
    assert_refused(&refresh(&first), 400, "InvalidGrantException", "invalid_grant");
    sandbox.with_world(|world| world.identity_center.rotates = false);
    for _ in 0..2 {
        let reply = refresh(&second);
        assert_eq!((reply.status, reply.json().get("refreshToken")), (200, None));
    }
    sandbox.with_world(|world| world.identity_center.tokens.iter_mut().for_each(|token| token.refresh_expires_at = 0));
    assert_refused(&refresh(&second), 400, "InvalidGrantException", "invalid_grant");
    let wrong = json!({ "clientId": client["clientId"], "clientSecret": "wrong" });
    let reply = token(&sandbox, &wrong, "refresh_token", &json!({ "refreshToken": second }));
    assert_refused(&reply, 401, "InvalidClientException", "invalid_client");
    sandbox.with_world(|world| world.identity_center.clients[0].expires_at = 0);
    assert_refused(&refresh(&second), 401, "InvalidClientException", "invalid_client");
}

fn credentials(sandbox: &Sandbox, bearer: &str, role: &str) -> Reply {
    let path = format!("/federation/credentials?account_id=123456789012&role_name={role}");
    send(&sandbox.http_url(), "GET", &path, &[("x-amz-sso_bearer_token", bearer)], b"")
}

#[test]
fn a_token_brings_keys_that_redshift_takes() {
    let sandbox = Sandbox::start();
    let (_, token) = sandbox.with_world(|world| world.sign_in_at_identity_center("alice"));
    let reply = credentials(&sandbox, &token.access_token, "Analyst");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let keys = reply.json()["roleCredentials"].clone();
    let of = |name: &str| keys[name].as_str().unwrap().to_owned();
    let signer = Signer::new("redshift", &of("accessKeyId"), &of("secretAccessKey"), Some(&of("sessionToken")));
    let parameters = [("DbUser", "alice"), ("ClusterIdentifier", "sandbox-cluster")];
    assert_eq!(signer.redshift(&sandbox.http_url(), "GetClusterCredentials", &parameters).status, 200);
    assert!(keys["expiration"].as_i64().unwrap() > 1_700_000_000_000);
    for (bearer, role, status, exception) in [
        ("wrong", "Analyst", 401, "UnauthorizedException"),
        (token.access_token.as_str(), "Owner", 403, "ForbiddenException"),
        (&token.access_token, "", 400, "InvalidRequestException"),
    ] {
        let reply = credentials(&sandbox, bearer, role);
        assert_eq!((reply.status, reply.header("x-amzn-errortype")), (status, Some(exception)), "{}", reply.text());
    }
    sandbox.with_world(|world| world.identity_center.tokens[0].expires_at = 0);
    assert_eq!(credentials(&sandbox, &token.access_token, "Analyst").status, 401);
}

#[test]
fn who_signs_out_has_no_token_left() {
    let sandbox = Sandbox::start();
    let (_, token) = sandbox.with_world(|world| world.sign_in_at_identity_center("alice"));
    let (_, of_bob) = sandbox.with_world(|world| world.sign_in_at_identity_center("bob"));
    let log_out = || {
        let bearer = [("x-amz-sso_bearer_token", token.access_token.as_str())];
        send(&sandbox.http_url(), "POST", "/logout", &bearer, b"").status
    };
    assert_eq!((log_out(), log_out()), (200, 401));
    assert_eq!(credentials(&sandbox, &token.access_token, "Analyst").status, 401);
    assert_eq!(credentials(&sandbox, &of_bob.access_token, "Analyst").status, 200);
}
