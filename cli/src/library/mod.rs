//! The library's C functions with Rust's ownership: the only `unsafe` code of the program.

#![allow(unsafe_code)]

mod calls;
mod credentials;
mod error;
mod event;
mod options;
mod pairs;
mod text;

use crate::failure::Failure;
pub use calls::{Dialect, aws_keys, catalogue, doctor, explain, forget, forget_all, log_in, merge, version};
pub use credentials::{Credentials, Kind};
pub use error::{Refusal, status_name};
pub use event::{Event, Kind as EventKind, Reply};
pub use options::{Cache, CancelToken, Options};
pub use pairs::Pairs;
use rs_auth::capi::rs_auth_error;
