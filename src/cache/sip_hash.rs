//! SipHash-1-3 with 128 bits of output, as its authors have it (J.-P. Aumasson and D. J. Bernstein, 2012, and their
//! `siphash.c`).
//!
//! The crate siphasher has the same, and the tests compare them. But this library is compiled for size, and that takes
//! code of other crates which is meant to be inlined apart again, a call for every eight bytes: three times as long, where
//! the hash is most of what an answer from memory computes.

/// The hash of the words so far.
#[derive(Clone)]
pub(crate) struct SipHash {
    state: State,
    words: u64,
}

#[derive(Clone, Copy)]
struct State {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl SipHash {
    pub(super) fn new(secret: [u64; 2]) -> Self {
        let [k0, k1] = secret;
        let state = State {
            v0: k0 ^ 0x736f_6d65_7073_6575,
            // The lowest byte has the mark of 128 bits of output in it.
            v1: k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            v2: k0 ^ 0x6c79_6765_6e65_7261,
            v3: k1 ^ 0x7465_6462_7974_6573,
        };
        Self { state, words: 0 }
    }

    /// Adds bytes and, up to the end of a word of eight, zeros: so nothing is carried from one piece to the next. Where they
    /// end has to be told by themselves or before.
    pub(super) fn write_padded(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        // A copy of its own, in registers.
        let mut state = self.state;
        for word in words {
            state.absorb(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            state.absorb(match bytes.last_chunk() {
                Some(end) => u64::from_le_bytes(*end) >> ((8 - rest.len()) * 8),
                None => rest.iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte)),
            });
        }
        let words = u64::try_from(bytes.len().div_ceil(8)).unwrap_or_default();
        *self = Self { state, words: self.words.wrapping_add(words) };
    }

    pub(super) fn finish(mut self) -> [u64; 2] {
        // The length in bytes, of which the lowest byte counts.
        self.state.absorb(self.words << 3 << 56);
        self.state.v2 ^= 0xee;
        let first = self.state.end();
        self.state.v1 ^= 0xdd;
        [first, self.state.end()]
    }
}

// Inlined by force: a state belongs in registers.
#[allow(clippy::inline_always)]
impl State {
    #[inline(always)]
    fn absorb(&mut self, word: u64) {
        self.v3 ^= word;
        self.round();
        self.v0 ^= word;
    }

    fn end(&mut self) -> u64 {
        (0..3).for_each(|_| self.round());
        self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }

    #[inline(always)]
    fn round(&mut self) {
        let Self { v0, v1, v2, v3 } = self;
        *v0 = v0.wrapping_add(*v1);
        *v2 = v2.wrapping_add(*v3);
        *v1 = v1.rotate_left(13) ^ *v0;
        *v3 = v3.rotate_left(16) ^ *v2;
        *v0 = v0.rotate_left(32);
        *v2 = v2.wrapping_add(*v1);
        *v0 = v0.wrapping_add(*v3);
        *v1 = v1.rotate_left(17) ^ *v2;
        *v3 = v3.rotate_left(21) ^ *v0;
        *v2 = v2.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use siphasher::sip128::{Hasher128, SipHasher13};
    use std::hash::Hasher;

    proptest! {
        #[test]
        fn is_what_siphasher_has_of_the_padded_pieces(
            secret in any::<[u64; 2]>(),
            mut pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
        ) {
            let mut ours = SipHash::new(secret);
            let mut theirs = SipHasher13::new_with_keys(secret[0], secret[1]);
            for piece in &mut pieces {
                ours.write_padded(piece);
                piece.resize(piece.len().next_multiple_of(8), 0);
                theirs.write(piece);
            }
            let theirs = theirs.finish128();
            prop_assert_eq!(ours.finish(), [theirs.h1, theirs.h2]);
        }
    }
}
