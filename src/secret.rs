//! Secrets: kept in memory that is wiped on drop, absent from every `Debug` text.
//!
//! A [`SecretString`] is made by the parser and opened only where bytes go on the wire or into the caller's hands.

pub use secrecy::{ExposeSecret, SecretString};

/// Takes over `text` as a secret. The bytes are not copied where the capacity fits.
#[must_use]
pub fn secret(text: impl Into<String>) -> SecretString {
    SecretString::from(text.into())
}
