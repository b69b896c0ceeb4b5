//! Signatures: every way in which one can be wrong, in both protocols, each with its control.

mod common;

use std::time::{Duration, SystemTime};

use common::{ALICE, CLUSTER, FORM, Reply, Signer, connect, exchange, form, login, request, send};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{EXPIRED_KEY, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_KEY, USER_SECRET};

/// The same call by both protocols.
fn both(sandbox: &Sandbox, change: impl Fn(Signer) -> Signer) -> (Reply, Reply) {
    let url = sandbox.http_url();
    let query = change(Signer::user("redshift")).redshift(&url, "GetClusterCredentials", &[ALICE, CLUSTER]);
    let body = r#"{"workgroupName":"sandbox-workgroup"}"#;
    (query, change(Signer::user("redshift-serverless")).serverless(&url, "GetCredentials", body))
}

fn assert_both(replies: &(Reply, Reply), query: (u16, &str), json: &str, message: &str) {
    assert_eq!(replies.0.error(), (query.0, query.1.to_owned()), "{}", replies.0.text());
    assert_eq!(replies.1.error(), (400, json.to_owned()), "{}", replies.1.text());
    assert!(replies.0.message().contains(message), "{}", replies.0.message());
    assert!(replies.1.message().contains(message), "{}", replies.1.message());
}

#[test]
fn a_right_signature_passes() {
    let sandbox = Sandbox::start();
    let (query, json) = both(&sandbox, |signer| signer);
    assert_eq!((query.status, json.status), (200, 200), "{} {}", query.text(), json.text());
    let token = Some(SESSION_TOKEN.to_owned());
    let (query, json) = both(&sandbox, |signer| Signer {
        key: SESSION_KEY.to_owned(),
        secret: SESSION_SECRET.to_owned(),
        token: token.clone(),
        ..signer
    });
    assert_eq!((query.status, json.status), (200, 200), "{} {}", query.text(), json.text());
}

#[test]
fn a_wrong_secret_is_refused() {
    let sandbox = Sandbox::start();
    let replies = both(&sandbox, |signer| Signer { secret: "wrong".to_owned(), ..signer });
    assert_both(&replies, (403, "SignatureDoesNotMatch"), "InvalidSignatureException", "does not match the signature");
}

#[test]
fn an_unknown_key_is_refused() {
    let sandbox = Sandbox::start();
    let replies = both(&sandbox, |signer| Signer { key: "AKIANOBODY".to_owned(), ..signer });
    assert_both(&replies, (403, "InvalidClientTokenId"), "UnrecognizedClientException", "security token included");
}

#[test]
fn a_session_token_must_be_the_right_one() {
    let sandbox = Sandbox::start();
    let session = |token: Option<&str>| {
        let token = token.map(ToOwned::to_owned);
        both(&sandbox, |signer| Signer {
            key: SESSION_KEY.to_owned(),
            secret: SESSION_SECRET.to_owned(),
            token: token.clone(),
            ..signer
        })
    };
    for token in [None, Some("wrong")] {
        assert_both(&session(token), (403, "InvalidClientTokenId"), "UnrecognizedClientException", "is invalid");
    }
    // A user's key has none.
    let replies = both(&sandbox, |signer| Signer { token: Some(SESSION_TOKEN.to_owned()), ..signer });
    assert_both(&replies, (403, "InvalidClientTokenId"), "UnrecognizedClientException", "is invalid");
}

#[test]
fn an_expired_session_is_refused() {
    let sandbox = Sandbox::start();
    let expired = |signer| Signer {
        key: EXPIRED_KEY.to_owned(),
        secret: SESSION_SECRET.to_owned(),
        token: Some(SESSION_TOKEN.to_owned()),
        ..signer
    };
    assert_both(&both(&sandbox, expired), (403, "ExpiredToken"), "ExpiredTokenException", "is expired");
    sandbox.with_world(|world| world.key_mut(EXPIRED_KEY).unwrap().expires_at = None);
    let (query, json) = both(&sandbox, expired);
    assert_eq!((query.status, json.status), (200, 200));
}

#[test]
fn a_wrong_clock_is_refused_and_the_date_tells_the_right_one() {
    let sandbox = Sandbox::start();
    let at = |time: SystemTime| both(&sandbox, |signer| Signer { time, ..signer });
    let (now, off) = (SystemTime::now(), Duration::from_mins(6));
    assert_both(&at(now - off), (403, "SignatureDoesNotMatch"), "InvalidSignatureException", "Signature expired: ");
    assert_both(
        &at(now + off),
        (403, "SignatureDoesNotMatch"),
        "InvalidSignatureException",
        "Signature not yet current: ",
    );
    let bearable = Duration::from_mins(4);
    assert_eq!(at(now - bearable).0.status, 200);
    assert_eq!(at(now + bearable).0.status, 200);

    sandbox.with_world(|world| world.clock_offset_seconds = 3600);
    let ahead = login(&sandbox);
    assert_eq!(ahead.error(), (403, "SignatureDoesNotMatch".to_owned()));
    assert_eq!(at(now + Duration::from_hours(1)).0.status, 200, "the servers' clock counts");
    let expected = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
    let hour = format!(" {:02}:", expected.hour());
    let next = format!(" {:02}:", (expected + time::Duration::minutes(1)).hour());
    let date = ahead.header("Date").unwrap();
    assert!(date.contains(&hour) || date.contains(&next), "{date}");
}

#[test]
fn the_scope_must_fit() {
    let sandbox = Sandbox::start();
    let replies = both(&sandbox, |signer| Signer { service: "s3".to_owned(), ..signer });
    assert_both(&replies, (403, "SignatureDoesNotMatch"), "InvalidSignatureException", "scoped to correct service");
    let to_host = |host: &str| {
        let host = host.to_owned();
        both(&sandbox, move |signer| Signer { host: Some(host.clone()), ..signer })
    };
    let replies = to_host("redshift.eu-west-1.amazonaws.com");
    assert_both(&replies, (403, "SignatureDoesNotMatch"), "InvalidSignatureException", "scoped to a valid region");
    let right = to_host("redshift.us-east-1.amazonaws.com");
    assert_eq!((right.0.status, right.1.status), (200, 200), "{}", right.0.text());
}

#[test]
fn what_was_changed_after_signing_is_found() {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    let body = form("2012-12-01", "GetClusterCredentials", &[ALICE, CLUSTER]);
    let signed = Signer::user("redshift").sign("POST", &url, "/", &[("content-type", FORM)], body.as_bytes());
    let ask = |headers: &[(String, String)], body: &str| {
        exchange(&mut connect(&url), &request("POST", &url, "/", headers, body.as_bytes())).unwrap()
    };
    assert_eq!(ask(&signed, &body).status, 200);
    assert_eq!(ask(&signed, &body.replace("alice", "mallory")).error().1, "SignatureDoesNotMatch");
    let mut typed = signed.clone();
    typed[0].1 = "application/x-www-form-urlencoded".to_owned();
    assert_eq!(ask(&typed, &body).error().1, "SignatureDoesNotMatch");
    let mut late = signed.clone();
    late.iter_mut().find(|(name, _)| name == "x-amz-date").unwrap().1 = "20260101T000000Z".to_owned();
    assert_eq!(ask(&late, &body).error().1, "SignatureDoesNotMatch");
    assert!(ask(&late, &body).message().starts_with("Date in Credential scope does not match"));
    let header = |name: &str| signed.iter().find(|(key, _)| key == name).unwrap().1.clone();
    let unsigned_date = header("authorization").replace("host;x-amz-date", "host");
    let mut weak = signed.clone();
    weak.iter_mut().find(|(name, _)| name == "authorization").unwrap().1 = unsigned_date;
    assert!(ask(&weak, &body).message().contains("'x-amz-date' must be a 'SignedHeader'"));
}

#[test]
fn no_signature_and_half_a_signature_are_refused() {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    let body = form("2012-12-01", "GetClusterCredentials", &[ALICE, CLUSTER]);
    let none = send(&url, "POST", "/", &[("content-type", FORM)], body.as_bytes());
    assert_eq!(none.error(), (403, "MissingAuthenticationToken".to_owned()));
    let half = [("content-type", FORM), ("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/redshift/aws4_request")];
    let half = send(&url, "POST", "/", &half, body.as_bytes());
    assert_eq!(half.error(), (400, "IncompleteSignature".to_owned()));
    assert!(half.message().contains("'SignedHeaders'"), "{}", half.message());
    let target =
        [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "RedshiftServerless.GetCredentials")];
    let none = send(&url, "POST", "/", &target, b"{}");
    assert_eq!(none.error(), (400, "MissingAuthenticationTokenException".to_owned()));
}

#[test]
fn keys_are_added_and_removed_while_it_runs() {
    let sandbox = Sandbox::start();
    sandbox.with_world(|world| world.keys.retain(|key| key.id != USER_KEY));
    assert_eq!(login(&sandbox).error().1, "InvalidClientTokenId");
    let key = rs_auth_sandbox::world::AccessKey::of_user(USER_KEY, USER_SECRET, "returned");
    sandbox.with_world(|world| world.keys.push(key));
    assert_eq!(login(&sandbox).status, 200);
}
