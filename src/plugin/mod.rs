//! Identity methods. A plugin turns its settings into a [`Proof`] and stops: it knows nothing of STS, Redshift, caches
//! or C.

pub(crate) mod given_keys;
pub(crate) mod registry;

mod adfs;
mod azure_ad;
mod basic_native_saml;
mod basic_saml;
mod browser_azure_ad;
mod browser_azure_ad_oauth2;
mod browser_idc;
#[cfg(test)]
mod browser_login_tests;
mod browser_okta_saml;
mod browser_saml;
mod default_chain;
mod entra;
mod entra_code;
mod entra_device;
mod entra_refresh;
mod external;
#[cfg(test)]
pub(crate) mod fixture;
mod idc_refresh;
mod idc_registration;
mod idp_token;
mod instance_profile;
mod jwt;
mod jwt_iam;
mod login_form;
mod okta;
mod ping;
mod profile;
mod static_keys;
mod validity;

pub(crate) use crate::credentials::NativeToken;
use crate::ports::browser_login;

use crate::credentials::{AwsSource, Kind};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::ports::http::Planned;
use crate::secret::SecretString;
use std::future::Future;
use std::pin::Pin;

/// What a plugin proves: who asks, in the form in which the exchange can use it.
#[derive(Debug)]
pub(crate) enum Proof {
    /// AWS keys, or where the AWS chain finds them.
    Aws(AwsSource),
    /// A JWT for AssumeRoleWithWebIdentity.
    WebIdentity(SecretString),
    /// A SAML response for AssumeRoleWithSAML: base64, as the identity provider posts it.
    SamlResponse(SecretString),
    /// A token for the server itself: there is nothing to exchange.
    NativeToken(NativeToken),
    /// AWS keys of an identity-enhanced session, for the token that `GetIdentityCenterAuthToken` gives.
    IdentityCenter(AwsSource),
}

/// The answer of a plugin. It need not be `Send`: a login stays on its thread.
pub(crate) type Proving<'a> = Pin<Box<dyn Future<Output = Result<Proof, AuthError>> + 'a>>;

/// The answer of a plugin that is asked for its way.
pub(crate) type Foreseeing<'a> = Pin<Box<dyn Future<Output = Result<Way, AuthError>> + 'a>>;

/// What an identity provider is, in words.
pub(crate) type Greeting<'a> = Pin<Box<dyn Future<Output = Result<String, AuthError>> + 'a>>;

/// How a plugin comes to its proof.
#[derive(Debug)]
pub(crate) enum Way {
    /// [`Plugin::prove`] asks nobody, so that whoever wants to know can call it.
    AtOnce,
    /// By these steps, in this order.
    Steps(Vec<Planned>),
    /// The same with a browser, which comes back to this address; port 0 is any free one.
    Browser(Vec<Planned>, String),
}

/// One identity method.
pub(crate) trait Plugin: Sync {
    /// The canonical name: in errors, in the catalogue, from `rs_auth_credentials_plugin`.
    fn name(&self) -> &'static str;

    /// The keys without which it cannot start. Checked once, before [`Plugin::prove`].
    fn required(&self) -> &'static [Key];

    /// What a login by it ends in.
    fn yields(&self) -> Kind;

    /// Whether its proof says who the database user is. Otherwise the settings must, which is found before any request.
    fn names_user(&self) -> bool {
        false
    }

    /// Whether what it yields may be served again. Not where it is the caller's own token, who has it already.
    fn keeps(&self) -> bool {
        true
    }

    /// Whether a person may have to do something for it: answer a second factor, sign in through a browser. What they did
    /// is then kept on disk, and one process at a time has them do it.
    fn may_need_a_person(&self, _settings: &Settings) -> bool {
        false
    }

    /// Whether its token is a SAML assertion, which never goes on disk.
    fn yields_assertion(&self) -> bool {
        false
    }

    /// How it would come to its proof with these settings, for who foresees a login without making it. Whatever is wrong
    /// with the settings is told as [`Plugin::prove`] would tell it. It reads files, and sends and shows nothing.
    fn way<'a>(&'a self, _settings: &'a Settings, _ports: &'a Ports) -> Foreseeing<'a> {
        ready(Ok(Way::AtOnce))
    }

    /// The work. Everything outside goes through `ports`.
    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a>;

    /// Looks without any credentials whether the identity provider is there and is of the kind that it should be. `None`: it
    /// has nothing to look at.
    fn greet<'a>(&'a self, _settings: &'a Settings, _ports: &'a Ports) -> Option<Greeting<'a>> {
        None
    }
}

/// An answer that needs no waiting.
fn ready<'a, T: 'a>(answer: Result<T, AuthError>) -> Pin<Box<dyn Future<Output = Result<T, AuthError>> + 'a>> {
    Box::pin(std::future::ready(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::{AwsKeys, Credentials, Proved};
    use crate::options::{HostProof, Reply};
    use crate::secret::secret;

    #[test]
    fn no_proof_and_no_result_shows_its_secrets() {
        let canary = || secret("canary");
        let keys = || AwsKeys {
            access_key_id: "AKIA".to_owned(),
            secret_access_key: canary(),
            session_token: Some(canary()),
            expires_at: None,
            role_arn: None,
        };
        let native = NativeToken { token: canary(), token_type: None, idp_type: None, expires_at: Some(7) };
        let proofs = [
            Proof::Aws(AwsSource::Static(keys())),
            Proof::WebIdentity(canary()),
            Proof::SamlResponse(canary()),
            Proof::NativeToken(native),
            Proof::IdentityCenter(AwsSource::Static(keys())),
        ];
        let of_host = [HostProof::AwsKeys(keys()), HostProof::SamlResponse(canary()), HostProof::WebIdentity(canary())];
        let proved = Proved { keys: keys(), plugin: "p".to_owned(), claims: None };
        let result = Credentials {
            password: Some(canary()),
            token: Some(canary()),
            aws: Some(keys()),
            ..Credentials::empty(Kind::DbPassword, "p")
        };
        let shown = format!("{proofs:?} {of_host:?} {proved:?} {result:?} {:?}", Reply::Handled(Some(canary())));
        assert!(shown.contains("AKIA") && !shown.contains("canary"), "{shown}");
    }
}
