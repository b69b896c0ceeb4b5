//! Where a browser is led to sign in.

use crate::protocol::percent::query_value;
use crate::protocol::pkce::{self, Pkce, State};
use url::Url;

/// The page of `endpoint` for the authorization code grant (RFC 6749 section 4.1.1, RFC 7636 section 4.3). With `scopes`, as
/// the official drivers and the AWS CLI write it (peers-odbc 3.11).
pub fn authorize_url(
    endpoint: &Url,
    client_id: &str,
    redirect_uri: &str,
    scopes: &[String],
    pkce: &Pkce,
    state: &State,
) -> String {
    let scopes = scopes.join(" ");
    let fields = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("state", state.as_str()),
        ("scopes", &scopes),
        ("code_challenge", &pkce.challenge),
        ("code_challenge_method", pkce::METHOD),
    ];
    let query: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", query_value(value))).collect();
    format!("{}/authorize?{}", endpoint.as_str().trim_end_matches('/'), query.join("&"))
}
