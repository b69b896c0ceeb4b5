//! Functions for tests of the boundary itself. Not in the header, and not in a library that is shipped.

use super::boundary;
use super::constants::rs_auth_status;
use super::error::rs_auth_error;
use std::mem::MaybeUninit;

/// Panics with a secret in the message: it must come back as `RS_AUTH_STATUS_INTERNAL` without it.
#[unsafe(no_mangle)]
#[allow(clippy::missing_panics_doc)] // none leaves it
pub extern "C" fn rs_auth_test_panic(out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>) -> rs_auth_status {
    #[allow(clippy::panic)] // the point of it
    boundary::status(out_error, || panic!("a panic on demand with canary-secret in it"))
}
