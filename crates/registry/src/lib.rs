//! Registry documents read into the model, with every diagnostic in one run.
//!
//! Owns the YAML kinds, their strict reading, the references between them and the diagnostics. Knows no telemetry and no storage. The binary and
//! the server read a folder with [`read`]; everything else works on the [`Registry`] that comes out.

mod agreed;
mod change;
mod code;
mod diagnostic;
pub mod diagram;
pub mod diff;
mod documents;
pub mod foreign;
mod judged;
mod open_change;
mod openslo;
mod quote;
mod reader;
mod resolve;
pub mod schema;
pub mod settings;
pub mod show;
mod source;
pub mod starter;
mod suggest;
mod terms;
mod visible;
mod xml;
mod yaml;

pub use agreed::Promised;
pub use change::Change;
pub use code::{Code, UnknownCode};
pub use diagnostic::{Diagnostic, DiagnosticRecord, Diagnostics, Severity};
pub use judged::JudgedStep;
pub use open_change::OpenChange;
pub use source::{MAX_FILE_BYTES, MAX_FILES, MAX_REGISTRY_BYTES, Position};
pub use suggest::did_you_mean;

use diagnostic::Found;
use documents::Declared;
use milepost_annotate::{Annotator, Declarations, FieldPlan, Rule, TraceRule};
use milepost_expr::Columns;
use milepost_impact::{Inheritance, SeverityPolicy};
use milepost_model::{
    Date, Dimension, EffectiveCriticality, FitAssessment, Name, Objective, Product, Service, Step, StepId, StepPath,
    TrafficClass,
};
use milepost_slo::open::{OpenName, OpenSlo};
use milepost_slo::{ErrorBudgetPolicy, Flow, Maintenance, Slo};
use reader::Reader;
use source::{FileId, Sources};
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The rules that ship with Milepost: bots, crawlers, scanners, health checks and synthetic agents. A registry replaces them by a document of
/// the same kind and name.
pub const AGENT_RULES: &str = include_str!("../rules/agents.yaml");
const AGENT_RULES_PATH: &str = "built-in rules/agents.yaml";
const AGENT_RULES_NAME: &str = "agents";

/// Everything that a product team has written down, checked.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// Products, by file order.
    pub products: Vec<Product>,
    /// Objectives, by file order; [`milepost_model::ObjectiveId`] is a position here.
    pub objectives: Vec<Objective>,
    /// Steps, by file order; [`StepId`] is a position here.
    pub steps: Vec<Step>,
    /// Services, by file order.
    pub services: Vec<Service>,
    /// Traffic classes, the built-in ones first; [`milepost_model::ClassId`] is a position here.
    pub classes: Vec<TrafficClass>,
    /// Rules over single events, by file order and those that ship with Milepost last; [`milepost_model::RuleId`] is a position here.
    pub rules: Vec<Rule>,
    /// How many of the rules over single events are those that ship with Milepost.
    pub shipped_rules: usize,
    /// Rules over traces, by file order.
    pub trace_rules: Vec<TraceRule>,
    /// SLOs, by file order.
    pub slos: Vec<Slo>,
    /// SLOs of OpenSLO documents, by file order: checked and bound to their steps, and counted by a Prometheus.
    pub open_slos: Vec<OpenSlo>,
    /// Services that OpenSLO documents describe, by name.
    pub open_services: Vec<OpenName>,
    /// End-to-end measurements, by file order.
    pub flows: Vec<Flow>,
    /// Severity policies that are written, by file order, at most one a product; see [`Registry::severity_policy`].
    pub severity_policies: Vec<SeverityPolicy>,
    /// Error budget policies, by file order; at most one applies to an SLO.
    pub budget_policies: Vec<ErrorBudgetPolicy>,
    /// Time that does not count, by file order.
    pub maintenances: Vec<Maintenance>,
    /// Assessments of fit, by file order, at most one a product.
    pub fit_assessments: Vec<FitAssessment>,
}

/// What reading a registry gives.
#[derive(Debug)]
pub struct Outcome {
    /// The registry, when it has no errors.
    pub registry: Option<Registry>,
    /// Everything that is wrong or doubtful.
    pub diagnostics: Diagnostics,
}

/// What reading has to be told beside the files.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// The day that it is, to say what is due. Without it nothing is late and nothing is still to come.
    pub today: Option<Date>,
}

impl ReadOptions {
    /// Reads the registry below a folder.
    pub fn read(self, folder: &Path) -> Outcome {
        self.read_with_texts(folder).0
    }

    /// Reads the registry below a folder, and gives the texts that it was read from, by their paths: reading them again gives the same.
    pub fn read_with_texts(self, folder: &Path) -> (Outcome, Vec<(String, String)>) {
        let contents = source::read(folder);
        let files = contents.sources.readable().map(|file| contents.sources.file(file));
        let texts = files.map(|file| (file.path.clone(), file.text.clone())).collect();
        let mut found = Found::default();
        for unreadable in contents.unreadable {
            found.push(Diagnostic::of_unreadable(unreadable));
        }
        (self.read_sources(contents.sources, found, &folder.to_string_lossy()), texts)
    }

    /// Reads a registry from texts, each with the path that messages show.
    pub fn read_texts<'t>(self, texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Outcome {
        let mut sources = Sources::default();
        let mut found = Found::default();
        for (path, text) in texts.into_iter().filter(|(path, text)| !settings::is_settings(path, text)) {
            if let Err(unreadable) = sources.add(path.to_owned(), text.to_owned()) {
                found.push(Diagnostic::of_unreadable(unreadable));
            }
        }
        self.read_sources(sources, found, "the registry")
    }
}

/// The files below a folder that a registry is read from, whether they can be read or not.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    source::files(folder)
}

/// Reads the registry below a folder, whatever day it is.
pub fn read(folder: &Path) -> Outcome {
    ReadOptions::default().read(folder)
}

/// Reads a registry from texts, each with the path that messages show, whatever day it is.
pub fn read_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Outcome {
    ReadOptions::default().read_texts(texts)
}

impl ReadOptions {
    fn read_sources(self, sources: Sources, found: Found, folder: &str) -> Outcome {
        self.read_changed(sources, found, folder, None)
    }

    fn read_changed(
        self,
        mut sources: Sources,
        mut found: Found,
        folder: &str,
        change: Option<&Change<'_>>,
    ) -> Outcome {
        let mut declared = Declared::default();
        for file in sources.readable() {
            read_file(&sources, file, &mut declared, &mut found);
        }
        for file in sources.remains() {
            declared.unread.add(&sources.file(file).text);
        }
        if declared.is_empty() && found.is_empty() {
            let message = "there is no registry document here";
            let help = "a registry is a folder of YAML files, each with `apiVersion: milepost/v1`";
            found.push(Diagnostic::of_path(Code::Empty, folder.to_owned(), message).help(help));
        }
        let has_own_agents = declared.rules.iter().any(|r| r.header.name.value.as_str() == AGENT_RULES_NAME);
        if !has_own_agents && let Ok(file) = sources.add(AGENT_RULES_PATH.to_owned(), AGENT_RULES.to_owned()) {
            read_file(&sources, file, &mut declared, &mut found);
        }
        if let Some(change) = change {
            change.apply(&mut declared, &mut sources, &mut found);
        }
        let mut registry = resolve::resolve(declared, self.today, &sources, &mut found);
        if let Some(registry) = registry.as_mut().filter(|_| !has_own_agents) {
            let is_shipped = |rule: &&Rule| rule.id.split('/').next() == Some(AGENT_RULES_NAME);
            registry.shipped_rules = registry.rules.iter().filter(is_shipped).count();
        }
        if registry.is_none() && found.errors() == 0 {
            let diagnostic = Diagnostic::of_path(Code::Empty, folder.to_owned(), "the registry has no product");
            found.push(diagnostic.help("add a document of `kind: Product`: everything else belongs to one"));
        }
        let diagnostics = Diagnostics::new(sources, found, folder);
        Outcome { registry: registry.filter(|_| diagnostics.errors() == 0), diagnostics }
    }
}

fn read_file(sources: &Sources, file: FileId, declared: &mut Declared, found: &mut Found) {
    let text = &sources.file(file).text;
    let contents = yaml::read(text);
    let mut reader = Reader { file, found };
    for document in contents.documents.iter().filter(|d| !d.is_null()) {
        declared.read(document, &text[document.range.clone()], &mut reader);
    }
    for part in contents.unread {
        declared.unread.add(&text[part]);
    }
    for problem in contents.problems {
        reader.report(problem.diagnostic(file));
    }
}

/// The columns that expressions of a product can name.
fn columns_of(product: Option<&Product>) -> Columns {
    let mut columns = Columns::facts();
    for dimension in product.map_or(&[][..], |p| &p.dimensions) {
        // Reading has reported those that cannot be columns.
        let _ = columns.declare(&dimension.name);
    }
    columns
}

impl Registry {
    /// The annotator of this registry; adds what it wants to look at to the plan.
    pub fn annotator(&self, plan: &mut FieldPlan) -> Annotator {
        Annotator::new(
            &Declarations {
                steps: &self.steps,
                objectives: &self.objectives,
                services: &self.services,
                classes: &self.classes,
                rules: &self.rules,
                trace_rules: &self.trace_rules,
            },
            plan,
        )
    }

    /// The columns that expressions of a product can name.
    pub fn columns(&self, product: &Name) -> Columns {
        columns_of(self.product(product))
    }

    /// All dimensions of all products, each name once.
    pub fn dimensions(&self) -> Vec<&Dimension> {
        let mut seen = HashSet::new();
        let all = self.products.iter().flat_map(|p| &p.dimensions);
        all.filter(|dimension| seen.insert(&dimension.name)).collect()
    }

    /// The names of KPIs whose numbers events carry, each once: KPIs of several products with one name share a column of facts.
    pub fn carried_kpis(&self) -> Vec<&Name> {
        let mut seen = HashSet::new();
        let all = self.products.iter().flat_map(|p| &p.kpis).filter(|kpi| kpi.value.is_some());
        all.map(|kpi| &kpi.name).filter(|name| seen.insert(*name)).collect()
    }

    /// A product by name.
    pub fn product(&self, name: &Name) -> Option<&Product> {
        self.products.iter().find(|p| p.name == *name)
    }

    /// A step by product and name.
    pub fn step(&self, product: &Name, name: &Name) -> Option<StepId> {
        self.steps.iter().position(|s| s.product == *product && s.name == *name).map(StepId::new)
    }

    /// How important a step, or a use of it, is declared to be, with where; `None` when there is no such step or use.
    pub fn criticality(&self, product: &Name, path: &StepPath) -> Option<EffectiveCriticality> {
        let step = &self.steps[self.step(product, &path.step)?.index()];
        match &path.objective {
            None => Some(EffectiveCriticality::of_step(step, &self.objectives)),
            Some(name) => {
                let objective = self.objectives_of(step).find(|o| o.name == *name)?;
                Some(EffectiveCriticality::of_use(step, objective))
            }
        }
    }

    /// The criticality that operations and services inherit from the steps that use them.
    pub fn inheritance(&self) -> Inheritance {
        let of = |step| EffectiveCriticality::of_step(step, self.objectives_of(step)).criticality;
        Inheritance::new(self.steps.iter().map(|step| (step, of(step))))
    }

    /// The severity policy of a product: its own, else the one that ships with Milepost.
    pub fn severity_policy(&self, product: &Name) -> Cow<'_, SeverityPolicy> {
        match self.severity_policies.iter().find(|policy| policy.product == *product) {
            Some(policy) => Cow::Borrowed(policy),
            None => Cow::Owned(SeverityPolicy::default_of(product)),
        }
    }

    /// The flow that measures a step or a use of it: its own, else that of the step.
    pub fn flow(&self, product: &Name, path: &StepPath) -> Option<&Flow> {
        let covering = || self.flows.iter().filter(|flow| flow.product == *product && flow.step.covers(path));
        covering().find(|flow| flow.step == *path).or_else(|| covering().next())
    }

    /// The objectives that use a step.
    pub fn objectives_of<'r>(&'r self, step: &'r Step) -> impl Iterator<Item = &'r Objective> {
        let of_product = self.objectives.iter().filter(|o| o.product == step.product);
        of_product.filter(|o| o.steps.iter().any(|u| u.step == step.name))
    }
}
