//! Where AWS is asked: the order of the regions' sources, and hosts that name no cluster.

use crate::probe::{Dsn, Machine};
use crate::sent::{count, region, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{USER_KEY, USER_SECRET};
use rs_auth_sandbox::world::Cluster;

const REGIONS: [&str; 5] = ["eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1"];

/// A world with the cluster `c` in all regions of the test.
fn sandbox() -> Sandbox {
    Sandbox::builder()
        .with_world(|world| {
            for region in REGIONS {
                let host = format!("c.abc123xyz789.{region}.redshift.amazonaws.com");
                world.clusters.push(Cluster {
                    id: "c".to_owned(),
                    region: region.to_owned(),
                    host,
                    ..Cluster::default()
                });
            }
        })
        .start()
}

#[test]
fn the_nearest_source_of_a_region_wins() {
    let sandbox = sandbox();
    let keys = format!("aws_access_key_id = {USER_KEY}\naws_secret_access_key = {USER_SECRET}\n");
    let host = format!("c.abc123xyz789.{}.redshift.amazonaws.com", REGIONS[1]);
    // Sources from the nearest to the farthest; the case n has all from the n-th on.
    for first in 0..=REGIONS.len() {
        let mut dsn = Dsn::cluster(&sandbox).without("Host").set("ClusterId", "c").set("Profile", "p");
        let mut machine = Machine::new();
        if first == 0 {
            dsn = dsn.set("Region", &REGIONS[0].to_uppercase());
        }
        if first <= 1 {
            dsn = dsn.set("Host", &host);
        }
        let of_profile = if first <= 2 { format!("region = {}\n", REGIONS[2]) } else { String::new() };
        machine = machine.file(".aws/config", &format!("[profile p]\n{keys}{of_profile}"));
        if first <= 3 {
            machine = machine.env("AWS_REGION", REGIONS[3]);
        }
        if first <= 4 {
            machine = machine.env("AWS_DEFAULT_REGION", REGIONS[4]);
        }
        let (outcome, sent) = machine.recorded(&sandbox, [dsn.call()]).remove(0);
        if let Some(expected) = REGIONS.get(first) {
            assert_eq!(outcome.status, 0, "from {expected}: {}", outcome.told());
            assert_eq!(region(the(&sent, "GetClusterCredentials")), *expected);
        } else {
            assert_eq!((outcome.status, sent.len()), (101, 0), "{}", outcome.told());
            assert!(outcome.message.contains("Region") && outcome.message.contains("AWS_REGION"), "{}", outcome.told());
        }
    }
}

#[test]
fn hosts_that_name_a_region_but_no_cluster_need_its_id() {
    let sandbox = sandbox();
    for (host, part) in [
        ("reports-endpoint-abc1.def2.eu-west-1.redshift.amazonaws.com", "VPC endpoint"),
        ("nlb-0123456789abcdef.elb.eu-west-1.amazonaws.com", "no cluster"),
    ] {
        let dsn = Dsn::keys(&sandbox).set("Host", host);
        let refused = Machine::new().one(dsn.call());
        assert_eq!((refused.status, count(&sandbox)), (101, 0), "{host}: {}", refused.told());
        assert!(refused.message.contains("ClusterId") && refused.message.contains(part), "{}", refused.told());
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn.set("ClusterId", "c").call()]).remove(0);
        assert_eq!((outcome.status, outcome.host.as_str()), (0, host), "{}", outcome.told());
        assert_eq!(region(the(&sent, "GetClusterCredentials")), "eu-west-1");
    }
}

#[test]
fn nothing_that_names_a_target_is_a_missing_setting() {
    let sandbox = sandbox();
    let bare = Dsn::keys(&sandbox).without("Host").set("Region", "eu-west-1");
    let outcome = Machine::new().one(bare.call());
    assert_eq!((outcome.status, count(&sandbox)), (101, 0), "{}", outcome.told());
    assert!(outcome.message.contains("ClusterId") && outcome.hint.contains("Workgroup"), "{}", outcome.told());
    let serverless = Machine::new().one(bare.set("Serverless", "1").call());
    assert_eq!((serverless.status, count(&sandbox)), (101, 0), "{}", serverless.told());
    assert!(serverless.message.contains("Workgroup"), "{}", serverless.told());
}

#[test]
fn a_cluster_that_is_being_created_has_no_endpoint_yet() {
    let sandbox = Sandbox::start();
    let base = Dsn::keys(&sandbox).without("Host").set("Region", "us-east-1");
    for (dsn, host) in [
        (base.clone().set("ClusterId", "sandbox-creating"), "sandbox-creating.abc.us-east-1.redshift.amazonaws.com"),
        (base.set("Workgroup", "sandbox-creating"), "sandbox-creating.1.us-east-1.redshift-serverless.amazonaws.com"),
    ] {
        let outcome = Machine::new().one(dsn.call());
        assert_eq!(outcome.status, 401, "{}", outcome.told());
        assert!(outcome.message.contains("still being created") && outcome.retryable, "{}", outcome.told());
        assert_eq!(Machine::new().one(dsn.set("Host", host).call()).status, 0, "the control: a host is known");
    }
}

#[test]
fn a_region_that_is_none_is_named_with_its_source() {
    let sandbox = sandbox();
    let dsn = Dsn::keys(&sandbox).without("Host").set("ClusterId", "c");
    let profile = "[default]\nregion = eu west\n";
    for (machine, source) in [
        (Machine::new().env("AWS_REGION", "eu_west"), "the environment variable AWS_REGION"),
        (Machine::new().file(".aws/config", profile), "the AWS profile default"),
    ] {
        let outcome = machine.one(dsn.call());
        assert_eq!(outcome.status, 100, "{}", outcome.told());
        assert!(outcome.message.contains(source), "{}", outcome.told());
        assert_eq!(machine.one(dsn.clone().set("Region", "eu-west-1").call()).status, 0);
    }
    assert_eq!(sandbox.requests().len(), 4, "credentials and endpoint of the controls");
}
