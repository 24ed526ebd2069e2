//! Things of one kind, compared: which are new, gone or renamed, and what else is said of the others.

use super::matching::{self, Matched};
use super::statements::Statements;
use super::{Change, ChangeKind, Detail, Noun, Sides};
use crate::Registry;
use milepost_model::Name;

/// Something that has a name and of which something is said.
pub(super) trait Thing {
    /// What kind of thing it is.
    const NOUN: Noun;
    /// The aspects that are told of a thing which is new or gone.
    const BRIEF: &'static [&'static str];

    /// The product that it belongs to.
    fn product(&self) -> Option<&Name>;

    /// Its name, unique among those of its kind and product.
    fn name(&self) -> String;

    /// What people call it.
    fn title(&self) -> String {
        self.name()
    }

    /// All that is said of it.
    fn statements(&self, registry: &Registry) -> Statements;

    /// Whether it could be the other one under another name.
    fn resembles(&self, _other: &Self) -> bool {
        false
    }

    /// Adds to a change what it does.
    fn add_effects(_change: &mut Change, _before: &Self, _after: &Self, _sides: &Sides<'_>) {}
}

/// Compares all things of one kind.
pub(super) fn things<T: Thing>(before: &[T], after: &[T], sides: &Sides<'_>, changes: &mut Vec<Change>) {
    let mut matched = matching::by_key(before, after, |thing| (thing.product().cloned(), thing.name()));
    let renamed = matched.take_renamed(|old, new| old.product() == new.product() && old.resembles(new));
    for (old, new) in renamed {
        let kind = ChangeKind::Renamed { from: old.name() };
        changes.extend(changed(old, new, kind, sides));
    }
    let Matched { both, removed, added } = matched;
    for (old, new) in both {
        let from = sides.renames.former(T::NOUN, new.product(), &new.name());
        let kind = from.map_or(ChangeKind::Changed, |from| ChangeKind::Renamed { from: from.to_string() });
        changes.extend(changed(old, new, kind, sides));
    }
    let gone = |aspect: &str, value| Detail::new(aspect, Some(value), None);
    for old in removed {
        let details = old.statements(&sides.before).details(T::BRIEF, gone);
        changes.push(change(old, ChangeKind::Removed, details));
    }
    let new_one = |aspect: &str, value| Detail::new(aspect, None, Some(value));
    for new in added {
        let details = new.statements(sides.after).details(T::BRIEF, new_one);
        changes.push(change(new, ChangeKind::Added, details));
    }
}

fn changed<T: Thing>(old: &T, new: &T, kind: ChangeKind, sides: &Sides<'_>) -> Option<Change> {
    let details = old.statements(&sides.before).differences(&new.statements(sides.after));
    let mut change = change(new, kind, details);
    // A title that is the name is no second difference.
    let is_name = |detail: &Detail| detail.before == Some(old.name()) && detail.after == Some(new.name());
    change.details.retain(|detail| detail.aspect != "title" || !is_name(detail));
    T::add_effects(&mut change, old, new, sides);
    let is_same = change.kind == ChangeKind::Changed && change.details.is_empty();
    (!is_same).then_some(change)
}

fn change<T: Thing>(thing: &T, kind: ChangeKind, details: Vec<Detail>) -> Change {
    let (product, name, title) = (thing.product().cloned(), thing.name(), thing.title());
    Change { product, noun: T::NOUN, name, title, kind, details, trend: None }
}

/// Names, one after the other: `a, b and c`.
pub(super) fn list(names: impl IntoIterator<Item: ToString>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    match names.pop() {
        None => "nobody".to_owned(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    }
}
