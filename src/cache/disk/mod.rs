//! What a person had to do stands on disk, so that they do it once a machine: AWS keys, tokens, refresh tokens and
//! registrations of this client. Never a SAML assertion, never a password.
//!
//! The directory is this user's alone. A file is named by an HMAC of its key (see [`key_file`]), written under one other
//! name while its lock is held, and renamed. Nothing here fails a login: what cannot be read or written is a warning.

mod document;
mod failure;
mod forget;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed;
mod key_file;
mod look;
mod notes;
mod place;
mod sign_in;
mod turn;

pub(crate) use forget::{forget, forget_all};
pub(crate) use look::{Seen, Shelf, look};
pub(crate) use place::directory_of;
pub(crate) use sign_in::{Refused, SignIn, Wish, fingerprint, fingerprint_of};

use super::key::CacheKey;
use crate::log::Log;
use crate::ports::private_directory::{Content, PrivateDirectory};
use aws_lc_rs::hmac;
use document::{Useless, VERSION};
use std::fmt::Write;
use std::path::Path;

/// How the names of lock files end.
const LOCK: &str = "lock";

/// More than any token: those of Entra ID for a member of many groups have tens of kilobytes.
const LARGEST: u64 = 256 * 1024;

/// The directory, open, with the key of this user.
pub(super) struct Disk {
    directory: PrivateDirectory,
    key: hmac::Key,
    log: Log,
}

impl Disk {
    /// Opens it. `None`: the log says why.
    async fn open(path: &Path, log: &Log) -> Option<Self> {
        let shown = path.display();
        let refused = |why: String| log.warn("cache", format_args!("the directory {shown} of stored logins {why}"));
        let directory = PrivateDirectory::open(path, is_known).map_err(refused).ok()?;
        let replaced = |why: &str| {
            log.warn("cache", format_args!("the file {shown}/{} {why}; it is ignored and replaced", key_file::NAME));
        };
        let key = key_file::read_or_make(&directory, replaced).await.map_err(refused).ok()?;
        Some(Self { directory, key, log: log.clone() })
    }

    /// The name of a file, which tells nothing of what it stands for.
    fn name(&self, purpose: &str, key: &CacheKey) -> Name {
        let mut context = hmac::Context::with_key(&self.key);
        // Purposes differ in their length or their letters, and a key has a length of its own.
        context.update(purpose.as_bytes());
        context.update(key.bytes());
        let mut name = String::with_capacity(80);
        for byte in context.sign().as_ref() {
            // A String takes every text.
            let _ = write!(name, "{byte:02x}");
        }
        Name(name)
    }

    /// The content of a file as `read` makes it. What is of no use is told and left to be replaced; `Ended` goes at once.
    fn load<T>(&self, name: &Name, read: impl FnOnce(&[u8]) -> Result<T, Useless>) -> Option<T> {
        let file = name.document();
        let why = match self.directory.read(&file, LARGEST) {
            Content::Nothing => return None,
            Content::Unusable(why) => why,
            Content::Text(bytes) => match read(&zeroize::Zeroizing::new(bytes)) {
                Ok(value) => return Some(value),
                Err(Useless::Ended) => return None,
                Err(Useless::Damaged(why)) => why.to_owned(),
            },
        };
        self.log.warn("cache", format_args!("the stored login {} {why}; it is ignored and replaced", name.short()));
        None
    }

    fn save(&self, name: &Name, bytes: &[u8]) {
        match self.directory.replace(&name.document(), bytes) {
            Ok(()) => self.log.debug("cache", format_args!("kept on disk as {}", name.short())),
            Err(error) => {
                self.log.warn("cache", format_args!("the login cannot be kept on disk: {error}"));
            }
        }
    }

    /// Writes a file while the lock of `key` is held for a moment, or without where there are no locks.
    fn save_under(&self, key: &Name, name: &Name, bytes: &[u8]) {
        let file = self.directory.open_notes(&key.lock(), true).ok().flatten();
        if file.and_then(|file| notes::guarded_soon(&file, |_| self.save(name, bytes))).is_none() {
            self.save(name, bytes);
        }
    }

    fn remove(&self, name: &Name) {
        if let Err(error) = self.directory.remove(name.document().as_bytes()) {
            self.log.warn("cache", format_args!("the stored login {} cannot be removed: {error}", name.short()));
        }
    }
}

/// The common part of the names of a key's files.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name(String);

impl Name {
    fn document(&self) -> String {
        format!("{}.v{VERSION}", self.0)
    }

    fn lock(&self) -> String {
        format!("{}.{LOCK}", self.0)
    }

    /// Enough to find the file.
    fn short(&self) -> &str {
        self.0.get(..12).unwrap_or_default()
    }
}

/// What the name of a file says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// The user's key, or its lock.
    Key,
    Lock,
    /// Of whatever version, finished or not.
    Document,
}

fn sort_of(name: &str) -> Option<Sort> {
    let (stem, rest) = name.split_once('.').unwrap_or((name, ""));
    if stem == key_file::NAME {
        return Some(Sort::Key);
    }
    let is_ours = stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_ours.then_some(if rest == LOCK { Sort::Lock } else { Sort::Document })
}

/// Whether a name is one of those that are made here.
fn is_known(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| sort_of(name).is_some())
}

#[cfg(test)]
mod tests;
