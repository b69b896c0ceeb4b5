//! What stands on disk for an identity, for who only wants to know: nothing is made, changed, locked or used.

use super::sign_in::names;
use super::{Disk, document, key_file};
use crate::cache::key::CacheKey;
use crate::log::Log;
use crate::ports::private_directory::PrivateDirectory;
use std::path::Path;

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Until when a sign-in is good: milliseconds since 1970.
    pub(crate) sign_in_until: Option<i64>,
    pub(crate) refresh_token: bool,
}

/// Looks into the directory. The error completes "the directory …".
pub(crate) fn look(directory: &Path, identity: &CacheKey, now_ms: i64) -> Result<Seen, String> {
    const NOTHING: Seen = Seen { sign_in_until: None, refresh_token: false };
    let Some(directory) = PrivateDirectory::look(directory)? else { return Ok(NOTHING) };
    let Ok(key) = key_file::read(&directory) else { return Ok(NOTHING) };
    let disk = Disk { directory, key, log: Log::default() };
    let (sign_in, refresh_token) = names(&disk, identity);
    let sign_in = disk.load(&sign_in, |bytes| document::identity(bytes, now_ms));
    Ok(Seen {
        sign_in_until: sign_in.and_then(|identity| identity.expires_at()),
        refresh_token: disk.load(&refresh_token, |bytes| document::text(bytes, now_ms)).is_some(),
    })
}
