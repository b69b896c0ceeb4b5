//! Connections: many at a time, one request each, every step with a limit, so that none can hold up another.

use super::bind::Bound;
use super::fields::{self, Verdict};
use super::page::{Page, PageTexts, bare};
use super::request::{self, Head, Place};
use super::{Expected, request::described};
use crate::error::AuthError;
use crate::log::Log;
use crate::ports::http::StatusCode;
use crate::secret::SecretString;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use zeroize::Zeroizing;

const HEAD_LIMIT: usize = 64 * 1024;
/// As large as an answer of an identity provider may be.
const BODY_LIMIT: usize = 4 << 20;
/// More than that is not even read to be thrown away.
const DISCARD_LIMIT: usize = 64 << 20;
/// Closing with unread bytes would reset the connection and take the page away.
const LINGER: Duration = Duration::from_millis(500);
/// More connections than a browser has; beyond them the oldest goes, so that the host's descriptors last.
const MOST_CONNECTIONS: usize = 256;
/// After an accept that failed, mostly for want of descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// How long each step of a connection may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// For the head of a request, which also ends connections that a browser opens ahead and does not use.
    pub(super) head: Duration,
    pub(super) body: Duration,
    /// How long a person looks at a blank page.
    pub(super) hold: Duration,
    /// For the answer to be written.
    pub(super) write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { head: seconds(10), body: seconds(10), hold: seconds(10), write: seconds(5) }
    }
}

impl Limits {
    fn whole(self) -> Duration {
        self.head + self.body + self.hold + self.write
    }
}

/// What every connection of a wait needs.
pub(super) struct Desk {
    pub(super) place: Place,
    pub(super) expected: Expected,
    pub(super) texts: PageTexts,
    pub(super) arrivals: mpsc::UnboundedSender<Arrival>,
    pub(super) strays: Strays,
    pub(super) limits: Limits,
    pub(super) log: Log,
}

/// Something that may end the wait.
pub(super) struct Arrival {
    pub(super) found: Found,
    pub(super) waiting: Waiting,
}

/// What a browser brought.
pub(super) enum Found {
    Answer(SecretString),
    /// The identity provider's refusal.
    Refused(AuthError),
    /// An answer that the login cannot use.
    Unusable(AuthError),
}

/// A browser that waits for its page.
pub(super) struct Waiting {
    page: oneshot::Sender<Page>,
    closed: watch::Receiver<()>,
}

/// A connection that has got its page.
pub(super) struct Closing(watch::Receiver<()>);

impl Waiting {
    /// Sends the page.
    pub(super) fn send(self, page: Page) -> Closing {
        // A browser that has gone away needs none.
        let _ = self.page.send(page);
        Closing(self.closed)
    }
}

impl Closing {
    /// Waits until the connection is closed.
    pub(super) async fn wait_until(mut self, until: Instant) {
        let _ = timeout_at(until, self.0.changed()).await;
    }
}

/// Why the last request at the right place did not count.
#[derive(Clone, Default)]
pub(super) struct Strays(Arc<Mutex<Option<&'static str>>>);

impl Strays {
    fn note(&self, why: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    pub(super) fn last(&self) -> Option<&'static str> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that ends with its handle.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Takes connections until it is dropped, which ends them too.
pub(super) struct Serving(#[allow(dead_code)] Task); // kept for its drop

impl Serving {
    /// The task has no share in the sockets: they close with the last owner, at once.
    pub(super) fn start(bound: &Arc<Bound>, desk: Desk) -> Self {
        Self(Task(tokio::spawn(serve(Arc::downgrade(bound), Arc::new(desk)))))
    }
}

async fn serve(bound: Weak<Bound>, desk: Arc<Desk>) {
    let mut connections: VecDeque<Task> = VecDeque::new();
    let mut turn = 0;
    while let Some(accepted) = accept(&bound, &mut turn).await {
        let Ok(stream) = accepted else {
            sleep(ACCEPT_AGAIN).await;
            continue;
        };
        connections.retain(|connection| !connection.0.is_finished());
        if connections.len() >= MOST_CONNECTIONS {
            connections.pop_front();
        }
        connections.push_back(Task(tokio::spawn(connection(stream, Arc::clone(&desk)))));
    }
}

/// The next connection at any socket, each of which gets its turn; `None`: the sockets are closed.
async fn accept(bound: &Weak<Bound>, turn: &mut usize) -> Option<io::Result<TcpStream>> {
    *turn = turn.wrapping_add(1);
    let first = *turn;
    poll_fn(|context| {
        let Some(bound) = bound.upgrade() else { return Poll::Ready(None) };
        let count = bound.sockets.len();
        for socket in bound.sockets.iter().cycle().skip(first.checked_rem(count).unwrap_or(0)).take(count) {
            if let Poll::Ready(accepted) = socket.poll_accept(context) {
                return Poll::Ready(Some(accepted.map(|(stream, _)| stream)));
            }
        }
        Poll::Pending
    })
    .await
}

/// One connection with one request.
pub(super) async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, desk: Arc<Desk>) {
    let (_open, closed) = watch::channel(());
    let service = service_fn(|request| {
        let (desk, closed) = (Arc::clone(&desk), closed.clone());
        async move { Ok::<_, Infallible>(respond(request, &desk, closed).await) }
    });
    let serving = http1::Builder::new()
        .keep_alive(false)
        // Some who post close their side after the request.
        .half_close(true)
        .max_buf_size(HEAD_LIMIT)
        .timer(TokioTimer::new())
        .header_read_timeout(desk.limits.head)
        .serve_connection(TokioIo::new(stream), service)
        .without_shutdown();
    if let Ok(Ok(parts)) = timeout(desk.limits.whole(), serving).await {
        // Whatever the browser still sends is of no interest.
        let _ = timeout(LINGER, drain(parts.io.into_inner())).await;
    }
}

async fn drain(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

async fn respond(request: Request<Incoming>, desk: &Desk, closed: watch::Receiver<()>) -> Response<String> {
    let (head, body) = request.into_parts();
    desk.log.debug("browser", format_args!("{}", described(&head, &desk.place)));
    let (fields, posted) = match request::judge(&head, &desk.place) {
        Head::Page { status, message } => return stray(desk, status, message),
        Head::Response(response) => return response,
        Head::Query => (Zeroizing::new(head.uri.query().unwrap_or_default().as_bytes().to_vec()), false),
        Head::Body => match timeout(desk.limits.body, read(body)).await {
            Ok(Ok(fields)) => (fields, true),
            Ok(Err(Unreadable::TooLong)) => {
                return noted(desk, StatusCode::PAYLOAD_TOO_LARGE, "what was posted is larger than 4 MiB");
            }
            Ok(Err(Unreadable::Broken)) => return bare(StatusCode::BAD_REQUEST),
            Err(_) => return bare(StatusCode::REQUEST_TIMEOUT),
        },
    };
    let found = match fields::read(&fields, posted, &desk.expected) {
        Verdict::Answer(value) => Found::Answer(value),
        Verdict::Refused(error) => Found::Refused(error),
        Verdict::Unusable(error) => Found::Unusable(error),
        Verdict::Stray(why) => return noted(desk, StatusCode::BAD_REQUEST, why),
    };
    drop(fields);
    wait_for_page(found, desk, closed).await.response(&desk.texts)
}

async fn wait_for_page(found: Found, desk: &Desk, closed: watch::Receiver<()>) -> Page {
    let (page, told) = oneshot::channel();
    if desk.arrivals.send(Arrival { found, waiting: Waiting { page, closed } }).is_err() {
        let message = "The sign-in has been answered already. You can close this window.";
        return Page::Stray { status: StatusCode::CONFLICT, message };
    }
    match timeout(desk.limits.hold, told).await {
        Ok(Ok(page)) => page,
        Ok(Err(_)) => Page::of_nobody(),
        Err(_) => Page::Underway,
    }
}

/// A request at the right place that does not count.
fn noted(desk: &Desk, status: StatusCode, why: &'static str) -> Response<String> {
    desk.strays.note(why);
    desk.log.info("browser", format_args!("a request does not count, and the wait goes on: {why}"));
    let message = "This is not the answer that the application waits for. Go on in the window where you sign in.";
    stray(desk, status, message)
}

fn stray(desk: &Desk, status: StatusCode, message: &'static str) -> Response<String> {
    Page::Stray { status, message }.response(&desk.texts)
}

enum Unreadable {
    TooLong,
    Broken,
}

/// A body up to the limit. A longer one is read on and thrown away, since a browser shows no answer before it has posted all.
async fn read(mut body: Incoming) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    // Room at once: what grows leaves copies behind.
    let mut kept = Zeroizing::new(Vec::with_capacity(expected.min(BODY_LIMIT)));
    let mut length = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Unreadable::Broken)?.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= BODY_LIMIT {
            kept.extend_from_slice(&data);
        } else if length > DISCARD_LIMIT {
            return Err(Unreadable::TooLong);
        }
    }
    if length > BODY_LIMIT { Err(Unreadable::TooLong) } else { Ok(kept) }
}
