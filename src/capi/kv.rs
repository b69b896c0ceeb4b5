//! Key/value pairs: those of a DSN, and owned lists of them.

use super::boundary;
use super::constants::rs_auth_status;
use super::credentials::{dialect_of, rs_auth_credentials};
use super::error::rs_auth_error;
use super::handle::{self, Out, needed};
use super::text::{self, CText};
use crate::dsn::dialect;
use crate::dsn::text as wide;
use crate::runtime;
use std::ffi::c_char;
use std::mem::{MaybeUninit, offset_of};
use std::ptr;
use zeroize::Zeroizing;

/// One key of a DSN and its value: NUL-terminated UTF-8, borrowed. A NULL value counts as empty, and an empty value as
/// not given. Keys are compared without regard to case, and the spellings of the ODBC, JDBC and Python drivers are all
/// known. The last of several spellings of a key wins, but an empty value does not erase an earlier one. This struct
/// never changes.
#[repr(C)]
pub struct rs_auth_dsn_kv {
    /// The key.
    pub key: *const c_char,
    /// Its value, or NULL.
    pub value: *const c_char,
}

// C callers make arrays of it.
const _: () = {
    assert!(size_of::<rs_auth_dsn_kv>() == 2 * size_of::<*const c_char>());
    assert!(align_of::<rs_auth_dsn_kv>() == align_of::<*const c_char>());
    assert!(offset_of!(rs_auth_dsn_kv, key) == 0);
    assert!(offset_of!(rs_auth_dsn_kv, value) == size_of::<*const c_char>());
};

/// An owned, immutable list of keys and values. It may be read from any thread; end it with rs_auth_kv_list_free().
pub struct rs_auth_kv_list(KvArray);

/// Texts, and the array of pointers to them that C reads.
pub(super) struct KvArray {
    entries: Vec<rs_auth_dsn_kv>,
    _texts: Vec<[CText; 2]>,
}

impl KvArray {
    pub(super) fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let texts: Vec<_> = pairs.into_iter().map(|(key, value)| [CText::new(key), CText::new(value)]).collect();
        let entry = |[key, value]: &[CText; 2]| rs_auth_dsn_kv { key: key.as_ptr(), value: value.as_ptr() };
        Self { entries: texts.iter().map(entry).collect(), _texts: texts }
    }

    /// Lends the array to C; the length alone where C gave no place for it.
    pub(super) fn lend(&self, out_kv: Option<&mut MaybeUninit<*const rs_auth_dsn_kv>>) -> usize {
        if let Some(out_kv) = out_kv {
            out_kv.write(self.entries.as_ptr());
        }
        self.entries.len()
    }
}

impl rs_auth_kv_list {
    pub(super) fn new(pairs: &[(String, String)]) -> Self {
        Self(KvArray::new(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))))
    }
}

/// Takes an ODBC connection string or a jdbc:redshift: or redshift:// URL apart. The keys of the list stand as they
/// were typed. `DSN=name` is expanded from odbc.ini ($ODBCINI, ~/.odbc.ini, $ODBCSYSINI/odbc.ini, /etc/odbc.ini) by a
/// reader without limits on the length of a line; the string's own keys win over the file's.
///
/// @param connection_string  NUL-terminated UTF-8.
/// @param out_list           receives the list; end it with rs_auth_kv_list_free().
/// @param out_error          receives the reason of a failure; may be NULL.
/// @return RS_AUTH_STATUS_INVALID_SETTING with the position for a malformed string, RS_AUTH_STATUS_PROFILE_NOT_FOUND
///         for a DSN that no file has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_parse_connection_string(
    connection_string: *const c_char,
    out_list: Option<&mut MaybeUninit<*mut rs_auth_kv_list>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_list, "out_list")?;
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        let string = unsafe { text::argument(connection_string, "connection_string") }?;
        out.set(handle::into_c(rs_auth_kv_list::new(&runtime::pairs_of_string(string)?)));
        Ok(())
    })
}

/// rs_auth_parse_connection_string() for UTF-16 in native byte order (SQLWCHAR).
///
/// @param connection_string  UTF-16.
/// @param len                its length in code units, or RS_AUTH_NTS: up to the first unit that is 0.
/// @param out_list           receives the list; end it with rs_auth_kv_list_free().
/// @param out_error          receives the reason of a failure; may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_parse_connection_string_utf16(
    connection_string: *const u16,
    len: usize,
    out_list: Option<&mut MaybeUninit<*mut rs_auth_kv_list>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_list, "out_list")?;
        needed(ptr::NonNull::new(connection_string.cast_mut()), "connection_string")?;
        // SAFETY: not NULL, and as long as `len` says, by the contract of the header.
        let units = unsafe { text::array(connection_string, len, "connection_string", |unit| *unit == 0) }?;
        let string = wide::from_utf16(units)?;
        out.set(handle::into_c(rs_auth_kv_list::new(&runtime::pairs_of_string(&string)?)));
        Ok(())
    })
}

/// The entries of a list, in order.
///
/// @param list    the list; NULL gives 0.
/// @param out_kv  receives a pointer to the first entry, borrowed until rs_auth_kv_list_free(). May be NULL for the
///                length alone.
/// @return how many entries there are.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_kv_list_get(
    list: Option<&rs_auth_kv_list>,
    out_kv: Option<&mut MaybeUninit<*const rs_auth_dsn_kv>>,
) -> usize {
    lend(list.map(|list| &list.0), out_kv)
}

/// Lends an array that may be absent: then C gets NULL and 0.
pub(super) fn lend(array: Option<&KvArray>, mut out_kv: Option<&mut MaybeUninit<*const rs_auth_dsn_kv>>) -> usize {
    if let Some(out_kv) = &mut out_kv {
        out_kv.write(ptr::null());
    }
    array.map_or(0, |array| array.lend(out_kv))
}

/// Ends a list and wipes its strings. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_kv_list_free(list: Option<Box<rs_auth_kv_list>>) {
    boundary::value((), || drop(list));
}

/// Does this DSN ask for a login of this library (IAM, a plugin, AuthType, a profile, AWS keys), or is it a plain user
/// with a password? Looked at is what a login would read: odbc.ini for DSN,
/// RS_AUTH_SETTINGS and RS_AUTH_SETTINGS_FILE; no network.
///
/// @param dsn_kv      the DSN; NULL only with length 0.
/// @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
/// @return 1: call rs_auth_get_credentials(); 0: connect as the DSN says; -1: invalid argument.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_wants_login(dsn_kv: *const rs_auth_dsn_kv, dsn_kv_len: usize) -> i32 {
    boundary::value(-1, || {
        // SAFETY: by the contract of the header.
        let pairs = unsafe { text::pairs(dsn_kv, dsn_kv_len) };
        pairs.map_or(-1, |pairs| i32::from(runtime::wants_login(&pairs)))
    })
}

/// The DSN with the result laid over it and every key of this library taken out, quoted for a dialect: what a driver
/// or a driver manager can connect with.
///
/// @param dsn_kv       the DSN; NULL only with length 0.
/// @param dsn_kv_len   how many entries it has, or RS_AUTH_NTS.
/// @param credentials  the result of a login.
/// @param dialect      RS_AUTH_DIALECT_*.
/// @param out_string   receives the string; end it with rs_auth_string_free(), which wipes the password in it.
/// @param out_error    receives the reason of a failure; may be NULL.
/// @return RS_AUTH_STATUS_INVALID_SETTING where the dialect cannot say it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_merge(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    credentials: Option<&rs_auth_credentials>,
    dialect: i32,
    out_string: Option<&mut MaybeUninit<*mut c_char>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    boundary::status(out_error, || {
        let out = Out::clear(out_string, "out_string")?;
        let credentials = needed(credentials, "credentials")?;
        let dialect = dialect_of(dialect)?;
        // SAFETY: by the contract of the header.
        let pairs = unsafe { text::pairs(dsn_kv, dsn_kv_len) }?;
        // It holds the password; the copy that C gets is wiped by rs_auth_string_free().
        let merged = Zeroizing::new(dialect::merge(&pairs, credentials.core(), dialect)?);
        out.set(text::owned(&merged));
        Ok(())
    })
}
