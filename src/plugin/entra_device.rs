//! The device authorization grant at Microsoft Entra ID (RFC 8628): a person opens a page on any device, and we ask meanwhile.

use super::entra;
use super::entra_code::in_a_browser;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::options::{Event, EventKind};
use crate::ports::Ports;
use crate::ports::http::Planned;
use crate::ports::prompt::{Answered, seconds_for_a_person};
use crate::protocol::oauth2::{self, DeviceAnswer, ErrorAnswer, TokenAnswer};
use crate::redact;
use crate::secret::ExposeSecret;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use url::Url;

const DEVICE: &str = "oauth2/v2.0/devicecode";
const TOKEN: &str = "oauth2/v2.0/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// What `slow_down` adds (RFC 8628 section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// What [`token`] asks.
pub(super) fn planned(plugin: &'static str, settings: &Settings) -> Result<Vec<Planned>, AuthError> {
    const CONDITION: &str = "no browser can be shown here, and the application shows device codes";
    let (url, token_url) = (entra::url(settings, plugin, DEVICE)?, entra::url(settings, plugin, TOKEN)?);
    Ok(vec![
        Planned::post(url, "asks for a code that the person enters on another device").only_if(CONDITION),
        Planned::post(token_url, "asks whether the person has entered it").only_if(CONDITION).repeatedly(),
    ])
}

/// Has somebody sign in elsewhere. `None`: nobody is there who would show the code.
pub(super) async fn token(
    plugin: &'static str,
    scope: &str,
    settings: &Settings,
    ports: &Ports,
) -> Result<Option<TokenAnswer>, AuthError> {
    if !ports.prompt.has_somebody() {
        return Ok(None);
    }
    let client_id = settings.require(Key::ClientId, plugin)?;
    let url = entra::url(settings, plugin, DEVICE)?;
    let token_url = entra::url(settings, plugin, TOKEN)?;
    ports.progress.now(format_args!("asking {} for a device code", entra::NAME));
    let begun = entra::post(url, &[("client_id", client_id), ("scope", scope)], ports).await?;
    let begun = oauth2::read_device(begun.status().as_u16(), &begun.response.body)?;
    redact::keep_back(&begun.device_code);
    if let Answered::ByDefault = ports.prompt.ask(event(&begun)).await? {
        return Ok(None);
    }
    ports.log.info("login", format_args!("{plugin}: waiting for a person to approve the device code"));
    ports.progress.now(format_args!("waiting for somebody to sign in to {} (device code)", entra::NAME));
    let fields = [("grant_type", GRANT), ("client_id", client_id), ("device_code", begun.device_code.expose_secret())];
    let seconds = seconds_for_a_person(settings)?;
    let limit = Duration::from_secs(seconds.into()).min(begun.expires_in);
    match timeout(limit, approval(token_url, &fields, begun.interval, ports)).await {
        Ok(answer) => answer.map(Some),
        Err(_) => Err(too_late("nobody approved the device code in time (idp_response_timeout)")),
    }
}

fn event(begun: &DeviceAnswer) -> Event {
    let (url, code) = (begun.verification_uri.to_string(), begun.user_code.clone());
    let text = format!("Sign in to {}: open {url} and enter the code {code}.", entra::NAME);
    Event { kind: EventKind::DeviceCode, text, url: Some(url), code: Some(code), choices: Vec::new() }
}

/// Asks until the person has answered. The deadline and the cancel token of the call end it too.
async fn approval(
    url: Url,
    fields: &[(&str, &str)],
    mut interval: Duration,
    ports: &Ports,
) -> Result<TokenAnswer, AuthError> {
    loop {
        sleep(interval).await;
        let answered = entra::post(url.clone(), fields, ports).await?;
        let refusal = ErrorAnswer::read(&answered.response.body);
        let word = refusal.as_ref().map(|refusal| refusal.error.as_str());
        let ended = |status, how: &str| {
            let code = refusal.as_ref().map(ErrorAnswer::code).unwrap_or_default();
            Err(AuthError::new(status, Stage::Idp, format!("{}: {how}", entra::NAME)).service_code(code))
        };
        match word {
            Some("authorization_pending") => {}
            Some("slow_down") => interval = interval.saturating_add(SLOWER),
            Some("expired_token" | "code_expired") => {
                return ended(Status::Timeout, "the device code expired before anybody approved it");
            }
            Some("authorization_declined" | "access_denied") => {
                return ended(Status::IdpRejected, "the sign-in was declined");
            }
            _ => {
                let status = answered.status().as_u16();
                return oauth2::read(status, &answered.response.body).map_err(in_a_browser);
            }
        }
    }
}

fn too_late(what: &str) -> AuthError {
    AuthError::new(Status::Timeout, Stage::Idp, format!("{}: {what}", entra::NAME))
        .hint("sign in before the time is over, or raise idp_response_timeout")
}
