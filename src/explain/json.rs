//! Parts of the report that others are made of.

use super::Limit;
use super::network::Network;
use crate::dsn::settings::Source;
use crate::error::AuthError;
use crate::ports::http::client::{CONNECT_TIMEOUT, READ_TIMEOUT};
use crate::redact;
use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Where a value comes from: a word for programs, a text for people, and what both are made of.
pub(super) fn source(source: &Source) -> Value {
    let text = source.to_string();
    match source {
        Source::Argument => json!({ "kind": "argument", "text": text }),
        Source::ConnectionString => json!({ "kind": "connection_string", "text": text }),
        Source::OdbcIni { file, section } => {
            json!({ "kind": "odbc_ini", "text": text, "file": file, "section": section })
        }
        Source::Profile(name) => json!({ "kind": "aws_profile", "text": text, "profile": name }),
        Source::AuthProfile(name) => json!({ "kind": "auth_profile", "text": text, "profile": name }),
        Source::EnvironmentSettings => {
            json!({ "kind": "environment", "text": text, "variable": "RS_AUTH_SETTINGS" })
        }
        Source::SettingsFile(file) => json!({ "kind": "settings_file", "text": text, "file": file }),
    }
}

/// A source that is none of those of settings.
pub(super) fn other_source(kind: &str, text: &str) -> Value {
    json!({ "kind": kind, "text": text })
}

/// What a login would fail with.
pub(super) fn error(error: &AuthError) -> Value {
    json!({
        "status": error.status().number(),
        "name": error.status().name(),
        "sqlstate": error.status().sqlstate(),
        "stage": error.stage().map(crate::error::Stage::name),
        "message": error.message(),
        "hint": error.hint_text(),
    })
}

/// A moment for programs and for people.
pub(super) fn moment(unix_ms: i64) -> Value {
    let text = DateTime::from_secs(unix_ms.div_euclid(1000)).fmt(Format::DateTime).ok();
    json!({ "unix_ms": unix_ms, "text": text })
}

pub(super) fn limits(limit: Option<&Limit>, network: &Network) -> Value {
    let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    json!({
        "whole_call_ms": limit.and_then(|limit| limit.whole).map(ms),
        "for_a_person_ms": limit.map(|limit| ms(limit.for_a_person)),
        "source": limit.map(|limit| limit.source),
        "connect_ms": ms(CONNECT_TIMEOUT),
        "connect_to_aws_ms": ms(network.connect_timeout_aws().unwrap_or(CONNECT_TIMEOUT)),
        "read_ms": ms(READ_TIMEOUT),
    })
}

/// Whatever found its way in here, no secret that is known gets out. `seen`: what was looked at already, since most words
/// stand in many places.
pub(super) fn redact(value: &mut Value, seen: &mut HashMap<String, String>) {
    match value {
        Value::String(text) => {
            let told = seen.entry(std::mem::take(text)).or_insert_with_key(|text| redact::without_known(text));
            text.clone_from(told);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, seen)),
        Value::Object(members) => members.values_mut().for_each(|member| redact(member, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
