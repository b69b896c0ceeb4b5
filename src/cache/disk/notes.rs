//! The lock file of a key: who leads, and what others should know of it. It is never removed.
//!
//! Byte 0 is locked for a moment by whoever reads or changes the notes, byte 1 + generation by whoever leads. When a leader
//! has died and a child that it forked still holds its lock, the next one leads a generation further: no lock has to be
//! broken, and nobody takes the old one for the new one's.

use super::failure::Failure;
use crate::os::file_lock::LockFile;
use crate::os::process_mark::ProcessMark;
use serde::{Deserialize, Serialize};
use std::io;

const GUARD: u64 = 0;
/// Longer notes are not written, and not read.
const MOST: usize = 16 * 1024;

/// What stands in a lock file. A damaged one reads as empty: at worst two sign in.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Notes {
    pub(super) generation: u64,
    /// Counts how often the key was forgotten: what a login that began before brings is not kept.
    pub(super) forgotten: u64,
    /// The last login needed nobody: there is nothing to wait for.
    pub(super) plain: bool,
    pub(super) holder: ProcessMark,
    /// Counts the turns: the number of the one under way, or of the last one.
    pub(super) turns: u64,
    /// The last turn that failed, and how: for those who waited for it.
    pub(super) failed: Option<(u64, Failure)>,
}

/// Whether notes could be looked at.
#[derive(Debug)]
pub(super) enum Guarded<T> {
    Done(T),
    /// Another process looks at them this moment.
    Busy,
}

/// Looks at the notes while nobody else does, and writes them if they were changed. An error: there are no locks here.
pub(super) fn guarded<T>(file: &LockFile, with: impl FnOnce(&mut Notes) -> T) -> io::Result<Guarded<T>> {
    if !file.try_lock(GUARD)? {
        return Ok(Guarded::Busy);
    }
    let mut notes = read(file);
    let before = text_of(&notes);
    let result = with(&mut notes);
    let after = text_of(&notes);
    if before != after && after.len() <= MOST {
        // What cannot be noted costs a sign-in at worst.
        drop(file.write(&after));
    }
    file.unlock(GUARD)?;
    Ok(Guarded::Done(result))
}

/// The same, waiting for a moment where somebody else looks. `None`: it took too long, or there are no locks.
pub(super) fn guarded_soon<T>(file: &LockFile, with: impl FnOnce(&mut Notes) -> T) -> Option<T> {
    const TRIES: u32 = 200;
    let mut with = Some(with);
    for _ in 0..TRIES {
        match guarded(file, |notes| with.take().map(|with| with(notes))) {
            Ok(Guarded::Done(result)) => return result,
            Ok(Guarded::Busy) => std::thread::sleep(std::time::Duration::from_millis(1)),
            Err(_) => return None,
        }
    }
    None
}

fn read(file: &LockFile) -> Notes {
    file.read(MOST).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn text_of(notes: &Notes) -> Vec<u8> {
    serde_json::to_vec(notes).unwrap_or_default()
}
