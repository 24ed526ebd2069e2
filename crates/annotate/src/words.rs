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
    /// Longest of the words that are found at once, in bytes.
    pub(crate) const SHORT_BYTES: usize = 15;

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

    /// The word of a text of at most [`Words::SHORT_BYTES`], given with whatever follows it.
    #[inline]
    pub(crate) fn find_first_of(&self, text: &[u8; 16], length: usize) -> Word {
        self.short.find(Packed::first_of(text, length))
    }

    #[inline(never)]
    fn find_long(&self, text: &str) -> Word {
        if text.len() > self.longest_bytes {
            return Word::UNKNOWN;
        }
        self.long.get(text).copied().unwrap_or(Word::UNKNOWN)
    }
}

/// Words of up to 15 bytes, which are nearly all: each in the first free place from the one that its hash tells. So many places are free that
/// nearly every look-up touches one, and leaves nothing to guess: a mistaken guess of the processor costs more than all the rest.
#[derive(Debug)]
struct ShortWords {
    /// A power of two of places; [`Word::ANY`] marks a free one.
    places: Vec<Word>,
    /// The texts of all words by their numbers, apart from the places so that both stay small; of long words none.
    texts: Vec<Packed>,
    len: usize,
}

impl Default for ShortWords {
    fn default() -> Self {
        Self { places: vec![Word::ANY], texts: vec![Packed::NONE], len: 0 }
    }
}

impl ShortWords {
    /// How many places there are for each word, at least.
    const ROOM: usize = 4;

    fn add(&mut self, packed: Packed, word: Word) {
        if self.places.len() < Self::ROOM * (self.len + 1) {
            let larger = vec![Word::ANY; (2 * Self::ROOM * (self.len + 1)).next_power_of_two()];
            for word in std::mem::replace(&mut self.places, larger) {
                if word != Word::ANY {
                    self.place(word);
                }
            }
        }
        self.texts.resize(word.0 as usize, Packed::NONE);
        self.texts.push(packed);
        self.place(word);
        self.len += 1;
    }

    fn place(&mut self, word: Word) {
        let mask = self.places.len() - 1;
        let mut at = self.texts[word.0 as usize].hash() & mask;
        while self.places[at] != Word::ANY {
            at = (at + 1) & mask;
        }
        self.places[at] = word;
    }

    #[inline]
    fn find(&self, packed: Packed) -> Word {
        let mask = self.places.len() - 1;
        let at = packed.hash() & mask;
        let word = self.places[at];
        let is_it = self.texts[word.0 as usize].is(packed);
        if is_it | (word == Word::ANY) {
            return if is_it { word } else { Word::UNKNOWN };
        }
        self.find_from(at + 1, packed)
    }

    #[cold]
    fn find_from(&self, from: usize, packed: Packed) -> Word {
        let (before, after) = self.places.split_at(from);
        let is_it = |word: Word| self.texts[word.0 as usize].is(packed);
        let mut places = after.iter().chain(before).copied();
        places.find(|word| *word == Word::ANY || is_it(*word)).filter(|word| is_it(*word)).unwrap_or(Word::UNKNOWN)
    }
}

/// A text of up to 15 bytes as a number of 16, the first byte lowest and the length in the last.
#[derive(Clone, Copy, Debug)]
struct Packed {
    start: u64,
    end: u64,
}

impl Packed {
    /// No text has such a length.
    const NONE: Self = Self { start: 0, end: u64::MAX };

    #[inline]
    fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let length = bytes.len();
        if length > Words::SHORT_BYTES {
            return None;
        }
        // Where start and end overlap, what they have in common is shifted out or the same.
        let (start, end) = if let (Some(start), Some(end)) = (bytes.first_chunk(), bytes.last_chunk()) {
            (u64::from_le_bytes(*start), u64::from_le_bytes(*end).checked_shr(8 * (16 - length) as u32).unwrap_or(0))
        } else if let (Some(start), Some(end)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let end = u64::from(u32::from_le_bytes(*end)) << (8 * (length - 4));
            (u64::from(u32::from_le_bytes(*start)) | end, 0)
        } else {
            // Up to three bytes.
            (bytes.iter().rev().fold(0, |text, byte| text << 8 | u64::from(*byte)), 0)
        };
        Some(Self { start, end: end | (length as u64) << 56 })
    }

    /// A text of up to 15 bytes with whatever follows it.
    #[inline]
    fn first_of(text: &[u8; 16], length: usize) -> Self {
        const MASKS: [(u64, u64); 16] = {
            let mut masks = [(0, 0); 16];
            let mut length = 1;
            while length < 16 {
                let all = u128::MAX >> (128 - 8 * length);
                masks[length] = (all as u64, (all >> 64) as u64);
                length += 1;
            }
            masks
        };
        let (start, end) = MASKS[length % 16];
        let text = u128::from_le_bytes(*text);
        Self { start: text as u64 & start, end: (text >> 64) as u64 & end | (length as u64) << 56 }
    }

    #[inline]
    fn is(self, other: Self) -> bool {
        (self.start ^ other.start) | (self.end ^ other.end) == 0
    }

    /// The two halves of a product, folded. Texts of events are never stored, so nobody can make them collide with each other.
    #[inline]
    fn hash(self) -> usize {
        let product = u128::from(self.start ^ 0x243f_6a88_85a3_08d3) * u128::from(self.end ^ 0x1319_8a2e_0370_7344);
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
