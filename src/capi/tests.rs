//! The objects of the C interface as C sees them: through the exported functions.

mod callbacks;

use super::boundary;
use super::credentials::rs_auth_credentials;
use super::error::rs_auth_error;
use super::*;
use crate::credentials::{AwsKeys, Credentials, Kind};
use crate::dsn::plugin_names::PLUGIN_NAMES;
use crate::error::{AuthError, Stage, Status};
use crate::runtime::Outcome;
use crate::secret::secret;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;

/// What C reads at this pointer.
fn text<'a>(pointer: *const c_char) -> Option<&'a str> {
    // SAFETY: the functions of the interface return NULL or a NUL-terminated string of a live object.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap())
}

/// Takes over what C would own.
#[allow(clippy::unnecessary_box_returns)] // what a `_free` takes
fn taken<T>(pointer: *mut T) -> Box<T> {
    // SAFETY: every pointer given here was made by `into_c` and is taken once.
    unsafe { Box::from_raw(pointer) }
}

fn credentials() -> rs_auth_credentials {
    let aws = AwsKeys {
        access_key_id: "AKIA".to_owned(),
        secret_access_key: secret("aws-secret"),
        session_token: None,
        expires_at: None,
        role_arn: None,
    };
    let credentials = Credentials {
        kind: Kind::DbPassword,
        user: Some("IAM:alice".to_owned()),
        password: Some(secret("pass;word")),
        host: Some("h".to_owned()),
        port: 5439,
        database: None,
        ssl_mode: "verify-ca".to_owned(),
        ca_file: None,
        token: None,
        token_type: None,
        idp_type: None,
        identity_namespace: None,
        provider_name: None,
        idc_client_display_name: None,
        aws: Some(aws),
        expires_at: Some(1_700_000_000_000),
        plugin: "Static".to_owned(),
    };
    rs_auth_credentials::new(Outcome::new(Arc::new(credentials), true))
}

#[test]
fn credentials_lend_what_is_there_and_null_for_the_rest() {
    let result = credentials();
    let it = Some(&result);
    assert_eq!(rs_auth_credentials_kind(it), RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD);
    assert_eq!(text(rs_auth_credentials_user(it)), Some("IAM:alice"));
    assert_eq!(text(rs_auth_credentials_password(it)), Some("pass;word"));
    assert_eq!(rs_auth_credentials_password(it), rs_auth_credentials_password(it), "one string, however often");
    assert_eq!(text(rs_auth_credentials_database(it)), None);
    assert_eq!(text(rs_auth_credentials_token(it)), None);
    assert_eq!(text(rs_auth_credentials_aws_secret_access_key(it)), Some("aws-secret"));
    assert_eq!(text(rs_auth_credentials_aws_session_token(it)), None);
    assert_eq!(text(rs_auth_credentials_plugin(it)), Some("Static"));
    assert_eq!(rs_auth_credentials_port(it), 5439);
    assert_eq!(rs_auth_credentials_expires_at_unix_ms(it), 1_700_000_000_000);
    assert!(rs_auth_credentials_from_cache(it));
    assert!(rs_auth_credentials_connection_string(it, 0).is_null());
    assert!(rs_auth_credentials_connection_string(it, 5).is_null());
    let url = rs_auth_credentials_connection_string(it, RS_AUTH_DIALECT_URL);
    assert!(text(url).unwrap().starts_with("postgresql://"));
    assert_eq!(url, rs_auth_credentials_connection_string(it, RS_AUTH_DIALECT_URL));
    let mut entries = MaybeUninit::uninit();
    let count = rs_auth_credentials_kv(it, Some(&mut entries));
    assert_eq!(count, rs_auth_credentials_kv(it, None));
    // SAFETY: written by the call, `count` entries that live as long as `result`.
    let entries = unsafe { std::slice::from_raw_parts(entries.assume_init(), count) };
    assert!(entries.iter().any(|entry| text(entry.key) == Some("UID") && text(entry.value) == Some("IAM:alice")));
}

#[test]
fn an_object_may_be_read_by_many_threads_at_once() {
    let result = credentials();
    let address = (&raw const result).addr();
    let reader = move || {
        // SAFETY: the scope below ends before `result`; C reads it from any thread like this.
        let it = Some(unsafe { &*ptr::with_exposed_provenance::<rs_auth_credentials>(address) });
        let mut entries = MaybeUninit::uninit();
        rs_auth_credentials_kv(it, Some(&mut entries));
        // SAFETY: written by the call.
        (rs_auth_credentials_user(it).addr(), unsafe { entries.assume_init() }.addr())
    };
    let _ = (&raw const result).expose_provenance();
    let seen = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..8).map(|_| scope.spawn(reader)).collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn an_error_tells_all_it_knows() {
    let mut place = MaybeUninit::uninit();
    let failure = || {
        Err(AuthError::new(Status::AccessDenied, Stage::Redshift, "AWS refused")
            .hint("ask")
            .service_code("AccessDenied")
            .request_id("r-1")
            .http_status(403)
            .of_plugin("Profile"))
    };
    assert_eq!(boundary::status(Some(&mut place), failure), RS_AUTH_STATUS_ACCESS_DENIED);
    // SAFETY: written by the call.
    let error = taken(unsafe { place.assume_init() });
    let it = Some(&*error);
    assert_eq!(rs_auth_error_status(it), RS_AUTH_STATUS_ACCESS_DENIED);
    assert_eq!(text(rs_auth_error_message(it)), Some("AWS refused"));
    assert_eq!(text(rs_auth_error_hint(it)), Some("ask"));
    assert_eq!(text(rs_auth_error_short_text(it)), Some("AWS refused [AccessDenied] ask"));
    assert_eq!(text(rs_auth_error_sqlstate(it)), Some("28000"));
    assert_eq!(text(rs_auth_error_stage(it)), Some("redshift"));
    assert_eq!(text(rs_auth_error_plugin(it)), Some("Profile"));
    assert_eq!(text(rs_auth_error_service_code(it)), Some("AccessDenied"));
    assert_eq!(text(rs_auth_error_request_id(it)), Some("r-1"));
    assert_eq!(rs_auth_error_http_status(it), 403);
    assert!(!rs_auth_error_is_retryable(it));
    rs_auth_error_free(Some(error));
    let bare = rs_auth_error::new(AuthError::of_call(Status::Timeout, "late"));
    let it = Some(&bare);
    assert_eq!(
        (text(rs_auth_error_hint(it)), text(rs_auth_error_stage(it)), rs_auth_error_http_status(it)),
        (None, None, 0)
    );
    assert!(rs_auth_error_is_retryable(it));
    assert_eq!(text(rs_auth_status_name(500)), Some("RS_AUTH_STATUS_TIMEOUT"));
    assert_eq!(text(rs_auth_status_name(12345)), Some("RS_AUTH_STATUS_UNKNOWN"));
}

#[test]
fn a_panic_is_a_status_even_without_a_place_for_the_error() {
    assert_eq!(boundary::status(None, || panic!("on purpose")), RS_AUTH_STATUS_INTERNAL);
    assert_eq!(boundary::value(-1, || panic!("on purpose")), -1);
    assert_eq!(boundary::status(None, || Ok(())), RS_AUTH_STATUS_OK);
}

/// Out pointers that point at rubbish before the call.
fn dirty<T>() -> MaybeUninit<*mut T> {
    MaybeUninit::new(ptr::dangling_mut())
}

#[test]
fn out_pointers_are_null_after_a_failure_and_the_missing_one_is_named() {
    let (mut result, mut error) = (dirty(), dirty());
    let key = rs_auth_dsn_kv { key: ptr::null(), value: ptr::null() };
    // SAFETY: the array has one entry.
    let status = unsafe { rs_auth_get_credentials(&raw const key, 1, None, Some(&mut result), Some(&mut error)) };
    assert_eq!(status, RS_AUTH_STATUS_INVALID_ARGUMENT);
    // SAFETY: written by the call.
    let (result, error) = unsafe { (result.assume_init(), taken(error.assume_init())) };
    assert!(result.is_null());
    assert_eq!(text(rs_auth_error_message(Some(&error))), Some("dsn_kv[0].key is NULL"));
    let mut error = dirty();
    // SAFETY: NULL is allowed for every pointer.
    let status = unsafe { rs_auth_get_credentials_from_string(ptr::null(), None, None, Some(&mut error)) };
    assert_eq!(status, RS_AUTH_STATUS_INVALID_ARGUMENT);
    // SAFETY: written by the call.
    let error = taken(unsafe { error.assume_init() });
    assert_eq!(text(rs_auth_error_message(Some(&error))), Some("out_credentials is NULL"));
    let mut error = dirty();
    // SAFETY: NULL is allowed for every pointer.
    let status =
        unsafe { rs_auth_get_credentials_from_utf16(ptr::null(), 0, None, Some(&mut dirty()), Some(&mut error)) };
    assert_eq!(status, RS_AUTH_STATUS_INVALID_ARGUMENT);
    // SAFETY: written by the call.
    let error = taken(unsafe { error.assume_init() });
    assert_eq!(text(rs_auth_error_message(Some(&error))), Some("connection_string is NULL"));
}

type Report = unsafe extern "C" fn(
    *const rs_auth_dsn_kv,
    usize,
    Option<&rs_auth_options>,
    Option<&mut MaybeUninit<*mut c_char>>,
    Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status;

#[test]
fn reports_of_a_dsn_that_is_null_are_refused() {
    for report in [rs_auth_explain as Report, rs_auth_doctor] {
        let (mut error, mut json) = (dirty(), dirty());
        // SAFETY: NULL is what is looked at.
        let statuses = unsafe {
            [
                report(ptr::null(), 1, None, Some(&mut json), Some(&mut error)),
                report(ptr::null(), 1, None, Some(&mut dirty()), None),
            ]
        };
        assert_eq!(statuses, [RS_AUTH_STATUS_INVALID_ARGUMENT; 2]);
        // SAFETY: written by the calls.
        let (error, json) = unsafe { (taken(error.assume_init()), json.assume_init()) };
        assert!(json.is_null());
        assert!(text(rs_auth_error_message(Some(&error))).unwrap().contains("NULL"));
    }
}

#[test]
fn plugins_are_named_in_the_order_of_the_header() {
    let names: Vec<_> = (0..rs_auth_plugin_count()).map(|index| text(rs_auth_plugin_name(index)).unwrap()).collect();
    let header = PLUGIN_NAMES.iter().map(|plugin| plugin.name).filter(|name| names.contains(name));
    assert_eq!(names, header.collect::<Vec<_>>(), "in the order of the header");
    assert!(names.ends_with(&["Static", "Profile", "InstanceProfile", "Default"]));
    assert!(rs_auth_plugin_name(names.len()).is_null());
}

#[test]
fn an_explanation_is_made_of_any_dsn_and_of_no_broken_argument() {
    let dsn = rs_auth_dsn_kv { key: c"Prot".as_ptr(), value: c"5439".as_ptr() };
    for (dsn_kv, len) in [(&raw const dsn, 1), (ptr::null(), 0)] {
        let (mut error, mut json) = (dirty(), dirty());
        // SAFETY: one entry, or an empty DSN.
        let status = unsafe { rs_auth_explain(dsn_kv, len, None, Some(&mut json), Some(&mut error)) };
        assert_eq!(status, RS_AUTH_STATUS_OK);
        // SAFETY: written by the call.
        let (error, json) = unsafe { (error.assume_init(), json.assume_init()) };
        assert!(error.is_null());
        let report = text(json).unwrap();
        assert_eq!(report.contains("did you mean Port?"), len == 1, "{report}");
        // SAFETY: a string of the library, ended once.
        unsafe { rs_auth_string_free(json) };
    }
    let mut json = dirty();
    // SAFETY: NULL is checked.
    let status = unsafe { rs_auth_explain(ptr::null(), 1, None, Some(&mut json), None) };
    assert_eq!(status, RS_AUTH_STATUS_INVALID_ARGUMENT);
    // SAFETY: set on entry.
    assert!(unsafe { json.assume_init() }.is_null());
    // SAFETY: NULL is checked.
    assert_eq!(unsafe { rs_auth_explain(&raw const dsn, 1, None, None, None) }, RS_AUTH_STATUS_INVALID_ARGUMENT);
}

#[test]
fn an_empty_dsn_cannot_be_forgotten() {
    // SAFETY: NULL with length 0 is an empty DSN.
    assert_eq!(unsafe { rs_auth_forget(ptr::null(), 0, None, None) }, RS_AUTH_STATUS_INVALID_ARGUMENT);
    let key = rs_auth_dsn_kv { key: c"UID".as_ptr(), value: c"alice".as_ptr() };
    // SAFETY: one entry. Whatever else it says, it is a DSN.
    assert_ne!(unsafe { rs_auth_forget(&raw const key, 1, None, None) }, RS_AUTH_STATUS_INVALID_ARGUMENT);
}

#[test]
fn an_empty_dsn_wants_no_login_and_an_unreadable_one_is_told_apart() {
    // SAFETY: NULL with length 0 is an empty DSN.
    assert_eq!(unsafe { rs_auth_wants_login(ptr::null(), 0) }, 0);
    // SAFETY: NULL is checked.
    assert_eq!(unsafe { rs_auth_wants_login(ptr::null(), 1) }, -1);
}

#[test]
fn options_refuse_numbers_they_do_not_know() {
    let mut options = taken(rs_auth_options_new());
    for (kinds, status) in [(0, 1), (1, 1), (1 << 4, 1), (2 | 1 << 31, 1), (2, 0), (2 | 4 | 8, 0)] {
        assert_eq!(rs_auth_options_set_accepted_kinds(Some(&mut options), kinds), status, "{kinds:#x}");
    }
    for (policy, status) in [(-1, 1), (4, 1), (0, 0), (3, 0)] {
        assert_eq!(rs_auth_options_set_cache(Some(&mut options), policy), status, "{policy}");
    }
    for (level, status) in [(0, 1), (6, 1), (1, 0), (5, 0)] {
        // SAFETY: the callback is never called.
        let refused = unsafe {
            rs_auth_options_set_log_callback(Some(&mut options), Some(callbacks::on_log), level, ptr::null_mut())
        };
        assert_eq!(refused, status, "{level}");
    }
    // SAFETY: NULL is allowed.
    assert_eq!(unsafe { rs_auth_options_set_log_callback(Some(&mut options), None, 99, ptr::null_mut()) }, 0);
    assert!(options.core().log.is_none());
    assert_eq!(rs_auth_options_set_timeout_ms(Some(&mut options), 0), 0);
    assert_eq!(options.core().timeout, Some(None));
    assert_eq!(rs_auth_options_set_timeout_ms(Some(&mut options), u64::MAX), 0);
    assert_eq!(rs_auth_options_set_timeout_ms(None, 1), RS_AUTH_STATUS_INVALID_ARGUMENT);
    let keys = [c"App".as_ptr(), c"Fetch".as_ptr(), ptr::null()];
    // SAFETY: the arrays and strings live here.
    unsafe {
        assert_eq!(rs_auth_options_set_host_keys(Some(&mut options), keys.as_ptr(), usize::MAX), 0);
        assert_eq!(options.core().host_keys, ["App", "Fetch"]);
        assert_eq!(rs_auth_options_set_host_keys(Some(&mut options), keys.as_ptr(), 3), 1, "the third is NULL");
        assert_eq!(options.core().host_keys, ["App", "Fetch"], "a refused list changes nothing");
        assert_eq!(rs_auth_options_set_host_keys(Some(&mut options), ptr::null(), 0), 0);
        assert!(options.core().host_keys.is_empty());
        assert_eq!(rs_auth_options_set_cache_scope(Some(&mut options), c"alice".as_ptr()), 0);
        assert_eq!(options.core().cache_scope.as_deref(), Some("alice"));
        assert_eq!(rs_auth_options_set_cache_scope(Some(&mut options), c"\xff".as_ptr()), 1);
        assert_eq!(rs_auth_options_set_cache_scope(Some(&mut options), ptr::null()), 0);
        assert_eq!(options.core().cache_scope, None);
    }
    rs_auth_options_free(Some(options));
}

#[test]
fn a_token_outlives_its_owner_in_the_options() {
    let mut options = taken(rs_auth_options_new());
    let token = taken(rs_auth_cancel_token_new());
    assert_eq!(rs_auth_options_set_cancel_token(Some(&mut options), Some(&token)), 0);
    rs_auth_cancel_token_cancel(Some(&token));
    rs_auth_cancel_token_free(Some(token));
    assert!(options.core().cancel.as_ref().unwrap().is_cancelled());
    assert_eq!(rs_auth_options_set_cancel_token(Some(&mut options), None), 0);
    assert!(options.core().cancel.is_none());
    rs_auth_cancel_token_cancel(None);
}
