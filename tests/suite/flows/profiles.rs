//! AWS profiles: what stands in them besides keys, and how those that do not work say so.

use crate::probe::{Dsn, HostPlugin, Machine};
use crate::sent::{count, operations, parameters, region, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{USER_KEY, USER_SECRET, WEB_IDENTITY_TOKEN};

fn keys() -> String {
    format!("aws_access_key_id = {USER_KEY}\naws_secret_access_key = {USER_SECRET}\n")
}

fn machine(config: &str) -> Machine {
    Machine::new().file(".aws/config", config)
}

fn dsn(sandbox: &Sandbox, profile: &str) -> Dsn {
    Dsn::cluster(sandbox).set("Profile", profile)
}

#[test]
fn a_profile_holds_settings_for_the_login_too() {
    let sandbox = Sandbox::start();
    let ours =
        "region = us-east-1\nDbUser = from_profile\ndb_groups = Readers\nAutoCreate = true\nForceLowercase = 1\n";
    let machine = machine(&format!("[profile p]\n{}{ours}", keys()));
    let bare = dsn(&sandbox, "p").without("Host").without("DbUser").set("ClusterId", "sandbox-cluster");
    let calls = [bare.call(), bare.set("DbUser", "of_dsn").set("DbGroups", "Mine").set("AutoCreate", "0").call()];
    let results = machine.recorded(&sandbox, calls);
    let expected = [
        [("DbUser", "from_profile"), ("DbGroups.DbGroup.1", "readers"), ("AutoCreate", "true")],
        [("DbUser", "of_dsn"), ("DbGroups.DbGroup.1", "mine"), ("AutoCreate", "false")],
    ];
    for ((outcome, sent), expected) in results.iter().zip(expected) {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        let request = the(sent, "GetClusterCredentials");
        for (name, value) in expected {
            assert_eq!(parameters(request).get(name), Some(&value));
        }
        assert_eq!(region(request), "us-east-1");
    }
}

#[test]
fn a_role_is_taken_as_the_profile_says() {
    let sandbox = Sandbox::start();
    let role = "arn:aws:iam::123456789012:role/sandbox-partner";
    let more = "external_id = sandbox-external-id\nrole_session_name = nightly\nduration_seconds = 1800\n";
    let config = format!("[profile p]\nrole_arn = {role}\nsource_profile = base\n{more}[profile base]\n{}", keys());
    let (outcome, sent) = machine(&config).recorded(&sandbox, [dsn(&sandbox, "p").call()]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent), ["AssumeRole", "GetClusterCredentials"]);
    let expected = [
        ("DurationSeconds", "1800"),
        ("ExternalId", "sandbox-external-id"),
        ("RoleArn", role),
        ("RoleSessionName", "nightly"),
    ];
    assert_eq!(parameters(&sent[0]), expected.into_iter().collect());
    assert_eq!(sent[0].signed_by.as_deref(), Some(USER_KEY));
    assert_eq!(outcome.role_arn, role);
}

#[test]
fn a_session_longer_than_the_role_allows_is_asked_for_again_without_a_length() {
    let sandbox = Sandbox::start();
    let role = "arn:aws:iam::123456789012:role/sandbox-role";
    let config = format!(
        "[profile p]\nrole_arn = {role}\nsource_profile = base\nduration_seconds = 43200\n[profile base]\n{}",
        keys()
    );
    let (outcome, sent) = machine(&config).recorded(&sandbox, [dsn(&sandbox, "p").call().log(2)]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent), ["AssumeRole", "AssumeRole", "GetClusterCredentials"]);
    assert!(sent[1].parameter("DurationSeconds").is_none());
    assert!(outcome.logged(2, "duration"), "{:?}", outcome.lines);
}

#[test]
fn a_web_identity_is_never_signed_with_keys_of_the_machine() {
    let sandbox = Sandbox::start();
    let machine = Machine::new().file("token", &format!("{WEB_IDENTITY_TOKEN}\n"));
    let token = machine.path("token").display().to_string();
    let role = "arn:aws:iam::123456789012:role/sandbox-role";
    let machine = machine.env("AWS_WEB_IDENTITY_TOKEN_FILE", token).env("AWS_ROLE_ARN", role);
    let (outcome, sent) = machine.recorded(&sandbox, [Dsn::cluster(&sandbox).call()]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let request = the(&sent, "AssumeRoleWithWebIdentity");
    assert!(request.signed_by.is_none() && request.header("authorization").is_none());
    assert_eq!(request.parameter("WebIdentityToken"), Some(WEB_IDENTITY_TOKEN));
}

#[test]
fn what_a_profile_lacks_is_said_before_anything_is_asked() {
    let sandbox = Sandbox::start();
    let config = format!(
        "[profile good]\n{}[profile half]\naws_access_key_id = AKIA\n\
         [profile circle]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = circle2\n\
         [profile circle2]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = circle\n\
         [profile lost]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = gone\n\
         [profile alone]\nrole_arn = arn:aws:iam::1:role/r\n\
         [profile mfa]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = good\nmfa_serial = arn:aws:iam::1:mfa/u\n\
         [profile empty]\noutput = json\n\
         [profile program]\ncredential_process = /bin/false\n\
         [profile plugin]\nplugin_name = Oktaa\n",
        keys()
    );
    let machine = machine(&config);
    for (profile, status, part) in [
        ("goood", 103, "'goood'"),
        ("half", 101, "aws_secret_access_key"),
        ("circle", 100, "circle"),
        ("lost", 103, "gone"),
        ("alone", 100, "source_profile"),
        ("mfa", 301, "mfa_serial"),
        ("empty", 404, "no credentials"),
        ("program", 404, "exit code 1"),
        ("plugin", 102, "Oktaa"),
    ] {
        let outcome = machine.one(dsn(&sandbox, profile).call());
        assert_eq!(outcome.status, status, "{profile}: {}", outcome.told());
        assert!(outcome.message.contains(part), "{profile}: {}", outcome.told());
    }
    assert!(machine.one(dsn(&sandbox, "goood").call()).hint.contains("'good'"));
    assert_eq!(count(&sandbox), 0);
    assert_eq!(machine.one(dsn(&sandbox, "good").call()).status, 0, "the control");
}

#[test]
fn a_broken_config_file_is_named() {
    let sandbox = Sandbox::start();
    let machine = machine("[profile p\nregion = us-east-1\n");
    let outcome = machine.one(dsn(&sandbox, "p").call());
    assert_eq!((outcome.status, count(&sandbox)), (100, 0), "{}", outcome.told());
    assert!(outcome.message.contains("AWS shared config"), "{}", outcome.told());
    // Keys of the DSN need no file: it is left out with a warning.
    let keys = machine.one(Dsn::keys(&sandbox).call().log(2));
    assert_eq!(keys.status, 0, "{}", keys.told());
    assert!(keys.logged(2, "shared config"), "{:?}", keys.lines);
}

#[test]
fn a_profile_that_names_the_plugin_is_in_use() {
    let sandbox = Sandbox::start();
    let machine = machine("[profile p]\nregion = us-east-1\nplugin_name = desk\n[profile okta]\nplugin_name = Okta\n");
    let desk = HostPlugin::Keys(USER_KEY.to_owned(), USER_SECRET.to_owned());
    let okta = dsn(&sandbox, "okta").set("AccessKeyID", "AKIA").set("SecretAccessKey", "x").call().log(2);
    let outcomes = machine.run([dsn(&sandbox, "p").call().plugin(desk), okta]);
    assert_eq!((outcomes[0].status, outcomes[0].plugin.as_str()), (0, "desk"), "{}", outcomes[0].told());
    let warned: Vec<_> = outcomes[1].lines.iter().filter(|line| line.0 == 2).map(|line| line.2.as_str()).collect();
    assert_eq!(warned, ["the method Okta is used, which leaves aside AccessKeyID, SecretAccessKey"]);
}
