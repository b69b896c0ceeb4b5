//! From a proof to credentials.

pub(crate) mod ahead;
pub(crate) mod aws_config;
pub(crate) mod aws_error;
pub(crate) mod chain;
pub(crate) mod database;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code))] // tests use more of it than fuzzing
pub(crate) mod fixture;
#[cfg(test)]
mod hosts_tests;
pub(crate) mod idc_token;
#[cfg(test)]
mod identity_center_tests;
pub(crate) mod redshift;
pub(crate) mod serverless;
pub(crate) mod sts;
mod warm_up;

pub(crate) use crate::ports::{aws_endpoint as endpoint, aws_profile as profile};
pub(crate) use warm_up::warm_up;
