//! Registrations of clients for authorization codes beside the tokens: `~/.aws/sso/cache/<SHA-1 of what it was made for>.json`,
//! in the form that the AWS CLI has since 2.22.
//!
//! Those of the CLI are used as they are. What we register has a name of its own: an older CLI takes whatever stands under its
//! name for a registration for device codes, and could sign in no more.

use super::Session;
use super::stored::{cache_file, iso, make_room, text_of, time};
use crate::error::AuthError;
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::aws_error::of_identity_center;
use crate::ports::idc::IdentityCenter;
use crate::protocol::idc::{self, Client, Codes, Registration};
use crate::secret::{ExposeSecret, secret};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What the consent page shows.
pub const CLIENT_NAME: &str = "rs_auth";
/// As the CLI registers it: any port may be added (RFC 8252 section 7.3).
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
const FILE_LIMIT: u64 = 64 * 1024;
/// What ends this soon is not begun with, as the CLI has it.
const AHEAD_MS: i64 = 15 * 60 * 1000;

/// Who made a registration, as it stands in its name.
const TOOLS: [&str; 2] = ["botocore", OURS];
const OURS: &str = "rs_auth";

/// A registration that stands on disk.
pub struct Kept {
    pub client: Client,
    path: PathBuf,
}

impl Kept {
    /// The one that `aws` or an earlier login made, if it holds for a while.
    pub fn find(config: &AwsConfig, session: &Session<'_>) -> Option<Self> {
        TOOLS.iter().find_map(|tool| {
            let path = path(config, session, tool);
            let client = client(&read(config, &path)?, config.ports.clock.now_ms())?;
            Some(Self { client, path })
        })
    }

    /// Says of it that it has ended. The file stays: the CLI reads it without fear.
    pub fn end(&self, config: &AwsConfig) {
        let Some(mut members) = read(config, &self.path) else { return };
        config.ports.log.info("aws", format_args!("the kept registration at IAM Identity Center is given up"));
        members.insert("expiresAt".to_owned(), "1970-01-01T00:00:00Z".into());
        write(config, &self.path, &Value::Object(members));
    }
}

fn client(members: &Map<String, Value>, now: i64) -> Option<Client> {
    let grants = members.get("grantTypes").and_then(Value::as_array)?;
    // Under the same name the CLI keeps those for device codes, without the grants.
    if !grants.iter().any(|grant| grant == "authorization_code") {
        return None;
    }
    let ends_at = text_of(members, "expiresAt").and_then(time)?;
    let (id, key) = (text_of(members, "clientId")?, text_of(members, "clientSecret")?);
    let holds = ends_at.saturating_sub(AHEAD_MS) > now;
    holds.then(|| Client { id: id.to_owned(), secret: secret(key), expires_at: ends_at.div_euclid(1000) })
}

/// A new one, kept for those who come later.
pub async fn made(
    config: &AwsConfig,
    session: &Session<'_>,
    service: &IdentityCenter<'_>,
) -> Result<Client, AuthError> {
    let scopes = session.scopes();
    let codes = Codes { issuer_url: session.start_url, redirect_uri: REDIRECT_URI };
    let registration = Registration { client_name: CLIENT_NAME, scopes: &scopes, codes: Some(codes) };
    let answer = service.send(&registration.call()).await?;
    let client = idc::read_client(&answer).map_err(|fault| of_identity_center(&fault))?;
    if let Some(expires_at) = client.ends_at().and_then(iso) {
        let file = json!({
            "clientId": client.id,
            "clientSecret": client.secret.expose_secret(),
            "expiresAt": expires_at,
            "scopes": scopes,
            "grantTypes": ["authorization_code", "refresh_token"],
        });
        write(config, &path(config, session, OURS), &file);
    }
    Ok(client)
}

fn read(config: &AwsConfig, path: &Path) -> Option<Map<String, Value>> {
    let text = config.ports.files.read_text(path, FILE_LIMIT).ok()?;
    serde_json::from_str(&text).ok()
}

/// A failure costs a registration later, not this login.
fn write(config: &AwsConfig, path: &Path, file: &Value) {
    let written = make_room(config, path).and_then(|()| config.ports.files.replace(path, &file.to_string()));
    if let Err(error) = written {
        let path = path.display();
        config.ports.log.warn("aws", format_args!("the registration cannot be stored in {path}: {error}"));
    }
}

fn path(config: &AwsConfig, session: &Session<'_>, tool: &str) -> PathBuf {
    cache_file(config, &made_for(session, tool), "json")
}

/// What the CLI takes the SHA-1 of: JSON, character by character as Python writes it.
fn made_for(session: &Session<'_>, tool: &str) -> String {
    let scopes = session.listed_scopes.as_ref().map_or_else(
        || "null".to_owned(),
        |scopes| format!("[{}]", scopes.iter().map(|scope| quoted(scope)).collect::<Vec<_>>().join(", ")),
    );
    format!(
        r#"{{"region": {}, "scopes": {scopes}, "session_name": {}, "startUrl": {}, "tool": "{tool}"}}"#,
        quoted(session.region),
        session.name.map_or_else(|| "null".to_owned(), quoted),
        quoted(session.start_url)
    )
}

/// A text in JSON with nothing but ASCII in it.
fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            ' '..='~' => json.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against `json.dumps(…, sort_keys=True)` of Python.
    #[test]
    fn it_is_made_for_what_the_cli_says() {
        let session = |name, scopes: Option<&[&str]>| Session {
            name: Some(name),
            region: "eu-west-1",
            start_url: "https://corp.awsapps.com/start",
            listed_scopes: scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        };
        assert_eq!(
            made_for(&session("corp", None), "botocore"),
            r#"{"region": "eu-west-1", "scopes": null, "session_name": "corp", "startUrl": "https://corp.awsapps.com/start", "tool": "botocore"}"#
        );
        let listed = made_for(&session("B\u{fc}ro \"1\"\\\t\u{1f511}", Some(&["a:b", "c:d"])), OURS);
        assert!(
            listed.contains(r#""scopes": ["a:b", "c:d"], "session_name": "B\u00fcro \"1\"\\\t\ud83d\udd11""#),
            "{listed}"
        );
        assert!(made_for(&session("corp", Some(&[])), OURS).contains(r#""scopes": [], "#));
    }
}
