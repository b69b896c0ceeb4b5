//! Profiles of IAM Identity Center: the token of a sign-in, shared with the AWS CLI, exchanged for a role's keys.

mod device;
mod plan;
mod registration;
mod sign_in;
mod stored;
mod token;
mod turn;

pub(super) use plan::foresee;

use crate::credentials::AwsKeys;
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::aws_error::of_identity_center;
use crate::exchange::endpoint::Service;
use crate::exchange::profile::{SharedConfig, value};
use crate::protocol::idc;
use crate::secret::SecretString;
use aws_runtime::env_config::section::Profile;

/// What brings a refresh token, and is enough for keys of roles.
const DEFAULT_SCOPE: &str = "sso:account:access";

/// A sign-in that profiles share.
pub struct Session<'a> {
    /// The `[sso-session …]`; `None` for a legacy profile, whose token cannot be renewed.
    name: Option<&'a str>,
    /// Where Identity Center runs.
    region: &'a str,
    /// The portal; legacy profiles keep their token under its name.
    start_url: &'a str,
    /// `sso_registration_scopes`
    listed_scopes: Option<Vec<String>>,
}

impl Session<'_> {
    /// What a new sign-in asks for.
    fn scopes(&self) -> Vec<String> {
        let listed = self.listed_scopes.clone().filter(|scopes| !scopes.is_empty());
        listed.unwrap_or_else(|| vec![DEFAULT_SCOPE.to_owned()])
    }
}

/// What a profile says of its Identity Center role.
pub struct Sso<'a> {
    profile: &'a str,
    account: &'a str,
    role: &'a str,
    session: Session<'a>,
}

/// The Identity Center settings of a profile: those of its `sso_session`, or the legacy ones in the profile itself.
pub fn of_profile<'a>(shared: &'a SharedConfig, profile: &'a Profile) -> Result<Option<Sso<'a>>, AuthError> {
    let of = |key| value(profile, key);
    let invalid = |why: &str| AuthError::invalid_setting(format!("AWS profile '{}': {why}", profile.name()));
    let (account, role) = match (of("sso_account_id"), of("sso_role_name")) {
        (Some(account), Some(role)) => (account, role),
        // Such a profile is for tools that want the token itself, not AWS keys.
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(invalid("sso_account_id needs sso_role_name")),
        (None, Some(_)) => return Err(invalid("sso_role_name needs sso_account_id")),
    };
    let name = of("sso_session");
    let (region, start_url) = match name {
        None => (of("sso_region"), of("sso_start_url")),
        Some(name) => {
            let section =
                shared.sso_session(name).ok_or_else(|| invalid(&format!("there is no [sso-session {name}]")))?;
            for key in ["sso_region", "sso_start_url"] {
                if of(key).is_some_and(|own| section.get(key) != Some(own)) {
                    return Err(invalid(&format!("{key} contradicts that of [sso-session {name}]")));
                }
            }
            (section.get("sso_region"), section.get("sso_start_url"))
        }
    };
    let region = region.ok_or_else(|| invalid("sso_region is missing"))?;
    let start_url = start_url.ok_or_else(|| invalid("sso_start_url is missing"))?;
    let listed_scopes = name.and_then(|name| shared.sso_session(name)?.get("sso_registration_scopes")).map(items);
    let session = Session { name, region, start_url, listed_scopes };
    Ok(Some(Sso { profile: profile.name(), account, role, session }))
}

fn items(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The keys of the role.
pub async fn keys_of(config: &AwsConfig, sso: &Sso<'_>) -> Result<AwsKeys, AuthError> {
    let token = token_of(config, sso, None).await?;
    match role_keys(config, sso, &token).await {
        // Signed out at the portal, whatever the token's file says: a renewal or a new sign-in helps, once.
        Err(error) if error.code() == Some("UnauthorizedException") => {
            config.ports.log.info("aws", format_args!("the portal of IAM Identity Center refuses the stored token"));
            let again = token_of(config, sso, Some(&token)).await?;
            let keys = role_keys(config, sso, &again).await;
            keys.map_err(|error| match error.code() {
                Some("UnauthorizedException") => signed_out(sso.profile, error.message()),
                _ => error,
            })
        }
        keys => keys,
    }
}

async fn token_of(
    config: &AwsConfig,
    sso: &Sso<'_>,
    refused: Option<&SecretString>,
) -> Result<SecretString, AuthError> {
    token::current(config, &sso.session, refused).await?.map_err(|why| signed_out(sso.profile, &why))
}

async fn role_keys(config: &AwsConfig, sso: &Sso<'_>, token: &SecretString) -> Result<AwsKeys, AuthError> {
    let portal = config.identity_center(Service::Sso, sso.session.region)?;
    let answer = portal.send(&idc::get_role_credentials(sso.account, sso.role, token)).await?;
    idc::read_role_keys(&answer).map_err(|fault| {
        let error = of_identity_center(&fault);
        match error.code() {
            Some("ForbiddenException" | "ResourceNotFoundException") => {
                let (role, account) = (sso.role, sso.account);
                error.hint(format!("whoever signed in is not assigned the role {role} in account {account}"))
            }
            _ => error,
        }
    })
}

fn signed_out(profile: &str, why: &str) -> AuthError {
    let what = format!("AWS profile '{profile}': signed out of IAM Identity Center: {why}");
    AuthError::new(Status::NoAwsCredentials, Stage::Aws, what).hint(format!("run `aws sso login --profile {profile}`"))
}
