//! `JwtIamAuthPlugin`: a token that the caller has, given to AWS for a role.

use super::{Plugin, Proof, Proving, ready, validity};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::ports::Ports;
use crate::protocol::jwt;
use crate::secret::{ExposeSecret, secret};

const NAME: &str = "JwtIamAuthPlugin";

pub(crate) struct JwtIam;

impl Plugin for JwtIam {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::WebIdentityToken, Key::RoleArn]
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

/// The token must say who the user is, so here it has to be a JWT.
fn proof(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let key = Key::WebIdentityToken;
    let token = settings.require_secret(key, NAME)?;
    let claims = jwt::read(token).map_err(|fault| {
        AuthError::new(Status::AssertionInvalid, Stage::Assertion, format!("{} {fault}", key.name()))
            .hint("give the ID token or access token as the identity provider issued it")
    })?;
    ports.log.debug("login", format_args!("{} has the claims {claims:?}", key.name()));
    validity::of_jwt(key, &claims, ports)?;
    // A line break from a file is no part of it, and STS would not take it.
    Ok(Proof::WebIdentity(secret(token.expose_secret().trim())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::fixture::{Desk, NOW_MS, jwt};

    async fn prove(token: &str) -> Result<Proof, AuthError> {
        let role = ("role_arn", "arn:aws:iam::123456789012:role/r");
        Desk::new(&[("web_identity_token", token), role], []).prove(&JwtIam).await
    }

    #[tokio::test]
    async fn a_token_is_for_sts() {
        let token = jwt(&format!("{{\"exp\":{},\"upn\":\"u\"}}", NOW_MS / 1000 + 1));
        match prove(&format!("{}\r\n", token.expose_secret())).await.unwrap() {
            Proof::WebIdentity(proved) => assert_eq!(proved.expose_secret(), token.expose_secret()),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_is_no_jwt_or_has_ended_is_refused() {
        let old = jwt("{\"exp\":1}");
        for (token, part) in [
            ("opaque", "1 parts"),
            ("a.b", "2 parts"),
            ("a.!.c", "base64url"),
            ("a.e30x.c", "JSON"),
            (old.expose_secret(), "expired at 1970-01-01T00:00:01Z"),
        ] {
            let error = prove(token).await.unwrap_err();
            assert_eq!((error.status(), error.stage()), (Status::AssertionInvalid, Some(Stage::Assertion)));
            assert!(error.message().starts_with("web_identity_token") && error.message().contains(part), "{error}");
        }
    }
}
