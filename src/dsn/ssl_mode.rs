//! How the driver has to protect the connection to the database.

use super::keys::Key;
use super::settings::Settings;
use crate::error::AuthError;

const IN_CLEAR: &str = "must not allow connections without TLS: temporary credentials would travel in clear";

/// `SSLMode`, else what `EncryptionMethod` stands for, else `verify-ca`. What would let the connection go without TLS is
/// refused.
pub fn ssl_mode(settings: &Settings) -> Result<&'static str, AuthError> {
    if settings.flag(Key::Ssl)? == Some(false) {
        return Err(refused(settings, Key::Ssl));
    }
    let is_weak = |mode: &str| ["disable", "allow", "prefer"].iter().any(|weak| weak.eq_ignore_ascii_case(mode.trim()));
    if settings.text(Key::SslMode).is_some_and(is_weak) {
        return Err(refused(settings, Key::SslMode));
    }
    if let Some(mode) = settings.choice(Key::SslMode)? {
        return Ok(mode);
    }
    match settings.number(Key::EncryptionMethod)? {
        None | Some(1) => Ok("verify-ca"),
        Some(2) => Ok("verify-full"),
        Some(3) => Ok("require"),
        Some(_) => Err(refused(settings, Key::EncryptionMethod)),
    }
}

fn refused(settings: &Settings, key: Key) -> AuthError {
    settings.invalid(key, IN_CLEAR).hint("set SSLMode to verify-full, verify-ca or require")
}

#[cfg(test)]
mod tests {
    use super::ssl_mode;
    use crate::dsn::settings::{Settings, Source};
    use crate::error::{AuthError, Status};

    fn mode(pairs: &[(&str, &str)]) -> Result<&'static str, AuthError> {
        ssl_mode(&Settings::from_pairs(pairs.iter().copied(), Source::Argument))
    }

    #[test]
    fn modes() {
        for (pairs, expected) in [
            (&[][..], "verify-ca"),
            (&[("SSL", "true")], "verify-ca"),
            (&[("sslmode", "REQUIRE")], "require"),
            (&[("authmech", "verify-full"), ("SSL", "1")], "verify-full"),
            (&[("EncryptionMethod", "1")], "verify-ca"),
            (&[("EM", "2")], "verify-full"),
            (&[("EM", "3")], "require"),
            (&[("EM", "0"), ("SSLMode", "verify-ca")], "verify-ca"),
        ] {
            assert_eq!(mode(pairs).unwrap(), expected, "{pairs:?}");
        }
    }

    #[test]
    fn refusals() {
        for pairs in [
            &[("SSLMode", "disable")][..],
            &[("SSLMode", "Allow")],
            &[("SSLMode", "prefer")],
            &[("SSLMode", "bogus")],
            &[("SSL", "0")],
            &[("ssl", "False"), ("SSLMode", "verify-full")],
            &[("SSL", "maybe")],
            &[("EncryptionMethod", "0")],
            &[("EncryptionMethod", "4")],
        ] {
            let error = mode(pairs).unwrap_err();
            assert_eq!(error.status(), Status::InvalidSetting, "{pairs:?}");
        }
        let error = mode(&[("SSLMode", "disable")]).unwrap_err();
        assert_eq!(
            error.message(),
            "SSLMode must not allow connections without TLS: temporary credentials would travel in clear; it is \"disable\""
        );
    }
}
