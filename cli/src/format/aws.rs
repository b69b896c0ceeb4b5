//! AWS keys.

use super::environment::Variables;
use super::timestamp::iso_8601;
use crate::failure::Failure;
use crate::library::Credentials;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// Variables that make SDKs look elsewhere than at the keys beside them.
const IN_THE_WAY: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

struct Keys<'a> {
    id: &'a str,
    secret: &'a str,
    session_token: Option<&'a str>,
    expires: Option<String>,
}

fn keys(credentials: &Credentials) -> Result<Keys<'_>, Failure> {
    let (id, secret) = credentials
        .aws_access_key_id()
        .zip(credentials.aws_secret_access_key())
        .ok_or_else(|| Failure::system("the login has no AWS keys"))?;
    let expires = credentials.expires_at_unix_ms().and_then(iso_8601);
    Ok(Keys { id, secret, session_token: credentials.aws_session_token(), expires })
}

/// What SDKs and the AWS CLI read from a `credential_process`.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
pub fn credential_process(credentials: &Credentials) -> Result<Zeroizing<String>, Failure> {
    let keys = keys(credentials)?;
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
    put("Version", 1.into());
    put("AccessKeyId", keys.id.into());
    put("SecretAccessKey", keys.secret.into());
    if let Some(token) = keys.session_token {
        put("SessionToken", token.into());
    }
    if let Some(expires) = keys.expires {
        put("Expiration", expires.into());
    }
    Ok(Zeroizing::new(format!("{}\n", Value::Object(answer))))
}

/// The variables that SDKs and the AWS CLI read. A session token of other keys must not stay beside these.
pub fn environment(credentials: &Credentials) -> Result<Variables, Failure> {
    let keys = keys(credentials)?;
    let given = [
        ("AWS_ACCESS_KEY_ID", Some(keys.id)),
        ("AWS_SECRET_ACCESS_KEY", Some(keys.secret)),
        ("AWS_SESSION_TOKEN", keys.session_token),
        ("AWS_CREDENTIAL_EXPIRATION", keys.expires.as_deref()),
    ];
    let mut variables = Variables { set: Vec::new(), unset: IN_THE_WAY.to_vec() };
    for (name, value) in given {
        match value {
            Some(value) => variables.set.push((name, Zeroizing::new(value.to_owned()))),
            None => variables.unset.push(name),
        }
    }
    Ok(variables)
}
