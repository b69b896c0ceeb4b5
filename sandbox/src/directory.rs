//! A directory of one's own that goes with its owner.

use std::io;
use std::path::{Path, PathBuf};

/// A new directory under the system's temporary one, deleted with all in it when dropped.
#[derive(Debug)]
pub(crate) struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    pub fn new() -> io::Result<Self> {
        let name = format!("rs-auth-sandbox-{}-{}", std::process::id(), crate::random::base32::<8>());
        let path = std::env::temp_dir().join(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // What cannot be deleted is the system's to clear away.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
