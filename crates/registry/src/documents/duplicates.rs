//! Lists that say a thing twice.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::source::{Place, Spanned};
use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;

/// Reports entries that stand twice in a list, such as `operation`s of a service.
pub(crate) fn check_duplicates<'v, T: Eq + Hash + Display + 'v>(
    items: impl IntoIterator<Item = &'v Spanned<T>>,
    what: &str,
    reader: &mut Reader<'_>,
) {
    let mut seen: HashMap<&T, &Place> = HashMap::new();
    for item in items {
        match seen.get(&item.value) {
            Some(first) => {
                let message = format!("{what} `{}` stands twice in this list", item.value);
                let diagnostic = Diagnostic::new(Code::DuplicateEntry, item.place.clone(), message);
                let diagnostic = diagnostic.label("the second one").related((*first).clone(), "the first one");
                reader.report(diagnostic.help("keep one of them"));
            }
            None => {
                seen.insert(&item.value, &item.place);
            }
        }
    }
}
