//! What all services of one sandbox share.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::alarm::Alarm;
use crate::fault::Script;
use crate::link::Link;
use crate::log::Log;
use crate::proxy::ProxyRecord;
use crate::service::Door;
use crate::tls::Authority;
use crate::world::World;

/// Where the sandbox listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub http: u16,
    pub https: u16,
    pub metadata: u16,
    pub proxy: u16,
}

/// The state of one sandbox.
pub(crate) struct Shared {
    me: Weak<Self>,
    world: Mutex<World>,
    pub log: Log,
    pub script: Script,
    pub authority: Arc<Authority>,
    pub ca_file: PathBuf,
    pub ports: Ports,
    pub proxied: Mutex<Vec<ProxyRecord>>,
    round_trip_micros: AtomicU64,
    alarm: OnceLock<Arc<Alarm>>,
    connections: Mutex<BTreeMap<Door, u64>>,
    states: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

impl Shared {
    pub fn new(world: World, authority: Authority, ca_file: PathBuf, ports: Ports, round_trip: Duration) -> Arc<Self> {
        let shared = Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            world: Mutex::new(world),
            log: Log::default(),
            script: Script::default(),
            authority: Arc::new(authority),
            ca_file,
            ports,
            proxied: Mutex::default(),
            round_trip_micros: AtomicU64::new(0),
            alarm: OnceLock::new(),
            connections: Mutex::default(),
            states: Mutex::default(),
        });
        shared.set_round_trip(round_trip);
        shared
    }

    /// Itself, for tasks that outlive the request that starts them.
    pub fn shared(&self) -> Option<Arc<Self>> {
        self.me.upgrade()
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn round_trip(&self) -> Duration {
        Duration::from_micros(self.round_trip_micros.load(Ordering::Relaxed))
    }

    /// For connections accepted from now on.
    pub fn set_round_trip(&self, round_trip: Duration) {
        let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
        self.round_trip_micros.store(micros, Ordering::Relaxed);
    }

    /// The connection at the distance that holds now.
    pub fn link(&self, socket: TcpStream) -> Link {
        let distance = match self.round_trip() {
            Duration::ZERO => None,
            round_trip => Some((round_trip, Arc::clone(self.alarm.get_or_init(|| Arc::new(Alarm::new()))))),
        };
        Link::new(socket, distance)
    }

    /// Counts a connection and gives it its number.
    pub fn count_connection(&self, door: Door) -> u64 {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        *connections.entry(door).or_default() += 1;
        connections.values().sum()
    }

    pub fn connections(&self, door: Option<Door>) -> u64 {
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.iter().filter(|(at, _)| door.is_none_or(|door| door == **at)).map(|(_, count)| count).sum()
    }

    /// Forgets requests, proxied requests and connection counts.
    pub fn reset(&self) {
        self.log.clear();
        self.proxied.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The state that a service keeps between requests, made when first asked for. One per type: a service uses a type of its own.
    pub fn with_state<T: Default + Send + 'static, R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        // The entry is keyed by the type that is in it.
        work(state.downcast_mut().unwrap_or(&mut T::default()))
    }

    pub fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.http)
    }

    pub fn https_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.ports.https)
    }

    pub fn imds_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.metadata)
    }

    pub fn container_url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.ports.metadata, crate::container::PATH)
    }
}
