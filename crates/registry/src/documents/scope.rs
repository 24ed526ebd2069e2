//! `appliesTo:`: which SLOs of the product a policy or a maintenance is about.

use super::words::{read_criticalities, read_names, read_paths};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::Reader;
use crate::source::Spanned;
use crate::yaml::{Node, NodeValue};
use milepost_model::{Criticality, Name, StepPath};

/// What it applies to, as written.
#[derive(Debug)]
pub(crate) struct DeclaredScope {
    pub(crate) slos: Vec<Spanned<Name>>,
    pub(crate) steps: Vec<Spanned<StepPath>>,
    pub(crate) criticality: Vec<Criticality>,
}

/// A mapping of `slos:`, `steps:` and `criticality:`.
pub(super) fn read_scope(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<DeclaredScope> {
    if let NodeValue::Scalar { text, .. } = &node.value
        && ["all", "everything", "*"].contains(&&**text)
    {
        let message = format!("`appliesTo` must be a mapping, not {}", quote(text));
        let diagnostic = Diagnostic::new(Code::WrongShape, reader.place(node), message);
        let help = format!("remove `appliesTo`: without it {what} is for every SLO of the product");
        reader.report(diagnostic.help(help));
        return None;
    }
    let mut fields = reader.fields(node, "`appliesTo`")?;
    let names_nothing = !["slos", "steps", "criticality"].iter().any(|key| fields.has(key));
    let is_empty = fields.is_empty();
    let slos = fields.optional("slos").map_or_else(Vec::new, |n| read_names(n, "slos", "SLO", reader));
    let steps = fields.optional("steps").map_or_else(Vec::new, |n| read_paths(n, "`steps`", reader));
    let criticality = fields.optional("criticality").map_or_else(Vec::new, |n| read_criticalities(n, reader));
    fields.finish(reader);
    if names_nothing && !is_empty {
        // Its keys were reported as unknown.
        return None;
    }
    if is_empty {
        let diagnostic = Diagnostic::new(Code::WrongShape, reader.key_place(node), "`appliesTo` names nothing");
        reader.report(
            diagnostic.help("write `slos:`, `steps:` or `criticality:`, or remove the key: then it is for all"),
        );
        return None;
    }
    Some(DeclaredScope { slos, steps, criticality })
}
