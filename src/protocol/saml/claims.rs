//! What the attributes of an assertion mean for a login.

use super::fault;
use crate::error::AuthError;
use std::collections::BTreeSet;
use std::fmt;

const AWS: &str = "https://aws.amazon.com/SAML/Attributes/";
const REDSHIFT: &str = "https://redshift.amazon.com/SAML/Attributes/";

/// A role and the identity provider that AWS knows the issuer by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RolePair {
    /// ARN of the role.
    pub role: String,
    /// ARN of the SAML provider.
    pub provider: String,
}

/// What an assertion says that matters for a login.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// In the order of the document, each pair once.
    pub roles: Vec<RolePair>,
    /// The first value that is not empty.
    pub db_user: Option<String>,
    /// All values, as they are.
    pub db_groups: Vec<String>,
    /// Whether Redshift may create the user.
    pub auto_create: Option<bool>,
    /// Whether group names are lowered.
    pub force_lowercase: Option<bool>,
    /// Whether `db_user` beats that of the DSN.
    pub allow_db_user_override: bool,
    /// The session's name, which is the user where `db_user` is absent.
    pub role_session_name: Option<String>,
    /// Seconds that the identity provider asks for.
    pub session_duration: Option<u32>,
    /// Session tag that Redshift reads with group federation.
    pub principal_tag_user: Option<String>,
    /// Session tag that Redshift reads with group federation.
    pub principal_tag_roles: Option<String>,
    /// Until when the assertion holds, in milliseconds since 1970: the earliest `Conditions`.
    pub not_on_or_after: Option<i64>,
}

impl Assertion {
    /// Whether an attribute of this name may say something.
    pub(super) fn takes(name: &str) -> bool {
        name.starts_with(AWS) || name.starts_with(REDSHIFT)
    }

    /// Takes in an attribute with its values, trimmed. Of an attribute with one value the first that says something
    /// counts (peers-python 3.4), and an attribute given twice says nothing new.
    pub(super) fn add(&mut self, name: &str, values: &[String]) {
        let values = || values.iter().map(|value| value.trim()).filter(|value| !value.is_empty());
        let first = || values().next().map(str::to_owned);
        let keep = |place: &mut Option<String>| *place = place.take().or_else(first);
        let flag = || first().map(|value| is_true(&value));
        if let Some(name) = name.strip_prefix(REDSHIFT) {
            match name {
                "DbUser" => keep(&mut self.db_user),
                "DbGroups" => self.db_groups.extend(values().map(str::to_owned)),
                "AutoCreate" => self.auto_create = self.auto_create.or_else(flag),
                "ForceLowercase" => self.force_lowercase = self.force_lowercase.or_else(flag),
                "AllowDbUserOverride" => self.allow_db_user_override |= flag() == Some(true),
                _ => {}
            }
        } else if let Some(name) = name.strip_prefix(AWS) {
            match name {
                "Role" => self.roles.extend(values().filter_map(RolePair::read)),
                "RoleSessionName" => keep(&mut self.role_session_name),
                "SessionDuration" => {
                    self.session_duration = self.session_duration.or_else(|| first()?.parse().ok());
                }
                "PrincipalTag:RedshiftDbUser" => keep(&mut self.principal_tag_user),
                "PrincipalTag:RedshiftDbRoles" => keep(&mut self.principal_tag_roles),
                _ => {}
            }
        }
    }

    /// Drops what is said twice; the first time counts.
    pub(super) fn finish(&mut self) {
        let mut seen = BTreeSet::new();
        self.roles.retain(|pair| seen.insert(pair.clone()));
    }

    /// The user that the identity provider names.
    pub fn user(&self) -> Option<&str> {
        self.db_user.as_deref().or(self.role_session_name.as_deref())
    }

    /// The role with the smallest ARN, which the ODBC driver takes of several; the Python driver draws lots. AWS needs one.
    pub fn smallest_role(&self) -> Result<&RolePair, AuthError> {
        self.roles.iter().min_by(|one, other| one.role.cmp(&other.role)).ok_or_else(|| {
            fault("the SAML assertion names no AWS role").hint(format!(
                "the identity provider has to send the attribute {AWS}Role with a role ARN and a saml-provider ARN, \
                 separated by a comma; the application or group that the user is assigned to decides on it"
            ))
        })
    }
}

impl RolePair {
    /// Two ARNs in either order, of any partition.
    fn read(text: &str) -> Option<Self> {
        let find = |part: &str| {
            let mut arns = text.split(',').map(str::trim).filter(|item| item.starts_with("arn:"));
            arns.find(|arn| arn.contains(part)).map(str::to_owned)
        };
        Some(Self { role: find(":role/")?, provider: find(":saml-provider/")? })
    }
}

/// `true` or `1`; everything else is false.
fn is_true(value: &str) -> bool {
    value == "1" || value.eq_ignore_ascii_case("true")
}

/// Roles, but neither users nor groups.
impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").field("roles", &self.roles).finish_non_exhaustive()
    }
}
