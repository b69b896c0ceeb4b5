//! Instance metadata and container credentials: keys for those who show a token, and for nobody else.

mod common;

use common::{CLUSTER, Reply, Signer, send};
use rs_auth_sandbox::Sandbox;

const TTL: &str = "X-aws-ec2-metadata-token-ttl-seconds";
const TOKEN: &str = "X-aws-ec2-metadata-token";
const KEYS: &str = "/latest/meta-data/iam/security-credentials/";

fn token(sandbox: &Sandbox) -> String {
    let reply = send(&sandbox.imds_url(), "PUT", "/latest/api/token", &[(TTL, "21600")], b"");
    assert_eq!((reply.status, reply.header(TTL)), (200, Some("21600")));
    reply.text()
}

fn get(sandbox: &Sandbox, path: &str, token: &str) -> Reply {
    send(&sandbox.imds_url(), "GET", path, &[(TOKEN, token)], b"")
}

#[test]
fn the_instance_role_has_keys_that_work() {
    let sandbox = Sandbox::start();
    let token = token(&sandbox);
    let role = get(&sandbox, KEYS, &token).text();
    assert_eq!(role, "sandbox-instance");
    let keys = get(&sandbox, &format!("{KEYS}{role}"), &token).json();
    assert_eq!((keys["Code"].as_str(), keys["Type"].as_str()), (Some("Success"), Some("AWS-HMAC")));
    let part = |name: &str| keys[name].as_str().unwrap().to_owned();
    let signer = Signer::new("redshift", &part("AccessKeyId"), &part("SecretAccessKey"), Some(&part("Token")));
    let login = signer.redshift(&sandbox.http_url(), "GetClusterCredentialsWithIAM", &[CLUSTER]);
    assert_eq!(login.element("DbUser").as_deref(), Some("IAMR:sandbox-instance"), "{}", login.text());
    assert_eq!(get(&sandbox, "/latest/meta-data/placement/region", &token).text(), "us-east-1");
    let document = get(&sandbox, "/latest/dynamic/instance-identity/document", &token).json();
    assert_eq!(document["region"], "us-east-1");
    assert_eq!(get(&sandbox, &format!("{KEYS}other-role"), &token).status, 404);
}

#[test]
fn version_1_and_wrong_tokens_are_refused() {
    let sandbox = Sandbox::start();
    let url = sandbox.imds_url();
    assert_eq!(send(&url, "GET", KEYS, &[], b"").status, 401);
    assert_eq!(get(&sandbox, KEYS, "wrong").status, 401);
    assert_eq!(send(&url, "PUT", "/latest/api/token", &[], b"").status, 400);
    assert_eq!(send(&url, "PUT", "/latest/api/token", &[(TTL, "0")], b"").status, 400);
    assert_eq!(send(&url, "PUT", "/latest/api/token", &[(TTL, "21601")], b"").status, 400);
    assert_eq!(send(&url, "GET", "/latest/api/token", &[(TTL, "60")], b"").status, 405);
    let forwarded = [(TTL, "60"), ("X-Forwarded-For", "10.0.0.1")];
    assert_eq!(send(&url, "PUT", "/latest/api/token", &forwarded, b"").status, 403);
    let token = token(&sandbox);
    assert_eq!(get(&sandbox, KEYS, &token).status, 200);
    sandbox.with_world(|world| world.clock_offset_seconds = 21601);
    assert_eq!(get(&sandbox, KEYS, &token).status, 401, "its time is up");
}

#[test]
fn an_instance_without_a_role_has_no_keys() {
    let sandbox = Sandbox::builder().with_world(|world| world.instance = None).start();
    let token = token(&sandbox);
    assert_eq!(get(&sandbox, KEYS, &token).status, 404);
    assert_eq!(get(&sandbox, "/latest/meta-data/placement/region", &token).status, 200);
}

#[test]
fn the_extended_paths_are_there_on_request_only() {
    let sandbox = Sandbox::start();
    let extended = "/latest/meta-data/iam/security-credentials-extended/";
    let token = token(&sandbox);
    assert_eq!(get(&sandbox, extended, &token).status, 404);
    sandbox.with_world(|world| world.extended_metadata = true);
    let role = get(&sandbox, extended, &token).text();
    assert_eq!(get(&sandbox, &format!("{extended}{role}"), &token).json()["AccountId"], "123456789012");
}

#[test]
fn the_container_endpoint_wants_its_token() {
    let sandbox = Sandbox::start();
    let url = sandbox.container_url();
    let path = url.strip_prefix(&sandbox.imds_url()).unwrap().to_owned();
    let ask = |headers: &[(&str, &str)]| send(&url, "GET", &path, headers, b"");
    assert_eq!(ask(&[]).status, 401);
    assert_eq!(ask(&[("Authorization", "wrong")]).status, 401);
    let granted = ask(&[("Authorization", &sandbox.container_token())]);
    assert_eq!(granted.status, 200);
    assert_eq!(granted.json()["RoleArn"], "arn:aws:iam::123456789012:role/sandbox-container");
    sandbox.with_world(|world| world.container = None);
    assert_eq!(ask(&[("Authorization", &sandbox.container_token())]).status, 404);
}
