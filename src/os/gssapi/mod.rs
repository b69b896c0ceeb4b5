//! Kerberos: tickets of the user for a server, by the operating system's GSSAPI library (RFC 2743, 2744, 4178).
//!
//! Everything here blocks, for as long as a key distribution centre takes to answer or not to: it belongs on a
//! [thread of its own](super::one_off_thread).

#[cfg(test)]
#[path = "../../../tests/kerberos/mod.rs"]
pub(crate) mod kerberos;
mod library;
mod status;
#[cfg(test)]
mod tests;

use library::{Buffer, Handle, LIBRARIES, Library, Oid, OidSet};
use status::{Status, bytes_of};
use std::ffi::{CStr, c_int};
use std::{fmt, ptr};
use zeroize::{Zeroize, Zeroizing};

/// The name is `service@host` (RFC 2743 section 4.1).
const HOST_BASED_SERVICE: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04";
/// 1.3.6.1.5.5.2: what HTTP's `Negotiate` speaks (RFC 4559).
const SPNEGO: &[u8] = b"\x2b\x06\x01\x05\x05\x02";
/// 1.2.840.113554.1.2.2: what Windows takes there too.
const KERBEROS: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
const MECHANISMS: [&[u8]; 2] = [SPNEGO, KERBEROS];

/// The server shall prove who it is as well, as Windows' own HTTP clients want it; whether it has to is for the caller.
/// Never delegation: an identity provider has no business with tickets that act as the user elsewhere.
const MUTUAL: u32 = 2;
const INITIATE: c_int = 1;
const INDEFINITE: u32 = u32::MAX;

/// Why there is no token. The texts are those of the operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// The machine has no GSSAPI library.
    NoLibrary(String),
    /// There is no ticket of the user, or it has expired.
    NoTicket(String),
    /// There is one, but none for this server.
    Failed(String),
}

/// One step of a negotiation.
pub(crate) struct Step {
    /// What to send to the server.
    pub(crate) token: Option<Zeroizing<Vec<u8>>>,
    /// The server has proved who it is.
    pub(crate) established: bool,
}

/// A security context under way. Ends with the value.
pub(crate) struct Negotiation {
    library: Library,
    server: Handle,
    context: Handle,
    mechanism: &'static [u8],
    established: bool,
}

// SAFETY: handles of the library may be used by any thread, by one at a time, which `&mut` sees to.
unsafe impl Send for Negotiation {}

impl Negotiation {
    /// With the web server on that host, by its name. Asks nobody yet.
    pub(crate) fn begin(service_host: &str) -> Result<Self, Unavailable> {
        Self::with(LIBRARIES, MECHANISMS[0], service_host)
    }

    /// Whether the user has a ticket to begin with. Asks nobody outside this machine.
    pub(crate) fn ready() -> Result<(), Unavailable> {
        match Self::begin("localhost")?.lack_of_tickets() {
            None => Ok(()),
            Some(lack) => Err(Unavailable::NoTicket(lack)),
        }
    }

    fn with(libraries: &[&CStr], mechanism: &'static [u8], host: &str) -> Result<Self, Unavailable> {
        let library = Library::load(libraries).map_err(Unavailable::NoLibrary)?;
        let (mut server, mut minor) = (ptr::null_mut(), 0);
        let name = format!("HTTP@{host}");
        let (name, kind) = (Buffer::over(name.as_bytes()), Oid::of(HOST_BASED_SERVICE));
        // SAFETY: all pointers are to live values; the name is copied.
        let major = unsafe { (library.import_name)(&raw mut minor, &raw const name, &raw const kind, &raw mut server) };
        let status = Status { major, minor };
        if !status.is_good() {
            return Err(Unavailable::Failed(status.text(&library, &Oid::of(mechanism))));
        }
        Ok(Self { library, server, context: ptr::null_mut(), mechanism, established: false })
    }

    /// The next token, given what the server answered to the last one. May ask the network.
    pub(crate) fn step(&mut self, token_from_server: Option<&[u8]>) -> Result<Step, Unavailable> {
        if self.established {
            return Ok(Step { token: None, established: true });
        }
        let (mut status, mut token) = self.init(token_from_server);
        if status.is_bad_mechanism() && self.context.is_null() && self.mechanism != KERBEROS {
            self.mechanism = KERBEROS;
            (status, token) = self.init(token_from_server);
        }
        if !status.is_good() {
            return Err(self.reason(status, token_from_server.is_some()));
        }
        self.established = status.major & Status::CONTINUE_NEEDED == 0;
        Ok(Step { token, established: self.established })
    }

    fn init(&mut self, input: Option<&[u8]>) -> (Status, Option<Zeroizing<Vec<u8>>>) {
        let (mut minor, mut output) = (0, Buffer::empty());
        let (input, mechanism) = (input.map(Buffer::over), Oid::of(self.mechanism));
        // SAFETY: all pointers are to live values, or NULL where that means "no preference" (RFC 2744 section 5.19); no
        // credential means the user's default one; the context is NULL at first and the library's own afterwards.
        let major = unsafe {
            (self.library.init_sec_context)(
                &raw mut minor,
                ptr::null_mut(),
                &raw mut self.context,
                self.server,
                &raw const mechanism,
                MUTUAL,
                0,
                ptr::null(),
                input.as_ref().map_or(ptr::null(), ptr::from_ref),
                ptr::null_mut(),
                &raw mut output,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        let status = Status { major, minor };
        let token = self.take(output);
        (status, Some(token).filter(|token| !token.is_empty()))
    }

    /// The contents of a buffer that the library filled, of which no copy stays there.
    fn take(&self, mut buffer: Buffer) -> Zeroizing<Vec<u8>> {
        let bytes = Zeroizing::new(bytes_of(&buffer).to_vec());
        let mut minor = 0;
        if !buffer.value.is_null() {
            // SAFETY: so many bytes of the library, which are ours until they are released.
            unsafe { std::slice::from_raw_parts_mut(buffer.value.cast::<u8>(), buffer.length) }.zeroize();
        }
        // SAFETY: a buffer that the library filled or left empty, given back once.
        unsafe { (self.library.release_buffer)(&raw mut minor, &raw mut buffer) };
        bytes
    }

    /// Tells a user without a ticket from one whose ticket does not help here.
    fn reason(&self, status: Status, server_spoke: bool) -> Unavailable {
        // First: whatever is called next overwrites the texts.
        let text = status.text(&self.library, &Oid::of(self.mechanism));
        match if server_spoke { None } else { self.lack_of_tickets() } {
            Some(lack) => Unavailable::NoTicket(lack),
            None => Unavailable::Failed(text),
        }
    }

    /// What the library says about the user's tickets, if there is none to use. Never for the negotiation itself: that
    /// would settle on one of several ticket caches without a look at the server's realm.
    fn lack_of_tickets(&self) -> Option<String> {
        let kerberos = Oid::of(KERBEROS);
        let wanted = OidSet { count: 1, elements: &raw const kerberos };
        let (mut minor, mut credential, mut lifetime) = (0, ptr::null_mut(), 0);
        // SAFETY: all pointers are to live values, or NULL where the answer is not wanted.
        let major = unsafe {
            (self.library.acquire_cred)(
                &raw mut minor,
                ptr::null_mut(),
                INDEFINITE,
                &raw const wanted,
                INITIATE,
                &raw mut credential,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        let acquired = Status { major, minor };
        if !acquired.is_good() {
            return Some(acquired.text(&self.library, &kerberos));
        }
        // SAFETY: the credential just acquired; NULL where the answer is not wanted.
        let major = unsafe {
            (self.library.inquire_cred)(
                &raw mut minor,
                credential,
                ptr::null_mut(),
                &raw mut lifetime,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        let found = Status { major, minor };
        let lack = if found.is_expired() || (found.is_good() && lifetime == 0) {
            Some("the Kerberos ticket has expired".to_owned())
        } else if found.is_good() {
            None
        } else {
            Some(found.text(&self.library, &kerberos))
        };
        // SAFETY: acquired above, released once.
        unsafe { (self.library.release_cred)(&raw mut minor, &raw mut credential) };
        lack
    }
}

impl Drop for Negotiation {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: handles of the library that nobody else has; NULL stands for none. No token is wanted at the end.
        unsafe {
            if !self.context.is_null() {
                (self.library.delete_sec_context)(&raw mut minor, &raw mut self.context, ptr::null_mut());
            }
            (self.library.release_name)(&raw mut minor, &raw mut self.server);
        }
    }
}

impl fmt::Debug for Negotiation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Negotiation").field("established", &self.established).finish_non_exhaustive()
    }
}
