//! What exists in the sandbox: accounts, keys, roles, clusters, workgroups. Plain data, to be changed at will.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::idc::IdentityCenter;
use crate::identity::{EntraTenant, IdentityPages, Person};

/// Everything that the services know. A test changes it before the start with
/// [`Builder::world`](crate::Builder::world) or later with [`Sandbox::with_world`](crate::Sandbox::with_world).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// The account number that owns everything.
    pub account: String,
    /// The region of the machine that the metadata service describes.
    pub region: String,
    /// Seconds that the servers' clocks are ahead of this machine's; negative: behind.
    pub clock_offset_seconds: i64,
    /// Keys that may sign requests. Keys that STS issues are added here.
    pub keys: Vec<AccessKey>,
    /// Roles that can be assumed.
    pub roles: Vec<Role>,
    /// SAML providers that `AssumeRoleWithSAML` knows.
    pub saml_providers: Vec<SamlProvider>,
    /// Web identity tokens that `AssumeRoleWithWebIdentity` accepts.
    pub web_identity_tokens: Vec<WebIdentityToken>,
    /// Provisioned clusters.
    pub clusters: Vec<Cluster>,
    /// Serverless workgroups.
    pub workgroups: Vec<Workgroup>,
    /// Server-side authentication profiles.
    pub authentication_profiles: Vec<AuthenticationProfile>,
    /// What the instance metadata service hands out; `None`: an instance without a role.
    pub instance: Option<IssuedTo>,
    /// What the container credentials endpoint hands out.
    pub container: Option<IssuedTo>,
    /// The token that the container credentials endpoint demands in `Authorization`.
    pub container_token: String,
    /// Whether the metadata service has the `security-credentials-extended` paths. The real one answers 404 as yet.
    pub extended_metadata: bool,
    /// Who may use the proxy.
    pub proxy: ProxyAccount,
    /// Who can sign in at the identity providers.
    pub people: Vec<Person>,
    /// How the identity providers write what they send.
    pub identity_pages: IdentityPages,
    /// The tenant at Microsoft Entra ID.
    pub entra: EntraTenant,
    /// IAM Identity Center.
    pub identity_center: IdentityCenter,
    /// The database password that every credentials call answers with; `None`: a new random one each time.
    pub database_password: Option<String>,
}

/// An AWS access key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessKey {
    /// `AKIA…` or `ASIA…`.
    pub id: String,
    /// The secret that signs.
    pub secret: String,
    /// The session token that must come with it.
    pub session_token: Option<String>,
    /// Seconds since 1970 at which it ceases to be valid.
    pub expires_at: Option<i64>,
    /// Who it belongs to.
    pub principal: Principal,
    /// Actions that are denied, such as `redshift:GetClusterCredentials` or `redshift:*`.
    pub denied: Vec<String>,
}

/// Who a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Principal {
    /// An IAM user.
    User {
        /// Its name.
        name: String,
    },
    /// A session of a role.
    Role {
        /// The role's name.
        name: String,
        /// The session's name.
        session: String,
    },
}

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Role {
    /// The name, the last part of its ARN.
    pub name: String,
    /// The partition of its ARN: `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// Names of users and roles that may call `AssumeRole`.
    pub trusted: Vec<String>,
    /// The external id that `AssumeRole` must bring.
    pub external_id: Option<String>,
    /// Names of SAML providers that may vouch for it.
    pub saml_providers: Vec<String>,
    /// Whether web identity tokens may assume it.
    pub web_identity: bool,
    /// The longest session that may be asked for.
    pub max_session_seconds: i64,
    /// Actions denied to its sessions.
    pub denied: Vec<String>,
}

/// A SAML provider in IAM.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SamlProvider {
    /// The name, the last part of its ARN.
    pub name: String,
    /// The partition of its ARN.
    pub partition: String,
    /// The entity id that assertions must name as their issuer.
    pub issuer: String,
}

/// A token that `AssumeRoleWithWebIdentity` accepts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebIdentityToken {
    /// The token itself.
    pub token: String,
    /// Whom it stands for.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// For whom.
    pub audience: String,
    /// Whether its time has passed.
    pub expired: bool,
}

/// A provisioned cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cluster {
    /// Its identifier.
    pub id: String,
    /// Its region: in another one it does not exist.
    pub region: String,
    /// Its endpoint.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `available`, `creating`, …; without an endpoint while `creating`.
    pub status: String,
    /// Custom domain names that lead to it.
    pub custom_domains: Vec<String>,
}

/// A serverless workgroup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workgroup {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Its endpoint.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `AVAILABLE`, `CREATING`, …; without an endpoint while `CREATING`.
    pub status: String,
    /// Custom domain names that lead to it.
    pub custom_domains: Vec<String>,
}

/// A server-side authentication profile.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthenticationProfile {
    /// Its name.
    pub name: String,
    /// Its content: meant to be a JSON object, but any text will do.
    pub content: String,
}

/// A role's keys as handed out by a metadata service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IssuedTo {
    /// The role's name.
    pub role: String,
    /// The id of the key in [`World::keys`].
    pub key: String,
}

/// User and password of the proxy.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyAccount {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl World {
    /// The key of that id.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<&AccessKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The same, to be changed.
    pub fn key_mut(&mut self, id: &str) -> Option<&mut AccessKey> {
        self.keys.iter_mut().find(|key| key.id == id)
    }

    /// The role of that name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// The cluster of that identifier in that region.
    #[must_use]
    pub fn cluster(&self, region: &str, id: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.region == region && cluster.id == id)
    }

    /// The workgroup of that name in that region.
    #[must_use]
    pub fn workgroup(&self, region: &str, name: &str) -> Option<&Workgroup> {
        self.workgroups.iter().find(|workgroup| workgroup.region == region && workgroup.name == name)
    }

    /// The ARN of a role of this account.
    #[must_use]
    pub fn role_arn(&self, role: &str) -> String {
        let partition = self.role(role).map_or("aws", |role| &role.partition);
        format!("arn:{partition}:iam::{}:role/{role}", self.account)
    }

    /// The ARN of a SAML provider of this account.
    #[must_use]
    pub fn saml_provider_arn(&self, provider: &str) -> String {
        let known = self.saml_providers.iter().find(|known| known.name == provider);
        let partition = known.map_or("aws", |provider| &provider.partition);
        format!("arn:{partition}:iam::{}:saml-provider/{provider}", self.account)
    }

    /// The servers' time.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + time::Duration::seconds(self.clock_offset_seconds)
    }
}

impl AccessKey {
    /// A user's key.
    #[must_use]
    pub fn of_user(id: &str, secret: &str, user: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            principal: Principal::User { name: user.to_owned() },
            ..Self::default()
        }
    }

    /// A role session's key.
    #[must_use]
    pub fn of_role(id: &str, secret: &str, token: &str, role: &str, session: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            session_token: Some(token.to_owned()),
            principal: Principal::Role { name: role.to_owned(), session: session.to_owned() },
            ..Self::default()
        }
    }

    /// The same key, past its time.
    #[must_use]
    pub fn expired(self) -> Self {
        Self { expires_at: Some(0), ..self }
    }

    /// The same key, with an action denied.
    #[must_use]
    pub fn denying(mut self, action: &str) -> Self {
        self.denied.push(action.to_owned());
        self
    }
}

impl Principal {
    /// Its ARN, as AWS writes it in messages.
    #[must_use]
    pub fn arn(&self, account: &str) -> String {
        match self {
            Self::User { name } => format!("arn:aws:iam::{account}:user/{name}"),
            Self::Role { name, session } => format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
        }
    }

    /// The name of the user or role.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User { name } | Self::Role { name, .. } => name,
        }
    }

    /// The database user that Redshift makes of it: `IAM:user` or `IAMR:role`.
    #[must_use]
    pub fn database_user(&self) -> String {
        match self {
            Self::User { name } => format!("IAM:{name}"),
            Self::Role { name, .. } => format!("IAMR:{name}"),
        }
    }
}

impl Default for Principal {
    fn default() -> Self {
        Self::User { name: "nobody".to_owned() }
    }
}

impl Default for Role {
    fn default() -> Self {
        Self {
            name: String::new(),
            partition: "aws".to_owned(),
            trusted: Vec::new(),
            external_id: None,
            saml_providers: Vec::new(),
            web_identity: false,
            max_session_seconds: 3600,
            denied: Vec::new(),
        }
    }
}

impl Default for SamlProvider {
    fn default() -> Self {
        Self { name: String::new(), partition: "aws".to_owned(), issuer: String::new() }
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            id: String::new(),
            region: "us-east-1".to_owned(),
            host: String::new(),
            port: 5439,
            status: "available".to_owned(),
            custom_domains: Vec::new(),
        }
    }
}

impl Default for Workgroup {
    fn default() -> Self {
        Self {
            name: String::new(),
            region: "us-east-1".to_owned(),
            host: String::new(),
            port: 5439,
            status: "AVAILABLE".to_owned(),
            custom_domains: Vec::new(),
        }
    }
}

impl Default for ProxyAccount {
    fn default() -> Self {
        Self { user: "proxyuser".to_owned(), password: "pr0xy:p@ss".to_owned() }
    }
}
