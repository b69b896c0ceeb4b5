//! What the library says about a failure, in its own words: they name tickets, servers, realms and files, no secrets.

use super::library::{Buffer, Library, Oid};
use std::ffi::c_int;
use std::{ptr, slice};

const GSS_CODE: c_int = 1;
const MECHANISM_CODE: c_int = 2;
/// A status may have several texts; nobody reads more.
const MOST_TEXTS: usize = 4;

/// The result of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl Status {
    /// `GSS_S_CONTINUE_NEEDED` alone: the peer has something to say.
    pub(super) const CONTINUE_NEEDED: u32 = 1;
    const BAD_MECHANISM: u32 = 1;
    const CREDENTIALS_EXPIRED: u32 = 11;
    const FAILURE: u32 = 13;

    /// `GSS_ERROR` is zero: done, or to be continued.
    pub(super) fn is_good(self) -> bool {
        self.major & 0xffff_0000 == 0
    }

    pub(super) fn is_bad_mechanism(self) -> bool {
        self.routine() == Self::BAD_MECHANISM
    }

    pub(super) fn is_expired(self) -> bool {
        self.routine() == Self::CREDENTIALS_EXPIRED
    }

    fn routine(self) -> u32 {
        (self.major >> 16) & 0xff
    }

    /// The texts of both codes. Must be asked on the thread of the call: the library keeps them for each thread.
    pub(super) fn text(self, library: &Library, mechanism: &Oid) -> String {
        let mut texts = Vec::new();
        // A mere "unspecified failure" only points at the other code.
        if self.routine() != Self::FAILURE || self.minor == 0 {
            texts.extend(texts_of(library, self.major, GSS_CODE, mechanism));
        }
        if self.minor != 0 {
            texts.extend(texts_of(library, self.minor, MECHANISM_CODE, mechanism));
        }
        texts.dedup();
        if texts.is_empty() { format!("GSSAPI status {:#x}, {:#x}", self.major, self.minor) } else { texts.join(": ") }
    }
}

fn texts_of(library: &Library, code: u32, kind: c_int, mechanism: &Oid) -> Vec<String> {
    let (mut texts, mut more, mut minor) = (Vec::new(), 0, 0);
    while texts.len() < MOST_TEXTS {
        let mut text = Buffer::empty();
        // SAFETY: all pointers are to live values of the types that the function wants; it fills `text`.
        let major = unsafe {
            (library.display_status)(&raw mut minor, code, kind, ptr::from_ref(mechanism), &raw mut more, &raw mut text)
        };
        if !(Status { major, minor }).is_good() {
            break;
        }
        texts.push(String::from_utf8_lossy(bytes_of(&text)).into_owned());
        // SAFETY: a buffer that the library filled, given back once.
        unsafe { (library.release_buffer)(&raw mut minor, &raw mut text) };
        if more == 0 {
            break;
        }
    }
    texts.retain(|text| !text.is_empty());
    texts
}

/// The bytes of a buffer that the library filled.
pub(super) fn bytes_of(buffer: &Buffer) -> &[u8] {
    if buffer.value.is_null() {
        return &[];
    }
    // SAFETY: the library says that so many bytes are there, and they live until the buffer is released, which takes it
    // by a pointer that may be written through.
    unsafe { slice::from_raw_parts(buffer.value.cast(), buffer.length) }
}
