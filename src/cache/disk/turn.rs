//! Taking turns: one process at a time signs in for a key.

use super::notes::{self, Guarded, Notes};
use crate::os::file_lock::LockFile;
use crate::os::process_mark::ProcessMark;
use std::io;
use std::sync::Arc;

/// The turn of this process. It ends when this is dropped, or when the process does.
#[derive(Debug)]
pub(super) struct Turn {
    file: Arc<LockFile>,
    generation: u64,
    forgotten: u64,
    process: u32,
}

/// What came of a try.
#[derive(Debug)]
pub(super) enum Tried {
    Mine(Turn),
    /// Another process leads.
    Others,
    /// Another process leads, and the last login needed nobody.
    OthersWithoutNeed,
    /// Another one is just looking: try again.
    Busy,
}

/// Tries to lead. An error: there are no locks here.
pub(super) fn try_to_lead(file: &Arc<LockFile>) -> io::Result<Tried> {
    let tried = notes::guarded(file, |notes| -> io::Result<Tried> {
        if !lead(file, notes)? {
            return Ok(if notes.plain { Tried::OthersWithoutNeed } else { Tried::Others });
        }
        notes.holder = ProcessMark::own();
        let Notes { generation, forgotten, .. } = *notes;
        Ok(Tried::Mine(Turn { file: Arc::clone(file), generation, forgotten, process: std::process::id() }))
    });
    match tried? {
        Guarded::Done(tried) => tried,
        Guarded::Busy => Ok(Tried::Busy),
    }
}

fn lead(file: &LockFile, notes: &mut Notes) -> io::Result<bool> {
    if file.try_lock(place(notes.generation))? {
        return Ok(true);
    }
    // A lock that outlived its owner is that of a child, which was forked and knows nothing of it.
    let next = notes.generation.saturating_add(1);
    if notes.holder.is_dead() && file.try_lock(place(next))? {
        notes.generation = next;
        return Ok(true);
    }
    Ok(false)
}

/// The byte that the leader of a generation locks.
fn place(generation: u64) -> u64 {
    generation.saturating_add(1)
}

impl Turn {
    /// Does something unless the key was forgotten meanwhile, while nobody can forget it.
    pub(super) fn unless_forgotten(&self, with: impl FnOnce()) {
        notes::guarded_soon(&self.file, |notes| {
            if notes.forgotten == self.forgotten {
                with();
            }
        });
    }

    /// Ends it, and notes whether the login needed nobody: then others need not wait the next time.
    pub(super) fn end(self, plain: bool) {
        notes::guarded_soon(&self.file, |notes| notes.plain = plain);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // A child that was forked meanwhile has no turn to end.
        if self.process == std::process::id() {
            drop(self.file.unlock(place(self.generation)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::process::{Command, Stdio};

    fn open(directory: &tempfile::TempDir) -> Arc<LockFile> {
        let path = directory.path().join("lock");
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap();
        Arc::new(LockFile::new(file))
    }

    fn turn(file: &Arc<LockFile>) -> Turn {
        match try_to_lead(file).unwrap() {
            Tried::Mine(turn) => turn,
            tried => panic!("{tried:?}"),
        }
    }

    #[test]
    fn one_leads_and_the_next_one_after_it() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        let first = turn(&one);
        assert!(matches!(try_to_lead(&other).unwrap(), Tried::Others));
        first.end(true);
        let second = turn(&other);
        assert!(matches!(try_to_lead(&one).unwrap(), Tried::OthersWithoutNeed));
        second.end(false);
        let _third = turn(&one);
        assert!(matches!(try_to_lead(&other).unwrap(), Tried::Others));
    }

    #[test]
    fn a_lock_that_a_dead_process_left_to_its_child_does_not_hold() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        let inherited = turn(&one);
        assert!(matches!(try_to_lead(&other).unwrap(), Tried::Others), "the control: it lives");
        // The same, held by somebody who has died since.
        let mut child = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
        let mark: ProcessMark = serde_json::from_value(serde_json::json!({
            "pid": child.id(), "start": 1, "place": serde_json::to_value(ProcessMark::own()).unwrap()["place"],
        }))
        .unwrap();
        child.wait().unwrap();
        notes::guarded(&one, |notes| notes.holder = mark).unwrap();
        let next = turn(&other);
        assert_eq!(next.generation, 1);
        // The old one's end is not the new one's.
        drop(inherited);
        let third = open(&directory);
        assert!(matches!(try_to_lead(&third).unwrap(), Tried::Others));
        next.end(false);
        assert_eq!(turn(&third).generation, 1);
    }

    #[test]
    fn what_was_forgotten_meanwhile_is_not_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        let (turn, mut kept) = (turn(&one), 0);
        turn.unless_forgotten(|| kept += 1);
        notes::guarded(&other, |notes| notes.forgotten += 1).unwrap();
        turn.unless_forgotten(|| kept += 1);
        assert_eq!(kept, 1);
    }
}
