//! What a person should look at, each with a control that says nothing of it.

use super::{dsn, explain, warned};
use crate::probe::Machine;

const HOST: (&str, &str) = ("Host", "c.x.us-east-1.redshift.amazonaws.com");
const KEYS: [(&str, &str); 3] = [("AccessKeyID", "AKIA"), ("SecretAccessKey", "hunter2secret"), ("DbUser", "u")];

/// A DSN, what is added to it, the kind of warning, and a part of it.
type Case<'a> = (&'a [(&'a str, &'a str)], (&'a str, &'a str), &'a str, &'a str);

#[test]
fn each_is_told_where_it_is_so() {
    let okta = [
        ("plugin_name", "Okta"),
        ("UID", "u"),
        ("PWD", "hunter2secret"),
        ("idp_host", "o.example"),
        ("app_id", "a"),
        HOST,
    ];
    let keys = [KEYS[0], KEYS[1], KEYS[2], HOST];
    let workgroup = ("Host", "w.1.us-east-1.redshift-serverless.amazonaws.com");
    let cases: Vec<Case<'_>> = vec![
        (&okta, ("DbUsr", "x"), "login", "did you mean DbUser?"),
        (&okta, ("Profile", "p"), "login", "leaves aside Profile"),
        (&okta, ("AccessKeyID", "AKIA"), "login", "leaves aside AccessKeyID"),
        (&okta, ("login_url", "https://h.example/"), "unused_key", "login_url is not read by Okta"),
        (&keys, ("idp_host", "h.example"), "unused_key", "idp_host is not read by Static"),
        (&keys, ("ClusterID", "other"), "conflict", "ClusterId is \\\"other\\\", but the host name says \\\"c\\\""),
        (&keys, ("Region", "eu-west-1"), "conflict", "Region is"),
        (&keys, ("Serverless", "1"), "conflict", "Serverless is on"),
        (&keys, workgroup, "conflict", "DbUser is not sent"),
        (&keys, ("group_federation", "1"), "conflict", "DbUser is not sent"),
        (&keys, ("https_proxy_port", "1"), "conflict", "without https_proxy_host"),
        (&keys, ("vpc_endpoint_url", "e.example"), "conflict", "Host is not connected to"),
        (&okta, ("idp_use_https_proxy", "1"), "conflict", "without https_proxy_host"),
        (&keys, ("DSN", "nowhere"), "conflict", "nowhere"),
        (&keys, ("EndPointUrl", "http://127.0.0.1:1"), "network", "plain http"),
        (&keys, ("EndPointUrl", "https://aws.example"), "login", "not a host of AWS"),
        (&keys, ("CaFile", "/nonexistent.pem"), "network", "does not exist"),
        (&okta, ("ssl_insecure", "1"), "network", "is not checked"),
        (&keys, ("EndPointUrl", "https://u:hunter2secret@x.amazonaws.com"), "exposed_secret", "EndPointUrl"),
        (&keys, ("Database", "eyJhbGciOi.eyJzdWIi.c2lnbmF0"), "exposed_secret", "Database"),
        (&keys, ("my_password", "hunter2secret"), "exposed_secret", "sounds like a secret"),
        (&keys, ("authmech", "require"), "spelling", "SSLMode"),
        (&keys, ("EM", "1"), "spelling", "EncryptionMethod"),
    ];
    let machine = Machine::new();
    for (base, (key, value), kind, part) in cases {
        let more = dsn(base).set(key, value);
        let told = warned(&explain(&machine, more.call()));
        let line = told.lines().find(|line| line.contains(part));
        assert!(line.is_some_and(|line| line.starts_with(&format!("\"{kind}\""))), "{key}={value}: {told}");
        assert!(!told.contains("hunter2secret"), "{key}={value}: {told}");
        let control = warned(&explain(&machine, dsn(base).call()));
        assert!(!control.contains(part), "{key}: {control}");
    }
}
