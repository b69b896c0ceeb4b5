//! The one error type: a status, a stage, a sentence in plain words and, where one is known, a hint.
//!
//! No secret ever enters an error: messages name keys, hosts, roles and codes, never values of secret keys.

use std::fmt;

/// Status numbers of the C interface. Fixed for ever: numbers are added, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[allow(missing_docs)] // each number is documented in the header
pub enum Status {
    Ok = 0,
    InvalidArgument = 1,
    Busy = 2,
    NotSupported = 3,
    InvalidSetting = 100,
    MissingSetting = 101,
    UnknownPlugin = 102,
    ProfileNotFound = 103,
    Network = 200,
    Tls = 201,
    Proxy = 202,
    IdpRejected = 300,
    MfaRequired = 301,
    IdpUnexpected = 302,
    AssertionInvalid = 303,
    RoleNotAllowed = 304,
    NoBrowser = 305,
    Listener = 306,
    AccessDenied = 400,
    NotFound = 401,
    Throttled = 402,
    Service = 403,
    NoAwsCredentials = 404,
    Timeout = 500,
    Cancelled = 501,
    Internal = 900,
    System = 901,
}

/// Every status with its name in C and its SQLSTATE, in the order of the header.
const STATUSES: [(Status, &str, &str); 27] = [
    (Status::Ok, "RS_AUTH_STATUS_OK", "00000"),
    (Status::InvalidArgument, "RS_AUTH_STATUS_INVALID_ARGUMENT", "HY009"),
    (Status::Busy, "RS_AUTH_STATUS_BUSY", "HY010"),
    (Status::NotSupported, "RS_AUTH_STATUS_NOT_SUPPORTED", "HYC00"),
    (Status::InvalidSetting, "RS_AUTH_STATUS_INVALID_SETTING", "HY024"),
    (Status::MissingSetting, "RS_AUTH_STATUS_MISSING_SETTING", "HY024"),
    (Status::UnknownPlugin, "RS_AUTH_STATUS_UNKNOWN_PLUGIN", "HY024"),
    (Status::ProfileNotFound, "RS_AUTH_STATUS_PROFILE_NOT_FOUND", "HY024"),
    (Status::Network, "RS_AUTH_STATUS_NETWORK", "08001"),
    (Status::Tls, "RS_AUTH_STATUS_TLS", "08001"),
    (Status::Proxy, "RS_AUTH_STATUS_PROXY", "08001"),
    (Status::IdpRejected, "RS_AUTH_STATUS_IDP_REJECTED", "28000"),
    (Status::MfaRequired, "RS_AUTH_STATUS_MFA_REQUIRED", "28000"),
    (Status::IdpUnexpected, "RS_AUTH_STATUS_IDP_UNEXPECTED", "28000"),
    (Status::AssertionInvalid, "RS_AUTH_STATUS_ASSERTION_INVALID", "28000"),
    (Status::RoleNotAllowed, "RS_AUTH_STATUS_ROLE_NOT_ALLOWED", "28000"),
    (Status::NoBrowser, "RS_AUTH_STATUS_NO_BROWSER", "28000"),
    (Status::Listener, "RS_AUTH_STATUS_LISTENER", "08001"),
    (Status::AccessDenied, "RS_AUTH_STATUS_ACCESS_DENIED", "28000"),
    (Status::NotFound, "RS_AUTH_STATUS_NOT_FOUND", "08001"),
    (Status::Throttled, "RS_AUTH_STATUS_THROTTLED", "08001"),
    (Status::Service, "RS_AUTH_STATUS_SERVICE", "08001"),
    (Status::NoAwsCredentials, "RS_AUTH_STATUS_NO_AWS_CREDENTIALS", "28000"),
    (Status::Timeout, "RS_AUTH_STATUS_TIMEOUT", "HYT00"),
    (Status::Cancelled, "RS_AUTH_STATUS_CANCELLED", "HY008"),
    (Status::Internal, "RS_AUTH_STATUS_INTERNAL", "HY000"),
    (Status::System, "RS_AUTH_STATUS_SYSTEM", "HY000"),
];

impl Status {
    /// The number in the C interface.
    #[must_use]
    pub const fn number(self) -> i32 {
        // A fieldless `repr(i32)` enum: the only cast that cannot lose anything.
        #[allow(clippy::as_conversions)]
        {
            self as i32
        }
    }

    /// The status with this number, if there is one.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        STATUSES.iter().map(|entry| entry.0).find(|status| status.number() == number)
    }

    /// The name of the macro in the header.
    #[must_use]
    pub fn name(self) -> &'static str {
        STATUSES.iter().find(|entry| entry.0 == self).map_or("RS_AUTH_STATUS_INTERNAL", |entry| entry.1)
    }

    /// The SQLSTATE an ODBC driver reports for it.
    #[must_use]
    pub fn sqlstate(self) -> &'static str {
        STATUSES.iter().find(|entry| entry.0 == self).map_or("HY000", |entry| entry.2)
    }
}

/// Where in a login it went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
#[allow(dead_code)] // browser, assertion and disk cache have their stage before they are built in
pub enum Stage {
    Settings,
    Idp,
    Browser,
    Assertion,
    /// The AWS credentials chain, with the metadata services.
    Aws,
    Sts,
    Redshift,
    Cache,
}

impl Stage {
    /// The word that `rs_auth_error_stage` gives.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Idp => "idp",
            Self::Browser => "browser",
            Self::Assertion => "assertion",
            Self::Aws => "aws",
            Self::Sts => "sts",
            Self::Redshift => "redshift",
            Self::Cache => "cache",
        }
    }

    /// The stage of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        use Stage::{Assertion, Aws, Browser, Cache, Idp, Redshift, Settings, Sts};
        let stages = [Settings, Idp, Browser, Assertion, Aws, Sts, Redshift, Cache];
        stages.into_iter().find(|stage| stage.name() == name)
    }
}

/// Why a call failed. Cheap to move, cheap to clone for those who waited for the same login.
#[derive(Debug, Clone)]
pub struct AuthError(Box<Details>);

#[derive(Debug, Clone)]
struct Details {
    status: Status,
    stage: Option<Stage>,
    message: String,
    hint: Option<String>,
    plugin: Option<String>,
    service_code: Option<String>,
    request_id: Option<String>,
    http_status: Option<u16>,
    retryable: bool,
}

impl AuthError {
    /// An error of `stage` with a message for a person: one paragraph, plain words, no secrets.
    #[must_use]
    pub fn new(status: Status, stage: Stage, message: impl Into<String>) -> Self {
        Self::build(status, Some(stage), message.into())
    }

    /// The C caller broke the contract.
    #[must_use]
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::build(Status::InvalidArgument, None, message.into())
    }

    /// A setting is malformed, out of range or in conflict with another.
    #[must_use]
    pub fn invalid_setting(message: impl Into<String>) -> Self {
        Self::new(Status::InvalidSetting, Stage::Settings, message)
    }

    /// A required setting is absent; the message names it and its aliases.
    #[must_use]
    pub fn missing_setting(message: impl Into<String>) -> Self {
        Self::new(Status::MissingSetting, Stage::Settings, message)
    }

    /// A status that belongs to no stage of a login.
    #[must_use]
    pub fn of_call(status: Status, message: impl Into<String>) -> Self {
        Self::build(status, None, message.into())
    }

    fn build(status: Status, stage: Option<Stage>, message: String) -> Self {
        let retryable = matches!(status, Status::Network | Status::Throttled | Status::Timeout | Status::System);
        Self(Box::new(Details {
            status,
            stage,
            message,
            hint: None,
            plugin: None,
            service_code: None,
            request_id: None,
            http_status: None,
            retryable,
        }))
    }

    /// Adds the words of whoever refused, already fit to be shown.
    #[must_use]
    pub fn and_message(mut self, words: &str) -> Self {
        if !words.is_empty() {
            self.0.message = format!("{}: {words}", self.0.message);
        }
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds what to do about it where nothing better has been told.
    #[must_use]
    pub fn or_hint(mut self, hint: &str) -> Self {
        self.0.hint.get_or_insert_with(|| hint.to_owned());
        self
    }

    /// Adds the canonical name of the plugin that was at work. The first one told stays.
    #[must_use]
    pub fn of_plugin(mut self, plugin: impl Into<String>) -> Self {
        if self.0.plugin.is_none() {
            self.0.plugin = Some(plugin.into());
        }
        self
    }

    /// Adds the service's own code, such as `AccessDenied`.
    #[must_use]
    pub fn service_code(mut self, code: impl Into<String>) -> Self {
        self.0.service_code = Some(code.into());
        self
    }

    /// Adds the request id to quote to AWS.
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(id.into());
        self
    }

    /// Adds the HTTP status of the answer.
    #[must_use]
    pub fn http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// Overrides whether the same call may succeed when it is made again.
    #[must_use]
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// The stage, if the failure belongs to one.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        self.0.stage
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The hint, if there is one.
    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The plugin, if one was at work.
    #[must_use]
    pub fn plugin(&self) -> Option<&str> {
        self.0.plugin.as_deref()
    }

    /// The service's code, if it gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.service_code.as_deref()
    }

    /// The service's request id, if it gave one.
    #[must_use]
    pub fn request(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The HTTP status of the answer, if there was one.
    #[must_use]
    pub fn http(&self) -> Option<u16> {
        self.0.http_status
    }

    /// Whether the same call may succeed when it is made again unchanged.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for AuthError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_finds_its_status_again() {
        for (status, name, sqlstate) in STATUSES {
            assert_eq!(Status::from_number(status.number()), Some(status), "{name}");
            assert_eq!(status.name(), name);
            assert_eq!(status.sqlstate(), sqlstate);
            assert_eq!(sqlstate.len(), 5);
        }
        assert_eq!(Status::from_number(4), None);
    }

    #[test]
    fn the_first_plugin_named_stays() {
        let error = AuthError::missing_setting("x").of_plugin("Okta").of_plugin("Profile");
        assert_eq!(error.plugin(), Some("Okta"));
    }
}
