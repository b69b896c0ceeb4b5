//! The hosts that Redshift and Redshift Serverless are asked at, in every partition and by every override.

use super::database::DatabaseRequest;
use super::endpoint::Service;
use super::fixture::{Fixture, keys};
use super::{redshift, serverless};
use crate::dsn::location::Target;
use crate::ports::http::fake::answer;

fn request(target: Target) -> DatabaseRequest {
    DatabaseRequest {
        target,
        find_endpoint: false,
        database: None,
        user: Some("alice".to_owned()),
        groups: Vec::new(),
        auto_create: None,
        federation: false,
        duration: None,
    }
}

/// The URL that is asked; the answer is a refusal.
async fn asked(service: Service, env: &[(&str, &str)], region: &str, endpoint: Option<&str>) -> String {
    let fixture = Fixture::new(env, &[], [Ok(answer(403, &[], ""))]).await;
    let config = fixture.config.sdk_config(service, region, endpoint, Some(&keys("AKIA"))).unwrap();
    let refusal = if service == Service::RedshiftServerless {
        let target = Target::Workgroup { name: "w".to_owned() };
        serverless::credentials(&aws_sdk_redshiftserverless::Client::new(&config), &request(target)).await
    } else {
        let target = Target::Cluster { id: "c".to_owned() };
        redshift::credentials(&aws_sdk_redshift::Client::new(&config), &request(target)).await
    };
    refusal.unwrap_err();
    let request = fixture.request();
    let authorization = request.headers["authorization"].to_str().unwrap();
    assert!(authorization.contains(&format!("/{region}/redshift")), "{authorization}");
    request.url.to_string()
}

#[tokio::test]
async fn every_partition_has_its_suffix() {
    for (region, suffix) in [
        ("us-east-1", "us-east-1.amazonaws.com"),
        ("us-gov-west-1", "us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "eusc-de-east-1.amazonaws.eu"),
        ("us-iso-east-1", "us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "us-isob-east-1.sc2s.sgov.gov"),
        // A region that no list knows yet.
        ("xx-new-7", "xx-new-7.amazonaws.com"),
    ] {
        for (service, name) in [(Service::Redshift, "redshift"), (Service::RedshiftServerless, "redshift-serverless")] {
            assert_eq!(asked(service, &[], region, None).await, format!("https://{name}.{suffix}/"));
        }
    }
}

#[tokio::test]
async fn fips_dual_stack_and_overrides() {
    const FIPS: (&str, &str) = ("AWS_USE_FIPS_ENDPOINT", "true");
    const DUAL: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "true");
    let (plain, serverless) = (Service::Redshift, Service::RedshiftServerless);
    for (service, env, region, endpoint, url) in [
        (plain, &[FIPS][..], "us-east-1", None, "https://redshift-fips.us-east-1.amazonaws.com/"),
        (plain, &[FIPS], "us-gov-west-1", None, "https://redshift.us-gov-west-1.amazonaws.com/"),
        (serverless, &[FIPS], "us-east-1", None, "https://redshift-serverless-fips.us-east-1.amazonaws.com/"),
        (plain, &[DUAL], "us-east-1", None, "https://redshift.us-east-1.api.aws/"),
        (plain, &[DUAL], "cn-north-1", None, "https://redshift.cn-north-1.api.amazonwebservices.com.cn/"),
        (serverless, &[DUAL], "us-east-1", None, "https://redshift-serverless.us-east-1.api.aws/"),
        (plain, &[DUAL, FIPS], "us-east-1", None, "https://redshift-fips.us-east-1.api.aws/"),
        (plain, &[], "us-east-1", Some("https://vpce-1.redshift.example"), "https://vpce-1.redshift.example/"),
        (plain, &[], "us-east-1", Some("http://127.0.0.1:9/"), "http://127.0.0.1:9/"),
        (plain, &[], "us-east-1", Some("http://127.0.0.1:9/a/b"), "http://127.0.0.1:9/a/b/"),
        (plain, &[], "us-east-1", Some("http://127.0.0.1:9/a/b/"), "http://127.0.0.1:9/a/b/"),
        (serverless, &[], "us-east-1", Some("http://[::1]:9/a"), "http://[::1]:9/a/"),
    ] {
        assert_eq!(asked(service, env, region, endpoint).await, url, "{env:?} {endpoint:?}");
    }
}
