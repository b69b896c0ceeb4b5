//! The numbers of the header. A test holds those that the core has too equal to the core's.

use std::ffi::CStr;

/// Version of the binary interface: the number in the library's soname. It changes only when a program that was
/// compiled against an older header could break. See rs_auth_abi_version().
pub const RS_AUTH_ABI_VERSION: u32 = 1;

/// The result of a call: RS_AUTH_STATUS_OK or the number of a failure. Numbers are added, never changed or removed;
/// treat a number you do not know as a failure.
pub type rs_auth_status = i32;

/// The call did what it was asked. SQLSTATE 00000.
pub const RS_AUTH_STATUS_OK: rs_auth_status = 0;
/// The caller broke the contract of this header: NULL where an object is needed, bad UTF-8, an unknown number.
/// A fault of the calling program, not of its user. SQLSTATE HY009.
pub const RS_AUTH_STATUS_INVALID_ARGUMENT: rs_auth_status = 1;
/// A login was started from inside a callback. SQLSTATE HY010.
pub const RS_AUTH_STATUS_BUSY: rs_auth_status = 2;
/// Not in this build or not on this platform; the message says what. SQLSTATE HYC00.
pub const RS_AUTH_STATUS_NOT_SUPPORTED: rs_auth_status = 3;
/// A value of the DSN is malformed, out of range or in conflict with another. SQLSTATE HY024.
pub const RS_AUTH_STATUS_INVALID_SETTING: rs_auth_status = 100;
/// A key that the chosen way to log in needs is absent; the message names it and its aliases. SQLSTATE HY024.
pub const RS_AUTH_STATUS_MISSING_SETTING: rs_auth_status = 101;
/// plugin_name names nothing that is known; the message suggests the nearest name. SQLSTATE HY024.
pub const RS_AUTH_STATUS_UNKNOWN_PLUGIN: rs_auth_status = 102;
/// An AWS profile, an authentication profile or a section of odbc.ini is missing or unusable. SQLSTATE HY024.
pub const RS_AUTH_STATUS_PROFILE_NOT_FOUND: rs_auth_status = 103;
/// Name lookup, connect, reset or early end of a connection. SQLSTATE 08001.
pub const RS_AUTH_STATUS_NETWORK: rs_auth_status = 200;
/// Certificate or handshake; the message names the issuer that was not trusted. SQLSTATE 08001.
pub const RS_AUTH_STATUS_TLS: rs_auth_status = 201;
/// The proxy refused, or wants credentials. SQLSTATE 08001.
pub const RS_AUTH_STATUS_PROXY: rs_auth_status = 202;
/// The identity provider refused the user or the password. SQLSTATE 28000.
pub const RS_AUTH_STATUS_IDP_REJECTED: rs_auth_status = 300;
/// A second factor is needed and no event callback answered for it. SQLSTATE 28000.
pub const RS_AUTH_STATUS_MFA_REQUIRED: rs_auth_status = 301;
/// The identity provider showed a page or gave an answer of an unknown shape. SQLSTATE 28000.
pub const RS_AUTH_STATUS_IDP_UNEXPECTED: rs_auth_status = 302;
/// The SAML response or JWT is missing, malformed or without roles. SQLSTATE 28000.
pub const RS_AUTH_STATUS_ASSERTION_INVALID: rs_auth_status = 303;
/// preferred_role is not in the assertion; the message lists the roles that are. SQLSTATE 28000.
pub const RS_AUTH_STATUS_ROLE_NOT_ALLOWED: rs_auth_status = 304;
/// There is no way to show a login page here. SQLSTATE 28000.
pub const RS_AUTH_STATUS_NO_BROWSER: rs_auth_status = 305;
/// The loopback port for the answer of a browser could not be bound. SQLSTATE 08001.
pub const RS_AUTH_STATUS_LISTENER: rs_auth_status = 306;
/// AWS refused: access denied, keys that are expired or not valid. SQLSTATE 28000.
pub const RS_AUTH_STATUS_ACCESS_DENIED: rs_auth_status = 400;
/// The cluster, workgroup or custom domain name was not found. SQLSTATE 08001.
pub const RS_AUTH_STATUS_NOT_FOUND: rs_auth_status = 401;
/// Still throttled after several attempts. SQLSTATE 08001.
pub const RS_AUTH_STATUS_THROTTLED: rs_auth_status = 402;
/// Another error of an AWS service; see rs_auth_error_service_code() and rs_auth_error_request_id(). SQLSTATE 08001.
pub const RS_AUTH_STATUS_SERVICE: rs_auth_status = 403;
/// No source of AWS credentials had any; the message names each one that was tried, with its reason. SQLSTATE 28000.
pub const RS_AUTH_STATUS_NO_AWS_CREDENTIALS: rs_auth_status = 404;
/// The time limit of the call passed. SQLSTATE HYT00.
pub const RS_AUTH_STATUS_TIMEOUT: rs_auth_status = 500;
/// Cancelled by a token, or by the user who closed the prompt. SQLSTATE HY008.
pub const RS_AUTH_STATUS_CANCELLED: rs_auth_status = 501;
/// A bug of this library. SQLSTATE HY000.
pub const RS_AUTH_STATUS_INTERNAL: rs_auth_status = 900;
/// The operating system refused a thread, memory or a descriptor. SQLSTATE HY000.
pub const RS_AUTH_STATUS_SYSTEM: rs_auth_status = 901;

/// A user and a temporary password: rs_auth_credentials_user() and rs_auth_credentials_password().
pub const RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD: i32 = 1;
/// A token for the server's own identity provider authentication (authentication code 14, message 'i'):
/// rs_auth_credentials_token() and its companions.
pub const RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN: i32 = 2;
/// AWS keys and nothing more, from rs_auth_get_aws_credentials().
pub const RS_AUTH_CREDENTIALS_KIND_AWS_KEYS: i32 = 3;

/// The keywords of the Amazon Redshift ODBC driver.
pub const RS_AUTH_DIALECT_REDSHIFT_ODBC: i32 = 1;
/// The keywords of the PostgreSQL ODBC driver. It has no way to carry a native token.
pub const RS_AUTH_DIALECT_PSQLODBC: i32 = 2;
/// A conninfo string of libpq: key='value' pairs.
pub const RS_AUTH_DIALECT_LIBPQ: i32 = 3;
/// A URL of libpq: postgresql://user:password@host:port/database?sslmode=...
pub const RS_AUTH_DIALECT_URL: i32 = 4;

/// In memory; on disk only what a person had to do by hand (browser, second factor).
pub const RS_AUTH_CACHE_DEFAULT: i32 = 0;
/// Nothing is read from the cache and nothing stored.
pub const RS_AUTH_CACHE_OFF: i32 = 1;
/// In memory only.
pub const RS_AUTH_CACHE_MEMORY: i32 = 2;
/// For use after the server refused what was handed out: that alone is ignored and replaced, in memory and on disk;
/// AWS keys and refresh tokens behind it are used first.
pub const RS_AUTH_CACHE_REFRESH: i32 = 3;

/// A login failed, or will.
pub const RS_AUTH_LOG_ERROR: i32 = 1;
/// Something that the user should change.
pub const RS_AUTH_LOG_WARN: i32 = 2;
/// About one line a login.
pub const RS_AUTH_LOG_INFO: i32 = 3;
/// Decisions, and the settings they came from.
pub const RS_AUTH_LOG_DEBUG: i32 = 4;
/// Each request.
pub const RS_AUTH_LOG_TRACE: i32 = 5;

/// A login page is to be shown. Accessors: text, url. Default: the system browser; the event comes before the library
/// looks whether there is one.
pub const RS_AUTH_EVENT_OPEN_URL: i32 = 1;
/// A person is to open the URL on any device and type the code; the library polls meanwhile. Accessors: text, url, code.
/// Default: the call fails with RS_AUTH_STATUS_NO_BROWSER.
pub const RS_AUTH_EVENT_DEVICE_CODE: i32 = 2;
/// A one-time code is needed. Accessor: text. Answer: the code. Default: RS_AUTH_STATUS_MFA_REQUIRED. After a wrong
/// code it is asked again, at most twice; then the call fails with RS_AUTH_STATUS_IDP_REJECTED.
pub const RS_AUTH_EVENT_ASK_OTP: i32 = 3;
/// A number is to be shown that the user taps on the phone. Accessors: text, code. Default: the library goes on waiting.
pub const RS_AUTH_EVENT_SHOW_NUMBER: i32 = 4;
/// The user is to look at the phone. Accessor: text. Default: the library goes on waiting.
pub const RS_AUTH_EVENT_PUSH_SENT: i32 = 5;
/// The assertion allows several roles. Accessors: text, choices (role ARNs in the identity provider's order).
/// Answer: one of the choices. Default: the ARN that sorts first.
pub const RS_AUTH_EVENT_PICK_ROLE: i32 = 6;
/// There are several second factors. Accessors: text, choices (in the identity provider's order). Answer: one of the
/// choices. Default: the first factor that needs no answer, else RS_AUTH_STATUS_MFA_REQUIRED.
pub const RS_AUTH_EVENT_PICK_FACTOR: i32 = 7;
/// Another thread or process is signing in for the same identity. Accessor: text. Default: the library goes on waiting.
pub const RS_AUTH_EVENT_WAITING: i32 = 8;
/// The browser cannot reach this machine. Accessors: text, url. Answer: the URL at which the browser ended.
/// Default: RS_AUTH_STATUS_NO_BROWSER.
pub const RS_AUTH_EVENT_PASTE_URL: i32 = 9;

/// Returned by an event callback: the library does what it does without a callback. Return this for kinds you do not
/// know; so is every number taken that is not listed here.
pub const RS_AUTH_EVENT_USE_DEFAULT: i32 = 0;
/// Returned by an event callback: done, and answered with rs_auth_event_answer() where the event asks for an answer.
pub const RS_AUTH_EVENT_HANDLED: i32 = 1;
/// Returned by an event or plugin callback: the call ends with RS_AUTH_STATUS_CANCELLED.
pub const RS_AUTH_EVENT_ABORT: i32 = 2;

/// The length that says: read on to the end mark (the C idiom `SQL_NTS`). It is written by hand in the header.
pub(super) const NTS: usize = usize::MAX;

/// The names of the statuses, in the order of the header.
pub(super) const STATUS_NAMES: [(rs_auth_status, &CStr); 27] = [
    (RS_AUTH_STATUS_OK, c"RS_AUTH_STATUS_OK"),
    (RS_AUTH_STATUS_INVALID_ARGUMENT, c"RS_AUTH_STATUS_INVALID_ARGUMENT"),
    (RS_AUTH_STATUS_BUSY, c"RS_AUTH_STATUS_BUSY"),
    (RS_AUTH_STATUS_NOT_SUPPORTED, c"RS_AUTH_STATUS_NOT_SUPPORTED"),
    (RS_AUTH_STATUS_INVALID_SETTING, c"RS_AUTH_STATUS_INVALID_SETTING"),
    (RS_AUTH_STATUS_MISSING_SETTING, c"RS_AUTH_STATUS_MISSING_SETTING"),
    (RS_AUTH_STATUS_UNKNOWN_PLUGIN, c"RS_AUTH_STATUS_UNKNOWN_PLUGIN"),
    (RS_AUTH_STATUS_PROFILE_NOT_FOUND, c"RS_AUTH_STATUS_PROFILE_NOT_FOUND"),
    (RS_AUTH_STATUS_NETWORK, c"RS_AUTH_STATUS_NETWORK"),
    (RS_AUTH_STATUS_TLS, c"RS_AUTH_STATUS_TLS"),
    (RS_AUTH_STATUS_PROXY, c"RS_AUTH_STATUS_PROXY"),
    (RS_AUTH_STATUS_IDP_REJECTED, c"RS_AUTH_STATUS_IDP_REJECTED"),
    (RS_AUTH_STATUS_MFA_REQUIRED, c"RS_AUTH_STATUS_MFA_REQUIRED"),
    (RS_AUTH_STATUS_IDP_UNEXPECTED, c"RS_AUTH_STATUS_IDP_UNEXPECTED"),
    (RS_AUTH_STATUS_ASSERTION_INVALID, c"RS_AUTH_STATUS_ASSERTION_INVALID"),
    (RS_AUTH_STATUS_ROLE_NOT_ALLOWED, c"RS_AUTH_STATUS_ROLE_NOT_ALLOWED"),
    (RS_AUTH_STATUS_NO_BROWSER, c"RS_AUTH_STATUS_NO_BROWSER"),
    (RS_AUTH_STATUS_LISTENER, c"RS_AUTH_STATUS_LISTENER"),
    (RS_AUTH_STATUS_ACCESS_DENIED, c"RS_AUTH_STATUS_ACCESS_DENIED"),
    (RS_AUTH_STATUS_NOT_FOUND, c"RS_AUTH_STATUS_NOT_FOUND"),
    (RS_AUTH_STATUS_THROTTLED, c"RS_AUTH_STATUS_THROTTLED"),
    (RS_AUTH_STATUS_SERVICE, c"RS_AUTH_STATUS_SERVICE"),
    (RS_AUTH_STATUS_NO_AWS_CREDENTIALS, c"RS_AUTH_STATUS_NO_AWS_CREDENTIALS"),
    (RS_AUTH_STATUS_TIMEOUT, c"RS_AUTH_STATUS_TIMEOUT"),
    (RS_AUTH_STATUS_CANCELLED, c"RS_AUTH_STATUS_CANCELLED"),
    (RS_AUTH_STATUS_INTERNAL, c"RS_AUTH_STATUS_INTERNAL"),
    (RS_AUTH_STATUS_SYSTEM, c"RS_AUTH_STATUS_SYSTEM"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Kind;
    use crate::error::Status;
    use crate::log::Level;
    use crate::options::EventKind;

    #[test]
    fn numbers_and_names_are_those_of_the_core() {
        for (number, name) in STATUS_NAMES {
            let status = Status::from_number(number).expect("a status of the core");
            assert_eq!(status.name(), name.to_str().unwrap());
        }
        let known = (-10..1000).filter(|number| Status::from_number(*number).is_some()).count();
        assert_eq!(known, STATUS_NAMES.len());
        assert_eq!(RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD, Kind::DbPassword.number());
        assert_eq!(RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN, Kind::NativeToken.number());
        assert_eq!(RS_AUTH_CREDENTIALS_KIND_AWS_KEYS, Kind::AwsKeys.number());
        assert_eq!(RS_AUTH_LOG_ERROR, Level::Error.number());
        assert_eq!(RS_AUTH_LOG_TRACE, Level::Trace.number());
        assert_eq!(RS_AUTH_EVENT_OPEN_URL, EventKind::OpenUrl.number());
        assert_eq!(RS_AUTH_EVENT_ASK_OTP, EventKind::AskOtp.number());
        assert_eq!(RS_AUTH_EVENT_PASTE_URL, EventKind::PasteUrl.number());
    }
}
