//! Every target by every identity.

use crate::probe::{Dsn, Machine};
use crate::sent::{operations, parameters};
use rs_auth_sandbox::demo_world::{
    CLUSTER_DOMAIN, CONTAINER_KEY, INSTANCE_KEY, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_KEY, USER_SECRET,
    WORKGROUP_DOMAIN,
};
use rs_auth_sandbox::{Record, Sandbox};

/// Who asks, and how Redshift calls it.
struct Identity {
    name: &'static str,
    machine: Machine,
    keys: Vec<(&'static str, &'static str)>,
    /// The database user that IAM makes of it.
    user: &'static str,
    plugin: &'static str,
    /// What proves it, before Redshift is asked.
    proof: &'static [&'static str],
    signed_by: Option<&'static str>,
}

/// What is asked for.
struct Target {
    name: &'static str,
    keys: Vec<(&'static str, &'static str)>,
    /// What is asked of Redshift, in alphabetical order.
    operations: &'static [&'static str],
    parameters: &'static [(&'static str, &'static str)],
    /// Whether IAM names the database user.
    of_iam: bool,
    host: &'static str,
    port: u16,
}

const CLUSTER_HOST: &str = "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com";
const WORKGROUP_HOST: &str = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";

/// What the metadata service is asked.
const METADATA: &[&str] =
    &["token", "meta-data/iam/security-credentials/", "meta-data/iam/security-credentials/sandbox-instance"];
const FROM_INSTANCE: &[&str] = &[METADATA[0], METADATA[1], METADATA[2], "AssumeRole"];
/// What Redshift is asked, and with what.
const ONE: &[&str] = &["GetClusterCredentials"];
const BY_ID: &[(&str, &str)] = &[("ClusterIdentifier", "sandbox-cluster"), ("DbName", "dev"), ("DbUser", "alice")];
const SERVERLESS: &[(&str, &str)] = &[("dbName", "dev"), ("workgroupName", "sandbox-workgroup")];

fn identities(sandbox: &Sandbox) -> Vec<Identity> {
    let by_profile = |profile: &'static str, user, proof, signed_by| Identity {
        name: profile,
        machine: Machine::with_profiles(sandbox).on_instance(sandbox),
        keys: vec![("Profile", profile)],
        user,
        plugin: "Profile",
        proof,
        signed_by,
    };
    let by_keys = |name, keys: &[(&'static str, &'static str)], user, key| Identity {
        name,
        machine: Machine::new(),
        keys: keys.to_vec(),
        user,
        plugin: "Static",
        proof: &[],
        signed_by: Some(key),
    };
    let by_chain = |name, machine, user, proof, signed_by| Identity {
        name,
        machine,
        keys: Vec::new(),
        user,
        plugin: "Default",
        proof,
        signed_by: Some(signed_by),
    };
    let environment = Machine::with_profiles(sandbox)
        .env("AWS_ACCESS_KEY_ID", SESSION_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SESSION_SECRET);
    let container = Machine::new()
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", sandbox.container_url())
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", sandbox.container_token());
    vec![
        by_keys("keys", &[("AccessKeyID", USER_KEY), ("SecretAccessKey", USER_SECRET)], "IAM:sandbox-user", USER_KEY),
        by_keys(
            "session",
            &[("AccessKeyID", SESSION_KEY), ("SecretAccessKey", SESSION_SECRET), ("SessionToken", SESSION_TOKEN)],
            "IAMR:sandbox-role",
            SESSION_KEY,
        ),
        by_keys("PWD as secret key", &[("AccessKeyID", USER_KEY), ("PWD", USER_SECRET)], "IAM:sandbox-user", USER_KEY),
        by_profile("sandbox-keys", "IAM:sandbox-user", &[], Some(USER_KEY)),
        by_profile("sandbox-session", "IAMR:sandbox-role", &[], Some(SESSION_KEY)),
        by_profile("sandbox-role", "IAMR:sandbox-role", &["AssumeRole"], None),
        by_profile("sandbox-second-role", "IAMR:sandbox-second-role", &["AssumeRole", "AssumeRole"], None),
        by_profile("sandbox-partner", "IAMR:sandbox-partner", &["AssumeRole"], None),
        by_profile("sandbox-from-instance", "IAMR:sandbox-role", FROM_INSTANCE, None),
        by_profile("sandbox-web-identity", "IAMR:sandbox-role", &["AssumeRoleWithWebIdentity"], None),
        by_profile("sandbox-process", "IAM:sandbox-user", &[], Some(USER_KEY)),
        Identity {
            name: "instance profile",
            machine: Machine::new().on_instance(sandbox),
            keys: vec![("InstanceProfile", "1")],
            user: "IAMR:sandbox-instance",
            plugin: "InstanceProfile",
            proof: METADATA,
            signed_by: Some(INSTANCE_KEY),
        },
        // The chain in its order: each machine has all that comes later too.
        by_chain(
            "chain: environment",
            environment.env("AWS_SESSION_TOKEN", SESSION_TOKEN).on_instance(sandbox),
            "IAMR:sandbox-role",
            &[],
            SESSION_KEY,
        ),
        by_chain(
            "chain: profile",
            Machine::with_profiles(sandbox).on_instance(sandbox),
            "IAM:sandbox-user",
            &[],
            USER_KEY,
        ),
        by_chain(
            "chain: container",
            container.on_instance(sandbox),
            "IAMR:sandbox-container",
            &["credentials"],
            CONTAINER_KEY,
        ),
        by_chain(
            "chain: instance",
            Machine::new().on_instance(sandbox),
            "IAMR:sandbox-instance",
            METADATA,
            INSTANCE_KEY,
        ),
    ]
}

fn targets() -> Vec<Target> {
    let target = |name, keys: &[(&'static str, &'static str)], operations, parameters, of_iam, host| Target {
        name,
        keys: keys.to_vec(),
        operations,
        parameters,
        of_iam,
        host,
        port: 5439,
    };
    vec![
        target("cluster", &[("Host", CLUSTER_HOST)], ONE, BY_ID, false, CLUSTER_HOST),
        target(
            "cluster, discovered",
            &[("ClusterId", "sandbox-cluster")],
            &["DescribeClusters", "GetClusterCredentials"],
            BY_ID,
            false,
            CLUSTER_HOST,
        ),
        target(
            "cluster by another name",
            &[("Host", "db.corp.example"), ("ClusterId", "sandbox-cluster"), ("Port", "15439")],
            ONE,
            BY_ID,
            false,
            "db.corp.example",
        )
        .at_port(15439),
        target(
            "custom domain",
            &[("Host", CLUSTER_DOMAIN)],
            ONE,
            &[("CustomDomainName", CLUSTER_DOMAIN), ("DbName", "dev"), ("DbUser", "alice")],
            false,
            CLUSTER_DOMAIN,
        ),
        target(
            "group federation",
            &[("Host", CLUSTER_HOST), ("group_federation", "1")],
            &["GetClusterCredentialsWithIAM"],
            &[("ClusterIdentifier", "sandbox-cluster"), ("DbName", "dev")],
            true,
            CLUSTER_HOST,
        ),
        target("workgroup", &[("Host", WORKGROUP_HOST)], &["GetCredentials"], SERVERLESS, true, WORKGROUP_HOST),
        target(
            "workgroup, discovered",
            &[("Serverless", "1"), ("Workgroup", "sandbox-workgroup"), ("group_federation", "1")],
            &["GetCredentials", "GetWorkgroup"],
            SERVERLESS,
            true,
            WORKGROUP_HOST,
        ),
        target(
            "workgroup's custom domain",
            &[("Serverless", "1"), ("Host", WORKGROUP_DOMAIN)],
            &["GetCredentials"],
            &[("customDomainName", WORKGROUP_DOMAIN), ("dbName", "dev")],
            true,
            WORKGROUP_DOMAIN,
        ),
        target(
            "workgroup through the provisioned service",
            &[("Host", WORKGROUP_HOST), ("ClusterId", "redshift-serverless-sandbox-workgroup")],
            ONE,
            &[("ClusterIdentifier", "redshift-serverless-sandbox-workgroup"), ("DbName", "dev"), ("DbUser", "alice")],
            false,
            WORKGROUP_HOST,
        ),
        target(
            "managed VPC endpoint",
            &[
                ("Host", CLUSTER_HOST),
                ("vpc_endpoint_url", "reports-endpoint-abc1.def2.us-east-1.redshift.amazonaws.com"),
            ],
            ONE,
            BY_ID,
            false,
            "reports-endpoint-abc1.def2.us-east-1.redshift.amazonaws.com",
        ),
    ]
}

impl Target {
    fn at_port(self, port: u16) -> Self {
        Self { port, ..self }
    }
}

#[test]
fn every_target_by_every_identity() {
    let sandbox = Sandbox::start();
    let targets = targets();
    for identity in identities(&sandbox) {
        let calls = targets.iter().map(|target| {
            let url = sandbox.http_url();
            let base = Dsn::iam().set("Database", "dev").set("DbUser", "alice").set("Region", "us-east-1").at(&url);
            let all = identity.keys.iter().chain(&target.keys);
            all.fold(base, |dsn, (key, value)| dsn.set(key, value)).call().cache(1)
        });
        let results = identity.machine.recorded(&sandbox, calls.collect::<Vec<_>>());
        assert_eq!(results.len(), targets.len());
        for ((outcome, sent), target) in results.iter().zip(&targets) {
            let name = format!("{} by {}", target.name, identity.name);
            assert_eq!(outcome.status, 0, "{name}: {}", outcome.told());
            let user = if target.of_iam { identity.user } else { "IAM:alice" };
            assert_eq!(outcome.user, user, "{name}");
            assert_eq!((outcome.host.as_str(), outcome.port), (target.host, target.port), "{name}");
            assert_eq!((outcome.kind, outcome.plugin.as_str()), (1, identity.plugin), "{name}");
            assert_eq!(outcome.database, "dev", "{name}");
            assert!(!outcome.password.is_empty() && !outcome.access_key_id.is_empty(), "{name}");
            check_requests(&name, sent, target, &identity, &outcome.access_key_id);
        }
    }
}

fn check_requests(name: &str, sent: &[Record], target: &Target, identity: &Identity, key: &str) {
    let (proof, asked) = sent.split_at(identity.proof.len().min(sent.len()));
    assert_eq!(operations(proof), identity.proof, "{name}");
    let mut asked: Vec<_> = asked.iter().collect();
    asked.sort_by(|a, b| a.operation.cmp(&b.operation));
    let names: Vec<_> = asked.iter().map(|record| record.operation.as_str()).collect();
    assert_eq!(names, target.operations, "{name}");
    for record in asked {
        assert_eq!(record.signed_by.as_deref(), Some(key), "{name}");
        assert!(identity.signed_by.is_none_or(|id| id == key), "{name}");
        if record.operation.starts_with("Get") && record.operation != "GetWorkgroup" {
            let expected = target.parameters.iter().copied().collect();
            assert_eq!(parameters(record), expected, "{name}");
        }
    }
}
