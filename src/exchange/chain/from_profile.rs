//! The AWS keys of a profile: its base, and the roles that stand on it.

use super::instance::{self, Patience};
use super::plan::{Foreseen, of_sts};
use super::sso::{self, Sso};
use super::{Answer, container, environment, process, web_identity};
use crate::credentials::AwsKeys;
use crate::error::{AuthError, Stage, Status};
use crate::exchange::ahead;
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::profile::{SharedConfig, value};
use crate::exchange::sts::{Role, assume_role};
use crate::ports::http::{Planned, Rehearsal};
use crate::secret::secret;
use aws_runtime::env_config::section::Profile;

/// The keys of the profile `name`. That it does not exist is an error.
pub async fn keys_of(config: &AwsConfig, name: &str) -> Result<Answer, AuthError> {
    let way = way(&config.shared, name)?;
    if !way.roles.is_empty() {
        ahead::announce_sts(config).await;
    }
    let mut keys = match base_keys(config, &way.base).await? {
        Answer::Keys(keys) => keys,
        Answer::Nothing(why) => return nothing(&way, name, why),
    };
    for role in way.roles.iter().rev() {
        keys = assume_role(config, &keys, role).await?;
    }
    Ok(Answer::Keys(keys))
}

/// What [`keys_of`] would ask.
pub async fn foresee(config: &AwsConfig, name: &str, network: &Rehearsal) -> Result<Foreseen, AuthError> {
    let way = way(&config.shared, name)?;
    let (from, mut steps) = match foresee_base(config, &way.base, network).await? {
        Foreseen::Keys { from, steps } => (from, steps),
        Foreseen::Nothing(why) => {
            return match nothing(&way, name, why)? {
                Answer::Nothing(why) => Ok(Foreseen::Nothing(why)),
                Answer::Keys(_) => Ok(Foreseen::at_once(name)),
            };
        }
    };
    for role in way.roles.iter().rev() {
        let asked = assume_role(config, &AwsKeys::of_nobody(), role).await;
        match network.take().first() {
            Some(request) => steps.push(of_sts(request)),
            None => drop(asked?),
        }
    }
    Ok(Foreseen::Keys { from: format!("the AWS profile {name}: {from}"), steps })
}

async fn foresee_base(config: &AwsConfig, base: &Base<'_>, network: &Rehearsal) -> Result<Foreseen, AuthError> {
    Ok(match base {
        Base::Static(_) => Foreseen::at_once("keys"),
        Base::Named(CredentialSource::Environment) => match environment::keys(config)? {
            Answer::Keys(_) => Foreseen::at_once("the environment"),
            Answer::Nothing(why) => Foreseen::Nothing(why),
        },
        Base::Named(CredentialSource::Instance) => return instance::foresee(config),
        Base::Named(CredentialSource::Container) => return container::foresee(config),
        Base::WebIdentity { file, role } => {
            let asked = web_identity::keys_of(config, file, role).await;
            match network.take().first() {
                Some(request) => Foreseen::asking("a web identity token", vec![of_sts(request)]),
                None => asked.map(|_| Foreseen::at_once("a web identity token"))?,
            }
        }
        Base::Sso(sso) => Foreseen::asking("IAM Identity Center", sso::foresee(config, sso)?),
        Base::Process { .. } => {
            Foreseen::asking("a program", vec![Planned::by_program("credential_process of the profile prints keys")])
        }
        Base::Missing { why, .. } => Foreseen::Nothing(why.clone()),
    })
}

/// What a profile's keys are made of.
struct Way<'a> {
    base: Base<'a>,
    /// The roles to take, the last one first.
    roles: Vec<Role<'a>>,
}

enum Base<'a> {
    Static(AwsKeys),
    Named(CredentialSource),
    WebIdentity { file: &'a str, role: Role<'a> },
    Sso(Sso<'a>),
    Process { command: &'a str, profile: &'a str },
    Missing { profile: &'a str, why: String },
}

#[derive(Debug, Clone, Copy)]
enum CredentialSource {
    Environment,
    Instance,
    Container,
}

/// Only a profile that asks for nothing more may leave the search to others.
fn nothing(way: &Way<'_>, name: &str, why: String) -> Result<Answer, AuthError> {
    let what = match way.base {
        Base::Missing { profile, .. } if profile == name && way.roles.is_empty() => return Ok(Answer::Nothing(why)),
        Base::Missing { profile, .. } => format!("source_profile '{profile}'"),
        _ => "credential_source".to_owned(),
    };
    Err(no_keys(name, &format!("{what}: {why}")))
}

fn no_keys(profile: &str, why: &str) -> AuthError {
    AuthError::new(Status::NoAwsCredentials, Stage::Aws, format!("AWS profile '{profile}': {why}"))
}

fn invalid(profile: &Profile, why: &str) -> AuthError {
    AuthError::invalid_setting(format!("AWS profile '{}': {why}", profile.name()))
}

async fn base_keys(config: &AwsConfig, base: &Base<'_>) -> Result<Answer, AuthError> {
    let keys = match base {
        Base::Static(keys) => Ok(keys.clone()),
        Base::Named(CredentialSource::Environment) => return environment::keys(config),
        Base::Named(CredentialSource::Instance) => return instance::keys_of(config, Patience::Waits).await,
        Base::Named(CredentialSource::Container) => return container::keys_of(config).await,
        Base::WebIdentity { file, role } => web_identity::keys_of(config, file, role).await,
        Base::Sso(sso) => sso::keys_of(config, sso).await,
        Base::Process { command, profile } => process::keys_of(command, profile, &config.ports.clock).await,
        Base::Missing { why, .. } => return Ok(Answer::Nothing(why.clone())),
    };
    keys.map(Answer::Keys)
}

/// Follows `source_profile` from `name` to the profile that has keys of its own, in the way of the AWS SDKs.
fn way<'a>(shared: &'a SharedConfig, name: &'a str) -> Result<Way<'a>, AuthError> {
    let mut roles = Vec::new();
    let mut visited: Vec<&str> = Vec::new();
    let mut name = name;
    loop {
        let profile = match visited.last() {
            None => shared.require(name)?,
            Some(referrer) => shared.require(name).map_err(|error| of_source_profile(&error, referrer))?,
        };
        if visited.contains(&name) {
            visited.push(name);
            return Err(invalid(profile, &format!("source_profile goes in a circle: {}", visited.join(" → "))));
        }
        visited.push(name);
        // Further down the chain, keys come before a role that stands beside them.
        if visited.len() > 1
            && let Some(keys) = static_keys(profile)?
        {
            return Ok(Way { base: Base::Static(keys), roles });
        }
        let Some(role) = role(profile)? else {
            return Ok(Way { base: base(shared, profile)?, roles });
        };
        roles.push(role);
        match (value(profile, "source_profile"), value(profile, "credential_source")) {
            (Some(_), Some(_)) => {
                return Err(invalid(profile, "source_profile and credential_source exclude each other"));
            }
            (None, None) => return Err(invalid(profile, "role_arn needs a source_profile or a credential_source")),
            (Some(source), None) if source != profile.name() => name = source,
            // Its own keys, or its credential_source, are the base.
            _ => return Ok(Way { base: base(shared, profile)?, roles }),
        }
    }
}

fn of_source_profile(error: &AuthError, referrer: &str) -> AuthError {
    let told = format!("source_profile of the AWS profile '{referrer}': {}", error.message());
    let again = AuthError::new(error.status(), Stage::Settings, told);
    match error.hint_text() {
        Some(hint) => again.hint(hint),
        None => again,
    }
}

/// The role that a profile takes with the keys of another; a web identity stands on nothing.
fn role(profile: &Profile) -> Result<Option<Role<'_>>, AuthError> {
    let Some(arn) = value(profile, "role_arn") else { return Ok(None) };
    if value(profile, "web_identity_token_file").is_some() {
        return Ok(None);
    }
    if value(profile, "mfa_serial").is_some() {
        let what = format!("AWS profile '{}': its role wants an MFA code (mfa_serial)", profile.name());
        return Err(AuthError::new(Status::MfaRequired, Stage::Aws, what)
            .hint("get temporary keys with `aws sts get-session-token` or a credential_process, and use those"));
    }
    Ok(Some(Role { external_id: value(profile, "external_id"), ..role_of(profile, arn)? }))
}

fn role_of<'a>(profile: &'a Profile, arn: &'a str) -> Result<Role<'a>, AuthError> {
    let duration = value(profile, "duration_seconds").map(str::parse);
    let duration = duration.transpose().map_err(|_| invalid(profile, "duration_seconds is not a number of seconds"))?;
    Ok(Role { session_name: value(profile, "role_session_name"), duration, ..Role::of(arn) })
}

/// What a profile itself holds.
fn base<'a>(shared: &'a SharedConfig, profile: &'a Profile) -> Result<Base<'a>, AuthError> {
    if let Some(source) = value(profile, "credential_source") {
        return Ok(Base::Named(match source {
            "Environment" => CredentialSource::Environment,
            "Ec2InstanceMetadata" => CredentialSource::Instance,
            "EcsContainer" => CredentialSource::Container,
            _ => {
                let why = "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer";
                return Err(invalid(profile, why));
            }
        }));
    }
    if let Some(file) = value(profile, "web_identity_token_file") {
        let arn =
            value(profile, "role_arn").ok_or_else(|| invalid(profile, "web_identity_token_file needs a role_arn"))?;
        return Ok(Base::WebIdentity { file, role: role_of(profile, arn)? });
    }
    if let Some(sso) = sso::of_profile(shared, profile)? {
        return Ok(Base::Sso(sso));
    }
    if value(profile, "login_session").is_some() {
        let what = format!("AWS profile '{}': login_session (`aws login`) is not read here", profile.name());
        return Err(AuthError::new(Status::NotSupported, Stage::Aws, what)
            .hint("let a credential_process run `aws configure export-credentials` for it"));
    }
    if let Some(command) = value(profile, "credential_process") {
        return Ok(Base::Process { command, profile: profile.name() });
    }
    Ok(match static_keys(profile)? {
        Some(keys) => Base::Static(keys),
        None => Base::Missing { profile: profile.name(), why: format!("no credentials in {}", shared.looked_at()) },
    })
}

fn static_keys(profile: &Profile) -> Result<Option<AwsKeys>, AuthError> {
    match (value(profile, "aws_access_key_id"), value(profile, "aws_secret_access_key")) {
        (Some(access_key_id), Some(secret_access_key)) => Ok(Some(AwsKeys {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret(secret_access_key),
            session_token: value(profile, "aws_session_token").map(secret),
            expires_at: None,
            role_arn: None,
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(half(profile, "aws_secret_access_key")),
        (None, Some(_)) => Err(half(profile, "aws_access_key_id")),
    }
}

fn half(profile: &Profile, missing: &str) -> AuthError {
    AuthError::missing_setting(format!(
        "AWS profile '{}': it has half a key pair, {missing} is missing",
        profile.name()
    ))
}
