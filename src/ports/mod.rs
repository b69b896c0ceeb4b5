//! The outside world: sockets, files, environment, clock and randomness. Nothing above touches them any other way, so
//! that everything above has tests without them.

pub(crate) mod aws_endpoint;
pub(crate) mod aws_http;
pub(crate) mod aws_profile;
pub(crate) mod browser;
pub(crate) mod browser_login;
pub(crate) mod clock;
pub(crate) mod endpoint_override;
pub(crate) mod env;
pub(crate) mod file_lock;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod idc;
mod idc_planned;
pub(crate) mod listener;
pub(crate) mod log_file;
pub(crate) mod negotiate;
pub(crate) mod platform;
pub(crate) mod private_directory;
pub(crate) mod private_file;
pub(crate) mod probe;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod random;
pub(crate) mod resolver;
pub(crate) mod store;
pub(crate) mod surroundings;
pub(crate) mod web;

use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::log::Log;
use browser::Browser;
use clock::Clock;
use env::Env;
use files::Files;
use http::trust::TlsCache;
use http::{Http, HttpPort, HttpSettings};
use listener::HeldPage;
use negotiate::Negotiate;
use progress::Progress;
use prompt::Prompt;
use std::pin::Pin;
use std::sync::Arc;
use store::Store;

/// A future that a port returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The outside world as one login sees it.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) env: Env,
    pub(crate) files: Files,
    pub(crate) clock: Clock,
    /// One client for all requests of the login, so that a host costs one connection.
    pub(crate) http: Arc<dyn HttpPort>,
    pub(crate) negotiate: Negotiate,
    pub(crate) log: Log,
    pub(crate) progress: Progress,
    /// Nobody, unless the login runs for a caller.
    pub(crate) prompt: Prompt,
    pub(crate) browser: Browser,
    /// The browser that waits to be told how the login ended.
    pub(crate) held_page: HeldPage,
    /// Empty, unless the login may keep what a person had to do for it.
    pub(crate) store: Store,
}

impl Ports {
    /// The real world, with proxy and trust as `settings` say.
    pub(crate) fn new(
        settings: &Settings,
        tls: &mut TlsCache,
        log: Log,
        progress: Progress,
    ) -> Result<Self, AuthError> {
        let (env, files) = (Env::real(), Files::real());
        let network = HttpSettings::from_settings(settings, &env)?;
        let tls = tls.client(&network.ca, &env, &files)?;
        let http = Arc::new(Http::new(network, tls, log.clone()));
        let (clock, negotiate, prompt) = (Clock::real(), Negotiate::real(), Prompt::default());
        let (browser, held_page, store) = (Browser::real(), HeldPage::default(), Store::default());
        Ok(Self { env, files, clock, http, negotiate, log, progress, prompt, browser, held_page, store })
    }
}
