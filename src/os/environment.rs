//! Many environment variables in one look.
//!
//! Asking for each by its name walks the whole environment every time, which is most of the cost of a cached answer.

use std::ffi::{CStr, c_char};

unsafe extern "C" {
    /// POSIX: the variables of the process, ended by NULL.
    static mut environ: *mut *mut c_char;
}

/// Calls `with` for the bytes (`NAME=value`) of every variable that begins with one of `beginnings`, in the environment's
/// order.
///
/// As with `getenv`, no other thread may change the environment meanwhile; a host that does so races with every library
/// that reads it.
pub(crate) fn each(beginnings: &[&[u8]], mut with: impl FnMut(&[u8])) {
    // SAFETY: `environ` is NULL or an array of NUL-terminated strings that ends with NULL; it is read in order, each entry
    // once, and nothing of it is kept.
    unsafe {
        let mut entry = environ.cast_const();
        while !entry.is_null() && !(*entry).is_null() {
            let first = **entry;
            // Most variables are passed over by their first letter, without being measured.
            if beginnings.iter().any(|beginning| beginning.first().copied() == u8::try_from(first).ok()) {
                let variable = CStr::from_ptr(*entry).to_bytes();
                if beginnings.iter().any(|beginning| variable.starts_with(beginning)) {
                    with(variable);
                }
            }
            entry = entry.add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_what_the_standard_library_finds() {
        let mut found = Vec::new();
        super::each(&[b"PATH="], |variable| found.push(variable.to_vec()));
        let path = std::env::var("PATH").unwrap();
        assert_eq!(found, [format!("PATH={path}").into_bytes()]);
    }
}
