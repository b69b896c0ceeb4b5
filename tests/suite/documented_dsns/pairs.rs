//! A connection string or URL taken apart, as a driver does it for `rs_auth_explain`.

use crate::probe::Input;
use rs_auth::capi::{
    rs_auth_error, rs_auth_error_free, rs_auth_error_message, rs_auth_kv_list_free, rs_auth_kv_list_get,
    rs_auth_parse_connection_string,
};
use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

/// Its keys and values, or why there are none.
pub fn of(text: &str) -> Result<Input, String> {
    let text = CString::new(text).unwrap();
    let (mut list, mut error) = (MaybeUninit::uninit(), MaybeUninit::<*mut rs_auth_error>::uninit());
    // SAFETY: a string that ends in NUL; both are set on entry; list and error are ended here only.
    unsafe {
        let status = rs_auth_parse_connection_string(text.as_ptr(), Some(&mut list), Some(&mut error));
        let (list, error) = (list.assume_init(), error.assume_init());
        if status != 0 {
            let message = bytes(rs_auth_error_message(error.as_ref()));
            rs_auth_error_free((!error.is_null()).then(|| Box::from_raw(error)));
            return Err(String::from_utf8(message).unwrap());
        }
        let mut first = MaybeUninit::uninit();
        let length = rs_auth_kv_list_get(list.as_ref(), Some(&mut first));
        let entries = std::slice::from_raw_parts(first.assume_init(), length);
        let pairs = Input::Pairs(entries.iter().map(|entry| (bytes(entry.key), bytes(entry.value))).collect());
        rs_auth_kv_list_free(Some(Box::from_raw(list)));
        Ok(pairs)
    }
}

/// # Safety
/// A string that ends in NUL.
unsafe fn bytes(text: *const c_char) -> Vec<u8> {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
}
