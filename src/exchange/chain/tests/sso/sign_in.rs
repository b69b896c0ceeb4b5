//! A device code for a person, where no browser can be shown.

use super::*;

const REGISTRATION_ENDS: i64 = 1_775_001_600;

pub fn json_answer(body: &Value) -> Scripted {
    Ok(answer(200, &[("content-type", "application/json")], &body.to_string()))
}

pub fn registered() -> Scripted {
    json_answer(&json!({ "clientId": "cid", "clientSecret": "csecret", "clientSecretExpiresAt": REGISTRATION_ENDS }))
}

fn begun() -> Scripted {
    begun_with(&json!({}))
}

fn begun_with(changes: &Value) -> Scripted {
    let mut body = json!({
        "deviceCode": "dcode", "userCode": "ABCD-EFGH", "verificationUri": "https://device.sso/",
        "verificationUriComplete": "https://device.sso/?user_code=ABCD-EFGH", "expiresIn": 600, "interval": 1,
    });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json_answer(&body)
}

/// Shows codes and no pages.
fn handled(event: &Event) -> Reply {
    if event.kind == EventKind::DeviceCode { Reply::Handled(None) } else { Reply::UseDefault }
}

pub fn sent(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn somebody_signs_in_and_aws_can_use_it_too() {
    let home = Home::new(&SESSION.replace("eu-west-1", "eu-west-1\nsso_registration_scopes = a:b, c:d"), "none", "");
    std::fs::remove_dir_all(home.path().join(".aws/sso")).unwrap();
    let answers = vec![
        registered(),
        registered(),
        begun(),
        refusal(400, "AuthorizationPendingException"),
        new_token(r#", "refreshToken": "r1""#),
        role_keys(),
    ];
    let (fixture, keys, raised) = home.ask_person(answers, handled).await;
    keys.unwrap();
    let requests = fixture.http.requests();
    assert!(requests.iter().all(|request| signer(request).is_none()));
    let paths: Vec<_> = requests.iter().map(|request| request.url.path()).collect();
    assert_eq!(paths[..2], ["/client/register"; 2], "for the browser that there might have been, and for the code");
    let requests = &requests[1..];
    assert_eq!(paths[2..], ["/device_authorization", "/token", "/token", "/federation/credentials"]);
    assert_eq!(
        sent(&requests[0]),
        json!({ "clientName": "rs_auth", "clientType": "public", "scopes": ["a:b", "c:d"] })
    );
    let start_url = "https://corp.awsapps.com/start";
    assert_eq!(sent(&requests[1]), json!({ "clientId": "cid", "clientSecret": "csecret", "startUrl": start_url }));
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let poll = json!({ "clientId": "cid", "clientSecret": "csecret", "grantType": grant, "deviceCode": "dcode" });
    assert_eq!((sent(&requests[2]), sent(&requests[3])), (poll.clone(), poll));

    let raised = raised.lock().unwrap().clone();
    let [asked, event] = raised.as_slice() else { panic!("{raised:?}") };
    assert_eq!(asked.kind, EventKind::OpenUrl);
    assert_eq!((event.kind, event.code.as_deref()), (EventKind::DeviceCode, Some("ABCD-EFGH")));
    assert_eq!(event.url.as_deref(), Some("https://device.sso/?user_code=ABCD-EFGH"));
    assert!(event.text.contains(start_url) && event.text.contains("ABCD-EFGH"), "{}", event.text);

    let wanted = json!({
        "startUrl": start_url, "region": "eu-west-1", "accessToken": "new", "expiresAt": "2026-01-01T01:00:00Z",
        "clientId": "cid", "clientSecret": "csecret", "registrationExpiresAt": "2026-04-01T00:00:00Z", "refreshToken": "r1",
    });
    assert_eq!(home.stored(), wanted);
    // The next login asks nobody.
    let (fixture, keys) = home.ask(vec![role_keys()]).await;
    keys.unwrap();
    assert_eq!(fixture.request().headers["x-amz-sso_bearer_token"], "new");
}

#[tokio::test]
async fn members_of_others_stay_and_an_old_refresh_token_goes() {
    let home = Home::new(SESSION, SESSION_FILE, &token(BEFORE, BEFORE).replace('{', r#"{"mine": [1], "#));
    let (_, keys, _) =
        home.ask_person(vec![registered(), registered(), begun(), new_token(""), role_keys()], handled).await;
    keys.unwrap();
    let stored = home.stored();
    assert_eq!((stored.get("refreshToken"), &stored["mine"], &stored["clientId"]), (None, &json!([1]), &json!("cid")));
}

#[tokio::test]
async fn without_somebody_nothing_is_asked_and_without_a_will_nothing_is_waited_for() {
    let home = Home::new(SESSION, "none", "");
    let (fixture, keys) = home.ask(vec![]).await;
    assert_eq!(keys.unwrap_err().status(), Status::NoAwsCredentials);
    assert!(fixture.http.requests().is_empty());
    for (reply, status, events) in [
        (
            Reply::UseDefault,
            Status::NoAwsCredentials,
            &[EventKind::OpenUrl, EventKind::DeviceCode, EventKind::PasteUrl][..],
        ),
        (Reply::Abort, Status::Cancelled, &[EventKind::OpenUrl, EventKind::DeviceCode]),
    ] {
        let home = Home::new(SESSION, "none", "");
        let answer =
            move |event: &Event| if event.kind == EventKind::OpenUrl { Reply::UseDefault } else { reply.clone() };
        let (fixture, keys, raised) = home.ask_person(vec![registered(), registered(), begun()], answer).await;
        let error = keys.unwrap_err();
        assert_eq!(error.status(), status, "{error:?}");
        let kinds: Vec<_> = raised.lock().unwrap().iter().map(|event| event.kind).collect();
        assert_eq!((fixture.http.requests().len(), kinds.as_slice()), (3, events));
        if status == Status::NoAwsCredentials {
            assert!(error.message().contains("there is no token in"), "{error}");
            assert_eq!(error.hint_text(), Some("run `aws sso login --profile a`"));
        }
    }
    // A legacy profile's sign-in is the business of `aws sso login`.
    let legacy = Home::new(LEGACY, "none", "");
    let (fixture, keys, raised) = legacy.ask_person(vec![], handled).await;
    assert_eq!(keys.unwrap_err().status(), Status::NoAwsCredentials);
    assert!(fixture.http.requests().is_empty() && raised.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_sign_in_that_fails_says_how_and_leaves_nothing() {
    let plain_http = begun_with(&json!({ "verificationUriComplete": "http://device.sso/" }));
    for (answers, status, words) in [
        (vec![refusal(400, "InvalidScopeException")], Status::Service, "RegisterClient"),
        (vec![registered(), refusal(400, "InvalidRequestException")], Status::Service, "StartDeviceAuthorization"),
        (vec![registered(), plain_http], Status::Service, "StartDeviceAuthorization answered without"),
        (vec![registered(), begun(), refusal(400, "AccessDeniedException")], Status::IdpRejected, "was denied"),
        (vec![registered(), begun(), refusal(400, "ExpiredTokenException")], Status::Timeout, "expired before"),
        (
            vec![registered(), begun_with(&json!({ "expiresIn": 1 })), refusal(400, "AuthorizationPendingException")],
            Status::Timeout,
            "expired before",
        ),
        (vec![registered(), begun(), refusal(401, "InvalidClientException")], Status::Service, "CreateToken"),
    ] {
        let home = Home::new(SESSION, "none", "");
        let answers = std::iter::once(registered()).chain(answers).collect();
        let (_, keys, _) = home.ask_person(answers, handled).await;
        let error = keys.unwrap_err();
        assert_eq!((error.status(), error.stage()), (status, Some(Stage::Aws)), "{error:?}");
        assert!(error.message().contains(words), "{error}");
        assert!(!home.token_file(SESSION_FILE).exists());
    }
}

#[tokio::test]
async fn a_token_that_the_portal_refuses_is_replaced_by_a_sign_in() {
    let signed_out = || refusal(401, "UnauthorizedException");
    let home = Home::new(SESSION, SESSION_FILE, &token(LATER, BEFORE));
    let answers = vec![signed_out(), registered(), registered(), begun(), new_token(""), role_keys()];
    let (fixture, keys, _) = home.ask_person(answers, handled).await;
    keys.unwrap();
    assert_eq!(fixture.http.requests()[5].headers["x-amz-sso_bearer_token"], "new");
    // Once: a portal that refuses a new token too is not asked for ever.
    let home = Home::new(SESSION, SESSION_FILE, &token(LATER, BEFORE));
    let answers = vec![signed_out(), registered(), registered(), begun(), new_token(""), signed_out()];
    let (_, keys, raised) = home.ask_person(answers, handled).await;
    assert_eq!(keys.unwrap_err().status(), Status::NoAwsCredentials);
    assert_eq!(raised.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn one_signs_in_and_the_others_wait_for_it() {
    let home = Home::new(SESSION, "none", "");
    let other = file_lock::try_lock(&home.path().join(format!(".aws/sso/cache/{SESSION_FILE}.sign-in.lock")));
    let other = other.unwrap().unwrap();
    let (asked, ()) = tokio::join!(home.ask_person(vec![role_keys()], handled), async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        std::fs::write(home.token_file(SESSION_FILE), token(LATER, LATER).replace("old", "other")).unwrap();
        drop(other);
    });
    let (fixture, keys, raised) = asked;
    keys.unwrap();
    assert_eq!(fixture.request().headers["x-amz-sso_bearer_token"], "other");
    let kinds: Vec<_> = raised.lock().unwrap().iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Waiting]);
}

#[tokio::test]
async fn without_a_home_nothing_is_written() {
    for home in ["", "relative"] {
        let env = [("HOME", home), ("AWS_CONFIG_FILE", CONFIG)];
        let answers = [registered(), registered(), begun(), new_token(""), role_keys()];
        let mut fixture = Fixture::new(&env, &[(CONFIG, SESSION)], answers).await;
        let (prompt, _) = person(handled);
        fixture.config = AwsConfig::read(Ports { prompt, ..fixture.config.ports.clone() }, None).await;
        resolve(&AwsSource::Profile(Some("a".to_owned())), &fixture.config).await.unwrap();
        assert!(fixture.logged("WARN", "the token cannot be stored in"), "{home:?}");
        assert!(fixture.logged("WARN", "HOME names no directory"), "{home:?}");
    }
}
