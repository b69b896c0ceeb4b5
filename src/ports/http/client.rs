//! The client under the port: hyper, with the connections of [`super::connector`] in the pool of [`super::pool`].

use super::connector::{self, Destination};
use super::failure::{FailureKind, HttpFailure, ProxyFault, Waiting};
use super::header::{ACCEPT, CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION, USER_AGENT};
use super::pool::{Idle, Pool, Sender, carrying};
use super::proxy::ProxyServer;
use super::trust::ClientTls;
use super::{
    BoxFuture, HeaderValue, HttpPort, HttpSettings, Method, Purpose, Request, Response, StatusCode, host_and_port,
    loggable, tunnel,
};
use crate::log::Log;
use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::{Position, Url};

/// How long a connection may take to stand.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the other side may be silent.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The wait for an answer begins before its connection does, so it never ends before the wait for that would.
const READ_GRACE: Duration = Duration::from_millis(100);
/// How long the end of a login waits for the lookup of a name that it did not need after all.
const LONGEST_LOOKUP: Duration = Duration::from_secs(1);
/// As a proxy's log and the servers see us, where a request says nothing else.
const OUR_NAME: &str = concat!("rs_auth/", env!("CARGO_PKG_VERSION"));

/// The HTTP client of one login: connections are kept while it lives and closed when it and the runtime are gone.
pub struct Http {
    settings: HttpSettings,
    tls: Arc<ClientTls>,
    log: Log,
    pool: Pool,
    /// Hosts to be asked later, and in how many requests at once.
    announced: Mutex<Vec<(Url, usize)>>,
    /// Held for reading by the name lookups of connections that are opened ahead.
    lookups: Arc<RwLock<()>>,
}

/// How a request gets to its host.
struct Way<'a> {
    destination: Destination,
    proxy: Option<&'a ProxyServer>,
    /// How long a connection may take to stand.
    patience: Duration,
}

type Outgoing = hyper::Request<Full<Bytes>>;

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http")
    }
}

impl Http {
    /// A client with these settings. Warns of certificate files that are not there.
    #[must_use]
    pub fn new(settings: HttpSettings, tls: Arc<ClientTls>, log: Log) -> Self {
        for missing in &tls.missing {
            log.warn("http", format_args!("{missing}; it is left out"));
        }
        Self { settings, tls, log, pool: Pool::default(), announced: Mutex::default(), lookups: Arc::default() }
    }

    async fn exchange(&self, request: Request) -> Result<Response, HttpFailure> {
        let (url, purpose) = (request.url.clone(), request.purpose);
        let began = Instant::now();
        let method = request.method.clone();
        let result = self.attempt(request).await;
        let (taken, url_text) = (began.elapsed().as_millis(), loggable(&url));
        match result {
            Ok(response) => {
                let (status, length) = (response.status.as_u16(), response.body.len());
                self.log.trace("http", format_args!("{method} {url_text}: {status}, {length} bytes, {taken} ms"));
                Ok(response)
            }
            Err(kind) => {
                let failure = HttpFailure::of(kind, &url, purpose, &self.settings).with_notes(self.tls.notes());
                self.log.debug("http", format_args!("{method} {url_text}: {failure} ({taken} ms)"));
                Err(failure)
            }
        }
    }

    async fn attempt(&self, request: Request) -> Result<Response, FailureKind> {
        let way = self.way(&request.url, request.purpose, request.timeouts.connect)?;
        let Destination { plain, verified, proxied, .. } = way.destination;
        if !verified && !plain {
            let host = host_and_port(&request.url);
            self.log.warn("http", format_args!("ssl_insecure: {host} is not verified, anybody may stand between"));
        }
        self.open_announced(&way.destination);
        let read = request.timeouts.read.unwrap_or(READ_TIMEOUT);
        let first = read.max(way.patience.saturating_add(READ_GRACE));
        let limit = request.body_limit;
        let silent_for = |limit| move |_| FailureKind::Timeout(Waiting::Read, limit);

        let sending = self.send_on_any(&way, outgoing(request, way.proxy)?);
        let (sender, answer) = timeout(first, sending).await.map_err(silent_for(first))??;
        let (head, mut incoming) = answer.into_parts();
        if proxied && head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(FailureKind::Proxy(ProxyFault::Credentials));
        }
        if incoming.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
            return Err(FailureKind::TooLarge(limit));
        }
        let mut body = Vec::new();
        while let Some(piece) = timeout(read, next_piece(&mut incoming)).await.map_err(silent_for(read))?? {
            if body.len().saturating_add(piece.len()) > limit {
                return Err(FailureKind::TooLarge(limit));
            }
            body.extend_from_slice(&piece);
        }
        self.pool.put(way.destination, sender);
        Ok(Response { status: head.status, headers: head.headers, body })
    }

    fn way(&self, url: &Url, purpose: Purpose, connect: Option<Duration>) -> Result<Way<'_>, FailureKind> {
        let unusable = |why| FailureKind::Proxy(ProxyFault::Unusable(why));
        let proxy = self.settings.route(url, purpose).map_err(unusable)?;
        let own = if purpose == Purpose::Aws { self.settings.connect_timeout_aws } else { None };
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            other => return Err(FailureKind::Request(format!("the scheme {other} is not http or https"))),
        };
        let no_host = || FailureKind::Request("the URL has no host".to_owned());
        let destination = Destination {
            host: url.host_str().ok_or_else(no_host)?.to_owned(),
            port: url.port_or_known_default().ok_or_else(no_host)?,
            proxied: proxy.is_some(),
            plain,
            verified: !(self.settings.insecure && purpose == Purpose::IdentityProvider),
        };
        Ok(Way { destination, proxy, patience: connect.or(own).unwrap_or(CONNECT_TIMEOUT) })
    }

    /// Sends on a connection that was kept, and on a new one if there is none or it turns out to have been closed before
    /// anything was sent.
    async fn send_on_any(
        &self,
        way: &Way<'_>,
        mut request: Outgoing,
    ) -> Result<(Sender, hyper::Response<Incoming>), FailureKind> {
        loop {
            let (mut sender, was_kept) = self.connection(way).await?;
            match sender.try_send_request(request).await {
                Ok(answer) => return Ok((sender, answer)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) if was_kept => request = unsent,
                    _ => return Err(broken(error.error())),
                },
            }
        }
    }

    /// Opens connections to the hosts that were announced, while `current` is asked.
    fn open_announced(&self, current: &Destination) {
        let announced = std::mem::take(&mut *self.announced.lock().unwrap_or_else(PoisonError::into_inner));
        let mut opened: Vec<Destination> = Vec::new();
        for (url, connections) in announced {
            // If there is no way, the request itself will tell.
            let Ok(way) = self.way(&url, Purpose::Aws, None) else { continue };
            if way.destination == *current {
                continue;
            }
            let standing = opened.iter().filter(|opened| **opened == way.destination).count();
            for _ in standing..connections {
                self.log.trace("http", format_args!("opening a connection to {} ahead", host_and_port(&url)));
                self.pool.put_opening(way.destination.clone(), self.open_ahead(&way));
                opened.push(way.destination.clone());
            }
        }
    }

    fn open_ahead(&self, way: &Way<'_>) -> JoinHandle<Result<Idle, FailureKind>> {
        let (destination, proxy, patience) = (way.destination.clone(), way.proxy.cloned(), way.patience);
        let (tls, lookups) = (Arc::clone(&self.tls), Arc::clone(&self.lookups));
        tokio::spawn(async move {
            let opening = async {
                let under_way = lookups.read().await;
                let addresses = connector::look_up(&destination, proxy.as_ref()).await?;
                drop(under_way);
                let stream = connector::connect(&destination, proxy.as_ref(), &addresses, &tls).await?;
                carrying(stream).await.map(Idle::now)
            };
            let too_late = |_| FailureKind::Timeout(Waiting::Connect, patience);
            timeout(patience, opening).await.map_err(too_late)?
        })
    }

    /// A connection, and whether it had been kept.
    async fn connection(&self, way: &Way<'_>) -> Result<(Sender, bool), FailureKind> {
        let connecting = async {
            if let Some(kept) = self.pool.take(&way.destination).await? {
                return Ok((kept, true));
            }
            let addresses = connector::look_up(&way.destination, way.proxy).await?;
            let stream = connector::connect(&way.destination, way.proxy, &addresses, &self.tls).await?;
            Ok((carrying(stream).await?, false))
        };
        let too_late = |_| FailureKind::Timeout(Waiting::Connect, way.patience);
        timeout(way.patience, connecting).await.map_err(too_late)?
    }
}

impl HttpPort for Http {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpFailure>> {
        Box::pin(self.exchange(request))
    }

    fn announce(&self, url: Url, connections: usize) {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner).push((url, connections));
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            // A name server that says nothing must not hold the caller.
            let _ = timeout(LONGEST_LOOKUP, self.lookups.write()).await;
        })
    }
}

/// The request as it goes over the wire. Without TLS a proxy is told everything in the request itself (RFC 9112 section
/// 3.2.2).
fn outgoing(request: Request, proxy: Option<&ProxyServer>) -> Result<Outgoing, FailureKind> {
    let Request { method, url, mut headers, body, .. } = request;
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    let path = &url[Position::BeforePath..Position::AfterQuery];
    let unusable = |why: String| FailureKind::Request(why);
    let target = match proxy.filter(|_| url.scheme() == "http") {
        Some(proxy) => {
            headers.extend(tunnel::authorization(proxy).map(|value| (PROXY_AUTHORIZATION, value)));
            format!("http://{authority}{path}")
        }
        None => path.to_owned(),
    };
    let host = HeaderValue::from_str(authority).map_err(|error| unusable(error.to_string()))?;
    headers.entry(HOST).or_insert(host);
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(OUR_NAME));
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    if body.is_empty() && (method == Method::POST || method == Method::PUT) {
        // hyper leaves it out, and servers refuse a POST that does not tell its length (411).
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    let mut outgoing = hyper::Request::new(Full::new(Bytes::from(body)));
    *outgoing.method_mut() = method;
    *outgoing.uri_mut() = target.parse().map_err(|error: hyper::http::uri::InvalidUri| unusable(error.to_string()))?;
    *outgoing.headers_mut() = headers;
    Ok(outgoing)
}

/// The next piece of an answer's body.
async fn next_piece(body: &mut Incoming) -> Result<Option<Bytes>, FailureKind> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Err(error)) => return Err(broken(&error)),
            Some(Ok(frame)) => {
                // What is no data is a trailer.
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

/// Why a connection that stood gave no whole answer.
pub(super) fn broken(error: &hyper::Error) -> FailureKind {
    let why = innermost(error);
    if error.is_parse() {
        FailureKind::Protocol(why)
    } else if error.is_user() {
        FailureKind::Request(why)
    } else {
        FailureKind::Closed(why)
    }
}

/// The reason at the bottom. The errors inside an `io::Error` are not among its sources, so they are taken from it.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| {
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            return Some(inner);
        }
        error.source()
    });
    causes.last().map(ToString::to_string).unwrap_or_default()
}
