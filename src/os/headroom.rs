//! Whether there is memory for a login. Rust ends the process when an allocation fails, and a host that has set itself a limit
//! (`RLIMIT_AS`, `RLIMIT_DATA`, no overcommitment) shall hear of it by a status instead.

use std::io;
use std::ptr;

/// More than the first login of a process maps: its thread's stack, trust roots, tables of the SDK.
const BYTES: usize = 20 * 1024 * 1024;

/// Maps that much for a moment; no page of it is touched. What other threads of the host take in the next moment is beyond
/// anybody's knowledge.
pub(crate) fn check() -> io::Result<()> {
    let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, wherever there is room.
    let place = unsafe { libc::mmap(ptr::null_mut(), BYTES, access, kind, -1, 0) };
    if place == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the mapping just made, which nobody else knows.
    unsafe { libc::munmap(place, BYTES) };
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_enough_here() {
        super::check().unwrap();
    }
}
