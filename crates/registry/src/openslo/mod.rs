//! OpenSLO documents (`apiVersion: openslo/v1`): YAML nodes in, declarations with places out.
//!
//! Reads what the specification allows and nothing else, as `documents` does for Milepost's own kinds, and calls it by the specification's names.
//! References are followed in `resolve::openslo`. Secrets in connection details are looked over and never kept.

mod alert;
mod header;
mod objective;
mod sli;
mod slo;
mod source;
mod value;
mod window;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::Spanned;
use crate::suggest::did_you_mean;
use crate::yaml::Node;
pub(crate) use alert::{DeclaredCondition, DeclaredPolicy, DeclaredTarget, Either};
pub(crate) use header::{Bound, OpenHeader};
use milepost_slo::open::OpenName;
pub(crate) use objective::DeclaredObjective;
pub(crate) use sli::{DeclaredIndicator, DeclaredMetric, DeclaredSli};
pub(crate) use slo::{DeclaredOpenSlo, IndicatorOrRef, Measured};
pub(crate) use source::{DeclaredDataSource, DeclaredOpenService};

/// The `apiVersion` of OpenSLO documents.
pub(crate) const API_VERSION: &str = "openslo/v1";

const KINDS: [&str; 7] =
    ["SLO", "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"];

/// All OpenSLO documents of a registry, as they were written.
#[derive(Debug, Default)]
pub(crate) struct OpenDeclared {
    pub(crate) slos: Vec<DeclaredOpenSlo>,
    pub(crate) slis: Vec<DeclaredSli>,
    pub(crate) services: Vec<DeclaredOpenService>,
    pub(crate) sources: Vec<DeclaredDataSource>,
    pub(crate) policies: Vec<DeclaredPolicy>,
    pub(crate) conditions: Vec<DeclaredCondition>,
    pub(crate) targets: Vec<DeclaredTarget>,
}

impl OpenDeclared {
    /// Whether nothing was declared at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.slos.is_empty()
            && self.slis.is_empty()
            && self.services.is_empty()
            && self.sources.is_empty()
            && self.policies.is_empty()
            && self.conditions.is_empty()
            && self.targets.is_empty()
    }

    /// Reads one document, of which the version is known already; `None` when nothing can be said of what it declares.
    pub(crate) fn read(&mut self, document: &Node, mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Option<()> {
        let help = format!("say what the document is, one of {}", KINDS.join(", "));
        let kind_node = fields.required("kind", reader, &help)?;
        let kind = reader.text(kind_node, "`kind`")?;
        if !KINDS.contains(&kind) {
            let message = format!("{} is not a kind of OpenSLO document", quote(kind));
            let diagnostic = Diagnostic::new(Code::Kind, reader.place(kind_node), message);
            reader.report(diagnostic.help(did_you_mean(kind, &KINDS)));
            return None;
        }
        let (header, spec) = header::read_with_spec(&mut fields, kind, reader);
        fields.finish(reader);
        match header {
            Some(header) => self.read_spec(kind, header, spec?, reader),
            // The rest of it is read all the same, for its mistakes.
            None => {
                Self::default().read_spec(kind, placeholder(document, reader), spec?, reader);
                None
            }
        }
    }

    fn read_spec(&mut self, kind: &str, header: OpenHeader, spec: &Node, reader: &mut Reader<'_>) -> Option<()> {
        match kind {
            "SLO" => self.slos.push(slo::read(header, spec, reader)?),
            "SLI" => self.slis.push(sli::read(header, spec, reader)?),
            "Service" => self.services.push(source::read_service(header, spec, reader)?),
            "DataSource" => self.sources.push(source::read_source(header, spec, reader)?),
            "AlertPolicy" => self.policies.push(alert::read_policy(header, spec, reader)?),
            "AlertCondition" => self.conditions.push(alert::read_condition(header, spec, reader)?),
            _ => self.targets.push(alert::read_target(header, spec, reader)?),
        }
        Some(())
    }
}

/// The header of a document whose own cannot be read.
fn placeholder(node: &Node, reader: &Reader<'_>) -> OpenHeader {
    let name: OpenName = "unnamed".parse().expect("a name");
    let name: Spanned<OpenName> = reader.spanned(node, name);
    OpenHeader { name, title: "unnamed".to_owned(), bound: Bound::default() }
}
