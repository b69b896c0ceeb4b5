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

type AcquireCredFrom = unsafe extern "C" fn(
    minor: *mut u32,
    name: Handle,
    lifetime: u32,
    mechanisms: Handle,
    usage: c_int,
    store: *const Store,
    credential: *mut Handle,
    actual_mechanisms: *mut Handle,
    actual_lifetime: *mut u32,
) -> u32;
type AcceptSecContext = unsafe extern "C" fn(
    minor: *mut u32,
    context: *mut Handle,
    credential: Handle,
    token: *const Buffer,
    channel_bindings: Handle,
    user: *mut Handle,
    mechanism: *mut Handle,
    reply: *mut Buffer,
    flags: *mut u32,
    lifetime: *mut u32,
    delegated: *mut Handle,
) -> u32;
type DisplayName = unsafe extern "C" fn(*mut u32, Handle, *mut Buffer, *mut *const c_void) -> u32;
type DeleteSecContext = unsafe extern "C" fn(*mut u32, *mut Handle, *mut Buffer) -> u32;
type ReleaseHandle = unsafe extern "C" fn(*mut u32, *mut Handle) -> u32;
type ReleaseBuffer = unsafe extern "C" fn(*mut u32, *mut Buffer) -> u32;

const ACCEPT: c_int = 2;

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
        let flags = RTLD_NOW | RTLD_LOCAL | libc::RTLD_NODELETE;
        // SAFETY: the system's own library, which is never unloaded: it has values for each thread.
        let library = unsafe { Library::open(Some("libgssapi_krb5.so.2"), flags) }.unwrap();
        let mut acceptor = Self { library, credential: null_mut() };
        let mut minor = 0;
        // SAFETY: the signature is the function's; the pointers are to live values, or NULL for what is not wanted.
        let major = unsafe {
            acceptor.function::<AcquireCredFrom>("gss_acquire_cred_from")(
                &raw mut minor,
                null_mut(),
                0,
                null_mut(),
                ACCEPT,
                &raw const store,
                &raw mut acceptor.credential,
                null_mut(),
                null_mut(),
            )
        };
        assert_eq!(major, 0, "the keys in {}: minor status {minor}", keytab.display());
        acceptor
    }

    /// The user whose token this is, and what proves the server to him.
    pub fn accept(&self, token: &[u8]) -> Result<(String, Option<Vec<u8>>), String> {
        let input = Buffer { length: token.len(), value: token.as_ptr().cast_mut().cast() };
        let mut output = Buffer { length: 0, value: null_mut() };
        let (mut context, mut name, mut delegated, mut minor) = (null_mut(), null_mut(), null_mut(), 0);
        // SAFETY: the signatures are the functions'; the pointers are to live values, or NULL for what is not wanted; what
        // the library gives is released once.
        unsafe {
            let major = self.function::<AcceptSecContext>("gss_accept_sec_context")(
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
            let may_act_as_the_user = !delegated.is_null();
            self.function::<DeleteSecContext>("gss_delete_sec_context")(&raw mut minor, &raw mut context, null_mut());
            self.function::<ReleaseHandle>("gss_release_name")(&raw mut minor, &raw mut name);
            self.function::<ReleaseHandle>("gss_release_cred")(&raw mut minor, &raw mut delegated);
            match major {
                0 if may_act_as_the_user => Err("a ticket to act as the user was handed over".to_owned()),
                0 => Ok((user, Some(reply).filter(|reply| !reply.is_empty()))),
                _ => Err(format!("the token is refused: {major:#x}, {minor}")),
            }
        }
    }

    /// # Safety
    /// A name of the library.
    unsafe fn display(&self, name: Handle) -> String {
        let (mut text, mut minor) = (Buffer { length: 0, value: null_mut() }, 0);
        // SAFETY: as the caller says; the signature is the function's.
        unsafe {
            self.function::<DisplayName>("gss_display_name")(&raw mut minor, name, &raw mut text, null_mut());
            String::from_utf8(self.take(text)).unwrap()
        }
    }

    /// # Safety
    /// A buffer that the library filled, which is given back here.
    unsafe fn take(&self, mut buffer: Buffer) -> Vec<u8> {
        if buffer.value.is_null() {
            return Vec::new();
        }
        let mut minor = 0;
        // SAFETY: as the caller says; the signature is the function's.
        unsafe {
            let bytes = std::slice::from_raw_parts(buffer.value.cast::<u8>(), buffer.length).to_vec();
            self.function::<ReleaseBuffer>("gss_release_buffer")(&raw mut minor, &raw mut buffer);
            bytes
        }
    }

    /// # Safety
    /// `F` is the type of the function of that name.
    unsafe fn function<F: Copy>(&self, name: &str) -> F {
        // SAFETY: as the caller says.
        *unsafe { self.library.get::<F>(name) }.unwrap()
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: the credential that `new` made, released once; the signature is the function's.
        unsafe { self.function::<ReleaseHandle>("gss_release_cred")(&raw mut minor, &raw mut self.credential) };
    }
}
