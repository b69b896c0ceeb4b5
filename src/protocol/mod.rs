//! The formats of identity providers: bytes in, values out. No I/O, no clock, no log.

#[allow(dead_code, unused_imports)] // for the plugins
pub mod html_form;
pub mod idc;
#[allow(dead_code)] // for the plugins
pub mod jwt;
mod lenient_base64;
#[allow(dead_code)] // for the plugins
pub mod oauth2;
pub mod okta;
pub mod percent;
#[allow(dead_code)] // for the plugins
pub mod pkce;
#[allow(dead_code, unused_imports)] // for the plugins
pub mod saml;
pub mod totp;
