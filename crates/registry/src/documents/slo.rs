//! `kind: SLO`.

use super::Header;
use super::alerts::{self, DeclaredAlerts};
use super::words::read_path;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::suggest::nearest;
use crate::yaml::{Node, NodeValue, Style};
use milepost_model::{DurationNs, Name, StepPath, Target};
use milepost_slo::calendar::Zone;
use milepost_slo::{Budgeting, CalendarUnit, Method, NoData, SliType, Window};

/// An SLO as written; what was missing or wrong is `None` and reported.
#[derive(Debug)]
pub(crate) struct DeclaredSlo {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) step: Option<Spanned<StepPath>>,
    pub(crate) sli: Option<Spanned<SliType>>,
    pub(crate) method: Spanned<Method>,
    pub(crate) class: Option<Spanned<Name>>,
    pub(crate) valid: Option<Expression>,
    pub(crate) good: Option<Expression>,
    pub(crate) target: Option<Target>,
    pub(crate) window: Option<Window>,
    pub(crate) budgeting: Option<Budgeting>,
    pub(crate) alerts: DeclaredAlerts,
}

/// An expression's text, with what it takes to find its characters in the file.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) style: Style,
    pub(crate) place: Place,
}

/// The window when none is written: what most teams take.
pub(crate) const DEFAULT_WINDOW: DurationNs = DurationNs::from_seconds(28 * 86_400);
/// Longest window.
pub(crate) const MAX_WINDOW: DurationNs = Window::LONGEST;
const MINUTE: DurationNs = DurationNs::from_seconds(60);

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredSlo> {
    let mut fields = reader.fields(spec, format!("the `spec` of SLO `{}`", header.name.value))?;
    let title = fields.optional_prose("title", reader);
    let description = fields.optional_prose("description", reader).unwrap_or_default();
    let step = fields.required("step", reader, "name the step that the SLO is about: `step: compose-mail/send-mail`");
    let step = step.and_then(|n| read_path(n, reader));
    let sli = read_type(&mut fields, reader);
    let methods = Method::ALL.map(|m| (m.as_str(), m));
    let method = fields.optional("method");
    let method = method.and_then(|n| reader.choice(n, "a method", &methods).map(|m| reader.spanned(n, m)));
    let class = fields.optional("class").and_then(|n| reader.name(n, "the name of a traffic class"));
    let valid = fields.optional("valid").and_then(|n| read_expression(n, reader));
    let good = fields.optional("good").and_then(|n| read_expression(n, reader));
    let target = fields.required("target", reader, "say the share that must be good: `target: 99.9%`");
    let target = target.and_then(|n| read_promise(n, reader));
    let window = fields.optional("window").map_or(Some(Window::Rolling(DEFAULT_WINDOW)), |n| read_window(n, reader));
    let budgeting = fields.optional("budgeting");
    let budgeting = budgeting.map_or(Some(Budgeting::Occurrences), |n| read_budgeting(n, window.as_ref(), reader));
    let alerts = fields.optional("alerts").map_or_else(DeclaredAlerts::default, |n| alerts::read(n, reader));
    fields.finish(reader);
    Some(DeclaredSlo {
        title: title.unwrap_or_else(|| header.name.value.to_string()),
        description,
        step,
        sli,
        method: method.unwrap_or_else(|| Spanned { value: Method::default(), place: header.name.place.clone() }),
        class,
        valid,
        good,
        target,
        window,
        budgeting,
        alerts,
        header,
    })
}

pub(super) fn read_expression(node: &Node, reader: &mut Reader<'_>) -> Option<Expression> {
    let text = reader.text(node, "an expression")?.to_owned();
    let NodeValue::Scalar { style, .. } = node.value else { return None };
    Some(Expression { text, style, place: reader.place(node) })
}

fn read_type(fields: &mut Fields<'_>, reader: &mut Reader<'_>) -> Option<Spanned<SliType>> {
    let help = format!("say what the SLO is about: one of {}", SliType::NAMES.join(", "));
    let node = fields.required("type", reader, &help);
    let threshold = fields.optional("threshold");
    let numbered: Vec<(&str, usize)> = SliType::NAMES.iter().enumerate().map(|(i, n)| (*n, i)).collect();
    let node = node?;
    let chosen = SliType::NAMES[reader.choice(node, "a type of SLO", &numbered)?];
    let sli = match (chosen, threshold) {
        ("latency", Some(threshold)) => SliType::Latency(read_latency(threshold, reader)?),
        ("throughput", Some(threshold)) => SliType::Throughput(read_rate(threshold, reader)?),
        ("latency" | "throughput", None) => {
            let example = match chosen {
                "latency" => "`threshold: 300ms`, the time within which a success is good",
                _ => "`threshold: 100`, the good events a minute that are enough",
            };
            if !fields.has("threshold") {
                let message = format!("an SLO of type `{chosen}` lacks `threshold`");
                let diagnostic = Diagnostic::new(Code::MissingThreshold, reader.place(node), message);
                reader.report(diagnostic.help(format!("add {example}")));
            }
            return None;
        }
        (_, Some(threshold)) => {
            let message = format!("an SLO of type `{chosen}` takes no threshold");
            let help = match chosen {
                // "It arrives within five minutes" is about how long it takes, whatever the word for it.
                "freshness" => {
                    "remove `threshold` and say by `good:` which answers are fresh, such as `good: stale = 'no'`; when it is about how long something takes, the type is `latency`"
                }
                _ => {
                    "remove `threshold`, or make the type `latency`; other checks go into `good:`, such as `good: duration_ns <= 300000000000` for five minutes"
                }
            };
            reader.report(Diagnostic::new(Code::NeedlessThreshold, reader.place(threshold), message).help(help));
            return None;
        }
        ("freshness", None) => SliType::Freshness,
        ("correctness", None) => SliType::Correctness,
        ("coverage", None) => SliType::Coverage,
        (_, None) => SliType::Availability,
    };
    Some(reader.spanned(node, sli))
}

/// The target of an SLO.
pub(crate) fn read_promise(node: &Node, reader: &mut Reader<'_>) -> Option<Target> {
    let target = read_target(node, reader)?;
    if target.nanos() < Target::ONE / 2 {
        let rest = Target::from_nanos(target.allowed_bad_nanos()).map_or_else(|_| String::new(), |t| t.to_string());
        let message = format!("a target of {target} lets {rest} be bad");
        let help = format!("did you mean `{rest}`? A target is the share that must be good");
        reader.report(Diagnostic::new(Code::LowTarget, reader.place(node), message).help(help));
    }
    Some(target)
}

fn read_target(node: &Node, reader: &mut Reader<'_>) -> Option<Target> {
    let text = reader.text(node, "a target")?;
    match text.parse::<Target>() {
        Ok(target) => Some(target),
        Err(error) => {
            let point = text.replace(',', ".");
            let meant = [point.clone(), format!("{point}%")].into_iter().find(|meant| meant.parse::<Target>().is_ok());
            let help = match meant {
                Some(meant) => format!("{error}: did you mean `{meant}`?"),
                None => error.to_string(),
            };
            let message = format!("{} is not a target", quote(text));
            reader.report(Diagnostic::new(Code::BadTarget, reader.place(node), message).help(help));
            None
        }
    }
}

fn read_latency(node: &Node, reader: &mut Reader<'_>) -> Option<DurationNs> {
    let threshold = reader.parse::<DurationNs>(node, "a duration", Code::BadValue)?;
    if threshold.value.nanos() == 0 {
        let diagnostic = Diagnostic::new(Code::BadValue, threshold.place, "nothing is done within no time");
        reader.report(diagnostic.help("write the time within which a success is good, such as `300ms`"));
        return None;
    }
    Some(threshold.value)
}

fn read_rate(node: &Node, reader: &mut Reader<'_>) -> Option<u64> {
    let text = reader.text(node, "`threshold`")?;
    match text.parse::<u64>() {
        Ok(rate) if rate > 0 => Some(rate),
        _ => {
            let message = format!("{} is not a rate", quote(text));
            let help = "write a whole number above 0: the good events a minute that are enough";
            reader.report(Diagnostic::new(Code::BadValue, reader.place(node), message).help(help));
            None
        }
    }
}

/// `28d`, or a mapping of `calendar:` and `timeZone:`.
pub(crate) fn read_window(node: &Node, reader: &mut Reader<'_>) -> Option<Window> {
    if node.is_map() {
        let mut fields = reader.fields(node, "`window`")?;
        let units = CalendarUnit::ALL.map(|u| (u.as_str(), u));
        let unit = fields.required("calendar", reader, "write `calendar: month` and, if not UTC, `timeZone:`");
        let unit = unit.and_then(|n| reader.choice(n, "a calendar period", &units));
        let zone = fields.optional("timeZone").map_or(Some("UTC".to_owned()), |n| read_zone(n, reader));
        fields.finish(reader);
        return Some(Window::Calendar(unit?, zone?));
    }
    let text = reader.text(node, "a window")?;
    let Ok(value) = text.parse::<DurationNs>() else {
        let message = format!("{} is not a window", quote(text));
        reader.report(Diagnostic::new(Code::BadWindow, reader.place(node), message).help(meant_window(text)));
        return None;
    };
    let duration = reader.spanned(node, value);
    let window = Window::rolling(duration.value);
    if window.is_none() {
        let message = format!("a window of {} cannot be measured", duration.value);
        let help = "write whole minutes, at most 731d: `28d` is usual";
        reader.report(Diagnostic::new(Code::BadWindow, duration.place, message).help(help));
    }
    window
}

/// What a window that cannot be read may be meant to say.
fn meant_window(text: &str) -> String {
    let unit = CalendarUnit::ALL.iter().find(|unit| text.contains(unit.as_str()));
    match unit {
        Some(unit) => {
            format!("write `{{calendar: {}}}` for that of the calendar, or days such as `28d`", unit.as_str())
        }
        None if text.bytes().all(|b| b.is_ascii_digit()) => format!("did you mean `{text}d`?"),
        None => "write a duration such as `28d`, or `{calendar: month}`".to_owned(),
    }
}

/// The name of a time zone that there is.
pub(crate) fn read_zone(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, "`timeZone`")?;
    if text.parse::<Zone>().is_ok() {
        return Some(text.to_owned());
    }
    let message = format!("{} is not a time zone", quote(text));
    let help = match nearest(text, &Zone::names().collect::<Vec<_>>()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "write a name of the time-zone database, such as `Europe/Zurich` or `UTC`".to_owned(),
    };
    reader.report(Diagnostic::new(Code::BadWindow, reader.place(node), message).help(help));
    None
}

/// `occurrences`, or a mapping of `slice:`, `sliceTarget:` and `noData:`.
fn read_budgeting(node: &Node, window: Option<&Window>, reader: &mut Reader<'_>) -> Option<Budgeting> {
    if !node.is_map() {
        return reader.choice(node, "a way of budgeting", &[("occurrences", Budgeting::Occurrences)]);
    }
    let mut fields = reader.fields(node, "`budgeting`")?;
    let slice = fields.required("slice", reader, "say how long a slice is: `slice: 5m`");
    let slice = slice.and_then(|n| reader.parse::<DurationNs>(n, "a duration", Code::BadWindow));
    let target = fields.optional("sliceTarget").map(|n| read_target(n, reader));
    let kinds = NoData::ALL.map(|kind| (kind.as_str(), kind));
    let no_data = fields.optional("noData").map(|n| reader.choice(n, "a kind of slice", &kinds));
    fields.finish(reader);
    let Spanned { value: slice, place } = slice?;
    let wrong = match window {
        _ if !is_minutes(slice) => Some("is not whole minutes"),
        Some(Window::Rolling(window)) if slice > *window => Some("is longer than the window"),
        _ => None,
    };
    if let Some(wrong) = wrong {
        let diagnostic = Diagnostic::new(Code::BadWindow, place, format!("a slice of {slice} {wrong}"));
        reader.report(diagnostic.help("write whole minutes within the window, such as `slice: 5m`"));
        return None;
    }
    let no_data = no_data.map_or(Some(NoData::Skip), |written| written)?;
    Some(match target {
        Some(target) => Budgeting::Timeslices { slice, target: target?, no_data },
        None => Budgeting::RatioTimeslices { slice, no_data },
    })
}

pub(super) fn is_minutes(duration: DurationNs) -> bool {
    duration.nanos() > 0 && duration.nanos().is_multiple_of(MINUTE.nanos())
}
