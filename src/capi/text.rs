//! Strings that come in (checked) and strings that go out (made when first asked for, wiped when dropped).

use super::constants::NTS;
use super::kv::rs_auth_dsn_kv;
use super::once_box::OnceBox;
use crate::dsn;
use crate::error::AuthError;
use crate::os::undumped::Undumped;
use crate::os::wipe;
use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::slice;
use zeroize::Zeroize;

/// A string argument that must be there.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated string that stays as it is during `'a`.
pub(super) unsafe fn argument<'a>(text: *const c_char, name: &str) -> Result<&'a str, AuthError> {
    // SAFETY: the caller's promise is the same.
    unsafe { optional(text, name) }?.ok_or_else(|| AuthError::invalid_argument(format!("{name} is NULL")))
}

/// A string argument that may be NULL.
///
/// # Safety
/// As [`argument`].
pub(super) unsafe fn optional<'a>(text: *const c_char, name: &str) -> Result<Option<&'a str>, AuthError> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and NUL-terminated by the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    dsn::text::argument(text.to_bytes(), name).map(Some)
}

/// The elements of an array: `len` of them, or with `RS_AUTH_NTS` all before the first that `ends` it.
///
/// # Safety
/// `first` is NULL or points to as many elements as `len` says, which stay as they are during `'a`.
pub(super) unsafe fn array<'a, T>(
    first: *const T,
    len: usize,
    name: &str,
    ends: impl Fn(&T) -> bool,
) -> Result<&'a [T], AuthError> {
    if first.is_null() {
        return match len {
            0 => Ok(&[]),
            _ => Err(AuthError::invalid_argument(format!("{name} is NULL, but its length is not 0"))),
        };
    }
    let mut counted = len;
    if len == NTS {
        counted = 0;
        // SAFETY: the end mark has not been met yet, so the array goes on.
        while !ends(unsafe { &*first.add(counted) }) {
            counted = counted.saturating_add(1);
        }
    }
    let fits = counted.checked_mul(size_of::<T>()).is_some_and(|bytes| isize::try_from(bytes).is_ok());
    if !fits {
        return Err(AuthError::invalid_argument(format!("the length of {name} is larger than memory")));
    }
    // SAFETY: not NULL, that many elements by the caller's promise, and not more than an allocation can hold.
    Ok(unsafe { slice::from_raw_parts(first, counted) })
}

/// The entries of a DSN.
///
/// # Safety
/// `dsn_kv` as in [`array()`].
pub(super) unsafe fn entries<'a>(dsn_kv: *const rs_auth_dsn_kv, len: usize) -> Result<&'a [rs_auth_dsn_kv], AuthError> {
    // SAFETY: the caller's promise is the same.
    unsafe { array(dsn_kv, len, "dsn_kv", |entry: &rs_auth_dsn_kv| entry.key.is_null()) }
}

/// The key/value pairs of a DSN. A value that is NULL is empty.
///
/// # Safety
/// `dsn_kv` as in [`array()`], its strings as in [`argument`].
pub(super) unsafe fn pairs<'a>(
    dsn_kv: *const rs_auth_dsn_kv,
    len: usize,
) -> Result<Vec<(&'a str, &'a str)>, AuthError> {
    // SAFETY: the caller's promise is the same.
    unsafe { pairs_of(entries(dsn_kv, len)?) }
}

/// The same of entries.
///
/// # Safety
/// Their strings as in [`argument`].
pub(super) unsafe fn pairs_of(entries: &[rs_auth_dsn_kv]) -> Result<Vec<(&str, &str)>, AuthError> {
    let mut pairs = Vec::with_capacity(entries.len());
    // SAFETY: the caller's promise is the same.
    for (index, (key, value)) in unsafe { raw_pairs(entries) }?.enumerate() {
        let key = dsn::text::argument(key.to_bytes(), &format!("dsn_kv[{index}].key"))?;
        pairs.push((key, dsn::text::value(value.to_bytes(), key)?));
    }
    Ok(pairs)
}

/// The same as it came: whether it is UTF-8 is not looked at, and it takes no memory.
///
/// # Safety
/// As [`pairs_of`].
pub(super) unsafe fn raw_pairs(
    entries: &[rs_auth_dsn_kv],
) -> Result<impl Iterator<Item = (&CStr, &CStr)> + Clone, AuthError> {
    if let Some(index) = entries.iter().position(|entry| entry.key.is_null()) {
        return Err(AuthError::invalid_argument(format!("dsn_kv[{index}].key is NULL")));
    }
    // SAFETY: NULL, or NUL-terminated by the caller's promise.
    Ok(entries.iter().map(|entry| unsafe { (or_empty(entry.key), or_empty(entry.value)) }))
}

/// A string; an empty one for NULL.
///
/// # Safety
/// As [`argument`].
unsafe fn or_empty<'a>(text: *const c_char) -> &'a CStr {
    // SAFETY: not NULL, and NUL-terminated by the caller's promise.
    if text.is_null() { c"" } else { unsafe { CStr::from_ptr(text) } }
}

/// A NUL-terminated string for C, wiped when dropped and left out of core dumps. A text that holds a NUL ends there.
pub(super) struct CText(Undumped);

impl CText {
    pub(super) fn new(text: &str) -> Self {
        let text = text.split('\0').next().unwrap_or_default();
        let mut bytes = Vec::with_capacity(text.len().saturating_add(1));
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        let text = Self(Undumped::of(&bytes));
        bytes.zeroize();
        text
    }

    /// Borrowed by C until this is dropped; moving this does not move the bytes.
    pub(super) fn as_ptr(&self) -> *const c_char {
        self.0.bytes().as_ptr().cast()
    }
}

/// A string of an immutable object, made when C first asks for it, whichever thread that is.
#[derive(Default)]
pub(super) struct LazyText(OnceBox<CText>);

impl LazyText {
    /// The string for C; NULL where there is none.
    pub(super) fn of(&self, text: Option<&str>) -> *const c_char {
        text.map_or(ptr::null(), |text| self.0.get_or_make(|| wipe::after(|| CText::new(text))).as_ptr())
    }
}

/// A string that C owns and gives back to [`end_owned`].
pub(super) fn owned(text: &str) -> *mut c_char {
    let text = text.split('\0').next().unwrap_or_default();
    CString::new(text).map_or(ptr::null_mut(), CString::into_raw)
}

/// Wipes and ends a string of [`owned`].
///
/// # Safety
/// `text` is NULL or came from [`owned`], unchanged, and is not used again.
pub(super) unsafe fn end_owned(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: not NULL, and from `CString::into_raw` by the caller's promise.
        unsafe { CString::from_raw(text) }.into_bytes().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    fn kv(key: *const c_char, value: *const c_char) -> rs_auth_dsn_kv {
        rs_auth_dsn_kv { key, value }
    }

    fn read(entries: &[rs_auth_dsn_kv], len: usize) -> Result<Vec<(&str, &str)>, AuthError> {
        // SAFETY: every array and string of these tests is a live value, or refused by its length.
        unsafe { pairs(entries.as_ptr(), len) }
    }

    #[test]
    fn reads_an_array_by_its_length_and_to_its_end_mark() {
        let entries =
            [kv(c"Host".as_ptr(), c"h".as_ptr()), kv(c"PWD".as_ptr(), ptr::null()), kv(ptr::null(), ptr::null())];
        let two = vec![("Host", "h"), ("PWD", "")];
        assert_eq!(read(&entries, NTS).unwrap(), two);
        assert_eq!(read(&entries, 2).unwrap(), two);
        assert_eq!(read(&entries, 1).unwrap(), two[..1]);
        assert_eq!(read(&entries, 0).unwrap(), []);
    }

    #[test]
    fn refuses_what_breaks_the_contract_and_says_where() {
        let entries = [kv(c"Host".as_ptr(), c"h".as_ptr()), kv(ptr::null(), c"x".as_ptr())];
        let null_key = read(&entries, 2).unwrap_err();
        assert_eq!((null_key.status(), null_key.message()), (Status::InvalidArgument, "dsn_kv[1].key is NULL"));
        let entries = [kv(c"k\xff".as_ptr(), c"x".as_ptr())];
        let bad_key = read(&entries, 1).unwrap_err();
        assert_eq!(bad_key.status(), Status::InvalidArgument);
        assert_eq!(bad_key.message(), "dsn_kv[0].key is not UTF-8: byte 2 does not fit");
        let entries = [kv(c"PWD".as_ptr(), c"caf\xe9".as_ptr())];
        let bad_value = read(&entries, 1).unwrap_err();
        assert_eq!(bad_value.status(), Status::InvalidSetting);
        assert!(bad_value.message().contains("\"PWD\""), "{bad_value}");
        for len in [1, NTS] {
            // SAFETY: NULL is allowed.
            let error = unsafe { pairs(ptr::null(), len) }.unwrap_err();
            assert_eq!(error.status(), Status::InvalidArgument);
        }
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { pairs(ptr::null(), 0) }.unwrap(), []);
        let too_long = read(&entries, NTS - 1).unwrap_err();
        assert_eq!(too_long.status(), Status::InvalidArgument);
    }

    #[test]
    fn raw_pairs_are_what_came_whatever_that_is() {
        fn of(entries: &[rs_auth_dsn_kv]) -> Result<Vec<(&CStr, &CStr)>, AuthError> {
            // SAFETY: every string is a literal.
            unsafe { raw_pairs(entries) }.map(Iterator::collect)
        }
        let mut entries = vec![kv(c"Host".as_ptr(), c"h".as_ptr()), kv(c"k\xff".as_ptr(), ptr::null())];
        assert_eq!(of(&entries).unwrap(), [(c"Host", c"h"), (c"k\xff", c"")]);
        entries.push(kv(ptr::null(), c"x".as_ptr()));
        assert_eq!(of(&entries).unwrap_err().message(), "dsn_kv[2].key is NULL");
        assert_eq!(of(&[]).unwrap(), []);
    }

    #[test]
    fn a_text_with_a_nul_ends_there() {
        let text = CText::new("ab\0cd");
        // SAFETY: it is NUL-terminated and alive.
        assert_eq!(unsafe { CStr::from_ptr(text.as_ptr()) }, c"ab");
        let string = owned("ab\0cd");
        // SAFETY: it is NUL-terminated and alive, and ended once.
        unsafe {
            assert_eq!(CStr::from_ptr(string), c"ab");
            end_owned(string);
            end_owned(ptr::null_mut());
        }
    }
}
