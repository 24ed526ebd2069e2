//! The services with what they offer, and how important the steps that use them make that.

use super::of::Of;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use milepost_impact::{Inheritance, Inherited};
use milepost_model::{Need, Operation, Service, Step};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Serialize)]
pub(super) struct Services<'r> {
    services: Vec<ServiceRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct ServiceRecord<'r> {
    product: &'r str,
    name: &'r str,
    title: &'r str,
    owner: &'r str,
    measured_by: &'static str,
    #[serde(flatten)]
    inherited: InheritedRecord,
    operations: Vec<OperationRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct OperationRecord<'r> {
    operation: String,
    #[serde(flatten)]
    inherited: InheritedRecord,
    /// All steps that use it.
    steps: Vec<UserRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct UserRecord<'r> {
    step: &'r str,
    need: &'static str,
}

/// How important it is, and the step that makes it so; nothing of what no step uses.
#[derive(Debug, Serialize)]
struct InheritedRecord {
    criticality: Option<&'static str>,
    because_of: Option<String>,
    #[serde(skip)]
    because: String,
}

type Users<'r> = BTreeMap<&'r Operation, Vec<(&'r Step, Need)>>;

impl<'r> Services<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        let mut services = Vec::new();
        for of in products {
            let (inheritance, users) = (of.inheritance(), users(of));
            services.extend(of.services().map(|service| record(of, service, &inheritance, &users)));
        }
        Self { services }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let mut sheet = Sheet::new(&[
            ("Service", ColumnKind::Words),
            ("Owner", ColumnKind::Words),
            ("Operation", ColumnKind::Prose),
            ("Criticality", ColumnKind::Words),
            ("Because", ColumnKind::Prose),
        ]);
        for service in self.services.iter().filter(|service| service.product == product) {
            add(&mut sheet, service);
        }
        if sheet.rows.is_empty() {
            return vec![Sheet::of_note(
                "There are no services yet: add a document of kind Service with its owner for each that the steps use.",
            )];
        }
        sheet.note("What a step cannot do without is as important as the step; what it can do without is important at most. A service has the highest of its operations.");
        vec![sheet]
    }
}

fn add(sheet: &mut Sheet, service: &ServiceRecord<'_>) {
    let name = if service.title == service.name { "" } else { service.name };
    let heading = Cell::line(Style::Strong, service.title).and(Style::Code, [name]);
    let mut heading = Some([heading, Cell::plain(service.owner)]);
    for operation in &service.operations {
        let [title, owner] = heading.take().unwrap_or_default();
        let starts_group = !title.0.is_empty();
        let criticality = operation.inherited.cell();
        let because = Cell::plain(&operation.inherited.because);
        sheet.row(starts_group, [title, owner, Cell::line(Style::Code, &operation.operation), criticality, because]);
    }
    if let Some([title, owner]) = heading {
        let none = Cell::line(Style::Muted, "none");
        sheet.row(true, [title, owner, none, service.inherited.cell(), Cell::plain(&service.inherited.because)]);
    }
}

impl InheritedRecord {
    fn new(of: &Of<'_>, inherited: Option<&Inherited>) -> Self {
        let because = match inherited {
            None => "no step uses it".to_owned(),
            Some(Inherited { step, need: Need::Required, .. }) => format!("{} needs it", of.title_of_step(step)),
            Some(Inherited { step, need: Need::Optional, .. }) => {
                format!("{} can do without", of.title_of_step(step))
            }
        };
        Self {
            criticality: inherited.map(|inherited| inherited.criticality.as_str()),
            because_of: inherited.map(|inherited| inherited.step.to_string()),
            because,
        }
    }

    fn cell(&self) -> Cell {
        match self.criticality {
            Some(criticality) => Cell::plain(criticality),
            None => Cell::line(Style::Muted, "none"),
        }
    }
}

fn record<'r>(of: &Of<'r>, service: &'r Service, inheritance: &Inheritance, users: &Users<'r>) -> ServiceRecord<'r> {
    // A service may offer what it does not list, as long as it lists nothing.
    let offered =
        service.actions.iter().map(|action| Operation { service: service.name.clone(), action: action.clone() });
    let used = users.keys().filter(|operation| operation.service == service.name).map(|operation| (*operation).clone());
    let mut seen = BTreeSet::new();
    let operations = offered.chain(used).filter(|operation| seen.insert(operation.clone()));
    let operation = |operation: Operation| OperationRecord {
        operation: operation.action.to_string(),
        inherited: InheritedRecord::new(of, inheritance.operation(&of.product.name, &operation)),
        steps: (users.get(&operation).into_iter().flatten())
            .map(|(step, need)| UserRecord { step: step.name.as_str(), need: need_word(*need) })
            .collect(),
    };
    ServiceRecord {
        product: of.name(),
        name: service.name.as_str(),
        title: &service.title,
        owner: &service.owner,
        measured_by: service.measured_by.as_str(),
        inherited: InheritedRecord::new(of, inheritance.service(&of.product.name, &service.name)),
        operations: operations.map(operation).collect(),
    }
}

fn users<'r>(of: &Of<'r>) -> Users<'r> {
    let mut users = Users::new();
    for step in of.steps() {
        for (operation, need) in step.operations() {
            users.entry(operation).or_default().push((step, need));
        }
    }
    users
}

fn need_word(need: Need) -> &'static str {
    match need {
        Need::Required => "required",
        Need::Optional => "optional",
    }
}
