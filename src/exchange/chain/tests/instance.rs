use super::*;
use crate::exchange::fixture::Answer as Scripted;
use crate::ports::http::settings::CaFiles;
use crate::ports::http::trust::TlsCache;
use crate::ports::http::{FailureKind, Http, HttpSettings, Method, Purpose};
use std::net::TcpListener;

const GOOD: &str = r#"{"Code": "Success", "AccessKeyId": "ASIAEC2", "SecretAccessKey": "sesame", "Token": "tok",
                       "Expiration": "2026-01-01T06:00:00Z"}"#;

fn text(body: &str) -> Scripted {
    Ok(answer(200, &[], body))
}

async fn ask(env: &[(&str, &str)], source: AwsSource, answers: Vec<Scripted>) -> (Fixture, Result<AwsKeys, AuthError>) {
    let fixture = Fixture::new(env, &[], answers).await;
    let keys = resolve(&source, &fixture.config).await;
    (fixture, keys)
}

#[tokio::test]
async fn speaks_version_two() {
    for source in [AwsSource::InstanceProfile, AwsSource::Default] {
        let answers = vec![text("session"), text("web-role\n"), text(GOOD)];
        let (fixture, keys) = ask(&[], source, answers).await;
        let keys = keys.unwrap();
        assert_eq!(keys.access_key_id, "ASIAEC2");
        assert_eq!(keys.secret_access_key.expose_secret(), "sesame");
        assert_eq!(keys.session_token.unwrap().expose_secret(), "tok");
        assert_eq!(keys.expires_at, Some(1_767_247_200_000));
        let requests = fixture.http.requests();
        let sent: Vec<_> = requests.iter().map(|request| (request.method.clone(), request.url.as_str())).collect();
        let roles = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
        assert_eq!(
            sent,
            [
                (Method::PUT, "http://169.254.169.254/latest/api/token"),
                (Method::GET, roles),
                (Method::GET, &format!("{roles}web-role")),
            ]
        );
        assert_eq!(requests[0].headers["x-aws-ec2-metadata-token-ttl-seconds"], "21600");
        for request in &requests[1..] {
            assert_eq!(request.headers["x-aws-ec2-metadata-token"], "session");
        }
        assert!(requests.iter().all(|request| request.purpose == Purpose::Metadata));
    }
}

#[tokio::test]
async fn goes_where_variables_and_profile_say() {
    const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    const MODE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
    for (env, files, url) in [
        (vec![(ENDPOINT, "http://127.0.0.1:1338/")], "", "http://127.0.0.1:1338/latest/api/token"),
        (vec![(ENDPOINT, "http://127.0.0.1:1338"), (MODE, "IPv6")], "", "http://127.0.0.1:1338/latest/api/token"),
        (vec![(MODE, "IPv6")], "", "http://[fd00:ec2::254]/latest/api/token"),
        (vec![(MODE, "ipv4")], "", "http://169.254.169.254/latest/api/token"),
        (
            vec![],
            "[default]\nec2_metadata_service_endpoint = http://127.0.0.1:7/x\n",
            "http://127.0.0.1:7/x/latest/api/token",
        ),
    ] {
        let fixture = Fixture::new(&env, &[(CONFIG, files)], [text("t"), text("role"), text(GOOD)]).await;
        resolve(&AwsSource::InstanceProfile, &fixture.config).await.unwrap();
        assert_eq!(fixture.http.requests()[0].url.as_str(), url);
    }
    for env in [(ENDPOINT, "nonsense"), (ENDPOINT, "file:///etc"), (MODE, "ipv5")] {
        let (fixture, keys) = ask(&[env], AwsSource::InstanceProfile, vec![]).await;
        let error = keys.unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting);
        assert!(error.message().contains(env.0), "{error}");
        assert!(fixture.http.requests().is_empty());
    }
}

#[tokio::test]
async fn where_there_is_none_it_says_so() {
    for (answers, words) in [
        (vec![Err(FailureKind::Connect("connection refused".to_owned()))], "connection refused"),
        (vec![Ok(answer(403, &[], ""))], "169.254.169.254 refused a session token with HTTP status 403"),
        (vec![text("<html>\n</html>")], "answered something else than a session token"),
        (vec![text("t"), Ok(answer(404, &[], "not found"))], "knows of no role attached to the instance"),
        (vec![text("t"), text("\n")], "knows of no role attached to the instance"),
    ] {
        let (_, keys) = ask(&[], AwsSource::Default, answers).await;
        let error = keys.unwrap_err();
        assert_eq!(error.status(), Status::NoAwsCredentials);
        assert!(error.message().contains(words), "{error}");
    }
    let (_, keys) = ask(&[], AwsSource::InstanceProfile, vec![Ok(answer(403, &[], ""))]).await;
    let error = keys.unwrap_err();
    assert_eq!(error.status(), Status::NoAwsCredentials);
    assert!(error.hint_text().unwrap().contains("hop limit"), "{error:?}");
}

#[tokio::test]
async fn once_it_is_there_its_failures_are_told() {
    for (answers, words) in [
        (vec![text("t"), Ok(answer(401, &[], ""))], "answered 401"),
        (vec![text("t"), text("role"), Ok(answer(404, &[], ""))], "has no keys of the role role"),
        (vec![text("t"), text("a\u{1b}[2Jb")], "answered something else than the name of a role"),
        (vec![text("t"), text("<!DOCTYPE html>\n<html>")], "answered something else than the name of a role"),
        (vec![text("t"), text(&"r".repeat(65))], "answered something else than the name of a role"),
        (vec![text("t"), text("Aa0+=,.@-_"), Ok(answer(404, &[], ""))], "has no keys of the role Aa0+=,.@-_"),
        (
            vec![text("t"), text("role"), text(r#"{"Code": "AssumeRoleUnauthorizedAccess"}"#)],
            "gave no keys of the role role: it says AssumeRoleUnauthorizedAccess",
        ),
    ] {
        let (_, keys) = ask(&[], AwsSource::Default, answers).await;
        let error = keys.unwrap_err();
        assert_eq!(error.status(), Status::Service);
        assert!(error.message().contains(words), "{error}");
    }
}

#[tokio::test]
async fn asks_again_only_where_it_is_known_to_be_there() {
    let stumble = || Ok(answer(500, &[], ""));
    let answers = || vec![stumble(), text("t"), text("role"), text(GOOD)];
    let (fixture, keys) = ask(&[], AwsSource::InstanceProfile, answers()).await;
    keys.unwrap();
    assert_eq!(fixture.http.requests().len(), 4);
    let (fixture, keys) = ask(&[], AwsSource::Default, answers()).await;
    assert_eq!(keys.unwrap_err().status(), Status::NoAwsCredentials);
    assert_eq!(fixture.http.requests().len(), 1);
}

#[tokio::test]
async fn can_be_switched_off() {
    let (fixture, keys) = ask(&[("AWS_EC2_METADATA_DISABLED", "TRUE")], AwsSource::InstanceProfile, vec![]).await;
    assert_eq!(keys.unwrap_err().status(), Status::NoAwsCredentials);
    assert!(fixture.http.requests().is_empty());
    let on = vec![text("t"), text("role"), text(GOOD)];
    let (_, keys) = ask(&[("AWS_EC2_METADATA_DISABLED", "false")], AwsSource::InstanceProfile, on).await;
    keys.unwrap();
}

#[tokio::test]
async fn a_real_host_that_never_answers_costs_less_than_a_second() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let env = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str())];
    let fixture = Fixture::new(&env, &[], []).await;
    let Ports { env, files, log, .. } = &fixture.config.ports;
    let tls = TlsCache::default().client(&CaFiles::default(), env, files).unwrap();
    let http = Arc::new(Http::new(HttpSettings::default(), tls, log.clone()));
    let config = AwsConfig::read(Ports { http, ..fixture.config.ports }, None).await;
    let started = Instant::now();
    let error = resolve(&AwsSource::Default, &config).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(started.elapsed() > Duration::from_millis(500), "it was asked");
    assert!(error.message().ends_with("instance metadata: no answer from 127.0.0.1 within 0.8 s"), "{error}");
}
