//! Secrets: kept in memory that is wiped on drop and left out of core dumps, absent from every `Debug` text.
//!
//! A [`SecretString`] is made by the parser and opened only where bytes go on the wire or into the caller's hands.

use crate::os::undumped::Undumped;
use std::fmt;
use zeroize::Zeroize;

/// A text that nobody sees who does not ask for it by name.
pub struct SecretString(Undumped);

/// The one way to the text of a secret.
pub trait ExposeSecret {
    /// The text itself.
    fn expose_secret(&self) -> &str;
}

impl ExposeSecret for SecretString {
    fn expose_secret(&self) -> &str {
        // Made of a text, so it is one.
        str::from_utf8(self.0.bytes()).unwrap_or_default()
    }
}

impl Clone for SecretString {
    fn clone(&self) -> Self {
        Self(Undumped::of(self.0.bytes()))
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString([redacted])")
    }
}

impl From<String> for SecretString {
    fn from(mut text: String) -> Self {
        let secret = Self(Undumped::of(text.as_bytes()));
        text.zeroize();
        secret
    }
}

/// Takes `text` over as a secret, and wipes where it was.
#[must_use]
pub fn secret(text: impl Into<String>) -> SecretString {
    SecretString::from(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_opened_by_name_only() {
        let (given, copy) = (secret("hunter2"), secret("hunter2").clone());
        assert_eq!((given.expose_secret(), copy.expose_secret()), ("hunter2", "hunter2"));
        assert!(!format!("{given:?}").contains("hunter2"));
    }
}
