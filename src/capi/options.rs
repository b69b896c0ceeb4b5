//! Options and cancel tokens, for C.

use super::boundary;
use super::constants::{
    RS_AUTH_CACHE_DEFAULT, RS_AUTH_CACHE_MEMORY, RS_AUTH_CACHE_OFF, RS_AUTH_CACHE_REFRESH, rs_auth_status,
};
use super::event::{self, rs_auth_event_callback};
use super::handle::{self, needed};
use super::text::{self, CText};
use crate::cancel::CancelToken;
use crate::credentials::Kind;
use crate::error::AuthError;
use crate::log::Level;
use crate::options::{CachePolicy, Options};
use std::ffi::{c_char, c_void};
use std::ptr;
use std::time::Duration;

/// What a host wants of a call besides its DSN. Calls may share it at the same time, but it must not be changed or freed
/// during one. End it with rs_auth_options_free().
pub struct rs_auth_options(Options);

/// Cancels the calls whose options it was given to. Sticky: cancelled once, it stays so. Its functions may be called
/// from any thread at any time, but not from a signal handler. End it with rs_auth_cancel_token_free().
pub struct rs_auth_cancel_token(CancelToken);

/// Receives log lines on the thread that made the call, while it is inside the call. Secrets never appear in them.
///
/// @param user_data  what was given to rs_auth_options_set_log_callback().
/// @param level      RS_AUTH_LOG_*.
/// @param target     which part of the library speaks: login, http, cache, aws, ... Valid during the callback only.
/// @param message    the line. Valid during the callback only.
pub type rs_auth_log_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, level: i32, target: *const c_char, message: *const c_char)>;

impl rs_auth_options {
    pub(super) fn core(&self) -> &Options {
        &self.0
    }
}

/// Changes one option.
pub(super) fn change(
    options: Option<&mut rs_auth_options>,
    body: impl FnOnce(&mut Options) -> Result<(), AuthError>,
) -> rs_auth_status {
    boundary::status(None, || body(&mut needed(options, "options")?.0))
}

/// New options with the defaults: no callbacks, the time limit of the DSN, every kind of result, RS_AUTH_CACHE_DEFAULT.
///
/// @return to be ended with rs_auth_options_free(). NULL only for want of memory.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_options_new() -> *mut rs_auth_options {
    boundary::value(ptr::null_mut(), || handle::into_c(rs_auth_options(Options::default())))
}

/// Limits the whole call, from entry to return. Where this is not set, LoginTimeout of the DSN holds, and without it 60
/// seconds, plus idp_response_timeout where a person signs in.
///
/// @param options     the options.
/// @param timeout_ms  milliseconds; 0: no limit.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_options_set_timeout_ms(
    options: Option<&mut rs_auth_options>,
    timeout_ms: u64,
) -> rs_auth_status {
    change(options, |options| {
        options.timeout = Some((timeout_ms > 0).then(|| Duration::from_millis(timeout_ms)));
        Ok(())
    })
}

/// Says which kinds of result the host can use. A login that would yield another kind fails with
/// RS_AUTH_STATUS_INVALID_SETTING before any request is made or any browser opened. rs_auth_get_aws_credentials() does
/// not look at it.
///
/// @param options  the options.
/// @param kinds    bits 1 << RS_AUTH_CREDENTIALS_KIND_*. An empty mask and unknown bits are
///                 RS_AUTH_STATUS_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_options_set_accepted_kinds(
    options: Option<&mut rs_auth_options>,
    kinds: u32,
) -> rs_auth_status {
    change(options, |options| {
        let known = Kind::DbPassword.bit() | Kind::NativeToken.bit() | Kind::AwsKeys.bit();
        if kinds == 0 || kinds & !known != 0 {
            return Err(AuthError::invalid_argument(format!("kinds is {kinds:#x}: empty, or with unknown bits")));
        }
        options.accepted_kinds = Some(kinds);
        Ok(())
    })
}

/// Sends the log lines of calls with these options to a callback.
///
/// @param options    the options.
/// @param callback   runs on the thread that made the call; NULL takes the setting back.
/// @param max_level  the finest level wanted: RS_AUTH_LOG_ERROR ... RS_AUTH_LOG_TRACE.
/// @param user_data  handed to the callback as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_options_set_log_callback(
    options: Option<&mut rs_auth_options>,
    callback: rs_auth_log_callback,
    max_level: i32,
    user_data: *mut c_void,
) -> rs_auth_status {
    change(options, |options| {
        let Some(callback) = callback else {
            options.log = None;
            return Ok(());
        };
        let max_level = Level::from_number(max_level)
            .ok_or_else(|| AuthError::invalid_argument(format!("max_level {max_level} is not one of RS_AUTH_LOG_*")))?;
        let write = move |level: Level, target: &str, message: &str| {
            let (target, message) = (CText::new(target), CText::new(message));
            // SAFETY: the host gave callback and user data for this; the strings outlive the callback.
            unsafe { callback(user_data, level.number(), target.as_ptr(), message.as_ptr()) }
        };
        options.log = Some((Box::new(write), max_level));
        Ok(())
    })
}

/// Sends what a login needs of a person (a browser page, a one-time code, a choice) to a callback.
///
/// @param options    the options.
/// @param callback   runs on the thread that made the call; NULL takes the setting back.
/// @param user_data  handed to the callback as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_options_set_event_callback(
    options: Option<&mut rs_auth_options>,
    callback: rs_auth_event_callback,
    user_data: *mut c_void,
) -> rs_auth_status {
    change(options, |options| {
        options.events = callback.map(|callback| event::bridge(callback, user_data));
        Ok(())
    })
}

/// Lets a token cancel calls with these options. The options keep a reference of their own: the token may be freed
/// before them.
///
/// @param options  the options.
/// @param token    the token; NULL takes the setting back.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_options_set_cancel_token(
    options: Option<&mut rs_auth_options>,
    token: Option<&rs_auth_cancel_token>,
) -> rs_auth_status {
    change(options, |options| {
        options.cancel = token.map(|token| token.0.clone());
        Ok(())
    })
}

/// Sets what may be stored and served. DisableCache in the DSN beats every policy.
///
/// @param options  the options.
/// @param policy   RS_AUTH_CACHE_*.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_options_set_cache(options: Option<&mut rs_auth_options>, policy: i32) -> rs_auth_status {
    change(options, |options| {
        options.cache = match policy {
            RS_AUTH_CACHE_DEFAULT => CachePolicy::Default,
            RS_AUTH_CACHE_OFF => CachePolicy::Off,
            RS_AUTH_CACHE_MEMORY => CachePolicy::Memory,
            RS_AUTH_CACHE_REFRESH => CachePolicy::Refresh,
            _ => return Err(AuthError::invalid_argument(format!("policy {policy} is not one of RS_AUTH_CACHE_*"))),
        };
        Ok(())
    })
}

/// Names keys of the host's own in its DSN: no warning that they are unknown. Replaces what was set before.
///
/// @param options  the options.
/// @param keys     NUL-terminated UTF-8 strings, copied; NULL only with 0.
/// @param count    how many, or RS_AUTH_NTS: up to the first NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_options_set_host_keys(
    options: Option<&mut rs_auth_options>,
    keys: *const *const c_char,
    count: usize,
) -> rs_auth_status {
    change(options, |options| {
        // SAFETY: by the contract of the header.
        let keys = unsafe { text::array(keys, count, "keys", |key| key.is_null()) }?;
        let copied = keys.iter().enumerate().map(|(index, key)| {
            // SAFETY: NULL or NUL-terminated, by the contract of the header.
            unsafe { text::argument(*key, &format!("keys[{index}]")) }.map(str::to_owned)
        });
        options.host_keys = copied.collect::<Result<_, _>>()?;
        Ok(())
    })
}

/// Sets the scope of the cache: results are never shared between scopes. A server that logs in for many end users takes
/// one scope for each.
///
/// @param options  the options.
/// @param scope    NUL-terminated UTF-8, copied; NULL takes the setting back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_options_set_cache_scope(
    options: Option<&mut rs_auth_options>,
    scope: *const c_char,
) -> rs_auth_status {
    change(options, |options| {
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        options.cache_scope = unsafe { text::optional(scope, "scope") }?.map(str::to_owned);
        Ok(())
    })
}

/// Ends options. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_options_free(options: Option<Box<rs_auth_options>>) {
    boundary::value((), || drop(options));
}

/// A new token, not cancelled.
///
/// @return to be ended with rs_auth_cancel_token_free(). NULL only for want of memory.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_cancel_token_new() -> *mut rs_auth_cancel_token {
    boundary::value(ptr::null_mut(), || handle::into_c(rs_auth_cancel_token(CancelToken::default())))
}

/// Cancels every call that has the token in its options: within 50 ms it returns RS_AUTH_STATUS_CANCELLED. A call that
/// is made later does so without any request. A login that is finished already beats a late cancel. Any thread, any
/// number of times, from callbacks too; not from a signal handler. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_cancel_token_cancel(token: Option<&rs_auth_cancel_token>) {
    boundary::value((), || token.map_or((), |token| token.0.cancel()));
}

/// Ends the caller's reference to a token. Options that have it keep it alive. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_cancel_token_free(token: Option<Box<rs_auth_cancel_token>>) {
    boundary::value((), || drop(token));
}
