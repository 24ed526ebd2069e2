//! Words: the exact texts that a registry knows, as numbers.
//!
//! Each text of an event is looked up once; rules and declared operations then compare numbers. Words are valid for one [`Words`] only, and are
//! made while a registry is compiled.

use hashbrown::HashMap;

/// A text that the registry knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Word(u32);

impl Word {
    /// Stands for any text where something is declared; no text of an event is this word. Sorts first.
    pub(crate) const ANY: Self = Self(0);
    /// A text of an event that the registry does not know, or none at all.
    pub(crate) const UNKNOWN: Self = Self(u32::MAX);

    /// The word as a number, for hashing.
    pub(crate) fn number(self) -> u64 {
        u64::from(self.0)
    }
}

/// All words of a registry.
#[derive(Debug, Default)]
pub(crate) struct Words {
    short: ShortWords,
    long: HashMap<Box<str>, Word>,
    longest_bytes: usize,
}

impl Words {
    /// The word of a text that something declares.
    pub(crate) fn add(&mut self, text: &str) -> Word {
        let known = self.find(text);
        if known != Word::UNKNOWN {
            return known;
        }
        // Counted from 1: 0 stands for any.
        let next = u32::try_from(self.short.len + self.long.len() + 1).ok().map(Word).filter(|w| *w != Word::UNKNOWN);
        let word = next.expect("a registry has fewer than 2^32 words");
        self.longest_bytes = self.longest_bytes.max(text.len());
        match Packed::new(text) {
            Some(packed) => self.short.add(packed, word),
            None => {
                self.long.insert(text.into(), word);
            }
        }
        word
    }

    /// The word of a text of an event. A text longer than all words is not even read.
    #[inline]
    pub(crate) fn find(&self, text: &str) -> Word {
        match Packed::new(text) {
            Some(packed) => self.short.find(packed),
            None => self.find_long(text),
        }
    }

    #[inline(never)]
    fn find_long(&self, text: &str) -> Word {
        if text.len() > self.longest_bytes {
            return Word::UNKNOWN;
        }
        self.long.get(text).copied().unwrap_or(Word::UNKNOWN)
    }
}

/// Words of up to 16 bytes, which are nearly all: each in the first free place from the one that its hash tells. Half of the places at least are
/// free, so a look-up touches one or two.
#[derive(Debug, Default)]
struct ShortWords {
    /// A power of two of places, or none; [`Word::ANY`] marks a free one.
    places: Vec<(Packed, Word)>,
    len: usize,
}

impl ShortWords {
    fn add(&mut self, packed: Packed, word: Word) {
        if self.places.len() < 2 * (self.len + 1) {
            let larger = vec![(Packed::default(), Word::ANY); (4 * (self.len + 1)).next_power_of_two()];
            for (packed, word) in std::mem::replace(&mut self.places, larger) {
                if word != Word::ANY {
                    self.place(packed, word);
                }
            }
        }
        self.place(packed, word);
        self.len += 1;
    }

    fn place(&mut self, packed: Packed, word: Word) {
        let mask = self.places.len() - 1;
        let mut at = packed.hash() & mask;
        while self.places[at].1 != Word::ANY {
            at = (at + 1) & mask;
        }
        self.places[at] = (packed, word);
    }

    #[inline]
    fn find(&self, packed: Packed) -> Word {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = packed.hash() & mask;
        while let Some((known, word)) = self.places.get(at) {
            if *known == packed && *word != Word::ANY {
                return *word;
            }
            if *word == Word::ANY {
                break;
            }
            at = (at + 1) & mask;
        }
        Word::UNKNOWN
    }
}

/// A text of up to 16 bytes: its length, its start and its end, which overlap or leave nothing out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Packed {
    length: u32,
    start: u64,
    end: u64,
}

impl Packed {
    const LONGEST_BYTES: usize = 16;

    #[inline]
    fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= Self::LONGEST_BYTES)?;
        let (start, end) = if let (Some(start), Some(end)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (u64::from_le_bytes(*start), u64::from_le_bytes(*end))
        } else if let (Some(start), Some(end)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (u64::from(u32::from_le_bytes(*start)), u64::from(u32::from_le_bytes(*end)))
        } else {
            // Up to three bytes.
            let byte = |at: usize| bytes.get(at).copied().map_or(0, u64::from);
            (byte(0), byte(1) << 8 | byte(2))
        };
        Some(Self { length, start, end })
    }

    /// The two halves of a product, folded. Texts of events are never stored, so nobody can make them collide with each other.
    #[inline]
    fn hash(self) -> usize {
        let (start, end) =
            (self.start ^ 0x243f_6a88_85a3_08d3, self.end ^ 0x1319_8a2e_0370_7344 ^ u64::from(self.length));
        let product = u128::from(start) * u128::from(end);
        (product ^ (product >> 64)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_has_one_word_and_unknown_texts_have_none() {
        let mut words = Words::default();
        let inbox = words.add("inbox");
        assert_eq!(words.add("inbox"), inbox);
        assert_ne!(words.add("sent"), inbox);
        assert_eq!(words.find("inbox"), inbox);
        assert_eq!(words.find("inbo"), Word::UNKNOWN);
        assert_eq!(words.find(""), Word::UNKNOWN);
        assert_eq!(words.find(&"inbox".repeat(10_000)), Word::UNKNOWN);
        assert!(Word::ANY < inbox && inbox < Word::UNKNOWN);
    }

    proptest! {
        #[test]
        fn words_are_equal_when_their_texts_are(
            known in prop::collection::vec("[\0ab\u{e9}]{0,18}", 0..20), asked in prop::collection::vec("[\0ab\u{e9}]{0,18}", 0..20)
        ) {
            let mut words = Words::default();
            let of_known: Vec<Word> = known.iter().map(|text| words.add(text)).collect();
            for (text, word) in known.iter().zip(&of_known) {
                prop_assert_eq!(words.find(text), *word);
                for (other, of_other) in known.iter().zip(&of_known) {
                    prop_assert_eq!(text == other, word == of_other, "{:?} {:?}", text, other);
                }
            }
            for text in &asked {
                prop_assert_eq!(words.find(text) != Word::UNKNOWN, known.contains(text), "{:?}", text);
            }
        }
    }
}
