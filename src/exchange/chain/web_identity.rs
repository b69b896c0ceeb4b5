//! A web identity token in a file (EKS service accounts, GitHub runners): exchanged for a role's keys.

use super::Answer;
use crate::credentials::AwsKeys;
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::profile::{expand_home, variable_text};
use crate::exchange::sts::{Role, assume_role_with_web_identity};
use crate::secret::secret;
use std::path::Path;

const TOKEN_LIMIT: u64 = 256 * 1024;

/// The role that `AWS_ROLE_ARN` names, for the token in `AWS_WEB_IDENTITY_TOKEN_FILE`.
pub async fn keys_of_environment(config: &AwsConfig) -> Result<Answer, AuthError> {
    let variable = |name| variable_text(&config.ports.env, name);
    let Some(file) = variable("AWS_WEB_IDENTITY_TOKEN_FILE") else {
        return Ok(Answer::Nothing("AWS_WEB_IDENTITY_TOKEN_FILE is not set".to_owned()));
    };
    let Some(arn) = variable("AWS_ROLE_ARN") else {
        return Err(AuthError::missing_setting(
            "the environment variable AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not",
        ));
    };
    let session_name = variable("AWS_ROLE_SESSION_NAME");
    let role = Role { session_name: session_name.as_deref(), ..Role::of(&arn) };
    keys_of(config, &file, &role).await.map(Answer::Keys)
}

/// The keys of `role` for the token in `file`, which is read each time: it is renewed by others.
pub async fn keys_of(config: &AwsConfig, file: &str, role: &Role<'_>) -> Result<AwsKeys, AuthError> {
    let path = expand_home(file, &config.ports.env);
    let unusable = |why: &str| {
        let what = format!("the web identity token file {path} cannot be used: {why}");
        AuthError::new(Status::NoAwsCredentials, Stage::Aws, what)
    };
    let text = config.ports.files.read_text(Path::new(&path), TOKEN_LIMIT).map_err(|e| unusable(&e.to_string()))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(unusable("it is empty"));
    }
    assume_role_with_web_identity(config, role, &secret(token)).await
}
