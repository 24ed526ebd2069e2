//! Names as small numbers: in memory every name in a fact is an id into a table that lives as long as one registry version.
//!
//! Tables are bounded. Names of the registry are there from the start and never overflow; what telemetry brings beyond a table's bound becomes
//! `other`, so that totals stay exact whatever is sent.

use crate::secrets::redacted;
use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Position of a name in its table; 0 stands for NULL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

impl NameId {
    /// No name.
    pub const NULL: Self = Self(0);

    /// Whether there is no name.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }
}

/// One table of names, append-only.
#[derive(Debug)]
pub struct Names {
    texts: Vec<Box<str>>,
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Most names beyond those that were there from the start.
    capacity: usize,
    /// Bytes that those may still take.
    bytes_left: usize,
    reserved: usize,
    /// Some name did not fit.
    is_full: bool,
}

/// What names beyond a table's bound become.
const OTHER: &str = "other";
/// Longest name kept of what telemetry brings, in bytes; longer ones are cut there, on a character's boundary.
const LONGEST: usize = 256;
/// What a name takes beside its text, in bytes: its place in the table and in the index, what the allocator adds, and what is kept elsewhere by its
/// number.
const BYTES_BESIDE: usize = 96;

impl Names {
    /// A table that admits so many names beyond `reserved`, which get the ids 1, 2, ... in their order, also when one stands twice.
    pub fn new<S: AsRef<str>>(reserved: impl IntoIterator<Item = S>, capacity: usize) -> Self {
        let mut names = Self {
            texts: vec!["".into()],
            ids: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            capacity,
            bytes_left: usize::MAX,
            reserved: 0,
            is_full: false,
        };
        for text in reserved {
            names.append(text.as_ref());
        }
        names.reserved = names.texts.len();
        names
    }

    /// The same with a bound on the bytes of all names beyond those that are there.
    #[must_use]
    pub fn within(self, bytes: usize) -> Self {
        Self { bytes_left: bytes, ..self }
    }

    /// The id of a name, admitting it if there is room, without the credentials and addresses that may be in it.
    pub fn id(&mut self, text: &str) -> NameId {
        if let Some(id) = self.find(text) {
            return id;
        }
        let clean = redacted(text);
        let text = cut(&clean);
        if let Some(id) = self.find_exactly(text) {
            return id;
        }
        let bytes = text.len() + BYTES_BESIDE;
        if (self.texts.len() - self.reserved < self.capacity && bytes <= self.bytes_left) || text == OTHER {
            self.bytes_left = self.bytes_left.saturating_sub(bytes);
            return self.append(text);
        }
        self.is_full = true;
        self.id(OTHER)
    }

    /// Whether some name did not fit, and became `other`.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The id of a name, if it is there.
    pub fn find(&self, text: &str) -> Option<NameId> {
        // The registry's own names are kept whole, however long.
        let whole = self.find_exactly(text);
        if text.len() > LONGEST { whole.or_else(|| self.find_exactly(cut(text))) } else { whole }
    }

    fn find_exactly(&self, text: &str) -> Option<NameId> {
        let hash = self.hasher.hash_one(text);
        self.ids.find(hash, |id| &*self.texts[*id as usize] == text).map(|id| NameId(*id))
    }

    /// The text of an id; `None` for NULL.
    pub fn text(&self, id: NameId) -> Option<&str> {
        if id.is_null() { None } else { self.texts.get(id.0 as usize).map(|t| &**t) }
    }

    /// How many ids there are, NULL included.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.texts.len() == 1
    }

    /// How many names were there from the start: their ids are 1 to this.
    pub fn reserved(&self) -> usize {
        self.reserved - 1
    }

    /// The names that telemetry added.
    pub fn observed(&self) -> impl Iterator<Item = &str> {
        self.since(self.reserved)
    }

    /// The names from an id on, for tables that follow this one.
    pub(crate) fn since(&self, from: usize) -> impl Iterator<Item = &str> {
        self.texts[from.min(self.texts.len())..].iter().map(|t| &**t)
    }

    fn append(&mut self, text: &str) -> NameId {
        let id = u32::try_from(self.texts.len()).expect("tables are bounded far below 2^32");
        self.texts.push(text.into());
        let hash = self.hasher.hash_one(text);
        // A reserved name that stands twice keeps its first id for look-ups.
        if self.ids.find(hash, |other| &*self.texts[*other as usize] == text).is_none() {
            let (texts, hasher) = (&self.texts, &self.hasher);
            self.ids.insert_unique(hash, id, |id| hasher.hash_one(&*texts[*id as usize]));
        }
        NameId(id)
    }
}

fn cut(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_beyond_the_bound_become_other_and_reserved_ones_never_do() {
        let mut names = Names::new(["a", "b"], 2);
        assert_eq!((names.id("a"), names.id("b")), (NameId(1), NameId(2)));
        assert_eq!((names.id("x"), names.id("y")), (NameId(3), NameId(4)));
        let other = names.id("z");
        assert_eq!(names.text(other), Some("other"));
        assert_eq!(names.id("zz"), other);
        assert_eq!(names.id("x"), NameId(3));
        assert_eq!(names.text(NameId::NULL), None);
    }

    #[test]
    fn names_beyond_the_bytes_become_other_and_shorter_ones_that_fit_do_not() {
        let mut names = Names::new(["registry"], 10).within(2 * BYTES_BESIDE + 5);
        assert_eq!((names.id("registry"), names.id("four")), (NameId(1), NameId(2)));
        assert!(!names.is_full());
        let other = names.id("long");
        assert_eq!((names.text(other), names.is_full()), (Some("other"), true));
        assert_eq!((names.id("four"), names.id("another")), (NameId(2), other));
    }

    #[test]
    fn a_name_reserved_twice_keeps_both_ids() {
        let names = Names::new(["login", "login", "send"], 0);
        assert_eq!(names.text(NameId(2)), Some("login"));
        assert_eq!(names.find("login"), Some(NameId(1)));
        assert_eq!(names.find("send"), Some(NameId(3)));
    }

    #[test]
    fn a_credential_never_becomes_a_name() {
        let mut names = Names::new(["alice@example.com"], 10);
        assert_eq!(names.id("alice@example.com"), NameId(1), "the registry may say what it likes");
        let id = names.id("no user bob@example.com");
        assert_eq!(names.text(id), Some("no user {redacted}"));
        assert_eq!(names.id("no user carol@example.com"), id);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let mut names = Names::new::<&str>([], 10);
        let long = format!("a{}", "é".repeat(200));
        let id = names.id(&long);
        assert_eq!(names.text(id).unwrap().len(), 255);
        assert_eq!((names.id(&long), names.find(&long)), (id, Some(id)));
    }

    #[test]
    fn a_long_name_of_the_registry_stays_whole_and_is_found() {
        let long = "operation ".repeat(100);
        let mut names = Names::new([&long], 10);
        assert_eq!(names.id(&long), NameId(1));
        assert_eq!(names.text(NameId(1)), Some(&*long));
        assert_ne!(names.id(&long[..300]), NameId(1));
    }

    proptest! {
        #[test]
        fn a_table_answers_like_a_plain_list(
            reserved in prop::collection::vec("[ab]{0,2}|other", 0..4), capacity in 0usize..4,
            asked in prop::collection::vec("[abc]{0,2}|other|é", 0..30)
        ) {
            let mut names = Names::new(&reserved, capacity);
            let mut list = reserved.clone();
            let mut admitted = 0;
            for text in asked {
                let known = list.contains(&text);
                let expected = if known || admitted < capacity { text.as_str() } else { "other" };
                if !list.iter().any(|known| known == expected) {
                    list.push(expected.to_owned());
                    admitted += 1;
                }
                let id = names.id(&text);
                prop_assert_eq!(names.text(id), Some(expected));
                prop_assert_eq!(Some(id.0 as usize - 1), list.iter().position(|known| known == expected));
                prop_assert_eq!(names.find(expected), Some(id));
                prop_assert_eq!(names.len(), list.len() + 1);
            }
            // One more than the bound for `other` itself.
            prop_assert!(names.len() <= 1 + reserved.len() + capacity + 1);
            prop_assert_eq!(names.reserved(), reserved.len());
        }
    }
}
