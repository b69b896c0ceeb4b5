//! Locks on single bytes of a file, which the kernel takes back when their process dies, however it dies.
//!
//! They belong to the open file (`F_OFD_SETLK`, Linux 3.15): unlike POSIX record locks, two threads of one process exclude
//! each other too, and closing another descriptor of the same file takes nothing away. A forked child inherits the open
//! file, and with it the lock, until it executes another program or ends: so an unlock is always said, never left to the
//! last close, and who finds a lock held must not take it for sure that its owner lives.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Takes the lock of the byte at `place`, if nobody else has it. `false`: somebody has. An error: there are no locks here.
pub(crate) fn try_lock(file: &File, place: u64) -> io::Result<bool> {
    match set(file, place, libc::F_WRLCK) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Gives it back, also where a forked child still has the file open.
pub(crate) fn unlock(file: &File, place: u64) -> io::Result<()> {
    set(file, place, libc::F_UNLCK)
}

fn set(file: &File, place: u64, kind: i32) -> io::Result<()> {
    // SAFETY: plain integers, for which zeros are valid; the process id must be 0 for these locks.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    let out_of_range = |_| io::Error::from(io::ErrorKind::InvalidInput);
    lock.l_type = kind.try_into().map_err(out_of_range)?;
    lock.l_whence = libc::SEEK_SET.try_into().map_err(out_of_range)?;
    lock.l_start = place.try_into().map_err(out_of_range)?;
    lock.l_len = 1;
    loop {
        // SAFETY: an open descriptor and a lock that lives during the call.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(directory: &tempfile::TempDir) -> File {
        let path = directory.path().join("lock");
        File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap()
    }

    #[test]
    fn one_open_file_has_a_byte_at_a_time_and_others_are_free() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        assert!(try_lock(&one, 5).unwrap());
        assert!(!try_lock(&other, 5).unwrap());
        assert!(try_lock(&other, 6).unwrap());
        unlock(&one, 5).unwrap();
        assert!(try_lock(&other, 5).unwrap());
        drop(other);
        assert!(try_lock(&one, 5).unwrap() && try_lock(&one, 6).unwrap());
    }

    #[test]
    fn an_unlock_holds_although_a_child_has_the_file_open() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        assert!(try_lock(&one, 0).unwrap());
        // A copy of the descriptor is what a fork leaves in the child.
        let _inherited = one.try_clone().unwrap();
        unlock(&one, 0).unwrap();
        assert!(try_lock(&other, 0).unwrap());
        // The control: a close alone does not do.
        drop(other);
        assert!(try_lock(&one, 0).unwrap());
        drop(one);
        assert!(!try_lock(&open(&directory), 0).unwrap());
    }
}
