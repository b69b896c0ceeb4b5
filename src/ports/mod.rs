//! The outside world: sockets, files, environment, clock and randomness. Nothing above touches them any other way, so
//! that everything above has tests without them.

use std::pin::Pin;

pub(crate) mod aws_http;
pub(crate) mod clock;
pub(crate) mod env;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod private_file;
pub(crate) mod random;

/// A future that a port returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
