//! Names of hosts and their addresses.

use crate::os::one_off_thread;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// Asks the C library on a thread of its own: it blocks, and knows no deadline. The port is filled in by whoever asks.
pub(crate) async fn addresses(host: &str) -> io::Result<impl Iterator<Item = SocketAddr> + Send + use<>> {
    let host = host.to_owned();
    one_off_thread::run(move || (host, 0).to_socket_addrs()).await?
}
