//! `BrowserAzureAD`: Microsoft Entra ID in the browser. Its code brings a SAML assertion in the place of an access token,
//! which is given to AWS for a role.

use super::entra_code::{self, CodeGrant, Wanted};
use super::{Foreseeing, Greeting, Plugin, Proof, Proving, entra, entra_refresh, ready};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::ports::store::Document;
use crate::protocol::saml;
use crate::secret::SecretString;

const NAME: &str = "BrowserAzureAD";
/// The first version of the endpoints: the second knows no SAML.
const WANTED: Wanted<'_> =
    Wanted { plugin: NAME, authorize: "oauth2/authorize", token: "oauth2/token", scope: "openid" };

pub(crate) struct BrowserAzureAd;

impl Plugin for BrowserAzureAd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::IdpTenant, Key::ClientId]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn names_user(&self) -> bool {
        true
    }

    fn may_need_a_person(&self, _: &Settings) -> bool {
        true
    }

    fn way<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Foreseeing<'a> {
        ready(entra_code::planned(&WANTED, settings, ports, Vec::new()))
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }

    fn greet<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Option<Greeting<'a>> {
        Some(Box::pin(entra::greet(settings, NAME, ports)))
    }
}

async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let client_id = settings.require(Key::ClientId, NAME)?;
    let more = [("requested_token_type", entra::SAML2), ("resource", client_id)];
    if let Some(response) = renewed(&more, settings, ports).await? {
        return Ok(Proof::SamlResponse(response));
    }
    let grant = CodeGrant::begin(&WANTED, settings, ports)?;
    let code = grant.code().await?;
    let answer = grant.redeem(&code, &more).await?;
    entra_refresh::replace(&answer, ports);
    Ok(Proof::SamlResponse(entra::saml_response(&answer)?))
}

/// A new assertion for the refresh token of an earlier sign-in. Microsoft documents SAML for other grants than this one:
/// where something else comes, a person signs in as ever.
async fn renewed(more: &[(&str, &str)], settings: &Settings, ports: &Ports) -> Result<Option<SecretString>, AuthError> {
    let Some(answer) = entra_refresh::renewed(&WANTED, more, settings, ports).await? else { return Ok(None) };
    let response = entra::saml_response(&answer).and_then(|response| saml::read(&response).map(|_| response));
    if let Err(error) = &response {
        let why = error.message();
        ports.log.info("login", format_args!("{NAME}: the earlier sign-in brings no assertion: {why}"));
        ports.store.remove(Document::RefreshToken);
    }
    Ok(response.ok())
}
