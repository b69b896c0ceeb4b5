//! Where a value came from, for explain and for errors.

use std::fmt;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The key/value array of the call.
    Argument,
    /// A connection string or URL.
    ConnectionString,
    /// A section of an odbc.ini.
    OdbcIni {
        /// Its path.
        file: String,
        /// The DSN's name.
        section: String,
    },
    /// A profile of the AWS configuration files.
    Profile(String),
    /// An authentication profile stored in Redshift.
    AuthProfile(String),
    /// The environment variable `RS_AUTH_SETTINGS`.
    EnvironmentSettings,
    /// The file that `RS_AUTH_SETTINGS_FILE` names.
    SettingsFile(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => f.write_str("the arguments of the call"),
            Self::ConnectionString => f.write_str("the connection string"),
            Self::OdbcIni { file, section } => write!(f, "section [{section}] of {file}"),
            Self::Profile(name) => write!(f, "the AWS profile {name}"),
            Self::AuthProfile(name) => write!(f, "the authentication profile {name}"),
            Self::EnvironmentSettings => f.write_str("the environment variable RS_AUTH_SETTINGS"),
            Self::SettingsFile(path) => write!(f, "the settings file {path}"),
        }
    }
}
