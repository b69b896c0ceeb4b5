//! The server's side: who is it that sent this token? By the system's own GSSAPI library, whatever the environment says.

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use std::ffi::{CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::null_mut;

type Handle = *mut c_void;

#[repr(C)]
struct Buffer {
    length: usize,
    value: *mut c_void,
}

#[repr(C)]
struct Element {
    key: *const c_char,
    value: *const c_char,
}

#[repr(C)]
struct Store {
    count: u32,
    elements: *const Element,
}

/// A web server that holds the keys of a keytab. It remembers what it has seen: a token that comes twice is refused.
pub struct Acceptor {
    library: Library,
    credential: Handle,
}

// SAFETY: a credential may be used by many threads; it is not changed after it was made.
unsafe impl Send for Acceptor {}
// SAFETY: as before.
unsafe impl Sync for Acceptor {}

impl Acceptor {
    /// With the keys in `keytab`, remembering in a file beside it.
    pub fn new(keytab: &Path) -> Self {
        let text = |value: String| CString::new(value).unwrap();
        let (keys, memory) = (text(keytab.display().to_string()), text(format!("file2:{}.seen", keytab.display())));
        let elements = [
            Element { key: c"keytab".as_ptr(), value: keys.as_ptr() },
            Element { key: c"rcache".as_ptr(), value: memory.as_ptr() },
        ];
        let store = Store { count: 2, elements: elements.as_ptr() };
        let (mut credential, mut minor) = (null_mut(), 0u32);
        // SAFETY: the function of that name has this signature (GSS_C_ACCEPT is 2); the pointers are to live values or
        // NULL for what is not wanted. The library is never unloaded: it has values for each thread.
        unsafe {
            let library =
                Library::open(Some("libgssapi_krb5.so.2"), RTLD_NOW | RTLD_LOCAL | libc::RTLD_NODELETE).unwrap();
            type Acquire = unsafe extern "C" fn(
                *mut u32,
                Handle,
                u32,
                Handle,
                c_int,
                *const Store,
                *mut Handle,
                *mut Handle,
                *mut u32,
            ) -> u32;
            let acquire = *library.get::<Acquire>(b"gss_acquire_cred_from\0").unwrap();
            let (credential_at, none) = (&raw mut credential, null_mut());
            let major =
                acquire(&raw mut minor, none, 0, none, 2, &raw const store, credential_at, null_mut(), null_mut());
            assert_eq!(major, 0, "the keys in {}: minor status {minor}", keytab.display());
            Self { library, credential }
        }
    }

    /// The user whose token this is, and what proves the server to him.
    pub fn accept(&self, token: &[u8]) -> Result<(String, Option<Vec<u8>>), String> {
        type Accept = unsafe extern "C" fn(
            *mut u32,
            *mut Handle,
            Handle,
            *const Buffer,
            Handle,
            *mut Handle,
            *mut Handle,
            *mut Buffer,
            *mut u32,
            *mut u32,
            *mut Handle,
        ) -> u32;
        type Release = unsafe extern "C" fn(*mut u32, *mut Handle) -> u32;
        type Delete = unsafe extern "C" fn(*mut u32, *mut Handle, *mut Buffer) -> u32;
        let input = Buffer { length: token.len(), value: token.as_ptr().cast_mut().cast() };
        let mut output = Buffer { length: 0, value: null_mut() };
        let (mut context, mut name, mut delegated, mut minor) = (null_mut(), null_mut(), null_mut(), 0u32);
        // SAFETY: the functions of these names have these signatures; the pointers are to live values or NULL for what is
        // not wanted; what the library gives is released once.
        unsafe {
            let accept = *self.library.get::<Accept>(b"gss_accept_sec_context\0").unwrap();
            let release_name = *self.library.get::<Release>(b"gss_release_name\0").unwrap();
            let release_credential = *self.library.get::<Release>(b"gss_release_cred\0").unwrap();
            let delete = *self.library.get::<Delete>(b"gss_delete_sec_context\0").unwrap();
            let major = accept(
                &raw mut minor,
                &raw mut context,
                self.credential,
                &raw const input,
                null_mut(),
                &raw mut name,
                null_mut(),
                &raw mut output,
                null_mut(),
                null_mut(),
                &raw mut delegated,
            );
            let reply = self.take(output);
            let user = if major == 0 { self.display(name) } else { String::new() };
            let has_delegated = !delegated.is_null();
            delete(&raw mut minor, &raw mut context, null_mut());
            release_name(&raw mut minor, &raw mut name);
            release_credential(&raw mut minor, &raw mut delegated);
            match major {
                0 if has_delegated => Err("the user's own ticket was handed over".to_owned()),
                0 => Ok((user, Some(reply).filter(|reply| !reply.is_empty()))),
                _ => Err(format!("the token is refused: {major:#x}")),
            }
        }
    }

    /// # Safety
    /// A name of the library.
    unsafe fn display(&self, name: Handle) -> String {
        type Display = unsafe extern "C" fn(*mut u32, Handle, *mut Buffer, *const c_void) -> u32;
        let (mut text, mut minor) = (Buffer { length: 0, value: null_mut() }, 0);
        // SAFETY: as the caller says; the signature is the function's.
        unsafe {
            let display = *self.library.get::<Display>(b"gss_display_name\0").unwrap();
            display(&raw mut minor, name, &raw mut text, null_mut::<c_void>().cast_const());
            String::from_utf8(self.take(text)).unwrap()
        }
    }

    /// # Safety
    /// A buffer that the library filled, which is given back here.
    unsafe fn take(&self, mut buffer: Buffer) -> Vec<u8> {
        type Release = unsafe extern "C" fn(*mut u32, *mut Buffer) -> u32;
        if buffer.value.is_null() {
            return Vec::new();
        }
        // SAFETY: as the caller says; the signature is the function's.
        unsafe {
            let bytes = std::slice::from_raw_parts(buffer.value.cast::<u8>(), buffer.length).to_vec();
            (*self.library.get::<Release>(b"gss_release_buffer\0").unwrap())(&mut 0, &raw mut buffer);
            bytes
        }
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        type Release = unsafe extern "C" fn(*mut u32, *mut Handle) -> u32;
        // SAFETY: the credential that `new` made, released once; the signature is the function's.
        unsafe { (*self.library.get::<Release>(b"gss_release_cred\0").unwrap())(&mut 0, &raw mut self.credential) };
    }
}
