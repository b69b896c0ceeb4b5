//! Where IAM Identity Center is asked, in every partition and by every override, and how often.

use super::endpoint::Service;
use super::fixture::{Answer as Scripted, Fixture};
use crate::error::{AuthError, Stage, Status};
use crate::ports::http::FailureKind;
use crate::ports::http::failure::Waiting;
use crate::ports::http::fake::answer as answered;
use crate::ports::idc::IdentityCenter;
use crate::protocol::idc::{
    Answer, Call, Client, Grant, create_token, get_role_credentials, start_device_authorization,
};
use crate::secret::secret;
use std::time::Duration;

const CONFIG: &str = "
[profile fips]
use_fips_endpoint = true
[profile dual]
use_dualstack_endpoint = true
[profile all]
endpoint_url = https://all.example/
[profile own]
endpoint_url = https://all.example/
services = local
[services local]
sso_oidc =
  endpoint_url = https://oidc.example
[profile ignoring]
endpoint_url = https://all.example/
ignore_configured_endpoint_urls = true
";

async fn world(env: &[(&str, &str)], answers: Vec<Scripted>) -> Fixture {
    Fixture::new(&[&[("AWS_CONFIG_FILE", "/c")], env].concat(), &[("/c", CONFIG)], answers).await
}

async fn at(service: Service, env: &[(&str, &str)], region: &str, setting: Option<&str>) -> Result<String, AuthError> {
    let config = world(env, vec![]).await.config;
    let of = (&config.shared, config.profile.as_str());
    IdentityCenter::of(service, region, setting, of, Stage::Aws, &config.ports).map(|found| found.url().to_string())
}

/// As the endpoint rules of the SDK have it.
#[tokio::test]
async fn every_partition_has_its_hosts() {
    const FIPS: (&str, &str) = ("AWS_USE_FIPS_ENDPOINT", "true");
    const DUAL: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "true");
    let profile = |name| ("AWS_PROFILE", name);
    for (env, region, oidc, portal) in [
        (&[][..], "us-east-1", "oidc.us-east-1.amazonaws.com", "portal.sso.us-east-1.amazonaws.com"),
        (&[], "eu-west-1", "oidc.eu-west-1.amazonaws.com", "portal.sso.eu-west-1.amazonaws.com"),
        (&[], "cn-north-1", "oidc.cn-north-1.amazonaws.com.cn", "portal.sso.cn-north-1.amazonaws.com.cn"),
        (&[], "us-gov-west-1", "oidc.us-gov-west-1.amazonaws.com", "portal.sso.us-gov-west-1.amazonaws.com"),
        (&[], "us-iso-east-1", "oidc.us-iso-east-1.c2s.ic.gov", "portal.sso.us-iso-east-1.c2s.ic.gov"),
        (&[], "us-isob-east-1", "oidc.us-isob-east-1.sc2s.sgov.gov", "portal.sso.us-isob-east-1.sc2s.sgov.gov"),
        (&[], "eusc-de-east-1", "oidc.eusc-de-east-1.amazonaws.eu", "portal.sso.eusc-de-east-1.amazonaws.eu"),
        (&[FIPS], "us-east-1", "oidc-fips.us-east-1.amazonaws.com", "portal.sso-fips.us-east-1.amazonaws.com"),
        (&[FIPS], "us-gov-east-1", "oidc.us-gov-east-1.amazonaws.com", "portal.sso.us-gov-east-1.amazonaws.com"),
        (&[FIPS, DUAL], "us-gov-east-1", "oidc-fips.us-gov-east-1.api.aws", "portal.sso-fips.us-gov-east-1.api.aws"),
        (&[FIPS, DUAL], "us-east-1", "oidc-fips.us-east-1.api.aws", "portal.sso-fips.us-east-1.api.aws"),
        (&[DUAL], "us-east-1", "oidc.us-east-1.api.aws", "portal.sso.us-east-1.api.aws"),
        (
            &[DUAL],
            "cn-north-1",
            "oidc.cn-north-1.api.amazonwebservices.com.cn",
            "portal.sso.cn-north-1.api.amazonwebservices.com.cn",
        ),
        (
            &[profile("fips")],
            "eu-west-1",
            "oidc-fips.eu-west-1.amazonaws.com",
            "portal.sso-fips.eu-west-1.amazonaws.com",
        ),
        (&[profile("dual")], "eu-west-1", "oidc.eu-west-1.api.aws", "portal.sso.eu-west-1.api.aws"),
        (&[profile("all")], "eu-west-1", "all.example", "all.example"),
        (&[profile("own")], "eu-west-1", "oidc.example", "all.example"),
        (&[profile("ignoring")], "eu-west-1", "oidc.eu-west-1.amazonaws.com", "portal.sso.eu-west-1.amazonaws.com"),
        (&[("AWS_ENDPOINT_URL", "https://every.example")], "eu-west-1", "every.example", "every.example"),
        (
            &[("AWS_ENDPOINT_URL", "https://every.example"), ("AWS_ENDPOINT_URL_SSO", "https://sso.example")],
            "eu-west-1",
            "every.example",
            "sso.example",
        ),
        (
            &[("AWS_ENDPOINT_URL_SSO_OIDC", "https://o.example")],
            "eu-west-1",
            "o.example",
            "portal.sso.eu-west-1.amazonaws.com",
        ),
    ] {
        assert_eq!(at(Service::SsoOidc, env, region, None).await.unwrap(), format!("https://{oidc}/"), "{env:?}");
        assert_eq!(at(Service::Sso, env, region, None).await.unwrap(), format!("https://{portal}/"), "{env:?}");
    }
    let given = at(Service::SsoOidc, &[("AWS_ENDPOINT_URL", "https://e")], "eu-west-1", Some("http://127.0.0.1:9/x"));
    assert_eq!(given.await.unwrap(), "http://127.0.0.1:9/x");
}

#[tokio::test]
async fn what_makes_no_endpoint_is_refused() {
    for (env, region, setting, words) in [
        (&[("AWS_USE_FIPS_ENDPOINT", "true")][..], "us-east-1", Some("https://oidc.amazonaws.com"), "FIPS"),
        (&[("AWS_USE_DUALSTACK_ENDPOINT", "true"), ("AWS_ENDPOINT_URL", "https://e")], "us-east-1", None, "dual-stack"),
        (&[], "us-east-1.evil.example/", None, "not the name of an AWS region"),
        (&[], "", None, "not the name of an AWS region"),
        (&[], "us-east-1", Some("http://oidc.example"), "IdcEndpointUrl"),
    ] {
        let error = at(Service::SsoOidc, env, region, setting).await.unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting);
        assert!(error.message().contains(words), "{error}");
    }
}

fn client() -> Client {
    Client { id: "i".to_owned(), secret: secret("s"), expires_at: 0 }
}

type Trouble = Box<dyn Fn() -> Scripted>;

/// How often `call` is sent when nothing but `trouble` comes back.
async fn attempts(call: &Call, trouble: impl Fn() -> Scripted) -> (usize, Result<Answer, AuthError>) {
    let fixture = world(&[], (0..5).map(|_| trouble()).collect()).await;
    let config = &fixture.config;
    let of = (&config.shared, config.profile.as_str());
    let service = IdentityCenter::of(Service::SsoOidc, "us-east-1", None, of, Stage::Aws, &config.ports).unwrap();
    let sent = service.send(call).await;
    (fixture.http.requests().len(), sent)
}

#[tokio::test]
async fn what_passes_is_waited_for_and_what_is_good_for_one_use_is_sent_once() {
    let (code, verifier) = (secret("c"), secret("v"));
    let grant = Grant::Code { code: &code, code_verifier: &verifier, redirect_uri: "http://127.0.0.1" };
    let freely = [
        start_device_authorization(&client(), "https://start"),
        create_token(&client(), &Grant::Device(&code)),
        get_role_credentials("1", "r", &code),
    ];
    let once = [create_token(&client(), &grant), create_token(&client(), &Grant::Refresh(&code))];
    let error = |status: u16, name: &'static str| {
        move || -> Scripted { Ok(answered(status, &[("x-amzn-errortype", name)], "{}")) }
    };
    let failure = |kind: FailureKind| move || -> Scripted { Err(kind.clone()) };
    let text = || "why".to_owned();
    let limit = Duration::from_secs(1);
    let troubles: [(Trouble, usize, usize); 13] = [
        (Box::new(error(500, "InternalServerException")), 3, 1),
        (Box::new(error(503, "")), 3, 1),
        (Box::new(error(429, "TooManyRequestsException")), 3, 1),
        (Box::new(error(400, "ThrottlingException")), 3, 1),
        (Box::new(error(400, "SlowDownException")), 1, 1),
        (Box::new(error(429, "SlowDownException")), 1, 1),
        (Box::new(error(400, "AuthorizationPendingException")), 1, 1),
        (Box::new(error(401, "UnauthorizedException")), 1, 1),
        (Box::new(failure(FailureKind::Closed(text()))), 3, 1),
        (Box::new(failure(FailureKind::Timeout(Waiting::Read, limit))), 3, 1),
        (Box::new(failure(FailureKind::Connect(text()))), 3, 3),
        (Box::new(failure(FailureKind::Dns(text()))), 3, 3),
        (Box::new(failure(FailureKind::Protocol(text()))), 1, 1),
    ];
    for (trouble, times, times_once) in &troubles {
        for (calls, times) in [(&freely[..], *times), (&once[..], *times_once)] {
            for call in calls {
                let (sent, outcome) = attempts(call, trouble).await;
                assert_eq!(sent, times, "{} {}", call.name, outcome.is_ok());
            }
        }
    }
}

#[tokio::test]
async fn the_last_attempt_counts() {
    let call = get_role_credentials("123", "Power/User+x", &secret("token"));
    let fixture =
        world(&[], vec![Ok(answered(503, &[], "")), Ok(answered(200, &[("x-amzn-requestid", "r")], "{}"))]).await;
    let config = &fixture.config;
    let of = (&config.shared, config.profile.as_str());
    let service = IdentityCenter::of(Service::Sso, "us-east-1", None, of, Stage::Aws, &config.ports).unwrap();
    let answer = service.send(&call).await.unwrap();
    assert_eq!((answer.status, answer.request_id.as_deref()), (200, Some("r")));
    let requests = fixture.http.requests();
    assert_eq!((requests.len(), requests[0].url.as_str()), (2, requests[1].url.as_str()));
    assert_eq!(requests[0].url.query(), Some("role_name=Power%2FUser%2Bx&account_id=123"));
    assert!(requests[0].headers["x-amz-sso_bearer_token"].is_sensitive());
    let unsendable = get_role_credentials("1", "r", &secret("to\nken"));
    assert_eq!(service.send(&unsendable).await.err().unwrap().status(), Status::InvalidSetting);
    assert_eq!(fixture.http.requests().len(), 2);
}
