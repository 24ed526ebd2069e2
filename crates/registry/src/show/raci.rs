//! The RACI matrix: activities by stakeholders.

use super::of::Of;
use super::sheet::{Cell, Column, ColumnKind, Sheet, Style};
use super::words::role;
use milepost_model::{Name, Responsibility, Stakeholder};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Raci<'r> {
    stakeholders: Vec<StakeholderRecord<'r>>,
    responsibilities: Vec<ResponsibilityRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct StakeholderRecord<'r> {
    product: &'r str,
    name: &'r str,
    role: &'static str,
    contact: Option<&'r str>,
    #[serde(skip)]
    role_title: &'static str,
}

#[derive(Debug, Serialize)]
struct ResponsibilityRecord<'r> {
    product: &'r str,
    activity: &'r str,
    accountable: &'r str,
    responsible: Vec<&'r str>,
    consulted: Vec<&'r str>,
    informed: Vec<&'r str>,
}

impl<'r> Raci<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        let (mut stakeholders, mut responsibilities) = (Vec::new(), Vec::new());
        for of in products {
            stakeholders.extend(of.product.stakeholders.iter().map(|one| stakeholder(of, one)));
            responsibilities.extend(of.product.responsibilities.iter().map(|one| responsibility(of, one)));
        }
        Self { stakeholders, responsibilities }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let stakeholders: Vec<_> = self.stakeholders.iter().filter(|one| one.product == product).collect();
        if stakeholders.is_empty() {
            let note = "Nobody is named yet: add stakeholders to the document of kind Product, and responsibilities with who is accountable, responsible, consulted and informed.";
            return vec![Sheet::of_note(note)];
        }
        vec![self.matrix(product, &stakeholders), people(&stakeholders)]
    }

    fn matrix(&self, product: &str, stakeholders: &[&StakeholderRecord<'_>]) -> Sheet {
        let mut sheet = Sheet::new(&[("Activity", ColumnKind::Prose)]);
        sheet.columns.extend(stakeholders.iter().map(|one| Column::new(one.name, ColumnKind::Letters)));
        for activity in self.responsibilities.iter().filter(|activity| activity.product == product) {
            let mut cells = vec![Cell::plain(activity.activity)];
            cells.extend(stakeholders.iter().map(|one| activity.letters(one.name)));
            sheet.row(false, cells);
        }
        if sheet.rows.is_empty() {
            return Sheet::of_note(
                "No responsibilities yet: add responsibilities to the document of kind Product, with who is accountable for each activity.",
            );
        }
        sheet.note("A: accountable, answers for it. R: responsible, does it. C: consulted before. I: informed after.");
        sheet
    }
}

impl ResponsibilityRecord<'_> {
    /// What a stakeholder has to do with it: `A R`.
    fn letters(&self, stakeholder: &str) -> Cell {
        let accountable = [self.accountable];
        let all = [("A", &accountable[..]), ("R", &self.responsible), ("C", &self.consulted), ("I", &self.informed)];
        let letters: Vec<&str> = all.iter().filter(|(_, who)| who.contains(&stakeholder)).map(|(l, _)| *l).collect();
        let style = if letters.contains(&"A") { Style::Strong } else { Style::Plain };
        Cell::line(style, &letters.join(" "))
    }
}

fn people(stakeholders: &[&StakeholderRecord<'_>]) -> Sheet {
    let columns = [("Stakeholder", ColumnKind::Words), ("Role", ColumnKind::Words), ("Contact", ColumnKind::Prose)];
    let mut sheet = Sheet::new(&columns).titled("Stakeholders");
    for one in stakeholders {
        let contact = one.contact.unwrap_or_default();
        let cells = [Cell::line(Style::Code, one.name), Cell::plain(one.role_title), Cell::line(Style::Code, contact)];
        sheet.row(false, cells);
    }
    sheet
}

fn stakeholder<'r>(of: &Of<'r>, one: &'r Stakeholder) -> StakeholderRecord<'r> {
    StakeholderRecord {
        product: of.name(),
        name: one.name.as_str(),
        role: one.role.as_str(),
        contact: one.contact.as_deref(),
        role_title: role(one.role),
    }
}

fn responsibility<'r>(of: &Of<'r>, one: &'r Responsibility) -> ResponsibilityRecord<'r> {
    let names = |names: &'r [Name]| names.iter().map(Name::as_str).collect();
    ResponsibilityRecord {
        product: of.name(),
        activity: &one.activity,
        accountable: one.accountable.as_str(),
        responsible: names(&one.responsible),
        consulted: names(&one.consulted),
        informed: names(&one.informed),
    }
}
