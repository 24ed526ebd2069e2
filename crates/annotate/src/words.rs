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
}

/// All words of a registry.
#[derive(Debug, Default)]
pub(crate) struct Words {
    ids: HashMap<Box<str>, Word>,
    longest_bytes: usize,
}

impl Words {
    /// The word of a text that something declares.
    pub(crate) fn add(&mut self, text: &str) -> Word {
        let next = u32::try_from(self.ids.len() + 1).ok().filter(|n| *n != u32::MAX).map(Word);
        let fresh = next.expect("a registry has fewer than 2^32 words");
        self.longest_bytes = self.longest_bytes.max(text.len());
        *self.ids.entry(text.into()).or_insert(fresh)
    }

    /// The word of a text of an event. A text longer than all words is not even read.
    pub(crate) fn find(&self, text: &str) -> Word {
        if text.len() > self.longest_bytes {
            return Word::UNKNOWN;
        }
        self.ids.get(text).copied().unwrap_or(Word::UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_word_and_unknown_texts_have_none() {
        let mut words = Words::default();
        let inbox = words.add("inbox");
        assert_eq!(words.add("inbox"), inbox);
        assert_ne!(words.add("sent"), inbox);
        assert_eq!(words.find("inbox"), inbox);
        assert_eq!(words.find("inbo"), Word::UNKNOWN);
        assert_eq!(words.find(&"inbox".repeat(10_000)), Word::UNKNOWN);
        assert!(Word::ANY < inbox && inbox < Word::UNKNOWN);
    }
}
