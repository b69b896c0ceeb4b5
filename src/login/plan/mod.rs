//! What a login would do, found out without doing it: the code of a login is gone through over a network on which nothing
//! is ever sent, and goes on where a login would end with an error, so that all of them are told.

mod exchange;
mod walk;
mod words;

use super::once;
use super::prepare::Method;
use crate::credentials::Kind;
use crate::dsn::keys;
use crate::dsn::location::{Location, RegionSource};
use crate::dsn::method::Why;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::log::{Level, Log, Sink};
use crate::plugin::Plugin;
use crate::ports::Ports;
use crate::ports::http::{Planned, Rehearsal};
use std::sync::{Arc, Mutex, PoisonError};

/// What the host brings to a login besides its DSN.
#[derive(Debug, Default)]
pub(crate) struct HostSide {
    /// Its own plugins.
    pub(crate) plugins: Vec<String>,
    /// Its own keys.
    pub(crate) keys: Vec<String>,
    /// The kinds of result that it takes.
    pub(crate) accepted_kinds: Option<u32>,
}

/// The method of a login.
#[derive(Debug)]
pub(crate) struct PlannedMethod {
    pub(crate) name: String,
    pub(crate) why: Why,
    /// `None`: known only when the host's own plugin has answered.
    pub(crate) yields: Option<Kind>,
    /// The keys without which it cannot start.
    pub(crate) required: Vec<&'static str>,
    /// Whether a person may have to do something.
    pub(crate) may_need_a_person: bool,
    /// Whether what they did is kept on disk.
    pub(crate) is_stored: bool,
}

/// What a login would do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// With what an AWS profile and secret sources say.
    pub(crate) settings: Settings,
    /// What a login would fail with: with the first of them.
    pub(crate) errors: Vec<AuthError>,
    pub(crate) warnings: Vec<String>,
    /// `None`: the settings name none that there is.
    pub(crate) method: Option<PlannedMethod>,
    pub(crate) location: Option<Location>,
    pub(crate) region: Option<(String, RegionSource)>,
    /// The host whose name a login looks up in the DNS before anything else, for a region.
    pub(crate) looks_up: Option<String>,
    /// The AWS profile in use.
    pub(crate) aws_profile: Option<String>,
    /// Where AWS keys come from.
    pub(crate) keys_from: Option<String>,
    /// Where the browser comes back to.
    pub(crate) redirect: Option<String>,
    pub(crate) steps: Vec<Planned>,
}

/// Foresees a login with these settings. `errors` are known already. Nothing is sent, shown or started.
pub(crate) async fn foresee(settings: Settings, host: &HostSide, ports: &Ports, errors: Vec<AuthError>) -> Plan {
    let (network, notes) = (Arc::new(Rehearsal::default()), Arc::new(Notes::default()));
    let ports = Ports { http: network.clone(), log: Log::to(vec![notes.clone()]), ..ports.clone() };
    let plan = Plan {
        settings,
        errors: Vec::new(),
        warnings: Vec::new(),
        method: None,
        location: None,
        region: None,
        looks_up: None,
        aws_profile: None,
        keys_from: None,
        redirect: None,
        steps: Vec::new(),
    };
    let mut foresight = Foresight { plan, ports, network, host, may_be_cured: false };
    for error in errors {
        foresight.fault(error);
    }
    Box::pin(foresight.walk()).await;
    let mut plan = foresight.plan;
    plan.warnings.extend(notes.take());
    let mut seen = Vec::new();
    plan.warnings.retain(|warning| {
        !seen.contains(warning) && {
            seen.push(warning.clone());
            true
        }
    });
    plan
}

/// A look ahead on its way.
struct Foresight<'a> {
    plan: Plan,
    ports: Ports,
    network: Arc<Rehearsal>,
    host: &'a HostSide,
    /// An authentication profile, which only the login reads, may say what is missing here.
    may_be_cured: bool,
}

impl Foresight<'_> {
    /// The value; an error is noted.
    fn note<T>(&mut self, result: Result<T, AuthError>) -> Option<T> {
        result.map_err(|error| self.fault(error)).ok()
    }

    fn fault(&mut self, error: AuthError) {
        if self.may_be_cured {
            self.plan.warnings.push(format!("unless the authentication profile says otherwise: {}", error.message()));
        } else if !self.plan.errors.iter().any(|known| is_the_same(known, &error)) {
            self.plan.errors.push(error);
        }
    }

    /// The steps that a call would send; its own error if it would send nothing.
    async fn rehearse<T>(
        network: &Rehearsal,
        call: impl Future<Output = Result<T, AuthError>>,
    ) -> Result<Vec<Planned>, AuthError> {
        let result = call.await;
        let steps: Vec<_> = network.take().iter().map(words::of_aws).collect();
        if steps.is_empty() { result.map(|_| steps) } else { Ok(steps) }
    }

    fn add(&mut self, steps: Result<Vec<Planned>, AuthError>) {
        let steps = self.note(steps).unwrap_or_default();
        self.plan.steps.extend(steps.into_iter().map(words::without_stand_in));
    }

    fn name(&mut self, method: &Method, why: Why) {
        let settings = &self.plan.settings;
        let plugin = match method {
            Method::BuiltIn(plugin) => Some(*plugin),
            Method::Host { .. } => None,
        };
        self.plan.method = Some(PlannedMethod {
            name: method.name().to_owned(),
            why,
            yields: plugin.map(Plugin::yields),
            required: plugin.map(Plugin::required).unwrap_or_default().iter().map(|key| key.name()).collect(),
            may_need_a_person: plugin.is_some_and(|plugin| plugin.may_need_a_person(settings)),
            is_stored: plugin.is_some_and(|plugin| once::is_stored(plugin, settings)),
        });
    }
}

/// Two checks may find the same fault of a key, in other words.
fn is_the_same(known: &AuthError, error: &AuthError) -> bool {
    let key = |error: &AuthError| error.message().split(' ').next().and_then(keys::find);
    let same_key = key(error).is_some() && key(known) == key(error);
    known.status() == error.status() && (known.message() == error.message() || same_key)
}

/// Warnings of the code that is gone through.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Notes {
    fn enabled(&self, level: Level) -> bool {
        level <= Level::Warn
    }

    fn write(&self, _: Level, _: &'static str, message: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.to_owned());
    }
}
