//! Login for Amazon Redshift as a C library.
//!
//! The contract with C is in `capi` and in the header made from it; everything else is private. A login takes one way:
//! settings, plugin (a proof of who asks), exchange (the proof for credentials); see `login`.

#![cfg_attr(
    not(any(test, feature = "fuzzing")),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::todo,
        clippy::unimplemented,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]
#![deny(unsafe_code)]

#[cfg(panic = "abort")]
compile_error!("panics must unwind: the C boundary turns them into RS_AUTH_STATUS_INTERNAL");

pub(crate) mod cache;
pub(crate) mod cancel;
pub mod capi;
pub(crate) mod credentials;
pub(crate) mod doctor;
pub(crate) mod dsn;
pub(crate) mod error;
pub(crate) mod exchange;
pub(crate) mod explain;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod options;
pub(crate) mod os;
pub(crate) mod plugin;
pub(crate) mod ports;
pub(crate) mod process;
pub(crate) mod protocol;
pub(crate) mod redact;
pub(crate) mod runtime;
pub(crate) mod secret;
