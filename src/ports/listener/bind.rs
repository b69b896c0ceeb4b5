//! The sockets: one port on both loopback addresses, since browsers take `localhost` for either. A machine may have one
//! of the two only.

use crate::error::{AuthError, Stage, Status};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::{TcpListener, TcpSocket};

/// Where a browser finds this machine.
pub(super) const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
/// How many connections may wait to be taken.
const BACKLOG: u32 = 1024;
/// A port that is free at one address may be taken at the other: then another one is drawn.
const DRAWS: usize = 16;

/// The listening sockets.
pub(super) struct Bound {
    pub(super) sockets: Vec<TcpListener>,
    pub(super) port: u16,
}

/// Binds `port`, 0 for any, at those of `addresses` that the machine has.
pub(super) fn bind(addresses: &[IpAddr], port: u16) -> Result<Bound, AuthError> {
    let draws = if port == 0 { DRAWS } else { 1 };
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for _ in 0..draws {
        match bind_once(addresses, port) {
            Ok(bound) => return Ok(bound),
            Err(error) => last = error,
        }
    }
    Err(not_bound(port, &last))
}

fn bind_once(addresses: &[IpAddr], port: u16) -> io::Result<Bound> {
    let mut bound = Bound { sockets: Vec::new(), port };
    let mut missing = io::Error::from(ErrorKind::AddrNotAvailable);
    for address in addresses {
        match listen(SocketAddr::new(*address, bound.port)) {
            Ok(socket) => {
                bound.port = socket.local_addr()?.port();
                bound.sockets.push(socket);
            }
            Err(error) if is_missing(&error) => missing = error,
            Err(error) => return Err(error),
        }
    }
    if bound.sockets.is_empty() { Err(missing) } else { Ok(bound) }
}

/// `SO_REUSEADDR` on Unix lets a port be bound again although connections of its last use linger; it never lets two
/// programs listen at one address. On Windows it would do just that.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Whether the machine does not have the address, or not the whole family.
fn is_missing(error: &io::Error) -> bool {
    error.kind() == ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(libc::EAFNOSUPPORT)
}

fn not_bound(port: u16, error: &io::Error) -> AuthError {
    let refused = |message: String| AuthError::new(Status::Listener, Stage::Browser, message);
    match error.kind() {
        ErrorKind::AddrInUse if port != 0 => refused(format!(
            "port {port} of this machine, to which the browser would come back, is taken by another program; it may be \
             another login that waits for its browser"
        ))
        .hint("end the other login, or set listen_port to a free port that the identity provider knows as well")
        .retryable(true),
        ErrorKind::PermissionDenied => refused(format!("port {port} must not be used by this user ({error})"))
            .hint("set listen_port to a port above 1023"),
        _ => refused(format!("no port of this machine could be opened for the browser to come back to ({error})"))
            .hint("the login needs the loopback address 127.0.0.1 or ::1"),
    }
}
