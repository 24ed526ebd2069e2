//! What a registry may declare in the parts of it that could not be read.
//!
//! A step that is declared in a broken document is not known, and each of its uses would look like a mistake. So a name is only called unknown
//! when it stands in none of the broken parts.

use milepost_model::Name;
use std::collections::HashSet;

/// The words of the parts that were not read.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    words: HashSet<String>,
}

impl Unread {
    /// Adds a part that was not read.
    pub(crate) fn add(&mut self, text: &str) {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        self.words.extend(words.filter(|w| Name::check(w).is_ok() || *w == "Product").map(str::to_owned));
    }

    /// Whether the whole registry was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether something of this name may be declared there.
    pub(crate) fn may_declare(&self, name: &str) -> bool {
        self.words.contains(name)
    }

    /// Whether a product may be declared there.
    pub(crate) fn may_declare_a_product(&self) -> bool {
        self.words.contains("Product")
    }
}
