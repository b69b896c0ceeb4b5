//! Answers of OAuth 2.0 token endpoints (RFC 6749, 5) and the errors of authorization endpoints (4.1.2.1).

mod aadsts;
mod device;
mod refusal;

pub use self::device::{DeviceAnswer, read as read_device};
pub use self::refusal::ErrorAnswer;
use crate::error::{AuthError, Stage, Status};
use crate::secret::{SecretString, secret};
use serde_json::{Map, Value};
use std::fmt;

/// What a token endpoint gives.
pub struct TokenAnswer {
    /// Never empty.
    pub access_token: SecretString,
    /// A new one replaces the old one; without one the old one goes on (RFC 6749, 6).
    pub refresh_token: Option<SecretString>,
    /// OpenID Connect's.
    pub id_token: Option<SecretString>,
    /// Seconds.
    pub expires_in: Option<u64>,
    /// `Bearer`, as a rule.
    pub token_type: Option<String>,
    /// What was granted, where that is not what was asked for.
    pub scope: Option<String>,
}

impl TokenAnswer {
    /// Until when the access token holds, in milliseconds since 1970, if it came now.
    pub fn expires_at(&self, now_ms: i64) -> Option<i64> {
        let lifetime = i64::try_from(self.expires_in?).ok()?.checked_mul(1000)?;
        now_ms.checked_add(lifetime)
    }
}

/// Reads the answer to a request for a token, whatever its HTTP status: Azure sends errors with several.
pub fn read(http_status: u16, body: &[u8]) -> Result<TokenAnswer, AuthError> {
    let mut object = granted(http_status, body)?;
    let access_token = match object.remove("access_token") {
        None | Some(Value::Null) => Err("has no access_token"),
        Some(Value::String(token)) if token.trim().is_empty() => Err("has an access_token that is empty"),
        Some(Value::String(token)) => Ok(secret(token)),
        Some(_) => Err("has an access_token that is no text"),
    };
    Ok(TokenAnswer {
        access_token: access_token.map_err(|what| unexpected(http_status, what))?,
        refresh_token: text(&mut object, "refresh_token").map(secret),
        id_token: text(&mut object, "id_token").map(secret),
        expires_in: object.get("expires_in").and_then(number),
        token_type: text(&mut object, "token_type"),
        scope: text(&mut object, "scope"),
    })
}

/// Whether this is what an issuer tells of itself (OpenID Connect Discovery 1.0 section 3).
pub fn names_token_endpoint(body: &[u8]) -> bool {
    object(body).is_some_and(|mut object| text(&mut object, "token_endpoint").is_some())
}

/// The members of an answer that is none of an error.
fn granted(http_status: u16, body: &[u8]) -> Result<Map<String, Value>, AuthError> {
    let object = object(body);
    if let Some(error) = object.as_ref().and_then(ErrorAnswer::of) {
        return Err(error.into_error(Some(http_status)));
    }
    if !(200..300).contains(&http_status) {
        return Err(without_reason(http_status));
    }
    object.ok_or_else(|| unexpected(http_status, "holds no JSON object"))
}

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok()
}

/// Takes a text out, if it says something.
fn text(object: &mut Map<String, Value>, name: &str) -> Option<String> {
    match object.remove(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// Azure's first version writes numbers as text.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A server or a proxy in trouble, or something that is no token endpoint.
fn without_reason(http_status: u16) -> AuthError {
    let message = format!("the identity provider answered the request for a token with HTTP status {http_status}");
    match http_status {
        429 => AuthError::new(Status::Throttled, Stage::Idp, message),
        500.. => AuthError::new(Status::Service, Stage::Idp, message).retryable(true),
        _ => AuthError::new(Status::IdpUnexpected, Stage::Idp, message),
    }
    .http_status(http_status)
}

fn unexpected(http_status: u16, what: &str) -> AuthError {
    let message = format!("the identity provider's answer to the request for a token {what}");
    AuthError::new(Status::IdpUnexpected, Stage::Idp, message)
        .http_status(http_status)
        .hint("something else than the identity provider's token endpoint may have answered, such as a proxy")
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAnswer")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
