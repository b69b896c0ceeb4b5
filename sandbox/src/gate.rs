//! A port whose connections go wrong from a request on: a login comes as far as the test lets it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;

use crate::server::{Speech, converse};
use crate::service::Door;
use crate::shared::Shared;
use crate::tls::{TlsDefect, sound};

/// What is wrong with new connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Nobody listens.
    Refused,
    /// TLS has that defect.
    Tls(TlsDefect),
}

/// One more way in to the services. It closes when it is dropped, or the sandbox is.
pub struct Gate {
    url: String,
    state: Arc<State>,
}

/// What the connections of a gate share.
pub(crate) struct State {
    plan: Mutex<Plan>,
    orders: mpsc::UnboundedSender<Order>,
}

#[derive(Default)]
struct Plan {
    /// Requests since the plan was made.
    served: u32,
    /// So many are let through; then new connections are like that.
    broken: Option<(u32, Broken)>,
    /// How many connections met that.
    met: u32,
}

/// To the task that listens. It says when it is done.
struct Order {
    open: bool,
    done: oneshot::Sender<()>,
}

impl Gate {
    /// Opens one. Must be called inside the sandbox's runtime.
    pub(crate) fn open(door: Door, shared: Arc<Shared>) -> io::Result<Self> {
        let reserved = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = reserved.local_addr()?;
        let listener = listen(address)?;
        let (orders, inbox) = mpsc::unbounded_channel();
        let state = Arc::new(State { plan: Mutex::default(), orders });
        // The task must not keep the gate open that it is the last to hold.
        let plan = Arc::downgrade(&state);
        let task = Task { reserved, address, door, shared, inbox };
        tokio::spawn(async move { task.run(listener, plan).await });
        let scheme = if door == Door::Metadata { "http" } else { "https" };
        Ok(Self { url: format!("{scheme}://{address}"), state })
    }

    /// `https://127.0.0.1:port`, or `http://` for metadata.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// After so many requests from now on, each connection ends, and new ones are broken in that way until [`Gate::mend`].
    pub fn break_after(&self, requests: u32, broken: Broken) {
        let close = requests == 0 && broken == Broken::Refused;
        *self.state.plan() = Plan { broken: Some((requests, broken)), ..Plan::default() };
        if close && let Some(done) = self.state.order(false) {
            let _ = done.blocking_recv();
        }
    }

    /// All is well again.
    pub fn mend(&self) {
        *self.state.plan() = Plan::default();
        if let Some(done) = self.state.order(true) {
            let _ = done.blocking_recv();
        }
    }

    /// How many requests came since the last [`Gate::break_after`] or [`Gate::mend`].
    #[must_use]
    pub fn served(&self) -> u32 {
        self.state.plan().served
    }

    /// How many connections met what is broken. None is seen where nobody listens.
    #[must_use]
    pub fn met(&self) -> u32 {
        self.state.plan().met
    }
}

impl State {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, open: bool) -> Option<oneshot::Receiver<()>> {
        let (done, waiting) = oneshot::channel();
        self.orders.send(Order { open, done }).ok().map(|()| waiting)
    }

    /// Counts a request. Whether its connection ends with the answer; by then nobody listens any more, where that is the plan.
    pub async fn count(&self) -> bool {
        let (ends, close) = {
            let mut plan = self.plan();
            plan.served += 1;
            let broken = plan.broken.as_ref().filter(|(after, _)| plan.served >= *after);
            (broken.is_some(), broken.is_some_and(|(_, broken)| *broken == Broken::Refused))
        };
        if close && let Some(done) = self.order(false) {
            let _ = done.await;
        }
        ends
    }

    /// What is wrong with a connection that comes now.
    fn defect(&self) -> Option<TlsDefect> {
        let mut plan = self.plan();
        let Some((after, Broken::Tls(defect))) = plan.broken.clone() else { return None };
        (plan.served >= after).then(|| {
            plan.met += 1;
            defect
        })
    }
}

struct Task {
    /// Holds the port while nobody listens at it.
    reserved: TcpSocket,
    address: SocketAddr,
    door: Door,
    shared: Arc<Shared>,
    inbox: mpsc::UnboundedReceiver<Order>,
}

impl Task {
    async fn run(mut self, listener: TcpListener, state: std::sync::Weak<State>) {
        let mut listener = Some(listener);
        loop {
            tokio::select! {
                order = self.inbox.recv() => {
                    let Some(Order { open, done }) = order else { break };
                    match (open, &listener) {
                        (true, None) => listener = listen(self.address).ok(),
                        (false, Some(_)) => listener = None,
                        _ => {}
                    }
                    let _ = done.send(());
                }
                socket = accept(listener.as_ref()) => {
                    let Some(state) = state.upgrade() else { break };
                    self.receive(socket, state);
                }
            }
        }
        drop(self.reserved);
    }

    fn receive(&self, socket: TcpStream, state: Arc<State>) {
        let (door, shared) = (self.door, Arc::clone(&self.shared));
        let number = shared.count_connection(door);
        let speech = match state.defect() {
            Some(defect) => Speech::bad(&shared, defect),
            None if door == Door::Metadata => Speech::Plain,
            None => Speech::Tls(TlsAcceptor::from(sound(&shared.authority))),
        };
        tokio::spawn(async move {
            // A client that leaves in the middle is no error of ours.
            let _ = converse(socket, number, door, speech, Some(state), &shared).await;
        });
    }
}

/// The next connection; for ever where nobody listens.
async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    match listener {
        // Out of descriptors: the next login of the test fails, and says so.
        Some(listener) => match listener.accept().await {
            Ok((socket, _)) => socket,
            Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// A socket at an address that another one of ours may share.
fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    socket(address)?.listen(128)
}
