//! `JWT`: a token that the caller has, for the server itself.

use super::{NativeToken, Plugin, Proof, Proving, ready, validity};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;

pub(crate) struct Jwt;

impl Plugin for Jwt {
    fn name(&self) -> &'static str {
        "JWT"
    }

    fn required(&self) -> &'static [Key] {
        &[Key::WebIdentityToken]
    }

    fn yields(&self) -> Kind {
        Kind::NativeToken
    }

    fn keeps(&self) -> bool {
        false
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        ready(proof(settings, ports))
    }
}

/// As it is: the drivers do not look into it, and a server may be set up for tokens that are no JWTs.
fn proof(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let token = settings.require_secret(Key::WebIdentityToken, "JWT")?;
    Ok(Proof::NativeToken(NativeToken {
        token: token.clone(),
        token_type: None,
        idp_type: Some("AzureAD".to_owned()),
        expires_at: validity::of_token(Key::WebIdentityToken, token, ports)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;
    use crate::plugin::fixture::{Desk, NOW_MS, jwt};
    use crate::secret::ExposeSecret;

    async fn prove(token: &str) -> Result<NativeToken, AuthError> {
        match Desk::new(&[("web_identity_token", token)], []).prove(&Jwt).await? {
            Proof::NativeToken(token) => Ok(token),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn every_token_is_handed_on_as_it_is() {
        for text in ["opaque", " a.b.c\n", "eyJ.x"] {
            let token = prove(text).await.unwrap();
            assert_eq!((token.token.expose_secret(), token.expires_at), (text, None));
            assert_eq!((token.token_type, token.idp_type.as_deref()), (None, Some("AzureAD")));
        }
    }

    #[tokio::test]
    async fn one_that_has_ended_is_refused() {
        let seconds = NOW_MS / 1000;
        let of = |exp: i64| jwt(&format!("{{\"exp\":{exp}}}"));
        let error = prove(of(seconds - 1).expose_secret()).await.unwrap_err();
        assert_eq!(error.status(), Status::AssertionInvalid);
        assert!(error.message().starts_with("web_identity_token expired at 2025-12-31T23:59:59Z"), "{error}");
        assert_eq!(prove(of(seconds + 1).expose_secret()).await.unwrap().expires_at, Some((seconds + 1) * 1000));
    }
}
