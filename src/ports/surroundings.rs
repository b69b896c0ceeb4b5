//! What a login depends on besides its settings: environment variables and files that the AWS SDK or we read.

use super::env::Env;
use super::files::{Files, Stamp};
use crate::dsn::keys::SECRET_SOURCES;
use crate::dsn::settings::Settings;
use crate::os::environment::{self, Beginnings, Environment};
use crate::os::privileges;
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use zeroize::Zeroizing;

/// Beginnings of the variables that can change which keys are found, where requests go, or what is trusted. More than are
/// read today, so that a variable that the SDK learns to read needs no line here.
static VARIABLES: Beginnings<5> =
    Beginnings::new([b"AWS_", b"SSL_CERT_", b"RS_AUTH_ENDPOINT_SUFFIXES=", b"RS_AUTH_SETTINGS", b"HOME="]);

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
        look(|glance| {
            // Just the room that is needed: what grows leaves copies of keys behind.
            let length = glance.variables().map(|variable| variable.to_bytes_with_nul().len()).sum();
            let mut environment = Zeroizing::new(Vec::with_capacity(length));
            for variable in glance.variables() {
                environment.extend_from_slice(variable.to_bytes_with_nul());
            }
            Self { os_user: glance.os_user, environment, files: glance.files.to_vec() }
        })
    }

    /// `NAME=value` of each variable.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &CStr> + Clone {
        self.environment.split_inclusive(|byte| *byte == 0).filter_map(|text| CStr::from_bytes_with_nul(text).ok())
    }

    /// Whether `RS_AUTH_SETTINGS_FILE` names a file.
    pub(crate) fn has_settings_file(&self) -> bool {
        let [file] = values([b"RS_AUTH_SETTINGS_FILE="], self.variables());
        file.is_some()
    }
}

/// The same as [`Surroundings::of_every_login`], but for one look, and nothing of it is copied.
pub(crate) struct Glance<'a> {
    environment: Environment<'a>,
    pub(crate) os_user: u32,
    pub(crate) files: [Option<Stamp>; 2],
}

impl<'a> Glance<'a> {
    /// `NAME=value` of each variable.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &'a CStr> + Clone + use<'a> {
        self.environment.variables(&VARIABLES)
    }
}

/// Looks at the surroundings as they are now.
pub(crate) fn look<T>(body: impl FnOnce(Glance<'_>) -> T) -> T {
    environment::look(|environment| {
        let files = aws_files(environment.variables(&VARIABLES));
        body(Glance { environment, os_user: privileges::effective_user(), files })
    })
}

/// The versions of both files of the AWS tools: each has a variable that names it, and a place below the home directory
/// without that.
fn aws_files<'a>(variables: impl Iterator<Item = &'a CStr>) -> [Option<Stamp>; 2] {
    let [home, config, credentials] =
        values([b"HOME=", b"AWS_CONFIG_FILE=", b"AWS_SHARED_CREDENTIALS_FILE="], variables);
    let home = home.unwrap_or_default();
    [(config, "/.aws/config"), (credentials, "/.aws/credentials")].map(|(named, usual)| match named {
        Some(path) => stamp(path),
        None => stamp_below(home, usual.as_bytes()),
    })
}

fn stamp(path: &[u8]) -> Option<Stamp> {
    Files::real().stamp(Path::new(OsStr::from_bytes(path)))
}

/// The stamp of a file below a directory, whose path needs no memory where it is as short as they mostly are.
fn stamp_below(directory: &[u8], rest: &[u8]) -> Option<Stamp> {
    let mut room = [0; 256];
    let Some((start, end)) = room.split_at_mut_checked(directory.len()) else {
        return stamp(&[directory, rest].concat());
    };
    let Some(end) = end.get_mut(..rest.len()) else { return stamp(&[directory, rest].concat()) };
    start.copy_from_slice(directory);
    end.copy_from_slice(rest);
    stamp(room.get(..directory.len().saturating_add(rest.len())).unwrap_or_default())
}

/// The values of variables among these; an empty one counts as absent, and the first of a name counts. The names end with
/// the equals sign.
fn values<'a, const N: usize>(names: [&[u8]; N], variables: impl Iterator<Item = &'a CStr>) -> [Option<&'a [u8]>; N] {
    let mut found = [None; N];
    for variable in variables {
        for (name, found) in names.iter().zip(&mut found) {
            if found.is_none() {
                *found = variable.to_bytes().strip_prefix(*name);
            }
        }
    }
    found.map(|value| value.filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    #[test]
    fn the_home_directory_is_among_the_variables_and_the_path_is_not() {
        let surroundings = Surroundings::of_every_login();
        let has =
            |beginning: &[u8]| surroundings.variables().any(|variable| variable.to_bytes().starts_with(beginning));
        assert_eq!(has(b"HOME="), std::env::var_os("HOME").is_some());
        assert!(!has(b"PATH="));
    }

    #[test]
    fn a_glance_sees_what_is_copied() {
        let copied = Surroundings::of_every_login();
        look(|glance| {
            assert!(glance.variables().eq(copied.variables()));
            assert_eq!((glance.os_user, glance.files.as_slice()), (copied.os_user, copied.files.as_slice()));
        });
    }

    #[test]
    fn the_first_of_a_name_counts_and_an_empty_one_is_absent() {
        let among = |variables: &[&'static CStr]| {
            let [a, b] = values([b"A=", b"B="], variables.iter().copied());
            [a, b].map(|value| value.map(|value| str::from_utf8(value).unwrap()))
        };
        assert_eq!(among(&[c"AB=3", c"B=1", c"A=2", c"B=4"]), [Some("2"), Some("1")]);
        assert_eq!(among(&[c"A=", c"A=1"]), [None, None]);
    }

    #[test]
    fn the_files_are_named_by_variables_or_lie_below_the_home_directory() {
        let directory = tempfile::tempdir().unwrap();
        let below = |levels: usize| {
            let home = directory.path().join("long-name".repeat(10) + "/").join("a/".repeat(levels));
            std::fs::create_dir_all(home.join(".aws")).unwrap();
            home
        };
        // One fits into the room, one alone does and with the rest does not, one is longer than that.
        let room = 256 - directory.path().as_os_str().len();
        for levels in [0, (room - 95) / 2, 120] {
            let home = below(levels);
            for (name, place) in [("config", 0), ("credentials", 1)] {
                let (file, other) = (home.join(".aws").join(name), home.join("named"));
                let variables = |named: &str| {
                    let home = format!("HOME={}", home.display());
                    let variable = ["AWS_CONFIG_FILE=", "AWS_SHARED_CREDENTIALS_FILE="][place];
                    [home, format!("{variable}{named}")].map(|variable| CString::new(variable).unwrap())
                };
                let stamp = |named: &str| aws_files(variables(named).iter().map(CString::as_c_str))[place];
                assert_eq!(stamp(""), None, "{name}");
                std::fs::write(&file, "1").unwrap();
                assert_eq!(stamp(""), Files::real().stamp(&file), "{name}");
                assert!(stamp("").is_some());
                std::fs::write(&other, "23").unwrap();
                assert_eq!(stamp(other.to_str().unwrap()), Files::real().stamp(&other), "{name}");
                std::fs::remove_file(&other).unwrap();
                assert_eq!(stamp(other.to_str().unwrap()), None);
            }
        }
    }
}
