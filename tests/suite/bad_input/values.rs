//! Values that their keys cannot have. The controls are good values of the same keys.

use super::refused;
use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::Sandbox;

/// Keys with a value that is refused, what the message says of it, and a value that is taken.
const CASES: [(&str, &str, &str, &str); 55] = [
    ("IAM", "maybe", "must be 1, true, yes or on", "TRUE"),
    ("AutoCreate", "2", "must be 1, true", "yes"),
    ("ForceLowercase", "ja", "must be 1, true", "off"),
    ("group_federation", "y", "must be 1, true", "0"),
    ("Serverless", "none", "must be 1, true", "no"),
    ("InstanceProfile", "x", "must be 1, true", "0"),
    ("ssl_insecure", "-1", "must be 1, true", "1"),
    ("idp_use_https_proxy", "?", "must be 1, true", "1"),
    ("DisableCache", "nope", "must be 1, true", "1"),
    ("SSL", "ssl", "must be 1, true", "1"),
    ("SSL", "0", "in clear", "true"),
    ("SSL", "false", "in clear", "on"),
    ("SSLMode", "disable", "in clear", "require"),
    ("SSLMode", "Allow", "in clear", "verify-ca"),
    ("SSLMode", "prefer", "in clear", "VERIFY-FULL"),
    ("SSLMode", "bogus", "must be one of", "verify-full"),
    ("EncryptionMethod", "0", "in clear", "1"),
    ("EncryptionMethod", "4", "from 0 to 3", "2"),
    ("Port", "0", "from 1 to 65535", "1"),
    ("Port", "65536", "from 1 to 65535", "65535"),
    ("Port", "99999999999999999999", "from 1 to 65535", "5439"),
    ("Port", "-1", "character 1 is not a digit", " 5439 "),
    ("Port", "5439a", "character 5 is not a digit", "05439"),
    ("Port", "0x10", "character 2 is not a digit", "16"),
    ("Port", "5.5", "character 2 is not a digit", "55"),
    ("IAMDuration", "899", "from 900 to 3600", "900"),
    ("IAMDuration", "3601", "from 900 to 3600", "3600"),
    ("IAMDuration", "1e3", "character 2 is not a digit", "1000"),
    ("duration", "899", "from 900 to 43200", "900"),
    ("duration", "43201", "from 900 to 43200", "43200"),
    ("LoginTimeout", "soon", "character 1 is not a digit", "30"),
    ("LoginTimeout", "2147483648", "from 0 to 2147483647", "2147483647"),
    ("StsConnectionTimeout", "10s", "character 3 is not a digit", "10"),
    ("idp_response_timeout", "9", "from 10 to", "10"),
    ("listen_port", "65536", "from 0 to 65535", "0"),
    ("https_proxy_port", "0", "from 1 to 65535", "1"),
    ("idp_port", "http", "character 1 is not a digit", "443"),
    ("idp_host", "idp.example:99999", "1 to 65535", "idp.example:8443"),
    ("idp_host", "https://idp.example/", "without https://", "idp.example"),
    ("Host", "a b", "character 2", "a.example"),
    ("Host", "https://c.example/dev", "without https://", "c.example"),
    ("Host", "c..example", "between its dots", "[::1]"),
    ("vpc_endpoint_url", "x/y", "character 2", "x.y"),
    ("https_proxy_host", "proxy:3128", "character 6", "127.0.0.1"),
    ("Region", "us east", "character 3", "us-east-1"),
    ("Region", "us-east-1.evil.example/", "character 10", "US-EAST-1"),
    ("StsEndpointUrl", "sts.example", "URL", "https://sts.amazonaws.com"),
    ("StsEndpointUrl", "ftp://sts.example", "https://", "http://localhost:1"),
    ("IdcEndpointUrl", "http://idc.example", "https://", "http://[::1]:1"),
    ("login_url", "http://idp.example", "https://", "https://idp.example"),
    ("issuer_url", "https://a b", "character 10", "https://a.example/start"),
    ("preferred_role", "admin", "ARN", "arn:aws:iam::123456789012:role/admin"),
    ("dbgroups_filter", "(", "regular expression", "(a|b).*"),
    ("external_program", "bin/x", "absolute path", "/bin/x"),
    ("Database", "a\nb", "control character", "a b"),
];

#[test]
fn values_out_of_kind_or_range() {
    let sandbox = Sandbox::start();
    // Where a good value would lead elsewhere, the cluster is named and nothing depends on the host.
    let dsn = Dsn::keys(&sandbox).set("ClusterId", "sandbox-cluster").set("Region", "us-east-1");
    let parts = CASES.map(|(key, _, part, _)| [key, part]);
    let cases = CASES.iter().zip(&parts).map(|((key, bad, ..), parts)| {
        (format!("{key}={bad}"), dsn.clone().set(key, bad).call(), 100, parts.as_slice())
    });
    refused(&sandbox, cases.collect());

    let good = CASES.map(|(key, _, _, good)| dsn.clone().set(key, good).call().cache(1));
    for (outcome, (key, _, _, good)) in Machine::new().run(good).iter().zip(CASES) {
        assert_eq!(outcome.status, 0, "{key}={good}: {}", outcome.told());
    }
}

#[test]
fn the_key_is_named_as_it_was_typed_and_by_its_own_name() {
    let sandbox = Sandbox::start();
    let base = Dsn::keys(&sandbox);
    refused(
        &sandbox,
        vec![
            (
                "alias".into(),
                base.clone().set("PortNumber", "x").call(),
                100,
                &["Port (typed as PortNumber)", "it is \"x\""],
            ),
            (
                "connection string".into(),
                crate::probe::Call::text(base.clone().set("login_timeout", "x").text()),
                100,
                &["LoginTimeout (typed as login_timeout)", "it comes from the connection string"],
            ),
            // A pasted document is not repeated as a whole.
            ("long".into(), base.set("Port", &"9".repeat(5000)).call(), 100, &["Port", "…"]),
        ],
    );
}

#[test]
fn unknown_keys_and_lengths_at_which_drivers_cut_are_warnings() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox)
        .set("AutoCraete", "1")
        .set("own_key", "hunter2")
        .set("Driver", "x")
        .set("ApplicationName", "y")
        .set("DbGroups", &"g".repeat(255));
    let mut call = dsn.call().log(2).cache(1);
    call.host_keys = vec!["OWN_KEY".to_owned()];
    let outcomes = Machine::new().run([dsn.call().log(2).cache(1), call]);
    for (outcome, own) in outcomes.iter().zip([true, false]) {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert!(outcome.logged(2, "did you mean AutoCreate?"), "{:?}", outcome.lines);
        assert!(outcome.logged(2, "DbGroups is exactly 255 bytes long"), "{:?}", outcome.lines);
        assert_eq!(outcome.logged(2, "own_key"), own);
        for (_, _, line) in &outcome.lines {
            assert!(
                !line.contains("Driver") && !line.contains("ApplicationName") && !line.contains("hunter2"),
                "{line}"
            );
        }
    }
}
