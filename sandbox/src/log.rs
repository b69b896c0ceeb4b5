//! The request log: what was sent, as a test wants to assert it.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use crate::http::Request;
use crate::service::Call;

/// One request, with everything in it: nothing is masked, so keep real secrets away from a sandbox.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query, as sent.
    pub target: String,
    /// The `Host` header.
    pub host: String,
    /// All headers in the order in which they were sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(serialize_with = "as_text")]
    pub body: Vec<u8>,
    /// The service that took it: `sts`, `redshift`, `redshift-serverless`, `imds`, …; `unknown` if none did.
    pub service: String,
    /// What was asked of it: `GetClusterCredentials`, …
    pub operation: String,
    /// Its parameters by their wire names; for JSON, the members at the top with strings as they are and the rest as JSON.
    pub parameters: BTreeMap<String, String>,
    /// The id of the key that signed it, or whose Kerberos ticket came with it.
    pub signed_by: Option<String>,
    /// Whether it came by TLS.
    pub tls: bool,
    /// Which connection it came by: the sandbox counts from 1.
    pub connection: u64,
    /// When it was there, in milliseconds since 1970.
    pub received_unix_ms: i64,
    /// The status of the answer; 0 if a scripted fault left no room for one.
    pub status: u16,
    /// The scripted fault that it met.
    pub fault: Option<String>,
}

impl Record {
    pub(crate) fn new(request: &Request, call: &Call) -> Self {
        let user = request.user.as_ref().map(|user| user.name.clone());
        Self {
            method: request.method.clone(),
            target: request.target.clone(),
            host: request.header("host").unwrap_or("").to_owned(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            service: call.service.to_owned(),
            operation: call.operation.clone(),
            parameters: call.parameters.iter().cloned().collect(),
            signed_by: user.or_else(|| request.header("authorization").and_then(key_id)),
            tls: request.tls,
            connection: request.connection,
            received_unix_ms: unix_ms(request.received),
            status: 0,
            fault: None,
        }
    }

    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A parameter by its wire name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

fn key_id(authorization: &str) -> Option<String> {
    let (_, rest) = authorization.split_once("Credential=")?;
    rest.split('/').next().map(ToOwned::to_owned)
}

fn unix_ms(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn as_text<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

/// The records so far, and a way to wait for more.
#[derive(Default)]
pub(crate) struct Log {
    records: Mutex<Vec<Record>>,
    grown: Condvar,
}

impl Log {
    pub fn push(&self, record: Record) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        self.grown.notify_all();
    }

    pub fn all(&self) -> Vec<Record> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn clear(&self) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Waits until there are at least so many records; false if the time is up first.
    pub fn wait_for(&self, count: usize, limit: Duration) -> bool {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.grown.wait_timeout_while(records, limit, |records| records.len() < count);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}
