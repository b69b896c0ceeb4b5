//! The identity providers.

#[path = "../common/mod.rs"]
mod common;

mod adfs;
mod assertions;
mod browser;
mod browser_saml;
mod entra;
mod entra_browser;
mod entra_device;
mod entra_elsewhere;
mod identity_center;
mod okta;
mod pages;
mod ping;
