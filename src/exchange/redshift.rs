//! Provisioned clusters: GetClusterCredentials, GetClusterCredentialsWithIAM, DescribeClusters,
//! DescribeAuthenticationProfiles.

use crate::dsn::location::Target;
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_error;
use crate::exchange::database::{self, DatabaseCredentials, DatabaseRequest, Endpoint};
use aws_sdk_redshift::Client;

/// The cluster id and the custom domain of a target; exactly one of them is there.
fn names(target: &Target) -> (Option<String>, Option<String>) {
    match target {
        Target::ClusterDomain { host } => (None, Some(host.clone())),
        Target::Cluster { id } => (Some(id.clone()), None),
        Target::Workgroup { .. } | Target::WorkgroupDomain { .. } => (None, None),
    }
}

/// The temporary user and password for a cluster.
pub(crate) async fn credentials(client: &Client, request: &DatabaseRequest) -> Result<DatabaseCredentials, AuthError> {
    let result =
        if request.federation { with_iam(client, request).await } else { of_database_user(client, request).await };
    match &request.target {
        Target::ClusterDomain { host } => result.map_err(|error| database::explain_unknown_domain(error, host)),
        _ => result,
    }
}

async fn of_database_user(client: &Client, request: &DatabaseRequest) -> Result<DatabaseCredentials, AuthError> {
    let (cluster, domain) = names(&request.target);
    let answer = client
        .get_cluster_credentials()
        .set_cluster_identifier(cluster)
        .set_custom_domain_name(domain)
        .set_db_user(request.user.clone())
        .set_db_name(request.database.clone())
        .set_auto_create(request.auto_create)
        .set_db_groups((!request.groups.is_empty()).then(|| request.groups.clone()))
        .set_duration_seconds(request.duration)
        .send()
        .await
        .map_err(|error| aws_error::auth_error(Stage::Redshift, "redshift:GetClusterCredentials", &error))?;
    database::credentials("GetClusterCredentials", answer.db_user(), answer.db_password(), answer.expiration())
}

async fn with_iam(client: &Client, request: &DatabaseRequest) -> Result<DatabaseCredentials, AuthError> {
    let (cluster, domain) = names(&request.target);
    let answer = client
        .get_cluster_credentials_with_iam()
        .set_cluster_identifier(cluster)
        .set_custom_domain_name(domain)
        .set_db_name(request.database.clone())
        .set_duration_seconds(request.duration)
        .send()
        .await
        .map_err(|error| aws_error::auth_error(Stage::Redshift, "redshift:GetClusterCredentialsWithIAM", &error))?;
    database::credentials("GetClusterCredentialsWithIAM", answer.db_user(), answer.db_password(), answer.expiration())
}

/// Host and port of a cluster.
pub(crate) async fn endpoint(client: &Client, cluster: &str) -> Result<Endpoint, AuthError> {
    let answer = client.describe_clusters().cluster_identifier(cluster).send().await.map_err(|error| {
        let error = aws_error::auth_error(Stage::Redshift, "redshift:DescribeClusters", &error);
        database::explain_discovery(error, "redshift:DescribeClusters")
    })?;
    let found = answer.clusters().first().ok_or_else(|| {
        AuthError::new(Status::NotFound, Stage::Redshift, format!("AWS describes no cluster {cluster}."))
    })?;
    let place = found.endpoint();
    database::endpoint(
        &format!("Cluster {cluster}"),
        place.and_then(|place| place.address()),
        place.and_then(aws_sdk_redshift::types::Endpoint::port),
    )
}

/// The JSON content of a server-side authentication profile.
pub(crate) async fn authentication_profile(client: &Client, name: &str) -> Result<String, AuthError> {
    let answer =
        client.describe_authentication_profiles().authentication_profile_name(name).send().await.map_err(|error| {
            aws_error::auth_error(Stage::Settings, "redshift:DescribeAuthenticationProfiles", &error)
        })?;
    let profile = answer.authentication_profiles().first();
    profile.and_then(|profile| profile.authentication_profile_content()).map(str::to_owned).ok_or_else(|| {
        AuthError::new(
            Status::ProfileNotFound,
            Stage::Settings,
            format!("AWS has no authentication profile {name} in this account and region."),
        )
        .hint("Look at AuthProfile and Region.")
    })
}
