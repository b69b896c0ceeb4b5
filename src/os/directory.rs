//! An open directory: what is done in it is done there, whatever the path leads to meanwhile, and never through a link.

use std::ffi::{CStr, CString};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A directory that stays the same one.
#[derive(Debug)]
pub(crate) struct Directory(File);

impl Directory {
    /// Opens it. The last part of `path` must be a directory itself, not a link to one.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_CLOEXEC;
        OpenOptions::new().read(true).custom_flags(flags).open(path).map(Self)
    }

    /// Owner and mode.
    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// The directory as a file, for its mode.
    pub(crate) fn as_file(&self) -> &File {
        &self.0
    }

    /// Opens a file in it for reading, without waiting where it is a pipe.
    pub(crate) fn read(&self, name: &str) -> io::Result<File> {
        self.open_at(name, libc::O_RDONLY | libc::O_NONBLOCK)
    }

    /// Makes a file in it that was not there, for its owner alone.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        self.open_at(name, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL)
    }

    /// Opens a file in it for reading and writing, and makes it where it is missing, for its owner alone.
    pub(crate) fn read_and_write(&self, name: &str, create: bool) -> io::Result<File> {
        let create = if create { libc::O_CREAT } else { 0 };
        self.open_at(name, libc::O_RDWR | libc::O_NONBLOCK | create)
    }

    /// Gives a file another name, in the place of what has it.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (c_name(from.as_bytes())?, c_name(to.as_bytes())?);
        let own = self.0.as_raw_fd();
        // SAFETY: an open descriptor and strings that end in NUL and live during the call.
        checked(unsafe { libc::renameat(own, from.as_ptr(), own, to.as_ptr()) })
    }

    /// Removes a file. It is no error if there is none.
    pub(crate) fn remove(&self, name: &[u8]) -> io::Result<()> {
        let name = c_name(name)?;
        // SAFETY: an open descriptor and a string that ends in NUL and lives during the call.
        match checked(unsafe { libc::unlinkat(self.0.as_raw_fd(), name.as_ptr(), 0) }) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Calls `with` for the name of everything in it, until that says `false`.
    pub(crate) fn names(&self, mut with: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
        let own = CString::from(c".");
        // A descriptor of its own: reading moves its place, and closing the stream closes it.
        // SAFETY: an open descriptor and a string that ends in NUL.
        let descriptor = unsafe {
            libc::openat(self.0.as_raw_fd(), own.as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC)
        };
        checked(descriptor)?;
        // SAFETY: a new descriptor of a directory; the stream owns it from now on.
        let stream = unsafe { libc::fdopendir(descriptor) };
        if stream.is_null() {
            let error = io::Error::last_os_error();
            // SAFETY: nobody else owns it.
            unsafe { libc::close(descriptor) };
            return Err(error);
        }
        loop {
            // SAFETY: the stream is open, and used by this thread alone.
            let entry = unsafe { libc::readdir(stream) };
            if entry.is_null() {
                break;
            }
            // SAFETY: the entry is valid until the next is read; its name ends in NUL.
            let name = unsafe { CStr::from_ptr((*entry).d_name.as_ptr()) }.to_bytes();
            if name != b"." && name != b".." && !with(name) {
                break;
            }
        }
        // SAFETY: open, and not used again.
        unsafe { libc::closedir(stream) };
        Ok(())
    }

    fn open_at(&self, name: &str, flags: i32) -> io::Result<File> {
        let name = c_name(name.as_bytes())?;
        let flags = flags | libc::O_NOFOLLOW | libc::O_CLOEXEC;
        let mode: libc::c_uint = 0o600;
        // SAFETY: an open descriptor and a string that ends in NUL and lives during the call.
        let descriptor = unsafe { libc::openat(self.0.as_raw_fd(), name.as_ptr(), flags, mode) };
        checked(descriptor)?;
        // SAFETY: a new descriptor that nobody else owns.
        Ok(unsafe { File::from_raw_fd(descriptor) })
    }
}

fn c_name(name: &[u8]) -> io::Result<CString> {
    let plain = Path::new(std::ffi::OsStr::from_bytes(name)).components().count() == 1 && !name.contains(&b'/');
    let name = CString::new(name).ok().filter(|_| plain);
    name.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
}

fn checked(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{Read, Write};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn what_is_done_in_it_is_done_there() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("d");
        fs::create_dir(&path).unwrap();
        let directory = Directory::open(&path).unwrap();
        // Somebody puts another directory in its place.
        fs::rename(&path, home.path().join("moved")).unwrap();
        fs::create_dir(&path).unwrap();
        directory.create("new").unwrap().write_all(b"text").unwrap();
        assert!(directory.create("new").is_err());
        directory.rename("new", "a").unwrap();
        let mut text = String::new();
        directory.read("a").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        assert_eq!(fs::metadata(home.path().join("moved/a")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
        directory.remove(b"a").unwrap();
        directory.remove(b"a").unwrap();
        directory.names(|name| panic!("{name:?}")).unwrap();
        directory.create("b").unwrap();
        directory.create("c").unwrap();
        let mut seen = 0;
        directory.names(|_| std::mem::replace(&mut seen, 1) == 1).unwrap();
        assert_eq!(seen, 1);
        for name in ["", "..", "a/b", "../a"] {
            assert!(directory.create(name).is_err(), "{name}");
        }
    }

    #[test]
    fn links_are_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let real = home.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("file"), "text").unwrap();
        symlink("file", real.join("link")).unwrap();
        symlink(&real, home.path().join("linked")).unwrap();
        assert!(Directory::open(&home.path().join("linked")).is_err());
        assert!(Directory::open(&real.join("file")).is_err());
        let directory = Directory::open(&real).unwrap();
        assert!(directory.read("link").is_err() && directory.read_and_write("link", true).is_err());
        assert!(directory.read("file").is_ok());
        assert_eq!(directory.read("nothing").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(directory.read_and_write("nothing", false).is_err());
    }
}
