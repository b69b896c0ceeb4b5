//! Where AWS keys would come from and what would be asked for them: nothing is sent, no program is started.

use super::{Answer, container, instance};
use super::{environment, from_profile, profile_in_use_is_absent, web_identity};
use crate::credentials::AwsSource;
use crate::error::AuthError;
use crate::exchange::aws_config::AwsConfig;
use crate::ports::http::{Planned, Rehearsal};

/// What a source would give.
#[derive(Debug)]
pub enum Foreseen {
    /// Keys, after these steps.
    Keys {
        /// Where they come from, for a person.
        from: String,
        /// What is asked for them.
        steps: Vec<Planned>,
    },
    /// It is not configured, for this reason.
    Nothing(String),
}

impl Foreseen {
    pub(super) fn at_once(from: impl Into<String>) -> Self {
        Self::Keys { from: from.into(), steps: Vec::new() }
    }

    pub(super) fn asking(from: impl Into<String>, steps: Vec<Planned>) -> Self {
        Self::Keys { from: from.into(), steps }
    }
}

/// The keys of `source`. `config` asks by `network`, and so nobody.
pub async fn foresee(source: &AwsSource, config: &AwsConfig, network: &Rehearsal) -> Result<Foreseen, AuthError> {
    match source {
        AwsSource::Static(_) => Ok(Foreseen::at_once("the keys of the settings")),
        AwsSource::Profile(name) => {
            from_profile::foresee(config, name.as_deref().unwrap_or(&config.profile), network).await
        }
        AwsSource::InstanceProfile => instance::foresee(config),
        AwsSource::Default => of_default_chain(config, network).await,
    }
}

/// In the order in which they are looked for. The instance's service comes last, and only a login finds out whether it is
/// there.
async fn of_default_chain(config: &AwsConfig, network: &Rehearsal) -> Result<Foreseen, AuthError> {
    if let Answer::Keys(_) = environment::keys(config)? {
        return Ok(Foreseen::at_once("the environment variable AWS_ACCESS_KEY_ID"));
    }
    if profile_in_use_is_absent(config)?.is_none()
        && let found @ Foreseen::Keys { .. } = from_profile::foresee(config, &config.profile, network).await?
    {
        return Ok(found);
    }
    let (token, noted) = (web_identity::keys_of_environment(config).await, network.take());
    if let Some(request) = noted.first() {
        return Ok(Foreseen::asking("the variable AWS_WEB_IDENTITY_TOKEN_FILE", vec![of_sts(request)]));
    }
    token?;
    if let found @ Foreseen::Keys { .. } = container::foresee(config)? {
        return Ok(found);
    }
    instance::foresee(config)
}

/// A request to STS.
pub(super) fn of_sts(request: &crate::ports::http::Request) -> Planned {
    let form = url::form_urlencoded::parse(&request.body);
    let action = form.into_iter().find(|(name, _)| name == "Action").map(|(_, action)| action.into_owned());
    Planned::of(request, "asks STS for keys of a role").of_operation(action.unwrap_or_default())
}
