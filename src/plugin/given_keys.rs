//! AWS keys that stand in the settings.

use crate::credentials::AwsKeys;
use crate::dsn::method;
use crate::dsn::settings::Settings;
use crate::error::AuthError;

/// The keys that the settings hold, if any; half a pair is `MISSING_SETTING`.
pub(crate) fn keys(settings: &Settings) -> Result<Option<AwsKeys>, AuthError> {
    Ok(method::static_keys(settings)?.map(|keys| AwsKeys {
        access_key_id: keys.access_key_id.to_owned(),
        secret_access_key: keys.secret_access_key.clone(),
        session_token: keys.session_token.cloned(),
        expires_at: None,
        role_arn: None,
    }))
}
