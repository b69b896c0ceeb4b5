//! `BrowserOktaSAML`: a SAML provider in the browser; its response is the token for the server itself.

use super::{Foreseeing, NativeToken, Plugin, Proof, Proving, Way, browser_login, ready};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::protocol::saml;
use crate::secret::SecretString;

const NAME: &str = "BrowserOktaSAML";
pub(crate) struct BrowserOktaSaml;

impl Plugin for BrowserOktaSaml {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::LoginUrl]
    }

    fn yields(&self) -> Kind {
        Kind::NativeToken
    }

    fn may_need_a_person(&self, _: &Settings) -> bool {
        true
    }

    fn yields_assertion(&self) -> bool {
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
    let token = browser_login::saml_response(NAME, is_readable, settings, ports).await?;
    let expires_at = saml::read(&token)?.not_on_or_after;
    if expires_at.is_some_and(|end| end <= ports.clock.now_ms()) {
        // Whether it holds is for the server to say: the clock that is off may be this machine's.
        ports.log.warn("login", format_args!("by this machine's clock the SAML response has expired already"));
    }
    // As the ODBC driver hands it on: without the line breaks of a form.
    let token = saml::transportable(&token);
    Ok(Proof::NativeToken(NativeToken { token, token_type: None, idp_type: Some("Okta".to_owned()), expires_at }))
}

/// The server asks for no AWS role.
fn is_readable(response: &SecretString) -> Result<(), AuthError> {
    saml::read(response).map(|_| ())
}
