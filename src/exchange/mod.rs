//! From a proof to credentials.

pub(crate) mod profile;
