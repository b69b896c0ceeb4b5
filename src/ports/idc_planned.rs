//! What IAM Identity Center would be asked, for who foresees a login: the calls of a login, but of nobody.

use super::http::Planned;
use super::idc::IdentityCenter;
use crate::error::AuthError;
use crate::protocol::idc::{self, Call, Client, Grant, NAME, Registration};
use crate::protocol::pkce::{Pkce, State};
use crate::secret::{SecretString, secret};
use url::Url;

/// Where a device code takes the place of a browser.
const BY_DEVICE: &str = "no browser can be shown, and the application shows device codes";

impl IdentityCenter<'_> {
    /// What is sent for a call.
    pub(crate) fn planned(&self, call: &Call, what: &'static str) -> Result<Planned, AuthError> {
        Ok(Planned::of(&self.request(call)?, what).of_operation(call.name))
    }

    /// The registration of a client.
    pub(crate) fn planned_registration(&self, what: &'static str) -> Result<Planned, AuthError> {
        self.planned(&Registration { client_name: "", scopes: &[], codes: None }.call(), what)
    }

    /// The page at which a person signs in.
    pub(crate) fn planned_page(&self, what: String) -> Result<Planned, AuthError> {
        let (pkce, state) = (Pkce::new(&[0; 32]), State::new(&[0; 32]));
        let page = idc::authorize_url(self.url(), "", "", &[], &pkce, &state);
        let page = Url::parse(&page).map_err(|error| AuthError::invalid_setting(format!("{NAME}: {error}")))?;
        Ok(Planned::get(page, what).by_browser())
    }

    /// The code of a browser for a token.
    pub(crate) fn planned_exchange(&self) -> Result<Planned, AuthError> {
        let (code, verifier) = (none(), none());
        let grant = Grant::Code { code: &code, code_verifier: &verifier, redirect_uri: "" };
        self.planned(&idc::create_token(&nobody(), &grant), "exchanges the code that the browser brings for a token")
    }

    /// A refresh token for a token, and what is done if that is refused.
    pub(crate) fn planned_renewal(&self, else_done: Vec<Planned>) -> Result<Vec<Planned>, AuthError> {
        let call = idc::create_token(&nobody(), &Grant::Refresh(&none()));
        Ok(self.planned(&call, "renews an earlier sign-in by its refresh token")?.unless_it_helps(else_done))
    }

    /// A sign-in by a device code.
    pub(crate) fn planned_by_device(&self) -> Result<Vec<Planned>, AuthError> {
        let steps = [
            self.planned_registration("registers this program for device codes")?,
            self.planned(
                &idc::start_device_authorization(&nobody(), ""),
                "asks for a code that the person enters on a device",
            )?,
            self.planned(
                &idc::create_token(&nobody(), &Grant::Device(&none())),
                "asks whether the person has entered it",
            )?
            .repeatedly(),
        ];
        Ok(steps.into_iter().map(|step| step.only_if(BY_DEVICE)).collect())
    }
}

fn nobody() -> Client {
    Client { id: String::new(), secret: none(), expires_at: 0 }
}

fn none() -> SecretString {
    secret("none")
}
