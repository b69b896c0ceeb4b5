//! Strings on their way to the library and back.

use super::Failure;
use std::ffi::{CStr, CString, c_char};
use zeroize::Zeroizing;

/// A string of the library's, borrowed for as long as its object lives.
///
/// # Safety
/// NULL, or NUL-terminated and alive for `'a`.
pub unsafe fn borrowed<'a>(string: *const c_char) -> Option<&'a str> {
    if string.is_null() {
        return None;
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    unsafe { CStr::from_ptr(string) }.to_str().ok()
}

/// A string of ours with a NUL at its end, wiped when it is dropped.
pub struct Text(Zeroizing<Vec<u8>>);

impl Text {
    /// Refuses a string that holds a NUL; `what` says which.
    pub fn new(string: &str, what: &str) -> Result<Self, Failure> {
        let owned = CString::new(string).map_err(|_| Failure::usage(format!("{what} holds a NUL character")))?;
        Ok(Self(Zeroizing::new(owned.into_bytes_with_nul())))
    }

    /// For the library, which copies it.
    pub fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}
