//! A directory that only this user may enter, with files that only this user may read. What somebody else may have put or
//! read there does not count.

use crate::os::directory::Directory;
use crate::os::file_lock::LockFile;
use crate::os::privileges;
use crate::ports::private_file;
use std::fs::{Metadata, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// The bits of a mode that let others in.
const OTHERS: u32 = 0o077;

/// The bits of a file's mode that let its owner in.
const OWNERS: u32 = 0o600;

/// An open directory of this user's own.
#[derive(Debug)]
pub(crate) struct PrivateDirectory(Directory);

/// What there is under a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Text(Vec<u8>),
    Nothing,
    /// Something that cannot be trusted or read; why completes "the file …".
    Unusable(String),
}

impl PrivateDirectory {
    /// Opens it, and makes it where it is missing. The error completes "the directory …".
    ///
    /// One that is open to others is closed to them, if it is plain that it serves for nothing else: `is_known` tells
    /// names that it may hold.
    pub(crate) fn open(path: &Path, is_known: impl Fn(&[u8]) -> bool) -> Result<Self, String> {
        if let Some(there) = Self::open_existing(path, &is_known)? {
            return Ok(there);
        }
        private_file::make_directory(path).map_err(|error| format!("cannot be made ({error})"))?;
        Self::open_existing(path, is_known)?.ok_or_else(|| "was taken away".to_owned())
    }

    /// The same; `None` if it is missing.
    pub(crate) fn open_existing(path: &Path, is_known: impl Fn(&[u8]) -> bool) -> Result<Option<Self>, String> {
        let Some((directory, metadata)) = of_this_user(path)? else { return Ok(None) };
        if metadata.mode() & OTHERS != 0 {
            close_to_others(&directory, &metadata, is_known)?;
        }
        Ok(Some(Self(directory)))
    }

    /// The same as it is: one that is open to others is left so, and an error.
    pub(crate) fn look(path: &Path) -> Result<Option<Self>, String> {
        let Some((directory, metadata)) = of_this_user(path)? else { return Ok(None) };
        match metadata.mode() & 0o777 {
            mode if mode & OTHERS != 0 => Err(format!("is open to others (mode {mode:o})")),
            _ => Ok(Some(Self(directory))),
        }
    }

    /// A file of at most `limit` bytes.
    pub(crate) fn read(&self, name: &str, limit: u64) -> Content {
        let file = match self.0.read(name) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Content::Nothing,
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
                return Content::Unusable("is a link".to_owned());
            }
            Err(error) => return Content::Unusable(format!("cannot be opened ({error})")),
        };
        match file.metadata().map(|metadata| fault(&metadata, limit)) {
            Ok(None) => {}
            Ok(Some(fault)) => return Content::Unusable(fault),
            Err(error) => return Content::Unusable(format!("cannot be looked at ({error})")),
        }
        let mut bytes = Vec::new();
        match file.take(limit).read_to_end(&mut bytes) {
            Ok(_) => Content::Text(bytes),
            Err(error) => Content::Unusable(format!("cannot be read ({error})")),
        }
    }

    /// Puts a file with these bytes in the place of whatever has the name. It is written under one fixed other name, so
    /// that what an interrupted attempt leaves is overwritten by the next.
    ///
    /// Not synced: these files can be got again, and a damaged one is told from a good one. To wait for the disk would hold
    /// up a login, and everybody who waits for it.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = format!("{name}.new");
        self.0.remove(beside.as_bytes())?;
        let mut file = self.0.create(&beside)?;
        let opened = file.set_permissions(Permissions::from_mode(OWNERS)); // whatever the umask took
        let written = opened.and_then(|()| file.write_all(bytes)).and_then(|()| self.0.rename(&beside, name));
        if written.is_err() {
            // The error of the write is the one to tell.
            drop(self.0.remove(beside.as_bytes()));
        }
        written
    }

    /// Removes a file, if there is one.
    pub(crate) fn remove(&self, name: &[u8]) -> io::Result<()> {
        self.0.remove(name)
    }

    /// Opens a file for locks and notes; one that cannot be trusted is replaced. `None`: there is none, and `create` is not
    /// asked for.
    pub(crate) fn open_notes(&self, name: &str, create: bool) -> io::Result<Option<LockFile>> {
        for _ in 0..2 {
            let file = match self.0.read_and_write(name, create) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound && !create => return Ok(None),
                Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
                    self.0.remove(name.as_bytes())?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let metadata = file.metadata()?;
            if fault(&metadata, u64::MAX).is_none() {
                if metadata.mode() & OWNERS != OWNERS {
                    // Just made, under a umask that took these too: the next one could not open it.
                    file.set_permissions(Permissions::from_mode(OWNERS))?;
                }
                return Ok(Some(LockFile::new(file)));
            }
            self.0.remove(name.as_bytes())?;
        }
        Err(io::Error::from(ErrorKind::PermissionDenied))
    }

    /// The names of all files.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        self.0.names(|name| {
            names.extend(std::str::from_utf8(name).ok().map(str::to_owned));
            true
        })?;
        Ok(names)
    }
}

/// An open directory that belongs to this user; `None` if it is missing.
fn of_this_user(path: &Path) -> Result<Option<(Directory, Metadata)>, String> {
    let directory = match Directory::open(path) {
        Ok(directory) => directory,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(match error.raw_os_error() {
                Some(libc::ENOTDIR | libc::ELOOP) => "is no directory, or a link to one".to_owned(),
                _ => format!("cannot be opened ({error})"),
            });
        }
    };
    let metadata = directory.metadata().map_err(|error| format!("cannot be looked at ({error})"))?;
    if metadata.uid() != privileges::effective_user() {
        return Err("belongs to another user".to_owned());
    }
    Ok(Some((directory, metadata)))
}

fn close_to_others(directory: &Directory, metadata: &Metadata, is_known: impl Fn(&[u8]) -> bool) -> Result<(), String> {
    let mut for_this_alone = true;
    let looked = directory.names(|name| {
        for_this_alone = is_known(name);
        for_this_alone
    });
    let mode = metadata.mode() & 0o777;
    if looked.is_err() || !for_this_alone {
        return Err(format!("is open to others (mode {mode:o}) and holds other files"));
    }
    let closed = directory.as_file().set_permissions(Permissions::from_mode(0o700));
    closed.map_err(|error| format!("is open to others (mode {mode:o}) and cannot be closed to them ({error})"))
}

/// Why a file is not to be trusted.
fn fault(metadata: &Metadata, limit: u64) -> Option<String> {
    if !metadata.is_file() {
        Some("is no plain file".to_owned())
    } else if metadata.uid() != privileges::effective_user() {
        Some("belongs to another user".to_owned())
    } else if metadata.mode() & OTHERS != 0 {
        Some(format!("is open to others (mode {:o})", metadata.mode() & 0o777))
    } else if metadata.len() > limit {
        Some(format!("is too large ({} bytes)", metadata.len()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn open(path: &Path) -> Result<PrivateDirectory, String> {
        PrivateDirectory::open(path, |name| name == b"key")
    }

    #[test]
    fn it_is_made_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        open(&path).unwrap();
        assert_eq!((mode(&path), mode(&home.path().join("a"))), (0o700, 0o700));
    }

    #[test]
    fn one_that_is_open_to_others_is_closed_unless_it_serves_for_more() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("d");
        fs::create_dir(&path).unwrap();
        for file in ["", "key", "letters"] {
            set_mode(&path, 0o755);
            if !file.is_empty() {
                fs::write(path.join(file), "").unwrap();
            }
            let opened = open(&path);
            assert_eq!(opened.is_ok(), file != "letters", "{opened:?}");
            assert_eq!(mode(&path), if file == "letters" { 0o755 } else { 0o700 });
        }
        assert!(open(&path).unwrap_err().contains("755"));
        set_mode(&path, 0o700);
        assert!(open(&path).is_ok());
    }

    #[test]
    fn what_is_no_directory_of_ours_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        symlink(home.path(), home.path().join("link")).unwrap();
        for (path, why) in [("file", "no directory"), ("link", "a link"), ("file/d", "cannot be opened")] {
            let error = open(&home.path().join(path)).unwrap_err();
            assert!(error.contains(why) || error.contains("no directory"), "{path}: {error}");
        }
        if privileges::effective_user() != 0 {
            assert!(open(Path::new("/")).unwrap_err().contains("another user"));
        }
    }

    #[test]
    fn files_are_read_only_where_nobody_else_could_have_touched_them() {
        let home = tempfile::tempdir().unwrap();
        let directory = open(home.path()).unwrap();
        assert_eq!(directory.read("a", 4), Content::Nothing);
        directory.replace("a", b"text").unwrap();
        assert_eq!(directory.read("a", 4), Content::Text(b"text".to_vec()));
        let unusable = |name: &str, limit| match directory.read(name, limit) {
            Content::Unusable(why) => why,
            content => panic!("{content:?}"),
        };
        assert!(unusable("a", 3).contains("too large (4"));
        let path = home.path().join("a");
        set_mode(&path, 0o640);
        assert!(unusable("a", 4).contains("mode 640"));
        symlink("a", home.path().join("b")).unwrap();
        assert!(unusable("b", 4).contains("link"));
        fs::create_dir(home.path().join("c")).unwrap();
        assert!(unusable("c", 4).contains("no plain file"));
        // What is put there anew is good again.
        for name in ["a", "b"] {
            directory.replace(name, b"new").unwrap();
            assert_eq!(directory.read(name, 4), Content::Text(b"new".to_vec()));
        }
        assert!(directory.replace("c", b"new").is_err());
        assert!(!home.path().join("c.new").exists());
    }

    #[test]
    fn what_an_interrupted_attempt_left_is_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let directory = open(home.path()).unwrap();
        fs::write(home.path().join("a.new"), "half of something much longer").unwrap();
        directory.replace("a", b"whole").unwrap();
        assert_eq!(directory.read("a", 100), Content::Text(b"whole".to_vec()));
        assert_eq!(directory.names().unwrap(), ["a"]);
    }

    #[test]
    fn notes_that_cannot_be_trusted_are_begun_anew() {
        let home = tempfile::tempdir().unwrap();
        let directory = open(home.path()).unwrap();
        assert!(directory.open_notes("n", false).unwrap().is_none());
        let notes = |create| directory.open_notes("n", create).unwrap().unwrap();
        notes(true).write(b"mine").unwrap();
        assert_eq!(notes(false).read(9).unwrap(), b"mine");
        set_mode(&home.path().join("n"), 0o666);
        assert_eq!(notes(true).read(9).unwrap(), b"");
        fs::write(home.path().join("other"), "untouched").unwrap();
        fs::remove_file(home.path().join("n")).unwrap();
        symlink("other", home.path().join("n")).unwrap();
        assert_eq!(notes(true).read(9).unwrap(), b"");
        assert_eq!(fs::read_to_string(home.path().join("other")).unwrap(), "untouched");
    }
}
