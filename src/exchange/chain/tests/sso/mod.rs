mod browser;
mod sign_in;

use super::*;
use crate::exchange::fixture::Answer as Scripted;
use crate::options::{Event, EventKind, Reply};
use crate::ports::files::Files;
use crate::ports::http::FailureKind;
use crate::ports::http::fake::FakeHttp;
use crate::ports::prompt::Prompt;
use crate::ports::prompt::fake::{Raised, person};
use crate::ports::{BoxFuture, file_lock};
use serde_json::{Value, json};
use std::path::Path;

const SESSION: &str = "
[profile a]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Analyst
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.com/start
";
const LEGACY: &str = "
[profile a]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.com/start
sso_account_id = 123456789012
sso_role_name = Analyst
";
/// SHA-1 of `corp`, and of the start URL.
const SESSION_FILE: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f";
const LEGACY_FILE: &str = "a51746d4aa793ae07b25e90c3a5db96fc7832bd7";

const LATER: &str = "2026-01-01T08:00:00Z";
const SOON: &str = "2026-01-01T00:04:00Z";
const BEFORE: &str = "2025-12-31T23:59:59Z";

fn token(expires_at: &str, registered_until: &str) -> String {
    format!(
        r#"{{"accessToken": "old", "expiresAt": "{expires_at}", "refreshToken": "r1", "clientId": "id",
            "clientSecret": "cs", "registrationExpiresAt": "{registered_until}", "startUrl": "kept"}}"#
    )
}

fn role_keys() -> Scripted {
    let body = r#"{"roleCredentials": {"accessKeyId": "ASIASSO", "secretAccessKey": "sesame", "sessionToken": "tok",
                   "expiration": 1767247200000}}"#;
    Ok(answer(200, &[("content-type", "application/json")], body))
}

fn refusal(status: u16, code: &'static str) -> Scripted {
    Ok(answer(status, &[("x-amzn-errortype", code), ("content-type", "application/json")], r#"{"message": "No."}"#))
}

/// As the service itself writes it.
fn oauth_refusal(status: u16, code: &'static str) -> Scripted {
    let body = r#"{"error": "invalid", "error_description": "Spent."}"#;
    Ok(answer(status, &[("x-amzn-errortype", code), ("content-type", "application/json")], body))
}

fn new_token(refresh: &str) -> Scripted {
    let body = format!(r#"{{"accessToken": "new", "expiresIn": 3600, "tokenType": "Bearer"{refresh}}}"#);
    Ok(answer(200, &[("content-type", "application/json")], &body))
}

/// A home directory, because a renewed token is written.
struct Home(tempfile::TempDir);

impl Home {
    fn new(config: &str, file: &str, token: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir_all(home.path().join(".aws/sso/cache")).unwrap();
        std::fs::write(home.path().join(".aws/config"), config).unwrap();
        if !token.is_empty() {
            std::fs::write(home.token_file(file), token).unwrap();
        }
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn token_file(&self, file: &str) -> std::path::PathBuf {
        self.path().join(format!(".aws/sso/cache/{file}.json"))
    }

    fn stored(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.token_file(SESSION_FILE)).unwrap()).unwrap()
    }

    async fn ask(&self, answers: Vec<Scripted>) -> (Fixture, Result<AwsKeys, AuthError>) {
        self.ask_with(answers, |ports| ports).await
    }

    /// With somebody to answer events.
    async fn ask_person(
        &self,
        answers: Vec<Scripted>,
        reply: impl Fn(&Event) -> Reply + Send + Sync + 'static,
    ) -> (Fixture, Result<AwsKeys, AuthError>, Raised) {
        let (prompt, raised): (Prompt, Raised) = person(reply);
        let (fixture, keys) = self.ask_with(answers, |ports| Ports { prompt, ..ports }).await;
        (fixture, keys, raised)
    }

    async fn ask_with(
        &self,
        answers: Vec<Scripted>,
        change: impl FnOnce(Ports) -> Ports,
    ) -> (Fixture, Result<AwsKeys, AuthError>) {
        let mut fixture = Fixture::new(&[("HOME", self.path().to_str().unwrap())], &[], answers).await;
        let ports = change(Ports { files: Files::real(), ..fixture.config.ports.clone() });
        fixture.config = AwsConfig::read(ports, None).await;
        let keys = resolve(&AwsSource::Profile(Some("a".to_owned())), &fixture.config).await;
        (fixture, keys)
    }
}

#[tokio::test]
async fn a_token_is_exchanged_for_the_keys_of_the_role() {
    // Z is what the AWS CLI writes; older versions of botocore wrote UTC.
    for (config, file, expires_at) in [
        (SESSION, SESSION_FILE, LATER),
        (LEGACY, LEGACY_FILE, LATER),
        (SESSION, SESSION_FILE, "2026-01-01T08:00:00UTC"),
        (SESSION, SESSION_FILE, "2026-01-01T09:00:00+01:00"),
    ] {
        let home = Home::new(config, file, &token(expires_at, LATER));
        let (fixture, keys) = home.ask(vec![role_keys()]).await;
        let keys = keys.unwrap();
        assert_eq!(keys.access_key_id, "ASIASSO");
        assert_eq!(keys.session_token.unwrap().expose_secret(), "tok");
        assert_eq!(keys.expires_at, Some(1_767_247_200_000));
        let request = fixture.request();
        assert_eq!(request.url.host_str(), Some("portal.sso.eu-west-1.amazonaws.com"));
        assert_eq!(request.url.path(), "/federation/credentials");
        let query: Vec<_> = request.url.query_pairs().into_owned().collect();
        for (name, value) in [("account_id", "123456789012"), ("role_name", "Analyst")] {
            assert!(query.contains(&(name.to_owned(), value.to_owned())), "{query:?}");
        }
        assert_eq!(request.headers["x-amz-sso_bearer_token"], "old");
        assert_eq!(signer(&request), None);
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_how_to() {
    let bare = format!(r#"{{"accessToken": "old", "expiresAt": "{BEFORE}"}}"#);
    let cases = [
        (SESSION, SESSION_FILE, String::new(), vec![], "there is no token in"),
        (SESSION, SESSION_FILE, "canary".to_owned(), vec![], "is not a JSON object"),
        (SESSION, SESSION_FILE, "{}".to_owned(), vec![], "it has no expiresAt"),
        (SESSION, SESSION_FILE, format!(r#"{{"expiresAt": "{LATER}"}}"#), vec![], "it has no accessToken"),
        (SESSION, SESSION_FILE, bare, vec![], "the token has expired"),
        (SESSION, SESSION_FILE, token(BEFORE, BEFORE), vec![], "client registration have expired"),
        (LEGACY, LEGACY_FILE, token(BEFORE, LATER), vec![], "the token has expired"),
        (
            SESSION,
            SESSION_FILE,
            token(LATER, LATER),
            vec![refusal(401, "UnauthorizedException"), refusal(400, "InvalidGrantException")],
            "is not renewed",
        ),
        (
            LEGACY,
            LEGACY_FILE,
            token(LATER, LATER),
            vec![refusal(401, "UnauthorizedException")],
            "the token has expired",
        ),
        (SESSION, SESSION_FILE, token(BEFORE, LATER), vec![refusal(400, "InvalidGrantException")], "is not renewed"),
    ];
    for (config, file, token, answers, words) in cases {
        let (_, keys) = Home::new(config, file, &token).ask(answers).await;
        let error = keys.unwrap_err();
        assert_eq!(error.status(), Status::NoAwsCredentials, "{error}");
        assert!(error.message().starts_with("AWS profile 'a': signed out of IAM Identity Center"), "{error}");
        assert!(error.message().contains(words), "{error}");
        assert!(!error.message().contains("canary"));
        assert_eq!(error.hint_text(), Some("run `aws sso login --profile a`"));
    }
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_and_stored_with_all_that_stood_there() {
    for (expires_at, rotated, refresh) in
        [(BEFORE, r#", "refreshToken": "r2""#, "r2"), (SOON, r#", "refreshToken": "r2""#, "r2"), (BEFORE, "", "r1")]
    {
        let home = Home::new(SESSION, SESSION_FILE, &token(expires_at, LATER));
        let (fixture, keys) = home.ask(vec![new_token(rotated), role_keys()]).await;
        keys.unwrap();
        let requests = fixture.http.requests();
        assert_eq!(requests[0].url.as_str(), "https://oidc.eu-west-1.amazonaws.com/token");
        assert_eq!(signer(&requests[0]), None);
        let sent: Value = serde_json::from_slice(&requests[0].body).unwrap();
        let wanted =
            json!({"clientId": "id", "clientSecret": "cs", "grantType": "refresh_token", "refreshToken": "r1"});
        assert_eq!(sent, wanted);
        assert_eq!(requests[1].headers["x-amz-sso_bearer_token"], "new");
        let stored = home.stored();
        let wanted = json!({
            "accessToken": "new", "expiresAt": "2026-01-01T01:00:00Z", "refreshToken": refresh, "clientId": "id",
            "clientSecret": "cs", "registrationExpiresAt": LATER, "startUrl": "kept"
        });
        assert_eq!(stored, wanted);
    }
}

#[tokio::test]
async fn trouble_with_the_renewal_keeps_the_refresh_token_and_its_own_status() {
    let gone = || Err(FailureKind::Connect("connection refused".to_owned()));
    let unavailable = || refusal(503, "InternalServerException");
    let before = token(BEFORE, LATER);
    for (answers, status) in [
        (vec![gone(), gone(), gone()], Status::Network),
        (vec![unavailable(), unavailable(), unavailable()], Status::Service),
        (vec![refusal(429, "SlowDownException")], Status::Throttled),
        (vec![refusal(400, "AccessDeniedException")], Status::AccessDenied),
        (vec![Ok(answer(200, &[("content-type", "application/json")], "{}"))], Status::Service),
    ] {
        let home = Home::new(SESSION, SESSION_FILE, &before);
        // Nobody is asked to sign in where the next attempt may work.
        let (_, keys, raised) = home.ask_person(answers, |_| Reply::Handled(None)).await;
        let error = keys.unwrap_err();
        assert_eq!(error.status(), status, "{error:?}");
        assert_eq!(std::fs::read_to_string(home.token_file(SESSION_FILE)).unwrap(), before);
        assert!(raised.lock().unwrap().is_empty());
    }
    // While the token still holds, the same trouble costs nothing.
    for trouble in [refusal(400, "InvalidGrantException"), refusal(400, "AccessDeniedException")] {
        let home = Home::new(SESSION, SESSION_FILE, &token(SOON, LATER));
        let (_, keys) = home.ask(vec![trouble, role_keys()]).await;
        keys.unwrap();
    }
}

#[tokio::test]
async fn a_refresh_token_that_is_refused_for_good_is_dropped() {
    for refused in [
        oauth_refusal(400, "InvalidGrantException"),
        oauth_refusal(401, "InvalidClientException"),
        oauth_refusal(400, "ExpiredTokenException"),
    ] {
        let home = Home::new(SESSION, SESSION_FILE, &token(BEFORE, LATER));
        let error = home.ask(vec![refused]).await.1.unwrap_err();
        assert!(error.message().ends_with("Exception: Spent."), "{error}");
        let left = home.stored();
        assert_eq!(
            (left.get("refreshToken"), &left["accessToken"], &left["startUrl"]),
            (None, &json!("old"), &json!("kept"))
        );
        let (fixture, keys) = home.ask(vec![]).await;
        assert!(keys.unwrap_err().message().contains("the token has expired"));
        assert!(fixture.http.requests().is_empty(), "nothing is asked with it again");
    }
}

/// A network in which `aws` writes a file while an answer is under way.
struct Meanwhile {
    http: Arc<FakeHttp>,
    path: std::path::PathBuf,
    text: String,
}

impl HttpPort for Meanwhile {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpFailure>> {
        if request.url.path() == "/token" {
            std::fs::write(&self.path, &self.text).unwrap();
        }
        self.http.send(request)
    }
}

#[tokio::test]
async fn what_aws_writes_meanwhile_wins_if_it_is_good() {
    let of_aws = |expires_at: &str| token(expires_at, LATER).replace("\"old\"", "\"of-aws\"");
    for (meanwhile, renewal, bearer) in [
        (of_aws(LATER), new_token(""), "of-aws"),
        (of_aws(LATER), refusal(400, "InvalidGrantException"), "of-aws"),
        (of_aws(BEFORE), new_token(""), "new"),
        ("damaged".to_owned(), new_token(""), "new"),
    ] {
        let home = Home::new(SESSION, SESSION_FILE, &token(BEFORE, LATER));
        let http = FakeHttp::answering([renewal, role_keys()]);
        let network = Meanwhile { http: http.clone(), path: home.token_file(SESSION_FILE), text: meanwhile };
        home.ask_with(vec![], |ports| Ports { http: Arc::new(network), ..ports }).await.1.unwrap();
        assert_eq!(http.requests()[1].headers["x-amz-sso_bearer_token"], bearer);
        assert_eq!(home.stored()["accessToken"], bearer);
    }
}

#[tokio::test]
async fn one_renews_and_the_others_wait_for_it() {
    let home = Home::new(SESSION, SESSION_FILE, &token(BEFORE, LATER));
    let lock = home.path().join(format!(".aws/sso/cache/{SESSION_FILE}.lock"));
    let other = file_lock::try_lock(&lock).unwrap().unwrap();
    let (asked, ()) = tokio::join!(home.ask(vec![role_keys()]), async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        std::fs::write(home.token_file(SESSION_FILE), token(LATER, LATER).replace("old", "other")).unwrap();
        drop(other);
    });
    asked.1.unwrap();
    // Without the other's token it would have asked for one of its own.
    assert_eq!(asked.0.request().headers["x-amz-sso_bearer_token"], "other");
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_costs_a_warning() {
    let home = Home::new(SESSION, SESSION_FILE, &token(BEFORE, LATER));
    // A directory where the lock should be, and one where the new file is put together.
    let cache = home.path().join(".aws/sso/cache");
    std::fs::create_dir(cache.join(format!("{SESSION_FILE}.lock"))).unwrap();
    std::fs::create_dir(cache.join(format!("{SESSION_FILE}.json.{}.new", std::process::id()))).unwrap();
    let (fixture, keys) = home.ask(vec![new_token(""), role_keys()]).await;
    keys.unwrap();
    assert!(fixture.logged("WARN", "no lock beside the token"));
    assert!(fixture.logged("WARN", "the token cannot be stored"));
}

#[tokio::test]
async fn a_role_that_is_not_assigned_is_refused_as_such() {
    let home = Home::new(SESSION, SESSION_FILE, &token(LATER, LATER));
    let (_, keys) = home.ask(vec![refusal(403, "ForbiddenException")]).await;
    let error = keys.unwrap_err();
    assert_eq!((error.status(), error.code()), (Status::AccessDenied, Some("ForbiddenException")));
    assert!(error.hint_text().unwrap().contains("not assigned"), "{error:?}");
}

#[tokio::test]
async fn settings_that_contradict_or_lack_something_are_refused() {
    for (config, words) in [
        ("[profile a]\nsso_session = x\nsso_account_id = 1\nsso_role_name = r\n", "there is no [sso-session x]"),
        ("[profile a]\nsso_account_id = 1\nsso_start_url = u\nsso_region = r\n", "sso_account_id needs sso_role_name"),
        ("[profile a]\nsso_role_name = 1\nsso_start_url = u\nsso_region = r\n", "sso_role_name needs sso_account_id"),
        ("[profile a]\nsso_account_id = 1\nsso_role_name = r\nsso_start_url = u\n", "sso_region is missing"),
        ("[profile a]\nsso_account_id = 1\nsso_role_name = r\nsso_region = u\n", "sso_start_url is missing"),
        (
            "[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\nsso_region = x\n[sso-session s]\n\
             sso_region = y\nsso_start_url = u\n",
            "sso_region contradicts",
        ),
    ] {
        let (_, keys) = Home::new(config, "none", "").ask(vec![]).await;
        let error = keys.unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting);
        assert!(error.message().contains(words), "{error}");
    }
}
