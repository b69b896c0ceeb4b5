use super::*;
use crate::exchange::fixture::{Answer, Fixture, field, keys as base, signer, sts_error, sts_keys};
use crate::ports::http::FailureKind;
use crate::ports::http::fake::answer;

const ROLE: &str = "arn:aws:iam::123456789012:role/Analyst";

/// What must never be used for an unsigned call.
const POISON: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "AKIAPOISON"), ("AWS_SECRET_ACCESS_KEY", "poison"), ("AWS_SESSION_TOKEN", "expired")];

async fn assume(env: &[(&str, &str)], role: &Role<'_>, answers: Vec<Answer>) -> (Fixture, Result<AwsKeys, AuthError>) {
    let fixture = Fixture::new(env, &[], answers).await;
    let keys = assume_role(&fixture.config, &base("AKIABASE"), role).await;
    (fixture, keys)
}

#[tokio::test]
async fn assume_role_is_signed_with_the_base_keys_and_carries_what_the_profile_says() {
    let role = Role { arn: ROLE, session_name: Some("me"), external_id: Some("ext"), duration: Some(3600) };
    let env = [("AWS_REGION", "eu-west-1"), POISON[0], POISON[1], POISON[2]];
    let (fixture, keys) = assume(&env, &role, vec![sts_keys("AssumeRole", "ASIANEW")]).await;
    let keys = keys.unwrap();
    assert_eq!(keys.access_key_id, "ASIANEW");
    assert_eq!(keys.secret_access_key.expose_secret(), "opened");
    assert_eq!(keys.session_token.unwrap().expose_secret(), "token");
    assert_eq!(keys.expires_at, Some(1_767_229_200_000));
    assert_eq!(keys.role_arn.as_deref(), Some(ROLE));
    let request = fixture.request();
    assert_eq!(request.url.as_str(), "https://sts.eu-west-1.amazonaws.com/");
    assert_eq!(signer(&request).as_deref(), Some("AKIABASE"));
    for (name, value) in [
        ("Action", "AssumeRole"),
        ("RoleArn", ROLE),
        ("RoleSessionName", "me"),
        ("ExternalId", "ext"),
        ("DurationSeconds", "3600"),
    ] {
        assert_eq!(field(&request, name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_session_has_a_name_of_ours_where_none_is_given() {
    let (fixture, keys) = assume(&[], &Role::of(ROLE), vec![sts_keys("AssumeRole", "A")]).await;
    keys.unwrap();
    let request = fixture.request();
    assert_eq!(field(&request, "RoleSessionName").as_deref(), Some("rs_auth-1767225600000"));
    assert_eq!(field(&request, "DurationSeconds"), None);
}

#[tokio::test]
async fn the_endpoint_follows_region_partition_and_overrides() {
    for (env, role, url) in [
        (&[("AWS_DEFAULT_REGION", "us-gov-west-1")][..], ROLE, "https://sts.us-gov-west-1.amazonaws.com/"),
        (&[], ROLE, "https://sts.us-east-1.amazonaws.com/"),
        (&[], "arn:aws-cn:iam::1:role/r", "https://sts.cn-north-1.amazonaws.com.cn/"),
        (
            &[("AWS_REGION", "us-west-2"), ("AWS_USE_FIPS_ENDPOINT", "true")],
            ROLE,
            "https://sts-fips.us-west-2.amazonaws.com/",
        ),
        (
            &[("AWS_REGION", "us-west-2"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")],
            ROLE,
            "https://sts.us-west-2.api.aws/",
        ),
        (&[("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:4566/x")], ROLE, "http://127.0.0.1:4566/x/"),
        (&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")], ROLE, "http://127.0.0.1:4566/"),
    ] {
        let (fixture, keys) = assume(env, &Role::of(role), vec![sts_keys("AssumeRole", "A")]).await;
        keys.unwrap();
        assert_eq!(fixture.request().url.as_str(), url);
    }
    let mut fixture =
        Fixture::new(&[("AWS_ENDPOINT_URL_STS", "http://localhost:1")], &[], [sts_keys("AssumeRole", "A")]).await;
    fixture.config.sts_endpoint = Some("https://vpce-1.sts.us-east-1.vpce.amazonaws.com".to_owned());
    fixture.config.region = Some("eu-central-1".to_owned());
    assume_role(&fixture.config, &base("AKIABASE"), &Role::of(ROLE)).await.unwrap();
    assert_eq!(fixture.request().url.as_str(), "https://vpce-1.sts.us-east-1.vpce.amazonaws.com/");
    let authorization = fixture.request().headers["authorization"].to_str().unwrap().to_owned();
    assert!(authorization.contains("/eu-central-1/sts/aws4_request"), "{authorization}");
}

#[tokio::test]
async fn no_region_and_a_strange_one_are_refused_before_any_request() {
    for (env, role, status) in [
        (&[][..], "arn:unknown:iam::1:role/r", Status::MissingSetting),
        (&[("AWS_REGION", "evil.example/")], ROLE, Status::InvalidSetting),
        // FIPS and an override exclude each other: the SDK cannot know what the override is.
        (
            &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), ("AWS_USE_FIPS_ENDPOINT", "true")],
            ROLE,
            Status::InvalidSetting,
        ),
    ] {
        let (fixture, keys) = assume(env, &Role::of(role), vec![sts_keys("AssumeRole", "A")]).await;
        assert_eq!(keys.unwrap_err().status(), status);
        assert!(fixture.http.requests().is_empty());
    }
}

#[tokio::test]
async fn proofs_are_sent_unsigned_whatever_the_environment_holds() {
    let fixture = Fixture::new(&POISON, &[], [sts_keys("AssumeRoleWithWebIdentity", "ASIAWEB")]).await;
    let role = Role { session_name: Some("me"), ..Role::of(ROLE) };
    let keys = assume_role_with_web_identity(&fixture.config, &role, &secret("jwt.jwt.jwt")).await.unwrap();
    assert_eq!(keys.access_key_id, "ASIAWEB");
    let request = fixture.request();
    assert_eq!(signer(&request), None);
    assert!(request.headers.get("x-amz-security-token").is_none());
    assert_eq!(field(&request, "Action").as_deref(), Some("AssumeRoleWithWebIdentity"));
    assert_eq!(field(&request, "WebIdentityToken").as_deref(), Some("jwt.jwt.jwt"));
    assert_eq!(field(&request, "RoleSessionName").as_deref(), Some("me"));

    let fixture = Fixture::new(&POISON, &[], [sts_keys("AssumeRoleWithSAML", "ASIASAML")]).await;
    let principal = "arn:aws:iam::123456789012:saml-provider/idp";
    let role = Role { duration: Some(900), ..Role::of(ROLE) };
    let keys = assume_role_with_saml(&fixture.config, &role, principal, &secret("PHNhbWw+")).await.unwrap();
    assert_eq!(keys.access_key_id, "ASIASAML");
    let request = fixture.request();
    assert_eq!(signer(&request), None);
    for (name, value) in [("PrincipalArn", principal), ("SAMLAssertion", "PHNhbWw+"), ("DurationSeconds", "900")] {
        assert_eq!(field(&request, name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_duration_above_the_roles_limit_is_given_up_once_with_a_warning() {
    let too_long = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    let answers = || [sts_error(400, "ValidationError", too_long), sts_keys("AssumeRoleWithSAML", "A")];
    let role = Role { duration: Some(43200), ..Role::of(ROLE) };
    let fixture = Fixture::new(&[], &[], answers()).await;
    assume_role_with_saml(&fixture.config, &role, "arn:aws:iam::1:saml-provider/p", &secret("x")).await.unwrap();
    let requests = fixture.http.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(field(&requests[0], "DurationSeconds").as_deref(), Some("43200"));
    assert_eq!(field(&requests[1], "DurationSeconds"), None);
    assert!(fixture.logged("WARN", "the duration asked for is more than the role"));

    // The controls: without a duration, or for another reason, there is no second attempt.
    let fixture = Fixture::new(&[], &[], answers()).await;
    let plain = assume_role(&fixture.config, &base("A"), &Role::of(ROLE)).await;
    assert_eq!(plain.unwrap_err().status(), Status::Service);
    let other = [sts_error(400, "ValidationError", "1 validation error detected"), sts_keys("AssumeRole", "A")];
    let fixture = Fixture::new(&[], &[], other).await;
    let refused = assume_role(&fixture.config, &base("A"), &role).await.unwrap_err();
    assert_eq!((refused.status(), refused.code()), (Status::Service, Some("ValidationError")));
    assert_eq!(fixture.http.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_keeps_what_aws_says_apart() {
    let (_, refused) = assume(&[], &Role::of(ROLE), vec![sts_error(403, "AccessDenied", "not authorized")]).await;
    let error = refused.unwrap_err();
    assert_eq!((error.status(), error.stage()), (Status::AccessDenied, Some(Stage::Sts)));
    assert_eq!((error.code(), error.request(), error.http()), (Some("AccessDenied"), Some("req-1"), Some(403)));
    assert_eq!(error.message(), format!("STS AssumeRole for {ROLE} was refused: AccessDenied: not authorized"));

    let fixture = Fixture::new(&[], &[], [sts_error(400, "ExpiredTokenException", "Token expired")]).await;
    let error = assume_role_with_web_identity(&fixture.config, &Role::of(ROLE), &secret("jwt")).await.unwrap_err();
    assert_eq!(error.status(), Status::AccessDenied);
    assert!(error.hint_text().unwrap().starts_with("the web identity token has expired"), "{error:?}");
}

#[tokio::test]
async fn retries_throttling_and_server_errors_but_nothing_else() {
    let busy = || sts_error(400, "Throttling", "Rate exceeded");
    let (fixture, keys) = assume(&[], &Role::of(ROLE), vec![busy(), sts_keys("AssumeRole", "A")]).await;
    keys.unwrap();
    assert_eq!(fixture.http.requests().len(), 2);
    let (fixture, keys) = assume(&[], &Role::of(ROLE), vec![busy(), busy(), busy(), busy()]).await;
    assert_eq!(keys.unwrap_err().status(), Status::Throttled);
    assert_eq!(fixture.http.requests().len(), 3);
    let (fixture, keys) = assume(&[], &Role::of(ROLE), vec![sts_error(403, "AccessDenied", ""), busy()]).await;
    assert_eq!(keys.unwrap_err().status(), Status::AccessDenied);
    assert_eq!(fixture.http.requests().len(), 1);
}

#[tokio::test]
async fn network_trouble_keeps_its_own_status() {
    let refused = || Err(FailureKind::Connect("connection refused".to_owned()));
    let (_, keys) = assume(&[], &Role::of(ROLE), vec![refused(), refused(), refused()]).await;
    let error = keys.unwrap_err();
    assert_eq!(error.status(), Status::Network);
    assert!(error.message().contains("sts.us-east-1.amazonaws.com"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_not_of_aws_is_said_to_be_so() {
    let page = || Ok(answer(200, &[("content-type", "text/html")], "<html>canary-sign-in</html>"));
    let (_, keys) = assume(&[], &Role::of(ROLE), vec![page(), page(), page()]).await;
    let error = keys.unwrap_err();
    assert_eq!((error.status(), error.http()), (Status::Service, Some(200)));
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

/// The SDK takes what there is of an answer that breaks off.
#[tokio::test]
async fn an_answer_that_breaks_off_gives_no_keys() {
    let Ok(whole) = sts_keys("AssumeRole", "ASIANEW") else { panic!("no answer") };
    let text = String::from_utf8(whole.body).unwrap();
    for (end, refused) in [("</AccessKeyId>", true), ("<SessionToken>", true), ("</SessionToken>", false)] {
        let at = text.find(end).unwrap();
        let (_, keys) =
            assume(&[("AWS_REGION", "eu-west-1")], &Role::of(ROLE), vec![Ok(answer(200, &[], &text[..at]))]).await;
        match keys {
            Err(error) => assert!(refused && error.status() == Status::Service, "{end}: {error}"),
            Ok(_) => assert!(!refused, "{end}"),
        }
    }
}
