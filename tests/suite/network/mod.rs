//! Names, connections, certificates and proxies.

mod connect;
mod proxy;
mod tls;
