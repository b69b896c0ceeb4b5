//! Small text files that are shared with others: configuration, tokens, certificates. Read with a limit, and stamped so
//! that a change shows without reading; replaced whole, and only this user can read what is written.

use super::file_lock::{self, FileLock};
use super::private_file;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a pipe may stay silent before reading it fails.
const PIPE_PATIENCE: Duration = Duration::from_millis(500);

/// The version of a file's content, as far as the file system tells: it differs when the file was written or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Nanoseconds since the epoch of the last change.
    pub modified_ns: i128,
    /// The length in bytes.
    pub size: u64,
    /// The file's number: another one after it was replaced by a rename.
    pub inode: u64,
}

/// Where files come from. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Files(Option<Arc<Mutex<Fixed>>>);

#[derive(Debug, Default)]
#[cfg_attr(not(test), allow(dead_code))] // tests are made of it
struct Fixed {
    files: BTreeMap<PathBuf, (i128, String)>,
    writes: i128,
}

impl Files {
    /// The file system.
    #[must_use]
    pub fn real() -> Self {
        Self(None)
    }

    /// These files and no others.
    #[cfg_attr(not(test), allow(dead_code))] // tests are made of it
    #[must_use]
    pub fn from_pairs<P: Into<PathBuf>, T: Into<String>>(pairs: impl IntoIterator<Item = (P, T)>) -> Self {
        let files = Self(Some(Arc::default()));
        for (path, text) in pairs {
            files.put(path, text);
        }
        files
    }

    /// Writes one of the fixed files; nothing happens on the file system.
    #[cfg_attr(not(test), allow(dead_code))] // tests are made of it
    pub fn put(&self, path: impl Into<PathBuf>, text: impl Into<String>) {
        if let Some(fixed) = &self.0 {
            let mut fixed = fixed.lock().unwrap_or_else(PoisonError::into_inner);
            fixed.writes += 1;
            let entry = (fixed.writes, text.into());
            fixed.files.insert(path.into(), entry);
        }
    }

    /// The text of a file of at most `limit` bytes: UTF-8, a byte order mark removed.
    pub fn read_text(&self, path: &Path, limit: u64) -> io::Result<String> {
        let text = match &self.0 {
            None => read_real(path, limit)?,
            Some(fixed) => {
                let fixed = fixed.lock().unwrap_or_else(PoisonError::into_inner);
                fixed.files.get(path).map(|(_, text)| text.clone()).ok_or(io::ErrorKind::NotFound)?
            }
        };
        if u64::try_from(text.len()).is_ok_and(|length| length <= limit) { Ok(text) } else { Err(too_large(limit)) }
    }

    /// Puts a file with this text, which only this user may read, in the place of `path`. A reader sees the old or the new.
    pub fn replace(&self, path: &Path, text: &str) -> io::Result<()> {
        if self.0.is_none() {
            return private_file::replace(path, text.as_bytes());
        }
        self.put(path, text);
        Ok(())
    }

    /// Makes a directory that only this user may enter, and those above it that are missing. One that is there stays as it is.
    pub fn make_directory(&self, path: &Path) -> io::Result<()> {
        match &self.0 {
            None => private_file::make_directory(path),
            Some(_) => Ok(()),
        }
    }

    /// Takes the lock on the file at `path`; `None`: somebody else holds it.
    pub fn try_lock(&self, path: &Path) -> io::Result<Option<FileLock>> {
        match &self.0 {
            None => file_lock::try_lock(path),
            Some(_) => Ok(Some(FileLock::of_nothing())),
        }
    }

    /// The version of what is at `path`, a directory included; None if nothing is there.
    #[must_use]
    pub fn stamp(&self, path: &Path) -> Option<Stamp> {
        match &self.0 {
            None => fs::metadata(path).ok().map(|metadata| stamp_of(&metadata)),
            Some(fixed) => {
                let fixed = fixed.lock().unwrap_or_else(PoisonError::into_inner);
                let (written, text) = fixed.files.get(path)?;
                Some(Stamp { modified_ns: *written, size: u64::try_from(text.len()).ok()?, inode: 1 })
            }
        }
    }
}

fn read_real(path: &Path, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    // One byte more than allowed tells too long from just right, also where the size is not known (a pipe, /proc).
    let limited = limit.saturating_add(1);
    let file = open(path)?;
    if is_pipe(&file.metadata()?) {
        read_pipe(&mut file.take(limited), &mut bytes)?;
    } else {
        file.take(limited).read_to_end(&mut bytes)?;
    }
    if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Opens without waiting for the other end of a pipe: nothing on the login's thread may outlast its deadline.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

#[cfg(unix)]
fn is_pipe(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}

#[cfg(not(unix))]
fn is_pipe(_: &fs::Metadata) -> bool {
    false
}

/// Reads what comes through a pipe. Whoever writes a named one may come only when it is read, but not for long.
fn read_pipe(pipe: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match pipe.read_to_end(bytes) {
            Ok(_) if !bytes.is_empty() => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if began.elapsed() >= PIPE_PATIENCE {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody wrote to it"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn too_large(limit: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the file has more than {limit} bytes"))
}

#[cfg(unix)]
fn stamp_of(metadata: &fs::Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    Stamp {
        modified_ns: i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
        size: metadata.size(),
        inode: metadata.ino(),
    }
}

#[cfg(not(unix))]
fn stamp_of(metadata: &fs::Metadata) -> Stamp {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    Stamp {
        modified_ns: modified.and_then(|since| i128::try_from(since.as_nanos()).ok()).unwrap_or_default(),
        size: metadata.len(),
        inode: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn what_is_no_pipe_is_read_at_once() {
        let began = Instant::now();
        assert_eq!(Files::real().read_text(Path::new("/dev/null"), 10).unwrap(), "");
        assert!(began.elapsed() < PIPE_PATIENCE);
    }

    #[test]
    fn reads_up_to_the_limit_and_not_past_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "\u{feff}12345").unwrap();
        assert_eq!(Files::real().read_text(&path, 8).unwrap(), "12345");
        assert_eq!(Files::real().read_text(&path, 7).unwrap_err().kind(), io::ErrorKind::InvalidData);
        fs::write(&path, b"caf\xe9").unwrap();
        assert_eq!(Files::real().read_text(&path, 8).unwrap_err().to_string(), "the file is not UTF-8");
        let missing = directory.path().join("missing");
        assert_eq!(Files::real().read_text(&missing, 8).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_file_without_an_end_is_not_read_to_its_end() {
        assert!(Files::real().read_text(Path::new("/dev/zero"), 1000).is_err());
    }

    #[test]
    fn the_stamp_tells_a_rewrite_and_a_replacement() {
        let directory = tempfile::tempdir().unwrap();
        let (path, other) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&path, "1").unwrap();
        let first = Files::real().stamp(&path).unwrap();
        assert_eq!(Files::real().stamp(&path), Some(first));
        fs::write(&path, "12").unwrap();
        assert_ne!(Files::real().stamp(&path), Some(first));
        fs::write(&other, "12").unwrap();
        let second = Files::real().stamp(&path);
        fs::rename(&other, &path).unwrap();
        assert_ne!(Files::real().stamp(&path), second);
        assert_eq!(Files::real().stamp(&directory.path().join("missing")), None);
    }

    #[test]
    fn fixed_files_behave_as_real_ones() {
        let files = Files::from_pairs([("/a", "one")]);
        let path = Path::new("/a");
        assert_eq!(files.read_text(path, 3).unwrap(), "one");
        assert!(files.read_text(path, 2).is_err());
        assert_eq!(files.read_text(Path::new("/b"), 3).unwrap_err().kind(), io::ErrorKind::NotFound);
        let before = files.stamp(path);
        files.put("/a", "two");
        assert_ne!(files.stamp(path), before);
        files.make_directory(Path::new("/c")).unwrap();
        files.replace(Path::new("/c/d"), "three").unwrap();
        assert_eq!(files.read_text(Path::new("/c/d"), 5).unwrap(), "three");
        assert!(files.try_lock(Path::new("/c/d.lock")).unwrap().is_some());
    }
}
