//! The conformance cases of the Python driver that concern settings, under their ids. `ours` says why where we differ on
//! purpose. Left out are those without a counterpart in C: PY-001 (a provider that is no string), PY-031 (a class path that
//! is imported) and PY-032 (a null object).

use super::keys::Key;
use super::location::{HostKind, Location, Target, classify, locate};
use super::method::{Chosen, choose};
use super::settings::{Settings, Source};
use super::ssl_mode::ssl_mode;
use crate::error::Status;

type Pairs = &'static [(&'static str, &'static str)];

fn settings(pairs: &[(&str, &str)]) -> Settings {
    Settings::from_pairs(pairs.iter().copied(), Source::Argument)
}

const HOST: (&str, &str) = ("host", "something.abc.us-west-1.redshift.amazonaws.com");
const IAM: (&str, &str) = ("iam", "True");
const ID: (&str, &str) = ("cluster_identifier", "something");
const OKTA: (&str, &str) = ("credentials_provider", "OktaCredentialsProvider");
const ACCESS: (&str, &str) = ("access_key_id", "AKIA");
const SECRET: (&str, &str) = ("secret_access_key", "s");
const TOKEN: (&str, &str) = ("session_token", "t");
const PROFILE: (&str, &str) = ("profile", "p");

#[test]
fn tls_modes() {
    let clear = Some("the Python driver raises it to verify-ca unasked; a DSN that asks for less is refused");
    let cases: [(&str, &str, Option<&str>, Option<&str>); 7] = [
        ("PY-002", "verify-ca", Some("verify-ca"), None),
        ("PY-003", "verify-full", Some("verify-full"), None),
        ("PY-004", "disable", None, clear),
        ("PY-005", "allow", None, clear),
        ("PY-006", "prefer", None, clear),
        ("PY-007", "require", Some("require"), Some("it encrypts, and the ODBC driver takes it")),
        ("PY-008", "bogus", None, Some("a word that means nothing is an error")),
    ];
    for (id, mode, expected, _ours) in cases {
        assert_eq!(ssl_mode(&settings(&[IAM, ("ssl", "True"), ("sslmode", mode)])).ok(), expected, "{id}");
    }
}

enum Expected {
    Taken(Chosen),
    Warned(Chosen, &'static str),
    Refused(Status),
}
use Expected::{Refused, Taken, Warned};

#[test]
fn methods() {
    let wins = Some(
        "what the driver's dialogs leave behind must not lock a user out: the stronger method wins, with a warning",
    );
    let plugin = || Chosen::Plugin("Okta");
    let profile = || Chosen::Profile(Some("p".to_owned()));
    let cases: Vec<(&str, Pairs, Expected, Option<&str>)> = vec![
        (
            "PY-010",
            &[IAM, ("credentials_provider", "SomeProvider")],
            Refused(Status::UnknownPlugin),
            Some("the plugin's name is looked at first"),
        ),
        ("PY-011", &[IAM, ID, OKTA, ACCESS], Warned(plugin(), "AccessKeyID"), wins),
        ("PY-012", &[IAM, ID, OKTA, SECRET], Warned(plugin(), "SecretAccessKey"), wins),
        ("PY-013", &[IAM, ID, OKTA, TOKEN], Warned(plugin(), "SessionToken"), wins),
        ("PY-014", &[IAM, ID, OKTA, PROFILE], Warned(plugin(), "Profile"), wins),
        ("PY-015", &[IAM, ID, PROFILE, ACCESS], Warned(profile(), "AccessKeyID"), wins),
        ("PY-016", &[IAM, ID, PROFILE, SECRET], Warned(profile(), "SecretAccessKey"), wins),
        ("PY-017", &[IAM, ID, PROFILE, TOKEN], Warned(profile(), "SessionToken"), wins),
        ("PY-018", &[IAM, ID, ACCESS, ("password", "")], Refused(Status::MissingSetting), None),
        ("PY-019", &[IAM, ID, ACCESS, ("password", "myHiddenSecret")], Taken(Chosen::Static), None),
        ("PY-020", &[IAM, ID, SECRET], Refused(Status::MissingSetting), None),
        ("PY-021", &[IAM, ID, TOKEN], Refused(Status::MissingSetting), None),
        ("PY-022", &[IAM, ID, ACCESS, SECRET], Taken(Chosen::Static), None),
        ("PY-022", &[IAM, ID, ACCESS, SECRET, TOKEN], Taken(Chosen::Static), None),
        ("PY-023", &[IAM, ID, PROFILE], Taken(profile()), None),
        ("PY-024", &[IAM, ("auth_profile", "a")], Refused(Status::MissingSetting), None),
        (
            "PY-024",
            &[IAM, ("auth_profile", "a"), ACCESS, SECRET],
            Taken(Chosen::Static),
            Some("the region may come from the host"),
        ),
        ("PY-025", &[IAM, ID, ("ssl", "False")], Refused(Status::InvalidSetting), None),
        ("PY-026", &[IAM, ID, ("credentials_provider", "WrongProvider")], Refused(Status::UnknownPlugin), None),
        ("PY-026", &[("credentials_provider", "WrongProvider")], Refused(Status::UnknownPlugin), None),
        (
            "PY-027",
            &[IAM, ID, ("credentials_provider", "OktacredentialSProvider")],
            Taken(plugin()),
            Some("letter case does not matter, as in the ODBC driver"),
        ),
        (
            "PY-028",
            &[IAM, ("credentials_provider", "IdpTokenAuthPlugin")],
            Warned(Chosen::Plugin("IdpTokenAuthPlugin"), "IAM=1"),
            Some("older DSNs carry IAM=1 and mean no harm"),
        ),
        (
            "PY-029",
            &[("credentials_provider", "BasicJwtCredentialsProvider"), ("ssl", "False")],
            Refused(Status::InvalidSetting),
            None,
        ),
        (
            "PY-029",
            &[("credentials_provider", "BrowserIdcAuthPlugin"), ("ssl", "False")],
            Refused(Status::InvalidSetting),
            None,
        ),
        (
            "PY-030",
            &[("credentials_provider", "BrowserIdcAuthPlugin"), ("ssl_insecure", "True")],
            Taken(Chosen::Plugin("BrowserIdcAuthPlugin")),
            Some("it concerns requests to the identity provider, with IAM or without"),
        ),
    ];
    for (id, pairs, expected, _ours) in cases {
        let found = choose(&settings(pairs), None, &[]);
        match (expected, found) {
            (Taken(chosen), Ok(choice)) => assert_eq!((choice.chosen, choice.warnings.len()), (chosen, 0), "{id}"),
            (Warned(chosen, of), Ok(choice)) => {
                assert_eq!(choice.chosen, chosen, "{id}");
                assert!(choice.warnings.len() == 1 && choice.warnings[0].contains(of), "{id}: {:?}", choice.warnings);
            }
            (Refused(status), Err(error)) => assert_eq!(error.status(), status, "{id}: {error}"),
            (_, found) => panic!("{id}: {found:?}"),
        }
    }
    assert_eq!(
        settings(&[IAM, OKTA]).flag(Key::SslInsecure).unwrap(),
        None,
        "PY-033: certificates are checked by default"
    );
}

fn at(pairs: &[(&str, &str)]) -> Location {
    locate(&settings(pairs)).unwrap()
}

fn cluster(id: &str) -> Target {
    Target::Cluster { id: id.to_owned() }
}

fn workgroup(name: &str) -> Target {
    Target::Workgroup { name: name.to_owned() }
}

#[test]
fn a_cluster_is_found() {
    // PY-009: the Python driver wants cluster_identifier even where the host names the cluster; ours takes it from there.
    assert_eq!(at(&[IAM, HOST]).target, Some(cluster("something")), "PY-009");
    assert_eq!(at(&[IAM]).require_target().unwrap_err().status(), Status::MissingSetting, "PY-009");
    assert_eq!(at(&[HOST, ("cluster_identifier", "mine")]).target, Some(cluster("mine")), "PY-047");
}

#[test]
fn hosts() {
    let aws = "redshift.amazonaws.com";
    let serverless = "redshift-serverless.amazonaws.com";
    let cases: [(&str, String, Option<Target>, &str, bool); 9] = [
        (
            "PY-034",
            format!("testwg1.012345678901.us-east-2.{serverless}"),
            Some(workgroup("testwg1")),
            "us-east-2",
            true,
        ),
        ("PY-035", format!("012345678901.us-east-2.{serverless}"), None, "us-east-2", true),
        ("PY-036", format!("123456789012.us-south-1.{serverless}"), None, "us-south-1", true),
        (
            "PY-037",
            format!("testwg2.012345678901.ap-northeast-3.{serverless}"),
            Some(workgroup("testwg2")),
            "ap-northeast-3",
            true,
        ),
        (
            "PY-038",
            format!("redshift-cluster-1.aaaaaaaaaaaa.us-east-2.{aws}"),
            Some(cluster("redshift-cluster-1")),
            "us-east-2",
            false,
        ),
        (
            "PY-039",
            format!("mylongredshiftclustername.aaaaaaaaaaaa.ap-northeast-1.{aws}"),
            Some(cluster("mylongredshiftclustername")),
            "ap-northeast-1",
            false,
        ),
        (
            "PY-040",
            format!("redshift-cluster-1.aaaaaaaaaaaa.us-east-1-dev.{aws}"),
            Some(cluster("redshift-cluster-1")),
            "us-east-1-dev",
            false,
        ),
        ("PY-041", format!("test-endpoint-xxxx.123456789123.us-east-2-dev.{serverless}"), None, "us-east-2-dev", true),
        // The Python driver reads the region `n` here.
        ("PY-051", format!("c.abc.cn-north-1.{aws}.cn"), Some(cluster("c")), "cn-north-1", false),
    ];
    for (id, host, target, region, serverless) in cases {
        let found = at(&[("host", &host)]);
        assert_eq!((found.target, found.serverless), (target, serverless), "{id}");
        assert_eq!(found.region.map(|(region, _)| region).as_deref(), Some(region), "{id}");
    }
    let account = |host: &str| match classify(host) {
        HostKind::Workgroup { account, name, .. } => (account, name),
        other => panic!("{host}: {other:?}"),
    };
    assert_eq!(account(&format!("012345678901.us-east-2.{serverless}")), ("012345678901".to_owned(), None), "PY-035");
}

#[test]
fn other_hosts() {
    let nlb = ("host", "nlbjdbc-NLB-b34deba1736c83fe.elb.us-east-1.amazonaws.com");
    assert_eq!(at(&[nlb]).target, None, "PY-042");
    for host in [
        "my.custom.domain.name",
        "redshift.company.prod.redshift.company.com",
        "redshift.myproject.prod.redshift.amazonaws.mycompany.com",
    ] {
        let domain = host.to_owned();
        assert_eq!(at(&[("host", host)]).target, Some(Target::ClusterDomain { host: domain.clone() }), "PY-043");
        let flag = ("is_serverless", "True");
        assert_eq!(at(&[("host", host), flag]).target, Some(Target::WorkgroupDomain { host: domain }), "PY-044");
    }
    let flag = ("is_serverless", "True");
    assert_eq!(at(&[nlb, flag, ("serverless_work_group", "xyz")]).target, Some(workgroup("xyz")), "PY-045");
    // PY-046: the Python driver tries the load balancer's name as a custom domain first; ours spares that call.
    assert_eq!(at(&[nlb, ID]).target, Some(cluster("something")), "PY-046");
    let host = ("host", "wg.012345678901.us-east-2.redshift-serverless.amazonaws.com");
    assert_eq!(at(&[host]).target, Some(workgroup("wg")), "PY-048");
    let own = [flag, host, ("serverless_work_group", "mine"), ("serverless_acct_id", "1")];
    assert_eq!(at(&own).target, Some(workgroup("mine")), "PY-049");
    assert_eq!(settings(&own).text(Key::ServerlessAcctId), Some("1"), "PY-049");
    assert!(at(&[flag, ("host", "")]).serverless, "PY-050");
    // PY-052: what the DNS knows of the region is asked later; the settings alone leave it open.
    for host in ["x", "amazon.com", "-o"] {
        assert_eq!(at(&[("host", host), ("port", "5439")]).region, None, "PY-052");
    }
}
