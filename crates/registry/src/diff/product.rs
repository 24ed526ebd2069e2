//! What is said of a product itself: its words, its owner, what it is judged by, and what facts keep for it.

use super::compare::{Thing, list, things};
use super::statements::Statements;
use super::{Change, Noun, Sides};
use crate::Registry;
use milepost_model::{Dimension, Kpi, Name, Product, TrafficClass};

/// Something that a product has, with the product's name.
pub(super) struct Owned<'r, T> {
    pub(super) product: &'r Name,
    pub(super) thing: &'r T,
}

/// What the products of a registry have, of one kind.
pub(super) fn owned<'r, T>(registry: &'r Registry, of: impl Fn(&'r Product) -> &'r [T]) -> Vec<Owned<'r, T>> {
    let things = |product: &'r Product| of(product).iter().map(|thing| Owned { product: &product.name, thing });
    registry.products.iter().flat_map(things).collect()
}

/// Compares the products, their KPIs, dimensions and traffic classes.
pub(super) fn changes(sides: &Sides<'_>, changes: &mut Vec<Change>) {
    let (before, after) = (&sides.before, sides.after);
    things(&before.products, &after.products, sides, changes);
    things(&owned(before, |p| &p.kpis), &owned(after, |p| &p.kpis), sides, changes);
    things(&owned(before, |p| &p.dimensions), &owned(after, |p| &p.dimensions), sides, changes);
    things(&owned(before, |p| &p.classes), &owned(after, |p| &p.classes), sides, changes);
}

impl Thing for Product {
    const NOUN: Noun = Noun::Product;
    const BRIEF: &'static [&'static str] = &["description", "owner"];

    fn product(&self) -> Option<&Name> {
        Some(&self.name)
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("title", &self.title);
        said.one("description", &self.description);
        said.one("owner", &self.owner);
        said.maybe("to be confirmed again by", self.reconfirm_by);
        said
    }
}

impl Thing for Owned<'_, Kpi> {
    const NOUN: Noun = Noun::Kpi;
    const BRIEF: &'static [&'static str] = &["description", "unit", "moved by"];

    fn product(&self) -> Option<&Name> {
        Some(self.product)
    }

    fn name(&self) -> String {
        self.thing.name.to_string()
    }

    fn title(&self) -> String {
        self.thing.title.clone()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let kpi = self.thing;
        let mut said = Statements::default();
        said.one("title", &kpi.title);
        said.one("description", &kpi.description);
        said.one("unit", &kpi.unit);
        said.maybe("its number is found in", kpi.value.as_ref());
        said.each("moved by", &kpi.steps);
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        self.thing.description == other.thing.description
    }
}

impl Thing for Owned<'_, Dimension> {
    const NOUN: Noun = Noun::Dimension;
    const BRIEF: &'static [&'static str] = &["found in"];

    fn product(&self) -> Option<&Name> {
        Some(self.product)
    }

    fn name(&self) -> String {
        self.thing.name.to_string()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("found in", &self.thing.source);
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        self.thing.source == other.thing.source
    }
}

impl Thing for Owned<'_, TrafficClass> {
    const NOUN: Noun = Noun::TrafficClass;
    const BRIEF: &'static [&'static str] = &[];

    fn product(&self) -> Option<&Name> {
        Some(self.product)
    }

    fn name(&self) -> String {
        self.thing.as_str().to_owned()
    }

    fn statements(&self, _: &Registry) -> Statements {
        Statements::default()
    }
}

/// Several names as one value; none for none.
pub(super) fn names(names: &[Name]) -> Option<String> {
    (!names.is_empty()).then(|| {
        let mut sorted = names.to_vec();
        sorted.sort();
        list(sorted)
    })
}
