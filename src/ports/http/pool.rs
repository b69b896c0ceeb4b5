//! The connections of a login: each carries one request at a time, and then the next one to the same host.

use super::client::broken;
use super::connector::{Destination, Stream};
use super::failure::FailureKind;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// What was idle for longer may be gone without our having heard of it: firewalls forget connections.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
/// A connection whose answer has been read is ready for the next request at once, or something is odd about it.
const UNTIL_READY: Duration = Duration::from_millis(100);

/// What requests on a connection are sent by.
pub(super) type Sender = SendRequest<Full<Bytes>>;

/// Connections that stand or are about to, and that nobody uses.
#[derive(Default)]
pub(super) struct Pool(Mutex<HashMap<Destination, Vec<Kept>>>);

enum Kept {
    Idle(Idle),
    Opening(JoinHandle<Result<Idle, FailureKind>>),
}

/// A connection that carries nothing.
pub(super) struct Idle {
    sender: Sender,
    since: Instant,
}

impl Idle {
    pub(super) fn now(sender: Sender) -> Self {
        Self { sender, since: Instant::now() }
    }

    /// `None`: it is of no use any more.
    async fn awake(mut self) -> Option<Sender> {
        let is_ready = self.since.elapsed() < LONGEST_IDLE
            && matches!(timeout(UNTIL_READY, self.sender.ready()).await, Ok(Ok(())));
        is_ready.then_some(self.sender)
    }
}

impl Pool {
    /// Keeps a connection for the next request.
    pub(super) fn put(&self, destination: Destination, sender: Sender) {
        self.keep(destination, Kept::Idle(Idle::now(sender)));
    }

    /// Keeps a connection that is being opened.
    pub(super) fn put_opening(&self, destination: Destination, opening: JoinHandle<Result<Idle, FailureKind>>) {
        self.keep(destination, Kept::Opening(opening));
    }

    /// A connection that was kept. `None`: open one. Waits for one that is being opened. If that failed, a second attempt may
    /// fare better, but for a certificate or a proxy: what they said holds.
    pub(super) async fn take(&self, destination: &Destination) -> Result<Option<Sender>, FailureKind> {
        while let Some(kept) = self.next(destination) {
            let idle = match kept {
                Kept::Idle(idle) => idle,
                Kept::Opening(opening) => match opening.await {
                    Ok(Ok(idle)) => idle,
                    Ok(Err(refusal @ (FailureKind::Tls(_) | FailureKind::Proxy(_)))) => return Err(refusal),
                    _ => continue,
                },
            };
            if let Some(sender) = idle.awake().await {
                return Ok(Some(sender));
            }
        }
        Ok(None)
    }

    fn keep(&self, destination: Destination, kept: Kept) {
        self.lock().entry(destination).or_default().push(kept);
    }

    /// The one that was used last, which has most likely not been closed; one that is being opened only if there is none.
    fn next(&self, destination: &Destination) -> Option<Kept> {
        let mut places = self.lock();
        let kept = places.get_mut(destination)?;
        let idle = kept.iter().rposition(|kept| matches!(kept, Kept::Idle(..)));
        match idle {
            Some(index) => Some(kept.remove(index)),
            None => (!kept.is_empty()).then(|| kept.remove(0)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Destination, Vec<Kept>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has `stream` carry requests. The task that does so ends with the connection, or with the login's runtime.
pub(super) async fn carrying(stream: Stream) -> Result<Sender, FailureKind> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    let carrier = tokio::spawn(connection);
    match sender.ready().await {
        Ok(()) => Ok(sender),
        // It has broken off already; why, only the connection itself knows.
        Err(error) => Err(match carrier.await {
            Ok(Err(why)) => broken(&why),
            _ => broken(&error),
        }),
    }
}
