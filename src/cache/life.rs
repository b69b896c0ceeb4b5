//! How long what is kept may be served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nothing is served in the last five minutes of its life, or the last fifth where it lives shorter.
const MARGIN_MS: i64 = 5 * 60 * 1000;

/// From when to when something holds: milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) from: i64,
    pub(crate) until: i64,
}

impl Life {
    /// The moment from which it is not served any more.
    pub(crate) fn served_until(self) -> i64 {
        let length = self.until.saturating_sub(self.from).max(0);
        self.until.saturating_sub(MARGIN_MS.min(length.saturating_add(4) / 5))
    }
}

/// How many values have been put into a memory so far: the time by which it tells what was used last.
pub(super) type Puts = Arc<AtomicU64>;

/// How long one value is served, and when it was used. Shared by all who find it.
pub(crate) struct Term {
    pub(super) expires_at: i64,
    pub(super) serve_until_ms: i64,
    /// The end by the monotonic clock as well, so that a wall clock set back cannot make a value live longer.
    serve_until: Instant,
    /// How many values had been put in when it was last used. So it seldom changes, and who only reads does not write here.
    last_use: AtomicU64,
    puts: Puts,
}

impl Term {
    /// `None`: it is in its last part already. `now_ms` is the wall clock.
    pub(super) fn new(life: Life, now_ms: i64, puts: &Puts) -> Option<Self> {
        let served_ms = u64::try_from(life.served_until().saturating_sub(now_ms)).ok().filter(|ms| *ms > 0)?;
        Some(Self {
            expires_at: life.until,
            serve_until_ms: life.served_until(),
            serve_until: Instant::now().checked_add(Duration::from_millis(served_ms))?,
            last_use: AtomicU64::default(),
            puts: Arc::clone(puts),
        })
    }

    /// `now_ms` is the wall clock.
    pub(super) fn is_served(&self, now_ms: i64) -> bool {
        now_ms < self.serve_until_ms && Instant::now() < self.serve_until
    }

    pub(super) fn note_use(&self) {
        let puts = self.puts.load(Ordering::Relaxed);
        if self.last_use.load(Ordering::Relaxed) != puts {
            self.last_use.store(puts, Ordering::Relaxed);
        }
    }

    pub(super) fn last_use(&self) -> u64 {
        self.last_use.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_or_five_minutes_are_left() {
        let served = |length: i64| Life { from: 1000, until: 1000 + length }.served_until() - 1000;
        assert_eq!(served(15 * 60_000), 12 * 60_000);
        assert_eq!(served(25 * 60_000), 20 * 60_000);
        assert_eq!(served(60 * 60_000), 55 * 60_000);
        assert_eq!(Life { from: 5, until: 3 }.served_until(), 3);
        assert_eq!(Life { from: i64::MIN, until: i64::MAX }.served_until(), i64::MAX - MARGIN_MS);
    }
}
