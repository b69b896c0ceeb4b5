//! What IAM Identity Center is asked: JSON, and nothing of it signed.

use super::Client;
use crate::protocol::percent::query_value;
use crate::secret::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// RFC 8628 section 3.4.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A request to one of its services, without the endpoint.
pub struct Call {
    /// As AWS names the operation.
    pub name: &'static str,
    /// Below the endpoint, with the query.
    pub path: String,
    /// A POST of this JSON; `None`: a GET.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// `x-amz-sso_bearer_token`
    pub bearer: Option<SecretString>,
    /// Whether it may come a second time when nobody knows what became of the first.
    ///
    /// Not a code (RFC 6749 section 4.1.2: used twice, its tokens are revoked) and not a refresh token that rotates (RFC 9700
    /// section 4.14.2: the same). A device code may (RFC 8628 section 3.5), and a registration too many harms nobody.
    pub may_repeat: bool,
}

/// What registers a client.
#[derive(Debug)]
pub struct Registration<'a> {
    /// What the consent page shows.
    pub client_name: &'a str,
    /// What its tokens are for.
    pub scopes: &'a [String],
    /// For authorization codes; a client without is for device codes.
    pub codes: Option<Codes<'a>>,
}

/// How a client that is registered for authorization codes gets them.
#[derive(Debug)]
pub struct Codes<'a> {
    /// The instance.
    pub issuer_url: &'a str,
    /// Where codes are brought.
    pub redirect_uri: &'a str,
}

/// What a token is given for.
#[derive(Debug)]
pub enum Grant<'a> {
    /// An authorization code.
    Code {
        /// What the browser brought.
        code: &'a SecretString,
        /// The proof that it is ours.
        code_verifier: &'a SecretString,
        /// Where it was brought.
        redirect_uri: &'a str,
    },
    /// The code of a device that a person has approved.
    Device(&'a SecretString),
    /// What came with an earlier token.
    Refresh(&'a SecretString),
}

impl Registration<'_> {
    /// `RegisterClient`
    pub fn call(&self) -> Call {
        let mut body = json!({ "clientName": self.client_name, "clientType": "public", "scopes": self.scopes });
        if let Some(codes) = &self.codes {
            insert(&mut body, "issuerUrl", codes.issuer_url.into());
            insert(&mut body, "redirectUris", json!([codes.redirect_uri]));
            insert(&mut body, "grantTypes", json!(["authorization_code", "refresh_token"]));
        }
        post("RegisterClient", "client/register", &body, true)
    }
}

/// `StartDeviceAuthorization`
pub fn start_device_authorization(client: &Client, start_url: &str) -> Call {
    let body = json!({
        "clientId": client.id,
        "clientSecret": client.secret.expose_secret(),
        "startUrl": start_url,
    });
    post("StartDeviceAuthorization", "device_authorization", &body, true)
}

/// `CreateToken`
pub fn create_token(client: &Client, grant: &Grant<'_>) -> Call {
    let mut body = json!({ "clientId": client.id, "clientSecret": client.secret.expose_secret() });
    let grant_type = match grant {
        Grant::Code { code, code_verifier, redirect_uri } => {
            insert(&mut body, "code", code.expose_secret().into());
            insert(&mut body, "codeVerifier", code_verifier.expose_secret().into());
            insert(&mut body, "redirectUri", (*redirect_uri).into());
            "authorization_code"
        }
        Grant::Device(code) => {
            insert(&mut body, "deviceCode", code.expose_secret().into());
            DEVICE_CODE_GRANT
        }
        Grant::Refresh(token) => {
            insert(&mut body, "refreshToken", token.expose_secret().into());
            "refresh_token"
        }
    };
    insert(&mut body, "grantType", grant_type.into());
    post("CreateToken", "token", &body, matches!(grant, Grant::Device(_)))
}

/// The portal's `GetRoleCredentials`
/// (<https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>).
pub fn get_role_credentials(account: &str, role: &str, token: &SecretString) -> Call {
    let path = format!("federation/credentials?role_name={}&account_id={}", query_value(role), query_value(account));
    Call { name: "GetRoleCredentials", path, body: None, bearer: Some(token.clone()), may_repeat: true }
}

fn insert(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn post(name: &'static str, path: &str, body: &Value, may_repeat: bool) -> Call {
    let body = Zeroizing::new(body.to_string().into_bytes());
    Call { name, path: path.to_owned(), body: Some(body), bearer: None, may_repeat }
}
