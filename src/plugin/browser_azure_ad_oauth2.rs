//! `BrowserAzureADOAuth2`: Microsoft Entra ID in the browser, or by a device code where there is none, once for as long as
//! its refresh tokens hold; its access token is the token for the server itself.

use super::entra_code::{self, CodeGrant, Wanted};
use super::{Foreseeing, Greeting, NativeToken, Plugin, Proof, Proving, entra, entra_device, entra_refresh, ready};
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

    fn may_need_a_person(&self, _: &Settings) -> bool {
        true
    }

    fn way<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Foreseeing<'a> {
        let by_device = entra_device::planned(NAME, settings);
        ready(by_device.and_then(|by_device| entra_code::planned(&wanted(""), settings, ports, by_device)))
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
    let wanted = wanted(&scope);
    let token = match entra_refresh::renewed(&wanted, &[], settings, ports).await? {
        Some(token) => token,
        None => by_a_person(&wanted, settings, ports).await?,
    };
    Ok(Proof::NativeToken(NativeToken {
        expires_at: token.expires_at(ports.clock.now_ms()),
        token: token.access_token,
        token_type: None,
        idp_type: Some("AzureAD".to_owned()),
    }))
}

/// `openid` and the scope of the settings, and what a refresh token takes where it can be kept: nobody needs the consent of
/// an administrator for that.
fn scope(settings: &Settings, ports: &Ports) -> String {
    let given = settings.text(Key::Scope).unwrap_or_default();
    let given: Vec<_> = given.split_whitespace().filter(|scope| *scope != "openid").collect();
    if given.iter().all(|scope| *scope == entra_refresh::SCOPE) {
        ports.log.warn("login", format_args!("without scope the token is not for the server, which may refuse it"));
    }
    let more = (ports.store.keeps() && !given.contains(&entra_refresh::SCOPE)).then_some(entra_refresh::SCOPE);
    ["openid"].into_iter().chain(given).chain(more).collect::<Vec<_>>().join(" ")
}

async fn by_a_person(wanted: &Wanted<'_>, settings: &Settings, ports: &Ports) -> Result<TokenAnswer, AuthError> {
    let token = signed_in(wanted, settings, ports).await?;
    entra_refresh::replace(&token, ports);
    Ok(token)
}

fn wanted(scope: &str) -> Wanted<'_> {
    Wanted { plugin: NAME, authorize: "oauth2/v2.0/authorize", token: "oauth2/v2.0/token", scope }
}

/// The browser first, then a device code, at last whoever can copy a URL.
async fn signed_in(wanted: &Wanted<'_>, settings: &Settings, ports: &Ports) -> Result<TokenAnswer, AuthError> {
    let grant = CodeGrant::begin(wanted, settings, ports)?;
    let code = match grant.code_in_browser().await? {
        Ok(code) => code,
        Err(reason) => match entra_device::token(NAME, wanted.scope, settings, ports).await? {
            Some(token) => return Ok(token),
            None => grant.code_by_pasting(&reason).await?,
        },
    };
    grant.redeem(&code, &[("response_type", "token")]).await
}
