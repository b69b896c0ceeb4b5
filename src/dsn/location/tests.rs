use super::{HostKind, Location, RegionSource, Target, classify, locate};
use crate::dsn::settings::{Settings, Source};
use crate::error::Status;
use proptest::prelude::*;

const CLUSTER: &str = "examplecluster.abc123.us-west-2.redshift.amazonaws.com";
const WORKGROUP: &str = "wg1.012345678901.eu-central-1.redshift-serverless.amazonaws.com";
const NLB: &str = "my-nlb-b34deba1736c83fe.elb.us-east-1.amazonaws.com";

fn at(pairs: &[(&str, &str)]) -> Location {
    locate(&Settings::from_pairs(pairs.iter().copied(), Source::Argument)).unwrap()
}

#[allow(clippy::unnecessary_wraps)] // as the field that it is compared with
fn cluster(id: &str) -> Option<Target> {
    Some(Target::Cluster { id: id.to_owned() })
}

#[allow(clippy::unnecessary_wraps)] // likewise
fn workgroup(name: &str) -> Option<Target> {
    Some(Target::Workgroup { name: name.to_owned() })
}

#[test]
fn hosts_of_every_partition() {
    for (suffix, region) in [
        ("amazonaws.com", "us-gov-west-1"),
        ("amazonaws.com.cn", "cn-north-1"),
        ("c2s.ic.gov", "us-iso-east-1"),
        ("sc2s.sgov.gov", "us-isob-east-1"),
        ("cloud.adc-e.uk", "eu-isoe-west-1"),
        ("csp.hci.ic.gov", "us-isof-south-1"),
        ("amazonaws.eu", "eusc-de-east-1"),
    ] {
        for dev in ["", "-dev"] {
            for dot in ["", "."] {
                let (id, region) = ("c".to_owned(), region.to_owned());
                let host = format!("C.Abc.{region}.Redshift{dev}.{suffix}{dot}");
                assert_eq!(classify(&host), HostKind::Cluster { id, region: region.clone() }, "{host}");
                let host = format!("W.012345678901.{region}.redshift-serverless{dev}.{suffix}{dot}");
                let name = Some("w".to_owned());
                let expected = HostKind::Workgroup { name, account: "012345678901".to_owned(), region: region.clone() };
                assert_eq!(classify(&host), expected, "{host}");
                let host = format!("x-NLB-1.elb.{region}.{suffix}{dot}");
                assert_eq!(classify(&host), HostKind::RegionOnly { region }, "{host}");
            }
        }
    }
}

#[test]
fn hosts_that_name_no_cluster() {
    let endpoint = |serverless| HostKind::ManagedEndpoint { region: "us-east-1".to_owned(), serverless };
    assert_eq!(classify("bi-endpoint-d4xkh0mfjeql.abc.us-east-1.redshift.amazonaws.com"), endpoint(false));
    assert_eq!(classify("bi-endpoint-d4x.012345678901.us-east-1.redshift-serverless.amazonaws.com"), endpoint(true));
    for host in
        ["my-endpoint.abc.us-east-1.redshift.amazonaws.com", "x-endpoint-a-b.abc.us-east-1.redshift.amazonaws.com"]
    {
        assert!(matches!(classify(host), HostKind::Cluster { .. }), "{host}");
    }
    assert_eq!(classify("redshift.us-east-1.amazonaws.com"), HostKind::Other);
    assert_eq!(
        classify("a.b.c.us-east-1.redshift.amazonaws.com"),
        HostKind::RegionOnly { region: "us-east-1".to_owned() }
    );
    for host in
        ["10.0.0.1", "::1", "localhost", "db.example.com", "c.abc.us-east-1.redshift.amazonaws.com.evil.example"]
    {
        assert_eq!(classify(host), HostKind::Other, "{host}");
    }
    assert_eq!((classify(""), classify(".")), (HostKind::None, HostKind::None));
}

#[test]
fn what_the_host_tells() {
    let found = at(&[("Host", CLUSTER)]);
    assert_eq!(
        (found.target, found.host.as_deref(), found.port),
        (cluster("examplecluster"), Some(CLUSTER), Some(5439))
    );
    assert_eq!(found.region, Some(("us-west-2".to_owned(), RegionSource::Host)));
    let found = at(&[("Host", WORKGROUP), ("Port", "1234"), ("Region", "US-East-1 ")]);
    assert_eq!((found.target, found.port, found.serverless), (workgroup("wg1"), Some(1234), true));
    assert_eq!(found.region, Some(("us-east-1".to_owned(), RegionSource::Setting)));
    let domain = Target::ClusterDomain { host: "db.example.com".to_owned() };
    assert_eq!(at(&[("Host", "db.example.com.")]).target, Some(domain));
    let domain = Target::WorkgroupDomain { host: "db.example.com".to_owned() };
    assert_eq!(at(&[("Host", "db.example.com"), ("Serverless", "1")]).target, Some(domain));
    assert_eq!(at(&[("Host", "db.example.com")]).region, None);
}

/// Explicit keys win; which of them where there are several.
#[test]
fn explicit_keys() {
    let (id, wg, prefixed) = (("ClusterId", "mine"), ("Workgroup", "w"), ("ClusterId", "Redshift-serverless-w2"));
    let (yes, no) = (("Serverless", "1"), ("Serverless", "0"));
    for (pairs, expected) in [
        (&[("Host", CLUSTER), id][..], cluster("mine")),
        (&[("Host", CLUSTER), wg], workgroup("w")),
        (&[("Host", CLUSTER), yes], cluster("examplecluster")),
        (&[("Host", CLUSTER), yes, wg], workgroup("w")),
        (&[("Host", WORKGROUP), wg], workgroup("w")),
        (&[("Host", WORKGROUP), no], workgroup("wg1")),
        (&[("Host", WORKGROUP), id], cluster("mine")),
        (&[("Host", WORKGROUP), id, wg], workgroup("w")),
        (&[("Host", WORKGROUP), id, yes], workgroup("wg1")),
        (&[("Host", WORKGROUP), prefixed], cluster("Redshift-serverless-w2")),
        (&[("Host", WORKGROUP), prefixed, yes], cluster("Redshift-serverless-w2")),
        (&[("Host", WORKGROUP), prefixed, yes, wg], workgroup("w")),
        (&[("Host", NLB)], None),
        (&[("Host", NLB), id], cluster("mine")),
        (&[("Host", NLB), yes, wg], workgroup("w")),
        (&[("Host", "db.example.com"), id], cluster("mine")),
        (&[("Host", "db.example.com"), id, yes], cluster("mine")),
        (&[("Host", "db.example.com"), wg], workgroup("w")),
        (&[("Host", "db.example.com"), id, wg], cluster("mine")),
        (&[id], cluster("mine")),
        (&[wg], workgroup("w")),
        (&[wg, yes], workgroup("w")),
        (&[yes], None),
        (&[], None),
    ] {
        assert_eq!(at(pairs).target, expected, "{pairs:?}");
    }
}

#[test]
fn host_and_port() {
    let found = at(&[("ClusterId", "c"), ("Port", "5439")]);
    assert_eq!((found.host, found.port), (None, None), "the discovered port wins");
    let endpoint = "x-endpoint-abc.def.us-east-2.redshift.amazonaws.com";
    let found = at(&[("Host", CLUSTER), ("vpc_endpoint_url", endpoint), ("Port", "1")]);
    assert_eq!((found.target, found.host.as_deref(), found.port), (cluster("examplecluster"), Some(endpoint), Some(1)));
    assert_eq!(found.region, Some(("us-west-2".to_owned(), RegionSource::Host)));
    let found = at(&[("ClusterId", "c"), ("vpc_endpoint_url", endpoint)]);
    assert_eq!((found.host.as_deref(), found.port), (Some(endpoint), Some(5439)));
    assert_eq!(found.region, Some(("us-east-2".to_owned(), RegionSource::Host)));
    let bad = Settings::from_pairs([("Host", "h"), ("Port", "x")], Source::Argument);
    assert_eq!(locate(&bad).unwrap_err().status(), Status::InvalidSetting);
    let bad = Settings::from_pairs([("Serverless", "x")], Source::Argument);
    assert_eq!(locate(&bad).unwrap_err().status(), Status::InvalidSetting);
}

#[test]
fn a_missing_target_says_why() {
    for (pairs, key, reason) in [
        (&[][..], "ClusterId", "no host is given"),
        (&[("Serverless", "1")], "Workgroup", "no host is given"),
        (&[("Host", NLB)], "ClusterId", "a region but no cluster"),
        (
            &[("Host", "x-endpoint-abc.d.us-east-2.redshift.amazonaws.com")],
            "ClusterId",
            "Redshift-managed VPC endpoint",
        ),
        (&[("Host", "012345678901.us-east-2.redshift-serverless.amazonaws.com")], "Workgroup", "no workgroup"),
    ] {
        let error = at(pairs).require_target().unwrap_err();
        assert_eq!(error.status(), Status::MissingSetting);
        assert!(error.message().starts_with(key) && error.message().contains(reason), "{error}");
    }
    assert!(at(&[("Host", CLUSTER)]).require_target().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_host_makes_it_panic(host in ".{0,40}|[a-z.-]{0,30}(redshift|elb)[a-z.]{0,20}amazonaws.com") {
        let _ = classify(&host);
    }
}

#[test]
fn blank_names_are_not_given() {
    for key in ["ClusterId", "Workgroup"] {
        assert_eq!(at(&[("Host", CLUSTER), (key, "  ")]).target, cluster("examplecluster"));
        assert_eq!(at(&[("Region", "us-east-1"), (key, " ")]).target, None);
    }
    assert_eq!(at(&[("Host", CLUSTER), ("ClusterId", " x ")]).target, cluster("x"));
}
