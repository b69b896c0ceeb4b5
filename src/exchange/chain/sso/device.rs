//! Signing in to IAM Identity Center with a device code (RFC 8628): a person opens a page on any device, and we ask meanwhile.
//!
//! It needs no listener and no browser here, and whoever runs the host decides where it is shown.

use super::Session;
use super::registration::CLIENT_NAME;
use super::sign_in::without_end;
use super::stored::Stored;
use crate::dsn::values::is_loopback;
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::aws_error::of_identity_center;
use crate::options::{Event, EventKind};
use crate::ports::idc::IdentityCenter;
use crate::ports::prompt::Answered;
use crate::protocol::idc::{self, Client, DeviceAnswer, Grant, Registration, TokenAnswer};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use url::Url;

/// Where the service names no interval (RFC 8628 section 3.2), and what `slow_down` adds (section 3.5).
const FIVE_SECONDS: Duration = Duration::from_secs(5);

/// Has somebody sign in. `None`: the host leaves it to the library, and so to nobody.
pub async fn by_code(
    config: &AwsConfig,
    session: &Session<'_>,
    service: &IdentityCenter<'_>,
) -> Result<Option<Stored>, AuthError> {
    config.ports.progress.now(format_args!("asking IAM Identity Center for a device code"));
    // One of its own: a client that is registered for authorization codes gets no codes for devices.
    let registration = Registration { client_name: CLIENT_NAME, scopes: &session.scopes(), codes: None };
    let answer = service.send(&registration.call()).await?;
    let client = idc::read_client(&answer).map_err(|fault| of_identity_center(&fault))?;
    let answer = service.send(&idc::start_device_authorization(&client, session.start_url)).await?;
    let device = idc::read_device(&answer).map_err(|fault| of_identity_center(&fault))?;
    if let Answered::ByDefault = config.ports.prompt.ask(event(session, &device)?).await? {
        return Ok(None);
    }
    config.ports.log.info("aws", format_args!("waiting for a person to approve the device code"));
    config.ports.progress.now(format_args!("waiting for somebody to sign in to IAM Identity Center (device code)"));
    let token = approval(service, &client, &device).await?;
    Stored::signed_in(config, session, &client, &token).ok_or_else(without_end).map(Some)
}

/// What the host shows. Only a page that a browser may be led to is passed on.
fn event(session: &Session<'_>, device: &DeviceAnswer) -> Result<Event, AuthError> {
    let url = Url::parse(&device.page).ok().filter(|url| url.scheme() == "https" || is_loopback(url));
    let Some(url) = url else {
        let what = "IAM Identity Center StartDeviceAuthorization answered without a page that may be shown";
        return Err(AuthError::new(Status::Service, Stage::Aws, what));
    };
    let code = &device.user_code;
    let text =
        format!("Sign in to IAM Identity Center ({}): open {url} and confirm the code {code}.", session.start_url);
    let (url, code) = (Some(url.to_string()), Some(code.clone()));
    Ok(Event { kind: EventKind::DeviceCode, text, url, code, choices: Vec::new() })
}

/// Asks until the person has answered. The deadline and the cancel token of the call end it too.
async fn approval(
    service: &IdentityCenter<'_>,
    client: &Client,
    device: &DeviceAnswer,
) -> Result<TokenAnswer, AuthError> {
    let mut interval = device.interval.map_or(FIVE_SECONDS, Duration::from_secs);
    let lifetime = device.expires_in.map(Duration::from_secs);
    let end = lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime));
    let call = idc::create_token(client, &Grant::Device(&device.device_code));
    loop {
        sleep(interval).await;
        let fault = match idc::read_token(&service.send(&call).await?) {
            Ok(token) => return Ok(token),
            Err(fault) => fault,
        };
        let error = of_identity_center(&fault);
        let too_late = end.is_some_and(|end| Instant::now() >= end);
        match fault.word().as_deref() {
            Some("authorization_pending") if !too_late => {}
            Some("slow_down") if !too_late => interval = interval.saturating_add(FIVE_SECONDS),
            Some("authorization_pending" | "slow_down" | "expired_token") => {
                return Err(ended(&error, Status::Timeout, "the device code expired before anybody approved it"));
            }
            Some("access_denied") => return Err(ended(&error, Status::IdpRejected, "the sign-in was denied")),
            _ => return Err(error),
        }
    }
}

/// How a sign-in ended that nobody approved.
fn ended(answer: &AuthError, status: Status, how: &str) -> AuthError {
    let told = AuthError::new(status, Stage::Aws, format!("IAM Identity Center: {how}"));
    let told = told.service_code(answer.code().unwrap_or_default());
    match answer.request() {
        Some(id) => told.request_id(id),
        None => told,
    }
}
