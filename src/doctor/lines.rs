//! The log lines of an examination, for its report.

use crate::log::{Level, Sink};
use crate::redact;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A login has some dozens.
const MOST: usize = 1000;
/// The longest line that is told in full.
const LONGEST: usize = 2000;

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) at: Duration,
    pub(super) level: Level,
    pub(super) target: &'static str,
    pub(super) text: String,
}

/// The lines since the call began.
pub(crate) struct Lines {
    begun: Instant,
    kept: Mutex<Vec<Line>>,
}

impl Lines {
    pub(crate) fn since(begun: Instant) -> Self {
        Self { begun, kept: Mutex::default() }
    }

    pub(super) fn take(&self) -> Vec<Line> {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Lines {
    fn enabled(&self, _: Level) -> bool {
        true
    }

    fn write(&self, level: Level, target: &'static str, message: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            let text = redact::head(message, LONGEST);
            kept.push(Line { at: self.begun.elapsed(), level, target, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_longer_and_there_are_no_more() {
        let lines = Lines::since(Instant::now());
        (0..MOST + 5).for_each(|_| lines.write(Level::Trace, "http", &"so ".repeat(LONGEST)));
        let kept = lines.take();
        assert_eq!((kept.len(), kept[0].text.chars().count()), (MOST, LONGEST + 1));
    }
}
