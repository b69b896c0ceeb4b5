//! What is kept between calls, as plain memory only: no threads, sockets or timers.

use crate::cache::memory::Memory;
use crate::cache::shelves::Shelves;
use crate::cache::single_flight::Flights;
use crate::credentials::{Credentials, Identity};
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::log::Log;
use crate::os::per_process::PerProcess;
use crate::ports::Ports;
use crate::ports::env::Env;
use crate::ports::files::Files;
use crate::ports::http::trust::TlsCache;
use crate::ports::http::{HttpPort, HttpSettings};
use crate::ports::probe::Probe;
use crate::ports::progress::Progress;
use crate::ports::random;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state of this process.
pub(crate) struct State {
    results: Mutex<Memory<Arc<Credentials>>>,
    /// What calls were given of the results, by their input.
    pub(crate) answers: Arc<Shelves<Arc<Credentials>>>,
    /// What inputs are hashed with. Without it (no random bytes) answers are not found by their input.
    pub(crate) input_secret: Option<[u64; 2]>,
    identities: Mutex<Memory<Identity>>,
    /// Logins under way, by everything that can change the result.
    pub(crate) result_flights: Arc<Flights<Arc<Credentials>>>,
    /// Proofs under way, by identity.
    pub(crate) identity_flights: Arc<Flights<Identity>>,
    /// The parsed TLS roots: loading them costs milliseconds.
    tls: Mutex<TlsCache>,
}

static STATE: PerProcess<State> = PerProcess::new();

/// The state of this process; after a fork the child's own.
pub(crate) fn state() -> &'static State {
    STATE.get(fresh)
}

/// Apart, so that who finds the state there needs no room on the stack for making it.
#[cold]
#[inline(never)]
fn fresh() -> State {
    let results = Memory::new();
    State {
        answers: results.shelves(),
        results: Mutex::new(results),
        input_secret: random::numbers().ok(),
        identities: Mutex::new(Memory::new()),
        result_flights: Flights::new(),
        identity_flights: Flights::new(),
        tls: Mutex::new(TlsCache::default()),
    }
}

impl State {
    /// Database credentials and tokens.
    pub(crate) fn results(&self) -> MutexGuard<'_, Memory<Arc<Credentials>>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outside world for one call.
    pub(crate) fn ports(&self, settings: &Settings, log: Log, progress: Progress) -> Result<Ports, AuthError> {
        let mut tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        Ports::new(settings, &mut tls, log, progress)
    }

    /// The HTTP client of other settings.
    pub(crate) fn http(&self, settings: &Settings, log: &Log) -> Result<Arc<dyn HttpPort>, AuthError> {
        self.ports(settings, log.clone(), Progress::default()).map(|ports| ports.http)
    }

    /// Single steps of connections with these settings.
    pub(crate) fn probe(&self, settings: &Settings) -> Result<Probe, AuthError> {
        let env = Env::real();
        let network = HttpSettings::from_settings(settings, &env)?;
        let mut tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        let trust = tls.client(&network.ca, &env, &Files::real())?;
        drop(tls);
        Ok(Probe::new(network, trust))
    }

    /// Reads the TLS roots now, where the first TLS connection would.
    pub(crate) fn read_roots(&self) {
        let mut tls = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        let roots = tls.roots(&Env::real(), &Files::real());
        drop(tls);
        let _ = roots.store();
    }

    /// Forgets the TLS sessions of earlier logins.
    pub(crate) fn forget_sessions(&self) {
        self.tls.lock().unwrap_or_else(PoisonError::into_inner).forget_sessions();
    }

    /// AWS keys, and tokens that a person signed in for.
    pub(crate) fn identities(&self) -> MutexGuard<'_, Memory<Identity>> {
        self.identities.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
