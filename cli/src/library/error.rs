//! Why a call of the library failed.

use super::text::borrowed;
use super::{Failure, rs_auth_error};
use rs_auth::capi::{
    RS_AUTH_STATUS_CANCELLED, RS_AUTH_STATUS_OK, RS_AUTH_STATUS_TIMEOUT, rs_auth_error_free, rs_auth_error_hint,
    rs_auth_error_http_status, rs_auth_error_message, rs_auth_error_plugin, rs_auth_error_request_id,
    rs_auth_error_service_code, rs_auth_error_sqlstate, rs_auth_error_stage, rs_auth_status, rs_auth_status_name,
};
use std::ffi::c_char;

/// What the library tells of a failure. It never holds a secret.
#[derive(Debug, Clone, Default)]
pub struct Refusal {
    /// `RS_AUTH_STATUS_*`.
    pub status: i32,
    /// What went wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The class of the error in SQL.
    pub sqlstate: Option<String>,
    /// Where in the login.
    pub stage: Option<String>,
    /// The plugin at work.
    pub plugin: Option<String>,
    /// The service's own code.
    pub service_code: Option<String>,
    /// What AWS wants to be told.
    pub request_id: Option<String>,
    /// 0: none.
    pub http_status: i32,
}

/// The name of a status, for example `RS_AUTH_STATUS_TIMEOUT`.
pub fn status_name(status: i32) -> &'static str {
    // SAFETY: a static string.
    unsafe { borrowed(rs_auth_status_name(status)) }.unwrap_or_default()
}

/// Takes the object over that the library made; `None` for NULL.
///
/// # Safety
/// NULL, or an object of the library's that nobody else ends.
pub unsafe fn owned<T>(object: *mut T) -> Option<Box<T>> {
    // SAFETY: the caller's promise: the library makes its objects as boxes.
    (!object.is_null()).then(|| unsafe { Box::from_raw(object) })
}

/// The end of a call: what it failed with, if it did.
///
/// # Safety
/// `error` is what the call wrote to its out pointer, and is not used again.
pub unsafe fn checked(status: rs_auth_status, error: *mut rs_auth_error) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    let error = unsafe { owned(error) };
    if status == RS_AUTH_STATUS_OK {
        return Ok(());
    }
    let refusal = error.as_deref().map_or_else(|| Refusal::nameless(status), |error| Refusal::of(status, error));
    rs_auth_error_free(error);
    Err(Failure::Library(Box::new(refusal)))
}

impl Refusal {
    fn of(status: rs_auth_status, error: &rs_auth_error) -> Self {
        let text = |accessor: extern "C" fn(Option<&rs_auth_error>) -> *const c_char| {
            // SAFETY: the string lives as long as the error.
            unsafe { borrowed(accessor(Some(error))) }.map(str::to_owned)
        };
        Self {
            status,
            message: text(rs_auth_error_message).unwrap_or_default(),
            hint: text(rs_auth_error_hint),
            sqlstate: text(rs_auth_error_sqlstate),
            stage: text(rs_auth_error_stage),
            plugin: text(rs_auth_error_plugin),
            service_code: text(rs_auth_error_service_code),
            request_id: text(rs_auth_error_request_id),
            http_status: rs_auth_error_http_status(Some(error)),
        }
    }

    /// Whether the call was ended before it was done.
    pub fn is_cancelled(&self) -> bool {
        self.status == RS_AUTH_STATUS_CANCELLED
    }

    /// A question that nobody answered in time: for the library the host ended the call.
    pub fn late() -> Self {
        Self {
            status: RS_AUTH_STATUS_TIMEOUT,
            message: "nobody answered within the time limit".to_owned(),
            sqlstate: Some("HYT00".to_owned()),
            ..Self::default()
        }
    }

    /// For a status without an object, as functions have that take no `out_error`.
    pub fn nameless(status: rs_auth_status) -> Self {
        Self { status, message: format!("the library answered {}", status_name(status)), ..Self::default() }
    }
}
