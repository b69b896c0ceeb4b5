//! The wall between C and Rust: nothing unwinds through it, and every failure leaves as a status with an error object.

use super::constants::{RS_AUTH_STATUS_OK, rs_auth_status};
use super::error::rs_auth_error;
use super::handle;
use crate::error::AuthError;
use crate::os::panics;
use crate::os::wipe::{self, Depth};
use std::mem::MaybeUninit;
use std::ptr;

/// Runs the body of a function that returns a status. `out_error` is NULL afterwards unless the body failed.
pub(super) fn status(
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
    body: impl FnOnce() -> Result<(), AuthError>,
) -> rs_auth_status {
    status_as_deep(out_error, || body().map(|()| Depth::Any))
}

/// The same for a body that says how deep it went.
pub(super) fn status_as_deep(
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
    body: impl FnOnce() -> Result<Depth, AuthError>,
) -> rs_auth_status {
    let out_error = out_error.map(|out| out.write(ptr::null_mut()));
    // Settings are read and hashed on the host's own thread.
    let result = wipe::after_as_deep(|| {
        let result = panics::caught(body).and_then(|result| result);
        let depth = result.as_ref().map_or(Depth::Any, |depth| *depth);
        (result, depth)
    });
    match result {
        Ok(_) => RS_AUTH_STATUS_OK,
        Err(error) => {
            let number = error.status().number();
            if let Some(out_error) = out_error {
                *out_error = handle::into_c(rs_auth_error::new(error));
            }
            number
        }
    }
}

/// Runs the body of a function that has no way to report a failure; `otherwise` is its answer after a panic.
pub(super) fn value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    panics::caught(body).unwrap_or(otherwise)
}
