//! What IAM Identity Center answers.

use super::Fault;
use crate::credentials::AwsKeys;
use crate::secret::{SecretString, secret};
use serde_json::{Map, Value};
use std::fmt;

/// An answer of one of its services, with the headers that AWS adds.
pub struct Answer {
    /// The operation.
    pub call: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// `x-amzn-RequestId`
    pub request_id: Option<String>,
    /// `x-amzn-ErrorType`
    pub error_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    /// `clientId`
    pub id: String,
    /// `clientSecret`
    pub secret: SecretString,
    /// `clientSecretExpiresAt`: seconds since 1970; 0 where the answer does not say.
    pub expires_at: i64,
}

/// The codes of a device that is to be approved.
pub struct DeviceAnswer {
    /// `deviceCode`: what asks for the token.
    pub device_code: SecretString,
    /// `userCode`: what the person confirms.
    pub user_code: String,
    /// The page for that: `verificationUriComplete`, which has the code in it, or else `verificationUri`.
    pub page: String,
    /// `interval`: seconds between two questions for the token.
    pub interval: Option<u64>,
    /// `expiresIn`: seconds.
    pub expires_in: Option<u64>,
}

/// A token with what came with it.
pub struct TokenAnswer {
    /// `accessToken`, never empty.
    pub access_token: SecretString,
    /// `refreshToken`
    pub refresh_token: Option<SecretString>,
    /// `expiresIn`: seconds.
    pub expires_in: Option<i64>,
}

/// Reads the answer to `RegisterClient`.
pub fn read_client(answer: &Answer) -> Result<Client, Fault> {
    let mut object = answer.object()?;
    let id = text(&mut object, "clientId").ok_or_else(|| answer.without("clientId"))?;
    let key = text(&mut object, "clientSecret").ok_or_else(|| answer.without("clientSecret"))?;
    let expires_at = object.get("clientSecretExpiresAt").and_then(Value::as_i64).unwrap_or_default();
    Ok(Client { id, secret: secret(key), expires_at })
}

/// Reads the answer to `StartDeviceAuthorization`.
pub fn read_device(answer: &Answer) -> Result<DeviceAnswer, Fault> {
    let mut object = answer.object()?;
    let device_code = text(&mut object, "deviceCode").ok_or_else(|| answer.without("deviceCode"))?;
    let user_code = text(&mut object, "userCode").ok_or_else(|| answer.without("userCode"))?;
    let page = text(&mut object, "verificationUriComplete").or_else(|| text(&mut object, "verificationUri"));
    let seconds = |name: &str| object.get(name).and_then(Value::as_u64).filter(|seconds| *seconds > 0);
    Ok(DeviceAnswer {
        device_code: secret(device_code),
        user_code,
        page: page.ok_or_else(|| answer.without("verificationUri"))?,
        interval: seconds("interval"),
        expires_in: seconds("expiresIn"),
    })
}

/// Reads the answer to `CreateToken`.
pub fn read_token(answer: &Answer) -> Result<TokenAnswer, Fault> {
    let mut object = answer.object()?;
    let token = text(&mut object, "accessToken").ok_or_else(|| answer.without("accessToken"))?;
    let expires_in = object.get("expiresIn").and_then(Value::as_i64).filter(|seconds| *seconds > 0);
    Ok(TokenAnswer {
        access_token: secret(token),
        refresh_token: text(&mut object, "refreshToken").map(secret),
        expires_in,
    })
}

/// Reads the answer to `GetRoleCredentials`.
pub fn read_role_keys(answer: &Answer) -> Result<AwsKeys, Fault> {
    let Some(Value::Object(mut keys)) = answer.object()?.remove("roleCredentials") else {
        return Err(answer.without("roleCredentials"));
    };
    let access_key_id = text(&mut keys, "accessKeyId").ok_or_else(|| answer.without("accessKeyId"))?;
    let secret_access_key = text(&mut keys, "secretAccessKey").ok_or_else(|| answer.without("secretAccessKey"))?;
    Ok(AwsKeys {
        access_key_id,
        secret_access_key: secret(secret_access_key),
        session_token: text(&mut keys, "sessionToken").map(secret),
        // Milliseconds, here alone.
        expires_at: keys.get("expiration").and_then(Value::as_i64).filter(|expiry| *expiry > 0),
        role_arn: None,
    })
}

impl Answer {
    fn object(&self) -> Result<Map<String, Value>, Fault> {
        if !(200..300).contains(&self.status) {
            return Err(Fault::refused(self));
        }
        serde_json::from_slice(&self.body).map_err(|_| Fault::unreadable(self, "holds no JSON object"))
    }

    fn without(&self, name: &str) -> Fault {
        Fault::unreadable(self, &format!("has no {name}"))
    }
}

/// Takes a text out, if it says something.
fn text(object: &mut Map<String, Value>, name: &str) -> Option<String> {
    match object.remove(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

impl fmt::Debug for DeviceAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAnswer")
            .field("page", &self.page)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAnswer").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;
    use crate::secret::ExposeSecret;

    fn answer(body: &str) -> Answer {
        Answer { call: "CreateToken", status: 200, request_id: None, error_type: None, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_token_and_what_is_none() {
        let token = read_token(&answer(r#"{"accessToken":"canary","expiresIn":3600,"refreshToken":"r"}"#)).unwrap();
        assert_eq!((token.access_token.expose_secret(), token.expires_in), ("canary", Some(3600)));
        assert_eq!(token.refresh_token.as_ref().unwrap().expose_secret(), "r");
        assert!(!format!("{token:?}").contains("canary"));
        let token = read_token(&answer(r#"{"accessToken":"t","expiresIn":-1,"refreshToken":""}"#)).unwrap();
        assert!(token.expires_in.is_none() && token.refresh_token.is_none());
        for (body, told) in [
            ("", "no JSON object"),
            ("[]", "no JSON object"),
            ("{}", "accessToken"),
            (r#"{"accessToken":""}"#, "accessToken"),
            (r#"{"accessToken":7}"#, "accessToken"),
        ] {
            let error = read_token(&answer(body)).unwrap_err().of_identity_provider();
            assert_eq!(error.status(), Status::IdpUnexpected, "{body}");
            assert!(error.message().contains(told), "{error}");
        }
    }

    #[test]
    fn a_client_needs_both() {
        let client =
            read_client(&answer(r#"{"clientId":"i","clientSecret":"canary","clientSecretExpiresAt":7}"#)).unwrap();
        assert_eq!((client.id.as_str(), client.secret.expose_secret(), client.expires_at), ("i", "canary", 7));
        assert!(!format!("{client:?}").contains("canary"));
        for (body, told) in [(r#"{"clientId":"i"}"#, "clientSecret"), (r#"{"clientSecret":"s"}"#, "clientId")] {
            let error = read_client(&answer(body)).unwrap_err().of_identity_provider();
            assert!(error.message().contains(told), "{body}");
        }
        assert_eq!(read_client(&answer(r#"{"clientId":"i","clientSecret":"s"}"#)).unwrap().expires_at, 0);
    }

    #[test]
    fn a_device_and_what_it_lacks() {
        let all = r#"{"deviceCode":"canary","userCode":"A-B","verificationUri":"https://u","verificationUriComplete":"https://c",
                      "expiresIn":600,"interval":1}"#;
        let device = read_device(&answer(all)).unwrap();
        assert_eq!((device.user_code.as_str(), device.page.as_str()), ("A-B", "https://c"));
        assert_eq!((device.interval, device.expires_in), (Some(1), Some(600)));
        assert!(!format!("{device:?}").contains("canary"));
        let less = r#"{"deviceCode":"d","userCode":"A-B","verificationUri":"https://u","interval":0}"#;
        let device = read_device(&answer(less)).unwrap();
        assert_eq!((device.page.as_str(), device.interval, device.expires_in), ("https://u", None, None));
        for name in ["deviceCode", "userCode", "verificationUri"] {
            let error = read_device(&answer(&less.replace(name, "other"))).unwrap_err().of_identity_provider();
            assert!(error.message().contains(&format!("has no {name}")), "{error}");
        }
    }

    #[test]
    fn keys_of_a_role_and_what_they_lack() {
        let all = r#"{"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"canary","sessionToken":"t",
                      "expiration":1767247200000}}"#;
        let keys = read_role_keys(&answer(all)).unwrap();
        assert_eq!((keys.access_key_id.as_str(), keys.expires_at), ("ASIA", Some(1_767_247_200_000)));
        assert_eq!(keys.secret_access_key.expose_secret(), "canary");
        let without = read_role_keys(&answer(&all.replace("1767247200000", "0"))).unwrap();
        assert_eq!(without.expires_at, None);
        for name in ["roleCredentials", "accessKeyId", "secretAccessKey"] {
            let error = read_role_keys(&answer(&all.replace(name, "other"))).unwrap_err().of_identity_provider();
            assert!(error.message().contains(&format!("has no {name}")), "{error}");
        }
    }
}
