//! Single steps of a connection, each for itself: a name, a TCP connection, the way through a proxy, TLS, the database's
//! port. The HTTP client takes them all at once and says only which one failed; who looks for what stands in the way
//! wants to see the others too.

pub(crate) mod database;
mod watch;

pub(crate) use super::http::connector::Stream;
pub(crate) use watch::{Check, Seen};

use super::http::client::CONNECT_TIMEOUT;
use super::http::connector;
use super::http::failure::Waiting;
use super::http::proxy::ProxyServer;
use super::http::trust::ClientTls;
use super::http::{FailureKind, HttpFailure, HttpSettings, Purpose, tunnel};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Metadata services are next door or not there: the SDK gives them no longer.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// How hosts are reached with the settings of a login.
pub(crate) struct Probe {
    settings: HttpSettings,
    tls: Arc<ClientTls>,
}

/// Until when a host has to be reached: all steps to it take no longer than a connection of a login may.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    limit: Duration,
    until: Instant,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        let now = Instant::now();
        Self { limit, until: now.checked_add(limit).unwrap_or(now) }
    }

    async fn with<T>(self, work: impl Future<Output = Result<T, FailureKind>>) -> Result<T, FailureKind> {
        let late = |_| FailureKind::Timeout(Waiting::Connect, self.limit);
        tokio::time::timeout_at(self.until, work).await.map_err(late)?
    }
}

impl Probe {
    /// With the network settings and the trust of a login.
    pub(crate) fn new(settings: HttpSettings, tls: Arc<ClientTls>) -> Self {
        Self { settings, tls }
    }

    /// The proxy before a host.
    pub(crate) fn route(&self, url: &Url, purpose: Purpose) -> Result<Option<&ProxyServer>, FailureKind> {
        let unusable = |why| FailureKind::Proxy(super::http::failure::ProxyFault::Unusable(why));
        self.settings.route(url, purpose).map_err(unusable)
    }

    /// How the certificate of a host is looked at.
    pub(crate) fn check(&self, purpose: Purpose) -> Check {
        if self.settings.insecure && purpose == Purpose::IdentityProvider { Check::Nothing } else { Check::Everything }
    }

    /// The time in which a host has to be reached, from now on.
    pub(crate) fn patience(&self, purpose: Purpose) -> Patience {
        match purpose {
            Purpose::Aws => Patience::new(self.settings.connect_timeout_aws.unwrap_or(CONNECT_TIMEOUT)),
            Purpose::IdentityProvider => Patience::new(CONNECT_TIMEOUT),
            Purpose::Metadata => Patience::new(METADATA_TIMEOUT),
        }
    }

    /// The same for a database.
    pub(crate) fn patience_with_database() -> Patience {
        Patience::new(CONNECT_TIMEOUT)
    }

    /// The error of a request for `url` that failed so.
    pub(crate) fn failure(&self, kind: FailureKind, url: &Url, purpose: Purpose) -> HttpFailure {
        HttpFailure::of(kind, url, purpose, &self.settings).with_notes(self.tls.notes())
    }

    /// The error of a connection to `target`, straight to it.
    pub(crate) fn failure_at(&self, kind: FailureKind, target: &str) -> HttpFailure {
        HttpFailure::at(kind, target).with_notes(self.tls.notes())
    }

    /// The addresses of a name, or the address that it is.
    pub(crate) async fn addresses(host: &str, patience: Patience) -> Result<Vec<IpAddr>, FailureKind> {
        patience.with(connector::addresses(host)).await
    }

    /// A connection to whichever address takes it first.
    pub(crate) async fn connect(
        addresses: &[IpAddr],
        port: u16,
        patience: Patience,
    ) -> Result<(Stream, IpAddr), FailureKind> {
        let stream = patience.with(connector::any_of(addresses, port)).await?;
        let address = stream.peer_addr().map_err(|error| FailureKind::Connect(error.to_string()))?.ip();
        Ok((Box::new(stream), address))
    }

    /// Lets the proxy at the other end of `stream` lead on to the host of `url`.
    pub(crate) async fn tunnel(
        &self,
        stream: Stream,
        proxy: &ProxyServer,
        url: &Url,
        patience: Patience,
    ) -> Result<Stream, FailureKind> {
        let stream = self.to_proxy(stream, proxy, patience).await?;
        let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
        let opened = async { tunnel::through(stream, proxy, host, port).await.map_err(FailureKind::Proxy) };
        patience.with(opened).await
    }

    /// TLS with the proxy itself, where it is an https one.
    async fn to_proxy(&self, stream: Stream, proxy: &ProxyServer, patience: Patience) -> Result<Stream, FailureKind> {
        if proxy.scheme != "https" {
            return Ok(stream);
        }
        let (_, shaken) = self.handshake(stream, &proxy.host, Check::Everything, patience).await;
        shaken.map_err(connector::unreachable)
    }

    /// TLS with `host`, and what it showed on the way. The connection if it stands.
    pub(crate) async fn handshake(
        &self,
        stream: Stream,
        host: &str,
        check: Check,
        patience: Patience,
    ) -> (Seen, Result<Stream, FailureKind>) {
        let seen = Arc::new(watch::Record::default());
        let config = self.tls.behind(|verifier| watch::Watch::new(verifier, check, Arc::clone(&seen)));
        let stream = patience.with(connector::handshake(stream, host, config)).await.map(|stream| {
            seen.agreed(stream.get_ref().1);
            let stream: Stream = Box::new(stream);
            stream
        });
        (seen.take(), stream)
    }
}
