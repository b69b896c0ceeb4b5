//! The memory cache: a bounded map that never serves what is about to end.

use crate::cache::key::{ByKey, CacheKey};
use crate::cache::life::Life;
use crate::cache::shortcuts::Shortcuts;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Entries kept; the least recently used goes first.
const LIMIT: usize = 256;

/// Values by key. Dropped values wipe themselves: they hold [`crate::secret::SecretString`]s.
pub(crate) struct Memory<V> {
    entries: ByKey<Entry<V>>,
    /// How many values were put in so far.
    puts: u64,
    /// Which inputs lead to which of the keys.
    shortcuts: Shortcuts,
    /// When a key was last forgotten, for the logins that were under way then.
    forgotten: ByKey<Instant>,
    all_forgotten: Option<Instant>,
}

struct Entry<V> {
    value: V,
    expires_at: i64,
    /// The end by the monotonic clock as well, so that a wall clock set back cannot make an entry live longer.
    serve_until: Instant,
    serve_until_ms: i64,
    /// How many values had been put in when it was last used. So it seldom changes, and who only reads does not write here.
    last_use: AtomicU64,
}

impl<V> Entry<V> {
    /// `now_ms` is the wall clock.
    fn is_served(&self, now_ms: i64) -> bool {
        now_ms < self.serve_until_ms && Instant::now() < self.serve_until
    }
}

impl<V: Clone> Memory<V> {
    pub(crate) fn new() -> Self {
        Self {
            entries: ByKey::default(),
            puts: 0,
            shortcuts: Shortcuts::default(),
            forgotten: ByKey::default(),
            all_forgotten: None,
        }
    }

    /// The value, if enough of its life is left. `now_ms` is the wall clock.
    pub(crate) fn get(&mut self, key: &CacheKey, now_ms: i64) -> Option<V> {
        if let Some(value) = self.read(key, now_ms) {
            return Some(value);
        }
        // Kept for nobody: a login in flight will replace it, and a secret need not outlive its use.
        self.entries.remove(key);
        None
    }

    /// The same, where no one else has to wait; who is told of none asks again with [`Memory::get`].
    fn read(&self, key: &CacheKey, now_ms: i64) -> Option<V> {
        let entry = self.entries.get(key).filter(|entry| entry.is_served(now_ms))?;
        if entry.last_use.load(Ordering::Relaxed) != self.puts {
            entry.last_use.store(self.puts, Ordering::Relaxed);
        }
        Some(entry.value.clone())
    }

    /// The value that an earlier call with this input found.
    pub(crate) fn read_by_input(&self, input: &CacheKey, now_ms: i64) -> Option<V> {
        self.read(&self.shortcuts.find(input)?, now_ms)
    }

    /// Remembers that calls with this input end at the key.
    pub(crate) fn add_shortcut(&mut self, input: CacheKey, key: CacheKey) {
        self.shortcuts.add(input, key);
    }

    /// Until when the value is good, and until when it is served (milliseconds since 1970), if it still is. Nobody uses it.
    pub(crate) fn peek(&self, key: &CacheKey, now_ms: i64) -> Option<(i64, i64)> {
        let entry = self.entries.get(key).filter(|entry| entry.is_served(now_ms))?;
        Some((entry.expires_at, entry.serve_until_ms))
    }

    /// Keeps `value` to its end of life. What is already in its last part is not kept. `now_ms` is the wall clock.
    pub(crate) fn put(&mut self, key: CacheKey, value: V, life: Life, now_ms: i64) {
        let Ok(served_ms) = u64::try_from(life.served_until().saturating_sub(now_ms)) else { return };
        let served_for = Duration::from_millis(served_ms);
        let Some(serve_until) = Instant::now().checked_add(served_for) else { return };
        if served_for.is_zero() {
            return;
        }
        if self.entries.len() >= LIMIT && !self.entries.contains_key(&key) {
            self.make_room(now_ms);
        }
        self.puts = self.puts.wrapping_add(1);
        let entry = Entry {
            value,
            expires_at: life.until,
            serve_until,
            serve_until_ms: life.served_until(),
            last_use: AtomicU64::new(self.puts),
        };
        self.entries.insert(key, entry);
    }

    /// Drops the value, and hands it out for the last time; a login under way may bring the next.
    pub(crate) fn take(&mut self, key: &CacheKey) -> Option<V> {
        self.entries.remove(key).map(|entry| entry.value)
    }

    /// The same for a value that is so.
    pub(crate) fn take_if(&mut self, key: &CacheKey, is_so: impl FnOnce(&V) -> bool) -> Option<V> {
        if self.entries.get(key).is_some_and(|entry| is_so(&entry.value)) { self.take(key) } else { None }
    }

    /// Drops the value, and says so to logins that would still bring one.
    pub(crate) fn forget(&mut self, key: &CacheKey) {
        self.entries.remove(key);
        if self.forgotten.len() >= LIMIT {
            // Costs logins under way their place in the cache, and nothing else.
            self.all_forgotten = Some(Instant::now());
            self.forgotten.clear();
        }
        self.forgotten.insert(*key, Instant::now());
    }

    pub(crate) fn forget_all(&mut self) {
        self.entries.clear();
        self.forgotten.clear();
        self.all_forgotten = Some(Instant::now());
    }

    /// Whether what a login that began at `begun` brings was forgotten meanwhile, and must not be kept.
    pub(crate) fn forgot_since(&self, key: &CacheKey, begun: Instant) -> bool {
        self.forgotten.get(key).max(self.all_forgotten.as_ref()).is_some_and(|moment| *moment >= begun)
    }

    fn make_room(&mut self, now_ms: i64) {
        self.entries.retain(|_, entry| entry.expires_at > now_ms);
        if self.entries.len() >= LIMIT
            && let Some(oldest) =
                self.entries.iter().min_by_key(|(_, entry)| entry.last_use.load(Ordering::Relaxed)).map(|(key, _)| *key)
        {
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::key::KeyBuilder;

    const MINUTE: i64 = 60_000;

    /// From the beginning of time.
    fn until(until: i64) -> Life {
        Life { from: 0, until }
    }

    fn key(name: &str) -> CacheKey {
        KeyBuilder::new(name).finish()
    }

    #[test]
    fn serves_until_five_minutes_before_a_long_life_ends() {
        let mut cache = Memory::new();
        cache.put(key("a"), 1, until(60 * MINUTE), 0);
        assert_eq!(cache.get(&key("a"), 55 * MINUTE - 1), Some(1));
        assert_eq!(cache.get(&key("a"), 55 * MINUTE), None);
    }

    #[test]
    fn serves_four_fifths_of_a_short_life() {
        let mut cache = Memory::new();
        cache.put(key("a"), 1, until(15 * MINUTE), 0);
        assert_eq!(cache.get(&key("a"), 12 * MINUTE - 1), Some(1));
        assert_eq!(cache.get(&key("a"), 12 * MINUTE), None);
    }

    #[test]
    fn never_keeps_what_has_ended() {
        let mut cache = Memory::new();
        cache.put(key("a"), 1, Life { from: 10, until: 5 }, 10);
        cache.put(key("b"), 1, Life { from: 10, until: 10 }, 10);
        assert_eq!(cache.get(&key("a"), 0), None);
        assert_eq!(cache.get(&key("b"), 0), None);
    }

    #[test]
    fn a_wall_clock_set_back_does_not_lengthen_a_life() {
        let mut cache = Memory::new();
        cache.put(key("a"), 1, Life { from: 1_000_000, until: 1_000_100 }, 1_000_000);
        std::thread::sleep(Duration::from_millis(85));
        assert_eq!(cache.get(&key("a"), 0), None);
    }

    #[test]
    fn alternating_keys_both_hit() {
        let mut cache = Memory::new();
        cache.put(key("a"), 1, until(60 * MINUTE), 0);
        cache.put(key("b"), 2, until(60 * MINUTE), 0);
        for _ in 0..3 {
            assert_eq!(cache.get(&key("a"), 0), Some(1));
            assert_eq!(cache.get(&key("b"), 0), Some(2));
        }
    }

    #[test]
    fn a_login_that_began_before_the_forgetting_is_told() {
        let begun = Instant::now();
        let mut cache = Memory::<u32>::new();
        assert!(!cache.forgot_since(&key("a"), begun));
        cache.forget(&key("a"));
        let later = Instant::now() + Duration::from_millis(1);
        let told = |cache: &Memory<u32>| ["a", "b"].map(|name| cache.forgot_since(&key(name), begun));
        assert_eq!(told(&cache), [true, false]);
        assert!(!cache.forgot_since(&key("a"), later));
        cache.forget_all();
        assert_eq!(told(&cache), [true, true]);
        assert!(!cache.forgot_since(&key("b"), Instant::now() + Duration::from_millis(1)));
    }

    #[test]
    fn what_was_forgotten_is_bounded_too() {
        let begun = Instant::now();
        let mut cache = Memory::<u32>::new();
        for n in 0..=LIMIT {
            cache.forget(&key(&n.to_string()));
        }
        assert!(cache.forgotten.len() <= LIMIT);
        assert!((0..=LIMIT).all(|n| cache.forgot_since(&key(&n.to_string()), begun)));
    }

    #[test]
    fn the_least_recently_used_goes_out() {
        let mut cache = Memory::new();
        for n in 0..LIMIT {
            cache.put(key(&n.to_string()), n, until(60 * MINUTE), 0);
        }
        assert_eq!(cache.get(&key("0"), 0), Some(0));
        cache.add_shortcut(key("the input of 1"), key("1"));
        assert_eq!(cache.read_by_input(&key("the input of 1"), 0), Some(1));
        cache.put(key("new"), 0, until(60 * MINUTE), 0);
        assert_eq!(cache.get(&key("2"), 0), None);
        assert_eq!(cache.get(&key("0"), 0), Some(0));
        assert_eq!(cache.get(&key("1"), 0), Some(1), "used by its input");
        assert_eq!(cache.entries.len(), LIMIT);
    }

    #[test]
    fn an_input_leads_to_what_is_there_and_served() {
        let mut cache = Memory::new();
        cache.put(key("a"), 1, until(60 * MINUTE), 0);
        let by_input = |cache: &Memory<u32>, now_ms| cache.read_by_input(&key("input"), now_ms);
        assert_eq!(by_input(&cache, 0), None);
        cache.add_shortcut(key("input"), key("a"));
        assert_eq!(by_input(&cache, 55 * MINUTE - 1), Some(1));
        assert_eq!(by_input(&cache, 55 * MINUTE), None);
        assert!(cache.entries.contains_key(&key("a")), "who reads changes nothing");
        assert_eq!(cache.get(&key("a"), 55 * MINUTE), None);
        assert!(!cache.entries.contains_key(&key("a")));
        cache.put(key("a"), 2, until(60 * MINUTE), 0);
        assert_eq!(by_input(&cache, 0), Some(2));
        for forget in [|cache: &mut Memory<u32>| cache.forget(&key("a")), Memory::forget_all] {
            cache.put(key("a"), 3, until(60 * MINUTE), 0);
            assert_eq!(by_input(&cache, 0), Some(3));
            forget(&mut cache);
            assert_eq!(by_input(&cache, 0), None);
        }
    }
}
