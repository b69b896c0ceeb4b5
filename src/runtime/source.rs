//! Where settings come from: an array of key/values or one string, `DSN=` through odbc.ini, and beneath them all what
//! `RS_AUTH_SETTINGS` and `RS_AUTH_SETTINGS_FILE` add for drivers that drop keys they do not know.

use crate::dsn::keys::nearest_of;
use crate::dsn::method;
use crate::dsn::odbc_ini;
use crate::dsn::parse::{self, Pairs};
use crate::dsn::settings::{Settings, Source};
use crate::error::{AuthError, Stage, Status};
use crate::ports::env::Env;
use crate::ports::files::Files;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// odbc.ini and the settings file are read up to this size.
const LARGEST_FILE: u64 = 1024 * 1024;

/// The settings of an array of key/values.
pub(crate) fn settings_of_pairs(pairs: &[(&str, &str)], source: Source) -> Result<Settings, AuthError> {
    let name = data_source_name(pairs);
    layered(Settings::from_pairs(pairs.iter().copied(), source), name, false)
}

/// The same as far as they can be read, and what cannot: for who tells about them.
pub(crate) fn settings_and_faults(pairs: &[(&str, &str)], source: Source) -> (Settings, Vec<AuthError>) {
    let mut settings = Settings::from_pairs(pairs.iter().copied(), source);
    let faults = [
        add_data_source(&mut settings, data_source_name(pairs), false),
        add_variable(&mut settings),
        add_file(&mut settings),
    ];
    (settings, faults.into_iter().filter_map(Result::err).collect())
}

/// Whether an array of key/values asks for a login of ours. Settings that cannot be read are the login's to report; a data
/// source that is not found is the driver's.
pub(crate) fn wants_login(pairs: &[(&str, &str)]) -> bool {
    match settings_of_pairs(pairs, Source::Argument) {
        Ok(settings) => method::wants_login(&settings),
        Err(error) => error.status() != Status::ProfileNotFound,
    }
}

/// The settings of a connection string or URL.
pub(crate) fn settings_of_string(text: &str) -> Result<Settings, AuthError> {
    let pairs = parse::any(text)?;
    let name = data_source_name(&pairs);
    layered(Settings::from_pairs(pairs, Source::ConnectionString), name, true)
}

/// A connection string or URL taken apart, `DSN=` expanded: the string's own keys win over the file's.
pub(crate) fn pairs_of_string(text: &str) -> Result<Pairs, AuthError> {
    let own = parse::any(text)?;
    let Some(name) = data_source_name(&own) else { return Ok(own) };
    let (_, mut pairs) = data_source(&name)?;
    pairs.extend(own);
    Ok(pairs)
}

/// Adds the layers beneath. `by_name`: the data source must be found.
fn layered(mut settings: Settings, name: Option<String>, by_name: bool) -> Result<Settings, AuthError> {
    add_data_source(&mut settings, name, by_name)?;
    add_variable(&mut settings)?;
    add_file(&mut settings)?;
    Ok(settings)
}

fn add_data_source(settings: &mut Settings, name: Option<String>, by_name: bool) -> Result<(), AuthError> {
    let Some(name) = name else { return Ok(()) };
    match data_source(&name) {
        Ok((file, pairs)) => settings.layer_under(pairs, Source::OdbcIni { file, section: name }),
        // A driver that hands over an array may have its data sources elsewhere and pass the name along.
        Err(_) if !by_name && settings.values().next().is_some() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// The data source that the pairs name; the last name counts.
pub(super) fn data_source_name<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> Option<String> {
    let mut given = pairs.iter().rev().map(|(key, value)| (key.as_ref().trim(), value.as_ref()));
    given.find(|(key, value)| key.eq_ignore_ascii_case("DSN") && !value.is_empty()).map(|(_, value)| value.to_owned())
}

/// `$ODBCINI`, `~/.odbc.ini`, `$ODBCSYSINI/odbc.ini`, `/etc/odbc.ini`: the first that has the section.
fn data_source(name: &str) -> Result<(String, Pairs), AuthError> {
    let mut looked_at = Vec::new();
    let mut known = Vec::new();
    for path in odbc_ini_files() {
        let shown = path.display().to_string();
        match Files::real().read_text(&path, LARGEST_FILE) {
            Ok(text) => {
                if let Some(pairs) = odbc_ini::section(&text, name) {
                    return Ok((shown, pairs));
                }
                known.extend(odbc_ini::sections(&text).into_iter().map(str::to_owned));
                looked_at.push(shown);
            }
            Err(reason) if reason.kind() == ErrorKind::NotFound => {}
            Err(reason) => looked_at.push(format!("{shown} ({reason})")),
        }
    }
    let files = if looked_at.is_empty() { "there is no odbc.ini".to_owned() } else { looked_at.join(", ") };
    let message = format!("no data source named {name} was found ({files})");
    let error = AuthError::new(Status::ProfileNotFound, Stage::Settings, message);
    Err(match nearest_of(name, known.iter().map(String::as_str)) {
        Some(nearest) => error.hint(format!("did you mean {nearest}?")),
        None => error.hint("look at the name, and at the variables ODBCINI and ODBCSYSINI"),
    })
}

fn odbc_ini_files() -> Vec<PathBuf> {
    [
        Env::real().get_set("ODBCINI").map(PathBuf::from),
        Env::real().get_set("HOME").map(|home| PathBuf::from(home).join(".odbc.ini")),
        Env::real().get_set("ODBCSYSINI").map(|folder| PathBuf::from(folder).join("odbc.ini")),
        Some(PathBuf::from("/etc/odbc.ini")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn add_variable(settings: &mut Settings) -> Result<(), AuthError> {
    if let Some(text) = Env::real().get_set("RS_AUTH_SETTINGS") {
        let pairs = parse::connection_string(&text).map_err(|error| within("RS_AUTH_SETTINGS", &error))?;
        settings.layer_under(pairs, Source::EnvironmentSettings);
    }
    Ok(())
}

fn add_file(settings: &mut Settings) -> Result<(), AuthError> {
    if let Some(path) = Env::real().get_set("RS_AUTH_SETTINGS_FILE") {
        let text = Files::real().read_text(Path::new(&path), LARGEST_FILE).map_err(|reason| {
            AuthError::invalid_setting(format!(
                "The file {path} that RS_AUTH_SETTINGS_FILE names cannot be read: {reason}."
            ))
        })?;
        let pairs = parse::settings_file(&text).map_err(|error| within(&path, &error))?;
        settings.layer_under(pairs, Source::SettingsFile(path));
    }
    Ok(())
}

fn within(place: &str, error: &AuthError) -> AuthError {
    AuthError::invalid_setting(format!("In {place}: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_name_of_a_data_source_counts() {
        let pairs = [("dsn", "a"), ("DSN", "b"), ("Dsn", "")];
        assert_eq!(data_source_name(&pairs).as_deref(), Some("b"));
    }

    #[test]
    fn a_data_source_that_no_file_has_names_the_files() {
        let error = settings_of_string("DSN=there is no such data source").unwrap_err();
        assert_eq!(error.status(), Status::ProfileNotFound);
        assert!(settings_of_string("Host=x").is_ok());
    }
}
