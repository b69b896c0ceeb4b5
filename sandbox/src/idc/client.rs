//! `RegisterClient`, and who a client says it is.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Refusal, invalid_request};
use super::world::{IdcClient, IdentityCenter};
use super::{read, unix};
use crate::http::Request;
use crate::random;
use crate::shared::Shared;

const CODE: &str = "authorization_code";
/// RFC 8628 section 3.4.
pub(super) const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const GRANTS: [&str; 3] = [CODE, DEVICE, "refresh_token"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RegisterClient {
    client_name: String,
    client_type: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    grant_types: Vec<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    issuer_url: Option<String>,
}

pub(super) fn register(request: &Request, shared: &Shared) -> Result<Value, Refusal> {
    let input: RegisterClient = read(request)?;
    let mut world = shared.world();
    let now = unix(world.now());
    check(&input, &world.identity_center)?;
    let client = IdcClient {
        id: random::base32::<22>(),
        secret: random::base64::<90>(),
        name: input.client_name,
        scopes: input.scopes,
        grant_types: input.grant_types,
        redirect_uris: input.redirect_uris,
        expires_at: now + world.identity_center.registration_seconds,
    };
    let answer = json!({
        "clientId": client.id,
        "clientSecret": client.secret,
        "clientIdIssuedAt": now,
        "clientSecretExpiresAt": client.expires_at,
    });
    world.identity_center.clients.push(client);
    Ok(answer)
}

fn check(input: &RegisterClient, center: &IdentityCenter) -> Result<(), Refusal> {
    if input.client_name.is_empty() {
        return Err(invalid_request("clientName is empty"));
    }
    if input.client_type != "public" {
        return Err(Refusal::new("InvalidClientMetadataException", "clientType must be public"));
    }
    if let Some(scope) = input.scopes.iter().find(|scope| !center.scopes.contains(scope)) {
        return Err(Refusal::new("InvalidScopeException", format!("scope {scope} is not known")));
    }
    if let Some(grant) = input.grant_types.iter().find(|grant| !GRANTS.contains(&grant.as_str())) {
        return Err(Refusal::new("UnsupportedGrantTypeException", format!("grant type {grant} is not supported")));
    }
    if let Some(uri) = input.redirect_uris.iter().find(|uri| !is_loopback(uri)) {
        return Err(Refusal::new("InvalidRedirectUriException", format!("redirect URI {uri} is not supported")));
    }
    if input.grant_types.iter().any(|grant| grant == CODE) {
        let issuer = input.issuer_url.as_deref().ok_or_else(|| invalid_request("issuerUrl is missing"))?;
        if issuer != center.start_url && issuer != center.issuer_url {
            return Err(invalid_request("issuerUrl is not that of an instance"));
        }
        if input.redirect_uris.is_empty() {
            return Err(invalid_request("redirectUris is missing"));
        }
        // No device may get a token for Redshift: its scope is for applications that a person signs in to in a browser.
    } else if input.scopes.iter().any(|scope| scope == "redshift:connect") {
        return Err(Refusal::new("InvalidScopeException", "redshift:connect needs the grant authorization_code"));
    }
    Ok(())
}

/// `http://127.0.0.1`, with or without port and path (RFC 8252 section 7.3). `localhost` is not taken.
fn is_loopback(uri: &str) -> bool {
    let rest = uri.strip_prefix("http://127.0.0.1").or_else(|| uri.strip_prefix("http://[::1]"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
}

/// Whether a browser may be led there: to what was registered, or to any port where none was (RFC 8252 section 7.3).
pub(super) fn may_redirect(client: &IdcClient, uri: &str) -> bool {
    client.redirect_uris.iter().any(|registered| uri == registered || without_port(uri).as_ref() == Some(registered))
}

fn without_port(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("http://127.0.0.1:")?;
    let path = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    Some(format!("http://127.0.0.1{path}"))
}

/// The client of that id and secret, while its registration holds.
pub(super) fn known(center: &IdentityCenter, id: &str, secret: &str, now: i64) -> Result<IdcClient, Refusal> {
    let refused = |why| Err(Refusal::new("InvalidClientException", why));
    match center.client(id) {
        Some(client) if client.secret != secret => refused("Client secret does not match"),
        Some(client) if client.expires_at <= now => refused("Client registration has expired"),
        Some(client) => Ok(client.clone()),
        None => refused("Invalid client"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_goes_to_what_was_registered() {
        for (registered, uri, may) in [
            ("http://127.0.0.1:7890", "http://127.0.0.1:7890", true),
            ("http://127.0.0.1:7890", "http://127.0.0.1:7891", false),
            ("http://127.0.0.1:7890", "http://127.0.0.1:7890/", false),
            ("http://127.0.0.1/oauth/callback", "http://127.0.0.1:4711/oauth/callback", true),
            ("http://127.0.0.1/oauth/callback", "http://127.0.0.1:4711/other", false),
            ("http://127.0.0.1", "http://127.0.0.1.example.com", false),
        ] {
            let client = IdcClient { redirect_uris: vec![registered.to_owned()], ..IdcClient::default() };
            assert_eq!(may_redirect(&client, uri), may, "{registered} {uri}");
        }
    }
}
