//! What there is of IAM Identity Center in the world.

use serde::{Deserialize, Serialize};

use crate::random;
use crate::world::World;

/// An instance of Identity Center, with its clients and tokens. Those that are issued are added here.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityCenter {
    /// The access portal's URL.
    pub start_url: String,
    /// The instance's other name, which `issuerUrl` may hold too.
    pub issuer_url: String,
    /// Its region.
    pub region: String,
    /// The scopes that clients may register for.
    pub scopes: Vec<String>,
    /// Who may take which role where.
    pub assignments: Vec<Assignment>,
    /// Registered clients.
    pub clients: Vec<IdcClient>,
    /// Issued tokens.
    pub tokens: Vec<IdcToken>,
    /// Seconds that a registration holds.
    pub registration_seconds: i64,
    /// Seconds that an access token holds.
    pub token_seconds: i64,
    /// Seconds that a refresh token holds.
    pub refresh_seconds: i64,
    /// Seconds that the keys of a role hold.
    pub role_seconds: i64,
    /// Whether a refresh token is good for one use, each answer bringing the next. Else answers bring none.
    pub rotates: bool,
    /// How devices are approved.
    pub device: DevicePage,
}

/// A role that a person is assigned in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Assignment {
    /// The person's login name.
    pub person: String,
    /// The account's number.
    pub account: String,
    /// The permission set.
    pub role: String,
}

/// A registered client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdcClient {
    /// `clientId`.
    pub id: String,
    /// `clientSecret`.
    pub secret: String,
    /// `clientName`.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// The only grants that it may use; none named: every grant.
    pub grant_types: Vec<String>,
    /// Where a browser may be led with a code.
    pub redirect_uris: Vec<String>,
    /// Seconds since 1970 at which the registration ends.
    pub expires_at: i64,
}

/// A token of a person's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdcToken {
    /// The access token.
    pub access_token: String,
    /// The refresh token that came with it, until it is spent.
    pub refresh_token: Option<String>,
    /// The client that it was issued to.
    pub client: String,
    /// Whose it is.
    pub person: String,
    /// Seconds since 1970 at which the access token ends.
    pub expires_at: i64,
    /// Seconds since 1970 at which the refresh token ends.
    pub refresh_expires_at: i64,
}

/// How devices are approved.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DevicePage {
    /// Who answers at once, as if at the page; `None`: somebody has to go there.
    pub person: Option<String>,
    /// Whether they allow it.
    pub allows: bool,
    /// Polls that still find it pending.
    pub after_polls: u32,
    /// Seconds between two polls.
    pub interval: i64,
    /// Seconds that a device code holds.
    pub seconds: i64,
}

impl Default for DevicePage {
    fn default() -> Self {
        Self { person: None, allows: true, after_polls: 0, interval: 1, seconds: 600 }
    }
}

impl Default for IdentityCenter {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let assigned = |person: &str, role: &str| Assignment {
            person: person.to_owned(),
            account: "123456789012".to_owned(),
            role: role.to_owned(),
        };
        Self {
            start_url: "https://sandbox.awsapps.com/start".to_owned(),
            issuer_url: "https://identitycenter.amazonaws.com/ssoins-0123456789abcdef".to_owned(),
            region: "us-east-1".to_owned(),
            scopes: texts(&["openid", "sso:account:access", "redshift:connect"]),
            assignments: vec![assigned("alice", "Analyst"), assigned("alice", "Auditor"), assigned("bob", "Analyst")],
            clients: Vec::new(),
            tokens: Vec::new(),
            registration_seconds: 90 * 24 * 3600,
            token_seconds: 3600,
            refresh_seconds: 90 * 24 * 3600,
            role_seconds: 3600,
            rotates: true,
            device: DevicePage::default(),
        }
    }
}

impl World {
    /// A client and a token of that person's, as `aws sso login` would have left them.
    pub fn sign_in_at_identity_center(&mut self, person: &str) -> (IdcClient, IdcToken) {
        let now = self.now().unix_timestamp();
        let client = IdcClient {
            id: random::base32::<22>(),
            secret: random::base64::<90>(),
            name: "botocore-client".to_owned(),
            scopes: vec!["sso:account:access".to_owned()],
            expires_at: now + self.identity_center.registration_seconds,
            ..IdcClient::default()
        };
        self.identity_center.clients.push(client.clone());
        let token = self.identity_center.issue(&client, person, now).clone();
        (client, token)
    }
}

impl IdentityCenter {
    pub(super) fn client(&self, id: &str) -> Option<&IdcClient> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// A new token. Only `sso:account:access` and the scopes of applications bring a refresh token.
    pub(super) fn issue(&mut self, client: &IdcClient, person: &str, now: i64) -> &mut IdcToken {
        let refreshes = client.may("refresh_token") && client.scopes.iter().any(|scope| scope.contains(':'));
        self.tokens.push(IdcToken {
            access_token: format!("aoaAAAAA{}", random::base64::<120>()),
            refresh_token: refreshes.then(|| format!("aorAAAAA{}", random::base64::<120>())),
            client: client.id.clone(),
            person: person.to_owned(),
            expires_at: now + self.token_seconds,
            refresh_expires_at: now + self.refresh_seconds,
        });
        // Just pushed.
        let last = self.tokens.len() - 1;
        &mut self.tokens[last]
    }
}

impl IdcClient {
    pub(super) fn may(&self, grant: &str) -> bool {
        self.grant_types.is_empty() || self.grant_types.iter().any(|known| known == grant)
    }
}
