//! `GetIdentityCenterAuthToken`: a token that the server takes from IAM Identity Center, for the AWS keys of an
//! identity-enhanced session. Clusters and workgroups each have it in their own service.

use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_error;
use crate::secret::{SecretString, secret};
use aws_smithy_types::DateTime;

const CALL: &str = "GetIdentityCenterAuthToken";

/// A token, and until when it holds.
#[derive(Debug)]
pub(crate) struct IdentityCenterToken {
    pub(crate) token: SecretString,
    /// Milliseconds since 1970.
    pub(crate) expires_at: Option<i64>,
}

/// The token for a cluster.
pub(crate) async fn of_cluster(
    client: &aws_sdk_redshift::Client,
    cluster: &str,
) -> Result<IdentityCenterToken, AuthError> {
    let answer = client
        .get_identity_center_auth_token()
        .cluster_ids(cluster)
        .send()
        .await
        .map_err(|error| aws_error::auth_error(Stage::Redshift, &format!("redshift:{CALL}"), &error))?;
    token(answer.token(), answer.expiration_time())
}

/// The token for a workgroup.
pub(crate) async fn of_workgroup(
    client: &aws_sdk_redshiftserverless::Client,
    workgroup: &str,
) -> Result<IdentityCenterToken, AuthError> {
    let answer = client
        .get_identity_center_auth_token()
        .workgroup_names(workgroup)
        .send()
        .await
        .map_err(|error| aws_error::auth_error(Stage::Redshift, &format!("redshift-serverless:{CALL}"), &error))?;
    token(answer.token(), answer.expiration_time())
}

fn token(token: Option<&str>, expiration: Option<&DateTime>) -> Result<IdentityCenterToken, AuthError> {
    let token = token.filter(|token| !token.is_empty()).ok_or_else(|| {
        AuthError::new(Status::Service, Stage::Redshift, format!("AWS answered {CALL} without a token."))
    })?;
    Ok(IdentityCenterToken { token: secret(token), expires_at: expiration.and_then(|moment| moment.to_millis().ok()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::aws_config::{AwsConfig, aws_client};
    use crate::exchange::endpoint::Service;
    use crate::exchange::fixture::{Answer, Fixture, form, keys, signer};
    use crate::ports::http::fake::answer;
    use crate::secret::ExposeSecret;

    async fn fixture(body: &str) -> Fixture {
        let answer: Answer = Ok(answer(200, &[], body));
        Fixture::new(&[], &[], [answer]).await
    }

    fn sdk(config: &AwsConfig, service: Service) -> aws_types::SdkConfig {
        config.sdk_config(service, "eu-west-1", None, Some(&keys("AKIABASE"))).unwrap()
    }

    async fn cluster(token: &str) -> (Fixture, Result<IdentityCenterToken, AuthError>) {
        let fixture = fixture(&format!(
            "<GetIdentityCenterAuthTokenResponse xmlns=\"http://redshift.amazonaws.com/doc/2012-12-01/\">\
             <GetIdentityCenterAuthTokenResult>{token}<ExpirationTime>2026-01-01T00:05:00Z</ExpirationTime>\
             </GetIdentityCenterAuthTokenResult></GetIdentityCenterAuthTokenResponse>"
        ))
        .await;
        let client = aws_client!(aws_sdk_redshift, &sdk(&fixture.config, Service::Redshift));
        let token = of_cluster(&client, "c1").await;
        (fixture, token)
    }

    #[tokio::test]
    async fn a_cluster_is_named_by_its_identifier() {
        let (fixture, token) = cluster("<Token>t</Token>").await;
        let token = token.unwrap();
        assert_eq!((token.token.expose_secret(), token.expires_at), ("t", Some(1_767_225_900_000)));
        let request = fixture.request();
        assert_eq!(request.url.as_str(), "https://redshift.eu-west-1.amazonaws.com/");
        assert_eq!(signer(&request).as_deref(), Some("AKIABASE"));
        let sent = form(&request);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert!(sent.contains(&pair("Action", "GetIdentityCenterAuthToken")), "{sent:?}");
        assert!(sent.contains(&pair("ClusterIds.ClusterIdentifier.1", "c1")), "{sent:?}");
    }

    #[tokio::test]
    async fn a_workgroup_by_its_name() {
        let fixture = fixture(r#"{"token":"t","expirationTime":"2026-01-01T00:05:00Z"}"#).await;
        let client = aws_client!(aws_sdk_redshiftserverless, &sdk(&fixture.config, Service::RedshiftServerless));
        let token = of_workgroup(&client, "w1").await.unwrap();
        assert_eq!((token.token.expose_secret(), token.expires_at), ("t", Some(1_767_225_900_000)));
        let request = fixture.request();
        assert_eq!(request.url.as_str(), "https://redshift-serverless.eu-west-1.amazonaws.com/");
        assert_eq!(request.headers["x-amz-target"], "RedshiftServerless.GetIdentityCenterAuthToken");
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body, serde_json::json!({"workgroupNames": ["w1"]}));
    }

    #[tokio::test]
    async fn no_token_is_an_error_of_the_service() {
        for missing in ["", "<Token></Token>"] {
            let (_, token) = cluster(missing).await;
            assert_eq!(token.unwrap_err().status(), Status::Service, "{missing}");
        }
    }
}
