//! The identity providers.

#[path = "../common/mod.rs"]
mod common;

mod adfs;
mod assertions;
mod browser;
mod entra;
mod identity_center;
mod okta;
mod pages;
mod ping;
