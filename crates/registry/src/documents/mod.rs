//! One reader for each kind of document: YAML nodes in, declarations with places out.

pub(crate) mod objective;
pub(crate) mod product;
pub(crate) mod rules;
pub(crate) mod service;
pub(crate) mod slo;
pub(crate) mod step;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::source::Spanned;
use crate::suggest::did_you_mean;
use crate::yaml::Node;
use milepost_model::Name;

/// The `apiVersion` of Milepost's own documents.
pub(crate) const API_VERSION: &str = "milepost/v1";

/// What every document says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: Spanned<Name>,
    /// The product, when the document says it.
    pub(crate) product: Option<Spanned<Name>>,
}

/// All declarations of a registry, as they were written.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) products: Vec<product::DeclaredProduct>,
    pub(crate) objectives: Vec<objective::DeclaredObjective>,
    pub(crate) steps: Vec<step::DeclaredStep>,
    pub(crate) services: Vec<service::DeclaredService>,
    pub(crate) rules: Vec<rules::DeclaredRules>,
    pub(crate) slos: Vec<slo::DeclaredSlo>,
}

/// The kinds, with what reads each.
const KINDS: [&str; 6] = ["Product", "Objective", "Step", "Service", "AnnotationRules", "SLO"];

impl Declared {
    /// Whether nothing was declared at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.products.is_empty()
            && self.objectives.is_empty()
            && self.steps.is_empty()
            && self.services.is_empty()
            && self.rules.is_empty()
            && self.slos.is_empty()
    }

    /// Reads one document into its list.
    pub(crate) fn read(&mut self, document: &Node, reader: &mut Reader<'_>) {
        let Some(mut fields) = reader.fields(document, "a document") else { return };
        let version_help = format!("begin each document with `apiVersion: {API_VERSION}`");
        let version = fields
            .required("apiVersion", reader, &version_help)
            .and_then(|n| Some((n, reader.text(n, "`apiVersion`")?)));
        match version {
            None => return,
            Some((_, API_VERSION)) => {}
            Some((node, "openslo/v1")) => {
                let message = "OpenSLO documents are not evaluated yet";
                return reader.report(Diagnostic::new(Code::NotEvaluated, reader.place(node), message));
            }
            Some((node, other)) => {
                let message = format!("`{other}` is not an `apiVersion` that Milepost reads");
                let help = format!("write `{API_VERSION}` or `openslo/v1`");
                return reader.report(Diagnostic::new(Code::ApiVersion, reader.place(node), message).help(help));
            }
        }
        let kind_help = format!("`kind` says what the document is: one of {}", KINDS.join(", "));
        let Some(kind_node) = fields.required("kind", reader, &kind_help) else { return };
        let Some(kind) = reader.text(kind_node, "`kind`") else { return };
        if !KINDS.contains(&kind) {
            let message = format!("`{kind}` is not a kind of document");
            let diagnostic = Diagnostic::new(Code::Kind, reader.place(kind_node), message);
            return reader.report(diagnostic.help(did_you_mean(kind, &KINDS)));
        }
        let metadata = fields.required("metadata", reader, "write `metadata:` with a `name:` in it");
        let header = metadata.and_then(|node| read_header(node, kind == "Product", reader));
        let spec = fields.required("spec", reader, "write `spec:` with what the document says");
        fields.finish(reader);
        let (Some(header), Some(spec)) = (header, spec) else { return };
        match kind {
            "Product" => self.products.extend(product::read(header, spec, reader)),
            "Objective" => self.objectives.extend(objective::read(header, spec, reader)),
            "Step" => self.steps.extend(step::read(header, spec, reader)),
            "Service" => self.services.extend(service::read(header, spec, reader)),
            "AnnotationRules" => self.rules.extend(rules::read(header, spec, reader)),
            _ => self.slos.extend(slo::read(header, spec, reader)),
        }
    }
}

fn read_header(node: &Node, is_product: bool, reader: &mut Reader<'_>) -> Option<Header> {
    let mut fields = reader.fields(node, "`metadata`")?;
    let name = fields.required("name", reader, "give the document a `name:`, a lower-case label such as `send-mail`");
    let name = name.and_then(|n| reader.name(n, "a name"));
    let product = match is_product {
        true => None,
        false => fields.optional("product").and_then(|n| reader.name(n, "a product's name")),
    };
    fields.finish(reader);
    Some(Header { name: name?, product })
}

/// Reports entries that stand twice in a list.
pub(crate) fn check_duplicates<T: PartialEq + std::fmt::Display>(
    items: &[Spanned<T>],
    what: &str,
    reader: &mut Reader<'_>,
) {
    for (i, item) in items.iter().enumerate() {
        if let Some(first) = items[..i].iter().find(|other| other.value == item.value) {
            let message = format!("{what} `{}` stands twice in this list", item.value);
            let diagnostic = Diagnostic::new(Code::DuplicateEntry, item.place.clone(), message);
            reader.report(diagnostic.related(first.place.clone(), "the first one").help("keep one of them"));
        }
    }
}
