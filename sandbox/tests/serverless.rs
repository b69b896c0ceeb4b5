//! Redshift Serverless: what it grants and what it refuses.

mod common;

use common::{Reply, Signer};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{
    DENIED_KEY, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_SECRET, WORKGROUP_DOMAIN,
};

fn call(sandbox: &Sandbox, operation: &str, body: &str) -> Reply {
    Signer::user("redshift-serverless").serverless(&sandbox.http_url(), operation, body)
}

#[test]
fn credentials_are_granted_and_recorded() {
    let sandbox = Sandbox::start();
    let body = r#"{"workgroupName":"sandbox-workgroup","dbName":"dev","durationSeconds":1800}"#;
    let reply = call(&sandbox, "GetCredentials", body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["dbUser"], "IAM:sandbox-user");
    let left = reply.json()["expiration"].as_i64().unwrap() - time::OffsetDateTime::now_utc().unix_timestamp();
    assert!((1790..=1800).contains(&left), "{left}");
    assert!(reply.header("x-amzn-RequestId").is_some());
    let record = &sandbox.requests_for("GetCredentials")[0];
    assert_eq!(record.service, "redshift-serverless");
    assert_eq!((record.parameter("dbName"), record.parameter("durationSeconds")), (Some("dev"), Some("1800")));

    let session = Signer::new("redshift-serverless", SESSION_KEY, SESSION_SECRET, Some(SESSION_TOKEN));
    let role = session.serverless(&sandbox.http_url(), "GetCredentials", body);
    assert_eq!(role.json()["dbUser"], "IAMR:sandbox-role");
    let domain = call(&sandbox, "GetCredentials", &format!(r#"{{"customDomainName":"{WORKGROUP_DOMAIN}"}}"#));
    assert_eq!(domain.status, 200, "{}", domain.text());
}

#[test]
fn wrong_input_is_refused() {
    let sandbox = Sandbox::start();
    let cases = [
        ("GetCredentials", r#"{"workgroupName":"nope"}"#, 400, "ResourceNotFoundException"),
        ("GetCredentials", r#"{"customDomainName":"nope.example.com"}"#, 400, "ResourceNotFoundException"),
        ("GetCredentials", "{}", 400, "ValidationException"),
        ("GetCredentials", r#"{"workgroupName":"ab"}"#, 400, "ValidationException"),
        ("GetCredentials", r#"{"workgroupName":"Upper"}"#, 400, "ValidationException"),
        ("GetCredentials", r#"{"workgroupname":"sandbox-workgroup"}"#, 400, "ValidationException"),
        (
            "GetCredentials",
            r#"{"workgroupName":"sandbox-workgroup","durationSeconds":899}"#,
            400,
            "ValidationException",
        ),
        (
            "GetCredentials",
            r#"{"workgroupName":"sandbox-workgroup","durationSeconds":"900"}"#,
            400,
            "SerializationException",
        ),
        ("GetCredentials", "not json", 400, "SerializationException"),
        ("GetWorkgroup", "{}", 400, "ValidationException"),
        ("GetWorkgroup", r#"{"workgroupName":"nope"}"#, 400, "ResourceNotFoundException"),
        ("GetNothing", "{}", 404, "UnknownOperationException"),
    ];
    for (operation, body, status, code) in cases {
        assert_eq!(call(&sandbox, operation, body).error(), (status, code.to_owned()), "{operation} {body}");
    }
    let control = call(&sandbox, "GetCredentials", r#"{"workgroupName":"sandbox-workgroup","durationSeconds":900}"#);
    assert_eq!(control.status, 200, "{}", control.text());
}

#[test]
fn workgroups_are_described() {
    let sandbox = Sandbox::start();
    let ready = call(&sandbox, "GetWorkgroup", r#"{"workgroupName":"sandbox-workgroup"}"#).json();
    assert_eq!(ready["workgroup"]["endpoint"]["port"], 5439);
    assert!(ready["workgroup"]["endpoint"]["address"].as_str().unwrap().starts_with("sandbox-workgroup.123456789012."));
    let creating = call(&sandbox, "GetWorkgroup", r#"{"workgroupName":"sandbox-creating"}"#).json();
    assert_eq!(creating["workgroup"]["status"], "CREATING");
    assert!(creating["workgroup"].get("endpoint").is_none());
}

#[test]
fn a_denied_action_is_refused() {
    let sandbox = Sandbox::start();
    let denied = Signer::new("redshift-serverless", DENIED_KEY, USER_SECRET, None);
    let reply = denied.serverless(&sandbox.http_url(), "GetCredentials", r#"{"workgroupName":"sandbox-workgroup"}"#);
    assert_eq!(reply.error(), (400, "AccessDeniedException".to_owned()));
    assert!(reply.message().contains("redshift-serverless:GetCredentials"), "{}", reply.message());
}

#[test]
fn an_identity_center_token_is_granted_for_known_workgroups() {
    let sandbox = Sandbox::start();
    let known = call(&sandbox, "GetIdentityCenterAuthToken", r#"{"workgroupNames":["sandbox-workgroup"]}"#);
    assert!(known.json()["token"].as_str().unwrap().len() > 50);
    let unknown = call(&sandbox, "GetIdentityCenterAuthToken", r#"{"workgroupNames":["nope"]}"#);
    assert_eq!(unknown.error(), (400, "ResourceNotFoundException".to_owned()));
}
