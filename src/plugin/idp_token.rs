//! `IdpTokenAuthPlugin`: a token that the caller has, or the AWS keys for one of IAM Identity Center.

use super::{NativeToken, Plugin, Proof, Proving, given_keys, ready, validity};
use crate::credentials::{AwsKeys, AwsSource, Kind};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::secret::{ExposeSecret, SecretString};

const NAME: &str = "IdpTokenAuthPlugin";
const DEFAULT_TYPE: &str = "ACCESS_TOKEN";
/// What the server is known to take.
const KNOWN_TYPES: [&str; 2] = [DEFAULT_TYPE, "EXT_JWT"];

pub(crate) struct IdpToken;

impl Plugin for IdpToken {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[]
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

fn proof(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let token = settings.secret(Key::Token).filter(|token| !token.expose_secret().trim().is_empty());
    let token_type = settings.text(Key::TokenType).map(str::trim).filter(|name| !name.is_empty());
    match (token, given_keys::keys(settings)?) {
        (Some(token), None) => given(token, token_type, ports).map(Proof::NativeToken),
        (None, Some(keys)) if token_type.is_none() => session(keys),
        (_, Some(_)) => Err(both(if token.is_some() { Key::Token } else { Key::TokenType })),
        // Who names the type has a token in mind.
        (None, None) if token_type.is_some() => Err(Key::Token.missing("token_type")),
        (None, None) => Ok(Proof::IdentityCenter(AwsSource::Default)),
    }
}

/// The caller's own token, as it is.
fn given(token: &SecretString, token_type: Option<&str>, ports: &Ports) -> Result<NativeToken, AuthError> {
    let token_type = token_type.unwrap_or(DEFAULT_TYPE);
    if !KNOWN_TYPES.contains(&token_type) {
        let known = KNOWN_TYPES.join(" or ");
        ports.log.warn("settings", format_args!("token_type {token_type:?} is not {known}; handed on as it is"));
    }
    Ok(NativeToken {
        token: token.clone(),
        token_type: Some(token_type.to_owned()),
        idp_type: Some("AwsIdc".to_owned()),
        expires_at: validity::of_token(Key::Token, token, ports)?,
    })
}

/// Only sessions are identity-enhanced, and their keys have a token.
fn session(keys: AwsKeys) -> Result<Proof, AuthError> {
    if keys.session_token.is_none() {
        return Err(Key::SessionToken.missing("the exchange of AWS keys for an IAM Identity Center token"));
    }
    Ok(Proof::IdentityCenter(AwsSource::Static(keys)))
}

fn both(one: Key) -> AuthError {
    let message =
        format!("{} and AccessKeyID are both given: {NAME} takes a token, or AWS keys to exchange for one", one.name());
    AuthError::invalid_setting(message).hint("leave out token and token_type, or the AWS keys")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;
    use crate::plugin::fixture::{Desk, NOW_MS, jwt};

    const KEYS: [(&str, &str); 3] = [("AccessKeyID", "ASIA1"), ("SecretAccessKey", "s"), ("SessionToken", "t")];
    const TOKEN: (&str, &str) = ("token", "opaque");

    async fn prove(pairs: &[(&str, &str)]) -> Result<Proof, AuthError> {
        Desk::new(pairs, []).prove(&IdpToken).await
    }

    async fn native(pairs: &[(&str, &str)]) -> NativeToken {
        match prove(pairs).await.unwrap() {
            Proof::NativeToken(token) => token,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_token_is_handed_on_with_its_type() {
        for (given, told) in [("", "ACCESS_TOKEN"), (" ", "ACCESS_TOKEN"), ("EXT_JWT", "EXT_JWT"), ("odd", "odd")] {
            let token = native(&[TOKEN, ("token_type", given)]).await;
            assert_eq!((token.token.expose_secret(), token.token_type.as_deref()), ("opaque", Some(told)));
            assert_eq!((token.idp_type.as_deref(), token.expires_at), (Some("AwsIdc"), None));
        }
    }

    #[tokio::test]
    async fn a_type_that_nobody_knows_is_a_warning() {
        for (token_type, warned) in [("ext_jwt", true), ("EXT_JWT", false), ("ACCESS_TOKEN", false)] {
            let desk = Desk::new(&[TOKEN, ("token_type", token_type)], []);
            desk.prove(&IdpToken).await.unwrap();
            assert_eq!(desk.logged("WARN", "token_type"), warned, "{token_type}");
        }
    }

    #[tokio::test]
    async fn a_jwt_says_when_it_ends() {
        let seconds = NOW_MS / 1000 + 60;
        let fresh = jwt(&format!("{{\"exp\":{seconds}}}"));
        let token = native(&[("token", fresh.expose_secret()), ("token_type", "EXT_JWT")]).await;
        assert_eq!(token.expires_at, Some(seconds * 1000));
        let old = jwt(&format!("{{\"exp\":{}}}", NOW_MS / 1000));
        let error = prove(&[("token", old.expose_secret())]).await.unwrap_err();
        assert_eq!(error.status(), Status::AssertionInvalid);
        assert!(error.message().starts_with("token expired at"), "{error}");
    }

    #[tokio::test]
    async fn keys_are_of_a_session() {
        match prove(&KEYS).await.unwrap() {
            Proof::IdentityCenter(AwsSource::Static(keys)) => assert_eq!(keys.access_key_id, "ASIA1"),
            other => panic!("{other:?}"),
        }
        assert!(matches!(prove(&[]).await.unwrap(), Proof::IdentityCenter(AwsSource::Default)));
        // A blank token is none.
        assert!(matches!(prove(&[("token", "  ")]).await.unwrap(), Proof::IdentityCenter(AwsSource::Default)));
    }

    /// PY-193, PY-196, PY-197 and single keys of the three.
    #[tokio::test]
    async fn what_is_half_or_both_is_refused() {
        let [id, key, session] = KEYS;
        for (pairs, status, named) in [
            (&[id, key][..], Status::MissingSetting, "SessionToken"),
            (&[id, session], Status::MissingSetting, "SecretAccessKey"),
            (&[key, session], Status::MissingSetting, "AccessKeyID"),
            (&[session], Status::MissingSetting, "AccessKeyID"),
            (&[("token_type", "EXT_JWT")], Status::MissingSetting, "token "),
            (&[id, key, session, TOKEN], Status::InvalidSetting, "token and AccessKeyID"),
            (&[id, key, session, ("token_type", "EXT_JWT")], Status::InvalidSetting, "token_type and AccessKeyID"),
        ] {
            let error = prove(pairs).await.unwrap_err();
            assert_eq!(error.status(), status, "{error}");
            assert!(error.message().starts_with(named) || error.message().contains(named), "{named}: {error}");
        }
    }
}
