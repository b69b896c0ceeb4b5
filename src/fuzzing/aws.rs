//! What AWS says: its config files, its services, and what stands in for them beside a workload.

use super::untold::stay_untold;
use super::{CANARY, keeps_secrets, parts};
use crate::dsn::location::Target;
use crate::error::{AuthError, Status};
use crate::exchange::aws_config::{AwsConfig, aws_client};
use crate::exchange::chain::{keys_from_process, keys_from_service};
use crate::exchange::database::{DatabaseCredentials, DatabaseRequest};
use crate::exchange::endpoint::Service;
use crate::exchange::fixture::{Fixture, at_once, keys};
use crate::exchange::profile::SharedConfig;
use crate::exchange::{idc_token, redshift, serverless, sts};
use crate::ports::env::Env;
use crate::ports::files::Files;
use crate::ports::http::Response;
use crate::ports::http::fake::{Always, answer};
use crate::secret::{ExposeSecret, secret};
use std::sync::Arc;

/// The config file and the credentials file.
pub fn aws_profile(bytes: &[u8]) {
    let (config, credentials) = parts(bytes);
    let read = |config: &str, credentials: &str| {
        let files = Files::from_pairs([("/h/.aws/config", config), ("/h/.aws/credentials", credentials)]);
        at_once(async { SharedConfig::read(&Env::from_pairs([("HOME", "/h")]), &files).await })
    };
    let with_canary = format!("{credentials}\n[canary]\naws_secret_access_key = {CANARY}\n{CANARY}");
    for (config, credentials) in [(&*config, &*credentials), (&*config, &*with_canary), (&*with_canary, &*config)] {
        let Some(shared) = read(config, credentials) else { continue };
        assert!(shared.broken().is_none_or(|why| !why.contains(CANARY)), "a secret in what is wrong");
        let _ = shared.require("n0ne").map_err(|error| keeps_secrets(&error));
        for profile in ["default", "p", "q"] {
            for (key, value) in shared.redshift_settings(profile).unwrap_or_default() {
                let meant = !key.is_empty() && !value.is_empty() && value.trim() == value && !value.contains('\n');
                assert!(meant && !key.starts_with("aws_") && !key.starts_with("sso_"), "{key}");
                assert_eq!(shared.value(profile, &key), Some(value.as_str()));
            }
            assert!(shared.region(profile).is_none_or(|region| !region.trim().is_empty()));
        }
    }
    // The credentials file wins, where both can be read.
    if let (Some(both), Some(alone)) = (read(&config, &credentials), read("", &credentials))
        && both.broken().is_none()
    {
        for key in ["aws_access_key_id", "aws_secret_access_key", "dbuser"] {
            if let Some(value) = alone.value("p", key) {
                assert_eq!(both.value("p", key), Some(value), "{key} of the credentials file");
            }
        }
    }
}

/// Keys as JSON: of a `credential_process`, of ECS, of the instance metadata service.
pub fn aws_keys(bytes: &[u8]) {
    for read in [keys_from_process, keys_from_service] {
        match read(bytes) {
            Ok(keys) => assert!(!keys.access_key_id.is_empty() && !keys.secret_access_key.expose_secret().is_empty()),
            Err(why) => assert!(!why.is_empty() && why.len() < 1000),
        }
        stay_untold(bytes, &["SecretAccessKey", "SessionToken", "Token"], |bytes| format!("{:?}", read(bytes)));
    }
}

/// The answer of a service: which one is the first byte, its HTTP status the second, its kind of content the third.
pub fn aws_answer(bytes: &[u8]) {
    let [operation, status, kind, body @ ..] = bytes else { return };
    let status = [200, 400, 403, 404, 500, 503][usize::from(*status) % 6];
    let kind = ["text/xml", "application/x-amz-json-1.1", "application/json"][usize::from(*kind) % 3];
    let mut response: Response = answer(status, &[("content-type", kind), ("x-amzn-requestid", "id-1")], "");
    response.body = body.to_vec();
    let asked = at_once(async {
        let config = Fixture::over(&[], Arc::new(Always(response))).await;
        ask(*operation, &config).await
    });
    // What is to be tried again later is given up here.
    let Some(Err(error)) = asked else { return };
    assert!(error.status() != Status::Internal && !error.message().is_empty());
    assert!(error.message().len() < 8000 && !error.message().contains('\n'), "{error}");
    assert!(error.code().is_none_or(|code| code.chars().count() <= 101));
    keeps_secrets(&error);
}

async fn ask(operation: u8, config: &AwsConfig) -> Result<(), AuthError> {
    let role = sts::Role::of("arn:aws:iam::123456789012:role/r");
    let base = crate::credentials::AwsKeys { secret_access_key: secret(CANARY), ..keys("AKIABASE") };
    let signed = |service| config.sdk_config(service, "eu-west-1", None, Some(&base));
    let of_cluster = |federation| request(Target::Cluster { id: "c".to_owned() }, federation);
    let of_workgroup = request(Target::Workgroup { name: "w".to_owned() }, false);
    let aws = |keys: crate::credentials::AwsKeys| {
        assert!(!keys.access_key_id.is_empty() && !keys.secret_access_key.expose_secret().is_empty());
    };
    let database = |got: DatabaseCredentials| {
        assert!(!got.user.is_empty() && !got.password.expose_secret().is_empty());
    };
    match operation % 10 {
        0 => sts::assume_role(config, &base, &role).await.map(aws),
        1 => {
            sts::assume_role_with_saml(config, &role, "arn:aws:iam::1:saml-provider/p", &secret(CANARY)).await.map(aws)
        }
        2 => sts::assume_role_with_web_identity(config, &role, &secret(CANARY)).await.map(aws),
        3..=7 => {
            let client = aws_client!(aws_sdk_redshift, &signed(Service::Redshift)?);
            match operation % 10 {
                3 => redshift::credentials(&client, &of_cluster(false)).await.map(database),
                4 => redshift::credentials(&client, &of_cluster(true)).await.map(database),
                5 => redshift::endpoint(&client, "c")
                    .await
                    .map(|place| assert!(place.port > 0 && !place.host.is_empty())),
                6 => redshift::authentication_profile(&client, "p").await.map(drop),
                _ => idc_token::of_cluster(&client, "c").await.map(drop),
            }
        }
        _ => {
            let client = aws_client!(aws_sdk_redshiftserverless, &signed(Service::RedshiftServerless)?);
            match operation % 10 {
                8 => serverless::credentials(&client, &of_workgroup).await.map(database),
                _ => idc_token::of_workgroup(&client, "w").await.map(drop),
            }
        }
    }
    .inspect_err(keeps_secrets)
}

fn request(target: Target, federation: bool) -> DatabaseRequest {
    DatabaseRequest {
        target,
        find_endpoint: false,
        database: Some("dev".to_owned()),
        user: (!federation).then(|| "alice".to_owned()),
        groups: Vec::new(),
        auto_create: None,
        federation,
        duration: None,
    }
}
