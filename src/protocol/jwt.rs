//! Claims of JSON web tokens (RFC 7519). The signature is never looked at: whom the token convinces is for AWS to say.

use crate::protocol::lenient_base64;
use crate::secret::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::fmt;
use thiserror::Error;

/// The claims that may name the database user, in this order (all official drivers).
pub const USER_CLAIMS: [&str; 4] = ["DbUser", "upn", "preferred_username", "email"];

/// What a token says.
pub struct Claims(Map<String, Value>);

/// Why a text is not a token. Said of the setting that holds it: "`web_identity_token` is not …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// JWS has three parts (RFC 7515, 3.1); five are an encrypted token.
    #[error("is not a JWT: it has {0} parts separated by dots, not three")]
    Parts(usize),
    /// The second part.
    #[error("is not a JWT: the part between the dots is not base64url")]
    Base64,
    /// What the second part decodes to.
    #[error("is not a JWT: the part between the dots holds no JSON object")]
    Json,
}

/// Reads the claims of `token`. Blanks around it are ignored: it may come from a file.
pub fn read(token: &SecretString) -> Result<Claims, Fault> {
    let payload = payload(token.expose_secret())?;
    let bytes = lenient_base64::decode(payload).ok_or(Fault::Base64)?;
    serde_json::from_slice(&bytes).map(Claims).map_err(|_| Fault::Json)
}

/// Whether this is the form of a token, for warnings about mixed-up settings.
pub fn is_jwt_like(token: &SecretString) -> bool {
    read(token).is_ok()
}

fn payload(token: &str) -> Result<&str, Fault> {
    let mut parts = token.trim().split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(payload), Some(_), None) => Ok(payload),
        _ => Err(Fault::Parts(token.split('.').count())),
    }
}

impl Claims {
    /// The database user: the first of [`USER_CLAIMS`] that is a text with something in it.
    pub fn db_user(&self) -> Option<&str> {
        USER_CLAIMS.iter().find_map(|claim| self.text(claim))
    }

    /// When the token expires, in milliseconds since 1970. Some issuers write numbers as text.
    pub fn expires_at_ms(&self) -> Option<i64> {
        let written = match self.0.get("exp")? {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => return None,
        };
        // A NumericDate may have a fraction (RFC 7519, 2), which is not worth a second.
        let (seconds, fraction) = written.split_once('.').unwrap_or((&written, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(seconds) || !digits(fraction) {
            return None;
        }
        seconds.parse::<i64>().ok()?.checked_mul(1000)
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Names of claims, never values.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::secret;
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    fn token(claims: &str) -> SecretString {
        secret(format!("eyJhbGciOiJub25lIn0.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn the_user_is_the_first_claim_with_a_text() {
        for (claims, user) in [
            (r#"{"DbUser":"d","upn":"u","preferred_username":"p","email":"e"}"#, Some("d")),
            (r#"{"email":"e","preferred_username":"p","upn":"u"}"#, Some("u")),
            (r#"{"email":"e","preferred_username":"p"}"#, Some("p")),
            (r#"{"email":" me@example.com "}"#, Some("me@example.com")),
            (r#"{"DbUser":"","upn":" ","preferred_username":null,"email":"e"}"#, Some("e")),
            (r#"{"DbUser":5,"upn":["u"],"email":"e"}"#, Some("e")),
            // The names of claims have a case.
            (r#"{"dbuser":"d","UPN":"u","Email":"e"}"#, None),
            (r#"{"sub":"s"}"#, None),
            ("{}", None),
            (r#"{"DbUser":"j\u00fcrgen \"x\""}"#, Some("jürgen \"x\"")),
        ] {
            assert_eq!(read(&token(claims)).unwrap().db_user(), user, "{claims}");
        }
    }

    #[test]
    fn expiry_is_read_as_issuers_write_it() {
        for (exp, expected) in [
            ("1800000000", Some(1_800_000_000_000)),
            ("1800000000.75", Some(1_800_000_000_000)),
            ("\"1800000000\"", Some(1_800_000_000_000)),
            ("0", Some(0)),
            ("-5", None),
            ("9223372036854775807", None),
            ("1e300", None),
            ("\"soon\"", None),
            ("null", None),
            ("[1]", None),
        ] {
            assert_eq!(read(&token(&format!("{{\"exp\":{exp}}}"))).unwrap().expires_at_ms(), expected, "{exp}");
        }
        assert_eq!(read(&token("{}")).unwrap().expires_at_ms(), None);
    }

    #[test]
    fn what_is_no_token_says_why_and_nothing_else() {
        let canary = BASE64_URL_SAFE_NO_PAD.encode(r#"{"email":"canary""#);
        for (text, fault) in [
            (String::new(), Fault::Parts(1)),
            ("canary".to_owned(), Fault::Parts(1)),
            ("canary.canary".to_owned(), Fault::Parts(2)),
            ("a.b.c.d.canary".to_owned(), Fault::Parts(5)),
            ("a.can*ary.c".to_owned(), Fault::Base64),
            ("a..c".to_owned(), Fault::Json),
            (format!("a.{canary}.c"), Fault::Json),
            (format!("a.{}.c", BASE64_STANDARD.encode("[\"canary\"]")), Fault::Json),
            (format!("a.{}.c", BASE64_STANDARD.encode("\"canary\"")), Fault::Json),
        ] {
            let error = read(&secret(text.clone())).unwrap_err();
            assert_eq!(error, fault, "{text}");
            assert!(!error.to_string().contains("canary"));
            assert!(!is_jwt_like(&secret(text)));
        }
        let claims = read(&token(r#"{"email":"canary"}"#)).unwrap();
        assert_eq!(format!("{claims:?}"), r#"{"email"}"#);
    }

    proptest! {
        #[test]
        fn every_encoding_of_the_claims_is_read(user in "\\PC{0,40}[a-z]", exp in 0..4_000_000_000_i64, line: bool) {
            let claims = serde_json::json!({"DbUser": user, "exp": exp, "aud": ["x"]}).to_string();
            for engine in [&BASE64_STANDARD, &BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE, &BASE64_URL_SAFE_NO_PAD] {
                let end = if line { "\n" } else { "" };
                let token = secret(format!("h.{}.s{end}", engine.encode(&claims)));
                let claims = read(&token).unwrap();
                prop_assert_eq!(claims.db_user(), Some(user.trim()));
                prop_assert_eq!(claims.expires_at_ms(), Some(exp * 1000));
                prop_assert!(is_jwt_like(&token));
            }
        }

        #[test]
        fn never_panics(text in "[a-zA-Z0-9_=.+/-]{0,200}|\\PC{0,60}") {
            if let Ok(claims) = read(&secret(text)) {
                let _ = (claims.db_user(), claims.expires_at_ms());
            }
        }
    }
}
