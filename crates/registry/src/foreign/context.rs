//! What reading a file of another tool goes on with, and how it says what became of something.

use super::{Declared, Unsaid};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::Place;
use crate::yaml::{Node, NodeValue};
use milepost_model::{DurationNs, Name, Target};
use milepost_slo::open::{
    AlertCondition, AlertPolicy, AlertTarget, Decimal, Metric, OpenBudgeting, OpenIndicator, OpenName, OpenObjective,
    OpenSlo, OpenWindow, Operator, Promise, Verbatim,
};
use std::sync::Arc;

/// Most SLOs of one document, and most labels of one SLO: each label is repeated for each SLO.
pub(super) const MAX_SLOS: usize = 1_000;
const MAX_LABELS: usize = 64;
/// Longest label, in bytes.
const MAX_LABEL_BYTES: usize = 1_024;
/// Longest description, as OpenSLO has it.
const MAX_DESCRIPTION_CHARACTERS: usize = 1_050;

/// What tools say of an SLO: one objective over a rolling window.
pub(super) struct Parts {
    pub(super) name: OpenName,
    pub(super) description: String,
    pub(super) service: String,
    pub(super) target: Target,
    pub(super) window: DurationNs,
    pub(super) indicator: OpenIndicator,
    pub(super) alert_policies: Vec<Arc<AlertPolicy>>,
    pub(super) labels: Vec<(String, String)>,
}

pub(super) struct Context<'d> {
    pub(super) reader: Reader<'d>,
    pub(super) unsaid: Unsaid<'d>,
    pub(super) slos: Vec<Declared>,
    pub(super) left_out: usize,
}

/// What was done with a part that has no counterpart.
pub(super) const LEFT_OUT: &str = "it is left out";

impl<'d> Context<'d> {
    pub(super) fn new(reader: Reader<'d>, unsaid: Unsaid<'d>) -> Self {
        Self { reader, unsaid, slos: Vec::new(), left_out: 0 }
    }

    /// Something has no counterpart; says what was done.
    pub(super) fn no_counterpart(&mut self, node: &Node, message: impl Into<String>, done: &str) {
        let place = self.reader.key_place(node);
        self.reader.report(Diagnostic::new(Code::NoCounterpart, place, message).help(done));
    }

    /// An SLO is not brought in.
    pub(super) fn leave_out(&mut self, node: &Node, message: impl Into<String>, help: &str) {
        let place = self.reader.key_place(node);
        self.reader.report(Diagnostic::new(Code::LeftOut, place, message).help(help));
        self.left_out += 1;
    }

    /// The keys of a mapping that nobody asked for have no counterpart.
    pub(super) fn rest(&mut self, mut fields: Fields<'_>) {
        let what = fields.what().to_owned();
        for (name, key, value) in fields.rest() {
            if !value.is_null() {
                let message = format!("{} of {what} has no counterpart in OpenSLO", quote(name));
                let place = self.reader.place(key);
                self.reader.report(Diagnostic::new(Code::NoCounterpart, place, message).help(LEFT_OUT));
            }
        }
    }

    /// A key that is known, and that has no counterpart.
    pub(super) fn drop_key(&mut self, fields: &mut Fields<'_>, key: &'static str, done: &str) {
        let what = fields.what().to_owned();
        if let Some(node) = fields.optional(key) {
            self.no_counterpart(node, format!("`{key}` of {what} has no counterpart in OpenSLO"), done);
        }
    }

    /// Text, or nothing where it is empty.
    pub(super) fn optional_text<'n>(&mut self, fields: &mut Fields<'n>, key: &'static str) -> Option<&'n str> {
        let node = fields.optional(key)?;
        let is_empty = matches!(&node.value, NodeValue::Scalar { text, .. } if text.trim().is_empty());
        if is_empty { None } else { self.reader.text(node, &format!("`{key}`")) }
    }

    /// `description`, within what OpenSLO allows.
    pub(super) fn description(&mut self, fields: &mut Fields<'_>) -> String {
        let text = self.optional_text(fields, "description").unwrap_or_default().trim();
        if text.chars().count() <= MAX_DESCRIPTION_CHARACTERS {
            return text.to_owned();
        }
        if let Some(node) = fields.optional("description") {
            let message = format!("OpenSLO allows a description of {MAX_DESCRIPTION_CHARACTERS} characters");
            self.no_counterpart(node, message, "it is cut: link to the rest");
        }
        text.chars().take(MAX_DESCRIPTION_CHARACTERS).collect::<String>().trim_end().to_owned()
    }

    /// A percentage strictly between 0 and 100.
    pub(super) fn target(&mut self, node: &Node, what: &str) -> Option<Target> {
        let text = self.reader.text(node, what)?;
        let parsed = format!("{}%", text.trim()).parse().ok();
        if parsed.is_none() {
            let message = format!("{} is not a target", quote(text));
            let help = "write a percentage strictly between 0 and 100, with at most 7 digits after the point: `99.9`";
            let place = self.reader.place(node);
            self.reader.report(Diagnostic::new(Code::BadTarget, place, message).help(help));
        }
        parsed
    }

    /// A name in OpenSLO: lower case, with what it cannot have replaced and said.
    pub(super) fn open_name(&mut self, text: &str, node: &Node) -> Option<OpenName> {
        if let Ok(name) = text.parse() {
            return Some(name);
        }
        let near: Option<OpenName> = Name::suggest(text).and_then(|name| name.as_str().parse().ok());
        match &near {
            Some(name) => {
                let message = format!("{} is not a name in OpenSLO", quote(text));
                self.no_counterpart(node, message, &format!("it becomes `{name}`"));
            }
            None => {
                let place = self.reader.place(node);
                let message = format!("{} is not a name", quote(text));
                let help = "write lower-case letters, digits and hyphens";
                self.reader.report(Diagnostic::new(Code::BadName, place, message).help(help));
            }
        }
        near
    }

    /// Labels, by name; those of `over` go before.
    pub(super) fn labels(&mut self, node: Option<&Node>, over: &[(String, String)]) -> Vec<(String, String)> {
        let mut labels = over.to_vec();
        let Some(node) = node else { return labels };
        let Some(mut fields) = self.reader.fields(node, "labels") else { return labels };
        for (name, key, value) in fields.rest() {
            let NodeValue::Scalar { text, .. } = &value.value else {
                self.reader.wrong_shape(value, &format!("label {}", quote(name)), "text");
                continue;
            };
            labels.retain(|(known, _)| known != name);
            // A label without a text is none, for Prometheus too.
            if text.trim().is_empty() {
                continue;
            }
            if labels.len() >= MAX_LABELS || name.len() + text.len() > MAX_LABEL_BYTES {
                let message = format!("there are at most {MAX_LABELS} labels of {MAX_LABEL_BYTES} bytes");
                let place = self.reader.place(key);
                self.reader.report(Diagnostic::new(Code::TooLarge, place, message).help("remove what nobody asks for"));
                break;
            }
            labels.push((name.to_owned(), text.trim().to_owned()));
        }
        labels
    }

    /// A duration as Prometheus writes it, in whole minutes.
    pub(super) fn minutes(&mut self, node: &Node, what: &str) -> Option<DurationNs> {
        const MINUTE: u64 = 60_000_000_000;
        let duration = self.reader.parse::<DurationNs>(node, "a duration", Code::BadValue)?.value;
        if duration.nanos().is_multiple_of(MINUTE) {
            return Some(duration);
        }
        let rounded = DurationNs::from_nanos(duration.nanos().next_multiple_of(MINUTE));
        self.no_counterpart(node, format!("{what} has no whole minutes"), &format!("it becomes `{rounded}`"));
        Some(rounded)
    }

    /// An SLO was read; its name stands at the node.
    pub(super) fn declare(&mut self, node: &Node, parts: Parts) {
        let Parts { name, description, service, target, window, indicator, alert_policies, labels } = parts;
        let budgeting = OpenBudgeting::Occurrences;
        let objective = OpenObjective { title: String::new(), target, comparison: None, budgeting };
        let slo = OpenSlo {
            title: name.to_string(),
            name,
            description,
            service,
            binding: None,
            window: OpenWindow::Rolling(window),
            promise: Promise::Plain { indicator: Arc::new(indicator), objectives: vec![objective] },
            alert_policies,
        };
        let place = self.place(node);
        self.slos.push(Declared { slo, labels, place });
    }

    pub(super) fn place(&self, node: &Node) -> Place {
        self.reader.place(node)
    }
}

/// A query to Prometheus.
pub(super) fn prometheus(query: impl Into<String>) -> Metric {
    let query = ("query".to_owned(), Verbatim::Text(query.into()));
    Metric { source_type: Arc::from("Prometheus"), source: None, spec: Verbatim::Map(vec![query]) }
}

/// A burn rate that is too high, as other tools have it.
pub(super) struct Burn {
    pub(super) name: String,
    pub(super) severity: &'static str,
    pub(super) threshold: Decimal,
    pub(super) lookback: DurationNs,
    pub(super) after: DurationNs,
    pub(super) when_no_data: bool,
}

impl Burn {
    /// As a policy; its parts are ours, and right.
    pub(super) fn policy(self) -> Arc<AlertPolicy> {
        let name: OpenName = self.name.parse().expect("a name");
        let target = AlertTarget { name: self.severity.parse().expect("a name"), target: self.severity.to_owned() };
        let condition = AlertCondition {
            name: name.clone(),
            severity: self.severity.to_owned(),
            operator: Some(Operator::Above),
            threshold: self.threshold,
            lookback: self.lookback,
            after: self.after,
        };
        Arc::new(AlertPolicy {
            name,
            when_breaching: true,
            when_resolved: true,
            when_no_data: self.when_no_data,
            condition: Arc::new(condition),
            targets: vec![Arc::new(target)],
        })
    }
}
