//! Someone who can sign in at an identity provider.

use serde::{Deserialize, Serialize};

use crate::identity::factor::Factor;
use crate::world::World;

/// A person. The attributes are those of an assertion; what is left out is not in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// The login name.
    pub name: String,
    /// Other names that do as well, such as an e-mail address or `DOMAIN\name`. All are compared in any case.
    pub aliases: Vec<String>,
    /// The password.
    pub password: String,
    /// What stands in the way.
    pub state: AccountState,
    /// Roles that the provider grants.
    pub roles: Vec<RoleGrant>,
    /// `DbUser`.
    pub db_user: Option<String>,
    /// `DbGroups`, one value each.
    pub db_groups: Option<Vec<String>>,
    /// `AutoCreate`, as it is spelled.
    pub auto_create: Option<String>,
    /// `ForceLowercase`, as it is spelled.
    pub force_lowercase: Option<String>,
    /// `AllowDbUserOverride`, as it is spelled.
    pub allow_db_user_override: Option<String>,
    /// `RoleSessionName`; if left out the login name, if empty none.
    pub role_session_name: Option<String>,
    /// `SessionDuration`, as it is spelled.
    pub session_duration: Option<String>,
    /// `PrincipalTag:Name` with its values.
    pub principal_tags: Vec<(String, Vec<String>)>,
    /// Second factors. Any of them will do; with none the password is enough.
    pub factors: Vec<Factor>,
}

/// A role and the SAML provider that vouches for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleGrant {
    /// The name of a role of the world, or a whole ARN.
    pub role: String,
    /// The name of a SAML provider of the world, or a whole ARN.
    pub provider: String,
    /// Whether the assertion names the provider first.
    pub provider_first: bool,
}

/// The state of an account. But for the first and the fourth, none lets anybody in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Nothing stands in the way.
    #[default]
    Active,
    /// Too many wrong passwords.
    Locked,
    /// The password must be changed first.
    PasswordExpired,
    /// The password will expire soon, which is said but does not matter.
    PasswordWarning,
    /// A second factor is demanded and none is enrolled.
    MustEnroll,
    /// Switched off.
    Disabled,
}

impl World {
    /// The person who signs in by that name.
    #[must_use]
    pub fn person(&self, login: &str) -> Option<&Person> {
        let same = |name: &String| name.to_lowercase() == login.to_lowercase();
        self.people.iter().find(|person| same(&person.name) || person.aliases.iter().any(same))
    }

    /// The same, to be changed.
    pub fn person_mut(&mut self, login: &str) -> Option<&mut Person> {
        let name = self.person(login)?.name.clone();
        self.people.iter_mut().find(|person| person.name == name)
    }
}

impl Person {
    /// Whether the account is switched off.
    pub(crate) fn is_disabled(&self) -> bool {
        self.state == AccountState::Disabled
    }
}

impl RoleGrant {
    /// A grant by names, role first.
    #[must_use]
    pub fn of(role: &str, provider: &str) -> Self {
        Self { role: role.to_owned(), provider: provider.to_owned(), provider_first: false }
    }

    /// The ARNs of role and provider in that world.
    #[must_use]
    pub fn arns(&self, world: &World) -> (String, String) {
        let whole = |text: &str| text.starts_with("arn:").then(|| text.to_owned());
        (
            whole(&self.role).unwrap_or_else(|| world.role_arn(&self.role)),
            whole(&self.provider).unwrap_or_else(|| world.saml_provider_arn(&self.provider)),
        )
    }
}
