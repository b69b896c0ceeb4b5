//! What stands on disk for an identity, for who only wants to know: nothing is made, changed, locked or used.

use super::sign_in::{REGISTRATION, RegistrationKey, names};
use super::{Disk, Name, document, key_file};
use crate::cache::key::CacheKey;
use crate::log::Log;
use crate::ports::private_directory::PrivateDirectory;
use crate::ports::store::{Document, Keeper};
use crate::secret::SecretString;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What there is.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Until when a sign-in is good: milliseconds since 1970.
    pub(crate) sign_in_until: Option<i64>,
    pub(crate) refresh_token: bool,
    /// The documents, to be read. `None`: there are none.
    pub(crate) shelf: Option<Arc<Shelf>>,
}

/// Documents that are read and never written.
pub(crate) struct Shelf {
    disk: Disk,
    refresh_token: Name,
    registration: RegistrationKey,
    now_ms: i64,
    has_registration: AtomicBool,
}

impl Shelf {
    /// Whether the registration that was asked for is there.
    pub(crate) fn has_registration(&self) -> bool {
        self.has_registration.load(Ordering::Relaxed)
    }

    fn text(&self, name: &Name) -> Option<SecretString> {
        self.disk.load(name, |bytes| document::text(bytes, self.now_ms))
    }
}

impl Keeper for Shelf {
    fn load(&self, document: Document<'_>) -> Option<SecretString> {
        match document {
            Document::RefreshToken => self.text(&self.refresh_token),
            Document::ClientRegistration(parts) => {
                let found = self.text(&self.disk.name(REGISTRATION, &(self.registration)(parts)));
                self.has_registration.store(found.is_some(), Ordering::Relaxed);
                found
            }
        }
    }

    fn save(&self, _: Document<'_>, _: &SecretString, _: Option<i64>) {}

    fn remove(&self, _: Document<'_>) {}
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shelf")
    }
}

/// Looks into the directory. The error completes "the directory …".
pub(crate) fn look(
    directory: &Path,
    identity: &CacheKey,
    registration: RegistrationKey,
    now_ms: i64,
) -> Result<Seen, String> {
    let Some(directory) = PrivateDirectory::look(directory)? else { return Ok(Seen::default()) };
    let Ok(key) = key_file::read(&directory) else { return Ok(Seen::default()) };
    let disk = Disk { directory, key, log: Log::default() };
    let (sign_in, refresh_token) = names(&disk, identity);
    let sign_in = disk.load(&sign_in, |bytes| document::identity(bytes, now_ms));
    let shelf = Shelf { disk, refresh_token, registration, now_ms, has_registration: AtomicBool::default() };
    Ok(Seen {
        sign_in_until: sign_in.and_then(|identity| identity.expires_at()),
        refresh_token: shelf.load(Document::RefreshToken).is_some(),
        shelf: Some(Arc::new(shelf)),
    })
}
