//! Loopback stand-ins of the AWS services and the identity providers that a Redshift login talks to.
//!
//! They *check* what they are sent, signature included, refuse what the real ones would refuse, record every request, and go wrong
//! on demand. A test starts its own [`Sandbox`], points the login at it and asserts what was sent:
//!
//! ```
//! use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
//!
//! let sandbox = Sandbox::start();
//! sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Throttle { status: 503, retry_after: 1 }));
//! // … a login with sandbox.http_url() as its endpoint …
//! assert!(sandbox.requests_for("GetClusterCredentials").is_empty());
//! ```
//!
//! Nothing but loopback is ever reached. The program `rs-auth-sandbox` is the same for other languages; see the README.

mod alarm;
mod aws;
pub mod browser;
mod clock;
mod container;
mod control;
mod delivery;
pub mod demo_world;
mod describe;
mod directory;
mod dsn_files;
mod dsns;
mod fault;
mod gate;
mod http;
mod idc;
pub mod identity;
mod imds;
mod link;
mod log;
mod negotiate;
mod proxy;
mod random;
mod sandbox;
mod server;
mod service;
mod shared;
mod sigv4;
mod tls;
pub mod world;

pub use dsn_files::DsnFiles;
pub use fault::{Fault, FaultAction};
pub use gate::{Broken, Gate};
pub use idc::{Assignment, DevicePage, IdcClient, IdcToken, IdentityCenter};
pub use log::Record;
pub use negotiate::Accept;
pub use proxy::ProxyRecord;
pub use sandbox::{Builder, Sandbox};
pub use tls::TlsDefect;
pub use world::World;
