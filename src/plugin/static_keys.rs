//! `Static`: AWS keys in the settings.

use super::{Plugin, Proof, Proving, ready};
use crate::credentials::{AwsKeys, AwsSource, Kind};
use crate::dsn::keys::Key;
use crate::dsn::method;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;

pub(crate) struct StaticKeys;

impl Plugin for StaticKeys {
    fn name(&self) -> &'static str {
        "Static"
    }

    fn required(&self) -> &'static [Key] {
        &[Key::AccessKeyId]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn prove<'a>(&'a self, settings: &'a Settings, _: &'a Ports) -> Proving<'a> {
        ready(keys(settings).map(|keys| Proof::Aws(AwsSource::Static(keys))))
    }
}

/// The keys that the settings hold.
pub(crate) fn keys(settings: &Settings) -> Result<AwsKeys, AuthError> {
    let keys = method::static_keys(settings)?.ok_or_else(|| Key::AccessKeyId.missing("Static"))?;
    Ok(AwsKeys {
        access_key_id: keys.access_key_id.to_owned(),
        secret_access_key: keys.secret_access_key.clone(),
        session_token: keys.session_token.cloned(),
        expires_at: None,
        role_arn: None,
    })
}
