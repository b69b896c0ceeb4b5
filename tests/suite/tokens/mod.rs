//! Logins with what the caller brings: tokens, SAML responses, AWS keys for a token of IAM Identity Center.

mod identity_center;
mod idp_token;
mod jwt_iam;
mod native;
mod saml;
mod sts;

use crate::probe::{Dsn, Machine};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::world::WebIdentityToken;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-role";

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// A JWT with these claims and the signature of nobody.
pub fn jwt(claims: &Value) -> String {
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    // Characters that base64 and base64url spell differently (D-16).
    let mut claims = claims.clone();
    claims["padding"] = json!("\u{7bf}?>~\u{7ff}");
    format!("{}.{}.{}", encode(r#"{"alg":"RS256","typ":"JWT"}"#), encode(&claims.to_string()), encode("signature"))
}

/// A JWT that holds for an hour.
pub fn fresh() -> String {
    jwt(&json!({ "sub": "s", "email": "alice@example.com", "exp": now() + 3600 }))
}

/// A JWT that ended a minute ago.
pub fn ended() -> String {
    jwt(&json!({ "sub": "s", "email": "alice@example.com", "exp": now() - 60 }))
}

/// Has STS of that sandbox know a token.
pub fn known(sandbox: &Sandbox, token: &str, expired: bool) {
    let subject = "sandbox-subject".to_owned();
    let (issuer, audience) = ("https://idp.example.com".to_owned(), "sandbox-audience".to_owned());
    let token = WebIdentityToken { token: token.to_owned(), subject, issuer, audience, expired };
    sandbox.with_world(|world| world.web_identity_tokens.push(token));
}

/// An assertion for alice whose time was over an hour ago.
pub fn ended_assertion(sandbox: &Sandbox) -> String {
    sandbox.with_world(|world| world.identity_pages.assertion.expired = true);
    let assertion = sandbox.assertion_for("alice");
    sandbox.with_world(|world| world.identity_pages.assertion.expired = false);
    assertion
}

/// A machine with AWS keys and a profile of its own that must not be used.
pub fn poisoned() -> Machine {
    Machine::new()
        .env("AWS_ACCESS_KEY_ID", "AKIAPOISON")
        .env("AWS_SECRET_ACCESS_KEY", "poison")
        .env("AWS_SESSION_TOKEN", "expired")
        .env("AWS_PROFILE", "poison")
}

/// A cluster, asked for by a plugin.
pub fn dsn(sandbox: &Sandbox, plugin: &str) -> Dsn {
    Dsn::cluster(sandbox).without("DbUser").set("plugin_name", plugin)
}
