//! Answers of device authorization endpoints (RFC 8628, 3.2).

use super::{granted, number, text, unexpected};
use crate::error::AuthError;
use crate::secret::{SecretString, secret};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Where the server names no interval (3.2).
const USUAL_INTERVAL: u64 = 5;
/// A code for people is short.
const USER_CODE_SHOWN: usize = 64;

/// What a person gets to see, and what we ask with meanwhile.
#[derive(Debug)]
pub struct DeviceAnswer {
    /// For us.
    pub device_code: SecretString,
    /// For the person.
    pub user_code: String,
    /// The page where the code is typed: https.
    pub verification_uri: Url,
    /// How long both codes hold.
    pub expires_in: Duration,
    /// Between two questions.
    pub interval: Duration,
}

/// Reads the answer to a request for a device code, whatever its HTTP status.
pub fn read(http_status: u16, body: &[u8]) -> Result<DeviceAnswer, AuthError> {
    let mut object = granted(http_status, body)?;
    let seconds = |value: Option<&Value>| value.and_then(number).filter(|seconds| *seconds > 0);
    let expires_in = seconds(object.get("expires_in")).ok_or_else(|| unexpected(http_status, "has no expires_in"))?;
    let interval = seconds(object.get("interval")).unwrap_or(USUAL_INTERVAL);
    // Google and early drafts say `url`.
    let page = text(&mut object, "verification_uri").or_else(|| text(&mut object, "verification_url"));
    let page = page.and_then(|page| Url::parse(&page).ok()).filter(|page| page.scheme() == "https");
    let device_code = text(&mut object, "device_code").ok_or_else(|| unexpected(http_status, "has no device_code"))?;
    let user_code = text(&mut object, "user_code").filter(|code| code.len() <= USER_CODE_SHOWN);
    Ok(DeviceAnswer {
        device_code: secret(device_code),
        user_code: user_code.ok_or_else(|| unexpected(http_status, "has no user_code"))?,
        verification_uri: page
            .ok_or_else(|| unexpected(http_status, "has no verification_uri that begins with https://"))?,
        expires_in: Duration::from_secs(expires_in),
        interval: Duration::from_secs(interval),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;
    use crate::secret::ExposeSecret;
    use serde_json::json;

    fn of_entra() -> Value {
        json!({"user_code": "ABCD", "device_code": "canary", "verification_uri": "https://microsoft.com/devicelogin",
               "expires_in": 900, "interval": 5, "message": "x"})
    }

    #[test]
    fn what_entra_writes() {
        let answer = read(200, of_entra().to_string().as_bytes()).unwrap();
        assert_eq!((answer.user_code.as_str(), answer.device_code.expose_secret()), ("ABCD", "canary"));
        assert_eq!(answer.verification_uri.as_str(), "https://microsoft.com/devicelogin");
        assert_eq!((answer.expires_in.as_secs(), answer.interval.as_secs()), (900, 5));
        assert!(!format!("{answer:?}").contains("canary"));
        let mut text = of_entra();
        (text["expires_in"], text["interval"]) = (json!("900"), Value::Null);
        let answer = read(200, text.to_string().as_bytes()).unwrap();
        assert_eq!((answer.expires_in.as_secs(), answer.interval.as_secs()), (900, 5));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (name, value) in [
            ("user_code", Value::Null),
            ("user_code", json!("x".repeat(65))),
            ("device_code", json!("")),
            ("verification_uri", json!("http://microsoft.com/devicelogin")),
            ("expires_in", json!(0)),
        ] {
            let mut answer = of_entra();
            answer[name] = value;
            let error = read(200, answer.to_string().as_bytes()).unwrap_err();
            assert_eq!(error.status(), Status::IdpUnexpected);
            assert!(error.message().contains(name), "{error}");
        }
        let refused = br#"{"error":"invalid_grant","error_description":"AADSTS700016: x"}"#;
        let error = read(400, refused).unwrap_err();
        assert_eq!((error.status(), error.code()), (Status::IdpRejected, Some("AADSTS700016")));
        assert_eq!(read(503, b"").unwrap_err().status(), Status::Service);
        assert_eq!(read(200, b"[]").unwrap_err().status(), Status::IdpUnexpected);
    }
}
