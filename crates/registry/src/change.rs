//! An SLO as it might be: a registry in which a fragment stands in the place of parts of its `spec`, checked like any other.
//!
//! Called by `backtest`. What the fragment does not say is that of the SLO; a mistake is told at its place in the fragment.

use crate::diagnostic::Found;
use crate::documents::{Declared, slo};
use crate::reader::Reader;
use crate::source::{FileId, Sources};
use crate::yaml::{self, Node, NodeValue};
use crate::{Code, Diagnostic, Outcome, ReadOptions};
use std::ops::Range;

/// A fragment of the `spec` of an SLO.
#[derive(Clone, Copy, Debug)]
pub struct Change<'t> {
    /// The SLO, by its name or by `product/name`.
    pub slo: &'t str,
    /// The path that messages show.
    pub path: &'t str,
    /// Keys of the `spec`, such as `target: 99.5%`.
    pub text: &'t str,
}

impl ReadOptions {
    /// Reads a registry from texts, with a changed SLO in it. Nothing is changed where the registry has no such SLO.
    pub fn read_texts_with<'t>(
        self,
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
        change: &Change<'_>,
    ) -> Outcome {
        let (mut sources, mut found) = (Sources::default(), Found::default());
        for (path, text) in texts.into_iter().filter(|(path, text)| !crate::settings::is_settings(path, text)) {
            if let Err(unreadable) = sources.add(path.to_owned(), text.to_owned()) {
                found.push(Diagnostic::of_unreadable(unreadable));
            }
        }
        self.read_changed(sources, found, "the registry", Some(change))
    }
}

impl Change<'_> {
    /// Puts what the fragment says into the place of what is declared.
    pub(crate) fn apply(&self, declared: &mut Declared, sources: &mut Sources, found: &mut Found) {
        let Some(place) = self.place(declared) else { return };
        let header = declared.slos[place].header.clone();
        let file = match sources.add(self.path.to_owned(), self.text.to_owned()) {
            Ok(file) => file,
            Err(unreadable) => return found.push(Diagnostic::of_unreadable(unreadable)),
        };
        let Some(fragment) = self.fragment(file, sources, found) else { return };
        let of = &header.name.place;
        let Some(base) = spec_of(&sources.file(of.file).text, &of.range) else { return };
        let merged = merge(base, fragment);
        let mut reader = Reader { file, found };
        if let Some(changed) = slo::read(header, &merged, &mut reader) {
            declared.slos[place] = changed;
        }
    }

    fn place(&self, declared: &Declared) -> Option<usize> {
        let is_named = |slo: &slo::DeclaredSlo| {
            let (name, product) = (slo.header.name.value.as_str(), slo.header.product.as_ref());
            name == self.slo || product.is_some_and(|product| format!("{}/{name}", product.value) == self.slo)
        };
        declared.slos.iter().position(is_named)
    }

    /// The one mapping of the fragment.
    fn fragment(&self, file: FileId, sources: &Sources, found: &mut Found) -> Option<Node> {
        let contents = yaml::read(&sources.file(file).text);
        let is_broken = !contents.problems.is_empty();
        let mut reader = Reader { file, found };
        contents.problems.into_iter().for_each(|problem| reader.report(problem.diagnostic(file)));
        let mut documents = contents.documents.into_iter().filter(|document| !document.is_null());
        match (documents.next(), documents.next()) {
            (Some(document), None) if document.is_map() => Some(document),
            _ if is_broken => None,
            (first, _) => {
                let message = "a change is one mapping: keys of the `spec` of an SLO";
                let diagnostic = match first {
                    Some(node) => Diagnostic::new(Code::WrongShape, reader.place(&node), message),
                    None => Diagnostic::of_path(Code::WrongShape, self.path.to_owned(), message),
                };
                reader.report(diagnostic.help("write what should be different, such as `target: 99.5%`"));
                None
            }
        }
    }
}

/// The `spec` of the document whose name stands at a place.
fn spec_of(text: &str, name: &Range<usize>) -> Option<Node> {
    let documents = yaml::read(text).documents;
    let is_named = |document: &&Node| {
        let metadata = value(document, "metadata");
        metadata.and_then(|node| value(node, "name")).is_some_and(|node| node.range == *name)
    };
    value(documents.iter().find(is_named)?, "spec").cloned()
}

fn value<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let NodeValue::Map(entries) = &node.value else { return None };
    entries.iter().find(|(known, _)| is_key(known, key)).map(|(_, value)| value)
}

fn is_key(node: &Node, key: &str) -> bool {
    matches!(&node.value, NodeValue::Scalar { text, .. } if text == key)
}

/// The fragment with the keys of the base that it lacks. Those stand where the fragment does: places are of one file.
fn merge(base: Node, mut fragment: Node) -> Node {
    let (NodeValue::Map(of_base), NodeValue::Map(entries)) = (base.value, &mut fragment.value) else { return fragment };
    let says = |entries: &[(Node, Node)], name: &str| entries.iter().any(|(known, _)| is_key(known, name));
    let has_type = says(entries, "type");
    let is_said = |entries: &[(Node, Node)], key: &Node| {
        let NodeValue::Scalar { text, .. } = &key.value else { return false };
        // The threshold of another type means nothing.
        says(entries, text) || (text == "threshold" && has_type)
    };
    for (mut key, mut value) in of_base {
        if !is_said(entries, &key) {
            move_to(&mut key, &fragment.range);
            move_to(&mut value, &fragment.range);
            entries.push((key, value));
        }
    }
    fragment
}

fn move_to(node: &mut Node, range: &Range<usize>) {
    node.range = range.clone();
    node.key = node.key.as_ref().map(|_| range.clone());
    match &mut node.value {
        NodeValue::List(items) => items.iter_mut().for_each(|item| move_to(item, range)),
        NodeValue::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
            move_to(key, range);
            move_to(value, range);
        }),
        NodeValue::Null | NodeValue::Scalar { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;
    use milepost_slo::{Budgeting, Slo};

    const SHOP: &str = "apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: People buy things., owner: shop-team}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys something., owner: shop-team, steps: [order]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: order}
spec:
  {title: Order, description: The user presses Buy., start: Buy is pressed., success: It is confirmed., measure: [web POST /orders]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {title: Web server, owner: shop-team, operations: [POST /orders]}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: orders}
spec:
  step: order
  type: latency
  threshold: 300ms
  target: 99%
  window: 7d
  valid: http_status <> 404
";

    fn read(change: &str) -> Outcome {
        let change = Change { slo: "orders", path: "change.yaml", text: change };
        ReadOptions::default().read_texts_with([("shop.yaml", SHOP)], &change)
    }

    fn changed(change: &str) -> Slo {
        let Outcome { registry, diagnostics } = read(change);
        let Some(Registry { slos, .. }) = registry else { panic!("{}", diagnostics.render(false)) };
        slos.into_iter().next().expect("an SLO")
    }

    #[test]
    fn what_a_change_does_not_say_stays_as_it_is() {
        let (before, after) = (changed("{}"), changed("target: 95%\nbudgeting: {slice: 5m}\n"));
        assert_eq!((after.target.to_string().as_str(), after.window), ("95%", before.window));
        assert_eq!(after.indicator, before.indicator);
        assert!(matches!(after.budgeting, Budgeting::RatioTimeslices { .. }));
        assert_ne!(changed("threshold: 1s").indicator.id(), before.indicator.id());
        // A threshold means nothing to another type.
        assert_eq!(changed("type: availability").indicator.sli.as_str(), "availability");
    }

    #[test]
    fn mistakes_in_a_change_are_told_at_their_place_in_it() {
        let told = |change: &str| read(change).diagnostics.render(false);
        insta::assert_snapshot!(
            [
                told("target: 999\n"),
                told("window: 28d\ntarget: 99%\ntargets: 98%\nalerts: [page-1h, page-2h]\n"),
                // A slice of two hours fits no window of one.
                told("window: 1h\nbudgeting: {slice: 2h}\n"),
                told("- target: 99%\n"),
                told(""),
                told("target: 99%\n---\ntarget: 98%\n"),
            ]
            .join("\n")
        );
    }
}
