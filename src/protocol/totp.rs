//! Codes by time (RFC 6238): HMAC-SHA-1, 30 seconds, six digits, which is what every provider's codes are.

use aws_lc_rs::hmac;

/// RFC 6238 section 4.1.
const STEP_SECONDS: u64 = 30;

/// A shared secret.
pub struct Key(hmac::Key);

impl Key {
    /// Reads base32 (RFC 4648) as providers show it to people: any case, in groups, with or without padding. `None`: it is
    /// none.
    pub fn read(base32: &str) -> Option<Self> {
        let bytes = zeroize::Zeroizing::new(decode(base32)?);
        Some(Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes)))
    }

    /// The code at that time.
    pub fn code(&self, unix_seconds: u64) -> String {
        format!("{:06}", self.number(unix_seconds / STEP_SECONDS) % 1_000_000)
    }

    /// RFC 4226 section 5.3.
    fn number(&self, counter: u64) -> u32 {
        let tag = hmac::sign(&self.0, &counter.to_be_bytes());
        let offset = tag.as_ref().last().map_or(0, |last| usize::from(last & 15));
        let word = tag.as_ref().get(offset..).and_then(|rest| rest.first_chunk::<4>());
        word.map_or(0, |word| u32::from_be_bytes(*word) & 0x7fff_ffff)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().trim_end_matches('=').chars().filter(|c| !matches!(c, ' ' | '-'));
    // Reserved before, so that no grown buffer leaves a copy behind.
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for digit in digits {
        bits = ((bits << 5) & 0xffff) | value(digit)?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    // A last digit that holds no bit of a byte: something was cut off.
    (count < 5 && !bytes.is_empty()).then_some(bytes)
}

fn value(digit: char) -> Option<u32> {
    match digit.to_ascii_uppercase() {
        letter @ 'A'..='Z' => Some(u32::from(letter) - u32::from('A')),
        digit @ '2'..='7' => Some(u32::from(digit) - u32::from('2') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// "12345678901234567890", the secret of both RFCs.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn the_codes_are_those_of_the_rfcs() {
        let key = Key::read(RFC).unwrap();
        // RFC 6238 appendix B has eight digits.
        for (time, digits) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(key.number(time / STEP_SECONDS) % 100_000_000, digits, "{time}");
        }
        assert_eq!((key.code(59), key.code(1_111_111_109)), ("287082".to_owned(), "081804".to_owned()));
        // RFC 4226 appendix D.
        let numbers = [1_284_755_224, 1_094_287_082, 137_359_152, 1_726_969_429, 1_640_338_314];
        for (counter, number) in (0..).zip(numbers) {
            assert_eq!(key.number(counter), number);
        }
    }

    #[test]
    fn secrets_as_people_type_them() {
        let code = |text: &str| Key::read(text).map(|key| key.code(59));
        let right = code(RFC);
        for spelled in [
            "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
            " GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ ",
            "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ====",
        ] {
            assert_eq!(code(spelled), right, "{spelled}");
        }
        // RFC 4648 section 10.
        assert_eq!(decode("MZXW6YTBOI======").unwrap(), b"foobar");
        assert_eq!(decode("mzxw6").unwrap(), b"foo");
        for wrong in
            ["", " ", "=", "M", "MZX", "MZXW6Y", "GEZD0", "GEZD1", "GEZDGNBV8", "GE=ZD", "ÄEZDGNBV", "MZXW6YTB!"]
        {
            assert!(Key::read(wrong).is_none(), "{wrong:?}");
        }
        assert_eq!(format!("{:?}", Key::read(RFC).unwrap()), "Key");
    }

    proptest! {
        #[test]
        fn never_panics_and_always_six_digits(text in ".{0,40}", time: u64) {
            if let Some(key) = Key::read(&text) {
                let code = key.code(time);
                prop_assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()));
            }
        }
    }
}
