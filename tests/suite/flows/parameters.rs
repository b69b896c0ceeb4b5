//! What of the settings reaches AWS, under which names, and what comes back.

use crate::probe::{Dsn, Machine};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use std::collections::BTreeMap;

type Keys = &'static [(&'static str, &'static str)];

#[test]
fn the_parameters_of_a_request() {
    let sandbox = Sandbox::start();
    let cases: &[(Keys, Keys)] = &[
        (&[], &[("DbUser", "alice")]),
        (&[("DbUser", ""), ("UID", "bob")], &[("DbUser", "bob")]),
        (&[("UID", "bob")], &[("DbUser", "alice")]),
        (&[("AutoCreate", "1")], &[("DbUser", "alice"), ("AutoCreate", "true")]),
        (&[("AutoCreate", "off")], &[("DbUser", "alice"), ("AutoCreate", "false")]),
        (
            &[("DbGroups", "Readers, analysts,,")],
            &[("DbUser", "alice"), ("DbGroups.DbGroup.1", "Readers"), ("DbGroups.DbGroup.2", "analysts")],
        ),
        (
            &[("DbGroups", "Readers"), ("ForceLowercase", "yes"), ("DbUser", "Alice")],
            &[("DbUser", "Alice"), ("DbGroups.DbGroup.1", "readers")],
        ),
        (&[("DbGroups", " , ")], &[("DbUser", "alice")]),
        (&[("IAMDuration", "900")], &[("DbUser", "alice"), ("DurationSeconds", "900")]),
        (&[("iam_duration", "3600")], &[("DbUser", "alice"), ("DurationSeconds", "3600")]),
        (&[("duration", "1000")], &[("DbUser", "alice")]),
    ];
    let calls = cases.iter().map(|(keys, _)| {
        keys.iter().fold(Dsn::keys(&sandbox), |dsn, (key, value)| dsn.set(key, value)).call().cache(1)
    });
    let results = Machine::new().recorded(&sandbox, calls.collect::<Vec<_>>());
    for ((outcome, sent), (keys, expected)) in results.iter().zip(cases) {
        assert_eq!(outcome.status, 0, "{keys:?}: {}", outcome.told());
        let mut expected: BTreeMap<_, _> = expected.iter().copied().collect();
        expected.extend([("ClusterIdentifier", "sandbox-cluster"), ("DbName", "dev")]);
        assert_eq!(parameters(the(sent, "GetClusterCredentials")), expected, "{keys:?}");
    }
}

#[test]
fn the_lifetime_is_the_one_asked_for() {
    let sandbox = Sandbox::start();
    let long = Dsn::workgroup(&sandbox).set("IAMDuration", "3600");
    let results = Machine::new().recorded(&sandbox, [Dsn::workgroup(&sandbox).call(), long.call()]);
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    for ((outcome, sent), seconds) in results.iter().zip([900, 3600]) {
        let left = (outcome.expires - now) / 1000;
        assert!((seconds - 60..=seconds).contains(&left), "{left}");
        assert_eq!(the(sent, "GetCredentials").parameter("durationSeconds").is_some(), seconds == 3600);
    }
}

#[test]
fn a_database_user_is_required_where_iam_gives_none() {
    let sandbox = Sandbox::start();
    let bare = Dsn::keys(&sandbox).without("DbUser");
    let federated = bare.clone().set("group_federation", "1");
    let results = Machine::new().recorded(&sandbox, [bare.call(), federated.call()]);
    let (refused, sent) = &results[0];
    assert_eq!((refused.status, sent.len()), (101, 0));
    assert!(refused.message.contains("DbUser") && refused.hint.contains("group_federation"), "{}", refused.told());
    assert_eq!(results[1].0.status, 0);
    assert_eq!(results[1].0.user, "IAM:sandbox-user");
}

#[test]
fn credentials_and_endpoint_are_asked_side_by_side() {
    let sandbox = Sandbox::start();
    for operation in ["GetClusterCredentials", "DescribeClusters", "GetCredentials", "GetWorkgroup"] {
        sandbox.script(Fault::on(operation, FaultAction::Delay { ms: 500 }));
    }
    let base = Dsn::keys(&sandbox).without("Host").set("Region", "us-east-1");
    let cluster = base.clone().set("ClusterId", "sandbox-cluster").set("Port", "1234");
    let workgroup = base.set("Workgroup", "sandbox-workgroup").set("Serverless", "1");
    let results = Machine::new().recorded(&sandbox, [cluster.call(), workgroup.call()]);
    for (outcome, sent) in results {
        assert_eq!((outcome.status, sent.len()), (0, 2), "{}", outcome.told());
        assert!((500..1000).contains(&outcome.elapsed_ms), "{} ms", outcome.elapsed_ms);
        assert_eq!(outcome.port, 5439, "the discovered port wins over the driver's default");
    }
}

#[test]
fn a_distant_service_costs_its_round_trips_once() {
    let sandbox = Sandbox::builder().round_trip(std::time::Duration::from_millis(200)).start();
    let dsn = Dsn::keys(&sandbox).without("Host").set("Region", "us-west-2").set("ClusterId", "sandbox-west");
    let outcome = Machine::new().one(dsn.call());
    assert_eq!((outcome.status, outcome.port), (0, 5440), "{}", outcome.told());
    // A new connection and its request are two round trips; two of them in a row would be four.
    assert!((400..800).contains(&outcome.elapsed_ms), "{} ms", outcome.elapsed_ms);
}

#[test]
fn aws_keys_alone_ask_nothing_of_redshift() {
    let sandbox = Sandbox::start();
    let machine = Machine::with_profiles(&sandbox);
    let role = Dsn::iam().set("Profile", "sandbox-role").at(&sandbox.http_url());
    let results = machine.recorded(
        &sandbox,
        [
            // A kind that is not accepted says nothing about this function.
            role.call().entry("aws").kinds(1 << 1),
            Dsn::keys(&sandbox).without("Host").set("Region", "us-east-1").call().entry("aws"),
        ],
    );
    let (assumed, sent) = &results[0];
    assert_eq!((assumed.status, assumed.kind), (0, 3), "{}", assumed.told());
    assert_eq!(operations(sent), ["AssumeRole"]);
    assert_eq!(assumed.role_arn, "arn:aws:iam::123456789012:role/sandbox-role");
    assert!(assumed.access_key_id.starts_with("ASIA") && !assumed.session_token.is_empty());
    assert!(assumed.expires > 0 && assumed.password.is_empty() && assumed.pairs.is_empty());
    let (keys, sent) = &results[1];
    assert_eq!((keys.status, keys.kind, sent.len()), (0, 3, 0), "{}", keys.told());
    assert_eq!((keys.access_key_id.as_str(), keys.expires), ("AKIASANDBOXUSER00001", -1));
}

#[test]
fn the_result_as_keywords_and_in_every_dialect() {
    let sandbox = Sandbox::builder().with_world(|world| world.database_password = Some("p}w;'d%".to_owned())).start();
    let dsn = Dsn::keys(&sandbox).set("ApplicationName", "x y").set("SSLMode", "verify-full");
    let outcomes = Machine::new().run([dsn.call().into(), crate::probe::Step::Merge(Box::new(dsn.call()))]);
    let host = "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com";
    let expected = [
        ("UID", "IAM:alice"),
        ("PWD", "p}w;'d%"),
        ("Server", host),
        ("Port", "5439"),
        ("Database", "dev"),
        ("SSLMode", "verify-full"),
    ];
    for (key, value) in expected {
        assert_eq!(outcomes[0].pair(key), Some(value), "{:?}", outcomes[0].pairs);
    }
    assert_eq!(outcomes[0].pairs.len(), expected.len());
    let merged = &outcomes[1];
    for (dialect, part) in [
        ("odbc", "PWD={p}}w;'d%}"),
        ("odbc", "ApplicationName=x y"),
        ("psqlodbc", "Pwd={p}}w;'d%}"),
        ("libpq", r"password='p}w;\'d%'"),
        ("url", "postgresql://IAM%3Aalice:p%7Dw%3B%27d%25@"),
    ] {
        let text = merged.pair(dialect).unwrap();
        assert!(text.contains(part), "{dialect}: {text}");
        assert!(!text.contains("AccessKeyID") && !text.contains("sandboxUserSecret"), "{dialect}: {text}");
    }
}
