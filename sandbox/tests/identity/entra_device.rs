//! Devices at Microsoft Entra ID: they wait, ask again, and are let in or not.

use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::browser::End;
use rs_auth_sandbox::identity::EntraTenant;
use serde_json::Value;

use crate::common::{Reply, send};
use crate::entra::{assert_refused, json};
use crate::entra_browser::{browser, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A sandbox where a device may ask as often as it likes.
fn patient() -> Sandbox {
    Sandbox::builder().with_world(|world| world.entra.slows_down = false).start()
}

fn post(sandbox: &Sandbox, path: &str, fields: &[(&str, &str)]) -> Reply {
    crate::browser::Browser::new(sandbox).post(&format!("/contoso.example/oauth2/v2.0/{path}"), fields)
}

fn device(sandbox: &Sandbox) -> Value {
    let tenant = EntraTenant::default();
    let scope = format!("openid offline_access {}", tenant.scope);
    let reply = post(sandbox, "devicecode", &[("client_id", &tenant.client_id), ("scope", &scope)]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    json(&reply)
}

fn ask(sandbox: &Sandbox, device: &Value) -> Reply {
    let client_id = EntraTenant::default().client_id;
    let code = device["device_code"].as_str().unwrap();
    post(sandbox, "token", &[("grant_type", GRANT), ("client_id", &client_id), ("device_code", code)])
}

fn user_code(device: &Value) -> &str {
    device["user_code"].as_str().unwrap()
}

#[test]
fn somebody_types_the_code_and_signs_in() {
    let sandbox = patient();
    let device = device(&sandbox);
    assert_eq!((&device["expires_in"], &device["interval"]), (&900.into(), &5.into()));
    assert!(device["message"].as_str().unwrap().contains(user_code(&device)));
    assert_refused(&ask(&sandbox, &device), 400, "authorization_pending", 70016);
    let page = device["verification_uri"].as_str().unwrap();
    let mut browser = browser(&sandbox, "alice");
    browser.person.device_code = Some("WRONGCODE".to_owned());
    let wrong = browser.visit(page).unwrap();
    assert!(wrong.end == End::Refused && wrong.text.contains("That code didn't work"), "{wrong:?}");
    browser.person.device_code = Some(user_code(&device).to_owned());
    let right = browser.visit(page).unwrap();
    assert!(right.end == End::Arrived && right.text.contains("You have signed in on your device"), "{right:?}");
    let body = json(&ask(&sandbox, &device));
    assert_eq!(claims(body["access_token"].as_str().unwrap())["name"], "alice");
    assert!(body["refresh_token"].is_string() && body["id_token"].is_string(), "{body}");
    assert_refused(&ask(&sandbox, &device), 400, "bad_verification_code", 70018);
}

#[test]
fn it_is_decided_by_the_test() {
    let sandbox = patient();
    let (first, second, third) = (device(&sandbox), device(&sandbox), device(&sandbox));
    assert!(sandbox.decide_device(user_code(&first), Some("alice")));
    assert!(sandbox.decide_device(&user_code(&second).to_lowercase(), None));
    assert!(!sandbox.decide_device("other", Some("alice")));
    assert_eq!(ask(&sandbox, &first).status, 200);
    assert_refused(&ask(&sandbox, &second), 400, "authorization_declined", 65004);
    let control = |body: &str| send(&sandbox.http_url(), "POST", "/_sandbox/device", &[], body.as_bytes()).status;
    assert_eq!(control(r#"{"user_code": "other", "user": "alice"}"#), 404);
    assert_eq!(control(&format!(r#"{{"user_code": "{}", "user": "alice"}}"#, user_code(&third))), 200);
    assert_eq!(ask(&sandbox, &third).status, 200);
}

#[test]
fn somebody_declines_on_the_page() {
    let sandbox = patient();
    let device = device(&sandbox);
    let mut browser = browser(&sandbox, "alice");
    browser.person.device_code = Some(user_code(&device).to_owned());
    browser.person.declines = true;
    let page = browser.visit(device["verification_uri"].as_str().unwrap()).unwrap();
    assert!(page.text.contains("You cancelled the sign-in"), "{page:?}");
    assert_refused(&ask(&sandbox, &device), 400, "authorization_declined", 65004);
}

#[test]
fn who_asks_too_often_or_too_late() {
    let sandbox = Sandbox::start();
    let hasty = device(&sandbox);
    assert_refused(&ask(&sandbox, &hasty), 400, "authorization_pending", 70016);
    assert!(sandbox.decide_device(user_code(&hasty), Some("alice")));
    assert_refused(&ask(&sandbox, &hasty), 400, "slow_down", 70016);
    sandbox.with_world(|world| world.entra.slows_down = false);
    assert_eq!(ask(&sandbox, &hasty).status, 200, "the control");
    sandbox.with_world(|world| world.entra.device_code_seconds = 0);
    let late = device(&sandbox);
    assert_refused(&ask(&sandbox, &late), 400, "expired_token", 70020);
}

#[test]
fn requests_that_are_wrong() {
    let sandbox = patient();
    let tenant = EntraTenant::default();
    for (fields, error, number) in [
        (vec![("scope", "openid")], "invalid_request", 900_144),
        (vec![("client_id", tenant.client_id.as_str())], "invalid_request", 900_144),
        (vec![("client_id", "other"), ("scope", "openid")], "unauthorized_client", 700_016),
        (vec![("client_id", tenant.client_id.as_str()), ("scope", "x")], "invalid_scope", 70011),
    ] {
        assert_refused(&post(&sandbox, "devicecode", &fields), 400, error, number);
    }
    let fields = [("grant_type", GRANT), ("client_id", tenant.client_id.as_str())];
    assert_refused(&post(&sandbox, "token", &fields), 400, "invalid_request", 900_144);
    device(&sandbox);
}
