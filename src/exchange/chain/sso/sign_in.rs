//! A person signs in to IAM Identity Center: in the browser, as the AWS CLI has it since 2.22 (an authorization code with
//! PKCE); by the code of a device where no browser can be shown; at last by pasting the address at which a browser ended.

use super::registration::{self, Kept};
use super::stored::Stored;
use super::{Session, device};
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::aws_error::of_identity_center;
use crate::exchange::endpoint::Service;
use crate::ports::browser_login::{BrowserLogin, Redirect, is_without_answer};
use crate::ports::idc::IdentityCenter;
use crate::ports::listener::Expected;
use crate::ports::random;
use crate::protocol::idc::{self, Client, Grant, NAME};
use crate::protocol::pkce::{Pkce, State};
use crate::redact;
use std::sync::Arc;

/// As the CLI registers it, with a port of each sign-in's own.
const REDIRECT: Redirect = Redirect { host: "127.0.0.1", path: "/oauth/callback", usual_port: 0 };

/// Whether anybody could: somebody who answers events, or who sits before a browser here.
pub fn is_possible(config: &AwsConfig) -> bool {
    config.ports.prompt.has_somebody() || config.manner.has_browser(&config.ports)
}

/// Has somebody sign in. `None`: no browser can be shown, and the host leaves the rest to the library, and so to nobody.
pub async fn by_a_person(config: &AwsConfig, session: &Session<'_>) -> Result<Option<Stored>, AuthError> {
    let service = config.identity_center(Service::SsoOidc, session.region)?;
    let login = BrowserLogin::at(REDIRECT.usual_port, NAME, &REDIRECT, config.manner.clone(), &config.ports)?;
    let sign_in = SignIn { config, session, service, login };
    if let Some(kept) = Kept::find(config, session) {
        let ended = sign_in.as_client(&kept.client).await;
        let Err(error) = &ended else { return ended };
        if refuses_client(error) || is_without_answer(error) {
            kept.end(config);
        }
        if !refuses_client(error) {
            return ended;
        }
    }
    config.ports.progress.now(format_args!("registering a client at {NAME}"));
    let client = registration::made(config, session, &sign_in.service).await?;
    sign_in.as_client(&client).await
}

/// The answer of a token endpoint whose end no clock can tell.
pub fn without_end() -> AuthError {
    let what = "IAM Identity Center CreateToken answered with a token whose end is beyond all time";
    AuthError::new(Status::Service, Stage::Aws, what)
}

fn refuses_client(error: &AuthError) -> bool {
    error.code().is_some_and(idc::refuses_client)
}

/// A sign-in whose port is bound.
struct SignIn<'a> {
    config: &'a AwsConfig,
    session: &'a Session<'a>,
    service: IdentityCenter<'a>,
    login: BrowserLogin<'a>,
}

impl SignIn<'_> {
    async fn as_client(&self, client: &Client) -> Result<Option<Stored>, AuthError> {
        let Self { config, session, service, login } = self;
        redact::keep_back(&client.secret);
        let (pkce, state) = (Pkce::new(&random::bytes()?), State::new(&random::bytes()?));
        let redirect_uri = login.address();
        let page = idc::authorize_url(service.url(), &client.id, &redirect_uri, &session.scopes(), &pkce, &state);
        let expected = Expected::Code { state: Arc::new(state) };
        let code = match login.in_browser(&page, &expected).await? {
            Ok(code) => code,
            Err(_) if !config.ports.prompt.has_somebody() => return Ok(None),
            Err(reason) => {
                if let Some(stored) = device::by_code(config, session, service).await? {
                    return Ok(Some(stored));
                }
                match login.by_pasting(&page, &expected, &reason).await {
                    Err(error) if error.status() == Status::NoBrowser => return Ok(None),
                    pasted => pasted?,
                }
            }
        };
        config.ports.progress.now(format_args!("exchanging the code at {NAME}"));
        let grant = Grant::Code { code: &code, code_verifier: &pkce.verifier, redirect_uri: &redirect_uri };
        let answer = service.send(&idc::create_token(client, &grant)).await?;
        let token = idc::read_token(&answer).map_err(|fault| of_identity_center(&fault))?;
        Stored::signed_in(config, session, client, &token).ok_or_else(without_end).map(Some)
    }
}
