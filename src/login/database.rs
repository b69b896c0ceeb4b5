//! AWS keys for database credentials, and for the endpoint where the settings name no host.

use super::prepare::{Place, Prepared};
use crate::credentials::{AwsKeys, Credentials, Kind};
use crate::dsn::location::{DEFAULT_PORT, Target};
use crate::error::AuthError;
use crate::exchange::ahead;
use crate::exchange::aws_config::aws_client;
use crate::exchange::database::{DatabaseCredentials, DatabaseRequest, Endpoint};
use crate::exchange::endpoint::Service;
use crate::exchange::{redshift, serverless};
use crate::ports::Ports;

/// Asks for what `request` says.
pub(super) async fn login(
    request: &DatabaseRequest,
    keys: &AwsKeys,
    prepared: &Prepared,
    ports: &Ports,
) -> Result<Credentials, AuthError> {
    let place = &prepared.place;
    ports.progress.now(format_args!("asking Redshift for database credentials in {}", place.region));
    let (database, endpoint) = match &request.target {
        Target::Workgroup { name } => of_workgroup(request, Some(name), place, keys).await,
        Target::WorkgroupDomain { .. } => of_workgroup(request, None, place, keys).await,
        Target::Cluster { id } => of_cluster(request, Some(id), place, keys).await,
        Target::ClusterDomain { .. } => of_cluster(request, None, place, keys).await,
    }?;
    Ok(assemble(prepared, request, database, endpoint, keys))
}

/// Says which host [`login`] will ask, before there are keys to ask it with.
pub(super) async fn announce(prepared: &Prepared) {
    let service = match &prepared.location.target {
        Some(Target::Workgroup { .. } | Target::WorkgroupDomain { .. }) => Service::RedshiftServerless,
        Some(Target::Cluster { .. } | Target::ClusterDomain { .. }) => Service::Redshift,
        None => return,
    };
    let place = &prepared.place;
    if prepared.ends_in_keys() {
        return;
    }
    if let Ok(sdk) = place.sdk_config(service, &AwsKeys::of_nobody()) {
        // The credentials, and beside them the endpoint.
        let requests = if prepared.location.host.is_none() { 2 } else { 1 };
        ahead::announce_redshift(&place.aws, service, &sdk, requests).await;
    }
}

type Answers = (DatabaseCredentials, Option<Endpoint>);

async fn of_workgroup(
    request: &DatabaseRequest,
    name: Option<&str>,
    place: &Place,
    keys: &AwsKeys,
) -> Result<Answers, AuthError> {
    let client = aws_client!(aws_sdk_redshiftserverless, &place.sdk_config(Service::RedshiftServerless, keys)?);
    let name = name.filter(|_| request.find_endpoint);
    tokio::try_join!(serverless::credentials(&client, request), async {
        match name {
            Some(name) => serverless::endpoint(&client, name).await.map(Some),
            None => Ok(None),
        }
    })
}

async fn of_cluster(
    request: &DatabaseRequest,
    id: Option<&str>,
    place: &Place,
    keys: &AwsKeys,
) -> Result<Answers, AuthError> {
    let client = aws_client!(aws_sdk_redshift, &place.sdk_config(Service::Redshift, keys)?);
    let id = id.filter(|_| request.find_endpoint);
    tokio::try_join!(redshift::credentials(&client, request), async {
        match id {
            Some(id) => redshift::endpoint(&client, id).await.map(Some),
            None => Ok(None),
        }
    })
}

fn assemble(
    prepared: &Prepared,
    request: &DatabaseRequest,
    database: DatabaseCredentials,
    endpoint: Option<Endpoint>,
    keys: &AwsKeys,
) -> Credentials {
    let (found_host, found_port) = endpoint.map(|found| (found.host, found.port)).unzip();
    let location = &prepared.location;
    Credentials {
        user: Some(database.user),
        password: Some(database.password),
        host: location.host.clone().or(found_host),
        port: found_port.or(location.port).unwrap_or(DEFAULT_PORT),
        database: request.database.clone(),
        ssl_mode: prepared.ssl_mode.clone(),
        ca_file: prepared.ca_file.clone(),
        expires_at: database.expires_at,
        aws: Some(keys.clone()),
        ..Credentials::empty(Kind::DbPassword, &prepared.method)
    }
}
