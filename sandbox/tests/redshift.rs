//! The provisioned API: what it grants and what it refuses.

mod common;

use common::{ALICE, CLUSTER, FORM, Signer, connect, exchange, form, login, request, send};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{
    CLUSTER_DOMAIN, DENIED_KEY, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_SECRET,
};

fn call(sandbox: &Sandbox, action: &str, parameters: &[(&str, &str)]) -> common::Reply {
    Signer::user("redshift").redshift(&sandbox.http_url(), action, parameters)
}

#[test]
fn credentials_are_granted_and_recorded() {
    let sandbox = Sandbox::start();
    let reply = login(&sandbox);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.element("DbUser").as_deref(), Some("IAM:alice"));
    assert!(reply.element("DbPassword").unwrap().len() > 20);
    assert!(reply.element("Expiration").unwrap().ends_with('Z'));
    assert_eq!(reply.header("x-amzn-RequestId"), reply.element("RequestId").as_deref());
    assert!(reply.header("Date").unwrap().ends_with(" GMT"));

    let [record] = &sandbox.requests()[..] else { panic!("one request") };
    assert_eq!(
        (record.service.as_str(), record.operation.as_str(), record.status),
        ("redshift", "GetClusterCredentials", 200)
    );
    assert_eq!(record.parameter("ClusterIdentifier"), Some("sandbox-cluster"));
    assert_eq!(record.signed_by.as_deref(), Some(rs_auth_sandbox::demo_world::USER_KEY));
    assert!(!record.tls);
    assert_eq!(record.header("content-type"), Some(FORM));
}

#[test]
fn auto_create_groups_and_duration_are_taken() {
    let sandbox = Sandbox::start();
    let all = [
        ALICE,
        CLUSTER,
        ("AutoCreate", "true"),
        ("DbGroups.DbGroup.1", "a"),
        ("DbGroups.DbGroup.2", "b"),
        ("DurationSeconds", "3600"),
        ("DbName", "dev"),
    ];
    let reply = call(&sandbox, "GetClusterCredentials", &all);
    assert_eq!(reply.element("DbUser").as_deref(), Some("IAMA:alice"), "{}", reply.text());
    // As the Python SDK sends an empty list and a false flag.
    let empty = call(&sandbox, "GetClusterCredentials", &[ALICE, CLUSTER, ("DbGroups", ""), ("AutoCreate", "false")]);
    assert_eq!(empty.element("DbUser").as_deref(), Some("IAM:alice"), "{}", empty.text());
}

#[test]
fn wrong_parameters_are_refused() {
    let sandbox = Sandbox::start();
    let refused = |parameters: &[(&str, &str)]| {
        let reply = call(&sandbox, "GetClusterCredentials", parameters);
        assert_eq!(reply.status, 400, "{parameters:?} {}", reply.text());
        reply.error().1
    };
    assert_eq!(refused(&[CLUSTER]), "MissingParameter");
    assert_eq!(refused(&[ALICE]), "MissingParameter");
    assert_eq!(refused(&[ALICE, CLUSTER, ("CustomDomainName", CLUSTER_DOMAIN)]), "InvalidParameterCombination");
    assert_eq!(refused(&[ALICE, CLUSTER, ("DurationSeconds", "899")]), "InvalidParameterValue");
    assert_eq!(refused(&[ALICE, CLUSTER, ("DurationSeconds", "3601")]), "InvalidParameterValue");
    assert_eq!(refused(&[ALICE, CLUSTER, ("DurationSeconds", "long")]), "MalformedInput");
    assert_eq!(refused(&[ALICE, CLUSTER, ("AutoCreate", "1")]), "MalformedInput");
    assert_eq!(refused(&[ALICE, CLUSTER, ("Autocreate", "true")]), "MalformedInput");
    assert_eq!(refused(&[ALICE, CLUSTER, CLUSTER]), "MalformedInput");
    assert_eq!(refused(&[ALICE, CLUSTER, ("DbGroups.member.1", "a")]), "MalformedInput");
    assert_eq!(refused(&[ALICE, CLUSTER, ("DbGroups.DbGroup.2", "a")]), "MalformedInput");
    assert_eq!(refused(&[("DbUser", "IAM:alice"), CLUSTER]), "InvalidParameterValue");
    assert_eq!(refused(&[("DbUser", "public"), CLUSTER]), "InvalidParameterValue");
    // The control: nothing else was wrong with any of them.
    assert_eq!(call(&sandbox, "GetClusterCredentials", &[ALICE, CLUSTER, ("DurationSeconds", "900")]).status, 200);
}

#[test]
fn a_cluster_exists_in_its_region_only() {
    let sandbox = Sandbox::start();
    let unknown = call(&sandbox, "GetClusterCredentials", &[ALICE, ("ClusterIdentifier", "nope")]);
    assert_eq!(unknown.error(), (404, "ClusterNotFound".to_owned()));
    assert_eq!(unknown.message(), "Cluster nope not found.");
    let elsewhere = call(&sandbox, "GetClusterCredentials", &[ALICE, ("ClusterIdentifier", "sandbox-west")]);
    assert_eq!(elsewhere.error(), (404, "ClusterNotFound".to_owned()));
    let west = Signer { region: "us-west-2".to_owned(), ..Signer::user("redshift") };
    let there =
        west.redshift(&sandbox.http_url(), "GetClusterCredentials", &[ALICE, ("ClusterIdentifier", "sandbox-west")]);
    assert_eq!(there.status, 200, "{}", there.text());
}

#[test]
fn a_custom_domain_leads_to_its_cluster() {
    let sandbox = Sandbox::start();
    let known = call(&sandbox, "GetClusterCredentials", &[ALICE, ("CustomDomainName", CLUSTER_DOMAIN)]);
    assert_eq!(known.status, 200, "{}", known.text());
    let unknown = call(&sandbox, "GetClusterCredentials", &[ALICE, ("CustomDomainName", "other.example.com")]);
    assert_eq!(unknown.error(), (404, "ClusterNotFound".to_owned()));

    let described = call(&sandbox, "DescribeCustomDomainAssociations", &[("CustomDomainName", CLUSTER_DOMAIN)]);
    assert_eq!(described.element("ClusterIdentifier").as_deref(), Some("sandbox-cluster"), "{}", described.text());
    let missing = call(&sandbox, "DescribeCustomDomainAssociations", &[("CustomDomainName", "other.example.com")]);
    assert_eq!(missing.error(), (404, "CustomDomainAssociationNotFoundFault".to_owned()));
}

#[test]
fn federation_names_the_user_or_the_role() {
    let sandbox = Sandbox::start();
    let user = call(&sandbox, "GetClusterCredentialsWithIAM", &[CLUSTER, ("DbName", "dev")]);
    assert_eq!(user.element("DbUser").as_deref(), Some("IAM:sandbox-user"), "{}", user.text());
    assert!(user.element("NextRefreshTime").is_some());
    let session = Signer::new("redshift", SESSION_KEY, SESSION_SECRET, Some(SESSION_TOKEN));
    let role = session.redshift(&sandbox.http_url(), "GetClusterCredentialsWithIAM", &[CLUSTER]);
    assert_eq!(role.element("DbUser").as_deref(), Some("IAMR:sandbox-role"), "{}", role.text());
    let with_user = call(&sandbox, "GetClusterCredentialsWithIAM", &[CLUSTER, ALICE]);
    assert_eq!(with_user.error(), (400, "MalformedInput".to_owned()));
}

#[test]
fn clusters_are_described() {
    let sandbox = Sandbox::start();
    let one = call(&sandbox, "DescribeClusters", &[CLUSTER]);
    let host = "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com";
    assert_eq!(one.element("Address").as_deref(), Some(host), "{}", one.text());
    assert_eq!(one.element("Port").as_deref(), Some("5439"));
    assert_eq!(one.text().matches("<Cluster>").count(), 1);
    let creating = call(&sandbox, "DescribeClusters", &[("ClusterIdentifier", "sandbox-creating")]);
    assert_eq!(creating.element("ClusterStatus").as_deref(), Some("creating"));
    assert!(creating.element("Endpoint").is_none());
    let all = call(&sandbox, "DescribeClusters", &[]);
    assert_eq!(all.text().matches("<Cluster>").count(), 3, "those of the region: {}", all.text());
    let unknown = call(&sandbox, "DescribeClusters", &[("ClusterIdentifier", "nope")]);
    assert_eq!(unknown.error(), (404, "ClusterNotFound".to_owned()));
}

#[test]
fn authentication_profiles_are_described() {
    let sandbox = Sandbox::start();
    let known = call(&sandbox, "DescribeAuthenticationProfiles", &[("AuthenticationProfileName", "sandbox-profile")]);
    let content = known.element("AuthenticationProfileContent").unwrap().replace("&quot;", "\"");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&content).unwrap()["DbUser"], "profile_user");
    let unknown = call(&sandbox, "DescribeAuthenticationProfiles", &[("AuthenticationProfileName", "nope")]);
    assert_eq!(unknown.error(), (404, "AuthenticationProfileNotFoundFault".to_owned()));
}

#[test]
fn an_identity_center_token_is_granted_for_known_clusters() {
    let sandbox = Sandbox::start();
    let known = call(&sandbox, "GetIdentityCenterAuthToken", &[("ClusterIds.ClusterIdentifier.1", "sandbox-cluster")]);
    assert!(known.element("Token").unwrap().len() > 50, "{}", known.text());
    let unknown = call(&sandbox, "GetIdentityCenterAuthToken", &[("ClusterIds.ClusterIdentifier.1", "nope")]);
    assert_eq!(unknown.error(), (404, "ClusterNotFound".to_owned()));
    assert_eq!(call(&sandbox, "GetIdentityCenterAuthToken", &[]).error(), (400, "MissingParameter".to_owned()));
}

#[test]
fn a_denied_action_is_named_with_its_resource() {
    let sandbox = Sandbox::start();
    let denied = Signer::new("redshift", DENIED_KEY, USER_SECRET, None);
    let reply = denied.redshift(&sandbox.http_url(), "GetClusterCredentials", &[ALICE, CLUSTER]);
    assert_eq!(reply.error(), (403, "AccessDenied".to_owned()));
    let message = reply.message();
    assert!(message.starts_with("User: arn:aws:iam::123456789012:user/sandbox-denied is not authorized to perform: redshift:GetClusterCredentials"), "{message}");
    assert!(message.contains("arn:aws:redshift:us-east-1:123456789012:dbuser:sandbox-cluster/alice"), "{message}");
    // One action alone, and the same key for another.
    sandbox.with_world(|world| world.key_mut(DENIED_KEY).unwrap().denied = vec!["redshift:JoinGroup".to_owned()]);
    assert_eq!(denied.redshift(&sandbox.http_url(), "GetClusterCredentials", &[ALICE, CLUSTER]).status, 200);
    let grouped = [ALICE, CLUSTER, ("DbGroups.DbGroup.1", "a")];
    let reply = denied.redshift(&sandbox.http_url(), "GetClusterCredentials", &grouped);
    assert_eq!(reply.error(), (403, "AccessDenied".to_owned()));
}

#[test]
fn unknown_actions_versions_and_shapes_are_refused() {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    assert_eq!(call(&sandbox, "GetClusterCredential", &[]).error(), (400, "InvalidAction".to_owned()));
    let signer = Signer::user("redshift");
    assert_eq!(signer.query(&url, "2012-12-02", "DescribeClusters", &[]).status, 404);
    // The right body under another media type is no form, so there is no action in it.
    let body = form("2012-12-01", "DescribeClusters", &[]);
    let headers = signer.sign("POST", &url, "/", &[("content-type", "text/plain")], body.as_bytes());
    let reply = exchange(&mut connect(&url), &request("POST", &url, "/", &headers, body.as_bytes())).unwrap();
    assert_eq!(reply.error(), (400, "MissingAction".to_owned()));
    assert_eq!(send(&url, "GET", "/somewhere", &[], b"").status, 404);
}
