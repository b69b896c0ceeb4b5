//! Whatever can change the answer changes the key.

use crate::probe::{Dsn, Machine, Step};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_KEY, USER_SECRET};
use rs_auth_sandbox::world::{AccessKey, Cluster};
use serde_json::Value;

/// All keys of the table, as the catalogue for DSN dialogs has them.
fn catalogue() -> Vec<Value> {
    // SAFETY: a static string.
    let json = unsafe { std::ffi::CStr::from_ptr(rs_auth::capi::rs_auth_catalogue_json()) };
    let catalogue: Value = serde_json::from_slice(json.to_bytes()).unwrap();
    catalogue["keys"].as_array().unwrap().clone()
}

/// Another value than the base's, with which the login goes on or at least asks AWS.
fn another_value(key: &Value, sandbox: &Sandbox) -> String {
    let localhost = sandbox.http_url().replace("127.0.0.1", "localhost");
    let text = match (key["name"].as_str().unwrap(), key["type"].as_str().unwrap()) {
        ("IAM", _) => "true",
        ("InstanceProfile", _) => "0",
        ("ClusterId", _) => "redshift-serverless-sandbox-workgroup",
        ("AccessKeyID", _) => "AKIAOTHERKEY00000001",
        ("AuthProfile", _) => "sandbox-profile",
        ("Profile", _) => "p",
        ("Region", _) => "US-EAST-1",
        (_, "bool") => "1",
        (_, "secret" | "text" | "list" | "regex") => "x1",
        (_, "number") => return key["max"].to_string(),
        (_, "enum") => key["values"][0].as_str().unwrap(),
        (_, "plugin") => "Static",
        (_, "host" | "host[:port]") => "other.example",
        (_, "url") => &localhost,
        (_, "https url") => "https://other.example",
        (_, "arn") => "arn:aws:iam::123456789012:role/r",
        (_, "region") => "eu-west-1",
        (_, "path" | "absolute path") => "/nonexistent",
        (_, "secret source") => "env:SECRET",
        (name, kind) => panic!("what could {name} be, of type {kind}?"),
    };
    text.to_owned()
}

#[test]
fn every_key_of_the_table_is_in_it() {
    let sandbox = Sandbox::builder()
        .with_world(|world| world.keys.push(AccessKey::of_user("AKIAOTHERKEY00000001", USER_SECRET, "other")))
        .start();
    let profile = format!("[profile p]\naws_access_key_id = {USER_KEY}\naws_secret_access_key = {USER_SECRET}\n");
    let machine = Machine::new().file(".aws/config", &profile).env("SECRET", "x");
    let base = Dsn::keys(&sandbox).set("ClusterId", "sandbox-cluster").set("Region", "us-east-1");
    let keys: Vec<_> = catalogue().into_iter().filter(|key| key["name"] != "DisableCache").collect();
    assert!(keys.len() > 70);
    let changed = keys.iter().map(|key| base.clone().set(key["name"].as_str().unwrap(), &another_value(key, &sandbox)));
    let calls = std::iter::once(base.clone()).chain(changed).chain([base.clone()]);
    // Each twice, so that what is refused is told from what is kept.
    let calls: Vec<_> = calls.flat_map(|dsn| [dsn.call(), dsn.call()]).collect();
    let results = machine.recorded(&sandbox, calls);
    for (pair, key) in results[2..results.len() - 2].chunks(2).zip(&keys) {
        let [(first, sent), (second, again)] = pair else { unreachable!() };
        let name = &key["name"];
        assert!(!first.from_cache && !sent.is_empty(), "{name} is not in the key: {}", first.told());
        assert_eq!(first.status, second.status, "{name}");
        assert_eq!(second.from_cache, second.status == 0, "{name}: {}", second.told());
        assert_eq!(again.is_empty(), second.status == 0, "{name}");
    }
    assert!(results[results.len() - 1].0.from_cache, "the base is still there");
    let refused: Vec<_> = results.iter().filter(|(outcome, _)| outcome.status != 0).map(|(o, _)| o.told()).collect();
    // Secret and session token only.
    assert_eq!(refused.len(), 4, "{refused:#?}");
}

#[test]
fn a_cluster_of_the_same_name_in_another_region_is_another_one() {
    let sandbox = Sandbox::builder()
        .with_world(|world| {
            for (region, port) in [("us-east-1", 1111), ("eu-west-1", 2222)] {
                let host = format!("twin.abc.{region}.redshift.amazonaws.com");
                let region = region.to_owned();
                world.clusters.push(Cluster { id: "twin".to_owned(), region, host, port, ..Cluster::default() });
            }
        })
        .start();
    let dsn = Dsn::keys(&sandbox).without("Host").set("ClusterId", "twin");
    let calls = [dsn.clone().set("Region", "us-east-1").call(), dsn.clone().set("Region", "eu-west-1").call()];
    let outcomes = Machine::new().run(calls);
    assert_eq!(outcomes.iter().map(|outcome| outcome.port).collect::<Vec<_>>(), [1111, 2222]);
    assert!(outcomes.iter().all(|outcome| !outcome.from_cache));
    // The region may come from the environment alone.
    let set = |region: &str| Step::SetEnv("AWS_REGION".to_owned(), Some(region.to_owned()));
    let steps = [set("us-east-1"), dsn.call().into(), set("eu-west-1"), dsn.call().into()];
    let outcomes = Machine::new().run(steps);
    assert_eq!(outcomes.iter().map(|outcome| outcome.port).collect::<Vec<_>>(), [1111, 2222]);
}

#[test]
fn what_the_environment_holds_is_in_it() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::workgroup(&sandbox).without("AccessKeyID").without("SecretAccessKey");
    let set = |name: &str, value: &str| Step::SetEnv(name.to_owned(), Some(value.to_owned()));
    let steps = [
        dsn.call().into(),
        dsn.call().into(),
        set("AWS_ACCESS_KEY_ID", SESSION_KEY),
        set("AWS_SECRET_ACCESS_KEY", SESSION_SECRET),
        set("AWS_SESSION_TOKEN", SESSION_TOKEN),
        dsn.call().into(),
        dsn.call().into(),
    ];
    let machine = Machine::new().env("AWS_ACCESS_KEY_ID", USER_KEY).env("AWS_SECRET_ACCESS_KEY", USER_SECRET);
    let outcomes = machine.run(steps);
    let seen: Vec<_> = outcomes.iter().map(|outcome| (outcome.user.as_str(), outcome.from_cache)).collect();
    let [user, role] = ["IAM:sandbox-user", "IAMR:sandbox-role"];
    assert_eq!(seen, [(user, false), (user, true), (role, false), (role, true)]);
}

#[test]
fn what_the_files_hold_is_in_it() {
    let sandbox = Sandbox::start();
    let of = |key: &str, secret: &str, token: &str| {
        format!("[p]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n{token}\n")
    };
    let machine = Machine::new().file(".aws/credentials", &of(USER_KEY, USER_SECRET, ""));
    let path = machine.path(".aws/credentials").display().to_string();
    let dsn = Dsn::workgroup(&sandbox).without("AccessKeyID").without("SecretAccessKey").set("Profile", "p");
    let token = format!("aws_session_token = {SESSION_TOKEN}");
    let steps = [
        dsn.call().into(),
        dsn.call().into(),
        Step::Write(path, of(SESSION_KEY, SESSION_SECRET, &token)),
        dsn.call().into(),
    ];
    let users: Vec<_> = machine.run(steps).into_iter().map(|outcome| (outcome.user, outcome.from_cache)).collect();
    let expected = [("IAM:sandbox-user", false), ("IAM:sandbox-user", true), ("IAMR:sandbox-role", false)];
    assert_eq!(users, expected.map(|(user, cached)| (user.to_owned(), cached)));
}

#[test]
fn secrets_that_are_read_at_each_login_are_in_it() {
    let sandbox = Sandbox::start();
    let machine = Machine::new().file("secret", USER_SECRET).env("SECRET", USER_SECRET);
    let path = machine.path("secret").display().to_string();
    let dsn = Dsn::cluster(&sandbox).set("AccessKeyID", USER_KEY);
    let by_file = dsn.clone().set("password_source", &format!("file:{path}"));
    let by_variable = dsn.set("password_source", "env:SECRET");
    let steps = [
        by_file.call().into(),
        by_variable.call().into(),
        by_file.call().into(),
        by_variable.call().into(),
        Step::Write(path, "wrong-secret".to_owned()),
        Step::SetEnv("SECRET".to_owned(), Some("wrong".to_owned())),
        by_file.call().into(),
        by_variable.call().into(),
    ];
    let statuses: Vec<_> = machine.run(steps).iter().map(|outcome| (outcome.status, outcome.from_cache)).collect();
    let fresh = (0, false);
    assert_eq!(statuses, [fresh, fresh, (0, true), (0, true), (400, false), (400, false)]);
}
