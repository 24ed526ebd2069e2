//! The kinds of documents, in the order in which people write them, and what all documents have.

mod budget;
mod fit;
mod flow;
mod maintenance;
mod objective;
mod people;
mod product;
mod rules;
mod scope;
mod service;
mod severity;
mod slo;
mod step;

use super::forms::NAME;
use super::table::{Field, List, Mapping, Shape};
use crate::documents::{API_VERSION, KINDS as KIND_NAMES};

/// A kind of document.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// What it is, as a sentence.
    pub(super) meaning: &'static str,
    pub(super) spec: &'static Mapping,
}

/// All kinds.
pub(super) static KINDS: &[Kind] = &[
    Kind {
        name: "Product",
        meaning: "What users use, and who has a say in it; everything else belongs to one.",
        spec: &product::SPEC,
    },
    Kind {
        name: "Objective",
        meaning: "What a user wants to achieve, as steps in their order.",
        spec: &objective::SPEC,
    },
    Kind {
        name: "Step",
        meaning: "One thing that a user does, and how one sees that it succeeded.",
        spec: &step::SPEC,
    },
    Kind { name: "Service", meaning: "A server, the team that owns it, and what it offers.", spec: &service::SPEC },
    Kind {
        name: "AnnotationRules",
        meaning: "Which step a request serves where it does not say so itself.",
        spec: &rules::SPEC,
    },
    Kind { name: "SLO", meaning: "How reliable a step has to be, and who is told when it is not.", spec: &slo::SPEC },
    Kind {
        name: "SeverityPolicy",
        meaning: "How bad an incident is, by how much of which steps it hits.",
        spec: &severity::SPEC,
    },
    Kind {
        name: "ErrorBudgetPolicy",
        meaning: "What happens as an error budget is spent, and who has agreed.",
        spec: &budget::SPEC,
    },
    Kind {
        name: "Maintenance",
        meaning: "Time that does not count in error budgets, and in which nobody is told of burns.",
        spec: &maintenance::SPEC,
    },
    Kind {
        name: "Flow",
        meaning: "A step from one end to the other, where no single service sees both.",
        spec: &flow::SPEC,
    },
    Kind { name: "FitAssessment", meaning: "Whether this way of working fits the product.", spec: &fit::SPEC },
];

/// A document.
pub(super) static DOCUMENT: Mapping = Mapping::new(
    "document",
    Some("a document"),
    &[
        Field::required("apiVersion", Shape::Choice(|| vec![API_VERSION]), "whose document it is", "milepost/v1"),
        Field::required("kind", Shape::Choice(|| KIND_NAMES.into()), "what it describes", "Step"),
        Field::required(
            "metadata",
            Shape::Mapping(&METADATA),
            "what it is called; its keys are below",
            "{name: send-mail}",
        ),
        Field::required("spec", Shape::Spec, "what it says; its keys are those of its kind", "{...}"),
    ],
);

/// What every document but a product's says of itself.
pub(super) static METADATA: Mapping = Mapping::new(
    "metadata",
    Some("`metadata`"),
    &[
        OWN_NAME,
        Field::optional("product", Shape::Text(&NAME), "the product that it belongs to", "mail")
            .when("with several products"),
    ],
);

/// What a product says of itself.
pub(super) static PRODUCT_METADATA: Mapping = Mapping::new("metadata", Some("`metadata`"), &[OWN_NAME]);

const OWN_NAME: Field =
    Field::required("name", Shape::Text(&NAME), "its name, by which others refer to it", "send-mail");

/// All mappings that there are, each before those in it; one for each name.
pub(super) fn mappings() -> Vec<&'static Mapping> {
    let mut found = vec![&DOCUMENT];
    add(&METADATA, &mut found);
    for kind in KINDS {
        add(kind.spec, &mut found);
    }
    found
}

fn add(mapping: &'static Mapping, found: &mut Vec<&'static Mapping>) {
    if found.iter().any(|other| other.name == mapping.name) {
        return;
    }
    found.push(mapping);
    let open = mapping.open.iter().map(|(_, shape)| shape);
    for shape in mapping.fields.iter().map(|field| &field.shape).chain(open) {
        for inner in within(shape) {
            add(inner, found);
        }
    }
}

/// The mappings that a value of a shape can be, or be made of.
pub(super) fn within(shape: &'static Shape) -> Vec<&'static Mapping> {
    match shape {
        Shape::Mapping(mapping) => vec![mapping],
        Shape::List(List { items, .. }) => within(items),
        Shape::Map(_, values) => within(values),
        Shape::Any(shapes) => shapes.iter().flat_map(within).collect(),
        Shape::Prose | Shape::Text(_) | Shape::Choice(_) | Shape::Flag | Shape::Count | Shape::Spec => Vec::new(),
    }
}

/// What people call it.
const TITLE: Field = Field::optional("title", Shape::Prose, "what people call it; the name, if left out", "Send mail");
/// For people who read it.
const DESCRIPTION: Field =
    Field::optional("description", Shape::Prose, "what it is for, for people", "As agreed with the web team.");
