//! Documents with no `---` between them: one mistake, and each is read for what it says.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::yaml::{Node, NodeValue};
use std::collections::HashSet;

/// What a document begins with.
const HEAD: [&str; 2] = ["apiVersion", "kind"];

/// The documents that stand in one, each but the first reported; nothing where it is one.
pub(super) fn split(document: &Node, reader: &mut Reader<'_>) -> Option<Vec<Node>> {
    let NodeValue::Map(entries) = &document.value else { return None };
    let mut starts = vec![0];
    let mut seen = HashSet::new();
    for (at, (key, _)) in entries.iter().enumerate() {
        if let Some(name) = head(key)
            && !seen.insert(name)
            && is_whole_head(&entries[at..])
        {
            let message = "a second document begins here, and nothing parts it from the first";
            let diagnostic = Diagnostic::new(Code::DuplicateKey, reader.place(key), message);
            reader.report(diagnostic.help("add a line `---` before this one"));
            starts.push(at);
            seen = HashSet::from([name]);
        }
    }
    if starts.len() == 1 {
        return None;
    }
    let ends = starts.iter().skip(1).copied().chain([entries.len()]);
    let part = |(start, end): (usize, usize)| {
        let entries = entries[start..end].to_vec();
        let range = entries[0].0.range.start..entries[entries.len() - 1].1.range.end;
        Node { range, key: None, value: NodeValue::Map(entries) }
    };
    Some(starts.iter().copied().zip(ends).map(part).collect())
}

fn head(key: &Node) -> Option<&str> {
    let NodeValue::Scalar { text, .. } = &key.value else { return None };
    HEAD.contains(&&**text).then_some(text)
}

/// Whether a document begins here, and no key only stands twice.
fn is_whole_head(entries: &[(Node, Node)]) -> bool {
    let names: HashSet<&str> = entries.iter().filter_map(|(key, _)| head(key)).collect();
    names.len() == HEAD.len()
}
