//! The token cache that the AWS CLI and the SDKs share: `~/.aws/sso/cache/<SHA-1 of the session's name>.json`.

use super::keys::unix_ms;
use crate::error::{AuthError, Stage};
use crate::exchange::aws_config::{AwsConfig, aws_client};
use crate::exchange::aws_error::auth_error;
use crate::exchange::endpoint::Service;
use crate::exchange::profile::expand_home;
use crate::ports::private_file;
use crate::secret::{SecretString, secret};
use aws_sdk_ssooidc::operation::create_token::CreateTokenOutput;
use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FILE_LIMIT: u64 = 256 * 1024;
/// A token is renewed before it ends, as the SDKs do.
const AHEAD_MS: i64 = 5 * 60 * 1000;

/// A sign-in of `aws sso login`.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    /// The `[sso-session …]`; `None` for a legacy profile, whose token cannot be renewed.
    pub name: Option<&'a str>,
    /// Where Identity Center runs.
    pub region: &'a str,
    /// The portal; legacy profiles keep their token under its name.
    pub start_url: &'a str,
}

/// The access token of the session, renewed if need be. The inner error says why nobody is signed in.
pub async fn current(config: &AwsConfig, session: &Session<'_>) -> Result<Result<SecretString, String>, AuthError> {
    let stored = match Stored::read(config, session) {
        Ok(stored) => stored,
        Err(why) => return Ok(Err(why)),
    };
    let now = config.ports.clock.now_ms();
    if stored.expires_at.saturating_sub(AHEAD_MS) > now {
        return Ok(Ok(stored.token()));
    }
    let holds = stored.expires_at > now;
    match stored.renew(config, session).await {
        Ok(renewed) => Ok(Ok(renewed.token())),
        // It still holds: what hinders the renewal is not this login's trouble.
        Err(_) if holds => Ok(Ok(stored.token())),
        Err(NotRenewed::Refused(why)) => match Stored::read(config, session) {
            // Another program was quicker: refresh tokens are good for one use.
            Ok(other) if other.expires_at > now => Ok(Ok(other.token())),
            _ => Ok(Err(why)),
        },
        Err(NotRenewed::Failed(error)) => Err(error),
    }
}

/// A cache file. Members that we do not know are kept when it is written again.
struct Stored {
    path: PathBuf,
    members: Map<String, Value>,
    expires_at: i64,
}

enum NotRenewed {
    /// For good: somebody has to sign in.
    Refused(String),
    /// This time: the refresh token may still work.
    Failed(AuthError),
}

impl Stored {
    fn read(config: &AwsConfig, session: &Session<'_>) -> Result<Self, String> {
        let path = path(config, session);
        let text = config.ports.files.read_text(&path, FILE_LIMIT).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("there is no token in {}", path.display()),
            _ => format!("{} cannot be read: {error}", path.display()),
        })?;
        let unusable = |what: &str| format!("the token in {} cannot be used: {what}", path.display());
        let Ok(Value::Object(members)) = serde_json::from_str(&text) else {
            return Err(unusable("the file is not a JSON object"));
        };
        let expires_at = text_of(&members, "expiresAt").and_then(unix_ms);
        let expires_at = expires_at.ok_or_else(|| unusable("it has no expiresAt"))?;
        if text_of(&members, "accessToken").is_none() {
            return Err(unusable("it has no accessToken"));
        }
        Ok(Self { path, members, expires_at })
    }

    fn token(&self) -> SecretString {
        secret(text_of(&self.members, "accessToken").unwrap_or_default())
    }

    async fn renew(&self, config: &AwsConfig, session: &Session<'_>) -> Result<Self, NotRenewed> {
        let expired = || NotRenewed::Refused("the token has expired".to_owned());
        if session.name.is_none() {
            return Err(expired());
        }
        let of = |name| text_of(&self.members, name);
        let (Some(refresh), Some(id), Some(key)) = (of("refreshToken"), of("clientId"), of("clientSecret")) else {
            return Err(expired());
        };
        if of("registrationExpiresAt").and_then(unix_ms).is_none_or(|end| end <= config.ports.clock.now_ms()) {
            return Err(NotRenewed::Refused("token and client registration have expired".to_owned()));
        }
        let sdk = config.sdk_config(Service::SsoOidc, session.region, None, None).map_err(NotRenewed::Failed)?;
        let client = aws_client!(aws_sdk_ssooidc, &sdk);
        let call = client.create_token().grant_type("refresh_token").client_id(id).client_secret(key);
        let answer = call.refresh_token(refresh).send().await.map_err(|error| {
            let error = auth_error(Stage::Aws, "IAM Identity Center CreateToken", &error);
            // Everything else may pass: the network, throttling, trouble of the service.
            match error.code() {
                Some(
                    "InvalidGrantException"
                    | "InvalidClientException"
                    | "ExpiredTokenException"
                    | "UnauthorizedClientException"
                    | "AccessDeniedException",
                ) => NotRenewed::Refused(format!("the token has expired and is not renewed: {}", error.message())),
                _ => NotRenewed::Failed(error),
            }
        })?;
        let renewed = self.with(&answer, config.ports.clock.now_ms()).ok_or_else(expired)?;
        renewed.write(config);
        Ok(renewed)
    }

    /// The old refresh token stays where the answer brings no new one (RFC 6749 section 6).
    fn with(&self, answer: &CreateTokenOutput, now: i64) -> Option<Self> {
        let expires_at = now.checked_add(i64::from(answer.expires_in()).checked_mul(1000)?)?;
        let mut members = self.members.clone();
        members.insert("accessToken".to_owned(), answer.access_token()?.into());
        members.insert("expiresAt".to_owned(), iso(expires_at)?.into());
        if let Some(refresh) = answer.refresh_token() {
            members.insert("refreshToken".to_owned(), refresh.into());
        }
        Some(Self { path: self.path.clone(), members, expires_at })
    }

    /// Stored before it is used: the refresh token it came from is spent. A failure costs a sign-in later, not this login.
    fn write(&self, config: &AwsConfig) {
        let text = Value::Object(self.members.clone()).to_string();
        if let Err(error) = private_file::replace(&self.path, text.as_bytes()) {
            let path = self.path.display();
            config.ports.log.warn("aws", format_args!("the renewed token cannot be stored in {path}: {error}"));
        }
    }
}

fn text_of<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The form that the AWS CLI writes and reads: whole seconds, `Z`.
fn iso(unix_ms: i64) -> Option<String> {
    DateTime::from_secs(unix_ms.div_euclid(1000)).fmt(Format::DateTime).ok()
}

fn path(config: &AwsConfig, session: &Session<'_>) -> PathBuf {
    let key = session.name.unwrap_or(session.start_url);
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    let directory = expand_home("~/.aws/sso/cache", &config.ports.env);
    let mut name = String::with_capacity(45);
    for byte in hash.as_ref() {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    Path::new(&directory).join(name + ".json")
}
