//! The token cache that the AWS CLI and the SDKs share: `~/.aws/sso/cache/<SHA-1 of the session's name>.json`.
//!
//! Its form is that of the AWS CLI, so that a sign-in is shared in both directions; members that we do not know stay.

use super::Session;
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::chain::keys::unix_ms;
use crate::exchange::profile::expand_home;
use crate::protocol::idc::{Client, TokenAnswer};
use crate::secret::{ExposeSecret, SecretString, secret};
use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

const FILE_LIMIT: u64 = 256 * 1024;
/// A token is renewed before it ends, as the SDKs do.
const AHEAD_MS: i64 = 5 * 60 * 1000;

/// A token with what came with it.
pub struct Stored {
    members: Map<String, Value>,
    expires_at: i64,
}

impl Stored {
    /// Reads the session's file. The error says why nothing in it can be used.
    pub fn read(config: &AwsConfig, session: &Session<'_>) -> Result<Self, String> {
        let path = path(config, session, "json");
        let text = config.ports.files.read_text(&path, FILE_LIMIT).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("there is no token in {}", path.display()),
            _ => format!("{} cannot be read: {error}", path.display()),
        })?;
        let unusable = |what: &str| format!("the token in {} cannot be used: {what}", path.display());
        let Ok(Value::Object(members)) = serde_json::from_str(&text) else {
            return Err(unusable("the file is not a JSON object"));
        };
        let expires_at = text_of(&members, "expiresAt").and_then(time);
        let expires_at = expires_at.ok_or_else(|| unusable("it has no expiresAt"))?;
        if text_of(&members, "accessToken").is_none() {
            return Err(unusable("it has no accessToken"));
        }
        Ok(Self { members, expires_at })
    }

    /// What a sign-in brought. What else the session's file holds stays.
    pub fn signed_in(config: &AwsConfig, session: &Session<'_>, client: &Client, token: &TokenAnswer) -> Option<Self> {
        let mut members = Self::read(config, session).map(|stored| stored.members).unwrap_or_default();
        members.remove("refreshToken");
        for (name, value) in [
            ("startUrl", session.start_url),
            ("region", session.region),
            ("clientId", &client.id),
            ("clientSecret", client.secret.expose_secret()),
            ("registrationExpiresAt", &iso(client.expires_at.checked_mul(1000)?)?),
        ] {
            members.insert(name.to_owned(), value.into());
        }
        Self { members, expires_at: 0 }.with(token, config.ports.clock.now_ms())
    }

    /// With the answer of a renewal. The old refresh token stays where it brings no new one (RFC 6749 section 6).
    pub fn with(&self, token: &TokenAnswer, now: i64) -> Option<Self> {
        let expires_at = now.checked_add(token.expires_in.unwrap_or_default().checked_mul(1000)?)?;
        let mut members = self.members.clone();
        members.insert("accessToken".to_owned(), token.access_token.expose_secret().into());
        members.insert("expiresAt".to_owned(), iso(expires_at)?.into());
        if let Some(refresh) = &token.refresh_token {
            members.insert("refreshToken".to_owned(), refresh.expose_secret().into());
        }
        Some(Self { members, expires_at })
    }

    /// Without its refresh token, which the service has refused for good.
    pub fn without_refresh_token(&self) -> Self {
        let mut members = self.members.clone();
        members.remove("refreshToken");
        Self { members, expires_at: self.expires_at }
    }

    pub fn token(&self) -> SecretString {
        secret(text_of(&self.members, "accessToken").unwrap_or_default())
    }

    /// Whether it is good for a while.
    pub fn is_fresh(&self, now: i64) -> bool {
        self.expires_at.saturating_sub(AHEAD_MS) > now
    }

    /// Whether it is good at all.
    pub fn holds(&self, now: i64) -> bool {
        self.expires_at > now
    }

    /// Whether both are the same sign-in at the same age.
    pub fn is(&self, other: &Self) -> bool {
        self.members == other.members
    }

    /// What renews it: a refresh token holds for one client only. The error says why nothing does.
    pub fn renewal(&self, now: i64) -> Result<(Client, SecretString), String> {
        let of = |name| text_of(&self.members, name);
        let (Some(refresh_token), Some(client_id), Some(client_secret)) =
            (of("refreshToken"), of("clientId"), of("clientSecret"))
        else {
            return Err("the token has expired".to_owned());
        };
        let registered_until = of("registrationExpiresAt").and_then(time).filter(|end| *end > now);
        let expires_at = registered_until.ok_or("token and client registration have expired")?.div_euclid(1000);
        let client = Client { id: client_id.to_owned(), secret: secret(client_secret), expires_at };
        Ok((client, secret(refresh_token)))
    }

    /// Puts it into the session's file. A failure costs a sign-in later, not this login.
    pub fn write(&self, config: &AwsConfig, session: &Session<'_>) {
        let (path, text) = (path(config, session, "json"), Value::Object(self.members.clone()).to_string());
        if let Err(error) = make_room(config, &path).and_then(|()| config.ports.files.replace(&path, &text)) {
            let path = path.display();
            config.ports.log.warn("aws", format_args!("the token cannot be stored in {path}: {error}"));
        }
    }
}

pub fn text_of<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A time as the AWS CLI writes it; botocore once wrote `UTC` in place of `Z`.
pub fn time(text: &str) -> Option<i64> {
    match text.strip_suffix("UTC") {
        Some(text) => unix_ms(&format!("{text}Z")),
        None => unix_ms(text),
    }
}

/// The form that the AWS CLI writes and reads: whole seconds, `Z`.
pub fn iso(unix_ms: i64) -> Option<String> {
    DateTime::from_secs(unix_ms.div_euclid(1000)).fmt(Format::DateTime).ok()
}

/// Sees to it that the directory of the session's files is there.
pub fn make_room(config: &AwsConfig, path: &Path) -> io::Result<()> {
    match path.parent().filter(|directory| directory.is_absolute()) {
        Some(directory) => config.ports.files.make_directory(directory),
        // Nothing is written below wherever the host happens to be.
        None => Err(io::Error::new(ErrorKind::NotFound, "HOME names no directory")),
    }
}

/// The session's file of that kind. `aws sso logout` deletes what ends in `.json` only.
pub fn path(config: &AwsConfig, session: &Session<'_>, kind: &str) -> PathBuf {
    cache_file(config, session.name.unwrap_or(session.start_url), kind)
}

/// The file of the cache that is named after `text`.
pub fn cache_file(config: &AwsConfig, text: &str, kind: &str) -> PathBuf {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    let directory = expand_home("~/.aws/sso/cache", &config.ports.env);
    let mut name = String::with_capacity(45);
    for byte in hash.as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    Path::new(&directory).join(format!("{name}.{kind}"))
}
