//! The AWS SDK over the client: a call to STS, and what its errors carry.

use super::server::{Server, keep_silent, ok};
use super::*;
use crate::ports::aws_http::{http_failure, sdk_client};
use crate::ports::http::failure::Waiting;
use crate::ports::http::fake::{FakeHttp, answer};
use aws_credential_types::Credentials;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, Config, Region, retry::RetryConfig};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

const IDENTITY: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn><UserId>U</UserId><Account>123456789012</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"#;

fn sts(port: Arc<dyn HttpPort>, endpoint: &str, timeouts: TimeoutConfig) -> aws_sdk_sts::Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKID", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .http_client(sdk_client(port))
        .build();
    aws_sdk_sts::Client::from_conf(config)
}

fn quick() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(300))
        .read_timeout(Duration::from_millis(200))
        .build()
}

fn http() -> Arc<dyn HttpPort> {
    Arc::new(client(HttpSettings::default()))
}

#[test]
fn a_call_goes_through_signed_and_comes_back_parsed() {
    let server = Server::http(|request| {
        assert!(request.contains("AWS4-HMAC-SHA256 Credential=AKID/"), "{request}");
        assert!(request.contains("Action=GetCallerIdentity"), "{request}");
        ok(IDENTITY)
    });
    let sts = sts(http(), &server.url("http", "127.0.0.1"), quick());
    let identity = run(sts.get_caller_identity().send()).unwrap();
    assert_eq!(identity.account(), Some("123456789012"));
}

#[test]
fn the_failure_is_found_in_the_sdks_error_and_its_timeouts_win() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client = sts(http(), &format!("http://127.0.0.1:{closed}"), quick());
    let error = run(client.get_caller_identity().send()).unwrap_err();
    assert!(error.as_service_error().is_none());
    assert!(matches!(http_failure(&error).unwrap().kind, FailureKind::Connect(_)));

    let silent = Server::start(keep_silent);
    let began = std::time::Instant::now();
    let client = sts(http(), &silent.url("http", "127.0.0.1"), quick());
    let error = run(client.get_caller_identity().send()).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5));
    let limit = Duration::from_millis(400);
    assert_eq!(http_failure(&error).unwrap().kind, FailureKind::Timeout(Waiting::Read, limit));
}

#[test]
fn metadata_services_are_known_by_their_addresses() {
    for (endpoint, purpose) in [
        ("http://169.254.169.254", Purpose::Metadata),
        ("http://169.254.170.23", Purpose::Metadata),
        ("http://[fd00:ec2::254]", Purpose::Metadata),
        ("http://127.0.0.1:4000", Purpose::Metadata),
        ("http://[::1]:4000", Purpose::Metadata),
        ("http://localhost:4000", Purpose::Metadata),
        ("https://127.0.0.1:4000", Purpose::Aws),
        ("https://sts.eu-west-1.amazonaws.com", Purpose::Aws),
    ] {
        let fake = FakeHttp::answering([Ok(answer(200, &[], IDENTITY))]);
        run(sts(fake.clone(), endpoint, quick()).get_caller_identity().send()).unwrap();
        assert_eq!(fake.requests()[0].purpose, purpose, "{endpoint}");
        assert_eq!(fake.requests()[0].timeouts.read, Some(Duration::from_millis(200)));
    }
}
