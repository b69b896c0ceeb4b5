//! AWS keys for a token of IAM Identity Center: the place must be known first, then the keys are looked for.

use super::prepare::{self, Place, Prepared};
use super::{Job, database, native_token};
use crate::credentials::{AwsKeys, AwsSource, Credentials};
use crate::dsn::keys::Key;
use crate::dsn::location::{self, Target};
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_config::{AwsConfig, aws_client};
use crate::exchange::database::Endpoint;
use crate::exchange::endpoint::Service;
use crate::exchange::idc_token::{self, IdentityCenterToken};
use crate::exchange::{chain, redshift, serverless};
use crate::plugin::NativeToken;
use crate::ports::Ports;

/// Exchanges the keys of `source`.
pub(super) async fn login(
    source: &AwsSource,
    job: &Job,
    method: &str,
    aws: AwsConfig,
    ports: &Ports,
) -> Result<Credentials, AuthError> {
    refuse_domain(&job.settings)?;
    let prepared = prepare::decide(job, method, aws, ports).await?;
    database::announce(&prepared).await;
    ports.progress.now(format_args!("looking for AWS keys"));
    let keys = match (source, chain::resolve(source, &prepared.place.aws).await) {
        (AwsSource::Default, Err(error)) if error.status() == Status::NoAwsCredentials => {
            return Err(no_token_either(method, &error));
        }
        (_, keys) => keys?,
    };
    ports.progress.now(format_args!("asking Redshift for an Identity Center token in {}", prepared.place.region));
    let (token, endpoint) = ask(&prepared, &keys).await?;
    let native = NativeToken {
        token: token.token,
        token_type: Some("SUBJECT_TOKEN".to_owned()),
        idp_type: Some("AwsIdc".to_owned()),
        expires_at: token.expires_at,
    };
    let mut credentials = native_token(job, method, native)?;
    if let Some(found) = endpoint {
        (credentials.host, credentials.port) = (Some(found.host), found.port);
    }
    Ok(credentials)
}

/// The API knows identifiers only. Told before the host is looked up in the DNS.
pub(super) fn refuse_domain(settings: &Settings) -> Result<(), AuthError> {
    const REASON: &str = "the host is no name of AWS, and for a custom domain GetIdentityCenterAuthToken";
    match location::locate(settings)?.require_target()? {
        Target::ClusterDomain { .. } => Err(Key::ClusterId.missing(REASON)),
        Target::WorkgroupDomain { .. } => Err(Key::Workgroup.missing(REASON)),
        Target::Cluster { .. } | Target::Workgroup { .. } => Ok(()),
    }
}

/// Who meant to give a token should hear that there is none, not only of AWS keys.
pub(super) fn no_token_either(method: &str, error: &AuthError) -> AuthError {
    let message = format!("{method} has no token: the key token is missing, and in its place {}", error.message());
    AuthError::new(Status::NoAwsCredentials, Stage::Aws, message).hint(
        "give token, or token_source; or AccessKeyID, SecretAccessKey and SessionToken of an identity-enhanced session",
    )
}

pub(super) type Answers = (IdentityCenterToken, Option<Endpoint>);

pub(super) async fn ask(prepared: &Prepared, keys: &AwsKeys) -> Result<Answers, AuthError> {
    let find_endpoint = prepared.location.host.is_none();
    match prepared.location.require_target()? {
        Target::Workgroup { name } | Target::WorkgroupDomain { host: name } => {
            of_workgroup(&prepared.place, keys, name, find_endpoint).await
        }
        Target::Cluster { id } | Target::ClusterDomain { host: id } => {
            of_cluster(&prepared.place, keys, id, find_endpoint).await
        }
    }
}

async fn of_workgroup(place: &Place, keys: &AwsKeys, name: &str, find_endpoint: bool) -> Result<Answers, AuthError> {
    let client = aws_client!(aws_sdk_redshiftserverless, &place.sdk_config(Service::RedshiftServerless, keys)?);
    tokio::try_join!(idc_token::of_workgroup(&client, name), async {
        if find_endpoint { serverless::endpoint(&client, name).await.map(Some) } else { Ok(None) }
    })
}

async fn of_cluster(place: &Place, keys: &AwsKeys, id: &str, find_endpoint: bool) -> Result<Answers, AuthError> {
    let client = aws_client!(aws_sdk_redshift, &place.sdk_config(Service::Redshift, keys)?);
    tokio::try_join!(idc_token::of_cluster(&client, id), async {
        if find_endpoint { redshift::endpoint(&client, id).await.map(Some) } else { Ok(None) }
    })
}
