//! The short way to an answer in memory: a call is known by its very input, and its DSN is not taken apart.

use super::{Outcome, Wanted, guard};
use crate::cache::key::{self, CacheKey, KeyBuilder};
use crate::credentials::Credentials;
use crate::dsn::keys::Key;
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::login;
use crate::options::{CachePolicy, Options};
use crate::ports::clock::Clock;
use crate::ports::surroundings::Surroundings;
use crate::process;
use std::sync::Arc;

/// The input of a call: all that can change the answer, as it came.
#[derive(Debug)]
pub(crate) struct Input(CacheKey);

impl Input {
    /// `None`: there is no short way, because a file takes part that is not looked at here, or the policy wants none.
    pub(crate) fn of(
        pairs: &[(&str, &str)],
        entry: Option<&'static str>,
        wanted: Wanted,
        options: &Options,
    ) -> Option<Self> {
        let served = wanted == Wanted::Login && matches!(options.cache, CachePolicy::Default | CachePolicy::Memory);
        if !served || pairs.iter().any(|(key, _)| key.trim().eq_ignore_ascii_case("DSN")) {
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
        Some(Self(builder.finish()))
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
        let result = state.shortcuts().find(&self.0)?;
        state.results().get(&result, Clock::real().now_ms())
    }

    /// Remembers where this input led, unless more than the input decided that.
    pub(super) fn led_to(&self, result: CacheKey, settings: &Settings) {
        let sources = [Key::PasswordSource, Key::TokenSource, Key::WebIdentityTokenSource];
        if settings.all_from(&Source::Argument) && !sources.iter().any(|key| settings.given(*key)) {
            process::state().shortcuts().add(self.0, result);
        }
    }
}
