//! How long what is kept may be served.

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
