//! The world that the pages speak of: a company, its people, its roles, its cluster and its workgroup.

use rs_auth_sandbox::identity::{EntraTenant, Factor, FactorKind, Person, RoleGrant};
use rs_auth_sandbox::world::{
    AccessKey, AuthenticationProfile, Cluster, IssuedTo, Role, SamlProvider, Workgroup, World,
};
use rs_auth_sandbox::{Assignment, IdentityCenter};

pub const PASSWORD: &str = "correct horse";
/// AWS's own examples of keys.
pub const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SESSION_KEY: &str = "ASIAIOSFODNN7EXAMPLE";
const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";
const INSTANCE_KEY: &str = "ASIAINSTANCE7EXAMPLE";
const REGION: &str = "eu-west-1";
const PROVIDER: &str = "ExampleIdP";
const ANALYST: &str = "RedshiftAnalyst";
const LOADER: &str = "RedshiftLoader";

pub fn world() -> World {
    let world = World::default();
    World {
        region: REGION.to_owned(),
        keys: keys(),
        roles: roles(),
        saml_providers: vec![SamlProvider {
            name: PROVIDER.to_owned(),
            issuer: "https://idp.example.com/saml".to_owned(),
            ..SamlProvider::default()
        }],
        web_identity_tokens: Vec::new(),
        clusters: vec![Cluster {
            id: "sales".to_owned(),
            region: REGION.to_owned(),
            host: "sales.abc123xyz789.eu-west-1.redshift.amazonaws.com".to_owned(),
            custom_domains: vec!["sales.example.com".to_owned()],
            ..Cluster::default()
        }],
        workgroups: vec![Workgroup {
            name: "reports".to_owned(),
            region: REGION.to_owned(),
            host: "reports.123456789012.eu-west-1.redshift-serverless.amazonaws.com".to_owned(),
            custom_domains: vec!["reports.example.com".to_owned()],
            ..Workgroup::default()
        }],
        authentication_profiles: vec![AuthenticationProfile {
            name: "sales-login".to_owned(),
            content: r#"{"AutoCreate":true,"IAMDuration":1800}"#.to_owned(),
        }],
        instance: Some(IssuedTo { role: LOADER.to_owned(), key: INSTANCE_KEY.to_owned() }),
        container: None,
        people: people(),
        entra: EntraTenant {
            domains: vec!["example.onmicrosoft.com".to_owned()],
            client_secret: "8Q~example.Client.Secret".to_owned(),
            device_interval_seconds: 1,
            ..world.entra.clone()
        },
        identity_center: IdentityCenter {
            start_url: "https://d-1234567890.awsapps.com/start".to_owned(),
            issuer_url: "https://identitycenter.amazonaws.com/ssoins-1234567890abcdef".to_owned(),
            region: REGION.to_owned(),
            assignments: vec![Assignment {
                person: "alice".to_owned(),
                account: world.account.clone(),
                role: ANALYST.to_owned(),
            }],
            ..world.identity_center.clone()
        },
        ..world
    }
}

fn keys() -> Vec<AccessKey> {
    vec![
        AccessKey::of_user(KEY, SECRET, "loader"),
        AccessKey::of_role(SESSION_KEY, SECRET, SESSION_TOKEN, ANALYST, "alice@example.com"),
        AccessKey::of_role(INSTANCE_KEY, SECRET, SESSION_TOKEN, LOADER, "i-0123456789abcdef0"),
    ]
}

fn roles() -> Vec<Role> {
    let role = |name: &str, trusted: &[&str]| Role {
        name: name.to_owned(),
        trusted: trusted.iter().map(|name| (*name).to_owned()).collect(),
        saml_providers: vec![PROVIDER.to_owned()],
        web_identity: true,
        ..Role::default()
    };
    vec![
        role(ANALYST, &["loader"]),
        Role { max_session_seconds: 43_200, ..role("RedshiftAdmin", &[]) },
        role(LOADER, &["loader"]),
        Role { external_id: Some("sales-2026".to_owned()), ..role("PartnerAccess", &[LOADER]) },
    ]
}

/// Alice may take two roles; the account of the nightly job has a second factor by time.
fn people() -> Vec<Person> {
    let alice = Person {
        name: "alice".to_owned(),
        aliases: vec!["alice@example.com".to_owned(), "EXAMPLE\\alice".to_owned()],
        password: PASSWORD.to_owned(),
        roles: [ANALYST, "RedshiftAdmin"].map(|role| RoleGrant::of(role, PROVIDER)).into(),
        db_user: Some("alice".to_owned()),
        db_groups: Some(vec!["analysts".to_owned(), "aws-billing".to_owned()]),
        auto_create: Some("true".to_owned()),
        principal_tags: vec![
            ("RedshiftDbUser".to_owned(), vec!["alice".to_owned()]),
            ("RedshiftDbRoles".to_owned(), vec!["analysts:readers".to_owned()]),
        ],
        ..Person::default()
    };
    let factor = Factor {
        id: "factor-totp".to_owned(),
        kind: FactorKind::Totp { seed: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned() },
        provider: "GOOGLE".to_owned(),
        vendor: "Google Authenticator".to_owned(),
    };
    let nightly = Person {
        name: "nightly".to_owned(),
        aliases: vec!["nightly@example.com".to_owned()],
        factors: vec![factor],
        db_user: Some("nightly".to_owned()),
        ..alice.clone()
    };
    vec![alice, nightly]
}
