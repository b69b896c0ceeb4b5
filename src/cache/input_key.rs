//! What tells the inputs of calls apart: everything that goes into a call, as it came.
//!
//! A [`CacheKey`](super::key::CacheKey) is found on disk again and must not be guessed, so it is a SHA-256. This one is made
//! for every call and lives in the process alone: SipHash-1-3 with 128 bits of output, under a key that is drawn at random
//! and never shown, so that nobody can look for inputs that collide. It is fast where the processor has no instructions
//! for SHA, too.

use super::key::{Absorb, Beginning, KeyBuilder};
use super::sip_hash::SipHash;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// The hash of a call's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InputKey([u64; 2]);

/// Values by inputs, which need not be hashed once more.
pub(super) type ByInput<V> = HashMap<InputKey, V, BuildHasherDefault<Beginning>>;

// As the comparison has it, which looks at all of the key.
impl Hash for InputKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [first, _] = self.0;
        state.write_u64(first);
    }
}

// Each piece is padded; no two lists of pieces run together by that, since each is a C text with its end, a number, or has
// its length in front.
impl Absorb for SipHash {
    fn absorb(&mut self, bytes: &[u8]) {
        self.write_padded(bytes);
    }
}

/// Feeds the hash of an input.
pub(crate) type InputBuilder = KeyBuilder<SipHash>;

impl InputBuilder {
    /// Starts a key. `secret` is drawn once a process.
    pub(crate) fn of_input(secret: [u64; 2]) -> Self {
        Self(SipHash::new(secret))
    }

    pub(crate) fn finish(self) -> InputKey {
        InputKey(self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::{CStr, CString};

    fn key(secret: u64, parts: &[&str]) -> InputKey {
        let mut builder = InputBuilder::of_input([secret; 2]);
        for part in parts {
            builder.text(part);
        }
        builder.finish()
    }

    fn terminated(parts: &[&CStr]) -> InputKey {
        let mut builder = InputBuilder::of_input([1; 2]);
        for part in parts {
            builder.terminated(part);
        }
        builder.finish()
    }

    #[test]
    fn parts_do_not_run_together_and_processes_differ() {
        assert_eq!(key(1, &["ab", "c"]), key(1, &["ab", "c"]));
        assert_ne!(key(1, &["ab", "c"]), key(1, &["a", "bc"]));
        assert_ne!(key(1, &["ab", "c"]), key(2, &["ab", "c"]));
        assert_ne!(terminated(&[c"ab", c"c"]), terminated(&[c"a", c"bc"]));
        let ends: Vec<_> = (0..20).map(|n| CString::new("a".repeat(n)).unwrap()).collect();
        for (one, two) in ends.iter().flat_map(|one| ends.iter().map(move |two| (one, two))) {
            assert_eq!(terminated(&[one, c""]) == terminated(&[two, c""]), one == two);
            assert_ne!(terminated(&[one, c"", c"b"]), terminated(&[two, c"b"]), "{one:?} {two:?}");
        }
    }
}
