//! A sandbox as a test holds it.

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::describe::describe;
use crate::directory::TemporaryDirectory;
use crate::fault::Fault;
use crate::gate::Gate;
use crate::log::Record;
use crate::proxy::ProxyRecord;
use crate::server::{Speech, bind, listen, listen_badly, listen_too};
use crate::service::Door;
use crate::shared::{Ports, Shared};
use crate::tls::{Authority, TlsDefect, sound};
use crate::world::World;

/// How a sandbox is to be.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    world: World,
    round_trip: Duration,
    http_port: u16,
    https_port: u16,
    metadata_port: u16,
    proxy_port: u16,
}

/// A running sandbox. Dropping it closes all its ports and connections and deletes its files.
pub struct Sandbox {
    shared: Arc<Shared>,
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    directory: TemporaryDirectory,
}

impl Builder {
    /// This world in place of the default one.
    #[must_use]
    pub fn world(self, world: World) -> Self {
        Self { world, ..self }
    }

    /// The default world with a change.
    #[must_use]
    pub fn with_world(mut self, change: impl FnOnce(&mut World)) -> Self {
        change(&mut self.world);
        self
    }

    /// An artificial round-trip time: every connection behaves as if the sandbox were that far away.
    #[must_use]
    pub fn round_trip(self, round_trip: Duration) -> Self {
        Self { round_trip, ..self }
    }

    /// Fixed ports for http, https, metadata and proxy; 0: a free one, the default.
    #[must_use]
    pub fn ports(self, http: u16, https: u16, metadata: u16, proxy: u16) -> Self {
        Self { http_port: http, https_port: https, metadata_port: metadata, proxy_port: proxy, ..self }
    }

    /// Starts it. When this returns, all ports are open.
    ///
    /// # Panics
    /// If it cannot be started: a test has nothing better to do then. See [`Builder::try_start`].
    #[must_use]
    pub fn start(self) -> Sandbox {
        self.try_start().expect("the sandbox starts")
    }

    /// Starts it. Fails if a port is taken or the temporary directory cannot be written.
    pub fn try_start(self) -> io::Result<Sandbox> {
        let listeners =
            [bind(self.http_port)?, bind(self.https_port)?, bind(self.metadata_port)?, bind(self.proxy_port)?];
        let [http, https, metadata, proxy] = &listeners;
        let port = |listener: &std::net::TcpListener| listener.local_addr().map(|address| address.port());
        let ports = Ports { http: port(http)?, https: port(https)?, metadata: port(metadata)?, proxy: port(proxy)? };

        let authority = Authority::new("rs-auth sandbox CA").map_err(io::Error::other)?;
        let directory = TemporaryDirectory::new()?;
        let ca_file = directory.path().join("ca.pem");
        std::fs::write(&ca_file, authority.pem())?;
        let shared = Shared::new(self.world, authority, ca_file, ports, self.round_trip);

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let state = Arc::clone(&shared);
        let entered = handle.enter();
        let listeners = listeners.into_iter().map(TcpListener::from_std).collect::<io::Result<Vec<_>>>()?;
        drop(entered);
        let thread = std::thread::Builder::new().name("rs-auth-sandbox".to_owned()).spawn(move || {
            runtime.block_on(async {
                spawn_listeners(listeners, &state);
                // An error means that the sandbox was dropped, which is as good a reason.
                let _ = stopped.await;
            });
        })?;
        Ok(Sandbox { shared, runtime: handle, stop: Some(stop), thread: Some(thread), directory })
    }
}

fn spawn_listeners(listeners: Vec<TcpListener>, shared: &Arc<Shared>) {
    let tls = Speech::Tls(TlsAcceptor::from(sound(&shared.authority)));
    let doors = [
        (Door::Http, Speech::Plain),
        (Door::Https, tls),
        (Door::Metadata, Speech::Plain),
        (Door::Proxy, Speech::Proxy),
    ];
    for (listener, (door, speech)) in listeners.into_iter().zip(doors) {
        tokio::spawn(listen(listener, door, speech, Arc::clone(shared)));
    }
}

impl Sandbox {
    /// To choose how it is.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// One with the default world on free ports.
    #[must_use]
    pub fn start() -> Self {
        Builder::default().start()
    }

    /// `http://127.0.0.1:port`: all AWS services, told apart by what they are sent.
    #[must_use]
    pub fn http_url(&self) -> String {
        self.shared.http_url()
    }

    /// The same services by TLS, under [`Sandbox::ca_file`].
    #[must_use]
    pub fn https_url(&self) -> String {
        self.shared.https_url()
    }

    /// The certificate of the sandbox's authority.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        self.shared.authority.pem()
    }

    /// The file that holds it.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.shared.ca_file
    }

    /// A directory for a test's own files. It goes with the sandbox.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// For `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    #[must_use]
    pub fn imds_url(&self) -> String {
        self.shared.imds_url()
    }

    /// For `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    #[must_use]
    pub fn container_url(&self) -> String {
        self.shared.container_url()
    }

    /// For `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    #[must_use]
    pub fn container_token(&self) -> String {
        self.shared.world().container_token.clone()
    }

    /// The proxy, without credentials: `http://127.0.0.1:port`.
    #[must_use]
    pub fn proxy_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.shared.ports.proxy)
    }

    /// The proxy's port on 127.0.0.1.
    #[must_use]
    pub fn proxy_port(&self) -> u16 {
        self.shared.ports.proxy
    }

    /// What the proxy was asked, in order.
    #[must_use]
    pub fn proxied(&self) -> Vec<ProxyRecord> {
        self.shared.proxied.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens one more port, whose TLS is wrong in that way, and gives its `https://` URL. The services behind it are the same.
    ///
    /// # Panics
    /// If no port is to be had.
    #[must_use]
    pub fn bad_tls(&self, defect: TlsDefect) -> String {
        let _entered = self.runtime.enter();
        let port = listen_badly(defect, Arc::clone(&self.shared)).expect("a free port");
        format!("https://127.0.0.1:{port}")
    }

    /// Opens one more port with the same services and gives its URL: so they can be on different hosts, to a client.
    ///
    /// # Panics
    /// If no port is to be had.
    #[must_use]
    pub fn listen_too(&self, tls: bool) -> String {
        let _entered = self.runtime.enter();
        let port = listen_too(tls, Arc::clone(&self.shared)).expect("a free port");
        format!("{}://127.0.0.1:{port}", if tls { "https" } else { "http" })
    }

    /// One more way in by TLS, whose connections can be broken while it is in use.
    ///
    /// # Panics
    /// If no port is to be had.
    #[must_use]
    pub fn gate(&self) -> Gate {
        let _entered = self.runtime.enter();
        Gate::open(Door::Https, Arc::clone(&self.shared)).expect("a free port")
    }

    /// The same to the metadata services: [`Gate::url`] for `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    ///
    /// # Panics
    /// If no port is to be had.
    #[must_use]
    pub fn metadata_gate(&self) -> Gate {
        let _entered = self.runtime.enter();
        Gate::open(Door::Metadata, Arc::clone(&self.shared)).expect("a free port")
    }

    /// All requests so far but those to the control endpoint and the proxy, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Record> {
        self.shared.log.all()
    }

    /// The requests for that operation.
    #[must_use]
    pub fn requests_for(&self, operation: &str) -> Vec<Record> {
        self.requests().into_iter().filter(|record| record.operation == operation).collect()
    }

    /// Waits until there have been so many requests; false if the time is up first.
    #[must_use]
    pub fn wait_for_requests(&self, count: usize, limit: Duration) -> bool {
        self.shared.log.wait_for(count, limit)
    }

    /// How many connections came in, on all ports.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections(None)
    }

    /// How many connections came in on the https port.
    #[must_use]
    pub fn tls_connections(&self) -> u64 {
        self.shared.connections(Some(Door::Https))
    }

    /// Forgets requests, proxied requests and connection counts.
    pub fn reset_log(&self) {
        self.shared.reset();
    }

    /// Has these pages want a Kerberos ticket (`Negotiate`). `accept` says whose a token is, as `gss_accept_sec_context` does;
    /// the user then stands in [`Record::signed_by`], and the page itself comes from the service that has it.
    pub fn set_negotiate(
        &self,
        paths: &[&str],
        accept: impl Fn(&[u8]) -> Result<(String, Option<Vec<u8>>), String> + Send + Sync + 'static,
    ) {
        crate::negotiate::guard(&self.shared, paths, Arc::new(accept));
    }

    /// Decides about the device that shows that code: it is let in as that person, or declined. False if there is none.
    #[must_use]
    pub fn decide_device(&self, user_code: &str, person: Option<&str>) -> bool {
        crate::identity::entra::decide_device(&self.shared, user_code, person)
    }

    /// Scripts a fault.
    pub fn script(&self, fault: Fault) {
        self.shared.script.push(fault);
    }

    /// The faults that have not happened yet, or happen for ever.
    #[must_use]
    pub fn pending_faults(&self) -> Vec<Fault> {
        self.shared.script.pending()
    }

    /// Takes all faults back.
    pub fn clear_faults(&self) {
        self.shared.script.clear();
    }

    /// Reads or changes the world while it runs.
    pub fn with_world<R>(&self, work: impl FnOnce(&mut World) -> R) -> R {
        work(&mut self.shared.world())
    }

    /// A SAML response for that person in base 64, as the identity providers here send it.
    ///
    /// # Panics
    /// If nobody has that name.
    #[must_use]
    pub fn assertion_for(&self, login: &str) -> String {
        let world = self.shared.world();
        let person = world.person(login).unwrap_or_else(|| panic!("the world has no {login}"));
        crate::identity::saml_response(&world, person)
    }

    /// The round-trip time of connections accepted from now on.
    pub fn set_round_trip(&self, round_trip: Duration) {
        self.shared.set_round_trip(round_trip);
    }

    /// What is where, as the program's JSON line has it.
    #[must_use]
    pub fn describe(&self) -> Value {
        describe(&self.shared)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
