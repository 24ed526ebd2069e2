//! What is said of those who have a say in a product, and of who does what.

use super::compare::{Thing, things};
use super::product::{Owned, names, owned};
use super::statements::Statements;
use super::{Change, Noun, Sides};
use crate::Registry;
use milepost_model::{Name, Responsibility, Stakeholder};

/// Compares the stakeholders and the RACI matrix.
pub(super) fn changes(sides: &Sides<'_>, changes: &mut Vec<Change>) {
    let (before, after) = (&sides.before, sides.after);
    things(&owned(before, |p| &p.stakeholders), &owned(after, |p| &p.stakeholders), sides, changes);
    things(&owned(before, |p| &p.responsibilities), &owned(after, |p| &p.responsibilities), sides, changes);
}

impl Thing for Owned<'_, Stakeholder> {
    const NOUN: Noun = Noun::Stakeholder;
    const BRIEF: &'static [&'static str] = &["role", "contact"];

    fn product(&self) -> Option<&Name> {
        Some(self.product)
    }

    fn name(&self) -> String {
        self.thing.name.to_string()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("role", self.thing.role);
        said.maybe("contact", self.thing.contact.as_ref());
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        self.thing.contact.is_some() && self.thing.contact == other.thing.contact
    }
}

impl Thing for Owned<'_, Responsibility> {
    const NOUN: Noun = Noun::Responsibility;
    const BRIEF: &'static [&'static str] = &["answers for it", "do it", "are asked before", "are told after"];

    fn product(&self) -> Option<&Name> {
        Some(self.product)
    }

    fn name(&self) -> String {
        self.thing.activity.clone()
    }

    fn statements(&self, _: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("answers for it", &self.thing.accountable);
        said.maybe("do it", names(&self.thing.responsible));
        said.maybe("are asked before", names(&self.thing.consulted));
        said.maybe("are told after", names(&self.thing.informed));
        said
    }

    fn resembles(&self, other: &Self) -> bool {
        let [old, new] = [self, other].map(|row| {
            let all = [&row.thing.responsible, &row.thing.consulted, &row.thing.informed];
            (&row.thing.accountable, all.map(|list| names(list)))
        });
        old == new
    }
}
