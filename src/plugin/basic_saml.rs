//! `BasicSAML`: a SAML response that the caller has, given to AWS for a role.

use super::{Plugin, Proof, Proving, ready, validity};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::protocol::saml;

const NAME: &str = "BasicSAML";

pub(crate) struct BasicSaml;

impl Plugin for BasicSaml {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::SamlAssertion]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn names_user(&self) -> bool {
        true
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        ready(proof(settings, ports))
    }
}

fn proof(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let response = settings.require_secret(Key::SamlAssertion, NAME)?;
    let assertion = saml::read(response).map_err(|error| {
        error.or_hint("saml_assertion has to hold a SAML response in base64, as the identity provider posts it")
    })?;
    validity::unexpired(Key::SamlAssertion, assertion.not_on_or_after, ports)?;
    Ok(Proof::SamlResponse(response.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;
    use crate::plugin::fixture::{Desk, NOW_MS, assertion};
    use crate::secret::ExposeSecret;

    async fn prove(response: &str) -> Result<Proof, AuthError> {
        Desk::new(&[("saml_assertion", response)], []).prove(&BasicSaml).await
    }

    #[tokio::test]
    async fn a_response_is_handed_on_as_it_is() {
        let response = assertion(Some(NOW_MS + 1000));
        match prove(response.expose_secret()).await.unwrap() {
            Proof::SamlResponse(proved) => assert_eq!(proved.expose_secret(), response.expose_secret()),
            other => panic!("{other:?}"),
        }
        assert!(prove(assertion(None).expose_secret()).await.is_ok(), "AWS says whether it holds");
    }

    #[tokio::test]
    async fn what_is_no_response_or_has_ended_is_refused() {
        let ended = assertion(Some(NOW_MS));
        for (response, part) in
            [("%%%", "base64"), ("bm8gWE1M", "SAML"), (ended.expose_secret(), "saml_assertion expired at")]
        {
            let error = prove(response).await.unwrap_err();
            assert_eq!(error.status(), Status::AssertionInvalid, "{error}");
            assert!(error.message().contains(part), "{error}");
        }
    }
}
