//! `objectives` of an SLO: what is promised.

use super::header;
use super::slo::IndicatorOrRef;
use super::value::{self, exactly_one};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::Place;
use crate::yaml::Node;
use milepost_model::{DurationNs, Target};
use milepost_slo::open::{Comparison, Decimal, OpenBudgeting, OpenWindow, Operator, Share, Shorthand};

/// An objective as written; what was missing or wrong is `None` and reported.
#[derive(Debug)]
pub(crate) struct DeclaredObjective {
    pub(crate) title: String,
    pub(crate) target: Option<Target>,
    pub(crate) comparison: Option<Comparison>,
    pub(crate) budgeting: Option<OpenBudgeting>,
    pub(crate) weight: Decimal,
    pub(crate) indicator: Option<IndicatorOrRef>,
    /// Whether it has an indicator, readable or not.
    pub(crate) has_indicator: bool,
    pub(crate) place: Place,
    /// Which of `op` and `value` is not written.
    pub(crate) lacks: Option<&'static str>,
}

/// How the budget is counted, by the name in documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budgeting {
    Occurrences,
    Timeslices,
    RatioTimeslices,
}

impl Budgeting {
    pub(super) const NAMED: [(&str, Self); 3] = [
        ("Occurrences", Self::Occurrences),
        ("Timeslices", Self::Timeslices),
        ("RatioTimeslices", Self::RatioTimeslices),
    ];
}

const MINUTE: DurationNs = DurationNs::from_seconds(60);

/// Reads an objective of an SLO that budgets so, over such a window.
pub(super) fn read(
    node: &Node,
    budgeting: Option<Budgeting>,
    window: Option<&OpenWindow>,
    reader: &mut Reader<'_>,
) -> Option<DeclaredObjective> {
    let mut fields = reader.fields(node, "an objective")?;
    let place = reader.key_place(node);
    let title = fields.optional_prose("displayName", reader).unwrap_or_default();
    let target = read_target(&mut fields, place.clone(), reader);
    let lacks = ["op", "value"].into_iter().find(|key| !fields.has(key));
    let operator = fields.optional("op").and_then(|n| reader.choice(n, "a comparison", &Operator::NAMED));
    let value = fields.optional("value").and_then(|n| value::read_decimal(n, reader));
    let comparison = operator.zip(value).map(|(operator, value)| Comparison { operator, value: value.value });
    let budgeting = read_budgeting(&mut fields, budgeting, window, reader);
    let has_indicator = fields.has("indicator") || fields.has("indicatorRef");
    let indicator = if has_indicator { read_indicator(&mut fields, place.clone(), reader) } else { None };
    if !has_indicator {
        value::report_no_effect(&fields, "compositeWeight", "on an objective without an indicator of its own", reader);
    }
    if has_indicator {
        let why = "on what is judged: each part has a target, a budget and alerts of its own";
        value::report_no_effect(&fields, "compositeWeight", why, reader);
    }
    let weight = fields.optional("compositeWeight").map(|n| value::read_positive(n, "`compositeWeight`", reader));
    fields.finish(reader);
    Some(DeclaredObjective {
        title,
        target,
        comparison,
        budgeting,
        weight: weight.flatten().unwrap_or(Decimal::ONE),
        indicator,
        has_indicator,
        place,
        lacks,
    })
}

/// `indicator` or `indicatorRef`, of an SLO or of one of its objectives.
pub(super) fn read_indicator(fields: &mut Fields<'_>, place: Place, reader: &mut Reader<'_>) -> Option<IndicatorOrRef> {
    let help = "name an SLI by `indicatorRef:`, or write `indicator:` with its `metadata` and `spec`";
    match exactly_one(fields, &["indicator", "indicatorRef"], place, help, reader)? {
        ("indicatorRef", node) => value::read_name(node, "the name of an SLI", reader).map(IndicatorOrRef::Ref),
        (_, node) => {
            let mut fields = reader.fields(node, "`indicator`")?;
            let (_, spec) = header::read_with_spec(&mut fields, "SLI", reader);
            fields.finish(reader);
            super::sli::read_indicator(spec?, "the `spec` of an indicator".to_owned(), reader)
                .map(IndicatorOrRef::Inline)
        }
    }
}

fn read_target(fields: &mut Fields<'_>, place: Place, reader: &mut Reader<'_>) -> Option<Target> {
    let help = "say the share that must be good: `target: 0.995`, or `targetPercent: 99.5`";
    let (key, node) = exactly_one(fields, &["target", "targetPercent"], place, help, reader)?;
    let text = reader.text(node, &format!("`{key}`"))?;
    let is_share = key == "target";
    let parsed = match is_share {
        _ if text.ends_with('%') => None,
        true => text.parse::<Target>().ok(),
        false => format!("{text}%").parse::<Target>().ok(),
    };
    if parsed.is_none() {
        let message = format!("{} is not a target", quote(text));
        let help = target_help(text, is_share);
        reader.report(Diagnostic::new(Code::BadTarget, reader.place(node), message).help(help));
    }
    parsed
}

/// What was probably meant by a text that is no target.
fn target_help(text: &str, is_share: bool) -> String {
    let number = text.trim_end_matches('%').trim_end();
    match is_share {
        true if format!("{number}%").parse::<Target>().is_ok() => format!("did you mean `targetPercent: {number}`?"),
        true => {
            "`target` is a decimal strictly between 0 and 1, with at most 9 digits after the point: `0.995`".to_owned()
        }
        false if text != number && format!("{number}%").parse::<Target>().is_ok() => format!("write `{number}` alone"),
        false => {
            "`targetPercent` is a decimal strictly between 0 and 100, with at most 7 digits after the point: `99.5`"
                .to_owned()
        }
    }
}

fn read_budgeting(
    fields: &mut Fields<'_>,
    budgeting: Option<Budgeting>,
    window: Option<&OpenWindow>,
    reader: &mut Reader<'_>,
) -> Option<OpenBudgeting> {
    let slices = matches!(budgeting, Some(Budgeting::Timeslices | Budgeting::RatioTimeslices));
    let graded = budgeting == Some(Budgeting::Timeslices);
    if budgeting.is_some() {
        if !slices {
            value::report_no_effect(fields, "timeSliceWindow", "with `budgetingMethod: Occurrences`", reader);
        }
        if !graded {
            value::report_no_effect(fields, "timeSliceTarget", "but with `budgetingMethod: Timeslices`", reader);
        }
    }
    let help = "say how long a slice is: `timeSliceWindow: 5m`";
    let slice = of_slices(fields, "timeSliceWindow", slices, help, reader).and_then(|n| read_slice(n, window, reader));
    let help = "say which share of good events makes a slice good: `timeSliceTarget: 0.95`";
    let target = of_slices(fields, "timeSliceTarget", graded, help, reader);
    let target = target.and_then(|n| reader.parse::<Share>(n, "a share", Code::BadTarget));
    Some(match budgeting? {
        Budgeting::Occurrences => OpenBudgeting::Occurrences,
        Budgeting::Timeslices => OpenBudgeting::Timeslices { slice: slice?, target: target?.value },
        Budgeting::RatioTimeslices => OpenBudgeting::RatioTimeslices { slice: slice? },
    })
}

/// A key that is needed only where slices are budgeted.
fn of_slices<'n>(
    fields: &mut Fields<'n>,
    key: &'static str,
    is_needed: bool,
    help: &str,
    reader: &mut Reader<'_>,
) -> Option<&'n Node> {
    if is_needed { fields.required(key, reader, help) } else { fields.optional(key) }
}

/// A duration, or a number of minutes.
fn read_slice(node: &Node, window: Option<&OpenWindow>, reader: &mut Reader<'_>) -> Option<DurationNs> {
    let text = reader.text(node, "`timeSliceWindow`")?;
    let slice = match text.parse::<u32>() {
        Ok(minutes) if minutes > 0 => DurationNs::from_nanos(u64::from(minutes) * MINUTE.nanos()),
        _ => reader.parse::<Shorthand>(node, "a duration", Code::BadWindow)?.value.duration(),
    };
    let whole = match window {
        Some(OpenWindow::Rolling(whole)) => *whole,
        Some(OpenWindow::Calendar { length, .. }) => length.duration(),
        None => return Some(slice),
    };
    if slice > whole {
        let message = format!("a slice of {slice} is longer than the window");
        let diagnostic = Diagnostic::new(Code::BadWindow, reader.place(node), message);
        reader.report(diagnostic.help("write a slice within the window, such as `timeSliceWindow: 5m`"));
        return None;
    }
    Some(slice)
}
