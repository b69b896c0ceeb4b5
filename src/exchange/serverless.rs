//! Redshift Serverless: GetCredentials, GetWorkgroup.

use crate::dsn::location::Target;
use crate::error::{AuthError, Stage};
use crate::exchange::aws_error;
use crate::exchange::database::{self, DatabaseCredentials, DatabaseRequest, Endpoint};
use aws_sdk_redshiftserverless::Client;

/// The temporary user and password for a workgroup.
pub(crate) async fn credentials(client: &Client, request: &DatabaseRequest) -> Result<DatabaseCredentials, AuthError> {
    let (workgroup, domain) = match &request.target {
        Target::Workgroup { name } => (Some(name.clone()), None),
        Target::WorkgroupDomain { host } => (None, Some(host.clone())),
        Target::Cluster { .. } | Target::ClusterDomain { .. } => (None, None),
    };
    let answer = client
        .get_credentials()
        .set_workgroup_name(workgroup)
        .set_custom_domain_name(domain.clone())
        .set_db_name(request.database.clone())
        .set_duration_seconds(request.duration)
        .send()
        .await
        .map_err(|error| {
            let error = aws_error::auth_error(Stage::Redshift, "redshift-serverless:GetCredentials", &error);
            match &domain {
                Some(host) => database::explain_unknown_domain(error, host),
                None => error,
            }
        })?;
    database::credentials("GetCredentials", answer.db_user(), answer.db_password(), answer.expiration())
}

/// Host and port of a workgroup.
pub(crate) async fn endpoint(client: &Client, workgroup: &str) -> Result<Endpoint, AuthError> {
    let answer = client.get_workgroup().workgroup_name(workgroup).send().await.map_err(|error| {
        let error = aws_error::auth_error(Stage::Redshift, "redshift-serverless:GetWorkgroup", &error);
        database::explain_discovery(error, "redshift-serverless:GetWorkgroup")
    })?;
    let place = answer.workgroup().and_then(|workgroup| workgroup.endpoint());
    database::endpoint(
        &format!("Workgroup {workgroup}"),
        place.and_then(|place| place.address()),
        place.and_then(aws_sdk_redshiftserverless::types::Endpoint::port),
    )
}
