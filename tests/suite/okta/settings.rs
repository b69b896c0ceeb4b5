//! What a login needs before it asks anybody, and what it then asks for.

use super::{APP, AUTHENTICATE, LOGIN, REDSHIFT, STS, dsn, dsn_of, expect, sandbox};
use crate::probe::Machine;
use crate::sent::{count, operations, parameters, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{BOB_PASSWORD, PASSWORD};

const ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-role";
const LONG_ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-long-role";

/// PY-136, PY-139, PY-141
#[test]
fn success_and_what_was_sent() {
    let sandbox = Sandbox::start();
    for call in [dsn(&sandbox).call(), dsn(&sandbox).without("plugin_name").call().entry("okta")] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call.cache(1)]).remove(0);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!((outcome.plugin.as_str(), outcome.user.as_str()), ("Okta", "IAMA:alice"));
        assert_eq!(outcome.role_arn, ROLE);
        assert_eq!(operations(&sent), LOGIN);
        let authenticate = the(&sent, AUTHENTICATE);
        assert_eq!((authenticate.method.as_str(), authenticate.target.as_str()), ("POST", "/api/v1/authn"));
        let body: serde_json::Value = serde_json::from_slice(&authenticate.body).unwrap();
        assert_eq!(body, serde_json::json!({ "username": "alice", "password": PASSWORD }));
        for (name, value) in [
            ("accept", "application/json"),
            ("content-type", "application/json; charset=utf-8"),
            ("cache-control", "no-cache"),
        ] {
            assert_eq!(authenticate.header(name), Some(value));
        }
        let app = the(&sent, APP);
        assert!(
            app.target.starts_with("/home/amazon_aws/0oa2hylwrpM8UGehd1t7/272?onetimetoken=20111"),
            "{}",
            app.target
        );
        assert_eq!(parameters(the(&sent, REDSHIFT)).get("DbUser"), Some(&"alice"));
    }
}

#[test]
fn four_requests_over_three_connections_at_most() {
    let sandbox = Sandbox::start();
    let by_tls = dsn(&sandbox).at(&sandbox.https_url());
    let (outcome, sent) = Machine::new().recorded(&sandbox, [by_tls.call().cache(1)]).remove(0);
    assert_eq!((outcome.status, sent.len()), (0, 4), "{}", outcome.told());
    assert!(sent.iter().all(|record| record.tls));

    // Three hosts of their own, as in real life: behind a proxy the sandbox stands for all of them.
    let sandbox = Sandbox::start();
    let apart = dsn(&sandbox)
        .without("EndPointUrl")
        .without("StsEndpointUrl")
        .without("idp_port")
        .set("idp_host", "example.okta.com")
        .through_proxy(sandbox.proxy_port())
        .set("idp_use_https_proxy", "1");
    let outcome = Machine::new().one(apart.call().cache(1));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let sent = sandbox.requests();
    assert_eq!(operations(&sent), LOGIN);
    let hosts: Vec<_> = sent.iter().map(|record| record.host.as_str()).collect();
    let aws = ["sts.us-east-1.amazonaws.com", "redshift.us-east-1.amazonaws.com"];
    assert_eq!(hosts, ["example.okta.com", "example.okta.com", aws[0], aws[1]]);
    assert!(sandbox.tls_connections() <= 3, "{} connections", sandbox.tls_connections());
    assert_eq!(sandbox.proxied().iter().filter(|record| record.authorized).count(), 3);
}

/// PY-135
#[test]
fn each_key_that_is_missing() {
    let sandbox = Sandbox::start();
    for key in ["UID", "PWD", "idp_host", "app_id"] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn(&sandbox).without(key).call()]).remove(0);
        expect(&outcome, 101, "settings", &[key]);
        assert!(sent.is_empty());
        let empty = Machine::new().one(dsn(&sandbox).set(key, "").call());
        assert_eq!(empty.status, 101, "{key}: {}", empty.told());
    }
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0);
}

#[test]
fn keys_that_are_malformed() {
    let sandbox = Sandbox::start();
    let right = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for (key, wrong, good) in [
        ("totp_secret", "hunter2-not-base32!", right),
        ("totp_secret", "GEZDGNBV1", "gezd gnbv gy3t qojq"),
        ("app_id", "../../admin", "0oa2hylwrpM8UGehd1t7/272"),
        ("app_id", "0oa2hylwrpM8UGehd1t7//272", " 0oa2hylwrpM8UGehd1t7/272 "),
        ("app_id", "0oa2hylwrpM8UGehd1t7/272?fromHome=true", "0oa2hylwrpM8UGehd1t7/272"),
        ("app_id", "https://x.okta.com/home/amazon_aws/1/272", "0oa2hylwrpM8UGehd1t7/272"),
        ("app_name", "..", "amazon_aws"),
        ("idp_host", "https://example.okta.com", "127.0.0.1"),
        ("idp_port", "70000", &sandbox.https_url()["https://127.0.0.1:".len()..]),
    ] {
        let before = count(&sandbox);
        let outcome = Machine::new().one(dsn(&sandbox).set(key, wrong).call());
        expect(&outcome, 100, "settings", &[key]);
        assert!(!outcome.told().contains("hunter2"), "{}", outcome.told());
        assert_eq!(count(&sandbox), before, "{key}");
        let outcome = Machine::new().one(dsn(&sandbox).set(key, good).call());
        assert_eq!(outcome.status, 0, "{key}: {}", outcome.told());
    }
}

#[test]
fn the_port_stands_in_either_key() {
    let sandbox = Sandbox::start();
    let https = sandbox.https_url();
    let host = https.strip_prefix("https://").unwrap();
    let together = dsn(&sandbox).without("idp_port").set("idp_host", host);
    assert_eq!(Machine::new().one(together.call()).status, 0);
    // The port of the host is the nearer one.
    assert_eq!(Machine::new().one(together.set("idp_port", "1").call()).status, 0);
}

#[test]
fn names_are_encoded_and_slashes_of_the_id_are_not() {
    let sandbox = sandbox(|org| {
        org.app_name = "my app/x".to_owned();
        org.app_id = "0oa+ü&%2F/272".to_owned();
    });
    let dsn = dsn(&sandbox).set("app_name", "my app/x").set("app_id", "0oa+ü&%2F/272");
    let outcome = Machine::new().one(dsn.call());
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let requests = sandbox.requests();
    let app = the(&requests, APP);
    assert!(app.target.starts_with("/home/my%20app%2Fx/0oa+%C3%BC&%252F/272?"), "{}", app.target);
}

#[test]
fn passwords_and_names_of_any_characters() {
    let sandbox = Sandbox::start();
    let bob = dsn_of(&sandbox, "bob").set("PWD", BOB_PASSWORD);
    assert_eq!(Machine::new().one(bob.call()).status, 0);
    let alias = dsn_of(&sandbox, "EXAMPLE\\alice");
    assert_eq!(Machine::new().one(alias.call()).status, 0);
    let machine = Machine::new().env("OKTA_PASSWORD", PASSWORD);
    let from_environment = dsn(&sandbox).without("PWD").set("password_source", "env:OKTA_PASSWORD");
    assert_eq!(machine.one(from_environment.call()).status, 0);
}

#[test]
fn the_role_that_is_preferred() {
    let sandbox = Sandbox::start();
    let bob = dsn_of(&sandbox, "bob").set("PWD", BOB_PASSWORD);
    for role in [ROLE, LONG_ROLE] {
        let (outcome, sent) =
            Machine::new().recorded(&sandbox, [bob.clone().set("preferred_role", role).call()]).remove(0);
        assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, role), "{}", outcome.told());
        assert_eq!(parameters(the(&sent, STS)).get("RoleArn"), Some(&role));
    }
    let other = bob.set("preferred_role", "arn:aws:iam::123456789012:role/other");
    let (outcome, sent) = Machine::new().recorded(&sandbox, [other.call()]).remove(0);
    expect(&outcome, 304, "assertion", &[ROLE, LONG_ROLE, "role/other", "preferred_role"]);
    assert_eq!(operations(&sent), [AUTHENTICATE, APP]);
}

#[test]
fn one_sign_in_for_many_databases() {
    let sandbox = Sandbox::start();
    let dsn = dsn(&sandbox);
    let calls = [dsn.call(), dsn.call(), dsn.clone().set("Database", "other").call(), dsn.call().entry("aws")];
    let results = Machine::new().recorded(&sandbox, calls);
    let sent: Vec<_> = results.iter().map(|(_, sent)| operations(sent)).collect();
    assert!(results.iter().all(|(outcome, _)| outcome.status == 0));
    assert_eq!(sent[1..], [vec![], vec![REDSHIFT], vec![]]);
    let changed = [dsn.call(), dsn.clone().set("app_id", "other").call()];
    let results = Machine::new().recorded(&sandbox, changed);
    assert_eq!(results[1].0.status, 302, "another application is another identity");
}
