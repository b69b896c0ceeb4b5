//! The C interface: the only place with `extern "C"`.
//!
//! Every exported function is listed here in the order of the header; a test holds this list, the header and
//! `cmake/symbols.txt` equal. Each function does the same in the same order: it sets its out pointers to NULL, checks its
//! pointers, converts its strings, calls the core and converts the result. Nothing is decided here.
//!
//! Functions are written out, since cbindgen does not see what macros make. Their `///` comments become the header's and
//! speak to C programmers; notes for Rust programmers are `//`.

#![allow(unsafe_code)]
#![allow(non_camel_case_types)] // the names of the header
#![allow(clippy::missing_safety_doc, clippy::doc_markdown)] // the comments are the header's

mod boundary;
mod constants;
mod credentials;
mod entries;
mod error;
mod event;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed;
mod handle;
mod kv;
mod library;
mod login;
mod once_box;
mod options;
mod plugin;
mod short_text;
#[cfg(feature = "test-hooks")]
mod test_hooks;
#[cfg(test)]
mod tests;
mod text;

pub use constants::*;
pub use credentials::rs_auth_credentials;
pub use error::rs_auth_error;
pub use event::{rs_auth_event, rs_auth_event_callback};
pub use kv::{rs_auth_dsn_kv, rs_auth_kv_list};
pub use options::{rs_auth_cancel_token, rs_auth_log_callback, rs_auth_options};
pub use plugin::{rs_auth_plugin_callback, rs_auth_plugin_reply, rs_auth_plugin_request};

#[cfg(feature = "test-hooks")]
pub use test_hooks::rs_auth_test_panic;

// Login
#[rustfmt::skip]
pub use login::{
    rs_auth_init,
    rs_auth_get_credentials,
    rs_auth_get_credentials_from_string,
    rs_auth_get_credentials_from_utf16,
    rs_auth_get_credentials_from_utf32,
    rs_auth_get_aws_credentials,
    rs_auth_read_auth_profile,
};

// Keys and values
#[rustfmt::skip]
pub use kv::{
    rs_auth_parse_connection_string,
    rs_auth_parse_connection_string_utf16,
    rs_auth_kv_list_get,
    rs_auth_kv_list_free,
    rs_auth_wants_login,
    rs_auth_merge,
};

// One entry point a plugin
#[rustfmt::skip]
pub use entries::{
    rs_auth_adfs_get_credentials,
    rs_auth_azure_ad_get_credentials,
    rs_auth_browser_azure_ad_get_credentials,
    rs_auth_browser_azure_ad_oauth2_get_credentials,
    rs_auth_browser_saml_get_credentials,
    rs_auth_browser_okta_saml_get_credentials,
    rs_auth_okta_get_credentials,
    rs_auth_ping_get_credentials,
    rs_auth_jwt_get_credentials,
    rs_auth_jwt_iam_get_credentials,
    rs_auth_basic_saml_get_credentials,
    rs_auth_basic_native_saml_get_credentials,
    rs_auth_idp_token_get_credentials,
    rs_auth_browser_idc_get_credentials,
    rs_auth_external_get_credentials,
    rs_auth_iam_keys_get_credentials,
    rs_auth_profile_get_credentials,
    rs_auth_instance_profile_get_credentials,
    rs_auth_default_chain_get_credentials,
};

// Credentials
#[rustfmt::skip]
pub use credentials::{
    rs_auth_credentials_kind,
    rs_auth_credentials_user,
    rs_auth_credentials_password,
    rs_auth_credentials_host,
    rs_auth_credentials_port,
    rs_auth_credentials_database,
    rs_auth_credentials_token,
    rs_auth_credentials_token_type,
    rs_auth_credentials_idp_type,
    rs_auth_credentials_identity_namespace,
    rs_auth_credentials_provider_name,
    rs_auth_credentials_idc_client_display_name,
    rs_auth_credentials_aws_access_key_id,
    rs_auth_credentials_aws_secret_access_key,
    rs_auth_credentials_aws_session_token,
    rs_auth_credentials_role_arn,
    rs_auth_credentials_expires_at_unix_ms,
    rs_auth_credentials_from_cache,
    rs_auth_credentials_plugin,
    rs_auth_credentials_kv,
    rs_auth_credentials_connection_string,
    rs_auth_credentials_free,
};

// Errors
#[rustfmt::skip]
pub use error::{
    rs_auth_error_status,
    rs_auth_error_message,
    rs_auth_error_hint,
    rs_auth_error_short_text,
    rs_auth_error_sqlstate,
    rs_auth_error_stage,
    rs_auth_error_plugin,
    rs_auth_error_service_code,
    rs_auth_error_request_id,
    rs_auth_error_http_status,
    rs_auth_error_is_retryable,
    rs_auth_error_free,
    rs_auth_status_name,
};

// Options and cancel tokens
#[rustfmt::skip]
pub use options::{
    rs_auth_options_new,
    rs_auth_options_set_timeout_ms,
    rs_auth_options_set_accepted_kinds,
    rs_auth_options_set_log_callback,
    rs_auth_options_set_event_callback,
    rs_auth_options_set_cancel_token,
    rs_auth_options_set_cache,
    rs_auth_options_set_host_keys,
    rs_auth_options_set_cache_scope,
    rs_auth_options_free,
    rs_auth_cancel_token_new,
    rs_auth_cancel_token_cancel,
    rs_auth_cancel_token_free,
};

// Events
#[rustfmt::skip]
pub use event::{
    rs_auth_event_kind,
    rs_auth_event_text,
    rs_auth_event_url,
    rs_auth_event_code,
    rs_auth_event_choice_count,
    rs_auth_event_choice,
    rs_auth_event_answer,
};

// A plugin of the host's own
#[rustfmt::skip]
pub use plugin::{
    rs_auth_options_add_plugin,
    rs_auth_plugin_request_get,
    rs_auth_plugin_reply_set_saml_response,
    rs_auth_plugin_reply_set_web_identity_token,
    rs_auth_plugin_reply_set_native_token,
    rs_auth_plugin_reply_set_aws_keys,
    rs_auth_plugin_reply_set_error,
};

// Understanding a DSN, caches, versions
#[rustfmt::skip]
pub use library::{
    rs_auth_explain,
    rs_auth_doctor,
    rs_auth_string_free,
    rs_auth_catalogue_json,
    rs_auth_plugin_count,
    rs_auth_plugin_name,
    rs_auth_forget,
    rs_auth_forget_all,
    rs_auth_abi_version,
    rs_auth_version,
};
