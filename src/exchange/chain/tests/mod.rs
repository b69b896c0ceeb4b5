//! The sources, one file each, and here the order they are asked in.

#![allow(clippy::unnecessary_wraps)] // answers stand beside failures in a script

mod container;
mod instance;
mod profile;
mod sso;

use super::*;
use crate::exchange::fixture::{Fixture, field, keys as base, signer, sts_keys};
use crate::ports::Ports;
use crate::ports::http::fake::answer;
use crate::ports::http::{HttpFailure, HttpPort, Request, Response};
use crate::secret::ExposeSecret;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROLE: &str = "arn:aws:iam::123456789012:role/Analyst";
const OFF: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "env")];
const CONFIG: &str = "/home/u/.aws/config";
const CREDENTIALS: &str = "/home/u/.aws/credentials";

/// A network that swallows everything.
struct BlackHole;

impl HttpPort for BlackHole {
    fn send(&self, _: Request) -> crate::ports::BoxFuture<'_, Result<Response, HttpFailure>> {
        Box::pin(std::future::pending())
    }
}

async fn chain(env: &[(&str, &str)], files: &[(&str, &str)]) -> Result<AwsKeys, AuthError> {
    let mut variables = vec![OFF];
    variables.extend_from_slice(env);
    resolve(&AwsSource::Default, &Fixture::new(&variables, files, []).await.config).await
}

#[tokio::test]
async fn nothing_anywhere_names_every_source_with_its_reason_within_a_second() {
    let config = Fixture::over(&[], Arc::new(BlackHole)).await;
    let started = Instant::now();
    let error = resolve(&AwsSource::Default, &config).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!((error.status(), error.stage()), (Status::NoAwsCredentials, Some(Stage::Aws)));
    assert_eq!(
        error.message(),
        "no AWS credentials were found: environment: AWS_ACCESS_KEY_ID is not set; profile 'default': not in \
         /home/u/.aws/config (no such file) or /home/u/.aws/credentials (no such file); web identity: \
         AWS_WEB_IDENTITY_TOKEN_FILE is not set; container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor \
         AWS_CONTAINER_CREDENTIALS_FULL_URI is set; instance metadata: no answer from 169.254.169.254 within 0.8 s"
    );
    let error = chain(&[], &[(CONFIG, "[default]\nregion = us-east-1\n")]).await.unwrap_err();
    assert!(error.message().contains("profile 'default': no credentials in /home/u/.aws/config or"), "{error}");
    assert!(error.message().ends_with("instance metadata: switched off by AWS_EC2_METADATA_DISABLED"), "{error}");
}

#[tokio::test]
async fn the_sources_are_asked_in_the_order_of_the_sdks() {
    let profile = [(CREDENTIALS, "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s\n")];
    let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", ROLE)];
    let container = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/keys");
    let container_keys =
        || Ok(answer(200, &[], r#"{"AccessKeyId": "ASIATASK", "SecretAccessKey": "s", "Token": "t"}"#));
    let all = [KEYS[0], KEYS[1], web[0], web[1], container, OFF];
    let first = |env: &'static str| env;
    for (env, files, answers, access_key_id) in [
        (&all[..], &profile[..], vec![], first("AKIAENV")),
        (&all[2..], &profile[..], vec![], "AKIAFILE"),
        (&all[2..], &[("/token", "jwt\n")], vec![sts_keys("AssumeRoleWithWebIdentity", "ASIAWEB")], "ASIAWEB"),
        (&all[4..], &[], vec![container_keys()], "ASIATASK"),
    ] {
        let fixture = Fixture::new(env, files, answers).await;
        let keys = resolve(&AwsSource::Default, &fixture.config).await.unwrap();
        assert_eq!(keys.access_key_id, access_key_id);
    }
}

#[tokio::test]
async fn environment_keys_come_with_their_token_and_never_by_halves() {
    let keys = chain(&[KEYS[0], KEYS[1], ("AWS_SESSION_TOKEN", "tok")], &[]).await.unwrap();
    assert_eq!(keys.secret_access_key.expose_secret(), "env");
    assert_eq!(keys.session_token.unwrap().expose_secret(), "tok");
    assert!(chain(&KEYS, &[]).await.unwrap().session_token.is_none());
    for (given, missing) in [(KEYS[0], KEYS[1].0), (KEYS[1], KEYS[0].0)] {
        let error = chain(&[given], &[]).await.unwrap_err();
        assert_eq!(error.status(), Status::MissingSetting);
        assert!(error.message().contains(given.0) && error.message().contains(missing), "{error}");
    }
    let blank = chain(&[("AWS_ACCESS_KEY_ID", " "), ("AWS_SECRET_ACCESS_KEY", "")], &[]).await.unwrap_err();
    assert_eq!(blank.status(), Status::NoAwsCredentials);
}

#[tokio::test]
async fn what_is_configured_but_fails_ends_the_search() {
    let good = "\n[profile good]\naws_access_key_id = A\naws_secret_access_key = s\n";
    for (env, config, status, words) in [
        (&[][..], "[default]\naws_access_key_id = A\n", Status::MissingSetting, "aws_secret_access_key is missing"),
        (&[], "[default]\ncredential_process = /nonexistent/x\n", Status::NoAwsCredentials, "could not be started"),
        (&[("AWS_PROFILE", "god")], "", Status::ProfileNotFound, "there is no AWS profile 'god'"),
        (&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/t")], "", Status::MissingSetting, "AWS_ROLE_ARN is not"),
        (
            &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", ROLE)],
            "",
            Status::NoAwsCredentials,
            "the web identity token file /t cannot be used",
        ),
        (&[], "[default]\nnonsense\n", Status::InvalidSetting, "on line 2"),
    ] {
        // A container that would have keys is not asked.
        let mut variables = vec![("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/keys")];
        variables.extend_from_slice(env);
        let fixture = Fixture::new(&variables, &[(CONFIG, &format!("{config}{good}"))], []).await;
        let error = resolve(&AwsSource::Default, &fixture.config).await.unwrap_err();
        assert_eq!(error.status(), status, "{error}");
        assert!(error.message().contains(words), "{error}");
        assert!(fixture.http.requests().is_empty());
    }
    let keys = chain(&[("AWS_PROFILE", "good")], &[(CONFIG, good)]).await.unwrap();
    assert_eq!(keys.access_key_id, "A", "the control");
}

#[tokio::test]
async fn an_empty_web_identity_token_is_not_sent() {
    let env = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", ROLE), ("AWS_ROLE_SESSION_NAME", "pod")];
    let fixture = Fixture::new(&env, &[("/t", " \n")], []).await;
    let error = resolve(&AwsSource::Default, &fixture.config).await.unwrap_err();
    assert!(error.message().ends_with("it is empty"), "{error}");
    assert!(fixture.http.requests().is_empty());
    let fixture = Fixture::new(&env, &[("/t", "jwt\n")], [sts_keys("AssumeRoleWithWebIdentity", "A")]).await;
    resolve(&AwsSource::Default, &fixture.config).await.unwrap();
    let request = fixture.request();
    assert_eq!(field(&request, "WebIdentityToken").as_deref(), Some("jwt"));
    assert_eq!(field(&request, "RoleSessionName").as_deref(), Some("pod"));
}

#[tokio::test]
async fn the_log_tells_which_source_gave_the_keys_but_not_the_keys() {
    let fixture = Fixture::new(&[KEYS[0], ("AWS_SECRET_ACCESS_KEY", "canary")], &[], []).await;
    resolve(&AwsSource::Default, &fixture.config).await.unwrap();
    assert!(fixture.logged("DEBUG", "AWS keys come from: environment"));
    assert!(!fixture.logged("", "canary"));
}

#[tokio::test]
async fn static_keys_are_themselves() {
    let fixture = Fixture::new(&KEYS, &[], []).await;
    let keys = resolve(&AwsSource::Static(base("AKIADSN")), &fixture.config).await.unwrap();
    assert_eq!(keys.access_key_id, "AKIADSN");
}
