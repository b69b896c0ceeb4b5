//! Forgetting what stands on disk. Locks and the key of the user stay.

use super::sign_in::names;
use super::{Disk, Name, Sort, key_file, notes, sort_of};
use crate::cache::key::CacheKey;
use crate::error::{AuthError, Stage, Status};
use crate::log::Log;
use crate::ports::private_directory::PrivateDirectory;
use std::io;
use std::path::Path;

/// Forgets these identities. Logins under way, here or in other processes, do not keep what they bring.
pub(crate) fn forget(directory: &Path, identities: &[CacheKey]) -> Result<(), AuthError> {
    let Some(disk) = existing(directory) else { return Ok(()) };
    identities.iter().try_for_each(|identity| {
        let (identity, refresh_token) = names(&disk, identity);
        let remove = || {
            let remove = |name: &Name| disk.directory.remove(name.document().as_bytes());
            remove(&identity).and_then(|()| remove(&refresh_token))
        };
        forget_under(&disk.directory, &identity.lock(), remove).map_err(|error| refused(directory, &error))
    })
}

/// Forgets everything of this user.
pub(crate) fn forget_all(directory: &Path) -> Result<(), AuthError> {
    let Ok(Some(private)) = PrivateDirectory::open_existing(directory, super::is_known) else { return Ok(()) };
    let names = private.names().map_err(|error| refused(directory, &error))?;
    let of_sort = |sort| names.iter().filter(move |name| sort_of(name) == Some(sort));
    // First the logins under way, which would write again.
    let noted = of_sort(Sort::Lock).try_for_each(|lock| forget_under(&private, lock, || Ok(())));
    let removed = noted.and_then(|()| of_sort(Sort::Document).try_for_each(|name| private.remove(name.as_bytes())));
    removed.map_err(|error| refused(directory, &error))
}

/// The directory, if anything can stand in it. What is not to be trusted is not served either.
fn existing(path: &Path) -> Option<Disk> {
    let directory = PrivateDirectory::open_existing(path, super::is_known).ok()??;
    let key = key_file::read(&directory).ok()?;
    Some(Disk { directory, key, log: Log::default() })
}

/// Notes in the lock file, if there is one, that its key was forgotten, and removes while nobody can write.
fn forget_under(directory: &PrivateDirectory, lock: &str, remove: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let noted = directory.open_notes(lock, false).ok().flatten().and_then(|file| {
        notes::guarded_soon(&file, |notes| {
            notes.forgotten = notes.forgotten.wrapping_add(1);
            remove()
        })
    });
    noted.unwrap_or_else(remove)
}

fn refused(directory: &Path, error: &io::Error) -> AuthError {
    let message = format!("A stored login in {} cannot be removed: {error}.", directory.display());
    AuthError::new(Status::System, Stage::Cache, message).hint("Remove the files by hand.")
}
