//! `BasicNativeSAML`: a SAML response that the caller has, for the server itself.

use super::{NativeToken, Plugin, Proof, Proving, ready, validity};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::protocol::saml;

const NAME: &str = "BasicNativeSAML";

pub(crate) struct BasicNativeSaml;

impl Plugin for BasicNativeSaml {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::SamlAssertion]
    }

    fn yields(&self) -> Kind {
        Kind::NativeToken
    }

    fn keeps(&self) -> bool {
        false
    }

    fn yields_assertion(&self) -> bool {
        true
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        ready(proof(settings, ports))
    }
}

/// As it is; one that cannot be read here is for the server to judge.
fn proof(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let response = settings.require_secret(Key::SamlAssertion, NAME)?;
    let expires_at = saml::read(response).map_or_else(
        |error| {
            ports.log.warn("login", format_args!("saml_assertion is handed on unread: {}", error.message()));
            None
        },
        |assertion| assertion.not_on_or_after,
    );
    validity::unexpired(Key::SamlAssertion, expires_at, ports)?;
    Ok(Proof::NativeToken(NativeToken {
        token: response.clone(),
        token_type: None,
        idp_type: Some("Okta".to_owned()),
        expires_at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;
    use crate::plugin::fixture::{Desk, NOW_MS, assertion};
    use crate::secret::ExposeSecret;

    async fn prove(response: &str) -> (Desk, Result<Proof, AuthError>) {
        let desk = Desk::new(&[("saml_assertion", response)], []);
        let proof = desk.prove(&BasicNativeSaml).await;
        (desk, proof)
    }

    #[tokio::test]
    async fn a_response_is_handed_on_with_its_end() {
        let response = assertion(Some(NOW_MS + 1000));
        let (desk, proof) = prove(response.expose_secret()).await;
        let Proof::NativeToken(token) = proof.unwrap() else { panic!("no token") };
        assert_eq!((token.token.expose_secret(), token.idp_type.as_deref()), (response.expose_secret(), Some("Okta")));
        assert_eq!((token.token_type, token.expires_at), (None, Some(NOW_MS + 1000)));
        assert!(!desk.logged("WARN", ""));
        let (_, ended) = prove(assertion(Some(NOW_MS)).expose_secret()).await;
        assert_eq!(ended.unwrap_err().status(), Status::AssertionInvalid);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_handed_on_with_a_warning() {
        let (desk, proof) = prove("sealed").await;
        let Proof::NativeToken(token) = proof.unwrap() else { panic!("no token") };
        assert_eq!((token.token.expose_secret(), token.expires_at), ("sealed", None));
        assert!(desk.logged("WARN", "handed on unread") && !desk.logged("WARN", "sealed"));
    }
}
