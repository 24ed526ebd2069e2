//! What has changed between two registries, in the words of the product.
//!
//! Pure functions from two [`Registry`]s to typed changes, and from those to text. Only what is meant counts: where a document stands, how it is
//! formatted and in which order documents come is no change. The binary calls it; which two registries are compared, it decides.
//!
//! `renames` finds what goes by another name, so that a new name is told once and not at every mention. Then each noun has a module that says
//! what there is to say of one thing; `compare` holds what is said of it before against what is said of it after; the module adds what the
//! difference does. `summary`, [`text`] and [`markdown`] write it down.

mod budget_policy;
mod compare;
mod criticality;
mod exact;
mod fit;
mod flow;
mod maintenance;
mod markdown;
mod matching;
mod noun;
mod objective;
mod open_slo;
mod people;
mod product;
mod record;
mod renames;
mod rule;
mod service;
mod severity;
mod slo;
mod statements;
mod step;
mod summary;
mod text;
mod tiers;

pub use markdown::markdown;
pub use noun::Noun;
pub use text::text;

use crate::Registry;
use milepost_model::{Criticality, Name};
use renames::Renames;

/// All that has changed, by product, kind of thing and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The changes, in the order in which they are told.
    pub changes: Vec<Change>,
    /// What products are called, by name: those of both sides.
    titles: Vec<(Name, String)>,
}

/// What has changed of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The product that it belongs to; none for what all products have in common.
    pub product: Option<Name>,
    /// What kind of thing it is.
    pub noun: Noun,
    /// Its name; of a use of a step, the path.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What has become of it.
    pub kind: ChangeKind,
    /// What is different, or what it is like when it is new or gone.
    pub details: Vec<Detail>,
    /// What the change amounts to, where that can be said in a word.
    pub trend: Option<Trend>,
}

/// What has become of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is no longer there.
    Removed,
    /// It is there under another name, as far as one can tell from what is said of it.
    Renamed {
        /// The name that it had.
        from: String,
    },
    /// Something else is said of it.
    Changed,
}

/// One difference, with what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What is different, such as `target`.
    pub aspect: String,
    /// What was said before, if anything.
    pub before: Option<String>,
    /// What is said now, if anything.
    pub after: Option<String>,
    /// What follows from it, in sentences.
    pub effects: Vec<String>,
}

/// What a change amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trend {
    /// An SLO promises more.
    Stricter,
    /// An SLO promises less.
    Looser,
    /// A step, operation or service becomes as important as this.
    Becomes(Criticality),
}

/// Compares two registries.
pub fn diff(before: &Registry, after: &Registry) -> Diff {
    let sides = Sides::new(before, after);
    let mut changes = Vec::new();
    product::changes(&sides, &mut changes);
    people::changes(&sides, &mut changes);
    compare::things(&sides.before.objectives, &sides.after.objectives, &sides, &mut changes);
    compare::things(&sides.before.steps, &sides.after.steps, &sides, &mut changes);
    compare::things(&sides.before.slos, &sides.after.slos, &sides, &mut changes);
    compare::things(&sides.before.open_slos, &sides.after.open_slos, &sides, &mut changes);
    compare::things(&sides.before.flows, &sides.after.flows, &sides, &mut changes);
    severity::changes(&sides, &mut changes);
    criticality::changes(&sides, &mut changes);
    compare::things(&sides.before.budget_policies, &sides.after.budget_policies, &sides, &mut changes);
    compare::things(&sides.before.maintenances, &sides.after.maintenances, &sides, &mut changes);
    compare::things(&sides.before.services, &sides.after.services, &sides, &mut changes);
    rule::changes(&sides, &mut changes);
    compare::things(&sides.before.fit_assessments, &sides.after.fit_assessments, &sides, &mut changes);
    let key = |change: &Change| (change.product.is_none(), change.product.clone(), change.noun, change.name.clone());
    changes.sort_by_cached_key(key);
    let products = after.products.iter().chain(&before.products);
    Diff { changes, titles: products.map(|p| (p.name.clone(), p.title.clone())).collect() }
}

/// The registries that are compared.
struct Sides<'r> {
    /// The one before, as it was written.
    written: &'r Registry,
    /// The same, with the names that things have after.
    before: Registry,
    after: &'r Registry,
    renames: Renames,
}

impl<'r> Sides<'r> {
    fn new(written: &'r Registry, after: &'r Registry) -> Self {
        let (before, renames) = renames::applied(written, after);
        Self { written, before, after, renames }
    }

    /// The products that both have, by the name that they have after.
    fn products(&self) -> impl Iterator<Item = &'r Name> {
        let known = |name: &Name| self.before.product(name).is_some();
        self.after.products.iter().map(|product| &product.name).filter(move |name| known(name))
    }
}

impl Diff {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What people call a product.
    fn title<'d>(&'d self, product: &'d Name) -> &'d str {
        let found = self.titles.iter().find(|(name, _)| name == product);
        found.map_or(product.as_str(), |(_, title)| title)
    }

    /// The changes of one product after the other, those that belong to none last.
    fn by_product(&self) -> impl Iterator<Item = &[Change]> {
        self.changes.chunk_by(|a, b| a.product == b.product)
    }
}

impl Change {
    /// The detail of an aspect.
    fn detail(&mut self, aspect: &str) -> Option<&mut Detail> {
        self.details.iter_mut().find(|detail| detail.aspect == aspect)
    }
}

impl Detail {
    fn new(aspect: &str, before: Option<String>, after: Option<String>) -> Self {
        Self { aspect: aspect.to_owned(), before, after, effects: Vec::new() }
    }
}
