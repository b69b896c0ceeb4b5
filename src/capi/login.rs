//! The login functions.

use super::boundary;
use super::constants::rs_auth_status;
use super::credentials::rs_auth_credentials;
use super::error::rs_auth_error;
use super::handle::{self, Out, needed};
use super::kv::{rs_auth_dsn_kv, rs_auth_kv_list};
use super::options::rs_auth_options;
use super::text;
use crate::dsn::settings::{Settings, Source};
use crate::dsn::text as wide;
use crate::error::AuthError;
use crate::options::Options;
use crate::os::wipe::Depth;
use crate::runtime::{self, Request, Wanted};
use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// Does the one-time work (reading the TLS roots) now. Optional: the first login does it otherwise. For hosts that fork
/// while other threads are in their first login. Any thread, any number of times.
///
/// @param out_error  receives the reason of a failure; may be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_init(out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>) -> rs_auth_status {
    boundary::status(out_error, runtime::init)
}

/// Logs in as a DSN says, and gives what a driver needs to connect.
///
/// The way is chosen by plugin_name, else AuthType, else by the keys that are there: InstanceProfile, Profile,
/// AccessKeyID with SecretAccessKey, the default chain of AWS. Any thread; calls are independent of each other. The call
/// returns at its time limit at the latest, and nothing of it goes on after it returned.
///
/// @param dsn_kv           the keys and values of the DSN, unknown keys too; NULL only with length 0.
/// @param dsn_kv_len       how many entries it has, or RS_AUTH_NTS.
/// @param options          callbacks, time limit, cancel token, cache policy; NULL for the defaults.
/// @param out_credentials  receives the result; end it with rs_auth_credentials_free(). NULL after a failure.
/// @param out_error        receives the reason of a failure; end it with rs_auth_error_free(). NULL after a success. May
///                         be NULL itself.
/// @return RS_AUTH_STATUS_OK, or the number that rs_auth_error_status() gives too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_of_array(dsn_kv, dsn_kv_len, None, Wanted::Login, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() for one string: an ODBC connection string, the name of a DSN ("DSN=..."), or a
/// jdbc:redshift: or redshift:// URL.
///
/// @param connection_string  NUL-terminated UTF-8.
/// @param options            NULL for the defaults.
/// @param out_credentials    receives the result; end it with rs_auth_credentials_free().
/// @param out_error          receives the reason of a failure; may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_get_credentials_from_string(
    connection_string: *const c_char,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_credentials, "out_credentials")?;
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        let string = unsafe { text::argument(connection_string, "connection_string") }?;
        login(runtime::settings_of_string(string)?, options, out)
    })
}

/// rs_auth_get_credentials_from_string() for UTF-16 in native byte order: the SQLWCHAR of unixODBC and Windows.
///
/// @param connection_string  UTF-16.
/// @param len                its length in code units, or RS_AUTH_NTS: up to the first unit that is 0.
/// @param options            NULL for the defaults.
/// @param out_credentials    receives the result; end it with rs_auth_credentials_free().
/// @param out_error          receives the reason of a failure; may be NULL.
/// @return RS_AUTH_STATUS_INVALID_ARGUMENT with the position of a unit that is not UTF-16.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_get_credentials_from_utf16(
    connection_string: *const u16,
    len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_credentials, "out_credentials")?;
        needed(NonNull::new(connection_string.cast_mut()), "connection_string")?;
        // SAFETY: not NULL, and as long as `len` says, by the contract of the header.
        let units = unsafe { text::array(connection_string, len, "connection_string", |unit| *unit == 0) }?;
        login(runtime::settings_of_string(&wide::from_utf16(units)?)?, options, out)
    })
}

/// rs_auth_get_credentials_from_string() for UTF-32 in native byte order: the SQLWCHAR of iODBC, which has four bytes.
///
/// @param connection_string  UTF-32.
/// @param len                its length in code units, or RS_AUTH_NTS: up to the first unit that is 0.
/// @param options            NULL for the defaults.
/// @param out_credentials    receives the result; end it with rs_auth_credentials_free().
/// @param out_error          receives the reason of a failure; may be NULL.
/// @return RS_AUTH_STATUS_INVALID_ARGUMENT with the position of a unit that is not UTF-32.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_get_credentials_from_utf32(
    connection_string: *const u32,
    len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_credentials, "out_credentials")?;
        needed(NonNull::new(connection_string.cast_mut()), "connection_string")?;
        // SAFETY: not NULL, and as long as `len` says, by the contract of the header.
        let units = unsafe { text::array(connection_string, len, "connection_string", |unit| *unit == 0) }?;
        login(runtime::settings_of_string(&wide::from_utf32(units)?)?, options, out)
    })
}

/// rs_auth_get_credentials() that stops after the AWS step: the result is of the kind RS_AUTH_CREDENTIALS_KIND_AWS_KEYS.
/// For credential_process, Athena or S3 with the identity of the DSN.
///
/// @param dsn_kv           the keys and values of the DSN; NULL only with length 0.
/// @param dsn_kv_len       how many entries it has, or RS_AUTH_NTS.
/// @param options          NULL for the defaults; accepted kinds are not looked at.
/// @param out_credentials  receives the result; end it with rs_auth_credentials_free().
/// @param out_error        receives the reason of a failure; may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_get_aws_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_of_array(dsn_kv, dsn_kv_len, None, Wanted::AwsKeys, options, out_credentials, out_error) }
}

/// Reads the server-side authentication profile that AuthProfile of the DSN names. For a driver that needs Host,
/// Database and so on of it before it logs in; the driver then leaves AuthProfile out of the login.
///
/// @param dsn_kv      the DSN, with AuthProfile, AccessKeyID and SecretAccessKey.
/// @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
/// @param options     NULL for the defaults.
/// @param out_list    receives the members of the profile; end it with rs_auth_kv_list_free().
/// @param out_error   receives the reason of a failure; may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_read_auth_profile(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_list: Option<&mut MaybeUninit<*mut rs_auth_kv_list>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_list, "out_list")?;
        // SAFETY: by the contract of the header.
        let settings = unsafe { settings_of(dsn_kv, dsn_kv_len) }?;
        let members = with_options(options, |options| runtime::read_auth_profile(settings, options))?;
        out.set(handle::into_c(rs_auth_kv_list::new(&members)));
        Ok(())
    })
}

/// The settings of a DSN that came as an array.
///
/// # Safety
/// As [`text::pairs`].
pub(super) unsafe fn settings_of(dsn_kv: *const rs_auth_dsn_kv, len: usize) -> Result<Settings, AuthError> {
    // SAFETY: the caller's promise is the same.
    runtime::settings_of_pairs(&unsafe { text::pairs(dsn_kv, len) }?, Source::Argument)
}

/// Calls `body` with the host's options, or with the defaults for NULL.
pub(super) fn with_options<T>(options: Option<&rs_auth_options>, body: impl FnOnce(&Options) -> T) -> T {
    match options {
        Some(options) => body(options.core()),
        None => body(&Options::default()),
    }
}

/// The body of every function that logs in with an array. `entry` is the canonical name of the plugin that the function
/// itself names.
///
/// # Safety
/// As [`text::pairs`].
pub(super) unsafe fn login_of_array(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    entry: Option<&'static str>,
    wanted: Wanted,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status_as_deep(out_error, || {
        let out = Out::clear(out_credentials, "out_credentials")?;
        // SAFETY: the caller's promise is the same.
        let entries = unsafe { text::entries(dsn_kv, dsn_kv_len) }?;
        let (outcome, depth) = with_options(options, |options| {
            // SAFETY: as before.
            let raw = unsafe { text::raw_pairs(entries) }?;
            if let Some(known) = runtime::known(raw.clone(), entry, wanted, options)? {
                return Ok(known);
            }
            // SAFETY: as before.
            let pairs = unsafe { text::pairs_of(entries) }?;
            Ok((runtime::login_of_pairs(&pairs, raw, entry, wanted, options)?, Depth::Any))
        })?;
        out.set(handle::into_c(rs_auth_credentials::new(outcome)));
        Ok(depth)
    })
}

/// Logs in with what a string says, and hands the result over.
fn login(
    settings: Settings,
    options: Option<&rs_auth_options>,
    out: Out<'_, rs_auth_credentials>,
) -> Result<(), AuthError> {
    let request = Request { settings, entry: None, wanted: Wanted::Login, input: None };
    let outcome = with_options(options, |options| runtime::login(request, options))?;
    out.set(handle::into_c(rs_auth_credentials::new(outcome)));
    Ok(())
}
