//! What is kept between calls, and how many callers share one login.
//!
//! Two layers in memory: what proves an identity, and the result of a login by everything that can change it. Below the
//! first lies the disk, for what a person had to do.

pub(crate) mod disk;
pub(crate) mod input_key;
pub(crate) mod key;
pub(crate) mod life;
pub(crate) mod memory;
pub(crate) mod shelves;
pub(crate) mod single_flight;
mod sip_hash;
