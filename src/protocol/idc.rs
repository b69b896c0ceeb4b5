//! The messages of IAM Identity Center's OIDC service, JSON both ways
//! (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>).

use crate::error::{AuthError, Stage, Status};
use crate::protocol::oauth2::ErrorAnswer;
use crate::secret::{ExposeSecret, SecretString, secret};
use serde_json::{Map, Value, json};
use std::fmt;
use zeroize::Zeroizing;

/// As messages call it.
pub const NAME: &str = "IAM Identity Center";
/// The scope of Redshift's tokens.
pub const SCOPE: &str = "redshift:connect";

/// What registers a client.
#[derive(Debug)]
pub struct Registration<'a> {
    /// What the consent page shows.
    pub client_name: &'a str,
    /// The instance.
    pub issuer_url: &'a str,
    /// Where codes are brought.
    pub redirect_uri: &'a str,
}

/// A registered client.
#[derive(Debug)]
pub struct Client {
    /// `clientId`
    pub id: String,
    /// `clientSecret`
    pub secret: SecretString,
}

/// What a code is exchanged with.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// Who was registered.
    pub client: &'a Client,
    /// What the browser brought.
    pub code: &'a SecretString,
    /// The proof that it is ours.
    pub code_verifier: &'a SecretString,
    /// As it was registered.
    pub redirect_uri: &'a str,
}

/// A token, and how many seconds it holds.
pub struct Token {
    /// `accessToken`, never empty.
    pub access_token: SecretString,
    /// `expiresIn`
    pub expires_in: Option<i64>,
}

/// An answer of the service, with the headers that AWS adds.
pub struct Answer<'a> {
    /// The operation.
    pub call: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// `x-amzn-RequestId`
    pub request_id: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl Registration<'_> {
    /// The body of `RegisterClient`.
    pub fn body(&self) -> Vec<u8> {
        let body = json!({
            "clientName": self.client_name,
            "clientType": "public",
            "scopes": [SCOPE],
            "issuerUrl": self.issuer_url,
            "redirectUris": [self.redirect_uri],
            "grantTypes": ["authorization_code", "refresh_token"],
        });
        body.to_string().into_bytes()
    }
}

impl Exchange<'_> {
    /// The body of `CreateToken`.
    pub fn body(&self) -> Zeroizing<Vec<u8>> {
        let body = json!({
            "clientId": self.client.id,
            "clientSecret": self.client.secret.expose_secret(),
            "grantType": "authorization_code",
            "code": self.code.expose_secret(),
            "codeVerifier": self.code_verifier.expose_secret(),
            "redirectUri": self.redirect_uri,
        });
        Zeroizing::new(body.to_string().into_bytes())
    }
}

/// Reads the answer to `RegisterClient`.
pub fn read_client(answer: &Answer<'_>) -> Result<Client, AuthError> {
    let mut object = answer.object()?;
    match (text(&mut object, "clientId"), text(&mut object, "clientSecret")) {
        (None, _) => Err(answer.unexpected("has no clientId")),
        (_, None) => Err(answer.unexpected("has no clientSecret")),
        (Some(id), Some(key)) => Ok(Client { id, secret: secret(key) }),
    }
}

/// Reads the answer to `CreateToken`.
pub fn read_token(answer: &Answer<'_>) -> Result<Token, AuthError> {
    let mut object = answer.object()?;
    let token = text(&mut object, "accessToken").ok_or_else(|| answer.unexpected("has no accessToken"))?;
    let expires_in = object.get("expiresIn").and_then(Value::as_i64).filter(|seconds| *seconds > 0);
    Ok(Token { access_token: secret(token), expires_in })
}

/// Takes a text out, if it says something.
fn text(object: &mut Map<String, Value>, name: &str) -> Option<String> {
    match object.remove(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

impl Answer<'_> {
    /// OAuth's word for the refusal, if it is one: `authorization_pending`, …
    pub fn word(&self) -> Option<String> {
        (self.status >= 400).then(|| ErrorAnswer::read(self.body).map(|error| error.error)).flatten()
    }

    fn object(&self) -> Result<Map<String, Value>, AuthError> {
        if !(200..300).contains(&self.status) {
            return Err(self.refused());
        }
        serde_json::from_slice(self.body).map_err(|_| self.unexpected("holds no JSON object"))
    }

    fn refused(&self) -> AuthError {
        let (call, status) = (self.call, self.status);
        let Some(told) = ErrorAnswer::read(self.body) else {
            let error = self.error(self.by_status(), &format!("{call} was answered with HTTP status {status}"));
            return error.hint("a proxy or an endpoint override may have answered in the place of AWS");
        };
        let words = told.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        let kind = match told.error.as_str() {
            "server_error" => Status::Service,
            "slow_down" => Status::Throttled,
            _ if status == 429 || status >= 500 => self.by_status(),
            _ => Status::IdpRejected,
        };
        let error = self.error(kind, &format!("{call} was refused: {}{words}", told.error)).service_code(told.code());
        match told.error.as_str() {
            "invalid_request" => error.hint("check issuer_url and idc_region: they must be those of the same instance"),
            "invalid_redirect_uri" => error.hint("check listen_port"),
            "invalid_grant" => error.hint("sign in again"),
            "access_denied" | "unauthorized_client" | "invalid_scope" => {
                error.hint("an administrator has to give the user or group access to the Redshift application")
            }
            _ => error,
        }
    }

    fn by_status(&self) -> Status {
        match self.status {
            429 => Status::Throttled,
            500.. => Status::Service,
            _ => Status::IdpUnexpected,
        }
    }

    fn unexpected(&self, what: &str) -> AuthError {
        self.error(Status::IdpUnexpected, &format!("the answer to {} {what}", self.call))
    }

    fn error(&self, status: Status, what: &str) -> AuthError {
        let error = AuthError::new(status, Stage::Idp, format!("{NAME}: {what}")).http_status(self.status);
        let error = if status == Status::Service { error.retryable(true) } else { error };
        match self.request_id {
            Some(id) => error.request_id(crate::redact::head(id, 100)),
            None => error,
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer<'_> {
        Answer { call: "CreateToken", status, request_id: Some("r-1"), body: body.as_bytes() }
    }

    #[test]
    fn a_token_and_what_is_none() {
        let token =
            read_token(&answer(200, r#"{"accessToken":"canary","expiresIn":3600,"refreshToken":"r"}"#)).unwrap();
        assert_eq!((token.access_token.expose_secret(), token.expires_in), ("canary", Some(3600)));
        assert!(!format!("{token:?}").contains("canary"));
        let token = read_token(&answer(200, r#"{"accessToken":"t","expiresIn":-1}"#)).unwrap();
        assert_eq!(token.expires_in, None);
        for (body, told) in [
            ("", "no JSON object"),
            ("[]", "no JSON object"),
            ("{}", "accessToken"),
            (r#"{"accessToken":""}"#, "accessToken"),
            (r#"{"accessToken":7}"#, "accessToken"),
        ] {
            let error = read_token(&answer(200, body)).unwrap_err();
            assert_eq!(error.status(), Status::IdpUnexpected, "{body}");
            assert!(error.message().contains(told), "{error}");
        }
    }

    #[test]
    fn a_client_needs_both() {
        let client = read_client(&answer(200, r#"{"clientId":"i","clientSecret":"canary"}"#)).unwrap();
        assert_eq!((client.id.as_str(), client.secret.expose_secret()), ("i", "canary"));
        assert!(!format!("{client:?}").contains("canary"));
        for (body, told) in [(r#"{"clientId":"i"}"#, "clientSecret"), (r#"{"clientSecret":"s"}"#, "clientId")] {
            assert!(read_client(&answer(200, body)).unwrap_err().message().contains(told), "{body}");
        }
    }

    #[test]
    fn refusals() {
        let told = |error: &str| json!({"error": error, "error_description": "words"}).to_string();
        for (http, body, status, retryable) in [
            (400, told("invalid_grant"), Status::IdpRejected, false),
            (401, told("invalid_client"), Status::IdpRejected, false),
            (400, told("slow_down"), Status::Throttled, true),
            (500, told("server_error"), Status::Service, true),
            (503, String::new(), Status::Service, true),
            (429, "<html>".to_owned(), Status::Throttled, true),
            (404, "<html>".to_owned(), Status::IdpUnexpected, false),
        ] {
            let error = read_token(&answer(http, &body)).unwrap_err();
            assert_eq!((error.status(), error.is_retryable(), error.http()), (status, retryable, Some(http)), "{body}");
            assert_eq!(error.request(), Some("r-1"));
        }
        assert_eq!(answer(400, &told("authorization_pending")).word().as_deref(), Some("authorization_pending"));
        assert_eq!(answer(200, &told("authorization_pending")).word(), None);
    }
}
