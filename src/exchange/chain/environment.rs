//! AWS keys in environment variables.

use super::Answer;
use crate::credentials::AwsKeys;
use crate::error::AuthError;
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::profile::variable_text;
use crate::secret::secret;

/// The keys of `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. One of the first two without the
/// other is an error: going on would log in as somebody else.
pub fn keys(config: &AwsConfig) -> Result<Answer, AuthError> {
    let variable = |name| variable_text(&config.ports.env, name);
    match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        (Some(access_key_id), Some(secret_access_key)) => Ok(Answer::Keys(AwsKeys {
            access_key_id,
            secret_access_key: secret(secret_access_key),
            session_token: variable("AWS_SESSION_TOKEN").map(secret),
            expires_at: None,
            role_arn: None,
        })),
        (None, None) => Ok(Answer::Nothing("AWS_ACCESS_KEY_ID is not set".to_owned())),
        (Some(_), None) => Err(half("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        (None, Some(_)) => Err(half("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")),
    }
}

fn half(given: &str, missing: &str) -> AuthError {
    AuthError::missing_setting(format!("the environment variable {given} is set, but {missing} is not"))
}
