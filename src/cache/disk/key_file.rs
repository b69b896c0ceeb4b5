//! The key of this user, with which files are named: 32 random bytes. The settings behind a name hold passwords, which
//! somebody who reads the directory (a backup, say) could otherwise guess and check against the names.

use super::notes::{self, Guarded};
use crate::ports::private_directory::{Content, PrivateDirectory};
use crate::ports::random;
use aws_lc_rs::hmac;
use std::time::Duration;

/// Its name.
pub(super) const NAME: &str = "key";
const LOCK: &str = "key.lock";
const LENGTH: usize = 32;

/// How long another process may take to make it, in tries of a millisecond.
const PATIENCE: u32 = 2000;

/// Reads it, and makes it where there is none. The error completes "the directory …"; `warn` hears why one was replaced.
pub(super) async fn read_or_make(directory: &PrivateDirectory, warn: impl Fn(&str)) -> Result<hmac::Key, String> {
    if let Ok(key) = read(directory) {
        return Ok(key);
    }
    let failed = |error| format!("takes no file ({error})");
    // One process makes it, so that all have the same.
    let file = directory.open_notes(LOCK, true).map_err(failed)?;
    let file = file.ok_or_else(|| "takes no file".to_owned())?;
    for _ in 0..PATIENCE {
        let made = notes::guarded(&file, |_| {
            read(directory).or_else(|why| {
                if let Some(why) = why {
                    warn(&why);
                }
                make(directory)
            })
        });
        match made {
            Ok(Guarded::Done(key)) => return key,
            Ok(Guarded::Busy) => tokio::time::sleep(Duration::from_millis(1)).await,
            // Without locks: whoever reads before the last one has written signs in once more.
            Err(_) => return read(directory).or_else(|_| make(directory)),
        }
    }
    Err("is locked by another process".to_owned())
}

/// The error: why the file there is no good; `None` if there is none.
pub(super) fn read(directory: &PrivateDirectory) -> Result<hmac::Key, Option<String>> {
    match directory.read(NAME, 1024) {
        Content::Text(bytes) => of_bytes(&bytes).ok_or_else(|| Some("is damaged".to_owned())),
        Content::Unusable(why) => Err(Some(why)),
        Content::Nothing => Err(None),
    }
}

/// The key in a file; `None` for one that is damaged.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<hmac::Key> {
    (bytes.len() == LENGTH).then(|| hmac::Key::new(hmac::HMAC_SHA256, bytes))
}

fn make(directory: &PrivateDirectory) -> Result<hmac::Key, String> {
    let key: [u8; LENGTH] = random::bytes().map_err(|error| error.message().to_owned())?;
    directory.replace(NAME, &key).map_err(|error| format!("takes no file ({error})"))?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &key))
}
