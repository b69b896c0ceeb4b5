//! What a DSN says: pure functions over text, no file, socket, environment or clock.

pub mod dialect;
pub mod keys;
pub mod location;
pub mod odbc_ini;
pub mod parse;
pub mod partition;
pub mod settings;
pub mod text;
mod values;
