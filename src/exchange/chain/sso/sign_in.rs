//! Signing in to IAM Identity Center with a device code (RFC 8628): a person opens a page on any device, and we ask meanwhile.
//!
//! The code and not a browser of this machine: it needs no listener, and whoever runs the host decides where it is shown.

use super::Session;
use super::stored::{Client, Stored};
use crate::dsn::values::is_loopback;
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_config::{AwsConfig, aws_client};
use crate::exchange::aws_error::auth_error;
use crate::exchange::endpoint::Service;
use crate::options::{Event, EventKind};
use crate::ports::prompt::Answered;
use crate::secret::{ExposeSecret, secret};
use aws_sdk_ssooidc::operation::create_token::CreateTokenOutput;
use aws_sdk_ssooidc::operation::start_device_authorization::StartDeviceAuthorizationOutput;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use url::Url;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Where the service names no interval (RFC 8628 section 3.2), and what `slow_down` adds (section 3.5).
const FIVE_SECONDS: Duration = Duration::from_secs(5);

/// Has somebody sign in. `None`: the host leaves it to the library, and so to nobody.
pub async fn by_device_code(config: &AwsConfig, session: &Session<'_>) -> Result<Option<Stored>, AuthError> {
    let sdk = config.sdk_config(Service::SsoOidc, session.region, None, None)?;
    let service = aws_client!(aws_sdk_ssooidc, &sdk);
    config.ports.progress.now(format_args!("asking IAM Identity Center for a device code"));
    let client = register(&service, session).await?;
    let call = service.start_device_authorization().client_id(&client.id).start_url(session.start_url);
    let begun = call.client_secret(client.secret.expose_secret()).send().await;
    let begun =
        begun.map_err(|error| auth_error(Stage::Aws, "IAM Identity Center StartDeviceAuthorization", &error))?;
    if let Answered::ByDefault = config.ports.prompt.ask(event(session, &begun)?).await? {
        return Ok(None);
    }
    config.ports.log.info("aws", format_args!("waiting for a person to approve the device code"));
    config.ports.progress.now(format_args!("waiting for somebody to sign in to IAM Identity Center (device code)"));
    let answer = approval(&service, &client, &begun).await?;
    Stored::signed_in(config, session, &client, &answer).ok_or_else(without_token).map(Some)
}

/// The answer of a token endpoint that brings none.
pub fn without_token() -> AuthError {
    AuthError::new(Status::Service, Stage::Aws, "IAM Identity Center CreateToken answered without a token")
}

async fn register(service: &aws_sdk_ssooidc::Client, session: &Session<'_>) -> Result<Client, AuthError> {
    let call = service.register_client().client_name("rs_auth").client_type("public");
    let answer = call.set_scopes(Some(session.scopes.clone())).send().await;
    let answer = answer.map_err(|error| auth_error(Stage::Aws, "IAM Identity Center RegisterClient", &error))?;
    match (answer.client_id(), answer.client_secret()) {
        (Some(id), Some(key)) => {
            Ok(Client { id: id.to_owned(), secret: secret(key), expires_at: answer.client_secret_expires_at() })
        }
        _ => Err(incomplete("RegisterClient")),
    }
}

fn incomplete(call: &str) -> AuthError {
    AuthError::new(
        Status::Service,
        Stage::Aws,
        format!("IAM Identity Center {call} answered without what was asked for"),
    )
}

/// What the host shows. Only a page that a browser may be led to is passed on.
fn event(session: &Session<'_>, begun: &StartDeviceAuthorizationOutput) -> Result<Event, AuthError> {
    let url = begun.verification_uri_complete().or(begun.verification_uri()).and_then(|url| Url::parse(url).ok());
    let url = url.filter(|url| url.scheme() == "https" || is_loopback(url));
    let (Some(url), Some(code), Some(_)) = (url, begun.user_code(), begun.device_code()) else {
        return Err(incomplete("StartDeviceAuthorization"));
    };
    let text =
        format!("Sign in to IAM Identity Center ({}): open {url} and confirm the code {code}.", session.start_url);
    let (url, code) = (Some(url.to_string()), Some(code.to_owned()));
    Ok(Event { kind: EventKind::DeviceCode, text, url, code, choices: Vec::new() })
}

/// Asks until the person has answered. The deadline and the cancel token of the call end it too.
async fn approval(
    service: &aws_sdk_ssooidc::Client,
    client: &Client,
    begun: &StartDeviceAuthorizationOutput,
) -> Result<CreateTokenOutput, AuthError> {
    let seconds = |seconds: i32| u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs);
    let mut interval = seconds(begun.interval()).unwrap_or(FIVE_SECONDS);
    let end = seconds(begun.expires_in()).and_then(|lifetime| Instant::now().checked_add(lifetime));
    loop {
        sleep(interval).await;
        let call = service.create_token().grant_type(GRANT).client_id(&client.id);
        let call =
            call.client_secret(client.secret.expose_secret()).set_device_code(begun.device_code().map(str::to_owned));
        let error = match call.send().await {
            Ok(answer) => return Ok(answer),
            Err(error) => auth_error(Stage::Aws, "IAM Identity Center CreateToken", &error),
        };
        let too_late = end.is_some_and(|end| Instant::now() >= end);
        match error.code() {
            Some("AuthorizationPendingException") if !too_late => {}
            Some("SlowDownException") if !too_late => interval = interval.saturating_add(FIVE_SECONDS),
            Some("AuthorizationPendingException" | "SlowDownException" | "ExpiredTokenException") => {
                return Err(ended(&error, Status::Timeout, "the device code expired before anybody approved it"));
            }
            Some("AccessDeniedException") => {
                return Err(ended(&error, Status::IdpRejected, "the sign-in was denied"));
            }
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
