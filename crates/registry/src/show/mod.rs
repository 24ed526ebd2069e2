//! What a product team has written down, as pages for people and as records for programs.
//!
//! Pure functions from a [`Registry`] to text. Each topic has records in the words of the domain, which serialise, and pages of tables that are
//! made of the records; `markdown` and `html` write pages, and the binary writes them for terminals. Says nothing about telemetry.

mod budgets;
mod criticality;
mod engagement;
mod fit;
mod flows;
mod html;
mod kpis;
mod markdown;
mod objectives;
mod of;
mod overview;
mod promise;
mod raci;
mod services;
mod severity;
mod sheet;
mod slo_coverage;
mod slos;
mod steps;
mod topic;
mod words;

pub use sheet::{Cell, Column, ColumnKind, Line, Page, Row, Sheet, Style};
pub use topic::{Topic, UnknownTopic};

use crate::Registry;
use crate::suggest::did_you_mean;
use of::Of;
use serde::Serialize;

/// Pages as GitHub-flavoured Markdown.
pub fn markdown(pages: &[Page]) -> String {
    markdown::render(pages)
}

/// Pages as one HTML document that needs nothing else.
pub fn html(pages: &[Page]) -> String {
    html::render(pages)
}

/// One topic of some products: serialises to records, has pages to render.
pub struct Shown<'r> {
    topic: Option<Topic>,
    products: Vec<Of<'r>>,
    records: Records<'r>,
}

/// No product has the name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no product `{name}`\nhelp: {help}")]
pub struct UnknownProduct {
    name: String,
    help: String,
}

/// The records of a topic.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Records<'r> {
    Overview(overview::Overview<'r>),
    Objectives(objectives::Objectives<'r>),
    Steps(steps::Steps<'r>),
    Kpis(kpis::Kpis<'r>),
    Raci(raci::Raci<'r>),
    Severity(severity::Severity<'r>),
    Criticality(criticality::Criticalities<'r>),
    Slos(slos::Slos<'r>),
    Budgets(budgets::Budgets<'r>),
    Flows(flows::Flows<'r>),
    Services(services::Services<'r>),
    Engagement(engagement::Engagement<'r>),
    Fit(fit::Fit<'r>),
}

impl<'r> Shown<'r> {
    /// A topic, or an overview of all, of one product or of all.
    pub fn new(registry: &'r Registry, product: Option<&str>, topic: Option<Topic>) -> Result<Self, UnknownProduct> {
        let is_asked_for = |name: &str| product.is_none_or(|only| only == name);
        let chosen = registry.products.iter().filter(|product| is_asked_for(product.name.as_str()));
        let products: Vec<Of<'r>> = chosen.map(|product| Of::new(registry, product)).collect();
        if let (Some(name), true) = (product, products.is_empty()) {
            let known: Vec<&str> = registry.products.iter().map(|product| product.name.as_str()).collect();
            return Err(UnknownProduct { name: name.to_owned(), help: did_you_mean(name, &known) });
        }
        let records = Records::of(topic, &products);
        Ok(Self { topic, products, records })
    }

    /// A page for each product.
    pub fn pages(&self) -> Vec<Page> {
        let topic = self.topic.map_or("Overview", Topic::title);
        let page = |of: &Of<'_>| Page::new(&of.product.title, topic, self.records.sheets(of.name()));
        self.products.iter().map(page).collect()
    }

    /// The pages as GitHub-flavoured Markdown.
    pub fn markdown(&self) -> String {
        markdown::render(&self.pages())
    }

    /// The pages as one HTML document that needs nothing else.
    pub fn html(&self) -> String {
        html::render(&self.pages())
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.records.serialize(serializer)
    }
}

impl<'r> Records<'r> {
    fn of(topic: Option<Topic>, products: &[Of<'r>]) -> Self {
        match topic {
            None => Self::Overview(overview::Overview::of(products)),
            Some(Topic::Objectives) => Self::Objectives(objectives::Objectives::of(products)),
            Some(Topic::Steps) => Self::Steps(steps::Steps::of(products)),
            Some(Topic::Kpis) => Self::Kpis(kpis::Kpis::of(products)),
            Some(Topic::Raci) => Self::Raci(raci::Raci::of(products)),
            Some(Topic::Severity) => Self::Severity(severity::Severity::of(products)),
            Some(Topic::Criticality) => Self::Criticality(criticality::Criticalities::of(products)),
            Some(Topic::Slos) => Self::Slos(slos::Slos::of(products)),
            Some(Topic::Budgets) => Self::Budgets(budgets::Budgets::of(products)),
            Some(Topic::Flows) => Self::Flows(flows::Flows::of(products)),
            Some(Topic::Services) => Self::Services(services::Services::of(products)),
            Some(Topic::Engagement) => Self::Engagement(engagement::Engagement::of(products)),
            Some(Topic::Fit) => Self::Fit(fit::Fit::of(products)),
        }
    }

    fn sheets(&self, product: &str) -> Vec<Sheet> {
        match self {
            Self::Overview(records) => records.sheets(product),
            Self::Objectives(records) => records.sheets(product),
            Self::Steps(records) => records.sheets(product),
            Self::Kpis(records) => records.sheets(product),
            Self::Raci(records) => records.sheets(product),
            Self::Severity(records) => records.sheets(product),
            Self::Criticality(records) => records.sheets(product),
            Self::Slos(records) => records.sheets(product),
            Self::Budgets(records) => records.sheets(product),
            Self::Flows(records) => records.sheets(product),
            Self::Services(records) => records.sheets(product),
            Self::Engagement(records) => records.sheets(product),
            Self::Fit(records) => records.sheets(product),
        }
    }
}
