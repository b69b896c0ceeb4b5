//! `CreateToken`: for a code, a refresh token or a device code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::{self, DEVICE};
use super::device::Poll;
use super::error::{Refusal, invalid_grant, invalid_request};
use super::world::{IdcClient, IdcToken, IdentityCenter};
use super::{Memory, device, read, unix};
use crate::http::Request;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreateToken {
    client_id: String,
    client_secret: String,
    grant_type: String,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
    device_code: Option<String>,
    refresh_token: Option<String>,
    /// Has no effect, as AWS' documentation says.
    #[serde(rename = "scope")]
    _scope: Option<Vec<String>>,
}

pub(super) fn create(request: &Request, shared: &Shared) -> Result<Value, Refusal> {
    let input: CreateToken = read(request)?;
    let mut world = shared.world();
    let now = world.now();
    let center = &mut world.identity_center;
    let client = client::known(center, &input.client_id, &input.client_secret, unix(now))?;
    let grant: fn(&CreateToken, &IdcClient, &mut IdentityCenter, &mut Memory, i64) -> Result<Value, Refusal> =
        match input.grant_type.as_str() {
            "authorization_code" => by_code,
            "refresh_token" => by_refresh_token,
            DEVICE => by_device,
            _ => return Err(Refusal::new("UnsupportedGrantTypeException", "Unsupported grant type")),
        };
    if !client.may(&input.grant_type) {
        return Err(Refusal::new("UnauthorizedClientException", "the client did not register for this grant"));
    }
    shared.with_state(|memory: &mut Memory| grant(&input, &client, center, memory, unix(now)))
}

fn given<'a>(value: Option<&'a String>, name: &str) -> Result<&'a str, Refusal> {
    value
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| invalid_request(&format!("{name} is missing")))
}

fn by_code(
    input: &CreateToken,
    client: &IdcClient,
    center: &mut IdentityCenter,
    memory: &mut Memory,
    now: i64,
) -> Result<Value, Refusal> {
    let code = given(input.code.as_ref(), "code")?;
    let redirect_uri = given(input.redirect_uri.as_ref(), "redirectUri")?;
    let verifier = given(input.code_verifier.as_ref(), "codeVerifier")?;
    // Good for one use, whatever comes of it (RFC 6749 section 4.1.2).
    let known = memory.codes.remove(code).ok_or_else(|| invalid_grant("Invalid authorization code"))?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    if known.client != client.id || known.redirect_uri != redirect_uri || known.expires_at <= now {
        return Err(invalid_grant("Invalid authorization code"));
    }
    if known.code_challenge != challenge {
        return Err(invalid_grant("codeVerifier does not match the code challenge"));
    }
    Ok(answer(center.issue(client, &known.person, now), now))
}

fn by_refresh_token(
    input: &CreateToken,
    client: &IdcClient,
    center: &mut IdentityCenter,
    _: &mut Memory,
    now: i64,
) -> Result<Value, Refusal> {
    let brought = given(input.refresh_token.as_ref(), "refreshToken")?;
    let rotates = center.rotates;
    let refused = || invalid_grant("Invalid refresh token provided");
    let known = center.tokens.iter_mut().find(|token| token.refresh_token.as_deref() == Some(brought));
    let known =
        known.filter(|token| token.client == client.id && token.refresh_expires_at > now).ok_or_else(refused)?;
    let person = known.person.clone();
    if rotates {
        known.refresh_token = None;
    }
    let renewed = center.issue(client, &person, now);
    if !rotates {
        renewed.refresh_token = None;
    }
    Ok(answer(renewed, now))
}

fn by_device(
    input: &CreateToken,
    client: &IdcClient,
    center: &mut IdentityCenter,
    memory: &mut Memory,
    now: i64,
) -> Result<Value, Refusal> {
    let code = given(input.device_code.as_ref(), "deviceCode")?;
    let refuse = |exception, why| Err(Refusal::new(exception, why));
    let known = memory.devices.get_mut(code).filter(|device| device.client == client.id);
    let Some(known) = known else { return Err(invalid_grant("Invalid device code")) };
    match device::poll(known, &center.device, now) {
        Poll::Pending => refuse("AuthorizationPendingException", "the user has not approved it yet"),
        Poll::TooSoon => refuse("SlowDownException", "polling too often"),
        Poll::Expired => refuse("ExpiredTokenException", "the device code has expired"),
        Poll::Denied => refuse("AccessDeniedException", "the user denied it"),
        Poll::Approved(person) => {
            memory.devices.remove(code);
            Ok(answer(center.issue(client, &person, now), now))
        }
    }
}

fn answer(token: &IdcToken, now: i64) -> Value {
    let mut answer = json!({
        "accessToken": token.access_token,
        "tokenType": "Bearer",
        "expiresIn": token.expires_at - now,
    });
    if let Some(refresh) = &token.refresh_token {
        answer["refreshToken"] = json!(refresh);
    }
    answer
}
