//! From a proof to credentials.

pub(crate) mod aws_config;
pub(crate) mod aws_error;
pub(crate) mod chain;
pub(crate) mod endpoint;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod profile;
pub(crate) mod sts;
