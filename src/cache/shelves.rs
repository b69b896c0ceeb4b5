//! Answers by the input of the call that asks: from the array of a DSN straight to what an earlier call with it was given.
//!
//! Threads that ask at the same moment do not meet here. Each has one of several shelves, whose lock lies in cache lines
//! of its own, and an answer on a shelf counts its holders apart from the same on the others. So nobody writes to memory
//! that another processor is reading. A shelf is filled as its threads call; what leaves [`Memory`](super::memory::Memory)
//! leaves all of them.

use super::input_key::{ByInput, InputKey};
use super::key::CacheKey;
use super::life::Term;
use std::array;
use std::cell::Cell;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Where more threads than this ask at once, some of them share a shelf.
const SHELVES: usize = 16;

/// Answers on a shelf; past that it is cleared, and the next calls fill it again.
const LIMIT: usize = 1024;

/// What calls were given, by their input.
pub(crate) struct Shelves<V>([Shelf<V>; SHELVES]);

/// Processors fetch cache lines of 64 bytes in pairs.
#[repr(align(128))]
struct Shelf<V>(RwLock<ByInput<Placed<V>>>);

struct Placed<V> {
    answer: Arc<Answer<V>>,
    /// Where the value stands in memory.
    key: CacheKey,
    term: Arc<Term>,
}

/// A value as calls are given it. Whoever holds it counts here, so it stands apart from everything else.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Answer<V>(V);

impl<V> Answer<V> {
    pub(crate) fn new(value: V) -> Arc<Self> {
        Arc::new(Self(value))
    }
}

impl<V> Deref for Answer<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0
    }
}

impl<V: Clone> Shelves<V> {
    /// The same from whatever shelf has it, for a thread that is new to its own, where it is placed then. Only while nothing
    /// leaves the memory, or it would stand here after that.
    pub(super) fn spread(&self, input: InputKey, now_ms: i64) -> Option<Arc<Answer<V>>> {
        let (key, value, term) = self.0.iter().find_map(|shelf| {
            let there = shelf.read();
            let placed = there.get(&input).filter(|placed| placed.term.is_served(now_ms))?;
            Some((placed.key, placed.answer.0.clone(), Arc::clone(&placed.term)))
        })?;
        self.place(input, key, value, term);
        self.find(&input, now_ms)
    }
}

impl<V> Shelves<V> {
    pub(super) fn new() -> Self {
        Self(array::from_fn(|_| Shelf(RwLock::new(ByInput::default()))))
    }

    /// What an earlier call of this thread's shelf with this input was given, if it is still served. `now_ms` is the wall
    /// clock.
    pub(crate) fn find(&self, input: &InputKey, now_ms: i64) -> Option<Arc<Answer<V>>> {
        let here = self.of_this_thread()?.read();
        let placed = here.get(input).filter(|placed| placed.term.is_served(now_ms))?;
        placed.term.note_use();
        Some(Arc::clone(&placed.answer))
    }

    /// Places what a call with this input was given.
    pub(super) fn place(&self, input: InputKey, key: CacheKey, value: V, term: Arc<Term>) {
        let Some(here) = self.of_this_thread() else { return };
        let mut here = here.write();
        if here.len() >= LIMIT {
            here.clear();
        }
        here.insert(input, Placed { answer: Answer::new(value), key, term });
    }

    /// Takes off what stands in memory at this key.
    pub(super) fn remove(&self, key: &CacheKey) {
        self.0.iter().for_each(|shelf| shelf.write().retain(|_, placed| placed.key != *key));
    }

    pub(super) fn clear(&self) {
        self.0.iter().for_each(|shelf| shelf.write().clear());
    }

    fn of_this_thread(&self) -> Option<&Shelf<V>> {
        self.0.get(number_of_this_thread() % SHELVES)
    }
}

impl<V> Shelf<V> {
    fn read(&self) -> RwLockReadGuard<'_, ByInput<Placed<V>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, ByInput<Placed<V>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads are numbered as they come.
fn number_of_this_thread() -> usize {
    static COMERS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.get().unwrap_or_else(|| {
        let number = COMERS.fetch_add(1, Ordering::Relaxed);
        NUMBER.set(Some(number));
        number
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::input_key::InputBuilder;
    use crate::cache::key::KeyBuilder;
    use crate::cache::life::{Life, Puts};

    fn input(name: &str) -> InputKey {
        let mut builder = InputBuilder::of_input([7; 2]);
        builder.text(name);
        builder.finish()
    }

    fn key(name: &str) -> CacheKey {
        KeyBuilder::new(name).finish()
    }

    fn term() -> Arc<Term> {
        Arc::new(Term::new(Life { from: 0, until: 60 * 60_000 }, 0, &Puts::default()).unwrap())
    }

    fn found(shelves: &Shelves<u32>, name: &str) -> Option<u32> {
        shelves.find(&input(name), 0).map(|answer| **answer)
    }

    #[test]
    fn each_thread_finds_what_its_shelf_got_and_removing_reaches_all() {
        let shelves = Shelves::new();
        let on_every_shelf = |what: &(dyn Fn(usize) + Sync)| {
            std::thread::scope(|scope| (0..2 * SHELVES).for_each(|n| drop(scope.spawn(move || what(n)))));
        };
        shelves.place(input("here"), key("k"), 1, term());
        assert_eq!(found(&shelves, "here"), Some(1));
        on_every_shelf(&|n| shelves.place(input(&format!("thread {n}")), key("k"), 2, term()));
        shelves.place(input("other"), key("other"), 3, term());
        assert_eq!(shelves.0.iter().map(|shelf| shelf.read().len()).sum::<usize>(), 2 + 2 * SHELVES);
        assert!(shelves.0.iter().filter(|shelf| !shelf.read().is_empty()).count() > 1, "threads are spread");
        std::thread::scope(|scope| {
            let elsewhere = scope.spawn(|| {
                let spread = shelves.spread(input("here"), 0).map(|answer| **answer);
                (spread, found(&shelves, "here"), shelves.spread(input("nowhere"), 0).is_none())
            });
            assert_eq!(elsewhere.join().unwrap(), (Some(1), Some(1), true));
        });
        shelves.remove(&key("k"));
        assert_eq!((found(&shelves, "here"), found(&shelves, "other")), (None, Some(3)));
        assert_eq!(shelves.0.iter().map(|shelf| shelf.read().len()).sum::<usize>(), 1);
        shelves.clear();
        assert_eq!(found(&shelves, "other"), None);
    }

    #[test]
    fn are_bounded_and_the_newest_is_there() {
        let shelves = Shelves::new();
        for n in 0..=LIMIT {
            shelves.place(input(&n.to_string()), key("k"), 1, term());
            assert_eq!(found(&shelves, &n.to_string()), Some(1));
        }
        assert!(shelves.of_this_thread().unwrap().read().len() <= LIMIT);
    }

    #[test]
    fn what_has_ended_is_not_given_and_what_is_held_stays() {
        let shelves = Shelves::new();
        shelves.place(input("a"), key("k"), 1, term());
        let held = shelves.find(&input("a"), 55 * 60_000 - 1).unwrap();
        assert!(shelves.find(&input("a"), 55 * 60_000).is_none());
        shelves.clear();
        assert_eq!(**held, 1);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
