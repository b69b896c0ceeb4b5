//! How a connection comes to stand: a name, TCP, the way through a proxy, TLS.

use super::failure::{FailureKind, ProxyFault, TlsFault};
use super::proxy::ProxyServer;
use super::trust::ClientTls;
use super::{tunnel, verifier};
use crate::ports::resolver;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The next address is tried when the one before it has failed, or has not answered for so long (RFC 8305 section 5).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);
/// More addresses than a name has, unless somebody plays with us.
const MOST_ADDRESSES: usize = 16;

/// A connection, whatever it is made of.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection that can be given on.
pub(crate) type Stream = Box<dyn Wire>;

/// Where a connection leads, and how: what requests have to have in common to share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Destination {
    /// An IPv6 address in brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) proxied: bool,
    /// Without TLS.
    pub(super) plain: bool,
    pub(super) verified: bool,
}

/// The addresses that a connection begins at: the proxy's, where there is one.
pub(super) async fn look_up(
    destination: &Destination,
    proxy: Option<&ProxyServer>,
) -> Result<Vec<IpAddr>, FailureKind> {
    match proxy {
        None => addresses(&destination.host).await,
        Some(proxy) => addresses(&proxy.host).await.map_err(unreachable),
    }
}

/// A connection to `destination` by way of one of the addresses that [`look_up`] gave. Nothing of a request was sent on
/// it yet.
pub(super) async fn connect(
    destination: &Destination,
    proxy: Option<&ProxyServer>,
    addresses: &[IpAddr],
    tls: &ClientTls,
) -> Result<Stream, FailureKind> {
    let Destination { host, port, plain, verified, .. } = destination;
    let config = if *verified { &tls.config } else { &tls.unverified };
    let stream: Stream = match proxy {
        None => Box::new(any_of(addresses, *port).await?),
        Some(proxy) => {
            let stream = to_proxy(proxy, addresses, config).await.map_err(unreachable)?;
            // A request without TLS is for the proxy itself.
            if *plain {
                stream
            } else {
                tunnel::through(stream, proxy, host, *port).await.map_err(FailureKind::Proxy)?
            }
        }
    };
    if *plain { Ok(stream) } else { Ok(Box::new(handshake(stream, host, config.clone()).await?)) }
}

/// TLS with the proxy itself too, where it is an https one.
async fn to_proxy(
    proxy: &ProxyServer,
    addresses: &[IpAddr],
    config: &Arc<ClientConfig>,
) -> Result<Stream, FailureKind> {
    let stream: Stream = Box::new(any_of(addresses, proxy.port).await?);
    match proxy.scheme {
        "https" => Ok(Box::new(handshake(stream, &proxy.host, config.clone()).await?)),
        _ => Ok(stream),
    }
}

/// The proxy's part in a failure on the way to it.
pub(crate) fn unreachable(kind: FailureKind) -> FailureKind {
    match kind {
        FailureKind::Tls(fault) => FailureKind::Proxy(ProxyFault::Unreachable(fault.to_string())),
        FailureKind::Dns(why) | FailureKind::Connect(why) => FailureKind::Proxy(ProxyFault::Unreachable(why)),
        other => other,
    }
}

/// The addresses of a name, or the address that it is.
pub(crate) async fn addresses(host: &str) -> Result<Vec<IpAddr>, FailureKind> {
    let bare = bare(host);
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    let found = resolver::addresses(bare).await.map_err(|error| FailureKind::Dns(error.to_string()))?;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found.map(|address| address.ip()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(FailureKind::Dns("the name has no address".to_owned())) } else { Ok(addresses) }
}

/// A connection to whichever address takes it first.
pub(crate) async fn any_of(addresses: &[IpAddr], port: u16) -> Result<TcpStream, FailureKind> {
    let mut attempts = JoinSet::new();
    let mut untried = alternating(addresses).into_iter().take(MOST_ADDRESSES);
    let mut reason = "the name has no address".to_owned();
    loop {
        if let Some(address) = untried.next() {
            attempts.spawn(TcpStream::connect(SocketAddr::new(address, port)));
        }
        let attempt = if untried.len() == 0 {
            attempts.join_next().await
        } else {
            match tokio::time::timeout(NEXT_ADDRESS, attempts.join_next()).await {
                Ok(attempt) => attempt,
                Err(_) => continue,
            }
        };
        match attempt.map(|attempt| attempt.map_err(io::Error::other).flatten()) {
            Some(Ok(stream)) => {
                // Requests are written whole, and are waited for: nothing is won by holding back their last piece.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Some(Err(error)) => reason = error.to_string(),
            None => return Err(FailureKind::Connect(reason)),
        }
    }
}

/// The families in turn, beginning with that of the first address (RFC 8305 section 4).
fn alternating(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let of_first = |address: &IpAddr| addresses.first().is_some_and(|first| first.is_ipv4() == address.is_ipv4());
    let (first, other): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(of_first);
    let mut other = other.into_iter();
    let mut ordered = Vec::with_capacity(addresses.len());
    for address in first {
        ordered.push(address);
        ordered.extend(other.next());
    }
    ordered.extend(other);
    ordered
}

/// TLS with `host`.
pub(crate) async fn handshake(
    stream: Stream,
    host: &str,
    config: Arc<ClientConfig>,
) -> Result<TlsStream<Stream>, FailureKind> {
    let name = ServerName::try_from(bare(host).to_owned()).map_err(|error| FailureKind::Connect(error.to_string()))?;
    TlsConnector::from(config).connect(name, stream).await.map_err(|error| unshaken(&error))
}

fn unshaken(error: &io::Error) -> FailureKind {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return FailureKind::Tls(verifier::fault(error));
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            FailureKind::Tls(TlsFault::Handshake(format!("the other side hung up ({error})")))
        }
        _ => FailureKind::Connect(error.to_string()),
    }
}

/// Without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn of(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns_in_the_order_of_the_resolver() {
        assert_eq!(
            alternating(&of(&["::1", "::2", "::3", "1.1.1.1", "1.1.1.2"])),
            of(&["::1", "1.1.1.1", "::2", "1.1.1.2", "::3"])
        );
        assert_eq!(alternating(&of(&["1.1.1.1", "::1", "::2"])), of(&["1.1.1.1", "::1", "::2"]));
        assert!(alternating(&[]).is_empty());
    }

    #[tokio::test]
    async fn an_address_that_refuses_gives_way_to_the_next_at_once() {
        let listener = TcpListener::bind("127.0.0.3:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stream = any_of(&of(&["127.0.0.2", "127.0.0.4", "127.0.0.3"]), port).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
        drop(listener);
        let refused = any_of(&of(&["127.0.0.2", "127.0.0.3"]), port).await.unwrap_err();
        assert!(matches!(&refused, FailureKind::Connect(why) if why.contains("refused")), "{refused:?}");
        assert_eq!(any_of(&[], port).await.unwrap_err(), FailureKind::Connect("the name has no address".to_owned()));
    }

    /// Its queue of connections is full, so that it answers no more than a host behind a firewall.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_address_that_says_nothing_does_not_hold_up_the_next() {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let silent = socket.listen(0).unwrap();
        let address = silent.local_addr().unwrap();
        let mut queue = Vec::new();
        while let Ok(connected) = tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
            queue.push(connected.unwrap());
        }
        let other = TcpListener::bind(("127.0.0.3", address.port())).unwrap();
        let stream = any_of(&of(&["127.0.0.2", "127.0.0.3"]), address.port()).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), other.local_addr().unwrap());
    }
}
