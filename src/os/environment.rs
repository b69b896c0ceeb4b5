//! The environment variables of this process, in one look.
//!
//! Asking for each by its name walks the whole environment every time, which is most of the cost of a cached answer.

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

unsafe extern "C" {
    /// POSIX: the variables of the process, ended by NULL.
    static mut environ: *mut *mut c_char;
}

/// What the variables that are looked for begin with.
pub(crate) struct Beginnings<const N: usize> {
    texts: [&'static [u8]; N],
    /// Most variables are passed over by their first letter, without being measured.
    first_letters: [bool; 256],
}

impl<const N: usize> Beginnings<N> {
    /// None of them is empty; of several that fit, the first counts.
    // The one place where this is evaluated is the compiler.
    #[allow(clippy::indexing_slicing, clippy::as_conversions)]
    pub(crate) const fn new(texts: [&'static [u8]; N]) -> Self {
        let mut first_letters = [false; 256];
        let mut at = 0;
        while at < N {
            first_letters[texts[at][0] as usize] = true;
            at += 1;
        }
        Self { texts, first_letters }
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
    /// Every variable (`NAME=value`) that begins with one of `beginnings`, in the environment's order, each with the place
    /// of that beginning among them.
    pub(crate) fn variables<const N: usize>(
        self,
        beginnings: &'static Beginnings<N>,
    ) -> impl Iterator<Item = (usize, &'a CStr)> {
        let mut entry = self.first;
        std::iter::from_fn(move || {
            // SAFETY: `environ` is NULL or an array of NUL-terminated strings that ends with NULL; it is read in order and
            // not past its end, and what is found is not kept beyond the look.
            unsafe {
                while !entry.is_null() && !(*entry).is_null() {
                    let variable = *entry;
                    entry = entry.add(1);
                    let first = variable.cast::<u8>().read();
                    if beginnings.first_letters.get(usize::from(first)).is_some_and(|is_one| *is_one)
                        && let Some(place) = beginnings.texts.iter().position(|text| begins_with(variable, text))
                    {
                        return Some((place, CStr::from_ptr(variable)));
                    }
                }
                None
            }
        })
    }
}

/// # Safety
/// `string` is NUL-terminated, and `text` holds no NUL.
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
        static BEGINNINGS: Beginnings<3> = Beginnings::new([b"NO_SUCH_VARIABLE_", b"PATH=", b"PAT"]);
        let found = look(|environment| {
            let variables = environment.variables(&BEGINNINGS).filter(|(place, _)| *place < 2);
            variables.map(|(place, variable)| (place, variable.to_owned())).collect::<Vec<_>>()
        });
        let path = std::env::var("PATH").unwrap();
        assert_eq!(found, [(1, CString::new(format!("PATH={path}")).unwrap())]);
    }

    #[test]
    fn a_string_shorter_than_a_beginning_does_not_begin_with_it() {
        // SAFETY: literals, and no NUL in the beginnings.
        let begins = |string: &'static CStr, text: &[u8]| unsafe { begins_with(string.as_ptr(), text) };
        assert!(begins(c"AWS_", b"AWS_") && begins(c"AWS_X", b"AWS_"));
        assert!(!begins(c"AWS", b"AWS_") && !begins(c"", b"A") && !begins(c"BWS_", b"AWS_"));
    }
}
