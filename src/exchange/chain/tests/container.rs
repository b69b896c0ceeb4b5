use super::*;
use crate::ports::http::FailureKind;

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const GOOD: &str = r#"{"AccessKeyId": "ASIATASK", "SecretAccessKey": "sesame", "Token": "tok",
                       "Expiration": "2026-01-01T06:00:00Z"}"#;

async fn ask(
    env: &[(&str, &str)],
    files: &[(&str, &str)],
    answers: Vec<crate::exchange::fixture::Answer>,
) -> (Fixture, Result<AwsKeys, AuthError>) {
    let fixture = Fixture::new(env, files, answers).await;
    let keys = resolve(&AwsSource::Default, &fixture.config).await;
    (fixture, keys)
}

#[tokio::test]
async fn asks_the_address_with_the_token() {
    for (env, url, token) in [
        (vec![(RELATIVE, "/v2/credentials/1?x=y")], "http://169.254.170.2/v2/credentials/1?x=y", None),
        (vec![(RELATIVE, "/a"), (FULL, "https://other.example/")], "http://169.254.170.2/a", None),
        (vec![(FULL, "http://127.0.0.1:8080/a"), (TOKEN, "Basic abc")], "http://127.0.0.1:8080/a", Some("Basic abc")),
        (
            vec![(FULL, "http://169.254.170.23/v1"), (TOKEN, "x"), (TOKEN_FILE, "/token")],
            "http://169.254.170.23/v1",
            Some("file"),
        ),
        (vec![(FULL, "http://[fd00:ec2::23]/v1")], "http://[fd00:ec2::23]/v1", None),
        (vec![(FULL, "https://agent.example/keys")], "https://agent.example/keys", None),
    ] {
        let (fixture, keys) = ask(&env, &[("/token", "file\n")], vec![Ok(answer(200, &[], GOOD))]).await;
        let keys = keys.unwrap();
        assert_eq!(keys.access_key_id, "ASIATASK");
        assert_eq!(keys.session_token.unwrap().expose_secret(), "tok");
        assert_eq!(keys.expires_at, Some(1_767_247_200_000));
        let request = fixture.request();
        assert_eq!(request.url.as_str(), url);
        assert_eq!(request.purpose, crate::ports::http::Purpose::Metadata);
        assert_eq!(request.headers.get("authorization").map(|value| value.to_str().unwrap()), token);
    }
}

#[tokio::test]
async fn refuses_addresses_and_tokens_that_would_leak() {
    for env in [
        vec![(FULL, "http://example.com/keys")],
        vec![(FULL, "http://169.254.169.254/keys")],
        vec![(FULL, "http://localhost.example.com/")],
        vec![(FULL, "ftp://127.0.0.1/")],
        vec![(FULL, "nonsense")],
        vec![(RELATIVE, "/a"), (TOKEN, "a\r\nHost: evil")],
        vec![(RELATIVE, "/a"), (TOKEN_FILE, "/missing")],
    ] {
        let (fixture, keys) = ask(&env, &[], vec![Ok(answer(200, &[], GOOD))]).await;
        assert_eq!(keys.unwrap_err().status(), Status::InvalidSetting, "{env:?}");
        assert!(fixture.http.requests().is_empty());
    }
}

#[tokio::test]
async fn says_why_there_are_no_keys() {
    let gone = || Err(FailureKind::Connect("connection refused".to_owned()));
    for (answers, status, words) in [
        (
            vec![Ok(answer(400, &[], r#"{"code": "AccessDenied", "message": "no role"}"#))],
            Status::AccessDenied,
            "answered 400: AccessDenied: no role",
        ),
        (vec![Ok(answer(429, &[], ""))], Status::Throttled, "answered 429"),
        (vec![Ok(answer(307, &[("location", "http://other.example")], ""))], Status::Service, "answered 307"),
        (vec![Ok(answer(200, &[], "canary"))], Status::Service, "gave no keys: it is not JSON"),
        (vec![gone(), gone(), gone()], Status::Network, "connection refused"),
    ] {
        let (_, keys) = ask(&[(RELATIVE, "/a")], &[], answers).await;
        let error = keys.unwrap_err();
        assert_eq!(error.status(), status);
        assert!(error.message().contains(words), "{error}");
        assert!(!error.message().contains("canary"));
    }
}

#[tokio::test]
async fn asks_again_when_the_service_stumbles() {
    let answers = vec![Ok(answer(500, &[], "")), Ok(answer(200, &[], GOOD))];
    let (fixture, keys) = ask(&[(RELATIVE, "/a")], &[], answers).await;
    keys.unwrap();
    assert_eq!(fixture.http.requests().len(), 2);
    let (fixture, keys) = ask(&[(RELATIVE, "/a")], &[], (0..4).map(|_| Ok(answer(503, &[], ""))).collect()).await;
    assert_eq!(keys.unwrap_err().status(), Status::Service);
    assert_eq!(fixture.http.requests().len(), 3);
}
