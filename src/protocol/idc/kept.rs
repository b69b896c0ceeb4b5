//! Registrations and refresh tokens as texts, to be kept from one login to the next. Members are named as the service names
//! them.

use super::{Client, TokenAnswer};
use crate::secret::{ExposeSecret, SecretString, secret};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A refresh token with the client that it was given to: it holds for no other.
#[derive(Debug)]
pub struct Renewal {
    /// Whom it was given to.
    pub client: Client,
    /// The token.
    pub refresh_token: SecretString,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Text<'a> {
    client_id: Cow<'a, str>,
    client_secret: Cow<'a, str>,
    client_secret_expires_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Cow<'a, str>>,
}

impl Client {
    /// As a text.
    pub fn to_text(&self) -> SecretString {
        self.text(None)
    }

    /// Reads what [`Client::to_text`] wrote.
    pub fn from_text(text: &SecretString) -> Option<Self> {
        let text: Text<'_> = serde_json::from_str(text.expose_secret()).ok()?;
        let (id, secret) = (text.client_id.into_owned(), secret(text.client_secret));
        Some(Self { id, secret, expires_at: text.client_secret_expires_at })
    }

    /// When its registration ends, in milliseconds since 1970, if that was told.
    pub fn ends_at(&self) -> Option<i64> {
        self.expires_at.checked_mul(1000).filter(|end| *end > 0)
    }

    fn text(&self, refresh_token: Option<&SecretString>) -> SecretString {
        let text = Text {
            client_id: (&self.id).into(),
            client_secret: self.secret.expose_secret().into(),
            client_secret_expires_at: self.expires_at,
            refresh_token: refresh_token.map(|token| token.expose_secret().into()),
        };
        // Texts and a number: it does not fail.
        secret(serde_json::to_string(&text).unwrap_or_default())
    }
}

impl Renewal {
    /// As a text.
    pub fn to_text(&self) -> SecretString {
        self.client.text(Some(&self.refresh_token))
    }

    /// Reads what [`Renewal::to_text`] wrote.
    pub fn from_text(text: &SecretString) -> Option<Self> {
        let read: Text<'_> = serde_json::from_str(text.expose_secret()).ok()?;
        Some(Self { client: Client::from_text(text)?, refresh_token: secret(read.refresh_token?) })
    }

    /// With what an answer brings: a new one replaces the old one, which goes on without (RFC 6749 section 6).
    #[must_use]
    pub fn followed_by(self, answer: &TokenAnswer) -> Self {
        let refresh_token = answer.refresh_token.clone().unwrap_or(self.refresh_token);
        Self { refresh_token, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let client = Client { id: "i\"".to_owned(), secret: secret("canary"), expires_at: 7 };
        let read = Client::from_text(&client.to_text()).unwrap();
        assert_eq!((read.id.as_str(), read.secret.expose_secret(), read.expires_at), ("i\"", "canary", 7));
        assert_eq!((read.ends_at(), Client { expires_at: 0, ..read.clone() }.ends_at()), (Some(7000), None));
        assert!(Renewal::from_text(&client.to_text()).is_none(), "without a refresh token");
        let renewal = Renewal { client, refresh_token: secret("canary\\r") };
        let read = Renewal::from_text(&renewal.to_text()).unwrap();
        assert_eq!((read.client.id.as_str(), read.refresh_token.expose_secret()), ("i\"", "canary\\r"));
        assert!(!format!("{read:?}").contains("canary"));
        for damaged in ["", "{}", "[]", r#"{"clientId":"i"}"#] {
            assert!(Client::from_text(&secret(damaged)).is_none() && Renewal::from_text(&secret(damaged)).is_none());
        }
    }

    #[test]
    fn a_new_token_replaces_the_old_one() {
        let client = Client { id: "i".to_owned(), secret: secret("s"), expires_at: 7 };
        let answer = |refresh: Option<&str>| TokenAnswer {
            access_token: secret("a"),
            refresh_token: refresh.map(secret),
            expires_in: None,
        };
        let renewal = Renewal { client, refresh_token: secret("one") }.followed_by(&answer(None));
        assert_eq!(renewal.refresh_token.expose_secret(), "one");
        assert_eq!(renewal.followed_by(&answer(Some("two"))).refresh_token.expose_secret(), "two");
    }
}
