//! Why a call failed, for C.

use super::boundary;
use super::constants::{RS_AUTH_STATUS_INVALID_ARGUMENT, STATUS_NAMES, rs_auth_status};
use super::short_text::short_text;
use super::text::LazyText;
use crate::error::{AuthError, Stage};
use std::ffi::c_char;
use std::ptr;

/// Why a call failed. Never holds a secret. Immutable: any thread may read it. Its strings live until
/// rs_auth_error_free().
pub struct rs_auth_error {
    core: AuthError,
    message: LazyText,
    hint: LazyText,
    short_text: LazyText,
    sqlstate: LazyText,
    stage: LazyText,
    plugin: LazyText,
    service_code: LazyText,
    request_id: LazyText,
}

impl rs_auth_error {
    pub(super) fn new(core: AuthError) -> Self {
        Self {
            core,
            message: LazyText::default(),
            hint: LazyText::default(),
            short_text: LazyText::default(),
            sqlstate: LazyText::default(),
            stage: LazyText::default(),
            plugin: LazyText::default(),
            service_code: LazyText::default(),
            request_id: LazyText::default(),
        }
    }
}

fn text(error: Option<&rs_auth_error>, body: fn(&rs_auth_error) -> *const c_char) -> *const c_char {
    boundary::value(ptr::null(), || error.map_or(ptr::null(), body))
}

/// The status that the call returned. RS_AUTH_STATUS_INVALID_ARGUMENT for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_status(error: Option<&rs_auth_error>) -> rs_auth_status {
    error.map_or(RS_AUTH_STATUS_INVALID_ARGUMENT, |error| error.core.status().number())
}

/// What went wrong: one paragraph in plain words.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_message(error: Option<&rs_auth_error>) -> *const c_char {
    text(error, |error| error.message.of(Some(error.core.message())))
}

/// What to do about it. NULL if nothing better is known than the message.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_hint(error: Option<&rs_auth_error>) -> *const c_char {
    text(error, |error| error.hint.of(error.core.hint_text()))
}

/// Cause, code and hint in at most 250 bytes, cut between characters: for drivers with small diagnostic buffers.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_short_text(error: Option<&rs_auth_error>) -> *const c_char {
    text(error, |error| error.short_text.of(Some(&short_text(&error.core))))
}

/// The SQLSTATE of the status: five characters, for SQLGetDiagRec.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_sqlstate(error: Option<&rs_auth_error>) -> *const c_char {
    text(error, |error| error.sqlstate.of(Some(error.core.status().sqlstate())))
}

/// Where in the login it went wrong: settings, idp, browser, assertion, aws (the credentials chain and the metadata
/// services), sts, redshift or cache. NULL if it belongs to none of them.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_stage(error: Option<&rs_auth_error>) -> *const c_char {
    text(error, |error| error.stage.of(error.core.stage().map(Stage::name)))
}

/// The canonical name of the plugin that was at work. NULL if none was.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_plugin(error: Option<&rs_auth_error>) -> *const c_char {
    text(error, |error| error.plugin.of(error.core.plugin()))
}

/// The service's own code, for example AccessDenied, AADSTS50076, invalid_grant or E0000004. NULL if it gave none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_service_code(error: Option<&rs_auth_error>) -> *const c_char {
    text(error, |error| error.service_code.of(error.core.code()))
}

/// The request id to quote to AWS. NULL if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_request_id(error: Option<&rs_auth_error>) -> *const c_char {
    text(error, |error| error.request_id.of(error.core.request()))
}

/// The HTTP status of the answer that was the cause. 0: none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_http_status(error: Option<&rs_auth_error>) -> i32 {
    error.and_then(|error| error.core.http()).map_or(0, i32::from)
}

/// Whether the same call may succeed when it is made again unchanged.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_is_retryable(error: Option<&rs_auth_error>) -> bool {
    error.is_some_and(|error| error.core.is_retryable())
}

/// Ends an error. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_error_free(error: Option<Box<rs_auth_error>>) {
    boundary::value((), || drop(error));
}

/// The name of a status, for example "RS_AUTH_STATUS_TIMEOUT"; "RS_AUTH_STATUS_UNKNOWN" for a number that this build
/// does not know. A static string: never freed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_status_name(status: rs_auth_status) -> *const c_char {
    STATUS_NAMES.iter().find(|entry| entry.0 == status).map_or(c"RS_AUTH_STATUS_UNKNOWN", |entry| entry.1).as_ptr()
}
