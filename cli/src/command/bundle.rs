//! The file for a support case.

use crate::failure::Failure;
use crate::library;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that did not exist before, which its owner alone may read. Dropped unwritten, it is gone again.
pub struct Bundle {
    path: PathBuf,
    file: File,
    is_written: bool,
}

impl Bundle {
    /// Before the login is tried, so that nobody signs in for a file that cannot be.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let mut how = OpenOptions::new();
        how.write(true).create_new(true);
        #[cfg(unix)]
        how.mode(0o600);
        let file = how.open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::usage(format!("{} exists already", path.display())),
            _ => Failure::usage(format!("{} cannot be written: {error}", path.display())),
        })?;
        Ok(Self { path: path.to_owned(), file, is_written: false })
    }

    /// What explain and doctor found, which holds no secret.
    pub fn write(mut self, explain: &Value, doctor: &Value) -> Result<(), Failure> {
        let bundle = json!({ "schema": 1, "program": library::version(), "explain": explain, "doctor": doctor });
        let written = self.file.write_all(format!("{bundle:#}\n").as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| Failure::system(format!("{} cannot be written: {error}", self.path.display())))?;
        self.is_written = true;
        Ok(())
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        if !self.is_written {
            // There is nothing in it.
            let _ = fs::remove_file(&self.path);
        }
    }
}
