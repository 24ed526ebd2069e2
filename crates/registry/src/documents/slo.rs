//! `kind: SLO`.

use super::Header;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::{Node, NodeValue};
use milepost_model::{DurationNs, Name, StepPath, Target};
use milepost_slo::{Budgeting, CalendarUnit, Method, SliType, Window};

/// An SLO as written.
#[derive(Debug)]
pub(crate) struct DeclaredSlo {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) step: Spanned<StepPath>,
    pub(crate) sli: SliType,
    pub(crate) method: Method,
    pub(crate) method_place: Option<Place>,
    pub(crate) class: Option<Spanned<Name>>,
    pub(crate) valid: Option<Spanned<String>>,
    pub(crate) good: Option<Spanned<String>>,
    pub(crate) target: Target,
    pub(crate) window: Window,
    pub(crate) budgeting: Budgeting,
}

/// The window when none is written: what most teams take.
const DEFAULT_WINDOW: DurationNs = DurationNs::from_seconds(28 * 86_400);
/// Longest window: two years and a day.
const MAX_WINDOW: DurationNs = DurationNs::from_seconds(731 * 86_400);
const MINUTE: DurationNs = DurationNs::from_seconds(60);

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredSlo> {
    let mut fields = reader.fields(spec, "the `spec` of an SLO")?;
    let title = fields.optional_prose("title", reader);
    let description = fields.optional_prose("description", reader).unwrap_or_default();
    let step = fields.required("step", reader, "name the step that the SLO is about: `step: compose-mail/send-mail`");
    let step = step.and_then(|n| reader.parse(n, "a step, or `objective/step`", Code::BadName));
    let sli = read_type(&mut fields, reader);
    let methods = Method::ALL.map(|m| (m.as_str(), m));
    let method_node = fields.optional("method");
    let method = method_node.and_then(|n| reader.choice(n, "a method", &methods)).unwrap_or_default();
    let class = fields.optional("class").and_then(|n| reader.name(n, "the name of a traffic class"));
    let valid = fields.optional("valid").and_then(|n| read_expression(n, reader));
    let good = fields.optional("good").and_then(|n| read_expression(n, reader));
    let target = fields.required("target", reader, "say the share that must be good: `target: 99.9%`");
    let target = target.and_then(|n| reader.parse::<Target>(n, "a target", Code::BadTarget));
    let window = fields.optional("window").map_or(Some(Window::Rolling(DEFAULT_WINDOW)), |n| read_window(n, reader));
    let budgeting = fields.optional("budgeting").map_or(Some(Budgeting::Occurrences), |n| read_budgeting(n, reader));
    fields.finish(reader);
    let method_place = method_node.map(|n| reader.place(n));
    let title = title.unwrap_or_else(|| header.name.value.to_string());
    Some(DeclaredSlo {
        header,
        title,
        description,
        step: step?,
        sli: sli?,
        method,
        method_place,
        class,
        valid,
        good,
        target: target?.value,
        window: window?,
        budgeting: budgeting?,
    })
}

/// An expression's text, with the place of the text itself: inside the quotes, if there are any.
fn read_expression(node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<String>> {
    let text = reader.text(node, "an expression")?;
    let mut spanned = reader.spanned(node, text.to_owned());
    if matches!(node.value, NodeValue::Scalar { plain: false, .. }) {
        spanned.place.range.start += 1;
    }
    Some(spanned)
}

fn read_type(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<SliType> {
    let help = format!("say what the SLO is about: one of {}", SliType::NAMES.join(", "));
    let node = fields.required("type", reader, &help);
    let numbered: Vec<(&str, usize)> = SliType::NAMES.iter().enumerate().map(|(i, n)| (*n, i)).collect();
    let chosen = node.and_then(|n| reader.choice(n, "a type of SLO", &numbered)).map(|i| SliType::NAMES[i]);
    let threshold = fields.optional("threshold");
    let (needs, example) = match chosen? {
        "latency" => (true, "`threshold: 300ms`, the time within which a success is good"),
        "throughput" => (true, "`threshold: 100`, the good events a minute that are enough"),
        _ => (false, ""),
    };
    match (needs, threshold) {
        (true, None) => {
            let message = format!("an SLO of type `{}` lacks `threshold`", chosen?);
            let place = reader.place(node.unwrap_or(fields.node));
            reader.report(Diagnostic::new(Code::MissingThreshold, place, message).help(format!("add {example}")));
            None
        }
        (false, Some(threshold)) => {
            let message = format!("an SLO of type `{}` has no threshold", chosen?);
            let help = "remove `threshold`, or make the type `latency`; other checks go into `good:`";
            reader.report(Diagnostic::new(Code::NeedlessThreshold, reader.place(threshold), message).help(help));
            None
        }
        (true, Some(node)) if chosen? == "latency" => {
            let threshold = reader.parse::<DurationNs>(node, "a duration", Code::BadValue)?;
            Some(SliType::Latency(threshold.value))
        }
        (true, Some(node)) => {
            let rate = reader.parse::<u64>(node, "a whole number of events a minute", Code::BadValue)?;
            Some(SliType::Throughput(rate.value))
        }
        (false, None) => Some(match chosen? {
            "freshness" => SliType::Freshness,
            "correctness" => SliType::Correctness,
            "coverage" => SliType::Coverage,
            _ => SliType::Availability,
        }),
    }
}

/// `28d`, or a mapping of `calendar:` and `timeZone:`.
fn read_window(node: &Node, reader: &mut Reader<'_>) -> Option<Window> {
    if matches!(node.value, NodeValue::Map(_)) {
        let mut fields = reader.fields(node, "`window`")?;
        let units = CalendarUnit::ALL.map(|u| (u.as_str(), u));
        let unit = fields.required("calendar", reader, "write `calendar: month` and, if not UTC, `timeZone:`");
        let unit = unit.and_then(|n| reader.choice(n, "a calendar period", &units));
        let zone = fields.optional("timeZone").and_then(|n| reader.text(n, "`timeZone`")).unwrap_or("UTC").to_owned();
        fields.finish(reader);
        return Some(Window::Calendar(unit?, zone));
    }
    let duration = reader.parse::<DurationNs>(node, "a window", Code::BadWindow)?;
    let nanos = duration.value.nanos();
    if nanos == 0 || !nanos.is_multiple_of(MINUTE.nanos()) || duration.value > MAX_WINDOW {
        let message = format!("a window of {} cannot be measured", duration.value);
        let help = "write whole minutes, at most 731d: `28d` is usual";
        reader.report(Diagnostic::new(Code::BadWindow, duration.place, message).help(help));
        return None;
    }
    Some(Window::Rolling(duration.value))
}

fn read_budgeting(node: &Node, reader: &mut Reader<'_>) -> Option<Budgeting> {
    if !matches!(node.value, NodeValue::Map(_)) {
        return reader.choice(node, "a way of budgeting", &[("occurrences", Budgeting::Occurrences)]);
    }
    let mut fields = reader.fields(node, "`budgeting`")?;
    let slice_help = "say how long a slice is: `slice: 5m`";
    let slice = fields.required("slice", reader, slice_help);
    let slice = slice.and_then(|n| reader.parse::<DurationNs>(n, "a duration", Code::BadWindow));
    let target = fields.optional("sliceTarget").map(|n| reader.parse::<Target>(n, "a target", Code::BadTarget));
    fields.finish(reader);
    let slice = slice?;
    if slice.value.nanos() == 0 || !slice.value.nanos().is_multiple_of(MINUTE.nanos()) {
        let diagnostic = Diagnostic::new(Code::BadWindow, slice.place, "a slice is a whole number of minutes");
        reader.report(diagnostic.help(slice_help));
        return None;
    }
    Some(match target {
        Some(target) => Budgeting::Timeslices { slice: slice.value, target: target?.value },
        None => Budgeting::RatioTimeslices { slice: slice.value },
    })
}
