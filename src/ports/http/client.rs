//! The client under the port: reqwest. No other file knows of it.

use super::failure::{FailureKind, HttpFailure, ProxyFault, TlsFault, Waiting};
use super::header::CONTENT_LENGTH;
use super::proxy::ProxyServer;
use super::trust::ClientTls;
use super::{
    BoxFuture, HeaderValue, HttpPort, HttpSettings, Method, Purpose, Request, Response, host_and_port, loggable,
    verifier,
};
use crate::log::Log;
use crate::ports::resolver;
use crate::secret::ExposeSecret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How long a connection may take to stand.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the other side may be silent.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The wait for an answer begins before its connection does, so it never ends before the wait for that would.
const READ_GRACE: Duration = Duration::from_millis(100);
/// As a proxy's log and the servers see us, where a request says nothing else.
const USER_AGENT: &str = concat!("rs_auth/", env!("CARGO_PKG_VERSION"));

/// The HTTP client of one login: connections are kept while it lives and closed when it and the runtime are gone.
pub struct Http {
    settings: HttpSettings,
    tls: Arc<ClientTls>,
    log: Log,
    clients: Mutex<HashMap<Lane, reqwest::Client>>,
}

/// What connections have to have in common to be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Lane {
    proxied: bool,
    plain: bool,
    verified: bool,
    connect: Duration,
}

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
        Self { settings, tls, log, clients: Mutex::default() }
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
        let unusable = |why| FailureKind::Proxy(ProxyFault::Unusable(why));
        let proxy = self.settings.route(&request.url, request.purpose).map_err(unusable)?;
        let lane = self.lane(&request, proxy);
        if !lane.verified && !lane.plain {
            let host = host_and_port(&request.url);
            self.log.warn("http", format_args!("ssl_insecure: {host} is not verified, anybody may stand between"));
        }
        let read = request.timeouts.read.unwrap_or(READ_TIMEOUT);
        let first = read.max(lane.connect.saturating_add(READ_GRACE));
        let limit = request.body_limit;
        let client = self.client(lane, proxy)?;
        let silent_for = |limit| move |_| FailureKind::Timeout(Waiting::Read, limit);
        let explain = |error: reqwest::Error| explain(&error.without_url(), lane);

        let sending = client.execute(outgoing(request));
        let mut answer = tokio::time::timeout(first, sending).await.map_err(silent_for(first))?.map_err(explain)?;
        if lane.proxied && answer.status() == reqwest::StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(FailureKind::Proxy(ProxyFault::Credentials));
        }
        if answer.content_length().is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > limit)) {
            return Err(FailureKind::TooLarge(limit));
        }
        let mut body = Vec::new();
        while let Some(piece) =
            tokio::time::timeout(read, answer.chunk()).await.map_err(silent_for(read))?.map_err(explain)?
        {
            if body.len().saturating_add(piece.len()) > limit {
                return Err(FailureKind::TooLarge(limit));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Response { status: answer.status(), headers: std::mem::take(answer.headers_mut()), body })
    }

    fn lane(&self, request: &Request, proxy: Option<&ProxyServer>) -> Lane {
        let own = if request.purpose == Purpose::Aws { self.settings.connect_timeout_aws } else { None };
        Lane {
            proxied: proxy.is_some(),
            plain: request.url.scheme() != "https",
            verified: !(self.settings.insecure && request.purpose == Purpose::IdentityProvider),
            connect: request.timeouts.connect.or(own).unwrap_or(CONNECT_TIMEOUT),
        }
    }

    fn client(&self, lane: Lane, proxy: Option<&ProxyServer>) -> Result<reqwest::Client, FailureKind> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&lane) {
            return Ok(client.clone());
        }
        let tls = if lane.verified { &self.tls.config } else { &self.tls.unverified };
        let client = build(lane, proxy, tls.clone()).map_err(|error| FailureKind::Request(innermost(&error)))?;
        clients.insert(lane, client.clone());
        Ok(client)
    }
}

impl HttpPort for Http {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpFailure>> {
        Box::pin(self.exchange(request))
    }
}

fn build(
    lane: Lane,
    proxy: Option<&ProxyServer>,
    tls: rustls::ClientConfig,
) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(lane.connect)
        .user_agent(USER_AGENT)
        .dns_resolver(Resolver)
        .no_proxy();
    let Some(server) = proxy else { return builder.build() };
    let mut proxy = reqwest::Proxy::all(format!("{}://{}", server.scheme, server.host_and_port()))?;
    if let Some(authorization) = proxy_authorization(server) {
        proxy = proxy.custom_http_auth(authorization);
    }
    builder.proxy(proxy).build()
}

struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Addrs = Box::new(resolver::addresses(name.as_str()).await?);
            Ok(addresses)
        })
    }
}

/// Not by reqwest's `basic_auth`: that goes through a URL, where a `%` of a password reads as an escape.
pub(crate) fn proxy_authorization(server: &ProxyServer) -> Option<HeaderValue> {
    let username = server.username.as_ref()?;
    let password = server.password.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let plain = Zeroizing::new(format!("{username}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(plain.as_bytes()))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn outgoing(request: Request) -> reqwest::Request {
    let may_have_body = request.method == Method::POST || request.method == Method::PUT;
    let mut outgoing = reqwest::Request::new(request.method, request.url);
    *outgoing.headers_mut() = request.headers;
    if !request.body.is_empty() {
        *outgoing.body_mut() = Some(request.body.into());
    } else if may_have_body {
        // hyper leaves it out, and servers refuse a POST that does not tell its length (411).
        outgoing.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    outgoing
}

/// An error, what it stands for, and so on down. The errors inside an `io::Error` are not among its sources, so they are
/// taken from it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            return Some(inner);
        }
        error.source()
    })
}

/// The reason at the bottom, which never holds the URL as the top does.
fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn explain(error: &reqwest::Error, lane: Lane) -> FailureKind {
    if error.is_connect() { unconnected(error, lane) } else { unanswered(error) }
}

/// Why there is no connection.
fn unconnected(error: &reqwest::Error, lane: Lane) -> FailureKind {
    if error.is_timeout() && find::<io::Error>(error).is_none() {
        return FailureKind::Timeout(Waiting::Connect, lane.connect);
    }
    if let Some(fault) = if lane.proxied { proxy_fault(error, lane) } else { None } {
        return FailureKind::Proxy(fault);
    }
    if let Some(error) = find::<rustls::Error>(error) {
        return FailureKind::Tls(verifier::fault(error));
    }
    if error.is_dns() {
        return FailureKind::Dns(innermost(error));
    }
    // Connecting itself has no end of file and no reset: what stood has broken off in the middle of the handshake.
    let broken_off = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
        )
    });
    if broken_off && !lane.plain {
        return FailureKind::Tls(TlsFault::Handshake(format!("the other side hung up ({})", innermost(error))));
    }
    FailureKind::Connect(innermost(error))
}

/// What the proxy did, if it was the proxy. The tunnel's error has no public type, only these words.
fn proxy_fault(error: &reqwest::Error, lane: Lane) -> Option<ProxyFault> {
    let unreachable = || match find::<rustls::Error>(error) {
        Some(error) => ProxyFault::Unreachable(verifier::fault(error).to_string()),
        None => ProxyFault::Unreachable(innermost(error)),
    };
    let tunnel = causes(error).find_map(|cause| cause.to_string().strip_prefix("tunnel error: ").map(str::to_owned));
    match tunnel.as_deref() {
        Some("proxy authorization required") => Some(ProxyFault::Credentials),
        Some("unsuccessful") => Some(ProxyFault::Refused),
        Some(_) => Some(unreachable()),
        // Without a tunnel the only connection is the one to the proxy.
        None if lane.plain => Some(unreachable()),
        None => None,
    }
}

/// Why a connection that stood gave no whole answer.
fn unanswered(error: &reqwest::Error) -> FailureKind {
    let why = innermost(error);
    if error.is_builder() {
        return FailureKind::Request(why);
    }
    match find::<hyper::Error>(error) {
        Some(error) if error.is_parse() => FailureKind::Protocol(why),
        Some(error) if error.is_user() => FailureKind::Request(why),
        Some(_) => FailureKind::Closed(why),
        None => FailureKind::Protocol(why),
    }
}
