//! What a DSN says: pure functions over text, no file, socket, environment or clock.

pub mod auth_profile;
pub mod catalogue;
pub mod dialect;
pub mod keys;
pub mod location;
pub mod method;
pub mod odbc_ini;
pub mod parse;
pub mod partition;
pub mod plugin_names;
pub mod settings;
pub mod shown;
pub mod ssl_mode;
pub mod text;
pub mod values;

#[cfg(test)]
mod peer_cases;
