//! SipHash-1-3 with 128 bits of output, as its authors have it (J.-P. Aumasson and D. J. Bernstein, 2012, and their
//! `siphash.c`).
//!
//! The crate siphasher has the same, and the tests compare them. But this library is compiled for size, and that takes
//! code of other crates which is meant to be inlined apart again, a call for every eight bytes: three times as long, where
//! the hash is most of what an answer from memory computes.

/// The hash of the bytes so far.
#[derive(Clone)]
pub(crate) struct SipHash {
    state: State,
    /// Bytes that do not fill a word yet, the first of them lowest.
    tail: u64,
    /// How many bytes came so far.
    length: u64,
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
        Self { state, tail: 0, length: 0 }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        let pending = self.length % 8;
        let (up, down) = (pending * 8, 64 - pending * 8);
        let (words, rest) = bytes.as_chunks();
        let (mut state, mut tail) = (self.state, self.tail);
        for word in words {
            let word = u64::from_le_bytes(*word);
            state.absorb(tail | word << up);
            tail = word.unbounded_shr(u32::try_from(down).unwrap_or(64));
        }
        let left = u64::try_from(rest.len()).unwrap_or_default();
        let last = match bytes.last_chunk() {
            Some(end) => u64::from_le_bytes(*end).unbounded_shr(u32::try_from(64 - left * 8).unwrap_or(64)),
            None => rest.iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte)),
        };
        tail |= last << up;
        if pending + left >= 8 {
            state.absorb(tail);
            tail = last.unbounded_shr(u32::try_from(down).unwrap_or(64));
        }
        let length = u64::try_from(bytes.len()).unwrap_or_default();
        *self = Self { state, tail, length: self.length.wrapping_add(length) };
    }

    pub(super) fn finish(mut self) -> [u64; 2] {
        self.state.absorb(self.length << 56 | self.tail);
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
        fn is_what_siphasher_has_however_the_bytes_come(
            secret in any::<[u64; 2]>(),
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
        ) {
            let mut ours = SipHash::new(secret);
            let mut theirs = SipHasher13::new_with_keys(secret[0], secret[1]);
            for piece in &pieces {
                ours.write(piece);
                theirs.write(piece);
            }
            let theirs = theirs.finish128();
            prop_assert_eq!(ours.finish(), [theirs.h1, theirs.h2]);
        }
    }
}
