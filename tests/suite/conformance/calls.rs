//! Which call of Redshift a login with a provider's identity ends in, and what it asks for there.

use super::alice;
use super::case::{Case, case, hold};
use crate::saml_plugins::{REDSHIFT, SIGN_IN, SIGN_IN_PAGE, STS};
use rs_auth_sandbox::demo_world::{CLUSTER_DOMAIN, WORKGROUP_DOMAIN};

const WORKGROUP: &str = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";
const FEDERATED: &str = "GetClusterCredentialsWithIAM";
const SERVERLESS: &str = "GetCredentials";

/// A login that ends in this call.
fn ends_in(id: &'static str, call: &'static str) -> Case {
    case(id).sent([SIGN_IN_PAGE, SIGN_IN, STS, call])
}

/// The same at a host of the company's own, whose name tells no region.
fn at_domain(id: &'static str, call: &'static str, host: &'static str) -> Case {
    ends_in(id, call).set("host", host).set("region", "us-east-1")
}

fn choice() -> Vec<Case> {
    vec![
        ends_in("PY-053", REDSHIFT),
        ends_in("PY-063", SERVERLESS)
            .set("host", WORKGROUP)
            .set("group_federation", "True")
            .ours("as in the ODBC driver: that call federates anyway, and serverless has no other"),
        ends_in("PY-064", FEDERATED).set("group_federation", "True").no_field(FEDERATED, "DbUser"),
        at_domain("PY-065", SERVERLESS, WORKGROUP_DOMAIN)
            .set("is_serverless", "True")
            .set("group_federation", "True")
            .field(SERVERLESS, "customDomainName", WORKGROUP_DOMAIN)
            .ours("GetCredentials takes the domain, so there is nothing to refuse"),
    ]
}

fn requests() -> Vec<Case> {
    vec![
        case("PY-069")
            .set("host", "123456789012.us-east-1.redshift-serverless.amazonaws.com")
            .refused(101, ["Workgroup"])
            .ours("a request that names no workgroup cannot succeed, so the key is asked for"),
        at_domain("PY-070", REDSHIFT, CLUSTER_DOMAIN)
            .set("db_user", "primary")
            .set("db_groups", "employees")
            .set("auto_create", "True")
            .field(REDSHIFT, "CustomDomainName", CLUSTER_DOMAIN)
            .field(REDSHIFT, "DbUser", "primary")
            .field(REDSHIFT, "DbName", "dev")
            .field(REDSHIFT, "DbGroups.DbGroup.1", "employees")
            .field(REDSHIFT, "AutoCreate", "true")
            .no_field(REDSHIFT, "ClusterIdentifier"),
        at_domain("PY-071", SERVERLESS, WORKGROUP_DOMAIN)
            .set("is_serverless", "True")
            .field(SERVERLESS, "dbName", "dev")
            .field(SERVERLESS, "customDomainName", WORKGROUP_DOMAIN)
            .no_field(SERVERLESS, "workgroupName"),
        at_domain("PY-072", SERVERLESS, WORKGROUP_DOMAIN)
            .set("is_serverless", "True")
            .set("serverless_work_group", "sandbox-workgroup")
            .field(SERVERLESS, "workgroupName", "sandbox-workgroup")
            .no_field(SERVERLESS, "customDomainName"),
        ends_in("PY-073", REDSHIFT)
            .set("db_user", "primary")
            .set("db_groups", "employees")
            .set("auto_create", "True")
            .field(REDSHIFT, "ClusterIdentifier", "sandbox-cluster")
            .field(REDSHIFT, "DbUser", "primary")
            .field(REDSHIFT, "DbName", "dev")
            .field(REDSHIFT, "DbGroups.DbGroup.1", "employees")
            .field(REDSHIFT, "AutoCreate", "true")
            .no_field(REDSHIFT, "CustomDomainName"),
        at_domain("PY-074", REDSHIFT, CLUSTER_DOMAIN)
            .field(REDSHIFT, "CustomDomainName", CLUSTER_DOMAIN)
            .ours("the domain goes into the request itself; nobody is asked for the cluster before"),
        at_domain("PY-075", REDSHIFT, "db.corp.example")
            .set("cluster_identifier", "sandbox-cluster")
            .field(REDSHIFT, "ClusterIdentifier", "sandbox-cluster")
            .no_field(REDSHIFT, "CustomDomainName")
            .ours("whoever gives the cluster has said which it is: two calls less"),
        at_domain("PY-076", REDSHIFT, "db.corp.example")
            .refused(401, ["no custom domain db.corp.example", "ClusterId"]),
        case("PY-077")
            .world(|world| {
                let alice = world.person_mut("alice").unwrap();
                (alice.db_user, alice.role_session_name) = (None, Some(String::new()));
            })
            .refused(101, ["DbUser", "RoleSessionName"])
            .sent([SIGN_IN_PAGE, SIGN_IN]),
    ]
}

pub fn cases() -> Vec<Case> {
    [choice(), requests()].into_iter().flatten().collect()
}

#[test]
fn every_case() {
    hold(alice, &cases());
}
