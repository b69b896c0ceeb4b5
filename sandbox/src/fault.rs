//! Scripted faults: which request is to go wrong, and how.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::http::Request;
use crate::service::Call;

/// Something that goes wrong with the requests it matches. Also read as JSON, see the control endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only requests to this service.
    #[serde(default)]
    pub service: Option<String>,
    /// Only requests for this operation.
    #[serde(default)]
    pub operation: Option<String>,
    /// Only requests whose path begins with this.
    #[serde(default)]
    pub path: Option<String>,
    /// The first so many matches are let through.
    #[serde(default)]
    pub skip: u32,
    /// It happens so many times, then never again; 0: for ever.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens.
    pub action: FaultAction,
}

fn once() -> u32 {
    1
}

/// What happens to a request instead of, or to, its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultAction {
    /// An error as the service itself would spell it: XML or JSON, with a request id.
    Error {
        /// The AWS error code.
        code: String,
        /// The AWS error message.
        message: String,
        /// The HTTP status.
        status: u16,
    },
    /// This answer.
    Respond {
        /// The HTTP status.
        status: u16,
        /// Headers beside `Date` and `Content-Length`.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// 429 or 503 with `Retry-After`, in the service's own spelling of throttling.
    Throttle {
        /// The HTTP status.
        status: u16,
        /// Seconds.
        retry_after: u32,
    },
    /// 307 to this URL.
    Redirect {
        /// The `Location`.
        location: String,
    },
    /// The right answer, so much later.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// No answer; the connection stays open until the client leaves.
    Stall,
    /// Half of the answer, then nothing; the connection stays open until the client leaves.
    StallInBody,
    /// The connection closes in good order without an answer.
    Close,
    /// RST instead of an answer.
    Reset,
    /// RST in the middle of the headers.
    ResetInHeaders,
    /// RST in the middle of the body.
    ResetInBody,
    /// Half of the body that `Content-Length` promises, then an orderly close.
    Truncate,
    /// Status 200 and the service's media type, but the body is noise.
    Garbage,
    /// Not HTTP at all.
    NotHttp,
    /// The right answer under another media type.
    ContentType {
        /// The media type.
        value: String,
    },
    /// A body of so many bytes under the right answer's head.
    Huge {
        /// Bytes.
        bytes: usize,
    },
    /// The same, but the head does not say how many.
    Endless {
        /// Bytes.
        bytes: usize,
    },
    /// The right answer in small pieces.
    Drip {
        /// Bytes a piece.
        bytes: usize,
        /// Milliseconds between them.
        pause_ms: u64,
    },
}

impl FaultAction {
    /// Its name, as JSON spells it.
    pub(crate) fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(serde_json::Value::Object(object)) => object.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

impl Fault {
    /// For every request, once.
    #[must_use]
    pub fn any(action: FaultAction) -> Self {
        Self { service: None, operation: None, path: None, skip: 0, times: 1, action }
    }

    /// For an operation, once. The operation's name alone tells the service well enough.
    #[must_use]
    pub fn on(operation: &str, action: FaultAction) -> Self {
        Self { operation: Some(operation.to_owned()), ..Self::any(action) }
    }

    /// For a service, once.
    #[must_use]
    pub fn on_service(service: &str, action: FaultAction) -> Self {
        Self { service: Some(service.to_owned()), ..Self::any(action) }
    }

    /// For paths that begin so, once.
    #[must_use]
    pub fn on_path(path: &str, action: FaultAction) -> Self {
        Self { path: Some(path.to_owned()), ..Self::any(action) }
    }

    /// From the n-th match on, counted from 1.
    #[must_use]
    pub fn from_nth(self, n: u32) -> Self {
        Self { skip: n.saturating_sub(1), ..self }
    }

    /// So many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// For ever.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(0)
    }

    fn matches(&self, request: &Request, call: &Call) -> bool {
        self.service.as_ref().is_none_or(|service| service == call.service)
            && self.operation.as_ref().is_none_or(|operation| *operation == call.operation)
            && self.path.as_ref().is_none_or(|path| request.path().starts_with(path.as_str()))
    }
}

/// The faults still to come, in the order in which they were scripted.
#[derive(Default)]
pub(crate) struct Script(Mutex<Vec<Fault>>);

impl Script {
    pub fn push(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn pending(&self) -> Vec<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What happens to this request. The first fault that matches and no longer skips is used up by one; those that still skip count it.
    pub fn take(&self, request: &Request, call: &Call) -> Option<FaultAction> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for index in 0..faults.len() {
            let fault = &mut faults[index];
            if !fault.matches(request, call) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            let action = fault.action.clone();
            match fault.times {
                0 => {}
                1 => drop(faults.remove(index)),
                _ => fault.times -= 1,
            }
            return Some(action);
        }
        None
    }
}
