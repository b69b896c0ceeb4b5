//! `BrowserSAML`: any SAML provider, in the browser; its response is given to AWS for a role.

use super::{Foreseeing, Plugin, Proof, Proving, Way, browser_login, ready};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::protocol::saml;
use crate::secret::SecretString;

const NAME: &str = "BrowserSAML";
pub(crate) struct BrowserSaml;

impl Plugin for BrowserSaml {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::LoginUrl]
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

    fn way<'a>(&'a self, settings: &'a Settings, _: &'a Ports) -> Foreseeing<'a> {
        ready(browser_login::planned(NAME, settings).map(|(steps, redirect)| Way::Browser(steps, redirect)))
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }
}

async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    browser_login::saml_response(NAME, has_role, settings, ports).await.map(Proof::SamlResponse)
}

/// AWS gives keys for a role only.
fn has_role(response: &SecretString) -> Result<(), AuthError> {
    saml::read(response)?.smallest_role().map(|_| ())
}
