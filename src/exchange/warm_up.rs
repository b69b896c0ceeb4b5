//! The one-time work of the AWS crates, done without a network: tables of partitions and endpoints, signing, parsing.

use super::aws_config::{AwsConfig, aws_client};
use super::database::DatabaseRequest;
use super::endpoint::Service;
use super::redshift;
use crate::credentials::AwsKeys;
use crate::dsn::location::Target;
use crate::error::AuthError;
use crate::ports::http::{FailureKind, HttpFailure, HttpPort, HttpSettings, Request, Response};
use crate::ports::{BoxFuture, Ports};
use std::sync::Arc;

/// Refuses every request before it leaves.
struct NoNetwork;

impl HttpPort for NoNetwork {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpFailure>> {
        let failure = HttpFailure::of(
            FailureKind::Request("not sent".to_owned()),
            &request.url,
            request.purpose,
            &HttpSettings::default(),
        );
        Box::pin(std::future::ready(Err(failure)))
    }
}

/// Goes the whole way of a request but for the sending, so that no later login, and no child of a fork during one, is the
/// first to fill a table.
pub(crate) async fn warm_up(ports: &Ports) -> Result<(), AuthError> {
    let ports = Ports { http: Arc::new(NoNetwork), ..ports.clone() };
    let aws = AwsConfig::read(ports, None).await;
    let keys = AwsKeys {
        access_key_id: "none".to_owned(),
        secret_access_key: "none".to_owned().into(),
        session_token: None,
        expires_at: None,
        role_arn: None,
    };
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
