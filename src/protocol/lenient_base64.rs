//! Base64 as identity providers send it: broken into lines, in either alphabet, with or without padding.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Padding has been taken off before; bits left over at the end are nobody's business.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes, if `text` is base64 of any manner. They are wiped when dropped, and so is what was made on the way.
pub fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let plain = standard_unpadded(text);
    // The room for all of it, so that no half of it is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(plain.len()));
    UNPADDED.decode_vec(plain.as_bytes(), &mut bytes).ok()?;
    Some(bytes)
}

/// The same content in the standard alphabet, padded and without blanks: what AWS takes.
pub fn normalize(text: &str) -> Zeroizing<String> {
    let mut plain = standard_unpadded(text);
    while !plain.len().is_multiple_of(4) {
        plain.push('=');
    }
    plain
}

fn standard_unpadded(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len() + 3));
    plain.extend(text.chars().filter(|c| !c.is_ascii_whitespace()).map(|c| match c {
        '-' => '+',
        '_' => '/',
        other => other,
    }));
    let end = plain.trim_end_matches('=').len();
    plain.truncate(end);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_base64() {
        for text in ["a", "ab=c", "ab*c", "Zm9v\u{e9}", "%3D"] {
            assert!(decode(text).is_none(), "{text}");
        }
        for (text, bytes) in
            [("", &b""[..]), ("Zm9v", b"foo"), ("Zm8", b"fo"), ("Zm9=", b"fo"), ("-_-_", b"\xfb\xff\xbf")]
        {
            assert_eq!(**decode(text).unwrap(), *bytes, "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_alphabets_with_any_line_breaks_give_the_same_bytes(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            line in 1..80usize,
            crlf: bool,
        ) {
            let standard = BASE64_STANDARD.encode(&bytes);
            let break_at = if crlf { "\r\n" } else { "\n\t" };
            let broken: Vec<String> =
                standard.as_bytes().chunks(line).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
            for text in [&standard, &BASE64_URL_SAFE_NO_PAD.encode(&bytes), &broken.join(break_at)] {
                prop_assert_eq!(decode(text).map(|bytes| bytes.to_vec()), Some(bytes.clone()));
                let normal = normalize(text).as_str().to_owned();
                prop_assert_eq!(&normal, &standard);
            }
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            let _ = (decode(&text), normalize(&text));
        }
    }
}
