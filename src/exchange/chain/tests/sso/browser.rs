//! An authorization code for a browser, and the registration that is shared with the AWS CLI.

use super::sign_in::{json_answer, registered, sent};
use super::*;
use crate::os::opener::Started;
use crate::ports::browser::fake::browser;
use crate::ports::env::Env;
use crate::secret::secret;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

/// SHA-1 of what the CLI takes for `SESSION`, and of the same with our name in the place of its own.
const OF_AWS: &str = "a5ef4a75f83137c047e4ff336d1dade82162017b";
const OURS: &str = "925a481fec8ad20ca4823856a74eb3f257efcb8c";
const START_URL: &str = "https://corp.awsapps.com/start";

fn query(url: &str) -> BTreeMap<String, String> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

/// Comes back from the page `url` with these fields and its state.
fn come_back(url: &str, fields: &'static str) {
    let asked = query(url);
    std::thread::spawn(move || {
        let back = url::Url::parse(&asked["redirect_uri"]).unwrap();
        let authority = format!("127.0.0.1:{}", back.port().unwrap());
        let mut stream = TcpStream::connect(&authority).unwrap();
        let (path, state) = (back.path(), &asked["state"]);
        write!(stream, "GET {path}?{fields}&state={state} HTTP/1.1\r\nHost: {authority}\r\n\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
}

/// Shows pages in a browser that comes back with a code.
fn shown(event: &Event) -> Reply {
    assert_eq!(event.kind, EventKind::OpenUrl);
    come_back(event.url.as_deref().unwrap(), "code=c%2B1");
    Reply::Handled(None)
}

fn paths(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(|request| request.url.path()).collect()
}

const WITH_REGISTRATION: [&str; 3] = ["/client/register", "/token", "/federation/credentials"];

fn renewing() -> Scripted {
    new_token(r#", "refreshToken": "r1""#)
}

impl Home {
    fn registration(&self, name: &str) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.token_file(name)).unwrap()).unwrap()
    }

    fn with_registration(self, name: &str, file: &Value) -> Self {
        std::fs::write(self.token_file(name), file.to_string()).unwrap();
        self
    }
}

/// As the AWS CLI writes it.
const UNTIL_APRIL: &str = "2026-04-01T00:00:00Z";

fn registration(expires_at: &str) -> Value {
    json!({
        "clientId": "kept", "clientSecret": "ks", "expiresAt": expires_at, "scopes": ["sso:account:access"],
        "grantTypes": ["authorization_code", "refresh_token"],
    })
}

#[tokio::test]
async fn a_code_is_exchanged_and_aws_can_use_all_of_it() {
    let home = Home::new(SESSION, "none", "");
    std::fs::remove_dir_all(home.path().join(".aws/sso")).unwrap();
    let (fixture, keys, raised) = home.ask_person(vec![registered(), renewing(), role_keys()], shown).await;
    keys.unwrap();
    let requests = fixture.http.requests();
    assert_eq!(paths(&requests), WITH_REGISTRATION);
    assert!(requests.iter().all(|request| signer(request).is_none()));
    let wanted = json!({
        "clientName": "rs_auth", "clientType": "public", "scopes": ["sso:account:access"], "issuerUrl": START_URL,
        "redirectUris": ["http://127.0.0.1/oauth/callback"], "grantTypes": ["authorization_code", "refresh_token"],
    });
    assert_eq!(sent(&requests[0]), wanted);

    let raised = raised.lock().unwrap().clone();
    let [event] = raised.as_slice() else { panic!("{raised:?}") };
    let page = event.url.clone().unwrap();
    assert!(
        page.starts_with("https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code&client_id=cid&"),
        "{page}"
    );
    let asked = query(&page);
    let redirect_uri = &asked["redirect_uri"];
    assert!(
        redirect_uri.starts_with("http://127.0.0.1:") && redirect_uri.ends_with("/oauth/callback"),
        "{redirect_uri}"
    );
    assert_eq!((asked["scopes"].as_str(), asked["code_challenge_method"].as_str()), ("sso:account:access", "S256"));
    let exchanged = sent(&requests[1]);
    let verifier = exchanged["codeVerifier"].as_str().unwrap();
    let wanted = json!({
        "clientId": "cid", "clientSecret": "csecret", "grantType": "authorization_code", "code": "c+1",
        "codeVerifier": verifier, "redirectUri": redirect_uri,
    });
    assert_eq!(exchanged, wanted);
    let challenge = {
        use base64::Engine;
        use sha2::{Digest, Sha256};
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
    };
    assert_eq!(asked["code_challenge"], challenge);

    let (registered_until, expires_at) = ("2026-04-01T00:00:00Z", "2026-01-01T01:00:00Z");
    let wanted = json!({
        "startUrl": START_URL, "region": "eu-west-1", "accessToken": "new", "expiresAt": expires_at, "clientId": "cid",
        "clientSecret": "csecret", "registrationExpiresAt": registered_until, "refreshToken": "r1",
    });
    assert_eq!(home.stored(), wanted);
    let wanted = json!({
        "clientId": "cid", "clientSecret": "csecret", "expiresAt": registered_until, "scopes": ["sso:account:access"],
        "grantTypes": ["authorization_code", "refresh_token"],
    });
    assert_eq!(home.registration(OURS), wanted);
    assert!(!home.token_file(OF_AWS).exists(), "an older CLI would take it for one for device codes");
    // The next sign-in is made by the same client.
    std::fs::remove_file(home.token_file(SESSION_FILE)).unwrap();
    let (fixture, keys, _) = home.ask_person(vec![renewing(), role_keys()], shown).await;
    keys.unwrap();
    assert_eq!(sent(&fixture.http.requests()[0])["clientId"], "cid");
}

#[tokio::test]
async fn scopes_of_the_session_are_asked_for() {
    let config = SESSION.replace("eu-west-1", "eu-west-1\nsso_registration_scopes = a:b, c:d");
    let home = Home::new(&config, "none", "");
    let (fixture, keys, raised) = home.ask_person(vec![registered(), renewing(), role_keys()], shown).await;
    keys.unwrap();
    assert_eq!(sent(&fixture.http.requests()[0])["scopes"], json!(["a:b", "c:d"]));
    let page = raised.lock().unwrap()[0].url.clone().unwrap();
    assert!(page.contains("&scopes=a%3Ab%20c%3Ad&"), "{page}");
    // The name has them in it.
    assert!(home.token_file("f9d06ace9a720c28f0e708d037c731601c7adeab").exists());
}

#[tokio::test]
async fn a_registration_is_used_while_it_holds() {
    let without_grants = {
        let mut file = registration(UNTIL_APRIL);
        file.as_object_mut().unwrap().remove("grantTypes");
        file
    };
    for (file, is_used) in [
        (registration(UNTIL_APRIL), true),
        (registration("2026-01-01T00:15:01Z"), true),
        (registration("2026-01-01T00:15:00Z"), false),
        (registration("soon"), false),
        // Under the same name the CLI keeps one for device codes.
        (without_grants, false),
        (json!([]), false),
    ] {
        for name in [OF_AWS, OURS] {
            let home = Home::new(SESSION, "none", "").with_registration(name, &file);
            let answers = [(!is_used).then(registered), Some(renewing()), Some(role_keys())];
            let (fixture, keys, _) = home.ask_person(answers.into_iter().flatten().collect(), shown).await;
            keys.unwrap();
            assert_eq!(paths(&fixture.http.requests()), WITH_REGISTRATION[usize::from(is_used)..], "{file}");
            assert_eq!(home.stored()["clientId"], if is_used { "kept" } else { "cid" });
            if is_used || name == OF_AWS {
                assert_eq!(home.registration(name), file, "as it was");
            }
        }
    }
}

#[tokio::test]
async fn a_registration_that_is_refused_is_made_anew_once() {
    for code in ["InvalidClientException", "UnauthorizedClientException"] {
        for name in [OF_AWS, OURS] {
            let home = Home::new(SESSION, "none", "").with_registration(name, &registration(UNTIL_APRIL));
            let answers = vec![refusal(401, code), registered(), renewing(), role_keys()];
            let (fixture, keys, raised) = home.ask_person(answers, shown).await;
            keys.unwrap();
            assert_eq!(paths(&fixture.http.requests()), [&["/token"][..], &WITH_REGISTRATION[..]].concat());
            assert_eq!((raised.lock().unwrap().len(), &home.registration(OURS)["clientId"]), (2, &json!("cid")));
            if name == OF_AWS {
                assert_eq!(home.registration(OF_AWS), registration("1970-01-01T00:00:00Z"), "aws registers anew too");
            }
        }
        let home = Home::new(SESSION, "none", "").with_registration(OURS, &registration(UNTIL_APRIL));
        let answers = vec![refusal(401, code), registered(), refusal(401, code)];
        let (_, keys, raised) = home.ask_person(answers, shown).await;
        assert_eq!((keys.unwrap_err().code(), raised.lock().unwrap().len()), (Some(code), 2));
    }
    // What else goes wrong says nothing of it.
    let home = Home::new(SESSION, "none", "").with_registration(OURS, &registration(UNTIL_APRIL));
    let (fixture, keys, _) = home.ask_person(vec![refusal(400, "InvalidGrantException")], shown).await;
    assert_eq!(keys.unwrap_err().code(), Some("InvalidGrantException"));
    assert_eq!((fixture.http.requests().len(), home.registration(OURS)), (1, registration(UNTIL_APRIL)));
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_a_no_is_told() {
    let home = Home::new(SESSION, "none", "");
    let (fixture, keys, _) = home.ask_person(vec![registered(), refusal(503, "InternalServerException")], shown).await;
    assert_eq!((keys.unwrap_err().status(), fixture.http.requests().len()), (Status::Service, 2));
    assert!(!home.token_file(SESSION_FILE).exists());
    let (fixture, keys, _) = home
        .ask_person(vec![], |event| {
            come_back(event.url.as_deref().unwrap(), "error=access_denied&error_description=not+you");
            Reply::Handled(None)
        })
        .await;
    let error = keys.unwrap_err();
    assert_eq!((error.status(), error.code()), (Status::IdpRejected, Some("access_denied")), "{error}");
    assert!(fixture.http.requests().is_empty(), "the registration is kept, the code not asked for");
}

/// Without a callback: whoever sits before a display.
#[tokio::test]
async fn the_system_browser_is_shown_where_there_is_one() {
    for (env, started, status) in [
        (vec![("DISPLAY", ":0"), ("BROWSER", "one")], Started::Well, None),
        (vec![("DISPLAY", ":0"), ("BROWSER", "one")], Started::Missing("no such file".to_owned()), Some(404)),
        (vec![], Started::Well, Some(404)),
    ] {
        let home = Home::new(SESSION, "none", "");
        let variables = [&[("HOME", home.path().to_str().unwrap())][..], &env].concat();
        let (browser, runs) = browser(move |opener| {
            if matches!(started, Started::Well) {
                come_back(opener.arguments[0].to_str().unwrap(), "code=c");
            }
            started.clone()
        });
        let (fixture, keys) = home
            .ask_with(vec![registered(), renewing(), role_keys()], |ports| Ports {
                env: Env::from_pairs(variables),
                browser,
                ..ports
            })
            .await;
        assert_eq!(keys.err().map(|error| error.status().number()), status);
        let requests = fixture.http.requests();
        match (env.is_empty(), status) {
            (true, _) => assert!(requests.is_empty(), "nobody can be asked, and nothing is"),
            (false, Some(_)) => assert_eq!(paths(&requests), WITH_REGISTRATION[..1]),
            (false, None) => assert_eq!(paths(&requests), WITH_REGISTRATION),
        }
        assert_eq!(runs.lock().unwrap().len(), usize::from(!env.is_empty()));
    }
}

#[tokio::test]
async fn what_a_person_pastes_comes_last() {
    let home = Home::new(SESSION, "none", "");
    let begun = json_answer(&json!({
        "deviceCode": "dcode", "userCode": "ABCD-EFGH", "verificationUri": "https://device.sso/", "interval": 1,
    }));
    let (fixture, keys, raised) = home
        .ask_person(vec![registered(), registered(), begun, renewing(), role_keys()], |event| {
            let pasted = |url: &str| {
                let asked = query(url);
                secret(format!("{}?code=pasted&state={}", asked["redirect_uri"], asked["state"]))
            };
            match event.kind {
                EventKind::PasteUrl => Reply::Handled(event.url.as_deref().map(pasted)),
                _ => Reply::UseDefault,
            }
        })
        .await;
    keys.unwrap();
    let kinds: Vec<_> = raised.lock().unwrap().iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::OpenUrl, EventKind::DeviceCode, EventKind::PasteUrl]);
    let requests = fixture.http.requests();
    assert_eq!(paths(&requests[3..]), WITH_REGISTRATION[1..]);
    assert_eq!(sent(&requests[3])["code"], "pasted");
}
