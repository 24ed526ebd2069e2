//! Which keys a reader asks for, for tests: those of the mappings that hold [`KEY`].

use std::cell::RefCell;
use std::collections::BTreeSet;

/// A key that no mapping knows.
pub(crate) const KEY: &str = "a-key-that-nobody-asks-for";

thread_local! {
    static ASKED: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// Takes note of the known keys of a mapping, if it holds the key that nobody knows.
pub(super) fn look<'n>(mut written: impl Iterator<Item = &'n str>, known: &[&'static str]) {
    if written.any(|key| key == KEY) {
        ASKED.with_borrow_mut(|asked| asked.extend(known));
    }
}

/// The keys asked for in this thread since the last time.
pub(crate) fn take() -> BTreeSet<&'static str> {
    ASKED.take()
}
