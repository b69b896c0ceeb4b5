//! The cache's keys of one login.

use crate::cache::key::{self, CacheKey};
use crate::dsn::settings::Settings;
use crate::options::Options;
use crate::ports::surroundings::Surroundings;
use std::cell::OnceCell;

/// The keys of a login, each made when it is first asked for.
pub(super) struct KeyRing<'a> {
    settings: &'a Settings,
    entry: Option<&'a str>,
    scope: Option<&'a str>,
    surroundings: Surroundings,
    host_plugins: Vec<(usize, usize)>,
    result: OnceCell<CacheKey>,
    identity: OnceCell<CacheKey>,
}

impl<'a> KeyRing<'a> {
    pub(super) fn new(settings: &'a Settings, entry: Option<&'a str>, options: &'a Options) -> Self {
        Self::within(Surroundings::of_every_login(), settings, entry, options)
    }

    /// The same in surroundings that were looked at already.
    pub(super) fn within(
        surroundings: Surroundings,
        settings: &'a Settings,
        entry: Option<&'a str>,
        options: &'a Options,
    ) -> Self {
        Self {
            settings,
            entry,
            scope: options.cache_scope.as_deref(),
            surroundings: surroundings.with_sources(settings),
            host_plugins: options.plugin_identities(),
            result: OnceCell::new(),
            identity: OnceCell::new(),
        }
    }

    /// The same for another entry point.
    pub(super) fn entered_by(self, entry: Option<&'a str>) -> Self {
        Self { entry, result: OnceCell::new(), identity: OnceCell::new(), ..self }
    }

    fn around(&self) -> key::Surroundings<'_> {
        key::Surroundings {
            entry: self.entry,
            scope: self.scope,
            os_user: self.surroundings.os_user,
            environment: &self.surroundings.environment,
            files: &self.surroundings.files,
            host_plugins: &self.host_plugins,
        }
    }

    pub(super) fn result(&self) -> CacheKey {
        *self.result.get_or_init(|| key::of_result(self.settings, self.around()))
    }

    pub(super) fn identity(&self) -> CacheKey {
        *self.identity.get_or_init(|| key::of_identity(self.settings, self.around()))
    }

    /// The identity as other processes know it too: plugins of the host's own are known by addresses, and none of them is
    /// kept on disk.
    pub(super) fn shared_identity(&self) -> CacheKey {
        key::of_identity(self.settings, key::Surroundings { host_plugins: &[], ..self.around() })
    }

    /// Makes the keys of registrations, also when this is gone.
    pub(super) fn registrations(&self) -> impl Fn(&[&str]) -> CacheKey + Send + Sync + use<> {
        let (scope, os_user) = (self.scope.map(str::to_owned), self.surroundings.os_user);
        move |parts| key::of_registration(parts, scope.as_deref(), os_user)
    }
}
