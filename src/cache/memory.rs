//! The memory cache: a bounded map that never serves what is about to end.

use crate::cache::input_key::InputKey;
use crate::cache::key::{ByKey, CacheKey};
use crate::cache::life::{Life, Puts, Term};
use crate::cache::shelves::{Answer, Shelves};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Entries kept; the least recently used goes first.
const LIMIT: usize = 256;

/// Values by key. Dropped values wipe themselves: they hold [`crate::secret::SecretString`]s.
pub(crate) struct Memory<V> {
    entries: ByKey<Entry<V>>,
    puts: Puts,
    /// What calls found here, for the next ones with the same input.
    shelves: Arc<Shelves<V>>,
    /// When a key was last forgotten, for the logins that were under way then.
    forgotten: ByKey<Instant>,
    all_forgotten: Option<Instant>,
}

struct Entry<V> {
    value: V,
    term: Arc<Term>,
}

impl<V: Clone> Memory<V> {
    pub(crate) fn new() -> Self {
        Self {
            entries: ByKey::default(),
            puts: Puts::default(),
            shelves: Arc::new(Shelves::new()),
            forgotten: ByKey::default(),
            all_forgotten: None,
        }
    }

    /// Where answers are found by their input, without asking here.
    pub(crate) fn shelves(&self) -> Arc<Shelves<V>> {
        Arc::clone(&self.shelves)
    }

    /// The value, if enough of its life is left. `now_ms` is the wall clock.
    pub(crate) fn get(&mut self, key: &CacheKey, now_ms: i64) -> Option<V> {
        if let Some(entry) = self.entries.get(key).filter(|entry| entry.term.is_served(now_ms)) {
            entry.term.note_use();
            return Some(entry.value.clone());
        }
        // Kept for nobody: a login in flight will replace it, and a secret need not outlive its use.
        self.take(key);
        None
    }

    /// Remembers that calls with this input end at the key, if its value is still there.
    pub(crate) fn place(&self, input: InputKey, key: CacheKey) {
        if let Some(entry) = self.entries.get(&key) {
            self.shelves.place(input, key, entry.value.clone(), Arc::clone(&entry.term));
        }
    }

    /// What another thread's call with this input was given.
    pub(crate) fn find_by_input(&self, input: InputKey, now_ms: i64) -> Option<Arc<Answer<V>>> {
        self.shelves.spread(input, now_ms)
    }

    /// Until when the value is good, and until when it is served (milliseconds since 1970), if it still is. Nobody uses it.
    pub(crate) fn peek(&self, key: &CacheKey, now_ms: i64) -> Option<(i64, i64)> {
        let entry = self.entries.get(key).filter(|entry| entry.term.is_served(now_ms))?;
        Some((entry.term.expires_at, entry.term.serve_until_ms))
    }

    /// Keeps `value` to its end of life. What is already in its last part is not kept. `now_ms` is the wall clock.
    pub(crate) fn put(&mut self, key: CacheKey, value: V, life: Life, now_ms: i64) {
        let Some(term) = Term::new(life, now_ms, &self.puts) else { return };
        if self.entries.len() >= LIMIT && !self.entries.contains_key(&key) {
            self.make_room(now_ms);
        }
        self.puts.fetch_add(1, Ordering::Relaxed);
        term.note_use();
        self.take(&key);
        self.entries.insert(key, Entry { value, term: Arc::new(term) });
    }

    /// Drops the value, and hands it out for the last time; a login under way may bring the next.
    pub(crate) fn take(&mut self, key: &CacheKey) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.shelves.remove(key);
        Some(entry.value)
    }

    /// The same for a value that is so.
    pub(crate) fn take_if(&mut self, key: &CacheKey, is_so: impl FnOnce(&V) -> bool) -> Option<V> {
        if self.entries.get(key).is_some_and(|entry| is_so(&entry.value)) { self.take(key) } else { None }
    }

    /// Drops the value, and says so to logins that would still bring one.
    pub(crate) fn forget(&mut self, key: &CacheKey) {
        self.take(key);
        if self.forgotten.len() >= LIMIT {
            // Costs logins under way their place in the cache, and nothing else.
            self.all_forgotten = Some(Instant::now());
            self.forgotten.clear();
        }
        self.forgotten.insert(*key, Instant::now());
    }

    pub(crate) fn forget_all(&mut self) {
        self.entries.clear();
        self.shelves.clear();
        self.forgotten.clear();
        self.all_forgotten = Some(Instant::now());
    }

    /// Whether what a login that began at `begun` brings was forgotten meanwhile, and must not be kept.
    pub(crate) fn forgot_since(&self, key: &CacheKey, begun: Instant) -> bool {
        self.forgotten.get(key).max(self.all_forgotten.as_ref()).is_some_and(|moment| *moment >= begun)
    }

    fn make_room(&mut self, now_ms: i64) {
        let ended = self.entries.iter().filter(|(_, entry)| entry.term.expires_at <= now_ms);
        let mut leaving: Vec<_> = ended.map(|(key, _)| *key).collect();
        if leaving.is_empty() {
            leaving.extend(self.entries.iter().min_by_key(|(_, entry)| entry.term.last_use()).map(|(key, _)| *key));
        }
        for key in leaving {
            self.take(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::input_key::InputBuilder;
    use crate::cache::key::KeyBuilder;
    use std::time::Duration;

    const MINUTE: i64 = 60_000;

    /// From the beginning of time.
    fn until(until: i64) -> Life {
        Life { from: 0, until }
    }

    fn key(name: &str) -> CacheKey {
        KeyBuilder::new(name).finish()
    }

    fn input() -> InputKey {
        InputBuilder::of_input([1; 2]).finish()
    }

    fn by_input<V: Copy>(cache: &Memory<V>, now_ms: i64) -> Option<V> {
        cache.shelves().find(&input(), now_ms).map(|answer| **answer)
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
    fn what_is_not_kept_drives_nothing_out() {
        let mut cache = Memory::new();
        for n in 0..LIMIT {
            cache.put(key(&n.to_string()), 1, until(60 * MINUTE), 0);
        }
        cache.put(key("ended"), 2, until(0), 0);
        assert!((0..LIMIT).all(|n| cache.peek(&key(&n.to_string()), 0).is_some()));
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
        cache.place(input(), key("1"));
        assert_eq!(by_input(&cache, 0), Some(1));
        cache.put(key("new"), 0, until(60 * MINUTE), 0);
        assert_eq!(cache.get(&key("2"), 0), None);
        assert_eq!(cache.get(&key("0"), 0), Some(0));
        assert_eq!(cache.get(&key("1"), 0), Some(1), "used by its input");
        assert_eq!(cache.entries.len(), LIMIT);
    }

    #[test]
    fn an_input_leads_to_what_is_there_and_served() {
        let mut cache = Memory::new();
        cache.place(input(), key("a"));
        assert_eq!(by_input(&cache, 0), None, "there is nothing yet");
        cache.put(key("a"), 1, until(60 * MINUTE), 0);
        cache.place(input(), key("a"));
        assert_eq!(by_input(&cache, 55 * MINUTE - 1), Some(1));
        assert_eq!(by_input(&cache, 55 * MINUTE), None);
        assert_eq!(by_input(&cache, 0), Some(1), "who reads changes nothing");
    }

    #[test]
    fn what_leaves_is_not_found_by_its_input() {
        let leave: [fn(&mut Memory<u32>); 7] = [
            |cache| cache.forget(&key("a")),
            Memory::forget_all,
            |cache| assert_eq!(cache.take(&key("a")), Some(3)),
            |cache| assert_eq!(cache.take_if(&key("a"), |_| true), Some(3)),
            |cache| assert_eq!(cache.get(&key("a"), 55 * MINUTE), None),
            |cache| cache.put(key("a"), 4, until(60 * MINUTE), 0),
            |cache| (0..LIMIT).for_each(|n| cache.put(key(&n.to_string()), 5, until(60 * MINUTE), 0)),
        ];
        for leave in leave {
            let mut cache = Memory::new();
            cache.put(key("a"), 3, until(60 * MINUTE), 0);
            cache.place(input(), key("a"));
            assert_eq!(by_input(&cache, 0), Some(3));
            cache.forget(&key("b"));
            assert_eq!(by_input(&cache, 0), Some(3));
            leave(&mut cache);
            assert_eq!(by_input(&cache, 0), None);
        }
    }
}
