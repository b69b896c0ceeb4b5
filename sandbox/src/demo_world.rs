//! The world of the demo: one account with something of everything, and the names by which tests call it.

use crate::idc::IdentityCenter;
use crate::identity::{EntraTenant, IdentityPages};
use crate::world::{
    AccessKey, AuthenticationProfile, Cluster, IssuedTo, ProxyAccount, Role, SamlProvider, WebIdentityToken, Workgroup,
    World,
};

/// The key of the user `sandbox-user`, who may do everything.
pub const USER_KEY: &str = "AKIASANDBOXUSER00001";
/// Its secret.
pub const USER_SECRET: &str = "sandboxUserSecret/0123456789+abcdefghijk";
/// A key with a session token, of the role `sandbox-role`.
pub const SESSION_KEY: &str = "ASIASANDBOXSESSION01";
/// Its secret.
pub const SESSION_SECRET: &str = "sandboxSessionSecret/0123456789+abcdefgh";
/// Its session token.
pub const SESSION_TOKEN: &str = "IQoJsandboxSessionToken/+0123456789abcdefghijklmnopqrstuvwxyz==";
/// A session key past its time.
pub const EXPIRED_KEY: &str = "ASIASANDBOXEXPIRED01";
/// A user's key that may not call any Redshift action.
pub const DENIED_KEY: &str = "AKIASANDBOXDENIED001";
/// The key that the instance metadata service hands out.
pub const INSTANCE_KEY: &str = "ASIASANDBOXINSTANCE1";
/// The key that the container credentials endpoint hands out.
pub const CONTAINER_KEY: &str = "ASIASANDBOXCONTAINER";
/// The external id that the role `sandbox-partner` demands.
pub const EXTERNAL_ID: &str = "sandbox-external-id";
/// A web identity token that is accepted.
pub const WEB_IDENTITY_TOKEN: &str = "sandbox.web-identity.token";
/// The custom domain name of the cluster `sandbox-cluster`.
pub const CLUSTER_DOMAIN: &str = "warehouse.example.com";
/// The custom domain name of the workgroup `sandbox-workgroup`.
pub const WORKGROUP_DOMAIN: &str = "serverless.example.com";

impl Default for World {
    fn default() -> Self {
        Self {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            clock_offset_seconds: 0,
            keys: keys(),
            roles: roles(),
            saml_providers: saml_providers(),
            web_identity_tokens: vec![
                web_identity_token(WEB_IDENTITY_TOKEN, false),
                web_identity_token("sandbox.web-identity.expired", true),
            ],
            clusters: clusters(),
            workgroups: workgroups(),
            authentication_profiles: authentication_profiles(),
            instance: Some(IssuedTo { role: "sandbox-instance".to_owned(), key: INSTANCE_KEY.to_owned() }),
            container: Some(IssuedTo { role: "sandbox-container".to_owned(), key: CONTAINER_KEY.to_owned() }),
            container_token: "sandbox-container-token".to_owned(),
            extended_metadata: false,
            proxy: ProxyAccount::default(),
            people: crate::identity::people(),
            identity_pages: IdentityPages::default(),
            entra: EntraTenant::default(),
            identity_center: IdentityCenter::default(),
            database_password: None,
        }
    }
}

fn keys() -> Vec<AccessKey> {
    let session = |id, role, session| AccessKey::of_role(id, SESSION_SECRET, SESSION_TOKEN, role, session);
    vec![
        AccessKey::of_user(USER_KEY, USER_SECRET, "sandbox-user"),
        session(SESSION_KEY, "sandbox-role", "sandbox-session"),
        session(EXPIRED_KEY, "sandbox-role", "yesterday").expired(),
        AccessKey::of_user(DENIED_KEY, USER_SECRET, "sandbox-denied")
            .denying("redshift:*")
            .denying("redshift-serverless:*"),
        session(INSTANCE_KEY, "sandbox-instance", "i-0123456789abcdef0"),
        session(CONTAINER_KEY, "sandbox-container", "sandbox-task"),
    ]
}

fn roles() -> Vec<Role> {
    let role = |name: &str| Role { name: name.to_owned(), ..Role::default() };
    let in_partition = |partition: &str, name: &str| Role {
        partition: partition.to_owned(),
        saml_providers: vec![format!("sandbox-idp-{name}")],
        ..role(&format!("sandbox-{name}"))
    };
    vec![
        Role {
            trusted: vec!["sandbox-user".to_owned(), "sandbox-instance".to_owned(), "sandbox-container".to_owned()],
            saml_providers: vec!["sandbox-idp".to_owned()],
            web_identity: true,
            ..role("sandbox-role")
        },
        Role { trusted: vec!["sandbox-role".to_owned()], ..role("sandbox-second-role") },
        Role {
            trusted: vec!["sandbox-user".to_owned()],
            external_id: Some(EXTERNAL_ID.to_owned()),
            ..role("sandbox-partner")
        },
        Role {
            saml_providers: vec!["sandbox-idp".to_owned()],
            max_session_seconds: 43200,
            ..role("sandbox-long-role")
        },
        in_partition("aws-cn", "china"),
        in_partition("aws-us-gov", "govcloud"),
        role("sandbox-instance"),
        role("sandbox-container"),
    ]
}

fn saml_providers() -> Vec<SamlProvider> {
    let provider = |name: &str, partition: &str| SamlProvider {
        name: name.to_owned(),
        partition: partition.to_owned(),
        issuer: "https://idp.example.com/saml".to_owned(),
    };
    vec![
        provider("sandbox-idp", "aws"),
        provider("sandbox-idp-china", "aws-cn"),
        provider("sandbox-idp-govcloud", "aws-us-gov"),
    ]
}

fn web_identity_token(token: &str, expired: bool) -> WebIdentityToken {
    WebIdentityToken {
        token: token.to_owned(),
        subject: "sandbox-subject".to_owned(),
        issuer: "https://idp.example.com".to_owned(),
        audience: "sandbox-audience".to_owned(),
        expired,
    }
}

fn clusters() -> Vec<Cluster> {
    let cluster = |id: &str, region: &str| Cluster {
        id: id.to_owned(),
        region: region.to_owned(),
        host: format!("{id}.abc123xyz789.{region}.redshift.amazonaws.com"),
        ..Cluster::default()
    };
    vec![
        Cluster { custom_domains: vec![CLUSTER_DOMAIN.to_owned()], ..cluster("sandbox-cluster", "us-east-1") },
        Cluster { port: 5440, ..cluster("sandbox-west", "us-west-2") },
        Cluster { status: "creating".to_owned(), ..cluster("sandbox-creating", "us-east-1") },
        // A workgroup as the provisioned API sees it.
        cluster("redshift-serverless-sandbox-workgroup", "us-east-1"),
    ]
}

fn workgroups() -> Vec<Workgroup> {
    let workgroup = |name: &str| Workgroup {
        name: name.to_owned(),
        host: format!("{name}.123456789012.us-east-1.redshift-serverless.amazonaws.com"),
        ..Workgroup::default()
    };
    vec![
        Workgroup { custom_domains: vec![WORKGROUP_DOMAIN.to_owned()], ..workgroup("sandbox-workgroup") },
        Workgroup { status: "CREATING".to_owned(), ..workgroup("sandbox-creating") },
    ]
}

fn authentication_profiles() -> Vec<AuthenticationProfile> {
    let profile =
        |name: &str, content: &str| AuthenticationProfile { name: name.to_owned(), content: content.to_owned() };
    vec![
        profile(
            "sandbox-profile",
            r#"{"ClusterId":"sandbox-cluster","DbUser":"profile_user","AutoCreate":true,"IAMDuration":1200}"#,
        ),
        // The same in the spelling of the Python driver, which knows its own names only.
        profile(
            "sandbox-python",
            r#"{"cluster_identifier":"sandbox-cluster","db_user":"profile_user","auto_create":true}"#,
        ),
        profile("sandbox-broken", "this is not JSON"),
    ]
}
