//! `BrowserAzureADOAuth2`: Microsoft Entra ID in the browser, or by a device code where there is none; its access token is
//! the token for the server itself.

use super::entra_code::{self, CodeGrant, Wanted};
use super::{Greeting, NativeToken, Plugin, Proof, Proving, Way, entra, entra_device};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::protocol::oauth2::TokenAnswer;

const NAME: &str = "BrowserAzureADOAuth2";

pub(crate) struct BrowserAzureAdOAuth2;

impl Plugin for BrowserAzureAdOAuth2 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::IdpTenant, Key::ClientId]
    }

    fn yields(&self) -> Kind {
        Kind::NativeToken
    }

    fn way(&self, settings: &Settings, _: &Ports) -> Result<Way, AuthError> {
        entra_code::planned(&wanted(""), settings, entra_device::planned(NAME, settings)?)
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }

    fn greet<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Option<Greeting<'a>> {
        Some(Box::pin(entra::greet(settings, NAME, ports)))
    }
}

async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let scope = scope(settings, ports);
    let token = token(&scope, settings, ports).await?;
    Ok(Proof::NativeToken(NativeToken {
        expires_at: token.expires_at(ports.clock.now_ms()),
        token: token.access_token,
        token_type: None,
        idp_type: Some("AzureAD".to_owned()),
    }))
}

/// `openid` and the scope of the settings.
fn scope(settings: &Settings, ports: &Ports) -> String {
    let given = settings.text(Key::Scope).unwrap_or_default();
    let scopes: Vec<_> = given.split_whitespace().filter(|scope| *scope != "openid").collect();
    if scopes.is_empty() {
        ports.log.warn("login", format_args!("without scope the token is not for the server, which may refuse it"));
    }
    [vec!["openid"], scopes].concat().join(" ")
}

fn wanted(scope: &str) -> Wanted<'_> {
    Wanted { plugin: NAME, authorize: "oauth2/v2.0/authorize", token: "oauth2/v2.0/token", scope }
}

/// The browser first, then a device code, at last whoever can copy a URL.
async fn token(scope: &str, settings: &Settings, ports: &Ports) -> Result<TokenAnswer, AuthError> {
    let wanted = wanted(scope);
    let grant = CodeGrant::begin(&wanted, settings, ports)?;
    let code = match grant.code_in_browser().await? {
        Ok(code) => code,
        Err(reason) => match entra_device::token(NAME, scope, settings, ports).await? {
            Some(token) => return Ok(token),
            None => grant.code_by_pasting(&reason).await?,
        },
    };
    grant.redeem(&code, &[("response_type", "token")]).await
}
