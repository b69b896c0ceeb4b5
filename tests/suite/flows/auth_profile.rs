//! Authentication profiles that stand in Redshift.

use crate::probe::{Dsn, Machine, Step};
use crate::sent::{count, operations, parameters, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::world::AuthenticationProfile;

fn sandbox(content: &str) -> Sandbox {
    let profile = AuthenticationProfile { name: "p".to_owned(), content: content.to_owned() };
    Sandbox::builder().with_world(|world| world.authentication_profiles.push(profile)).start()
}

fn dsn(sandbox: &Sandbox) -> Dsn {
    Dsn::keys(sandbox).set("AuthProfile", "p")
}

#[test]
fn its_members_lie_over_the_dsn() {
    let content = r#"{"DB_USER": "of_profile", "AutoCreate": true, "IAMDuration": 1200, "Database": "a;DbUser=x",
                      "DbGroups": null, "Host": ""}"#;
    let sandbox = sandbox(content);
    let call = dsn(&sandbox).set("DbGroups", "mine").set("IAMDuration", "900").call();
    let results = Machine::new().recorded(&sandbox, [call.clone(), call]);
    let (outcome, sent) = &results[0];
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(sent), ["DescribeAuthenticationProfiles", "GetClusterCredentials"]);
    assert_eq!(parameters(&sent[0]), [("AuthenticationProfileName", "p")].into_iter().collect());
    let expected = [
        ("AutoCreate", "true"),
        ("ClusterIdentifier", "sandbox-cluster"),
        ("DbGroups.DbGroup.1", "mine"),
        ("DbName", "a;DbUser=x"),
        ("DbUser", "of_profile"),
        ("DurationSeconds", "1200"),
    ];
    assert_eq!(parameters(the(sent, "GetClusterCredentials")), expected.into_iter().collect());
    assert!(results[1].0.from_cache && results[1].1.is_empty(), "a hit asks for no profile");
}

#[test]
fn who_edits_it_does_not_rule_the_client() {
    let ignored = [
        ("EndPointUrl", "https://evil.example"),
        ("sts_endpoint_url", "https://evil.example"),
        ("CaFile", "/evil.pem"),
        ("CaPath", "/evil"),
        ("https_proxy_host", "127.0.0.1"),
        ("https_proxy_port", "1"),
        ("ssl_insecure", "1"),
        ("password_source", "file:/etc/passwd"),
        ("external_program", "/bin/evil"),
        ("browser_command", "/bin/evil"),
        ("cache_dir", "/evil"),
        ("plugin_name", "External"),
    ];
    let members: Vec<_> = ignored.iter().map(|(key, value)| format!("\"{key}\": \"{value}\"")).collect();
    let sandbox = sandbox(&format!("{{{}, \"DbUser\": \"kept\"}}", members.join(",")));
    let outcome = Machine::new().one(dsn(&sandbox).call().log(2));
    assert_eq!((outcome.status, outcome.user.as_str()), (0, "IAM:kept"), "{}", outcome.told());
    for (key, _) in ignored {
        assert!(outcome.logged(2, &format!("{key} of the authentication profile p is ignored")), "{key}");
    }
}

#[test]
fn content_that_is_of_no_use() {
    for content in ["this is not JSON", "[]", "7", r#"{"DbUser": {"a": 1}}"#, r#"{"DbGroups": ["a"]}"#] {
        let sandbox = sandbox(content);
        let outcome = Machine::new().one(dsn(&sandbox).call());
        assert_eq!(outcome.status, 103, "{content}: {}", outcome.told());
        assert_eq!(operations(&sandbox.requests()), ["DescribeAuthenticationProfiles"], "{content}");
    }
    let sandbox = sandbox(r#"{"IAMDuration": 1}"#);
    let outcome = Machine::new().one(dsn(&sandbox).call());
    assert_eq!(outcome.status, 100, "{}", outcome.told());
    assert!(
        outcome.message.contains("IAMDuration") && outcome.message.contains("authentication profile"),
        "{}",
        outcome.told()
    );
}

#[test]
fn what_stands_in_the_way_of_reading_it() {
    let sandbox = sandbox("{}");
    let missing = Machine::new().one(dsn(&sandbox).set("AuthProfile", "q").call());
    assert_eq!(
        (missing.status, missing.code.as_str()),
        (401, "AuthenticationProfileNotFoundFault"),
        "{}",
        missing.told()
    );
    assert!(!missing.request_id.is_empty());
    let denied = dsn(&sandbox).signed("AKIASANDBOXDENIED001", rs_auth_sandbox::demo_world::USER_SECRET);
    let denied = Machine::new().one(denied.call());
    assert_eq!((denied.status, denied.code.as_str()), (400, "AccessDenied"), "{}", denied.told());
    sandbox.reset_log();
    for bare in
        [dsn(&sandbox).without("AccessKeyID").without("SecretAccessKey"), dsn(&sandbox).without("SecretAccessKey")]
    {
        let outcome = Machine::new().one(bare.call());
        assert_eq!((outcome.status, count(&sandbox)), (101, 0), "{}", outcome.told());
    }
    assert_eq!(Machine::new().one(dsn(&sandbox).call()).status, 0, "the control");
}

#[test]
fn a_driver_may_read_it_first() {
    let sandbox = sandbox(r#"{"Host": "h.example", "Port": 5440, "AutoCreate": false, "Nothing": null}"#);
    let by_source = dsn(&sandbox).without("SecretAccessKey").set("password_source", "env:SECRET");
    let machine = Machine::new().env("SECRET", rs_auth_sandbox::demo_world::USER_SECRET);
    let outcomes = machine.run([
        Step::ReadAuthProfile(Box::new(dsn(&sandbox).call())),
        Step::ReadAuthProfile(Box::new(dsn(&sandbox).without("AuthProfile").call())),
        Step::ReadAuthProfile(Box::new(by_source.call())),
        Step::ReadAuthProfile(Box::new(dsn(&sandbox).set("Port", "x").call())),
    ]);
    assert_eq!(outcomes[0].status, 0, "{}", outcomes[0].told());
    let pairs: Vec<_> = outcomes[0].pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("Host", "h.example"), ("Port", "5440"), ("AutoCreate", "false")]);
    assert_eq!(outcomes[1].status, 101);
    assert!(outcomes[1].message.contains("AuthProfile") && outcomes[1].pairs.is_empty());
    assert_eq!((outcomes[2].status, outcomes[2].pairs.len()), (0, 3), "{}", outcomes[2].told());
    assert_eq!(outcomes[3].status, 100, "{}", outcomes[3].told());
}
