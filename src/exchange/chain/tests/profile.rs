use super::*;
use crate::exchange::fixture::{Answer as Scripted, sts_error};

async fn resolved(
    config: &str,
    name: Option<&str>,
    env: &[(&str, &str)],
    answers: Vec<Scripted>,
) -> (Fixture, Result<AwsKeys, AuthError>) {
    let fixture = Fixture::new(env, &[(CONFIG, config)], answers).await;
    let keys = resolve(&AwsSource::Profile(name.map(str::to_owned)), &fixture.config).await;
    (fixture, keys)
}

async fn refused(config: &str, name: &str) -> AuthError {
    let (fixture, keys) = resolved(config, Some(name), &[OFF], vec![]).await;
    assert!(fixture.http.requests().is_empty());
    keys.unwrap_err()
}

#[tokio::test]
async fn static_keys_of_the_profile_that_is_named_or_in_use() {
    let config = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n\
                  [profile a]\naws_access_key_id = AKIAA\naws_secret_access_key = s/+=\naws_session_token = t\n";
    // The keys of the environment do not count: a profile was asked for.
    let (_, keys) = resolved(config, Some("a"), &KEYS, vec![]).await;
    let keys = keys.unwrap();
    assert_eq!(keys.access_key_id, "AKIAA");
    assert_eq!(keys.secret_access_key.expose_secret(), "s/+=");
    assert_eq!(keys.session_token.unwrap().expose_secret(), "t");
    let (_, keys) = resolved(config, None, &[], vec![]).await;
    assert_eq!(keys.unwrap().access_key_id, "AKIADEFAULT");
    let (_, keys) = resolved(config, None, &[("AWS_PROFILE", "a")], vec![]).await;
    assert_eq!(keys.unwrap().access_key_id, "AKIAA");
}

#[tokio::test]
async fn a_profile_that_is_missing_empty_or_half() {
    let config = "[profile a]\nregion = x\n[profile half]\naws_secret_access_key = canary\n";
    assert_eq!(refused(config, "b").await.status(), Status::ProfileNotFound);
    assert_eq!(refused("", "default").await.status(), Status::ProfileNotFound);
    let error = refused(config, "a").await;
    assert_eq!(error.status(), Status::NoAwsCredentials);
    assert!(error.message().starts_with("no AWS credentials: AWS profile 'a': no credentials in"), "{error}");
    let error = refused(config, "half").await;
    assert_eq!(error.status(), Status::MissingSetting);
    assert!(error.message().contains("'half'") && !error.message().contains("canary"), "{error}");
}

#[tokio::test]
async fn roles_stand_on_each_other() {
    let config = "
[profile top]
role_arn = arn:aws:iam::1:role/top
source_profile = middle
external_id = ext
role_session_name = me
duration_seconds = 900
[profile middle]
role_arn = arn:aws:iam::1:role/middle
source_profile = base
[profile base]
role_arn = arn:aws:iam::1:role/not-taken
source_profile = nowhere
aws_access_key_id = AKIABASE
aws_secret_access_key = s
";
    let answers = vec![sts_keys("AssumeRole", "ASIAMIDDLE"), sts_keys("AssumeRole", "ASIATOP")];
    let (fixture, keys) = resolved(config, Some("top"), &[], answers).await;
    let keys = keys.unwrap();
    assert_eq!(keys.access_key_id, "ASIATOP");
    assert_eq!(keys.role_arn.as_deref(), Some("arn:aws:iam::1:role/top"));
    let requests = fixture.http.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(signer(&requests[0]).as_deref(), Some("AKIABASE"));
    assert_eq!(field(&requests[0], "RoleArn").as_deref(), Some("arn:aws:iam::1:role/middle"));
    assert_eq!(field(&requests[0], "ExternalId"), None);
    assert_eq!(signer(&requests[1]).as_deref(), Some("ASIAMIDDLE"));
    for (name, value) in [("ExternalId", "ext"), ("RoleSessionName", "me"), ("DurationSeconds", "900")] {
        assert_eq!(field(&requests[1], name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_role_may_stand_on_its_own_profile() {
    let config = format!(
        "[profile a]\nrole_arn = {ROLE}\nsource_profile = a\naws_access_key_id = AKIAOWN\naws_secret_access_key = s\n"
    );
    let (fixture, keys) = resolved(&config, Some("a"), &[], vec![sts_keys("AssumeRole", "ASIA")]).await;
    keys.unwrap();
    assert_eq!(signer(&fixture.request()).as_deref(), Some("AKIAOWN"));
}

#[tokio::test]
async fn a_role_may_stand_on_environment_instance_or_container() {
    let config = |source| format!("[profile a]\nrole_arn = {ROLE}\ncredential_source = {source}\n");
    let json = |id| format!(r#"{{"AccessKeyId": "{id}", "SecretAccessKey": "s", "Token": "t"}}"#);
    let plain = |body: &str| Ok(answer(200, &[], body));
    for (source, env, answers, base) in [
        ("Environment", &KEYS[..], vec![], "AKIAENV"),
        ("Ec2InstanceMetadata", &[], vec![plain("token"), plain("role"), plain(&json("ASIAEC2"))], "ASIAEC2"),
        ("EcsContainer", &[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x")], vec![plain(&json("ASIAECS"))], "ASIAECS"),
    ] {
        let answers: Vec<Scripted> = answers.into_iter().chain([sts_keys("AssumeRole", "ASIAROLE")]).collect();
        let (fixture, keys) = resolved(&config(source), Some("a"), env, answers).await;
        assert_eq!(keys.unwrap().access_key_id, "ASIAROLE");
        assert_eq!(signer(fixture.http.requests().last().unwrap()).as_deref(), Some(base));
    }
    let error = refused(&config("Environment"), "a").await;
    assert_eq!(error.status(), Status::NoAwsCredentials);
    assert_eq!(error.message(), "AWS profile 'a': credential_source: AWS_ACCESS_KEY_ID is not set");
    let error = refused(&config("environment"), "a").await;
    assert_eq!(error.status(), Status::InvalidSetting);
}

#[tokio::test]
async fn a_web_identity_stands_on_nothing() {
    let config = format!("[default]\nrole_arn = {ROLE}\nweb_identity_token_file = ~/token\nrole_session_name = pod\n");
    let files = [(CONFIG, config.as_str()), ("/home/u/token", "jwt\n")];
    let fixture = Fixture::new(&KEYS, &files, [sts_keys("AssumeRoleWithWebIdentity", "ASIAWEB")]).await;
    let keys = resolve(&AwsSource::Profile(None), &fixture.config).await.unwrap();
    assert_eq!(keys.access_key_id, "ASIAWEB");
    let request = fixture.request();
    assert_eq!(signer(&request), None);
    assert_eq!(field(&request, "WebIdentityToken").as_deref(), Some("jwt"));
    assert_eq!(field(&request, "RoleSessionName").as_deref(), Some("pod"));
    let error = refused("[default]\nweb_identity_token_file = /t\n", "default").await;
    assert!(error.message().contains("needs a role_arn"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_resolved_is_explained() {
    for (config, status, words) in [
        (
            "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n",
            Status::InvalidSetting,
            "source_profile goes in a circle: a → b → a",
        ),
        (
            "[profile a]\nrole_arn = r\nsource_profile = c\n",
            Status::ProfileNotFound,
            "source_profile of the AWS profile 'a': there is no AWS profile 'c'",
        ),
        (
            "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nregion = x\n",
            Status::NoAwsCredentials,
            "AWS profile 'a': source_profile 'b': no credentials in",
        ),
        ("[profile a]\nrole_arn = r\n", Status::InvalidSetting, "needs a source_profile or a credential_source"),
        (
            "[profile a]\nrole_arn = r\nsource_profile = b\ncredential_source = Environment\n",
            Status::InvalidSetting,
            "exclude each other",
        ),
        (
            "[profile a]\nrole_arn = r\nsource_profile = b\nmfa_serial = arn:aws:iam::1:mfa/me\n",
            Status::MfaRequired,
            "mfa_serial",
        ),
        (
            "[profile a]\nrole_arn = r\ncredential_source = Environment\nduration_seconds = 1h\n",
            Status::InvalidSetting,
            "duration_seconds is not a number",
        ),
        ("[profile a]\nlogin_session = arn:aws:iam::1:user/x\n", Status::NotSupported, "login_session"),
    ] {
        let error = refused(config, "a").await;
        assert_eq!(error.status(), status, "{error}");
        assert!(error.message().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_process_may_be_the_base_of_a_role() {
    let directory = tempfile::tempdir().unwrap();
    let json = r#"{"Version":1,"AccessKeyId":"AKIAPROC","SecretAccessKey":"s"}"#;
    let output = directory.path().join("keys.json");
    std::fs::write(&output, json).unwrap();
    let config = format!(
        "[profile a]\nrole_arn = {ROLE}\nsource_profile = p\n[profile p]\ncredential_process = /bin/cat \"{}\"\n",
        output.display()
    );
    let (fixture, keys) = resolved(&config, Some("a"), &[], vec![sts_keys("AssumeRole", "ASIA")]).await;
    assert_eq!(keys.unwrap().access_key_id, "ASIA");
    assert_eq!(signer(&fixture.request()).as_deref(), Some("AKIAPROC"));
}

#[tokio::test]
async fn a_refused_role_ends_the_search_with_the_words_of_aws() {
    let config = format!("[profile a]\nrole_arn = {ROLE}\ncredential_source = Environment\n");
    let (_, keys) = resolved(&config, Some("a"), &KEYS, vec![sts_error(403, "AccessDenied", "not authorized")]).await;
    let error = keys.unwrap_err();
    assert_eq!((error.status(), error.code()), (Status::AccessDenied, Some("AccessDenied")));
}
