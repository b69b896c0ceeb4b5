//! Forgetting what is stored, in memory and on disk.

use super::key_ring::KeyRing;
use crate::cache::disk;
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::options::Options;
use crate::os::{privileges, signals};
use crate::plugin::registry;
use crate::ports::env::Env;
use crate::process;

/// Forgets what is stored for these settings.
pub(crate) fn forget(settings: &Settings, options: &Options) -> Result<(), AuthError> {
    settings.validate()?;
    let state = process::state();
    let mut keys = KeyRing::new(settings, None, options);
    let mut on_disk = Vec::new();
    // Whatever function it was asked for by.
    for entry in std::iter::once(None).chain(registry::names().map(Some)) {
        keys = keys.entered_by(entry);
        let (result, identity) = (keys.result(), keys.identity());
        state.results().forget(&result);
        state.identities().forget(&identity);
        state.result_flights.forget(&result);
        state.identity_flights.forget(&identity);
        on_disk.push(keys.shared_identity());
    }
    match disk::directory_of(settings, &Env::real()) {
        Ok(directory) if !privileges::raised() => {
            signals::without_signals_of_writes(|| disk::forget(&directory, &on_disk))
        }
        _ => Ok(()),
    }
}

/// Forgets everything that is stored in this process, and in the directory of this user.
pub(crate) fn forget_all() -> Result<(), AuthError> {
    let state = process::state();
    state.results().forget_all();
    state.identities().forget_all();
    state.result_flights.forget_all();
    state.identity_flights.forget_all();
    state.forget_sessions();
    let no_settings = Settings::from_pairs(Vec::<(String, String)>::new(), Source::Argument);
    match disk::directory_of(&no_settings, &Env::real()) {
        Ok(directory) if !privileges::raised() => signals::without_signals_of_writes(|| disk::forget_all(&directory)),
        _ => Ok(()),
    }
}
