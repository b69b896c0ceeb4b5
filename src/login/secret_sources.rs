//! Secrets that stand in a file or an environment variable and are read at each login: `password_source`,
//! `token_source`, `web_identity_token_source` as `file:/path` or `env:NAME`.

use crate::dsn::keys::{Key, SECRET_SOURCES};
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::ports::Ports;
use std::path::Path;
use zeroize::Zeroizing;

/// A token is a few kilobytes; a larger file is a mistake.
const LARGEST_SECRET: u64 = 1024 * 1024;

/// Fills in each secret that is given by its source.
pub(super) fn read(settings: &mut Settings, ports: &Ports) -> Result<(), AuthError> {
    for (source, secret) in SECRET_SOURCES {
        if let Some(place) = settings.text(source).map(str::to_owned) {
            let value = fetch(source, &place, ports)?;
            let origin = settings.source(source).cloned().unwrap_or(Source::Argument);
            settings.layer_over([(secret.name().to_owned(), value)], origin);
        }
    }
    // Before anybody is asked anything.
    settings.keep_back();
    Ok(())
}

fn fetch(key: Key, place: &str, ports: &Ports) -> Result<String, AuthError> {
    let name = key.name();
    let text = Zeroizing::new(if let Some(path) = place.strip_prefix("file:") {
        match ports.files.read_text(Path::new(path), LARGEST_SECRET) {
            Ok(text) => text,
            Err(reason) => {
                return Err(AuthError::invalid_setting(format!("{name}: the file {path} cannot be read: {reason}.")));
            }
        }
    } else if let Some(variable) = place.strip_prefix("env:") {
        ports.env.get(variable).ok_or_else(|| {
            AuthError::invalid_setting(format!("{name}: the environment variable {variable} is not set."))
        })?
    } else {
        return Err(AuthError::invalid_setting(format!("{name} must be file:/path or env:NAME.")));
    });
    // One line break at the end is the editor's, not the secret's.
    let text = text.strip_suffix('\n').map_or(&**text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(AuthError::invalid_setting(format!("{name}: {place} is empty.")));
    }
    Ok(text.to_owned())
}
