//! Text as it comes from C: UTF-8 bytes, UTF-16 and UTF-32 code units in the machine's byte order.

use super::settings::quoted;
use crate::error::AuthError;
use zeroize::Zeroizing;

/// A connection string in UTF-16. A NUL at its end does no harm: many callers count it in.
pub fn from_utf16(units: &[u16]) -> Result<Zeroizing<String>, AuthError> {
    let units = without_terminator(units);
    // A unit has three bytes at most: what grows leaves copies of passwords behind.
    let mut text = Zeroizing::new(String::with_capacity(units.len().saturating_mul(3)));
    let mut position = 0;
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok('\0') => return Err(bad_unit("UTF-16", "a NUL", position)),
            Ok(letter) => {
                text.push(letter);
                position += letter.len_utf16();
            }
            Err(error) => {
                let what = format!("half a surrogate pair (0x{:04x})", error.unpaired_surrogate());
                return Err(bad_unit("UTF-16", &what, position));
            }
        }
    }
    Ok(text)
}

/// A connection string in UTF-32, iODBC's wide characters.
pub fn from_utf32(units: &[u32]) -> Result<Zeroizing<String>, AuthError> {
    let units = without_terminator(units);
    let mut text = Zeroizing::new(String::with_capacity(units.len().saturating_mul(4)));
    for (position, unit) in units.iter().enumerate() {
        match char::from_u32(*unit) {
            Some('\0') => return Err(bad_unit("UTF-32", "a NUL", position)),
            Some(letter) => text.push(letter),
            None => return Err(bad_unit("UTF-32", &format!("0x{unit:x}, which is no character"), position)),
        }
    }
    Ok(text)
}

fn without_terminator<T: PartialEq + From<u8>>(units: &[T]) -> &[T] {
    match units.split_last() {
        Some((last, rest)) if *last == T::from(0) => rest,
        _ => units,
    }
}

fn bad_unit(encoding: &str, what: &str, position: usize) -> AuthError {
    AuthError::invalid_argument(format!("the connection string is not {encoding}: unit {} is {what}", position + 1))
}

/// An argument of a call: bad UTF-8 is `INVALID_ARGUMENT` and names the argument.
pub fn argument<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, AuthError> {
    std::str::from_utf8(bytes).map_err(|error| {
        AuthError::invalid_argument(format!("{name} is not UTF-8: byte {} does not fit", error.valid_up_to() + 1))
    })
}

/// A value of the DSN: bad UTF-8 is `INVALID_SETTING` and names the key.
pub fn value<'a>(bytes: &'a [u8], key: &str) -> Result<&'a str, AuthError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (key, position) = (quoted(key), error.valid_up_to() + 1);
        AuthError::invalid_setting(format!("the value of {key} is not UTF-8: byte {position} does not fit"))
            .hint("an application that speaks another code page must convert its connection string to UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::{argument, from_utf16, from_utf32, value};
    use crate::error::Status;
    use proptest::prelude::*;

    #[test]
    fn wide_text() {
        let wide: Vec<u16> = "UID=müller😀\0".encode_utf16().collect();
        assert_eq!(*from_utf16(&wide).unwrap(), "UID=müller😀");
        assert_eq!(*from_utf16(&[]).unwrap(), "");
        let wide: Vec<u32> = "PWD=😀\0".chars().map(u32::from).collect();
        assert_eq!(*from_utf32(&wide).unwrap(), "PWD=😀");
    }

    #[test]
    fn bad_units_are_located() {
        for (error, position) in [
            (from_utf16(&[0x41, 0xD83D, 0xDE00, 0xDC00]).unwrap_err(), "unit 4 is half a surrogate pair (0xdc00)"),
            (from_utf16(&[0xD800]).unwrap_err(), "unit 1 is"),
            (from_utf16(&[0x41, 0, 0x41]).unwrap_err(), "unit 2 is a NUL"),
            (from_utf32(&[0x41, 0x0011_0000]).unwrap_err(), "unit 2 is 0x110000"),
            (from_utf32(&[0xD800]).unwrap_err(), "unit 1 is"),
            (from_utf32(&[0, 0]).unwrap_err(), "unit 1 is a NUL"),
        ] {
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.message().contains(position), "{error}");
        }
    }

    #[test]
    fn bad_bytes_name_argument_or_key() {
        assert_eq!(argument(b"x", "scope").unwrap(), "x");
        let error = argument(b"ab\xff", "scope").unwrap_err();
        assert_eq!(
            (error.status(), error.message()),
            (Status::InvalidArgument, "scope is not UTF-8: byte 3 does not fit")
        );
        assert_eq!(value("pä".as_bytes(), "PWD").unwrap(), "pä");
        let error = value(b"p\xe4ss", "PWD").unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting);
        assert!(error.message().contains("\"PWD\"") && error.message().contains("byte 2"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_units_are_read_or_refused(units in proptest::collection::vec(any::<u16>(), 0..40)) {
            let ended = units.strip_suffix(&[0]).unwrap_or(&units);
            match from_utf16(&units) {
                Ok(text) => prop_assert_eq!(text.encode_utf16().collect::<Vec<_>>(), ended),
                Err(_) => prop_assert!(String::from_utf16(ended).is_err() || ended.contains(&0)),
            }
            let wide: Vec<u32> = units.iter().map(|unit| u32::from(*unit) << 5).collect();
            let _ = from_utf32(&wide);
        }

        #[test]
        fn text_survives_the_way_through_wide_units(text in "[^\0]{0,40}") {
            prop_assert_eq!(&*from_utf16(&text.encode_utf16().collect::<Vec<_>>()).unwrap(), &text);
            prop_assert_eq!(&*from_utf32(&text.chars().map(u32::from).collect::<Vec<_>>()).unwrap(), &text);
        }
    }
}
