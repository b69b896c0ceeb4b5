//! The library as its users see it: through the C interface, against loopback stand-ins of everything that it talks to.
//!
//! A login reads environment, home directory and process state, so each scenario runs in a child process with nothing but
//! its own: see [`probe`]. Beside the result, tests assert the requests that were sent.

#![allow(clippy::format_collect)] // a few short texts
#![allow(clippy::needless_pass_by_value)] // builders take what callers have at hand

mod abi;
mod aws_errors;
mod azure;
mod bad_input;
mod book;
mod browser;
mod cache;
mod conformance;
mod disk;
mod docs;
mod doctor;
mod documented_dsns;
mod examples;
mod explain;
mod external;
mod faults;
mod flows;
mod hosts;
mod layers;
mod migration;
mod network;
mod okta;
mod probe;
mod round_trips;
mod runtime;
mod saml_plugins;
mod secrets;
mod security;
mod sent;
mod sso;
mod statuses;
mod tokens;
