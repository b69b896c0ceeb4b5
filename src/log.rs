//! Log lines, redacted by construction: callers pass names, hosts and numbers, never values of secret keys, URLs with
//! queries or bodies.
//!
//! There is no global subscriber: a [`Log`] belongs to one call and travels with it, because the host may have a
//! subscriber of its own, or several callers with different callbacks.

use std::fmt;
use std::sync::Arc;

/// Levels of the C interface: the smaller, the graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
#[allow(missing_docs)]
pub enum Level {
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
    Trace = 5,
}

impl Level {
    /// The number in the C interface.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Error => 1,
            Self::Warn => 2,
            Self::Info => 3,
            Self::Debug => 4,
            Self::Trace => 5,
        }
    }

    /// The level with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::Error),
            2 => Some(Self::Warn),
            3 => Some(Self::Info),
            4 => Some(Self::Debug),
            5 => Some(Self::Trace),
            _ => None,
        }
    }

    /// The upper-case word of a log line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

/// Where lines go: the caller's mailbox, a file, a test's list.
pub trait Sink: Send + Sync {
    /// Whether a line of this level would be kept. Asked before the line is formatted.
    fn enabled(&self, level: Level) -> bool;
    /// Takes one line.
    fn write(&self, level: Level, target: &'static str, message: &str);
}

/// The log of one call. Cloning shares it.
#[derive(Clone, Default)]
pub struct Log(Arc<[Arc<dyn Sink>]>);

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl Log {
    /// A log that writes to every one of `sinks`. None at all: silent.
    #[must_use]
    pub fn to(sinks: Vec<Arc<dyn Sink>>) -> Self {
        Self(sinks.into())
    }

    /// The same, and to one sink more.
    #[must_use]
    pub fn and(&self, sink: Arc<dyn Sink>) -> Self {
        Self(self.0.iter().cloned().chain([sink]).collect())
    }

    /// Writes a line. `target` is the part that speaks: `login`, `http`, `cache`, `aws`, …
    pub fn line(&self, level: Level, target: &'static str, text: fmt::Arguments<'_>) {
        if !self.0.iter().any(|sink| sink.enabled(level)) {
            return;
        }
        let message = text.to_string();
        for sink in self.0.iter().filter(|sink| sink.enabled(level)) {
            sink.write(level, target, &message);
        }
    }

    /// A login failed, or will.
    pub fn error(&self, target: &'static str, text: fmt::Arguments<'_>) {
        self.line(Level::Error, target, text);
    }

    /// Something the user should change.
    pub fn warn(&self, target: &'static str, text: fmt::Arguments<'_>) {
        self.line(Level::Warn, target, text);
    }

    /// One line a login, about.
    pub fn info(&self, target: &'static str, text: fmt::Arguments<'_>) {
        self.line(Level::Info, target, text);
    }

    /// Decisions and where they came from.
    pub fn debug(&self, target: &'static str, text: fmt::Arguments<'_>) {
        self.line(Level::Debug, target, text);
    }

    /// Each request.
    pub fn trace(&self, target: &'static str, text: fmt::Arguments<'_>) {
        self.line(Level::Trace, target, text);
    }
}

/// Lines kept in memory, for tests of what is logged and what is not.
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code))] // tests use more of it than fuzzing
pub mod memory {
    use super::{Level, Log, Sink};
    use std::sync::{Arc, Mutex};

    /// Every line of every level, as `LEVEL target: message`.
    #[derive(Default)]
    pub struct Lines(pub Mutex<Vec<String>>);

    impl Sink for Lines {
        fn enabled(&self, _: Level) -> bool {
            true
        }
        fn write(&self, level: Level, target: &'static str, message: &str) {
            self.0.lock().unwrap().push(format!("{} {target}: {message}", level.name()));
        }
    }

    /// A log and the list it writes to.
    pub fn log() -> (Log, Arc<Lines>) {
        let lines = Arc::new(Lines::default());
        (Log::to(vec![lines.clone()]), lines)
    }
}
