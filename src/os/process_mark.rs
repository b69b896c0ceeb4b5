//! Names a process so that others can tell whether it is dead: a number alone is given to the next one.

use serde::{Deserialize, Serialize};
use std::fs;
use std::os::unix::fs::MetadataExt;

/// Who a process is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ProcessMark {
    pid: u32,
    /// When it was started, in the kernel's ticks since boot.
    start: u64,
    /// The boot of the machine and the namespace of its numbers: in another one they name other processes, or none.
    place: String,
}

impl ProcessMark {
    /// This process.
    pub(crate) fn own() -> Self {
        let pid = std::process::id();
        Self { pid, start: living(pid).unwrap_or_default(), place: place() }
    }

    /// Whether it is known to be dead. A process of another machine or container is not known to be anything.
    pub(crate) fn is_dead(&self) -> bool {
        let place = place();
        // Without /proc nothing is known of anybody.
        !place.is_empty() && self.place == place && living(self.pid) != Some(self.start)
    }
}

fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    match fs::metadata("/proc/self/ns/pid") {
        Ok(namespace) if !boot.is_empty() => format!("{}/{}", boot.trim(), namespace.ino()),
        _ => String::new(),
    }
}

/// When the process was started, if it lives: proc(5), stat. A zombie has let go of everything.
fn living(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program stands in parentheses and may hold any of them.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    let begun = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X" | "x")).then_some(begun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_lives_until_it_is_killed_and_its_number_is_not_enough() {
        assert!(!ProcessMark::own().is_dead());
        let mut child = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
        let mark = ProcessMark { pid: child.id(), start: living(child.id()).unwrap(), place: place() };
        assert!(!mark.is_dead());
        assert!(ProcessMark { start: mark.start + 1, ..mark.clone() }.is_dead(), "another process of that number");
        child.kill().unwrap();
        // A zombie until it is waited for: whichever it is, it is dead.
        while living(mark.pid).is_some() {
            std::thread::yield_now();
        }
        assert!(mark.is_dead());
        child.wait().unwrap();
        assert!(mark.is_dead());
        assert!(!ProcessMark { place: "elsewhere".to_owned(), ..mark }.is_dead());
    }
}
