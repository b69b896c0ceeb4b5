//! The environment variables of this process, in one look.
//!
//! Asking for each by its name walks the whole environment every time, which is most of the cost of a cached answer.

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

unsafe extern "C" {
    /// POSIX: the variables of the process, ended by NULL.
    static mut environ: *mut *mut c_char;
}

/// Where each of many names begins: those of variables that are looked for.
pub(crate) struct Beginnings<const N: usize> {
    texts: [&'static [u8]; N],
    /// Most variables are passed over by their first letter, without being measured.
    first_letters: [bool; 256],
}

impl<const N: usize> Beginnings<N> {
    /// None of them is empty.
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
pub(crate) struct Environment<'a>(PhantomData<&'a CStr>);

/// Calls `body` with the environment as it is now. Nothing of ours ever changes it.
pub(crate) fn look<T>(body: impl FnOnce(Environment<'_>) -> T) -> T {
    body(Environment(PhantomData))
}

impl<'a> Environment<'a> {
    /// Every variable (`NAME=value`) that begins with one of `beginnings`, in the environment's order.
    pub(crate) fn variables<const N: usize>(
        self,
        beginnings: &'static Beginnings<N>,
    ) -> impl Iterator<Item = &'a CStr> + Clone {
        // SAFETY: a pointer is read.
        let mut entry = unsafe { environ }.cast_const();
        std::iter::from_fn(move || {
            // SAFETY: `environ` is NULL or an array of NUL-terminated strings that ends with NULL; it is read in order and
            // not past its end, and what is found is not kept beyond the look.
            unsafe {
                while !entry.is_null() && !(*entry).is_null() {
                    let variable = *entry;
                    entry = entry.add(1);
                    let first = variable.cast::<u8>().read();
                    if beginnings.first_letters.get(usize::from(first)).is_some_and(|is_one| *is_one) {
                        let variable = CStr::from_ptr(variable);
                        if beginnings.texts.iter().any(|text| variable.to_bytes().starts_with(text)) {
                            return Some(variable);
                        }
                    }
                }
                None
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    #[test]
    fn finds_what_the_standard_library_finds() {
        static BEGINNINGS: Beginnings<2> = Beginnings::new([b"PATH=", b"NO_SUCH_VARIABLE_"]);
        let found = look(|environment| environment.variables(&BEGINNINGS).map(CStr::to_owned).collect::<Vec<_>>());
        let path = std::env::var("PATH").unwrap();
        assert_eq!(found, [CString::new(format!("PATH={path}")).unwrap()]);
    }
}
