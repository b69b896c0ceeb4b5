//! Names, connections, certificates and proxies.

mod connect;

mod proxy;
mod tls;

pub use connect::closed_port;
