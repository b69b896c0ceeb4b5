//! Random text: ids, secrets, passwords.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// So many random bytes. A machine without randomness has no use for a sandbox.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// So many random bytes in base 64, with all that Base 64 has: `+`, `/`, `=`.
pub(crate) fn base64<const N: usize>() -> String {
    STANDARD.encode(bytes::<N>())
}

/// So many random letters and digits of the alphabet of AWS key ids.
pub(crate) fn base32<const N: usize>() -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    bytes::<N>().iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// A request id in the form of a UUID.
pub(crate) fn request_id() -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for (index, byte) in bytes::<16>().iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}
