//! The result of a login.

use super::error::owned;
use super::text::borrowed;
use rs_auth::capi::{
    RS_AUTH_CREDENTIALS_KIND_AWS_KEYS, RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD, RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN,
    rs_auth_credentials, rs_auth_credentials_aws_access_key_id, rs_auth_credentials_aws_secret_access_key,
    rs_auth_credentials_aws_session_token, rs_auth_credentials_database, rs_auth_credentials_expires_at_unix_ms,
    rs_auth_credentials_free, rs_auth_credentials_from_cache, rs_auth_credentials_host,
    rs_auth_credentials_idc_client_display_name, rs_auth_credentials_identity_namespace, rs_auth_credentials_idp_type,
    rs_auth_credentials_kind, rs_auth_credentials_password, rs_auth_credentials_plugin, rs_auth_credentials_port,
    rs_auth_credentials_provider_name, rs_auth_credentials_role_arn, rs_auth_credentials_token,
    rs_auth_credentials_token_type, rs_auth_credentials_user,
};

/// What kind of result it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A database user with a temporary password.
    DatabasePassword,
    /// A token for the server.
    NativeToken,
    /// AWS keys alone.
    AwsKeys,
    /// Of a newer library.
    Unknown,
}

/// The result; its secrets are wiped when it is dropped.
pub struct Credentials(*mut rs_auth_credentials);

/// Functions that lend a string of the result.
macro_rules! strings {
    ($($(#[$comment:meta])* $name:ident = $accessor:ident;)*) => {
        $($(#[$comment])*
        pub fn $name(&self) -> Option<&str> {
            // SAFETY: the string lives as long as the result.
            unsafe { borrowed($accessor(self.object())) }
        })*
    };
}

impl Credentials {
    /// # Safety
    /// From a login, and not used elsewhere.
    pub(super) unsafe fn new(handle: *mut rs_auth_credentials) -> Self {
        Self(handle)
    }

    /// For a call.
    pub(super) fn object(&self) -> Option<&rs_auth_credentials> {
        // SAFETY: made by a login, ended by `drop`, and borrowed as this is.
        unsafe { self.0.as_ref() }
    }

    /// Which of the functions below answer.
    pub fn kind(&self) -> Kind {
        match rs_auth_credentials_kind(self.object()) {
            RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD => Kind::DatabasePassword,
            RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN => Kind::NativeToken,
            RS_AUTH_CREDENTIALS_KIND_AWS_KEYS => Kind::AwsKeys,
            _ => Kind::Unknown,
        }
    }

    strings! {
        /// The database user.
        user = rs_auth_credentials_user;
        /// Its temporary password. A secret.
        password = rs_auth_credentials_password;
        /// Where to connect.
        host = rs_auth_credentials_host;
        /// The database.
        database = rs_auth_credentials_database;
        /// The token for the server. A secret.
        token = rs_auth_credentials_token;
        /// What kind of token.
        token_type = rs_auth_credentials_token_type;
        /// Whose token.
        idp_type = rs_auth_credentials_idp_type;
        /// What the server calls the provider.
        identity_namespace = rs_auth_credentials_identity_namespace;
        /// The same, by another name.
        provider_name = rs_auth_credentials_provider_name;
        /// What IAM Identity Center shows.
        idc_client_display_name = rs_auth_credentials_idc_client_display_name;
        /// The AWS key's name.
        aws_access_key_id = rs_auth_credentials_aws_access_key_id;
        /// The AWS key. A secret.
        aws_secret_access_key = rs_auth_credentials_aws_secret_access_key;
        /// What goes with a temporary key. A secret.
        aws_session_token = rs_auth_credentials_aws_session_token;
        /// The role that was assumed.
        role_arn = rs_auth_credentials_role_arn;
        /// Which way the login took.
        plugin = rs_auth_credentials_plugin;
    }

    /// The port, where it is known.
    pub fn port(&self) -> Option<u16> {
        Some(rs_auth_credentials_port(self.object())).filter(|port| *port != 0)
    }

    /// When it ends, in milliseconds since 1970, where that is known.
    pub fn expires_at_unix_ms(&self) -> Option<i64> {
        Some(rs_auth_credentials_expires_at_unix_ms(self.object())).filter(|at| *at >= 0)
    }

    /// Whether it was stored before.
    pub fn is_from_cache(&self) -> bool {
        rs_auth_credentials_from_cache(self.object())
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        // SAFETY: made by a login and ended here only.
        rs_auth_credentials_free(unsafe { owned(self.0) });
    }
}
