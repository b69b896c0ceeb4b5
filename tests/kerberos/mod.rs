//! A Kerberos realm of a test's own, and a server's side of it. For the unit tests of the library and for the suite.
#![allow(dead_code, unused_imports, reason = "each of them uses its part")]

mod acceptor;
mod child;
mod realm;

pub use acceptor::Acceptor;
pub use child::in_a_realm;
pub use realm::{HOST, Realm, STRANGER, USER};
