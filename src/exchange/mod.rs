//! From a proof to credentials.

pub(crate) mod chain;
pub(crate) mod endpoint;
pub(crate) mod profile;
