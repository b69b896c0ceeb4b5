//! From the input of a call to the key of its result, without the way between.
//!
//! A shortcut leads to a key and holds nothing itself. So what is forgotten, refused or about to end is not served this
//! way either, and a shortcut to nothing costs one look.

use super::key::{ByKey, CacheKey};

/// Shortcuts kept; past that all are dropped, and found again by the next calls.
const LIMIT: usize = 1024;

/// Keys of results by keys of inputs.
#[derive(Default)]
pub(crate) struct Shortcuts(ByKey<CacheKey>);

impl Shortcuts {
    /// Where a call with this input ended.
    pub(crate) fn find(&self, input: &CacheKey) -> Option<CacheKey> {
        self.0.get(input).copied()
    }

    pub(crate) fn add(&mut self, input: CacheKey, result: CacheKey) {
        if self.0.len() >= LIMIT {
            self.0.clear();
        }
        self.0.insert(input, result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::key::KeyBuilder;

    #[test]
    fn are_bounded_and_the_newest_is_there() {
        let key = |n: usize| KeyBuilder::new(&n.to_string()).finish();
        let mut shortcuts = Shortcuts::default();
        for n in 0..=LIMIT {
            shortcuts.add(key(n), key(n + 1));
            assert_eq!(shortcuts.find(&key(n)), Some(key(n + 1)));
        }
        assert!(shortcuts.0.len() <= LIMIT);
        assert_eq!(shortcuts.find(&key(LIMIT + 1)), None);
    }
}
