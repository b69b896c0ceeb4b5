//! The AWS services.

pub(crate) mod auth;
pub(crate) mod errors;
pub(crate) mod query;
pub(crate) mod redshift;
pub(crate) mod saml;
pub(crate) mod serverless;
pub(crate) mod sts;

use time::{Duration, OffsetDateTime};

use crate::random;
use crate::world::{AccessKey, Principal, World};
use errors::AwsError;

/// A database user's password as Redshift makes them: letters, digits, `+`, `/` and `=`.
fn database_password(world: &World) -> String {
    world.database_password.clone().unwrap_or_else(random::base64::<40>)
}

/// The lifetime of database credentials: 900 s, unless the caller asks for another one in the range that the API documents.
fn database_lifetime(seconds: Option<i64>, refusal: impl Fn(&str) -> AwsError) -> Result<Duration, AwsError> {
    match seconds {
        None => Ok(Duration::seconds(900)),
        Some(seconds @ 900..=3600) => Ok(Duration::seconds(seconds)),
        Some(_) => Err(refusal("Token duration must be between 900 and 3600 seconds")),
    }
}

/// New keys for a session of a role, valid in this sandbox from now on.
pub(crate) fn issue_keys(world: &mut World, role: &str, session: &str, expires: OffsetDateTime) -> AccessKey {
    let key = AccessKey {
        id: format!("ASIA{}", random::base32::<16>()),
        secret: random::base64::<30>(),
        session_token: Some(format!("IQoJ{}", random::base64::<300>())),
        expires_at: Some(expires.unix_timestamp()),
        principal: Principal::Role { name: role.to_owned(), session: session.to_owned() },
        denied: world.role(role).map(|role| role.denied.clone()).unwrap_or_default(),
    };
    world.keys.push(key.clone());
    key
}
