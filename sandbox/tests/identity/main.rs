//! The identity providers.

#[path = "../common/mod.rs"]
mod common;

mod assertions;
