//! Authentication profiles stored in Redshift: a JSON object whose members are settings.

use super::keys::{self, Key};
use super::parse::Pairs;
use super::plugin_names;
use crate::error::{AuthError, Stage, Status};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The members of a profile as key/values, and the names of those that are ignored: who edits a profile in AWS must not
/// rule the client's programs, files, trust or endpoints.
pub fn members(json: &str) -> Result<(Pairs, Vec<String>), AuthError> {
    let Members(members) = serde_json::from_str(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        unusable(&format!("is not a JSON object (line {line}, column {column})"))
    })?;
    let mut pairs = Pairs::new();
    let mut ignored = Vec::new();
    for (name, value) in members {
        let Some(value) = text_of(&name, &value)? else { continue };
        if rules_the_client(&name, &value) { ignored.push(name) } else { pairs.push((name, value)) }
    }
    Ok((pairs, ignored))
}

/// A member's value: a string as it reads, numbers and booleans as JSON spells them, null as absent.
fn text_of(name: &str, value: &RawValue) -> Result<Option<String>, AuthError> {
    let value = value.get();
    match value.as_bytes().first() {
        Some(b'"') => serde_json::from_str(value).map(Some).map_err(|_| unusable("holds a string that cannot be read")),
        Some(b'{' | b'[') => {
            let name = super::settings::quoted(name);
            Err(unusable(&format!("holds an object or a list as the member {name}, which no setting is")))
        }
        _ if value == "null" => Ok(None),
        _ => Ok(Some(value.to_owned())),
    }
}

fn rules_the_client(name: &str, value: &str) -> bool {
    match keys::find(name.trim()) {
        Some(
            Key::ExternalProgram
            | Key::BrowserCommand
            | Key::WebIdentityTokenSource
            | Key::TokenSource
            | Key::PasswordSource
            | Key::SslInsecure
            | Key::CaFile
            | Key::CaPath
            | Key::CacheDir
            | Key::EndpointUrl
            | Key::StsEndpointUrl
            | Key::IdcEndpointUrl
            | Key::HttpsProxyHost
            | Key::HttpsProxyPort
            | Key::HttpsProxyUsername
            | Key::HttpsProxyPassword,
        ) => true,
        Some(Key::PluginName) => plugin_names::find(value).is_some_and(|plugin| plugin.name == "External"),
        _ => false,
    }
}

fn unusable(what: &str) -> AuthError {
    AuthError::new(
        Status::ProfileNotFound,
        Stage::Settings,
        format!("the content of the authentication profile {what}"),
    )
}

/// The members of an object in their order. Values stay as they are spelled.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::members;
    use crate::error::Status;

    #[test]
    fn values_as_json_spells_them() {
        let json = r#"{"Host": "a\u00fc;b=c", "port": 5439, "AutoCreate": true, "duration": 9.0e2, "Region": null, "x": "", "x": "1"}"#;
        let (pairs, ignored) = members(json).unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let expected = [
            ("Host", "aü;b=c"),
            ("port", "5439"),
            ("AutoCreate", "true"),
            ("duration", "9.0e2"),
            ("x", ""),
            ("x", "1"),
        ];
        assert_eq!(pairs, expected);
        assert!(ignored.is_empty());
        assert_eq!(members("{}").unwrap().0, []);
    }

    #[test]
    fn what_would_rule_the_client_is_ignored() {
        let refused = [
            "External_Program",
            "browser_command",
            "web_identity_token_source",
            "token_source",
            "password_source",
            "ssl_insecure",
            "sslrootcert",
            "ca_path",
            "cache_dir",
            "endpoint_url",
            "StsEndpointUrl",
            "idc_endpoint_url",
            "https_proxy_host",
            "https_proxy_port",
            "https_proxy_username",
            "https_proxy_password",
        ];
        let json: Vec<String> = refused.iter().map(|name| format!("\"{name}\": \"1\"")).collect();
        let json = format!("{{{}, \"PluginName\": \" external\", \"plugin_name\": \"Okta\"}}", json.join(","));
        let (pairs, ignored) = members(&json).unwrap();
        assert_eq!(pairs, [("plugin_name".to_owned(), "Okta".to_owned())]);
        assert_eq!(ignored.len(), refused.len() + 1);
        assert!(refused.iter().all(|name| ignored.iter().any(|ignored| ignored == name)));
    }

    #[test]
    fn content_that_is_no_object_of_settings() {
        for json in [
            "",
            "{{{{",
            "[]",
            "\"hunter2\"",
            "1",
            "null",
            "{\"PWD\": \"hunter2\"",
            "{\"a\": {}}",
            "{\"a\": [\"hunter2\"]}",
            "{} x",
        ] {
            let error = members(json).unwrap_err();
            assert_eq!(error.status(), Status::ProfileNotFound, "{json}");
            assert!(!error.message().contains("hunter2"), "{error}");
        }
    }
}
