//! Fingerprints of attempts under a key that outlives the process: SipHash-1-3, of three words.

use milepost_facts::TraceId;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher as _, RandomState};

/// Nobody outside knows it, so nobody can make two attempts look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key([u64; 2]);

impl Key {
    /// One by chance.
    pub(super) fn new() -> Self {
        let chance = RandomState::new();
        Self([chance.hash_one(0), chance.hash_one(1)])
    }

    /// What stands for a span of a trace.
    pub(super) fn fingerprint(self, trace: TraceId, span: u64) -> u64 {
        const WORDS_BYTES: u64 = 24;
        let Self([low, high]) = self;
        let mut state = [
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ];
        for word in [trace.0, trace.1, span, WORDS_BYTES << 56] {
            state[3] ^= word;
            round(&mut state);
            state[0] ^= word;
        }
        state[2] ^= 0xff;
        (0..3).for_each(|_| round(&mut state));
        state[0] ^ state[1] ^ state[2] ^ state[3]
    }
}

fn round(state: &mut [u64; 4]) {
    let [mut a, mut b, mut c, mut d] = *state;
    a = a.wrapping_add(b);
    b = b.rotate_left(13) ^ a;
    a = a.rotate_left(32);
    c = c.wrapping_add(d);
    d = d.rotate_left(16) ^ c;
    a = a.wrapping_add(d);
    d = d.rotate_left(21) ^ a;
    c = c.wrapping_add(b);
    b = b.rotate_left(17) ^ c;
    c = c.rotate_left(32);
    *state = [a, b, c, d];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{DefaultHasher, Hasher as _};

    #[test]
    fn it_is_the_hash_of_the_standard_library_where_the_key_is_zero() {
        for word in 0..1000_u64 {
            let words = [word.wrapping_mul(0x9e37_79b9_7f4a_7c15), word << 60, !word];
            let mut hasher = DefaultHasher::new();
            words.iter().for_each(|word| hasher.write_u64(word.to_le()));
            let fingerprint = Key([0, 0]).fingerprint(TraceId(words[0], words[1]), words[2]);
            assert_eq!(fingerprint, hasher.finish());
        }
    }
}
