//! Taking turns: one process at a time signs in for a key.

use super::failure::Failure;
use super::notes::{self, Guarded, Notes};
use crate::error::AuthError;
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
    number: u64,
    process: u32,
}

/// What came of a try.
#[derive(Debug)]
pub(super) enum Tried {
    Mine(Turn),
    /// The turn that was waited for has failed.
    Failed(AuthError),
    /// Another process leads: the number of its turn.
    Others(u64),
    /// Another process leads, and the last login needed nobody.
    OthersWithoutNeed,
    /// Another one is just looking: try again.
    Busy,
}

/// Tries to lead, after waiting for the turn of the number `waited_for`. An error: there are no locks here.
pub(super) fn try_to_lead(file: &Arc<LockFile>, waited_for: Option<u64>) -> io::Result<Tried> {
    let tried = notes::guarded(file, |notes| -> io::Result<Tried> {
        if !lead(file, notes)? {
            return Ok(if notes.plain { Tried::OthersWithoutNeed } else { Tried::Others(notes.turns) });
        }
        if let (Some(waited_for), Some((turn, failure))) = (waited_for, &notes.failed)
            && *turn >= waited_for
            && let Some(error) = failure.error()
        {
            file.unlock(place(notes.generation))?;
            return Ok(Tried::Failed(error));
        }
        notes.holder = ProcessMark::own();
        notes.turns = notes.turns.wrapping_add(1);
        let Notes { generation, forgotten, turns: number, .. } = *notes;
        let process = std::process::id();
        Ok(Tried::Mine(Turn { file: Arc::clone(file), generation, forgotten, number, process }))
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
        notes::guarded_soon(&self.file, |notes| (notes.plain, notes.failed) = (plain, None));
    }

    /// Ends it for those who wait as well.
    pub(super) fn fail(self, error: &AuthError) {
        notes::guarded_soon(&self.file, |notes| notes.failed = Some((self.number, Failure::of(error))));
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
        match try_to_lead(file, None).unwrap() {
            Tried::Mine(turn) => turn,
            tried => panic!("{tried:?}"),
        }
    }

    #[test]
    fn one_leads_and_the_next_one_after_it() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        let first = turn(&one);
        assert!(matches!(try_to_lead(&other, None).unwrap(), Tried::Others(_)));
        first.end(true);
        let second = turn(&other);
        assert!(matches!(try_to_lead(&one, None).unwrap(), Tried::OthersWithoutNeed));
        second.end(false);
        let _third = turn(&one);
        assert!(matches!(try_to_lead(&other, None).unwrap(), Tried::Others(_)));
    }

    #[test]
    fn a_lock_that_a_dead_process_left_to_its_child_does_not_hold() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        let inherited = turn(&one);
        assert!(matches!(try_to_lead(&other, None).unwrap(), Tried::Others(_)), "the control: it lives");
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
        assert!(matches!(try_to_lead(&third, None).unwrap(), Tried::Others(_)));
        next.end(false);
        assert_eq!(turn(&third).generation, 1);
    }

    #[test]
    fn a_failure_is_for_those_who_waited_for_it() {
        let directory = tempfile::tempdir().unwrap();
        let (one, other) = (open(&directory), open(&directory));
        let first = turn(&one);
        let Tried::Others(waited_for) = try_to_lead(&other, None).unwrap() else { panic!() };
        first.fail(&AuthError::invalid_setting("wrong"));
        for _ in 0..2 {
            let tried = try_to_lead(&other, Some(waited_for)).unwrap();
            assert!(matches!(&tried, Tried::Failed(error) if error.message() == "wrong"), "{tried:?}");
        }
        // Who comes later tries, and whoever waits for that one has another to wait for.
        let second = turn(&one);
        let Tried::Others(next) = try_to_lead(&other, None).unwrap() else { panic!() };
        assert_eq!(next, waited_for + 1);
        drop(second);
        assert!(matches!(try_to_lead(&other, Some(next)).unwrap(), Tried::Mine(_)));
        turn(&one).end(false);
        assert!(matches!(try_to_lead(&other, Some(waited_for)).unwrap(), Tried::Mine(_)), "a success is the last word");
    }

    #[test]
    fn where_there_are_no_locks_it_is_said() {
        let directory = tempfile::tempdir().unwrap();
        drop(open(&directory));
        // The kernel refuses to lock for writing what is open for reading only.
        let file = File::open(directory.path().join("lock")).unwrap();
        assert!(try_to_lead(&Arc::new(LockFile::new(file)), None).is_err());
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
