//! One reader for each kind of document: YAML nodes in, declarations with places out.
//!
//! A declaration keeps what could be read of it, so that one mistake does not hide another; whether anything is missing is known by the
//! diagnostics. References are looked up later, in `resolve`.

pub(crate) mod alerts;
pub(crate) mod budget;
mod duplicates;
pub(crate) mod fit;
pub(crate) mod flow;
mod header;
mod literals;
pub(crate) mod maintenance;
mod measure;
pub(crate) mod objective;
pub(crate) mod people;
pub(crate) mod product;
pub(crate) mod rules;
pub(crate) mod scope;
pub(crate) mod service;
pub(crate) mod severity;
mod slips;
pub(crate) mod slo;
pub(crate) mod step;
mod unparted;
mod unread;
mod words;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::foreign;
use crate::openslo::{self, OpenDeclared};
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::suggest::{did_you_mean, nearest};
use crate::yaml::Node;
pub(crate) use duplicates::check_duplicates;
pub(crate) use header::Header;
use header::{meant_name, read_header};
pub(crate) use literals::literal_segments;
use milepost_model::Name;
pub(crate) use slips::method_slip;
pub(crate) use unread::Unread;

/// The `apiVersion` of Milepost's own documents.
pub(crate) const API_VERSION: &str = "milepost/v1";

/// All declarations of a registry, as they were written.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) products: Vec<product::DeclaredProduct>,
    pub(crate) objectives: Vec<objective::DeclaredObjective>,
    pub(crate) steps: Vec<step::DeclaredStep>,
    pub(crate) services: Vec<service::DeclaredService>,
    pub(crate) rules: Vec<rules::DeclaredRules>,
    pub(crate) slos: Vec<slo::DeclaredSlo>,
    /// Documents of OpenSLO.
    pub(crate) open: OpenDeclared,
    pub(crate) severity: Vec<severity::DeclaredSeverityPolicy>,
    pub(crate) budgets: Vec<budget::DeclaredBudgetPolicy>,
    pub(crate) flows: Vec<flow::DeclaredFlow>,
    pub(crate) maintenances: Vec<maintenance::DeclaredMaintenance>,
    pub(crate) fit: Vec<fit::DeclaredFit>,
    /// What else there is that could not be read.
    pub(crate) unread: Unread,
}

/// The kinds, in the order in which people write them.
pub(crate) const KINDS: [&str; 11] = [
    "Product",
    "Objective",
    "Step",
    "Service",
    "AnnotationRules",
    "SLO",
    "SeverityPolicy",
    "ErrorBudgetPolicy",
    "Maintenance",
    "Flow",
    "FitAssessment",
];

impl Declared {
    /// Whether nothing was declared at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.products.is_empty()
            && self.objectives.is_empty()
            && self.steps.is_empty()
            && self.services.is_empty()
            && self.rules.is_empty()
            && self.slos.is_empty()
            && self.open.is_empty()
            && self.severity.is_empty()
            && self.budgets.is_empty()
            && self.maintenances.is_empty()
            && self.flows.is_empty()
            && self.fit.is_empty()
    }

    /// Reads one document into its list; `text` is what it stands in, as far as the document goes.
    pub(crate) fn read(&mut self, document: &Node, text: &str, reader: &mut Reader<'_>) {
        let parts = unparted::split(document, reader);
        for document in parts.as_deref().unwrap_or(std::slice::from_ref(document)) {
            if self.read_document(document, reader).is_none() {
                self.unread.add(text);
            }
        }
    }

    /// `None` when nothing can be said of what the document declares.
    fn read_document(&mut self, document: &Node, reader: &mut Reader<'_>) -> Option<()> {
        let mut fields = reader.fields(document, "a document")?;
        match check_version(&mut fields, reader) {
            Version::Ours => {}
            Version::OpenSlo => return self.open.read(document, fields, reader),
            Version::Foreign => return None,
        }
        let kind_help = format!("say what the document is, one of {}", KINDS.join(", "));
        let kind_node = fields.required("kind", reader, &kind_help)?;
        let kind = reader.text(kind_node, "`kind`")?;
        if !KINDS.contains(&kind) {
            let message = format!("{} is not a kind of document", quote(kind));
            let diagnostic = Diagnostic::new(Code::Kind, reader.place(kind_node), message);
            reader.report(diagnostic.help(did_you_mean(kind, &KINDS)));
            return None;
        }
        let metadata = fields.required("metadata", reader, "write `metadata:` with a `name:` in it");
        let header = metadata.and_then(|node| read_header(node, kind == "Product", reader));
        let spec = fields.required("spec", reader, "write `spec:` with what the document says");
        fields.finish(reader);
        match header {
            Some(header) => self.read_spec(kind, header, spec?, reader),
            // The rest of it is read all the same, for its mistakes.
            None => {
                self.unread.add(&meant_name(metadata).unwrap_or_default());
                let name = Name::new("unnamed").expect("a label");
                let header = Header { name: reader.spanned(document, name), product: None, belongs: None };
                Self::default().read_spec(kind, header, spec?, reader);
                None
            }
        }
    }

    fn read_spec(&mut self, kind: &str, header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<()> {
        match kind {
            "Product" => self.products.push(product::read(header, spec, reader)?),
            "Objective" => self.objectives.push(objective::read(header, spec, reader)?),
            "Step" => self.steps.push(step::read(header, spec, reader)?),
            "Service" => self.services.push(service::read(header, spec, reader)?),
            "AnnotationRules" => self.rules.push(rules::read(header, spec, reader)?),
            "SeverityPolicy" => self.severity.push(severity::read(header, spec, reader)?),
            "ErrorBudgetPolicy" => self.budgets.push(budget::read(header, spec, reader)?),
            "Maintenance" => self.maintenances.push(maintenance::read(header, spec, reader)?),
            "Flow" => self.flows.push(flow::read(header, spec, reader)?),
            "FitAssessment" => self.fit.push(fit::read(header, spec, reader)?),
            _ => self.slos.push(slo::read(header, spec, reader)?),
        }
        Some(())
    }
}

/// Whose document it is.
enum Version {
    Ours,
    OpenSlo,
    /// Some other tool's, as far as one can tell.
    Foreign,
}

fn check_version(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Version {
    let help = format!("begin each document with `apiVersion: {API_VERSION}`");
    // Without a version it is read on: what is missing is plain, and so are its other mistakes.
    let Some(node) = fields.required("apiVersion", reader, &help) else { return Version::Ours };
    match reader.text(node, "`apiVersion`") {
        Some(API_VERSION) => Version::Ours,
        Some(openslo::API_VERSION) => Version::OpenSlo,
        Some(other) => {
            let message = format!("{} is not an `apiVersion` that Milepost reads", quote(other));
            let help = match foreign::VERSIONS.contains(&other) {
                true => "bring it in by `milepost import`, and keep files of other tools out of this folder".to_owned(),
                false => version_help(other),
            };
            reader.report(Diagnostic::new(Code::ApiVersion, reader.place(node), message).help(help));
            if other.starts_with("milepost") { Version::Ours } else { Version::Foreign }
        }
        None => Version::Foreign,
    }
}

/// What was probably meant by a version that is none.
fn version_help(version: &str) -> String {
    match nearest(version, &[API_VERSION, openslo::API_VERSION]) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write `{API_VERSION}`, and keep files of other tools out of this folder"),
    }
}
