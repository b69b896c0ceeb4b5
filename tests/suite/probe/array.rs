//! A DSN for C.

use super::job::Input;
use rs_auth::capi::rs_auth_dsn_kv;
use std::ffi::CString;

/// A DSN as C strings, alive as long as this.
pub struct Array {
    entries: Vec<rs_auth_dsn_kv>,
    _texts: Vec<(CString, CString)>,
}

impl Array {
    pub fn new(input: &Input) -> Self {
        let Input::Pairs(pairs) = input else { panic!("this step takes pairs") };
        let text = |bytes: &Vec<u8>| CString::new(bytes.clone()).unwrap();
        let texts: Vec<_> = pairs.iter().map(|(key, value)| (text(key), text(value))).collect();
        let entries =
            texts.iter().map(|(key, value)| rs_auth_dsn_kv { key: key.as_ptr(), value: value.as_ptr() }).collect();
        Self { entries, _texts: texts }
    }

    pub fn as_ptr(&self) -> *const rs_auth_dsn_kv {
        self.entries.as_ptr()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
