//! The log file of `RS_AUTH_LOG_FILE`: for support cases in hosts that hand over no log callback.
//!
//! The variable comes from the environment only, never from a DSN: who writes a DSN must not choose files to write to.

use super::env::Env;
use crate::log::{Level, Sink};
use crate::os::{privileges, signals};
use crate::ports::clock::Clock;
use aws_smithy_types::date_time::{DateTime, Format};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

struct LogFile {
    file: File,
    finest: Level,
}

/// The file that the environment names, if it can be opened. A file that cannot is no reason to fail a login.
pub(crate) fn from_environment() -> Option<Arc<dyn Sink>> {
    let path = Env::real().get_set("RS_AUTH_LOG_FILE")?;
    if privileges::raised() {
        return None;
    }
    // Not through links: a link in a shared folder must not lead the lines into another file. And without waiting, where it
    // is a pipe, for who reads it.
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(flags).open(path).ok()?;
    let finest = Env::real().get_set("RS_AUTH_LOG").as_deref().map_or(Level::Trace, level_of);
    Some(Arc::new(LogFile { file, finest }))
}

/// A level by name or number; what is neither gives every level, since somebody wants to see something.
fn level_of(text: &str) -> Level {
    let text = text.trim();
    if let Some(level) = text.parse().ok().and_then(Level::from_number) {
        return level;
    }
    [Level::Error, Level::Warn, Level::Info, Level::Debug]
        .into_iter()
        .find(|level| level.name().eq_ignore_ascii_case(text))
        .unwrap_or(Level::Trace)
}

impl Sink for LogFile {
    fn enabled(&self, level: Level) -> bool {
        level <= self.finest
    }

    fn write(&self, level: Level, target: &'static str, message: &str) {
        let line = format!(
            "{} {} {target} [{}] {}\n",
            now_text(),
            level.name(),
            std::process::id(),
            message.replace(['\r', '\n'], " ")
        );
        // One write a line, so that lines of several processes do not mix; a full disk must not fail a login, nor its signal
        // end the host: some lines are of the host's own threads.
        let _ = signals::without_signals_of_writes(|| (&self.file).write_all(line.as_bytes()));
    }
}

/// The time of a line, in UTC.
fn now_text() -> String {
    DateTime::from_millis(Clock::real().now_ms()).fmt(Format::DateTime).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_name_or_a_number() {
        assert_eq!(level_of("warn"), Level::Warn);
        assert_eq!(level_of(" 4 "), Level::Debug);
        assert_eq!(level_of("everything"), Level::Trace);
    }
}
