//! Where AWS keys come from when the settings name a source, or none: each source says why it has nothing.
//!
//! Ours and not the SDK's chain: that gives no reasons, takes no STS endpoint, reads environment and files past the ports,
//! and goes on silently where a source is configured but fails.

mod container;
mod environment;
mod from_profile;
mod instance;
mod keys;
mod metadata;
mod plan;
mod process;
mod sso;
mod web_identity;

#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use keys::{from_process as keys_from_process, from_service as keys_from_service};
pub(crate) use plan::{Foreseen, foresee};

use super::aws_config::AwsConfig;
use super::profile::DEFAULT_PROFILE;
use crate::credentials::{AwsKeys, AwsSource};
use crate::error::{AuthError, Stage, Status};
use instance::Patience;

/// What a source has to give.
#[derive(Debug)]
enum Answer {
    Keys(AwsKeys),
    /// It is not configured, for this reason; another source may be.
    Nothing(String),
}

/// The keys of `source`. A source that is configured but fails ends the search with its own error.
pub async fn resolve(source: &AwsSource, config: &AwsConfig) -> Result<AwsKeys, AuthError> {
    match source {
        AwsSource::Static(keys) => Ok(keys.clone()),
        AwsSource::Profile(name) => {
            let name = name.as_deref().unwrap_or(&config.profile);
            sole(from_profile::keys_of(config, name).await?, &format!("AWS profile '{name}'"))
        }
        AwsSource::InstanceProfile => sole(instance::keys_of(config, Patience::Waits).await?, "instance metadata")
            .map_err(|error| {
                error.hint("InstanceProfile works on EC2 only; in a container there the metadata hop limit must be 2")
            }),
        AwsSource::Default => default_chain(config).await,
    }
}

fn sole(answer: Answer, name: &str) -> Result<AwsKeys, AuthError> {
    match answer {
        Answer::Keys(keys) => Ok(keys),
        Answer::Nothing(why) => {
            Err(AuthError::new(Status::NoAwsCredentials, Stage::Aws, format!("no AWS credentials: {name}: {why}")))
        }
    }
}

/// The order of the AWS SDKs.
async fn default_chain(config: &AwsConfig) -> Result<AwsKeys, AuthError> {
    let mut reasons = Reasons { config, told: Vec::new() };
    if let Some(keys) = reasons.take("environment", environment::keys(config)?) {
        return Ok(keys);
    }
    let profile = format!("profile '{}'", config.profile);
    if let Some(keys) = reasons.take(&profile, profile_in_use(config).await?) {
        return Ok(keys);
    }
    if let Some(keys) = reasons.take("web identity", web_identity::keys_of_environment(config).await?) {
        return Ok(keys);
    }
    if let Some(keys) = reasons.take("container", container::keys_of(config).await?) {
        return Ok(keys);
    }
    if let Some(keys) = reasons.take("instance metadata", instance::keys_of(config, Patience::Probes).await?) {
        return Ok(keys);
    }
    let error = AuthError::new(
        Status::NoAwsCredentials,
        Stage::Aws,
        format!("no AWS credentials were found: {}", reasons.told.join("; ")),
    );
    Err(error.hint("give AccessKeyID and SecretAccessKey, name a Profile, or configure one with `aws configure`"))
}

struct Reasons<'a> {
    config: &'a AwsConfig,
    told: Vec<String>,
}

impl Reasons<'_> {
    fn take(&mut self, name: &str, answer: Answer) -> Option<AwsKeys> {
        let log = &self.config.ports.log;
        match answer {
            Answer::Keys(keys) => {
                log.debug("aws", format_args!("AWS keys come from: {name}"));
                Some(keys)
            }
            Answer::Nothing(why) => {
                log.debug("aws", format_args!("no AWS keys from: {name}: {why}"));
                self.told.push(format!("{name}: {why}"));
                None
            }
        }
    }
}

async fn profile_in_use(config: &AwsConfig) -> Result<Answer, AuthError> {
    match profile_in_use_is_absent(config)? {
        Some(why) => Ok(Answer::Nothing(why)),
        None => from_profile::keys_of(config, &config.profile).await,
    }
}

/// Why there is none. A profile that `AWS_PROFILE` names must exist; `default` need not.
fn profile_in_use_is_absent(config: &AwsConfig) -> Result<Option<String>, AuthError> {
    let name = &config.profile;
    let absent = name == DEFAULT_PROFILE && config.shared.find(name)?.is_none();
    Ok(absent.then(|| format!("not in {}", config.shared.looked_at())))
}
