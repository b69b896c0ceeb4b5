//! The functions of the GSSAPI library, found at run time: most machines have none, and need none.
//!
//! The library is asked for anew each time, which costs microseconds where the process has it already, and never closed:
//! it keeps values for each thread, whose destructors run when a thread ends. So nothing is kept here that a fork could
//! spoil. Where it is looked for, and which of the variables of Kerberos count in a set-uid program, the loader and the
//! library decide by themselves: both leave the environment of such a program alone.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

/// MIT's, which every distribution has, then Heimdal's.
pub(super) const LIBRARIES: &[&CStr] = &[c"libgssapi_krb5.so.2", c"libgssapi.so.3"];

/// `gss_name_t`, `gss_ctx_id_t`, `gss_cred_id_t`: pointers into the library. NULL: none.
pub(super) type Handle = *mut c_void;
/// `gss_buffer_desc`.
#[repr(C)]
pub(super) struct Buffer {
    pub(super) length: usize,
    pub(super) value: *mut c_void,
}

/// `gss_OID_desc`.
#[repr(C)]
pub(super) struct Oid {
    length: u32,
    elements: *const c_void,
}

/// `gss_OID_set_desc`.
#[repr(C)]
pub(super) struct OidSet {
    pub(super) count: usize,
    pub(super) elements: *const Oid,
}

impl Buffer {
    pub(super) const fn empty() -> Self {
        Self { length: 0, value: ptr::null_mut() }
    }

    /// For a parameter that the library only reads.
    pub(super) fn over(bytes: &[u8]) -> Self {
        Self { length: bytes.len(), value: bytes.as_ptr().cast_mut().cast() }
    }
}

impl Oid {
    /// From the DER contents, without tag and length.
    pub(super) fn of(contents: &'static [u8]) -> Self {
        Self { length: u32::try_from(contents.len()).unwrap_or_default(), elements: contents.as_ptr().cast() }
    }
}

type ImportName = unsafe extern "C" fn(*mut u32, *const Buffer, *const Oid, *mut Handle) -> u32;
type ReleaseHandle = unsafe extern "C" fn(*mut u32, *mut Handle) -> u32;
type InitSecContext = unsafe extern "C" fn(
    minor: *mut u32,
    credential: Handle,
    context: *mut Handle,
    target: Handle,
    mechanism: *const Oid,
    flags: u32,
    lifetime: u32,
    channel_bindings: *const c_void,
    input: *const Buffer,
    actual_mechanism: *mut *const Oid,
    output: *mut Buffer,
    actual_flags: *mut u32,
    actual_lifetime: *mut u32,
) -> u32;
type DeleteSecContext = unsafe extern "C" fn(*mut u32, *mut Handle, *mut Buffer) -> u32;
type ReleaseBuffer = unsafe extern "C" fn(*mut u32, *mut Buffer) -> u32;
type DisplayStatus = unsafe extern "C" fn(*mut u32, u32, c_int, *const Oid, *mut u32, *mut Buffer) -> u32;
type AcquireCred = unsafe extern "C" fn(
    minor: *mut u32,
    name: Handle,
    lifetime: u32,
    mechanisms: *const OidSet,
    usage: c_int,
    credential: *mut Handle,
    actual_mechanisms: *mut *mut OidSet,
    actual_lifetime: *mut u32,
) -> u32;
type InquireCred = unsafe extern "C" fn(*mut u32, Handle, *mut Handle, *mut u32, *mut c_int, *mut *mut OidSet) -> u32;

/// What is called of the library (RFC 2744).
pub(super) struct Library {
    pub(super) import_name: ImportName,
    pub(super) release_name: ReleaseHandle,
    pub(super) init_sec_context: InitSecContext,
    pub(super) delete_sec_context: DeleteSecContext,
    pub(super) release_buffer: ReleaseBuffer,
    pub(super) display_status: DisplayStatus,
    pub(super) acquire_cred: AcquireCred,
    pub(super) inquire_cred: InquireCred,
    pub(super) release_cred: ReleaseHandle,
}

impl Library {
    /// The first of `names` that loads; else why each did not. Reads files, so not for the thread of a login.
    pub(super) fn load(names: &[&CStr]) -> Result<Self, String> {
        let mut reasons = Vec::new();
        for name in names {
            // SAFETY: the name is NUL-terminated. What loads is the system's GSSAPI library, whose constructors are meant
            // to run in any process.
            let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
            match if library.is_null() { Err(last_error()) } else { Self::from(library) } {
                Ok(library) => return Ok(library),
                Err(reason) => reasons.push(reason),
            }
        }
        Err(reasons.join("; "))
    }

    fn from(library: Handle) -> Result<Self, String> {
        // SAFETY: all these symbols have had these signatures since RFC 2744, in both libraries.
        unsafe {
            Ok(Self {
                import_name: symbol(library, c"gss_import_name")?,
                release_name: symbol(library, c"gss_release_name")?,
                init_sec_context: symbol(library, c"gss_init_sec_context")?,
                delete_sec_context: symbol(library, c"gss_delete_sec_context")?,
                release_buffer: symbol(library, c"gss_release_buffer")?,
                display_status: symbol(library, c"gss_display_status")?,
                acquire_cred: symbol(library, c"gss_acquire_cred")?,
                inquire_cred: symbol(library, c"gss_inquire_cred")?,
                release_cred: symbol(library, c"gss_release_cred")?,
            })
        }
    }
}

/// A function of the library.
///
/// # Safety
/// `F` is the type of the function of that name.
unsafe fn symbol<F: Copy>(library: Handle, name: &CStr) -> Result<F, String> {
    const { assert!(size_of::<F>() == size_of::<Handle>()) };
    // SAFETY: a handle of dlopen that was not closed, and a NUL-terminated name.
    let address = unsafe { libc::dlsym(library, name.as_ptr()) };
    if address.is_null() {
        return Err(last_error());
    }
    // SAFETY: of the same size, and a function of this type as the caller says.
    Ok(unsafe { std::mem::transmute_copy(&address) })
}

/// What the loader says about the last failure on this thread.
fn last_error() -> String {
    // SAFETY: takes nothing; NULL or a NUL-terminated text of this thread, which is copied at once.
    let text = unsafe { libc::dlerror() };
    if text.is_null() {
        return "it cannot be loaded".to_owned();
    }
    // SAFETY: as before.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
