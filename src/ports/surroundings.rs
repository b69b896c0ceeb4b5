//! What a login depends on besides its settings: environment variables and files that the AWS SDK or we read.

use super::env::Env;
use super::files::{Files, Stamp};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::os::privileges;
use std::path::{Path, PathBuf};

/// Variables that can change which keys are found, where requests go, or what is trusted.
const VARIABLES: [&str; 29] = [
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_REDSHIFT",
    "AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "RS_AUTH_ENDPOINT_SUFFIXES",
    "HOME",
];

/// The surroundings of one call.
pub(crate) struct Surroundings {
    pub(crate) os_user: u32,
    pub(crate) environment: Vec<Option<String>>,
    /// Versions of the AWS config and credentials files, which a login reads even with keys of its own (endpoints,
    /// FIPS), and of the secret sources.
    pub(crate) files: Vec<Option<Stamp>>,
}

impl Surroundings {
    /// Looks, without opening any file.
    pub(crate) fn read(settings: &Settings) -> Self {
        let (env, files) = (Env::real(), Files::real());
        let environment: Vec<_> = VARIABLES.iter().map(|name| env.get(name)).collect();
        let mut versions: Vec<_> = aws_files(&env).iter().map(|path| files.stamp(path)).collect();
        for key in [Key::PasswordSource, Key::TokenSource, Key::WebIdentityTokenSource] {
            if let Some(path) = settings.text(key).and_then(|source| source.strip_prefix("file:")) {
                versions.push(files.stamp(Path::new(path)));
            }
        }
        Self { os_user: privileges::effective_user(), environment, files: versions }
    }
}

fn aws_files(env: &Env) -> [PathBuf; 2] {
    [("AWS_CONFIG_FILE", ".aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")].map(
        |(variable, usual)| {
            env.get_set(variable)
                .map_or_else(|| PathBuf::from(env.get("HOME").unwrap_or_default()).join(usual), PathBuf::from)
        },
    )
}
