//! STS: a role's keys for other keys, for a web identity token, for a SAML assertion.
//!
//! The last two prove themselves: they are sent unsigned, and never see AWS credentials of the machine, whose expiry
//! would fail a login that does not need them.

use super::aws_config::{AwsConfig, aws_client};
use super::aws_error::auth_error;
use super::endpoint::Service;
use crate::credentials::AwsKeys;
use crate::error::{AuthError, Stage, Status};
use crate::log::Log;
use crate::secret::{ExposeSecret, SecretString, secret};
use aws_sdk_sts::Client;
use aws_sdk_sts::types::Credentials;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A role to take, and how.
#[derive(Debug, Clone, Copy)]
pub struct Role<'a> {
    /// The role.
    pub arn: &'a str,
    /// The name of the session in `CloudTrail`; one of ours if absent.
    pub session_name: Option<&'a str>,
    /// What the role's owner asks for (AssumeRole only).
    pub external_id: Option<&'a str>,
    /// How long the keys shall hold, in seconds; the role's default if absent.
    pub duration: Option<u32>,
}

impl<'a> Role<'a> {
    /// The role, with the defaults of STS.
    pub const fn of(arn: &'a str) -> Self {
        Self { arn, session_name: None, external_id: None, duration: None }
    }
}

/// `AssumeRole`, signed with `base`.
pub async fn assume_role(config: &AwsConfig, base: &AwsKeys, role: &Role<'_>) -> Result<AwsKeys, AuthError> {
    let client = client(config, role.arn, Some(base))?;
    let session = session_name(config, role);
    let answer = within_the_limit(role, &config.ports.log, async |duration| {
        let call = client.assume_role().role_arn(role.arn).role_session_name(&session);
        call.set_external_id(role.external_id.map(str::to_owned)).set_duration_seconds(duration).send().await
    });
    let answer = answer.await.map_err(|error| failed("AssumeRole", role, &error))?;
    keys("AssumeRole", role, answer.credentials())
}

/// `AssumeRoleWithWebIdentity`, unsigned.
pub async fn assume_role_with_web_identity(
    config: &AwsConfig,
    role: &Role<'_>,
    token: &SecretString,
) -> Result<AwsKeys, AuthError> {
    let client = client(config, role.arn, None)?;
    let session = session_name(config, role);
    let answer = within_the_limit(role, &config.ports.log, async |duration| {
        let call = client.assume_role_with_web_identity().role_arn(role.arn).role_session_name(&session);
        call.web_identity_token(token.expose_secret()).set_duration_seconds(duration).send().await
    });
    let answer = answer.await.map_err(|error| {
        let hint = "get a fresh token from the identity provider";
        proof_failed(failed("AssumeRoleWithWebIdentity", role, &error), "the web identity token", hint)
    })?;
    keys("AssumeRoleWithWebIdentity", role, answer.credentials())
}

/// `AssumeRoleWithSAML`, unsigned. `principal` is the identity provider's ARN, `assertion` the SAML response in base64.
pub async fn assume_role_with_saml(
    config: &AwsConfig,
    role: &Role<'_>,
    principal: &str,
    assertion: &SecretString,
) -> Result<AwsKeys, AuthError> {
    let client = client(config, role.arn, None)?;
    let answer = within_the_limit(role, &config.ports.log, async |duration| {
        let call = client.assume_role_with_saml().role_arn(role.arn).principal_arn(principal);
        call.saml_assertion(assertion.expose_secret()).set_duration_seconds(duration).send().await
    });
    let answer = answer.await.map_err(|error| {
        let hint = "an assertion holds for a few minutes only: check this machine's clock and the identity provider's";
        proof_failed(failed("AssumeRoleWithSAML", role, &error), "the SAML assertion", hint)
    })?;
    keys("AssumeRoleWithSAML", role, answer.credentials())
}

/// Calls with the duration that was asked for and, if that is more than the role allows, once more without it.
async fn within_the_limit<T, E: ProvideErrorMetadata>(
    role: &Role<'_>,
    log: &Log,
    call: impl AsyncFn(Option<i32>) -> Result<T, SdkError<E, HttpResponse>>,
) -> Result<T, SdkError<E, HttpResponse>> {
    let duration = role.duration.and_then(|seconds| i32::try_from(seconds).ok());
    match call(duration).await {
        Err(SdkError::ServiceError(refused)) if duration.is_some() && exceeds_the_limit(refused.err()) => {
            log.warn(
                "aws",
                format_args!("the duration asked for is more than the role {} allows; its default is used", role.arn),
            );
            call(None).await
        }
        answer => answer,
    }
}

/// `The requested DurationSeconds exceeds the MaxSessionDuration set for this role`, or the hour of role chaining.
fn exceeds_the_limit(error: &impl ProvideErrorMetadata) -> bool {
    error.message().is_some_and(|message| message.contains("DurationSeconds exceeds"))
}

fn client(config: &AwsConfig, role: &str, keys: Option<&AwsKeys>) -> Result<Client, AuthError> {
    let region = config.region().or_else(|| first_region_of(role).map(str::to_owned)).ok_or_else(|| {
        AuthError::missing_setting("Region is not set, and neither the AWS profile nor AWS_REGION names one for STS")
    })?;
    let sdk = config.sdk_config(Service::Sts, &region, config.sts_endpoint.as_deref(), keys)?;
    Ok(aws_client!(aws_sdk_sts, &sdk))
}

/// Where no region is known, the partition's first serves: a role is the same in all of them.
fn first_region_of(role: &str) -> Option<&'static str> {
    match role.split(':').nth(1)? {
        "aws" => Some("us-east-1"),
        "aws-cn" => Some("cn-north-1"),
        "aws-us-gov" => Some("us-gov-west-1"),
        _ => None,
    }
}

fn session_name(config: &AwsConfig, role: &Role<'_>) -> String {
    role.session_name.map_or_else(|| format!("rs_auth-{}", config.ports.clock.now_ms()), str::to_owned)
}

fn failed<E>(call: &str, role: &Role<'_>, error: &SdkError<E, HttpResponse>) -> AuthError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    auth_error(Stage::Sts, &format!("STS {call} for {}", role.arn), error)
}

/// What expired, or was refused, is the proof, not AWS credentials: the general hint would mislead.
fn proof_failed(error: AuthError, proof: &str, hint: &str) -> AuthError {
    let code = error.code().unwrap_or_default();
    if code.starts_with("ExpiredToken") || matches!(code, "InvalidIdentityToken" | "IDPRejectedClaim") {
        error.hint(format!("{proof} has expired or is not accepted: {hint}"))
    } else if code.starts_with("AccessDenied") {
        error.hint("the role's trust policy does not let this identity take it")
    } else if code == "ValidationError" && error.message().contains("'sAMLAssertion'") {
        error.hint("AWS takes 100,000 characters of base64: have fewer groups and attributes sent for this application")
    } else {
        error
    }
}

fn keys(call: &str, role: &Role<'_>, answer: Option<&Credentials>) -> Result<AwsKeys, AuthError> {
    // The SDK reads an answer that breaks off as one with empty members.
    let whole =
        |given: &&Credentials| ![given.access_key_id(), given.secret_access_key(), given.session_token()].contains(&"");
    let Some(given) = answer.filter(whole) else {
        return Err(AuthError::new(Status::Service, Stage::Sts, format!("STS {call} answered without credentials")));
    };
    Ok(AwsKeys {
        access_key_id: given.access_key_id().to_owned(),
        secret_access_key: secret(given.secret_access_key()),
        session_token: Some(secret(given.session_token())),
        expires_at: given.expiration().to_millis().ok(),
        role_arn: Some(role.arn.to_owned()),
    })
}

#[cfg(test)]
mod tests;
