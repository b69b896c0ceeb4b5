//! Refresh tokens of Microsoft Entra ID (RFC 6749 section 6): what a person signed in for once goes on without them.
//!
//! Each is good for one use, as a rule, and its successor comes with the answer. One process at a time is here: the login
//! holds the turn of its identity.

use super::entra;
use super::entra_code::Wanted;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Status};
use crate::ports::Ports;
use crate::ports::store::Document;
use crate::protocol::oauth2::{self, ErrorAnswer, TokenAnswer};
use crate::redact;
use crate::secret::ExposeSecret;

/// What has to be asked for so that the second version of the endpoints gives one. The first version always does.
pub(super) const SCOPE: &str = "offline_access";

/// What the token of an earlier sign-in brings; `more` is what the version of the endpoint wants besides. `None`: a person
/// has to sign in. An error says nothing about the token, which stays.
pub(super) async fn renewed(
    wanted: &Wanted<'_>,
    more: &[(&str, &str)],
    settings: &Settings,
    ports: &Ports,
) -> Result<Option<TokenAnswer>, AuthError> {
    let Some(token) = ports.store.load(Document::RefreshToken) else { return Ok(None) };
    redact::keep_back(&token);
    let url = entra::url(settings, wanted.plugin, wanted.token)?;
    let own = [
        ("grant_type", "refresh_token"),
        ("scope", wanted.scope),
        ("client_id", settings.require(Key::ClientId, wanted.plugin)?),
        ("refresh_token", token.expose_secret()),
    ];
    let fields: Vec<_> = own.iter().chain(more).copied().collect();
    ports.progress.now(format_args!("renewing an earlier sign-in at {}", entra::NAME));
    let answered = entra::post(url, &fields, ports).await?;
    let body = &answered.response.body;
    match (oauth2::read(answered.status().as_u16(), body), ErrorAnswer::read(body)) {
        (Ok(answer), _) => {
            // Before the access token is used: the old one may be spent. Without a new one it goes on.
            keep(&answer, ports);
            Ok(Some(answer))
        }
        (Err(error), Some(refusal)) if a_person_can_help(&error) => {
            if refusal.is_definite_refusal() {
                ports.store.remove(Document::RefreshToken);
            }
            let (plugin, why) = (wanted.plugin, error.message());
            ports.log.info("login", format_args!("{plugin}: the earlier sign-in is not renewed: {why}"));
            Ok(None)
        }
        (Err(error), _) => Err(error),
    }
}

/// Keeps what a new sign-in brings for the next time. What an earlier one left is over.
pub(super) fn replace(answer: &TokenAnswer, ports: &Ports) {
    if answer.refresh_token.is_none() {
        ports.store.remove(Document::RefreshToken);
    }
    keep(answer, ports);
}

fn keep(answer: &TokenAnswer, ports: &Ports) {
    if let Some(token) = &answer.refresh_token {
        redact::keep_back(token);
        // When it ends is not said: 90 days without use, or when an administrator says so.
        ports.store.save(Document::RefreshToken, token, None);
    }
}

/// Whether it is the sign-in that was refused, and not the server or the network that is in trouble.
fn a_person_can_help(error: &AuthError) -> bool {
    matches!(error.status(), Status::IdpRejected | Status::MfaRequired)
}
