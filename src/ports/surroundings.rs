//! What a login depends on besides its settings: environment variables and files that the AWS SDK or we read.

use super::env::Env;
use super::files::{Files, Stamp};
use crate::dsn::keys::SECRET_SOURCES;
use crate::dsn::settings::Settings;
use crate::os::environment::{self, Beginnings};
use crate::os::privileges;
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use zeroize::Zeroizing;

/// Beginnings of the variables that can change which keys are found, where requests go, or what is trusted. More than are
/// read today, so that a variable that the SDK learns to read needs no line here. The first three name files.
static VARIABLES: Beginnings = Beginnings::new([
    HOME,
    CONFIG_FILE,
    CREDENTIALS_FILE,
    b"AWS_",
    b"SSL_CERT_",
    SETTINGS_FILE,
    b"RS_AUTH_SETTINGS",
    b"RS_AUTH_ENDPOINT_SUFFIXES=",
]);
const HOME: &[u8] = b"HOME=";
const CONFIG_FILE: &[u8] = b"AWS_CONFIG_FILE=";
const CREDENTIALS_FILE: &[u8] = b"AWS_SHARED_CREDENTIALS_FILE=";
const SETTINGS_FILE: &[u8] = b"RS_AUTH_SETTINGS_FILE=";

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
        // Just the room that is needed: what grows leaves copies of keys behind.
        let mut length: usize = 0;
        environment::look(|environment| {
            environment.each(&VARIABLES, |_, variable| {
                length = length.saturating_add(variable.to_bytes_with_nul().len());
            });
        });
        let mut environment = Zeroizing::new(Vec::with_capacity(length));
        let Glance { os_user, files } = look(|variable| environment.extend_from_slice(variable.to_bytes_with_nul()));
        Self { os_user, environment, files: files.to_vec() }
    }

    /// `NAME=value` of each variable.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &CStr> {
        self.environment.split_inclusive(|byte| *byte == 0).filter_map(|text| CStr::from_bytes_with_nul(text).ok())
    }

    /// Whether `RS_AUTH_SETTINGS_FILE` names a file.
    pub(crate) fn has_settings_file(&self) -> bool {
        let file = self.variables().find_map(|variable| variable.to_bytes().strip_prefix(SETTINGS_FILE));
        file.is_some_and(|file| !file.is_empty())
    }
}

/// What one look at the surroundings of every login finds besides variables.
pub(crate) struct Glance {
    pub(crate) os_user: u32,
    pub(crate) files: [Option<Stamp>; 2],
}

/// The same as [`Surroundings::of_every_login`], but nothing is copied: each variable (`NAME=value`) is shown to `with`.
pub(crate) fn look(mut with: impl FnMut(&CStr)) -> Glance {
    environment::look(|environment| {
        let mut named = NamedFiles::default();
        environment.each(&VARIABLES, |place, variable| {
            named.note(place, variable);
            with(variable);
        });
        Glance { os_user: privileges::effective_user(), files: named.stamps() }
    })
}

/// The values of [`HOME`], [`CONFIG_FILE`] and [`CREDENTIALS_FILE`].
#[derive(Default)]
struct NamedFiles<'a>([Option<&'a [u8]>; 3]);

impl<'a> NamedFiles<'a> {
    /// Of several variables of one name the first counts, as for `getenv`.
    fn note(&mut self, place: usize, variable: &'a CStr) {
        if let Some(value) = self.0.get_mut(place).filter(|value| value.is_none()) {
            *value = [HOME, CONFIG_FILE, CREDENTIALS_FILE]
                .get(place)
                .and_then(|name| variable.to_bytes().strip_prefix(*name));
        }
    }

    /// The versions of both files of the AWS tools: each has a variable that names it, and a place below the home directory
    /// where there is none or an empty one.
    fn stamps(self) -> [Option<Stamp>; 2] {
        let [home, config, credentials] = self.0.map(|value| value.filter(|value| !value.is_empty()));
        if let (Some(config), Some(credentials)) = (config, credentials)
            && config == credentials
        {
            return [stamp(config); 2];
        }
        let home = home.unwrap_or_default();
        if config.is_none() && credentials.is_none() {
            return usual_files(home);
        }
        [(config, "/.aws/config"), (credentials, "/.aws/credentials")].map(|(named, usual)| match named {
            Some(path) => stamp(path),
            None => stamp_below(home, usual),
        })
    }
}

/// The files of the home directory. Where the directory of both was missing, one look tells that it still is.
fn usual_files(home: &[u8]) -> [Option<Stamp>; 2] {
    static WAS_MISSING: AtomicBool = AtomicBool::new(false);
    let directory = || stamp_below(home, "/.aws");
    if WAS_MISSING.load(Ordering::Relaxed) && directory().is_none() {
        return [None; 2];
    }
    let files = ["/.aws/config", "/.aws/credentials"].map(|file| stamp_below(home, file));
    WAS_MISSING.store(files == [None; 2] && directory().is_none(), Ordering::Relaxed);
    files
}

fn stamp(path: &[u8]) -> Option<Stamp> {
    Files::real().stamp(Path::new(OsStr::from_bytes(path)))
}

/// The stamp of a file below a directory, whose path needs no memory where it is as short as they mostly are.
fn stamp_below(directory: &[u8], rest: &str) -> Option<Stamp> {
    let mut room = [0; 256];
    let length = directory.len().saturating_add(rest.len());
    match room.get_mut(..length).and_then(|room| room.split_at_mut_checked(directory.len())) {
        Some((start, end)) => {
            start.copy_from_slice(directory);
            end.copy_from_slice(rest.as_bytes());
            stamp(room.get(..length).unwrap_or_default())
        }
        None => stamp(&[directory, rest.as_bytes()].concat()),
    }
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
        let mut seen = Vec::new();
        let glance = look(|variable| seen.push(variable.to_owned()));
        assert!(seen.iter().map(CString::as_c_str).eq(copied.variables()));
        assert_eq!((glance.os_user, glance.files.as_slice()), (copied.os_user, copied.files.as_slice()));
    }

    /// The stamps where these are the variables, of which each begins with the name at its place.
    fn stamps(variables: &[(usize, &str)]) -> [Option<Stamp>; 2] {
        let name = |place: usize| str::from_utf8([HOME, CONFIG_FILE, CREDENTIALS_FILE][place]).unwrap();
        let texts: Vec<_> = variables
            .iter()
            .map(|(place, value)| (*place, CString::new(format!("{}{value}", name(*place))).unwrap()))
            .collect();
        let mut named = NamedFiles::default();
        for (place, text) in &texts {
            named.note(*place, text);
        }
        named.stamps()
    }

    #[test]
    fn files_are_named_by_variables_or_lie_below_the_home_directory() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            (path.to_str().unwrap().to_owned(), Files::real().stamp(&path))
        };
        let home = directory.path().to_str().unwrap();
        let absent = |what: &[(usize, &str)]| assert_eq!(stamps(what), [None, None]);
        let (here, there) = (file("a", "1"), file("b", "23"));
        // Without the directory, again and again; then with it, and with one file and both in it.
        (0..3).for_each(|_| absent(&[(0, home)]));
        std::fs::create_dir(directory.path().join(".aws")).unwrap();
        (0..3).for_each(|_| absent(&[(0, home)]));
        let credentials = file(".aws/credentials", "1");
        assert_eq!(stamps(&[(0, home)]), [None, credentials.1]);
        let config = file(".aws/config", "23");
        assert_eq!(stamps(&[(0, home)]), [config.1, credentials.1]);
        assert_eq!(stamps(&[(0, home), (1, &here.0)]), [here.1, credentials.1]);
        assert_eq!(stamps(&[(2, &there.0), (0, home)]), [config.1, there.1]);
        assert_eq!(stamps(&[(1, &here.0), (2, &there.0)]), [here.1, there.1]);
        assert_eq!(stamps(&[(1, &here.0), (2, &here.0)]), [here.1, here.1]);
        assert_eq!(stamps(&[(1, ""), (2, ""), (0, home)]), [config.1, credentials.1], "an empty one is absent");
        assert_eq!(stamps(&[(1, &here.0), (1, &there.0), (0, home)]), [here.1, credentials.1], "the first counts");
        std::fs::remove_dir_all(directory.path().join(".aws")).unwrap();
        (0..3).for_each(|_| absent(&[(0, home)]));
    }

    #[test]
    fn a_long_path_is_followed_as_a_short_one_is() {
        let directory = tempfile::tempdir().unwrap();
        let start = directory.path().as_os_str().len();
        // Around the room that there is: without the rest of the path, with it, and past both.
        for length in [255 - "/.aws/config".len(), 256 - "/.aws/config".len(), 250, 256, 300, 600] {
            let mut home = directory.path().to_str().unwrap().to_owned();
            while home.len() < length {
                home.push_str(if (home.len() - start).is_multiple_of(100) { "/" } else { "d" });
            }
            let home = home.trim_end_matches('/');
            std::fs::create_dir_all(format!("{home}/.aws")).unwrap();
            std::fs::write(format!("{home}/.aws/config"), "1").unwrap();
            let config = Files::real().stamp(Path::new(&format!("{home}/.aws/config")));
            assert!(config.is_some());
            assert_eq!(stamps(&[(0, home)]), [config, None], "{length}");
        }
    }
}
