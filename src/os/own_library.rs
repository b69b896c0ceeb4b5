//! Whether this code runs inside our own shared library, with its own copy of the standard library, or is linked into
//! somebody's Rust program, whose standard library is not ours to touch.

use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::path::Path;

/// Whether the object that holds this function is `librs_auth.so`, whatever its version.
pub(super) fn is_ours() -> bool {
    // The only way to a function's address is a cast.
    #[allow(clippy::as_conversions)]
    let inside = is_ours as fn() -> bool as *const c_void;
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: dladdr only looks the address up, and fills `info` when it returns non-zero.
    if unsafe { libc::dladdr(inside, info.as_mut_ptr()) } == 0 {
        return false;
    }
    // SAFETY: filled; zeroed before, which is a valid value of this struct of pointers.
    let info = unsafe { info.assume_init() };
    if info.dli_fname.is_null() {
        return false;
    }
    // SAFETY: a NUL-terminated path that the loader keeps while the object is loaded, and we are inside it.
    let path = unsafe { CStr::from_ptr(info.dli_fname) }.to_string_lossy();
    Path::new(path.as_ref()).file_name().is_some_and(|name| name.to_string_lossy().starts_with("librs_auth.so"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_test_program_is_not_our_library() {
        assert!(!super::is_ours());
    }
}
