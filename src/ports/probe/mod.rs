//! Single steps of a connection, each for itself: a name, a TCP connection, the way through a proxy, TLS, the database's
//! port. The HTTP client takes them all at once and says only which one failed; who looks for what stands in the way
//! wants to see the others too.

pub(crate) mod database;
mod tunnel;
mod watch;

pub(crate) use watch::{Check, Seen};

use super::http::client::CONNECT_TIMEOUT;
use super::http::failure::{TlsFault, Waiting};
use super::http::proxy::ProxyServer;
use super::http::trust::ClientTls;
use super::http::{FailureKind, HttpFailure, HttpSettings, Purpose, verifier};
use super::resolver;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use url::Url;

/// More addresses than a name has, unless somebody plays with us.
const MOST_ADDRESSES: usize = 16;

/// Metadata services are next door or not there: the SDK gives them no longer.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection, whatever it is made of.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection that can be given on.
pub(crate) type Stream = Box<dyn Wire>;

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
        let bare = bare(host);
        if let Ok(address) = bare.parse() {
            return Ok(vec![address]);
        }
        let found = patience.with(async {
            let found = resolver::addresses(bare).await.map_err(|error| FailureKind::Dns(error.to_string()))?;
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.map(|address| address.ip()) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            Ok(addresses)
        });
        let found = found.await?;
        if found.is_empty() { Err(FailureKind::Dns("the name has no address".to_owned())) } else { Ok(found) }
    }

    /// A connection to whichever address takes it first.
    pub(crate) async fn connect(
        addresses: &[IpAddr],
        port: u16,
        patience: Patience,
    ) -> Result<(Stream, IpAddr), FailureKind> {
        let mut attempts = JoinSet::new();
        for address in addresses.iter().copied().take(MOST_ADDRESSES) {
            attempts.spawn(async move {
                TcpStream::connect(SocketAddr::new(address, port)).await.map(|stream| (stream, address))
            });
        }
        patience
            .with(async {
                let mut reason = "the name has no address".to_owned();
                while let Some(attempt) = attempts.join_next().await {
                    match attempt.map_err(io::Error::other).flatten() {
                        Ok((stream, address)) => {
                            let stream: Stream = Box::new(stream);
                            return Ok((stream, address));
                        }
                        Err(error) => reason = error.to_string(),
                    }
                }
                Err(FailureKind::Connect(reason))
            })
            .await
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
        let name = match ServerName::try_from(bare(host).to_owned()) {
            Ok(name) => name,
            Err(error) => return (Seen::default(), Err(FailureKind::Tls(TlsFault::Handshake(error.to_string())))),
        };
        let config = self.tls.behind(|verifier| watch::Watch::new(verifier, check, Arc::clone(&seen)));
        let shaking = patience.with(async {
            let connected = TlsConnector::from(config).connect(name, stream).await;
            connected.map_err(|error| FailureKind::Tls(fault(&error)))
        });
        let stream = shaking.await;
        if let Ok(stream) = &stream {
            seen.agreed(stream.get_ref().1);
        }
        let stream = stream.map(|stream| {
            let stream: Stream = Box::new(stream);
            stream
        });
        (seen.take(), stream)
    }
}

/// What rustls says inside an `io::Error`, or that the other side has hung up.
fn fault(error: &io::Error) -> TlsFault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => verifier::fault(error),
        None => TlsFault::Handshake(format!("the other side hung up ({error})")),
    }
}

/// Without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}
