//! Locks between processes: the kernel's, on a file of its own, so that whoever dies lets go.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A lock, held until it is dropped.
#[derive(Debug)]
#[must_use = "it is held until it is dropped"]
pub struct FileLock(Option<File>);

impl Drop for FileLock {
    /// Lets go at once: a child that was forked meanwhile has the file open too, and closing ours would leave it locked.
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // Where that fails, closing it does the same.
            drop(file.unlock());
        }
    }
}

impl FileLock {
    /// A lock that keeps nobody out, where there are no files.
    #[cfg_attr(not(test), allow(dead_code))] // tests are made of it
    pub(super) fn of_nothing() -> Self {
        Self(None)
    }
}

/// Takes the lock on the file at `path`, which is made if need be and never deleted: two processes must not hold two files of
/// one name. `None`: another process holds it, or another login of this one.
pub fn try_lock(path: &Path) -> io::Result<Option<FileLock>> {
    // Never follow what somebody else may have put there.
    let file =
        OpenOptions::new().read(true).write(true).create(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock(Some(file)))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_until_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.lock");
        let held = try_lock(&path).unwrap().unwrap();
        assert!(try_lock(&path).unwrap().is_none());
        assert!(try_lock(&directory.path().join("b.lock")).unwrap().is_some());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
        assert!(try_lock(&directory.path().join("missing/a.lock")).is_err());
    }

    #[test]
    fn what_a_fork_has_open_does_not_hold_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.lock");
        let held = try_lock(&path).unwrap().unwrap();
        let of_child = held.0.as_ref().unwrap().try_clone().unwrap();
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
        drop(of_child);
    }

    #[test]
    fn a_link_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.lock");
        std::os::unix::fs::symlink(directory.path().join("elsewhere"), &path).unwrap();
        assert!(try_lock(&path).is_err());
        assert!(!directory.path().join("elsewhere").exists());
    }
}
