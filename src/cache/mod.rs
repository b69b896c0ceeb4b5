//! What is kept between calls, and how many callers share one login.
//!
//! Two layers: AWS keys by identity, and the result of a login by everything that can change it.

pub(crate) mod key;
pub(crate) mod memory;
pub(crate) mod single_flight;
