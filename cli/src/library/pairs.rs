//! Keys and values, as a driver hands them over.

use super::error::{self, checked};
use super::text::{Text, borrowed};
use super::{Failure, rs_auth_error};
use rs_auth::capi::{
    rs_auth_dsn_kv, rs_auth_kv_list, rs_auth_kv_list_free, rs_auth_kv_list_get, rs_auth_parse_connection_string,
};
use std::mem::MaybeUninit;
use std::ptr;
use zeroize::Zeroizing;

/// A DSN put together: later pairs win over earlier ones. Values are wiped when it is dropped.
#[derive(Default)]
pub struct Pairs(Vec<(String, Zeroizing<String>)>);

impl Pairs {
    /// Adds a pair, which wins over those before it.
    pub fn add(&mut self, key: impl Into<String>, value: Zeroizing<String>) {
        self.0.push((key.into(), value));
    }

    /// Adds what a connection string or URL says.
    pub fn add_connection_string(&mut self, string: &str) -> Result<(), Failure> {
        let string = Text::new(string, "the connection string")?;
        let mut list: MaybeUninit<*mut rs_auth_kv_list> = MaybeUninit::new(ptr::null_mut());
        let mut why: MaybeUninit<*mut rs_auth_error> = MaybeUninit::new(ptr::null_mut());
        // SAFETY: the string ends in NUL; the library writes both out pointers, NULL or an object that we own.
        let list = unsafe {
            let status = rs_auth_parse_connection_string(string.as_ptr(), Some(&mut list), Some(&mut why));
            checked(status, why.assume_init())?;
            error::owned(list.assume_init())
        };
        let mut entries: MaybeUninit<*const rs_auth_dsn_kv> = MaybeUninit::new(ptr::null());
        let count = rs_auth_kv_list_get(list.as_deref(), Some(&mut entries));
        for index in 0..count {
            // SAFETY: the library wrote a pointer to `count` entries, which live as long as the list.
            let (key, value) = unsafe {
                let entry = &*entries.assume_init().add(index);
                (borrowed(entry.key), borrowed(entry.value))
            };
            self.add(key.unwrap_or_default(), Zeroizing::new(value.unwrap_or_default().to_owned()));
        }
        rs_auth_kv_list_free(list);
        Ok(())
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The array that the library's functions take.
    pub fn array(&self) -> Result<Array, Failure> {
        let mut texts = Vec::with_capacity(self.0.len());
        for (key, value) in &self.0 {
            texts.push((Text::new(key, "a key")?, Text::new(value, &format!("the value of {key}"))?));
        }
        let entries =
            texts.iter().map(|(key, value)| rs_auth_dsn_kv { key: key.as_ptr(), value: value.as_ptr() }).collect();
        Ok(Array { entries, _texts: texts })
    }
}

/// Pairs as C reads them.
pub struct Array {
    entries: Vec<rs_auth_dsn_kv>,
    _texts: Vec<(Text, Text)>,
}

impl Array {
    /// Where the array begins.
    pub fn as_ptr(&self) -> *const rs_auth_dsn_kv {
        self.entries.as_ptr()
    }

    /// How many pairs it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}
