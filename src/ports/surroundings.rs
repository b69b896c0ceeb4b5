//! What a login depends on besides its settings: environment variables and files that the AWS SDK or we read.

use super::env::Env;
use super::files::{Files, Stamp};
use crate::dsn::keys::SECRET_SOURCES;
use crate::dsn::settings::Settings;
use crate::os::{environment, privileges};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Beginnings of the variables that can change which keys are found, where requests go, or what is trusted. More than are
/// read today, so that a variable that the SDK learns to read needs no line here.
const VARIABLES: [&[u8]; 5] = [b"AWS_", b"SSL_CERT_", b"RS_AUTH_ENDPOINT_SUFFIXES=", b"RS_AUTH_SETTINGS", b"HOME="];

/// The surroundings of one call.
pub(crate) struct Surroundings {
    pub(crate) os_user: u32,
    /// `NAME=value` of each variable, one after the other, each ended by a NUL. Keys
    /// may be among them, so it is wiped.
    pub(crate) environment: Zeroizing<Vec<u8>>,
    /// Versions of the AWS config and credentials files, which a login reads even with keys of its own (endpoints,
    /// FIPS), and of the secret sources.
    pub(crate) files: Vec<Option<Stamp>>,
}

impl Surroundings {
    /// With those that only these settings name. Looks, without opening any file.
    pub(crate) fn with_sources(mut self, settings: &Settings) -> Self {
        let (env, files) = (Env::real(), Files::real());
        for (key, _) in SECRET_SOURCES {
            let source = settings.text(key).unwrap_or_default();
            if let Some(path) = source.strip_prefix("file:") {
                self.files.push(files.stamp(Path::new(path)));
            } else if let Some(name) = source.strip_prefix("env:") {
                self.environment.extend_from_slice(env.get(name).map(Zeroizing::new).unwrap_or_default().as_bytes());
                self.environment.push(0);
            }
        }
        self
    }

    /// Those that do not depend on the settings.
    pub(crate) fn of_every_login() -> Self {
        let environment = variables();
        let mut files = Vec::with_capacity(4);
        for (variable, usual) in AWS_FILES {
            files.push(Files::real().stamp(&place(&environment, variable, usual)));
        }
        Self { os_user: privileges::effective_user(), environment, files }
    }
}

/// The variable that names a file of the AWS tools, and where it is below the home directory without it.
const AWS_FILES: [(&[u8], &[u8]); 2] =
    [(b"AWS_CONFIG_FILE=", b"/.aws/config"), (b"AWS_SHARED_CREDENTIALS_FILE=", b"/.aws/credentials")];

fn place(environment: &[u8], variable: &[u8], usual: &[u8]) -> PathBuf {
    let path = match value(environment, variable) {
        Some(place) => place.to_owned(),
        None => [value(environment, b"HOME=").unwrap_or_default(), usual].concat(),
    };
    PathBuf::from(OsString::from_vec(path))
}

/// The value of a variable among those that were found; an empty one counts as absent. `name` ends with the equals sign.
fn value<'a>(environment: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut variables = environment.split(|byte| *byte == 0);
    variables.find_map(|variable| variable.strip_prefix(name)).filter(|value| !value.is_empty())
}

fn variables() -> Zeroizing<Vec<u8>> {
    let mut length = 0_usize;
    environment::each(&VARIABLES, |variable| length = length.saturating_add(variable.len()).saturating_add(1));
    // Just the room that is needed: what grows leaves copies of keys behind, and wiping more costs time.
    let mut found = Zeroizing::new(Vec::with_capacity(length));
    environment::each(&VARIABLES, |variable| {
        found.extend_from_slice(variable);
        found.push(0);
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_directory_is_among_the_variables_and_the_path_is_not() {
        let text = String::from_utf8_lossy(&variables()).into_owned();
        let names: Vec<_> = text.split('\0').filter_map(|entry| entry.split_once('=')).map(|(name, _)| name).collect();
        assert_eq!(names.contains(&"HOME"), std::env::var_os("HOME").is_some());
        assert!(!names.contains(&"PATH"));
    }
}
