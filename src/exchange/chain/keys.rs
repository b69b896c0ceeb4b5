//! AWS keys as JSON: of `credential_process`, of the container credentials service, of the instance metadata service.

use crate::credentials::AwsKeys;
use crate::secret::secret;
use aws_smithy_types::date_time::{DateTime, Format};
use serde::Deserialize;

/// The members that the three have in common. `Token` is what the services call the session token.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeysJson {
    version: Option<serde_json::Value>,
    code: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    #[serde(alias = "Token")]
    session_token: Option<String>,
    expiration: Option<String>,
}

/// Reads the output of a `credential_process`.
pub fn from_process(json: &[u8]) -> Result<AwsKeys, String> {
    let read = parse(json)?;
    match read.version.as_ref().map(serde_json::Value::as_u64) {
        Some(Some(1)) => keys(read),
        Some(_) => Err("its Version is not 1".to_owned()),
        None => Err("it has no Version".to_owned()),
    }
}

/// Reads the answer of a metadata or container credentials service.
pub fn from_service(json: &[u8]) -> Result<AwsKeys, String> {
    let read = parse(json)?;
    match read.code.as_deref() {
        None | Some("Success") => keys(read),
        Some(code) => Err(format!("it says {}", crate::redact::head(code, 100))),
    }
}

fn parse(json: &[u8]) -> Result<KeysJson, String> {
    // The place of an error may be told, the text around it not: it may be a key.
    serde_json::from_slice(json).map_err(|error| {
        let what = if error.is_data() { "it is not an object of strings" } else { "it is not JSON" };
        format!("{what} (line {}, column {})", error.line(), error.column())
    })
}

fn keys(read: KeysJson) -> Result<AwsKeys, String> {
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    let access_key_id = given(read.access_key_id).ok_or("it has no AccessKeyId")?;
    let secret_access_key = given(read.secret_access_key).ok_or("it has no SecretAccessKey")?;
    let expires_at = given(read.expiration).map(|text| unix_ms(&text).ok_or("its Expiration is not an ISO 8601 time"));
    Ok(AwsKeys {
        access_key_id,
        secret_access_key: secret(secret_access_key),
        session_token: given(read.session_token).map(secret),
        expires_at: expires_at.transpose()?,
        role_arn: None,
    })
}

/// `2026-01-31T12:00:00Z`, also with an offset such as `+00:00`, in milliseconds since 1970.
pub fn unix_ms(text: &str) -> Option<i64> {
    DateTime::from_str(text, Format::DateTimeWithOffset).ok()?.to_millis().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret;

    #[test]
    fn reads_both_forms() {
        let process = br#"{"Version": 1, "AccessKeyId": "AKIA1", "SecretAccessKey": "s", "SessionToken": "t",
                           "Expiration": "2026-01-31T12:00:00+01:00", "Other": [1]}"#;
        let keys = from_process(process).unwrap();
        assert_eq!(keys.access_key_id, "AKIA1");
        assert_eq!(keys.secret_access_key.expose_secret(), "s");
        assert_eq!(keys.session_token.unwrap().expose_secret(), "t");
        assert_eq!(keys.expires_at, Some(1_769_857_200_000));
        let service = br#"{"Code": "Success", "AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t",
                           "Expiration": "2026-01-31T11:00:00Z"}"#;
        assert_eq!(from_service(service).unwrap().expires_at, Some(1_769_857_200_000));
        let long_term = from_process(br#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "s"}"#).unwrap();
        assert!(long_term.session_token.is_none() && long_term.expires_at.is_none());
    }

    #[test]
    fn says_what_is_wrong_without_quoting() {
        for (json, why) in [
            (r#"{"Version": 1, "SecretAccessKey": "sesame"}"#, "it has no AccessKeyId"),
            (r#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": ""}"#, "it has no SecretAccessKey"),
            (r#"{"AccessKeyId": "A", "SecretAccessKey": "sesame"}"#, "it has no Version"),
            (r#"{"Version": 2, "AccessKeyId": "A", "SecretAccessKey": "sesame"}"#, "its Version is not 1"),
            (
                r#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "sesame", "Expiration": "soon"}"#,
                "its Expiration is not an ISO 8601 time",
            ),
            ("sesame", "it is not JSON (line 1, column 1)"),
            ("", "it is not JSON (line 1, column 0)"),
            (r#"{"Version": 1, "AccessKeyId": 7}"#, "it is not an object of strings (line 1, column 31)"),
        ] {
            assert_eq!(from_process(json.as_bytes()).err().as_deref(), Some(why), "{json}");
        }
        let refused = from_service(br#"{"Code": "AssumeRoleUnauthorizedAccess"}"#).unwrap_err();
        assert_eq!(refused, "it says AssumeRoleUnauthorizedAccess");
    }
}
