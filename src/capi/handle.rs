//! Who owns what: objects that C owns are boxes, made by [`into_c`] and ended by their own `_free`; objects that C
//! borrows live on the stack of a callback.
//!
//! In signatures a checked pointer is an `Option`: `Option<&T>` is `const T *`, `Option<&mut T>` is `T *`, both `None`
//! for NULL; `Option<Box<T>>` is the `T *` that a `_free` takes over; `Option<&mut MaybeUninit<*mut T>>` is `T **` to
//! memory that C need not have initialised. C promises of each that it points to a live object of its type.

use super::credentials::rs_auth_credentials;
use super::error::rs_auth_error;
use super::kv::rs_auth_kv_list;
use super::options::{rs_auth_cancel_token, rs_auth_options};
use crate::error::AuthError;
use std::mem::MaybeUninit;
use std::ptr;

/// A type whose values C owns. A type that C only borrows (event, plugin request, plugin reply) must not be one.
pub(super) trait OwnedByC {}
impl OwnedByC for rs_auth_cancel_token {}
impl OwnedByC for rs_auth_credentials {}
impl OwnedByC for rs_auth_error {}
impl OwnedByC for rs_auth_kv_list {}
impl OwnedByC for rs_auth_options {}

/// Hands a value over to C, which gives it back to the `_free` of its type.
pub(super) fn into_c<T: OwnedByC>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// A reference to the object, or the error that names the argument.
pub(super) fn needed<T>(object: Option<T>, name: &str) -> Result<T, AuthError> {
    object.ok_or_else(|| AuthError::invalid_argument(format!("{name} is NULL")))
}

/// An out pointer: NULL from the moment it is looked at, written only on success.
pub(super) struct Out<'a, T>(&'a mut *mut T);

impl<'a, T> Out<'a, T> {
    /// Sets the pointer to NULL; fails where C gave no place for it.
    pub(super) fn clear(place: Option<&'a mut MaybeUninit<*mut T>>, name: &str) -> Result<Self, AuthError> {
        Ok(Self(needed(place, name)?.write(ptr::null_mut())))
    }

    /// Writes the result.
    pub(super) fn set(self, result: *mut T) {
        *self.0 = result;
    }
}
