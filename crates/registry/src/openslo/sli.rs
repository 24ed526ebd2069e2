//! `kind: SLI`: what is measured, and by which queries.

use super::OpenHeader;
use super::value::{self, exactly_one, read_verbatim};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::{Node, NodeValue};
use milepost_slo::open::{OpenName, RawKind, Verbatim};

/// An SLI as written.
#[derive(Debug)]
pub(crate) struct DeclaredSli {
    pub(crate) header: OpenHeader,
    /// `None` where it could not be read.
    pub(crate) indicator: Option<DeclaredIndicator>,
}

/// What is measured, as written.
#[derive(Debug)]
pub(crate) enum DeclaredIndicator {
    Threshold(DeclaredMetric),
    Good { counter: bool, good: DeclaredMetric, total: DeclaredMetric },
    Bad { counter: bool, bad: DeclaredMetric, total: DeclaredMetric },
    Raw { kind: RawKind, metric: DeclaredMetric },
}

/// A `metricSource` as written.
#[derive(Debug)]
pub(crate) struct DeclaredMetric {
    pub(crate) source: Option<Spanned<OpenName>>,
    pub(crate) source_type: Option<String>,
    pub(crate) spec: Verbatim,
}

const EITHER_METRIC: &str = "write `thresholdMetric:` for values that are compared with a number, or `ratioMetric:` for counts of good events of all";

pub(super) fn read(header: OpenHeader, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredSli> {
    let what = format!("the `spec` of SLI `{}`", header.name.value);
    let indicator = read_indicator(spec, what, reader);
    Some(DeclaredSli { header, indicator })
}

/// The `spec` of an SLI, of its own or within an SLO.
pub(super) fn read_indicator(spec: &Node, what: String, reader: &mut Reader<'_>) -> Option<DeclaredIndicator> {
    let mut fields = reader.fields(spec, what)?;
    value::read_description(&mut fields, reader);
    let place = reader.key_place(spec);
    let metric = exactly_one(&mut fields, &["thresholdMetric", "ratioMetric"], place, EITHER_METRIC, reader);
    fields.finish(reader);
    match metric? {
        ("thresholdMetric", node) => read_metric(node, "`thresholdMetric`", reader).map(DeclaredIndicator::Threshold),
        (_, node) => read_ratio(node, reader),
    }
}

fn read_ratio(node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredIndicator> {
    let mut fields = reader.fields(node, "`ratioMetric`")?;
    let counter = fields.optional("counter").is_some_and(|n| reader.boolean(n, "`counter`"));
    let help = "write `total:` with `good:` or `bad:`, or `raw:` for a ratio that the other system computes";
    let indicator = match exactly_one(&mut fields, &["total", "raw"], reader.key_place(node), help, reader) {
        Some(("raw", raw)) => read_raw(raw, &mut fields, reader),
        Some((_, total)) => read_parts(node, total, counter, &mut fields, reader),
        // Which one is meant is not known, so that its other keys are only known not to be strangers.
        None => {
            for key in ["good", "bad", "rawType"] {
                let _ = fields.optional(key);
            }
            None
        }
    };
    fields.finish(reader);
    indicator
}

fn read_parts(
    node: &Node,
    total: &Node,
    counter: bool,
    fields: &mut Fields<'_>,
    reader: &mut Reader<'_>,
) -> Option<DeclaredIndicator> {
    value::report_no_effect(fields, "rawType", "without `raw`", reader);
    let _ = fields.optional("rawType");
    let help = "write `good:` for a query of good events, or `bad:` for one of bad events";
    let part = exactly_one(fields, &["good", "bad"], reader.key_place(node), help, reader);
    let part = part.map(|(key, node)| (key, read_metric(node, &format!("`{key}`"), reader)));
    let total = read_metric(total, "`total`", reader);
    match part? {
        ("good", good) => Some(DeclaredIndicator::Good { counter, good: good?, total: total? }),
        (_, bad) => Some(DeclaredIndicator::Bad { counter, bad: bad?, total: total? }),
    }
}

fn read_raw(raw: &Node, fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<DeclaredIndicator> {
    let raw_place = reader.key_place(raw);
    for key in ["good", "bad"] {
        if let Some(other) = fields.key(key).map(|key| reader.place(key)) {
            let help = "a ratio is computed elsewhere, or from two counts: keep `raw`, or `good` or `bad` with `total`";
            value::report_both("raw", &raw_place, key, &other, help, reader);
        }
        let _ = fields.optional(key);
    }
    let kind = fields.required("rawType", reader, "say of what it is the ratio: `rawType: success`, or `failure`");
    let kind = kind.and_then(|n| reader.choice(n, "a type of ratio", &RawKind::NAMED));
    let metric = read_metric(raw, "`raw`", reader);
    Some(DeclaredIndicator::Raw { kind: kind?, metric: metric? })
}

fn read_metric(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<DeclaredMetric> {
    let mut fields = reader.fields(node, what)?;
    let help = "write `metricSource:` with the `type` of the other system and its query in `spec`";
    let source = fields.required("metricSource", reader, help);
    fields.finish(reader);
    let node = source?;
    let mut fields = reader.fields(node, "`metricSource`")?;
    let place = reader.key_place(node);
    let (has_type, has_source) = (fields.has("type"), fields.has("metricSourceRef"));
    let source_type = fields.optional("type").and_then(|n| reader.prose(n, "`type`"));
    let source = fields.optional("metricSourceRef");
    let source = source.and_then(|n| value::read_name(n, "the name of a data source", reader));
    if !has_type && !has_source {
        report_no_type(place, reader);
    }
    let spec =
        fields.required("spec", reader, "write the query as the other system wants it, such as `spec: {query: ...}`");
    let spec = spec.and_then(|n| read_query(n, reader));
    fields.finish(reader);
    let is_known = source_type.is_some() || source.is_some();
    is_known.then_some(DeclaredMetric { source, source_type, spec: spec? })
}

fn report_no_type(place: Place, reader: &mut Reader<'_>) {
    let message = "`metricSource` lacks `type` or `metricSourceRef`";
    let help =
        "say what kind of system is asked, such as `type: Prometheus`, or name a data source by `metricSourceRef:`";
    reader.report(Diagnostic::new(Code::EitherOr, place, message).help(help));
}

fn read_query(node: &Node, reader: &mut Reader<'_>) -> Option<Verbatim> {
    match &node.value {
        NodeValue::Map(entries) if entries.is_empty() => {
            let diagnostic =
                Diagnostic::new(Code::WrongShape, reader.place(node), "`spec` of a metric source is empty");
            reader
                .report(diagnostic.help("write the query as the other system wants it, such as `spec: {query: ...}`"));
            None
        }
        NodeValue::Map(_) => Some(read_verbatim(node, reader)),
        _ => {
            reader.wrong_shape(node, "`spec` of a metric source", "a mapping");
            None
        }
    }
}
