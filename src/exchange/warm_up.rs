//! The one-time work of the AWS crates, done without a network: tables of partitions and endpoints, signing, parsing.

use super::aws_config::{AwsConfig, aws_client};
use super::database::DatabaseRequest;
use super::endpoint::Service;
use super::redshift;
use crate::credentials::AwsKeys;
use crate::dsn::location::Target;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::ports::http::Rehearsal;
use std::sync::Arc;

/// Goes the whole way of a request but for the sending, so that no later login, and no child of a fork during one, is the
/// first to fill a table.
pub(crate) async fn warm_up(ports: &Ports) -> Result<(), AuthError> {
    let ports = Ports { http: Arc::new(Rehearsal::default()), ..ports.clone() };
    let aws = AwsConfig::read(ports, None).await;
    let keys = AwsKeys::of_nobody();
    let sdk = aws.sdk_config(Service::Redshift, "us-east-1", None, Some(&keys))?;
    // Each crate has tables of its own, which its first client fills.
    drop(aws_client!(aws_sdk_redshiftserverless, &sdk));
    drop(aws_client!(aws_sdk_sts, &sdk));
    let client = aws_client!(aws_sdk_redshift, &sdk);
    let request = DatabaseRequest {
        target: Target::Cluster { id: "none".to_owned() },
        find_endpoint: false,
        database: None,
        user: Some("none".to_owned()),
        groups: Vec::new(),
        auto_create: None,
        federation: false,
        duration: None,
    };
    // It fails, as it must.
    let _ = redshift::credentials(&client, &request).await;
    Ok(())
}
