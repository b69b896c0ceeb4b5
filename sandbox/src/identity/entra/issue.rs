//! What a token endpoint gives: SAML assertions in the first version, JSON Web Tokens in the second.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Visit;
use super::memory::{Refresh, Version};
use crate::http::Answer;
use crate::identity::bare_assertion;
use crate::identity::person::Person;
use crate::random;

pub(super) const SAML2: &str = "urn:ietf:params:oauth:token-type:saml2";

impl Visit<'_> {
    /// A new refresh token.
    pub(super) fn new_refresh_token(&mut self, version: Version, person: &str, scope: &str) -> String {
        let token = opaque::<384>();
        let (issued, seconds) = (self.now(), self.known().refresh_token_seconds);
        let (person, scope) = (person.to_owned(), scope.to_owned());
        let refresh = Refresh { version, person, scope, issued, expires: issued + seconds, exchanged: false };
        self.memory.refresh_tokens.insert(token.clone(), refresh);
        token
    }

    /// The answer with the tokens.
    pub(super) fn issue(
        &self,
        version: Version,
        person: &Person,
        scope: &str,
        nonce: Option<&str>,
        refresh_token: Option<&str>,
    ) -> Answer {
        let mut body = match version {
            Version::V1 => self.assertion_body(person),
            Version::V2 => self.token_body(person, scope, nonce),
        };
        if let Some(token) = refresh_token {
            body["refresh_token"] = json!(token);
        }
        Answer::json(200, &body).header("Cache-Control", "no-store, no-cache").header("Pragma", "no-cache")
    }

    /// Numbers as texts, as the first version writes them.
    fn assertion_body(&self, person: &Person) -> Value {
        let (now, seconds) = (self.now(), self.known().access_token_seconds);
        json!({
            "token_type": "Bearer",
            "scope": "user_impersonation",
            "expires_in": seconds.to_string(),
            "ext_expires_in": seconds.to_string(),
            "expires_on": (now + seconds).to_string(),
            "not_before": (now - 300).to_string(),
            "resource": self.known().client_id,
            "access_token": URL_SAFE_NO_PAD.encode(bare_assertion(self.world, person)),
            "issued_token_type": SAML2,
        })
    }

    fn token_body(&self, person: &Person, scope: &str, nonce: Option<&str>) -> Value {
        let seconds = self.known().access_token_seconds;
        let granted: Vec<&str> = scope.split_whitespace().filter(|one| *one != "offline_access").collect();
        let names: Vec<&str> = granted
            .iter()
            .filter_map(|one| one.strip_prefix("api://")?.rsplit_once('/'))
            .map(|(_, name)| name)
            .collect();
        let mut claims = self.claims(person);
        claims["scp"] = json!(names.join(" "));
        claims["azp"] = json!(self.known().client_id);
        let mut body = json!({
            "token_type": "Bearer",
            "scope": granted.join(" "),
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": jwt(&claims),
        });
        if granted.contains(&"openid") {
            let mut claims = self.claims(person);
            if let Some(nonce) = nonce {
                claims["nonce"] = json!(nonce);
            }
            body["id_token"] = json!(jwt(&claims));
        }
        body
    }

    fn claims(&self, person: &Person) -> Value {
        let (now, known) = (self.now(), self.known());
        let mail = person.aliases.iter().find(|alias| alias.contains('@'));
        let mail = mail.cloned().unwrap_or_else(|| format!("{}@example.com", person.name));
        json!({
            "aud": known.client_id,
            "iss": format!("https://login.microsoftonline.com/{}/v2.0", known.tenant),
            "iat": now - 300,
            "nbf": now - 300,
            "exp": now + known.access_token_seconds,
            "name": person.name,
            "preferred_username": mail,
            "upn": mail,
            "sub": person.name,
            "tid": known.tenant,
            "groups": person.db_groups,
            "uti": random::base32::<22>(),
            "ver": "2.0",
        })
    }
}

/// A token that looks signed. Nobody here has a key.
fn jwt(claims: &Value) -> String {
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "sandbox" });
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", encode(&header), encode(claims), URL_SAFE_NO_PAD.encode(random::bytes::<256>()))
}

/// Random text that looks like Microsoft's, of characters that no form encodes.
pub(super) fn opaque<const N: usize>() -> String {
    format!("1.{}", URL_SAFE_NO_PAD.encode(random::bytes::<N>()))
}
