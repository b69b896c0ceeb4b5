//! The wall clock: for expiry times, never for waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn real() -> Self {
        Self(None)
    }

    /// A clock that stands at `unix_ms` until it is moved.
    #[cfg_attr(not(test), allow(dead_code))] // tests are made of it
    #[must_use]
    pub fn fixed(unix_ms: i64) -> Self {
        Self(Some(Arc::new(AtomicI64::new(unix_ms))))
    }

    /// Moves a fixed clock forward; the machine's clock stays as it is.
    #[cfg_attr(not(test), allow(dead_code))] // tests are made of it
    pub fn advance(&self, ms: i64) {
        if let Some(fixed) = &self.0 {
            fixed.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|since| i64::try_from(since.as_millis()).ok())
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(1000);
        let same = clock.clone();
        clock.advance(50);
        assert_eq!(same.now_ms(), 1050);
    }

    #[test]
    fn the_real_one_is_past_the_day_this_was_written() {
        assert!(Clock::real().now_ms() > 1_760_000_000_000);
    }
}
