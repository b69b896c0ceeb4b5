//! Locks on single bytes of a file, which the kernel takes back when their process dies, however it dies.
//!
//! They belong to the open file (`F_OFD_SETLK`, Linux 3.15): unlike POSIX record locks, two threads of one process exclude
//! each other too, and closing another descriptor of the same file takes nothing away. A forked child inherits the open
//! file, and with it the lock, until it executes another program or ends: so an unlock is always said, never left to the
//! last close, and who finds a lock held must not take it for sure that its owner lives.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

/// An open file with locks, and a few notes in it.
#[derive(Debug)]
pub(crate) struct LockFile(File);

impl LockFile {
    pub(crate) fn new(file: File) -> Self {
        Self(file)
    }

    /// Takes the lock of the byte at `place`, if nobody else has it. `false`: somebody has. An error: there are no locks
    /// here.
    pub(crate) fn try_lock(&self, place: u64) -> io::Result<bool> {
        match self.set(place, libc::F_WRLCK) {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives it back, also where a forked child still has the file open.
    pub(crate) fn unlock(&self, place: u64) -> io::Result<()> {
        self.set(place, libc::F_UNLCK)
    }

    fn set(&self, place: u64, kind: i32) -> io::Result<()> {
        // SAFETY: plain integers, for which zeros are valid; the process id must be 0 for these locks.
        let mut lock: libc::flock = unsafe { std::mem::zeroed() };
        let out_of_range = |_| io::Error::from(io::ErrorKind::InvalidInput);
        lock.l_type = kind.try_into().map_err(out_of_range)?;
        lock.l_whence = libc::SEEK_SET.try_into().map_err(out_of_range)?;
        lock.l_start = place.try_into().map_err(out_of_range)?;
        lock.l_len = 1;
        loop {
            // SAFETY: an open descriptor and a lock that lives during the call.
            if unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) } == 0 {
                return Ok(());
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }

    /// The first bytes of the file, at most `limit`.
    pub(crate) fn read(&self, limit: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; limit];
        let length = self.0.read_at(&mut bytes, 0)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Makes these bytes the whole of the file.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.write_all_at(bytes, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(directory: &tempfile::TempDir) -> LockFile {
        let path = directory.path().join("lock");
        LockFile(File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap())
    }

    #[test]
    fn one_open_file_has_a_byte_at_a_time_and_others_are_free() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        assert!(one.try_lock(5).unwrap());
        assert!(!other.try_lock(5).unwrap());
        assert!(other.try_lock(6).unwrap());
        one.unlock(5).unwrap();
        assert!(other.try_lock(5).unwrap());
        drop(other);
        assert_eq!(one.read(9).unwrap(), b"");
        one.write(b"long notes").unwrap();
        one.write(b"notes").unwrap();
        assert_eq!(one.read(9).unwrap(), b"notes");
        assert!(one.try_lock(5).unwrap() && one.try_lock(6).unwrap());
    }

    #[test]
    fn an_unlock_holds_although_a_child_has_the_file_open() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        assert!(one.try_lock(0).unwrap());
        // A copy of the descriptor is what a fork leaves in the child.
        let _inherited = one.0.try_clone().unwrap();
        one.unlock(0).unwrap();
        assert!(other.try_lock(0).unwrap());
        // The control: a close alone does not do.
        drop(other);
        assert!(one.try_lock(0).unwrap());
        drop(one);
        assert!(!open(&directory).try_lock(0).unwrap());
    }
}
