//! The short way to an answer in memory: a call is known by its very input, and its DSN is not taken apart.

use super::source::data_source_name;
use super::{Outcome, Wanted, guard};
use crate::cache::key::{self, CacheKey, KeyBuilder};
use crate::credentials::Credentials;
use crate::dsn::keys::SECRET_SOURCES;
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::login;
use crate::options::{CachePolicy, Options};
use crate::ports::clock::Clock;
use crate::ports::surroundings::Surroundings;
use crate::process;
use std::sync::Arc;

/// The input of a call: all that can change the answer, as it came.
pub(crate) struct Input {
    key: CacheKey,
    /// As they were when the key was made.
    surroundings: Surroundings,
}

impl Input {
    /// `None`: there is no short way, because a file takes part that is not looked at here, or the policy wants none.
    pub(crate) fn of(
        pairs: &[(&str, &str)],
        entry: Option<&'static str>,
        wanted: Wanted,
        options: &Options,
    ) -> Option<Self> {
        let served = wanted == Wanted::Login && matches!(options.cache, CachePolicy::Default | CachePolicy::Memory);
        if !served || data_source_name(pairs).is_some() {
            return None;
        }
        let surroundings = Surroundings::of_every_login();
        let host_plugins = options.plugin_identities();
        let mut builder = KeyBuilder::new("input");
        builder.surroundings(key::Surroundings {
            entry,
            scope: options.cache_scope.as_deref(),
            os_user: surroundings.os_user,
            environment: &surroundings.environment,
            files: &surroundings.files,
            host_plugins: &host_plugins,
        });
        for (key, value) in pairs {
            builder.pair(key, value);
        }
        Some(Self { key: builder.finish(), surroundings })
    }

    /// What an earlier call with this input left in memory.
    pub(crate) fn answer(&self, options: &Options) -> Result<Option<Outcome>, AuthError> {
        guard::check(options)?;
        let Some(credentials) = self.stored() else { return Ok(None) };
        login::accept(credentials.kind, Wanted::Login, options.accepted_kinds)?;
        Ok(Some(Outcome { credentials, from_cache: true }))
    }

    fn stored(&self) -> Option<Arc<Credentials>> {
        let state = process::state();
        let result = state.shortcuts().find(&self.key)?;
        state.results().get(&result, Clock::real().now_ms())
    }

    /// The input's key, and the surroundings that went into it.
    pub(super) fn apart(self) -> (InputKey, Surroundings) {
        (InputKey(self.key), self.surroundings)
    }
}

/// What the next call with the same input is known by.
pub(super) struct InputKey(CacheKey);

impl InputKey {
    /// Remembers where this input led, unless more than the input decided that.
    pub(super) fn led_to(&self, result: CacheKey, settings: &Settings) {
        if settings.all_from(&Source::Argument) && !SECRET_SOURCES.iter().any(|(key, _)| settings.given(*key)) {
            process::state().shortcuts().add(self.0, result);
        }
    }
}
