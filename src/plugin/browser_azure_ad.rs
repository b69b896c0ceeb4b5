//! `BrowserAzureAD`: Microsoft Entra ID in the browser. Its code brings a SAML assertion in the place of an access token,
//! which is given to AWS for a role.

use super::entra_code::{self, CodeGrant, Wanted};
use super::{Greeting, Plugin, Proof, Proving, Way, entra};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;

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

    fn way(&self, settings: &Settings, _: &Ports) -> Result<Way, AuthError> {
        entra_code::planned(&WANTED, settings, Vec::new())
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }

    fn greet<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Option<Greeting<'a>> {
        Some(Box::pin(entra::greet(settings, NAME, ports)))
    }
}

async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let grant = CodeGrant::begin(&WANTED, settings, ports)?;
    let code = grant.code().await?;
    let client_id = settings.require(Key::ClientId, NAME)?;
    let answer = grant.redeem(&code, &[("requested_token_type", entra::SAML2), ("resource", client_id)]).await?;
    Ok(Proof::SamlResponse(entra::saml_response(&answer)?))
}
