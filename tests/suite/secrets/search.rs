//! The search for secrets in what is seen: each as it is and in the clothes that encodings put on it, and each long one
//! also in pieces.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rs_auth_sandbox::Record;
use std::collections::HashSet;

/// The longest piece of a secret that may be seen is shorter than this.
const PIECE: usize = 16;
/// Shorter texts are in everything.
const SHORTEST: usize = 4;

/// Something in its clothes.
pub struct Dressed {
    pub name: &'static str,
    pub text: String,
}

/// `secret` as it is, and as encodings write it.
pub fn wardrobe(secret: &str) -> Vec<Dressed> {
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let json = serde_json::to_string(secret).unwrap();
    let all = [
        ("plain", secret.to_owned()),
        ("lower case", secret.to_lowercase()),
        ("percent-encoded", utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()),
        ("form-encoded", form),
        ("JSON", json[1..json.len() - 1].to_owned()),
        ("HTML", html.replace('\'', "&#39;")),
        ("base64", BASE64_STANDARD_NO_PAD.encode(secret)),
        ("base64url", BASE64_URL_SAFE_NO_PAD.encode(secret)),
        ("base64 behind a name", BASE64_STANDARD_NO_PAD.encode(format!(":{secret}")).split_off(2)),
        ("base64 behind a longer name", BASE64_STANDARD_NO_PAD.encode(format!("u:{secret}")).split_off(2)),
        ("hexadecimal", secret.bytes().map(|byte| format!("{byte:02x}")).collect()),
    ];
    all.into_iter().map(|(name, text)| Dressed { name, text }).collect()
}

/// What must not be seen.
#[derive(Clone, Default)]
pub struct Search(Vec<(String, Vec<u8>)>);

impl Search {
    /// `secret` in all its clothes.
    pub fn secret(&mut self, name: &str, secret: &str) {
        for dressed in wardrobe(secret) {
            self.text(&format!("{name} ({})", dressed.name), &dressed.text);
        }
    }

    /// `text` as it stands, in any case of its letters.
    pub fn text(&mut self, name: &str, text: &str) {
        if text.len() >= SHORTEST {
            self.0.push((name.to_owned(), text.to_ascii_lowercase().into_bytes()));
        }
    }

    /// A token, which is long and random: as it is and percent-encoded.
    pub fn token(&mut self, name: &str, token: &str) {
        self.text(name, token);
        self.text(&format!("{name} (percent-encoded)"), &utf8_percent_encode(token, NON_ALPHANUMERIC).to_string());
    }

    /// A SAML response, and the values in it that are for nobody's eyes: no ARN, no URI and no date.
    pub fn saml_response(&mut self, base64: &str) {
        self.token("SAML response", base64);
        let Ok(xml) = BASE64_STANDARD_NO_PAD.decode(base64.trim_end_matches('=')) else { return };
        let xml = String::from_utf8(xml).unwrap();
        let public = ["arn:", "urn:", "http"];
        for value in
            xml.split(['<', '>', '"']).map(str::trim).filter(|value| !value.contains('=') && value.len() >= PIECE)
        {
            let is_name = value.chars().all(|c| c.is_ascii_alphabetic() || c == ':' || c == '/' || c == ' ');
            if !is_name && !value.starts_with("20") && !public.iter().any(|start| value.starts_with(start)) {
                self.text("value in the SAML response", value);
            }
        }
    }

    /// What was sent in a request and is secret by its name.
    pub fn sent(&mut self, record: &Record) {
        for (name, value) in &record.parameters {
            let lower = name.to_ascii_lowercase();
            let is_secret = ["pass", "token", "secret", "assertion", "code", "answer", "context", "samlresponse"];
            match lower.as_str() {
                "samlassertion" => self.saml_response(value),
                _ if value.starts_with("urn:") || value.starts_with('{') => {}
                _ if is_secret.iter().any(|part| lower.contains(part)) => self.token(name, value),
                _ => {}
            }
        }
        for (name, value) in &record.headers {
            match name.to_ascii_lowercase().as_str() {
                "authorization" if value.starts_with("AWS4-") => {}
                "authorization" | "proxy-authorization" => {
                    self.token(name, value.split_once(' ').map_or(value.as_str(), |(_, token)| token));
                }
                "cookie" => value.split("; ").for_each(|pair| {
                    self.token("cookie", pair.split_once('=').map_or(pair, |(_, value)| value));
                }),
                "x-amz-security-token" => self.token(name, value),
                _ => {}
            }
        }
    }

    /// The first secret in `seen`, by its name: all of a short one, any piece of a long one.
    pub fn found_in(&self, seen: &str) -> Option<String> {
        let seen = seen.to_ascii_lowercase();
        let pieces: HashSet<&[u8]> = seen.as_bytes().windows(PIECE).collect();
        let shows = |secret: &[u8]| {
            if secret.len() < PIECE {
                seen.as_bytes().windows(secret.len()).any(|window| window == secret)
            } else {
                secret.windows(PIECE).any(|window| pieces.contains(window))
            }
        };
        self.0.iter().find(|(_, secret)| shows(secret)).map(|(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::secret;
    use rs_auth_sandbox::Sandbox;

    /// Without this, no silence proves anything.
    #[test]
    fn what_is_there_is_found() {
        let secret = secret("planted");
        let mut search = Search::default();
        search.secret("planted", &secret);
        search.text("code", "73495816");
        assert_eq!(search.found_in("TRACE http: POST https://127.0.0.1:8443/adfs/ls/: 200, 17 bytes, 3 ms"), None);
        for dressed in wardrobe(&secret) {
            for line in [dressed.text.clone(), dressed.text.to_uppercase(), dressed.text[3..3 + PIECE].to_owned()] {
                assert!(search.found_in(&format!("a line with {line} in it")).is_some(), "{}: {line}", dressed.name);
            }
        }
        let basic = BASE64_STANDARD_NO_PAD.encode(format!("proxyuser:{secret}"));
        assert!(search.found_in(&basic).is_some(), "{basic}");
        assert_eq!(search.found_in("it was 73495816.").as_deref(), Some("code"));
        assert_eq!(search.found_in("it was 7349 5816."), None);
    }

    #[test]
    fn what_a_response_holds_is_found_and_what_everybody_knows_is_not() {
        let sandbox = Sandbox::start();
        let response = sandbox.assertion_for("alice");
        let mut search = Search::default();
        search.saml_response(&response);
        let middle = response.len() / 2;
        assert!(search.found_in(&response[middle..middle + PIECE]).is_some());
        let xml = String::from_utf8(BASE64_STANDARD_NO_PAD.decode(response.trim_end_matches('=')).unwrap()).unwrap();
        let id = xml.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(search.found_in(&format!("the assertion {id}")).is_some(), "{id}");
        let told = "arn:aws:iam::123456789012:role/sandbox-role of https://signin.aws.amazon.com/saml until 2026-01-01T00:00:00Z";
        assert_eq!(search.found_in(told), None);
    }
}
