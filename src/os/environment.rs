//! The environment variables of this process, in one look.
//!
//! Asking for each by its name walks the whole environment every time, which is most of the cost of a cached answer.

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

unsafe extern "C" {
    /// POSIX: the variables of the process, ended by NULL.
    static mut environ: *mut *mut c_char;
}

/// What the variables that are looked for begin with: eight texts of [`SIEVED`] bytes and more.
pub(crate) struct Beginnings {
    texts: [&'static [u8]; 8],
    /// By place in a text and byte there, which of the texts have that byte, a bit each. Nearly all other variables are
    /// passed over without a comparison.
    sieve: [[u8; 256]; SIEVED],
}

const SIEVED: usize = 4;

impl Beginnings {
    /// Of several that fit, the first counts.
    // The one place where this is evaluated is the compiler.
    #[allow(clippy::indexing_slicing, clippy::as_conversions)]
    pub(crate) const fn new(texts: [&'static [u8]; 8]) -> Self {
        let mut sieve = [[0; 256]; SIEVED];
        let mut text = 0;
        while text < texts.len() {
            let mut at = 0;
            while at < SIEVED {
                sieve[at][texts[text][at] as usize] |= 1 << text;
                at += 1;
            }
            text += 1;
        }
        Self { texts, sieve }
    }

    /// Which of the texts a string may begin with, a bit each.
    ///
    /// # Safety
    /// `string` is NUL-terminated.
    // Called for every variable by code that is compiled for its size.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    unsafe fn candidates(&self, string: *const u8) -> u8 {
        let mut left = u8::MAX;
        for (at, of_byte) in self.sieve.iter().enumerate() {
            // SAFETY: no text holds a NUL, so nothing is left after it, and nothing is read beyond it.
            let byte = unsafe { string.add(at).read() };
            left &= of_byte.get(usize::from(byte)).copied().unwrap_or_default();
            if left == 0 {
                break;
            }
        }
        left
    }
}

/// The environment for the time of a look at it.
///
/// As with `getenv`, no other thread may change it meanwhile; a host that does so races with every library that reads it.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'a> {
    first: *const *mut c_char,
    strings: PhantomData<&'a CStr>,
}

/// Calls `body` with the environment as it is now. Nothing of ours ever changes it.
pub(crate) fn look<T>(body: impl FnOnce(Environment<'_>) -> T) -> T {
    // SAFETY: a pointer is read.
    body(Environment { first: unsafe { environ }.cast_const(), strings: PhantomData })
}

impl<'a> Environment<'a> {
    /// Shows `with` every variable (`NAME=value`) that begins with one of `beginnings`, in the environment's order, each
    /// with the place of that beginning among them.
    pub(crate) fn each(self, beginnings: &Beginnings, mut with: impl FnMut(usize, &'a CStr)) {
        let mut entry = self.first;
        // SAFETY: `environ` is NULL or an array of NUL-terminated strings that ends with NULL; it is read in order and not
        // past its end, and what is found is not kept beyond the look. What passes the sieve is as long as that at least.
        unsafe {
            while !entry.is_null() && !(*entry).is_null() {
                let variable = (*entry).cast_const();
                entry = entry.add(1);
                let mut candidates = beginnings.candidates(variable.cast());
                while candidates != 0 {
                    let place = usize::try_from(candidates.trailing_zeros()).unwrap_or_default();
                    let rest = beginnings.texts.get(place).and_then(|text| text.get(SIEVED..)).unwrap_or_default();
                    if begins_with(variable.add(SIEVED), rest) {
                        with(place, CStr::from_ptr(variable));
                        break;
                    }
                    candidates &= candidates - 1;
                }
            }
        }
    }
}

/// # Safety
/// `string` is NUL-terminated, and `text` holds no NUL.
#[inline]
unsafe fn begins_with(string: *const c_char, text: &[u8]) -> bool {
    // SAFETY: read up to the first byte that differs, which the NUL does at the latest.
    text.iter().enumerate().all(|(at, byte)| unsafe { string.cast::<u8>().add(at).read() } == *byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    #[test]
    fn finds_what_the_standard_library_finds() {
        static BEGINNINGS: Beginnings =
            Beginnings::new([b"NO_SUCH_VARIABLE_", b"PATH=", b"PATH", b"XXXX", b"XXXX", b"XXXX", b"XXXX", b"XXXX"]);
        let mut found = Vec::new();
        look(|environment| environment.each(&BEGINNINGS, |place, variable| found.push((place, variable.to_owned()))));
        let path = std::env::var("PATH").unwrap();
        assert_eq!(found, [(1, CString::new(format!("PATH={path}")).unwrap())]);
    }

    #[test]
    fn the_sieve_keeps_what_begins_so_and_reads_no_further_than_the_end() {
        static BEGINNINGS: Beginnings =
            Beginnings::new([b"ABCD", b"ABCE=", b"XBCD", b"WXYZ", b"WXYZ", b"WXYZ", b"WXYZ", b"WXYZ"]);
        // SAFETY: literals.
        let left = |string: &'static CStr| unsafe { BEGINNINGS.candidates(string.as_ptr().cast()) };
        assert_eq!(left(c"ABCD"), 0b1);
        assert_eq!(left(c"ABCE"), 0b10);
        assert_eq!(left(c"WXYZ and more"), 0b1111_1000);
        for other in [c"", c"A", c"ABC", c"ABCX", c"WBCD", c"XXYZ"] {
            assert_eq!(left(other), 0, "{other:?}");
        }
    }

    #[test]
    fn a_string_shorter_than_a_beginning_does_not_begin_with_it() {
        // SAFETY: literals, and no NUL in the beginnings.
        let begins = |string: &'static CStr, text: &[u8]| unsafe { begins_with(string.as_ptr(), text) };
        assert!(begins(c"AWS_", b"AWS_") && begins(c"AWS_X", b"AWS_"));
        assert!(!begins(c"AWS", b"AWS_") && !begins(c"", b"A") && !begins(c"BWS_", b"AWS_"));
    }
}
