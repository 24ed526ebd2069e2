//! `indicator` of Pyrra: what is counted, as queries to Prometheus.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::foreign::context::{Context, prometheus};
use crate::foreign::counter::{is_selector, matches_label};
use crate::quote::quote;
use crate::reader::Fields;
use crate::yaml::Node;
use milepost_model::DurationNs;
use milepost_slo::open::{OpenIndicator, RatioPart};

type Read = fn(&Node, Fields<'_>, &mut Context<'_>) -> Option<OpenIndicator>;

const KINDS: [(&str, Read); 4] =
    [("ratio", ratio), ("latency", latency), ("latencyNative", latency_native), ("bool_gauge", bool_gauge)];

pub(super) fn read(node: &Node, context: &mut Context<'_>) -> Option<OpenIndicator> {
    let mut fields = context.reader.fields(node, "`indicator`")?;
    let mut there = Vec::new();
    for (key, read) in KINDS {
        there.extend(fields.optional(key).map(|value| (key, value, read)));
    }
    context.rest(fields);
    let [(key, value, read)] = there[..] else {
        let message = "`indicator` has not exactly one of `ratio`, `latency`, `latencyNative` and `bool_gauge`";
        let place = context.reader.key_place(node);
        context.reader.report(Diagnostic::new(Code::EitherOr, place, message).help("keep the one that is meant"));
        return None;
    };
    let mut fields = context.reader.fields(value, format!("`{key}`"))?;
    if let Some(grouping) = fields.optional("grouping") {
        let message = "`grouping` makes an SLO of each value of a label, and OpenSLO has no such thing";
        context.no_counterpart(grouping, message, "all values count together in one SLO");
    }
    read(value, fields, context)
}

/// Bad events of all events.
fn ratio(_: &Node, mut fields: Fields<'_>, context: &mut Context<'_>) -> Option<OpenIndicator> {
    let (errors, total) = (metric(&mut fields, "errors", context), metric(&mut fields, "total", context));
    context.rest(fields);
    let part = RatioPart::Bad(prometheus(format!("sum({})", errors?)));
    Some(OpenIndicator::Ratio { counter: true, part, total: prometheus(format!("sum({})", total?)) })
}

/// A bucket of a histogram of all that it counts.
fn latency(node: &Node, mut fields: Fields<'_>, context: &mut Context<'_>) -> Option<OpenIndicator> {
    let (success, total) = (metric(&mut fields, "success", context), metric(&mut fields, "total", context));
    context.rest(fields);
    let success = success?;
    if !matches_label(&success, "le") {
        let message = "`success` selects no bucket by `le`, so that nobody knows how fast is fast enough";
        context.leave_out(
            node,
            message,
            "the SLO is left out: add the bucket's bound, such as `le=\"0.5\"`, and bring it in again",
        );
        return None;
    }
    let part = RatioPart::Good(prometheus(format!("sum({success})")));
    Some(OpenIndicator::Ratio { counter: true, part, total: prometheus(format!("sum({})", total?)) })
}

/// Of a native histogram, what is at most so long.
fn latency_native(_: &Node, mut fields: Fields<'_>, context: &mut Context<'_>) -> Option<OpenIndicator> {
    let total = metric(&mut fields, "total", context);
    let help = "say how long it may take: `latency: 200ms`";
    let threshold = fields.required("latency", &mut context.reader, help);
    let threshold = threshold.and_then(|node| context.reader.parse::<DurationNs>(node, "a duration", Code::BadValue));
    context.rest(fields);
    let (total, nanos) = (total?, threshold?.value.nanos());
    let seconds = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    let good = format!("histogram_fraction(0, {seconds}, sum({total})) * histogram_count(sum({total}))");
    let total = prometheus(format!("histogram_count(sum({total}))"));
    Some(OpenIndicator::Ratio { counter: true, part: RatioPart::Good(prometheus(good)), total })
}

/// Samples of a gauge that is 1 or 0.
fn bool_gauge(_: &Node, mut fields: Fields<'_>, context: &mut Context<'_>) -> Option<OpenIndicator> {
    let help = "write the gauge: `metric: up{job=\"web\"}`";
    let node = fields.required("metric", &mut context.reader, help);
    context.rest(fields);
    let gauge = selector(node?, context)?;
    let part = RatioPart::Good(prometheus(format!("sum({gauge})")));
    Some(OpenIndicator::Ratio { counter: false, part, total: prometheus(format!("count({gauge})")) })
}

/// `KEY: {metric: SELECTOR}`.
fn metric(fields: &mut Fields<'_>, key: &'static str, context: &mut Context<'_>) -> Option<String> {
    let help = format!("write `{key}: {{metric: ...}}`");
    let node = fields.required(key, &mut context.reader, &help)?;
    let mut inner = context.reader.fields(node, format!("`{key}`"))?;
    let metric = inner.required("metric", &mut context.reader, &help);
    context.rest(inner);
    selector(metric?, context)
}

/// A selector of series, which is all that Pyrra takes.
fn selector(node: &Node, context: &mut Context<'_>) -> Option<String> {
    let text = context.reader.text(node, "`metric`")?.trim();
    if is_selector(text) {
        return Some(text.to_owned());
    }
    let message = format!("{} selects no series", quote(text));
    let place = context.reader.place(node);
    let help = "write the name of a metric, with matchers if need be: `http_requests_total{job=\"web\"}`";
    context.reader.report(Diagnostic::new(Code::BadValue, place, message).help(help));
    None
}
