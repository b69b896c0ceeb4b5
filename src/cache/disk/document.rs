//! What stands in a file: JSON with a version, the time it was written and the time it ends.
//!
//! There is no place in it for a SAML assertion, or for a password of the user or of the database.

use crate::cache::life::Life;
use crate::credentials::{AwsKeys, Claims, Held, Identity, NativeToken, Proved};
use crate::secret::{ExposeSecret, SecretString, secret};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// The version of the format, in the name of a file and in it.
pub(super) const VERSION: u32 = 1;

/// How far a file may come from the future before the clock is not believed. Between processes it may be set by a little;
/// when it was set back by more, a file may say that it holds although it has ended.
const MOST_FUTURE_MS: i64 = 60_000;

/// The content of a file.
#[derive(Serialize, Deserialize)]
struct Document<'a> {
    version: u32,
    stored_at: i64,
    expires_at: Option<i64>,
    body: Body<'a>,
}

/// Borrowed when it is written, so that no copies of secrets are left.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Body<'a> {
    Keys {
        access_key_id: Cow<'a, str>,
        secret_access_key: Cow<'a, str>,
        session_token: Option<Cow<'a, str>>,
        role_arn: Option<Cow<'a, str>>,
        plugin: Cow<'a, str>,
        claims: Option<Said>,
    },
    Token {
        token: Cow<'a, str>,
        token_type: Option<Cow<'a, str>>,
        idp_type: Option<Cow<'a, str>>,
        plugin: Cow<'a, str>,
    },
    Text(Cow<'a, str>),
}

#[derive(Serialize, Deserialize)]
struct Said {
    db_user: Option<String>,
    db_groups: Vec<String>,
    auto_create: Option<bool>,
    force_lowercase: Option<bool>,
    overrides_db_user: bool,
}

/// Why a file is of no use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Useless {
    /// Its time is over: nothing that anybody need know of.
    Ended,
    /// It completes "the file …".
    Damaged(&'static str),
}

/// A file of an identity.
pub(super) fn of_identity(identity: &Identity) -> Zeroizing<Vec<u8>> {
    let body = match &identity.held {
        Held::Keys(Proved { keys, plugin, claims }) => Body::Keys {
            access_key_id: (&keys.access_key_id).into(),
            secret_access_key: keys.secret_access_key.expose_secret().into(),
            session_token: keys.session_token.as_ref().map(|token| token.expose_secret().into()),
            role_arn: keys.role_arn.as_ref().map(Into::into),
            plugin: plugin.into(),
            claims: claims.as_ref().map(said),
        },
        Held::Token(token, plugin) => Body::Token {
            token: token.token.expose_secret().into(),
            token_type: token.token_type.as_ref().map(Into::into),
            idp_type: token.idp_type.as_ref().map(Into::into),
            plugin: plugin.into(),
        },
    };
    written(identity.obtained_at, identity.expires_at(), body)
}

/// A file of a refresh token or a registration.
pub(super) fn of_text(text: &SecretString, expires_at: Option<i64>, now_ms: i64) -> Zeroizing<Vec<u8>> {
    written(now_ms, expires_at, Body::Text(text.expose_secret().into()))
}

fn written(stored_at: i64, expires_at: Option<i64>, body: Body<'_>) -> Zeroizing<Vec<u8>> {
    // Room for most, so that the text does not move and leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(16 * 1024));
    let document = Document { version: VERSION, stored_at, expires_at, body };
    // Plain fields and a Vec: neither fails.
    drop(serde_json::to_writer(&mut *bytes, &document));
    bytes
}

/// The identity in a file, while it may be served.
pub(super) fn identity(bytes: &[u8], now_ms: i64) -> Result<Identity, Useless> {
    let document = read(bytes, now_ms)?;
    let expires_at = document.expires_at;
    let held = match document.body {
        Body::Keys { access_key_id, secret_access_key, session_token, role_arn, plugin, claims } => {
            let keys = AwsKeys {
                access_key_id: access_key_id.into_owned(),
                secret_access_key: secret(secret_access_key),
                session_token: session_token.map(secret),
                expires_at,
                role_arn: role_arn.map(Cow::into_owned),
            };
            Held::Keys(Proved { keys, plugin: plugin.into_owned(), claims: claims.map(claims_of) })
        }
        Body::Token { token, token_type, idp_type, plugin } => {
            let (token_type, idp_type) = (token_type.map(Cow::into_owned), idp_type.map(Cow::into_owned));
            Held::Token(NativeToken { token: secret(token), token_type, idp_type, expires_at }, plugin.into_owned())
        }
        Body::Text(_) => return Err(Useless::Damaged("holds something else")),
    };
    if expires_at.is_none() {
        return Err(Useless::Damaged("says no end"));
    }
    Ok(Identity { held, by_person: true, obtained_at: document.stored_at })
}

/// The text in a file, while it may be used.
pub(super) fn text(bytes: &[u8], now_ms: i64) -> Result<SecretString, Useless> {
    match read(bytes, now_ms)?.body {
        Body::Text(text) => Ok(secret(text)),
        _ => Err(Useless::Damaged("holds something else")),
    }
}

fn read(bytes: &[u8], now_ms: i64) -> Result<Document<'_>, Useless> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let damaged = |_| Useless::Damaged("is damaged");
    // First, since another version may have other fields.
    let Version { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    if version != VERSION {
        return Err(Useless::Damaged("is of another version"));
    }
    let document: Document<'_> = serde_json::from_slice(bytes).map_err(damaged)?;
    if document.stored_at.saturating_sub(MOST_FUTURE_MS) > now_ms {
        return Err(Useless::Damaged("is from the future: the clock was set back"));
    }
    match document.expires_at {
        Some(until) if Life { from: document.stored_at, until }.served_until() <= now_ms => Err(Useless::Ended),
        _ => Ok(document),
    }
}

fn said(claims: &Claims) -> Said {
    let Claims { db_user, db_groups, auto_create, force_lowercase, overrides_db_user } = claims.clone();
    Said { db_user, db_groups, auto_create, force_lowercase, overrides_db_user }
}

fn claims_of(said: Said) -> Claims {
    let Said { db_user, db_groups, auto_create, force_lowercase, overrides_db_user } = said;
    Claims { db_user, db_groups, auto_create, force_lowercase, overrides_db_user }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const NOW: i64 = 1_767_225_600_000;

    fn keys() -> Identity {
        let keys = AwsKeys {
            access_key_id: "ASIA1".to_owned(),
            secret_access_key: secret("s\"e\\c"),
            session_token: Some(secret("t")),
            expires_at: Some(NOW + 60 * MINUTE),
            role_arn: Some("arn".to_owned()),
        };
        let claims = Claims {
            db_user: Some("u".to_owned()),
            db_groups: vec!["a".to_owned(), "b".to_owned()],
            auto_create: Some(true),
            force_lowercase: None,
            overrides_db_user: true,
        };
        let held = Held::Keys(Proved { keys, plugin: "Okta".to_owned(), claims: Some(claims) });
        Identity { held, by_person: true, obtained_at: NOW }
    }

    fn token() -> Identity {
        let token = NativeToken {
            token: secret("ey"),
            token_type: None,
            idp_type: Some("AwsIdc".to_owned()),
            expires_at: Some(NOW + 60 * MINUTE),
        };
        Identity { held: Held::Token(token, "BrowserIdcAuthPlugin".to_owned()), by_person: true, obtained_at: NOW }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for stored in [keys(), token()] {
            let found = identity(&of_identity(&stored), NOW).unwrap();
            assert_eq!(found.expires_at(), stored.expires_at());
            assert_eq!((found.by_person, found.obtained_at), (true, NOW));
            match (found.held, stored.held) {
                (Held::Keys(found), Held::Keys(stored)) => {
                    assert_eq!((found.claims, found.plugin), (stored.claims, stored.plugin));
                    let parts = |keys: &AwsKeys| {
                        let token = keys.session_token.as_ref().map(|token| token.expose_secret().to_owned());
                        let id = (keys.access_key_id.clone(), keys.role_arn.clone());
                        (id, keys.secret_access_key.expose_secret().to_owned(), token)
                    };
                    assert_eq!(parts(&found.keys), parts(&stored.keys));
                }
                (Held::Token(found, plugin), Held::Token(stored, of)) => {
                    assert_eq!(found.token.expose_secret(), stored.token.expose_secret());
                    assert_eq!((found.token_type, found.idp_type, plugin), (stored.token_type, stored.idp_type, of));
                }
                (found, _) => panic!("{found:?}"),
            }
        }
        let bytes = of_text(&secret("refresh"), None, NOW);
        assert_eq!(text(&bytes, NOW + 1_000_000 * MINUTE).unwrap().expose_secret(), "refresh");
    }

    #[test]
    fn it_is_served_as_long_as_from_memory() {
        let bytes = of_identity(&keys());
        assert!(identity(&bytes, NOW + 55 * MINUTE - 1).is_ok());
        assert_eq!(identity(&bytes, NOW + 55 * MINUTE).unwrap_err(), Useless::Ended);
        let bytes = of_text(&secret("t"), Some(NOW + 10 * MINUTE), NOW);
        assert!(text(&bytes, NOW + 8 * MINUTE - 1).is_ok());
        assert_eq!(text(&bytes, NOW + 8 * MINUTE).unwrap_err(), Useless::Ended);
    }

    #[test]
    fn a_clock_that_was_set_back_is_not_believed() {
        let bytes = of_identity(&keys());
        assert!(identity(&bytes, NOW - MINUTE).is_ok(), "a little is nothing");
        let Useless::Damaged(why) = identity(&bytes, NOW - MINUTE - 1).unwrap_err() else { panic!("ended") };
        assert!(why.contains("clock"));
    }

    #[test]
    fn damaged_files_are_told_from_good_ones() {
        let good = of_identity(&keys());
        let whole = String::from_utf8(good.to_vec()).unwrap();
        for length in 0..good.len() {
            assert!(matches!(identity(&good[..length], NOW), Err(Useless::Damaged("is damaged"))), "{length}");
        }
        for (bad, why) in [
            (whole.replace("\"version\":1", "\"version\":2"), "another version"),
            (whole.replace("\"version\":1", "\"version\":2").replace("stored_at", "at"), "another version"),
            (whole.replace("access_key_id", "key"), "damaged"),
            (whole.replace(&(NOW + 60 * MINUTE).to_string(), "null"), "says no end"),
            ("[]".to_owned(), "damaged"),
        ] {
            assert!(
                matches!(identity(bad.as_bytes(), NOW), Err(Useless::Damaged(told)) if told.contains(why)),
                "{bad}"
            );
        }
        assert!(text(&good, NOW).is_err());
        assert!(identity(&of_text(&secret("x"), None, NOW), NOW).is_err());
    }
}
