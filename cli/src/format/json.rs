//! The whole result.

use super::timestamp::iso_8601;
use crate::library::{Credentials, Kind};
use serde_json::json;
use zeroize::Zeroizing;

/// Every member each time; null where there is none.
pub fn json(credentials: &Credentials) -> Zeroizing<String> {
    let aws = credentials.aws_access_key_id().map(|id| {
        json!({
            "access_key_id": id,
            "secret_access_key": credentials.aws_secret_access_key(),
            "session_token": credentials.aws_session_token(),
            "role_arn": credentials.role_arn(),
        })
    });
    let result = json!({
        "kind": kind(credentials.kind()),
        "plugin": credentials.plugin(),
        "user": credentials.user(),
        "password": credentials.password(),
        "host": credentials.host(),
        "port": credentials.port(),
        "database": credentials.database(),
        "token": credentials.token(),
        "token_type": credentials.token_type(),
        "idp_type": credentials.idp_type(),
        "identity_namespace": credentials.identity_namespace(),
        "provider_name": credentials.provider_name(),
        "idc_client_display_name": credentials.idc_client_display_name(),
        "aws": aws,
        "expires_at": credentials.expires_at_unix_ms().and_then(iso_8601),
        "expires_at_unix_ms": credentials.expires_at_unix_ms(),
        "from_cache": credentials.is_from_cache(),
    });
    Zeroizing::new(format!("{result:#}\n"))
}

/// As the report of `explain` calls it.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::DatabasePassword => "db_password",
        Kind::NativeToken => "native_token",
        Kind::AwsKeys => "aws_keys",
        Kind::Unknown => "unknown",
    }
}
