//! Understanding a DSN, caches, versions.

use super::boundary;
use super::constants::{RS_AUTH_ABI_VERSION, rs_auth_status};
use super::error::rs_auth_error;
use super::handle::Out;
use super::kv::rs_auth_dsn_kv;
use super::login::with_options;
use super::once_box::OnceBox;
use super::options::rs_auth_options;
use super::text::{self, CText};
use crate::dsn::catalogue;
use crate::dsn::settings::Source;
use crate::error::AuthError;
use crate::plugin::registry;
use crate::runtime;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr;

/// Says what a login would do, without doing it: offline, no network, no secrets. JSON: every value that would be used
/// and where it came from, unknown keys with the nearest known name, the plugin, the requests.
///
/// @param dsn_kv      the DSN; NULL only with length 0.
/// @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
/// @param options     NULL for the defaults.
/// @param out_json    receives the report; end it with rs_auth_string_free().
/// @param out_error   receives the reason of a failure; may be NULL.
/// @return RS_AUTH_STATUS_OK for any DSN that can be read: its faults stand in the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_explain(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_json: Option<&mut MaybeUninit<*mut c_char>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_json, "out_json")?;
        // SAFETY: by the contract of the header.
        let pairs = unsafe { text::pairs(dsn_kv, dsn_kv_len) }?;
        let report = with_options(options, |options| runtime::explain(&pairs, options))?;
        out.set(text::owned(&report));
        Ok(())
    })
}

/// Checks step by step what stands in the way of a login, and logs in for real, past the cache. It opens no browser
/// without an event callback. Its own time limit is 20 seconds unless the options set one. The report is JSON.
///
/// @param dsn_kv      the DSN; NULL only with length 0.
/// @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
/// @param options     NULL for the defaults.
/// @param out_json    receives the report; end it with rs_auth_string_free().
/// @param out_error   receives the reason of a failure; may be NULL.
/// @return RS_AUTH_STATUS_OK whenever a report was made, whatever it says. RS_AUTH_STATUS_CANCELLED without one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_doctor(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_json: Option<&mut MaybeUninit<*mut c_char>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_json, "out_json")?;
        // SAFETY: by the contract of the header.
        let pairs = unsafe { text::pairs(dsn_kv, dsn_kv_len) }?;
        let report = with_options(options, |options| runtime::doctor(&pairs, options))?;
        out.set(text::owned(&report));
        Ok(())
    })
}

/// Wipes and ends a string that this library made for the caller. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_string_free(string: *mut c_char) {
    // SAFETY: NULL or a string of ours, by the contract of the header.
    boundary::value((), || unsafe { text::end_owned(string) });
}

/// Every plugin and every key with type, default, aliases, secrecy and help, as JSON: for DSN dialogs. A static string:
/// never freed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_catalogue_json() -> *const c_char {
    static CATALOGUE: OnceBox<CText> = OnceBox::new();
    boundary::value(ptr::null(), || CATALOGUE.get_or_make(|| CText::new(&catalogue::json(&registry::all()))).as_ptr())
}

/// The names as C strings, made once.
fn plugin_names() -> &'static [CText] {
    static NAMES: OnceBox<Vec<CText>> = OnceBox::new();
    NAMES.get_or_make(|| registry::names().map(CText::new).collect())
}

/// How many plugins are built in.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_plugin_count() -> usize {
    boundary::value(0, || plugin_names().len())
}

/// The canonical name of a plugin, counted from 0. NULL past the end. A static string: never freed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_plugin_name(index: usize) -> *const c_char {
    boundary::value(ptr::null(), || plugin_names().get(index).map_or(ptr::null(), CText::as_ptr))
}

/// Forgets what is stored for this DSN, in memory and on disk.
///
/// @param dsn_kv      the DSN; an empty one is RS_AUTH_STATUS_INVALID_ARGUMENT.
/// @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
/// @param options     those of the login (the cache scope counts); NULL for the defaults.
/// @param out_error   receives the reason of a failure; may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_forget(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        // SAFETY: by the contract of the header.
        let pairs = unsafe { text::pairs(dsn_kv, dsn_kv_len) }?;
        if pairs.is_empty() {
            return Err(AuthError::invalid_argument("dsn_kv is empty: rs_auth_forget_all() forgets everything"));
        }
        let settings = runtime::settings_of_pairs(&pairs, Source::Argument)?;
        with_options(options, |options| runtime::forget(&settings, options))
    })
}

/// Forgets everything that is stored for this user of the operating system, in memory and on disk.
///
/// @param out_error  receives the reason of a failure; may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_forget_all(out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>) -> rs_auth_status {
    boundary::status(out_error, runtime::forget_all)
}

/// RS_AUTH_ABI_VERSION of the library that is loaded; compare it with that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_abi_version() -> u32 {
    RS_AUTH_ABI_VERSION
}

/// The version of the library that is loaded, for a log: "1.0.0 (git abcdef, aws-lc ...)". A static string: never freed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_version() -> *const c_char {
    const VERSION: &str =
        concat!(env!("CARGO_PKG_VERSION"), " (git ", env!("RS_AUTH_GIT"), ", aws-lc ", env!("RS_AUTH_AWS_LC"), ")\0");
    CStr::from_bytes_until_nul(VERSION.as_bytes()).map_or(ptr::null(), CStr::as_ptr)
}
