//! The short way to an answer in memory: a call is known by its very input, and its DSN is not taken apart.

use super::source::data_source_name;
use super::{Outcome, Wanted, guard};
use crate::cache::input_key::{InputBuilder, InputKey};
use crate::cache::key::{self, CacheKey};
use crate::cache::shelves::Answer;
use crate::credentials::Credentials;
use crate::dsn::keys::SECRET_SOURCES;
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::login;
use crate::options::{CachePolicy, Options};
use crate::os::wipe::Depth;
use crate::ports::clock::Clock;
use crate::ports::files::Stamp;
use crate::ports::surroundings::{self, Surroundings};
use crate::process::{self, State};
use std::ffi::CStr;
use std::sync::Arc;

/// What an earlier call with this input left in memory. The pairs are taken as they came: those of a call that was answered
/// were found right then. And how deep the way there went.
pub(crate) fn known<'a>(
    pairs: impl Iterator<Item = (&'a CStr, &'a CStr)>,
    entry: Option<&str>,
    wanted: Wanted,
    options: &Options,
) -> Result<Option<(Outcome, Depth)>, AuthError> {
    if !serves(wanted, options) {
        return Ok(None);
    }
    let state = process::state();
    let Some(secret) = state.input_secret else { return Ok(None) };
    let mut builder = InputBuilder::of_input(secret);
    let glance = surroundings::look(|variable| {
        builder.terminated(variable);
    });
    let key = finish(builder, pairs, Around { entry, options, os_user: glance.os_user, files: &glance.files });
    let now = Clock::real().now_ms();
    let at_hand = state.answers.find(&key, now).map(|found| (found, Depth::ShortWay));
    let found = at_hand.or_else(|| Some((elsewhere(state, key, now)?, Depth::Any)));
    let Some((credentials, depth)) = found else { return Ok(None) };
    guard::check(options)?;
    login::accept(credentials.kind, wanted, options.accepted_kinds)?;
    Ok(Some((Outcome { credentials, from_cache: true }, depth)))
}

/// On the shelf of another thread. Apart, so that the short way needs no room for it on the stack.
#[cold]
#[inline(never)]
fn elsewhere(state: &State, key: InputKey, now_ms: i64) -> Option<Arc<Answer<Arc<Credentials>>>> {
    state.results().find_by_input(key, now_ms)
}

fn serves(wanted: Wanted, options: &Options) -> bool {
    wanted == Wanted::Login && matches!(options.cache, CachePolicy::Default | CachePolicy::Memory)
}

/// What counts besides variables and pairs.
#[derive(Clone, Copy)]
struct Around<'a> {
    entry: Option<&'a str>,
    options: &'a Options,
    os_user: u32,
    files: &'a [Option<Stamp>],
}

/// The key of what can change the answer, as it came: the variables, which are in it already, and all the rest.
fn finish<'a>(
    mut builder: InputBuilder,
    pairs: impl Iterator<Item = (&'a CStr, &'a CStr)>,
    around: Around<'_>,
) -> InputKey {
    // No variable is empty.
    builder.terminated(c"");
    builder.surroundings(key::Surroundings {
        entry: around.entry,
        scope: around.options.cache_scope.as_deref(),
        os_user: around.os_user,
        environment: &[],
        files: around.files,
        host_plugins: &around.options.plugin_identities(),
    });
    for (key, value) in pairs {
        builder.terminated(key).terminated(value);
    }
    builder.finish()
}

/// The input of a call that takes the long way, for the next one that does not have to.
pub(crate) struct Input {
    key: InputKey,
    /// As they were when the key was made.
    surroundings: Surroundings,
}

impl Input {
    /// `None`: there is no short way, because a file takes part that is not looked at here, or the policy wants none.
    pub(super) fn of<'a>(
        pairs: &[(&str, &str)],
        as_they_came: impl Iterator<Item = (&'a CStr, &'a CStr)>,
        entry: Option<&'static str>,
        wanted: Wanted,
        options: &Options,
    ) -> Option<Self> {
        if !serves(wanted, options) || data_source_name(pairs).is_some() {
            return None;
        }
        let secret = process::state().input_secret?;
        let surroundings = Surroundings::of_every_login();
        if surroundings.has_settings_file() {
            return None;
        }
        let mut builder = InputBuilder::of_input(secret);
        for variable in surroundings.variables() {
            builder.terminated(variable);
        }
        let around = Around { entry, options, os_user: surroundings.os_user, files: &surroundings.files };
        Some(Self { key: finish(builder, as_they_came, around), surroundings })
    }

    /// The input's key, and the surroundings that went into it.
    pub(super) fn apart(self) -> (InputKey, Surroundings) {
        (self.key, self.surroundings)
    }
}

/// Remembers where an input led, unless more than the input decided that.
pub(super) fn led_to(input: InputKey, result: CacheKey, settings: &Settings) {
    if settings.all_from(&Source::Argument) && !SECRET_SOURCES.iter().any(|(key, _)| settings.given(*key)) {
        process::state().results().place(input, result);
    }
}
