//! Pages of what is suggested: one of all steps, or one a step.

use super::model::{CandidateAdvice, LatencyAdvice, SloAdvice, StepAdvice, Suggestions};
use crate::span::length;
use milepost_registry::show::{Cell, ColumnKind, Page, Sheet, Style};

/// One page for a single step in detail, or one that lists all.
pub(crate) fn pages(found: &Suggestions) -> Vec<Page> {
    match &found.steps[..] {
        [step] => vec![of_step(found, step)],
        steps => {
            let mut products: Vec<&str> = steps.iter().map(|step| step.product.as_str()).collect();
            products.dedup();
            let page = |product: &&str| {
                let of: Vec<&StepAdvice> = steps.iter().filter(|step| step.product == **product).collect();
                Page::new(product, "targets that make sense", vec![overview(found, &of), wrong(&of)])
            };
            products.iter().map(page).collect()
        }
    }
}

fn basis(found: &Suggestions, sheet: &mut Sheet) {
    sheet.note(&format!("History: {} to {}, {}.", found.from, found.to, length(found.minutes)));
    if !found.has_a_day {
        sheet.note("That is less than a day, which has nights and peaks: what is suggested holds for hours like these and for nothing else. Take a day at least, better four weeks.");
    } else if !found.has_a_window {
        sheet.note(&format!("That is less than the window of {}: what is said of one is what the recorded time says of it, with less certainty than a whole one gives.", found.window));
    }
    sheet.note(&format!("Supported: the next {} keep the target, with {} confidence, if they are like the recorded time. Unreachable: they miss it. Open: neither is sure.", found.window, found.confidence));
}

fn overview(found: &Suggestions, steps: &[&StepAdvice]) -> Sheet {
    let columns =
        ["step", "criticality", "attempts", "good", "next window at least", "asked for", "suggested", "latency"];
    let mut headings: Vec<(&str, ColumnKind)> = columns.map(|title| (title, ColumnKind::Words)).to_vec();
    headings.push(("to what is asked for", ColumnKind::Prose));
    let mut sheet = Sheet::new(&headings);
    for step in steps {
        let of = &step.availability;
        let latency = step
            .latency
            .as_ref()
            .map(|found| format!("{} within {}", found.target.as_deref().unwrap_or_default(), found.threshold));
        let at_least = if of.valid > 0 { of.at_least.as_str() } else { "" };
        sheet.row(
            false,
            [
                Cell::line(Style::Code, &step.step),
                Cell::plain(step.criticality),
                Cell::plain(&of.valid.to_string()),
                Cell::plain(&share(of.valid - of.bad, of.valid)),
                Cell::plain(at_least),
                Cell::plain(of.asked.as_deref().unwrap_or("nothing")),
                Cell::line(Style::Strong, of.suggested.as_deref().unwrap_or("none")),
                Cell::plain(latency.as_deref().unwrap_or("-")),
                Cell::plain(of.gap.as_deref().unwrap_or_default()),
            ],
        );
    }
    basis(found, &mut sheet);
    sheet.note("`--step NAME` gives each number with its reason.");
    sheet
}

/// SLOs that ask for a change.
fn wrong(steps: &[&StepAdvice]) -> Sheet {
    let slos: Vec<&SloAdvice> =
        steps.iter().flat_map(|step| &step.slos).filter(|slo| !slo.findings.is_empty()).collect();
    if slos.is_empty() {
        return Sheet::of_note("No SLO is out of reach, needlessly strict or without effect.").titled("SLOs to change");
    }
    let mut sheet = findings(&slos);
    sheet = sheet.titled("SLOs to change");
    sheet
}

fn findings(slos: &[&SloAdvice]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("SLO", ColumnKind::Words),
        ("promises", ColumnKind::Words),
        ("bad of all", ColumnKind::Words),
        ("is", ColumnKind::Words),
        ("why", ColumnKind::Prose),
    ]);
    for slo in slos {
        let style = if slo.findings.is_empty() { Style::Good } else { Style::Attention };
        let words: Vec<&str> = slo.findings.iter().map(|finding| finding.because.as_str()).collect();
        sheet.row(
            true,
            [
                Cell::line(Style::Code, &slo.name),
                Cell::lines(Style::Plain, [format!("{} over {}", slo.target, slo.window), slo.promise.clone()]),
                Cell::plain(&format!("{} of {}", slo.bad, slo.valid)),
                Cell::line(style, slo.standing),
                Cell::lines(Style::Plain, &words),
            ],
        );
    }
    sheet
}

fn of_step(found: &Suggestions, step: &StepAdvice) -> Page {
    let mut sheets = vec![availability(found, step)];
    if !step.availability.targets.is_empty() && step.availability.valid > 0 {
        sheets.push(candidates(&step.availability.targets));
    }
    sheets.push(latency(found, step));
    if step.slos.is_empty() {
        sheets.push(Sheet::of_note("The step has no SLO yet.").titled("What it promises"));
    } else {
        let slos: Vec<&SloAdvice> = step.slos.iter().collect();
        sheets.push(findings(&slos).titled("What it promises"));
    }
    Page::new(&format!("{}/{}", step.product, step.step), "targets that make sense", sheets)
}

fn availability(found: &Suggestions, step: &StepAdvice) -> Sheet {
    let of = &step.availability;
    let mut sheet = Sheet::of_properties("Availability");
    let suggested = of.suggested.as_deref().unwrap_or("none");
    sheet.property("suggested", Cell::line(Style::Strong, suggested).and(Style::Plain, [&of.because]));
    let asked = match (&of.asked, of.asked_because) {
        (Some(target), Some(because)) => format!("{target}, since the step is {}: {because}.", step.criticality),
        _ => format!("nothing, since the step's criticality is {}.", step.criticality),
    };
    sheet.property("asked for", Cell::plain(&asked));
    if of.valid > 0 {
        sheet.property(
            "recorded",
            Cell::plain(&format!(
                "{} good: {} of {} attempts were bad.",
                share(of.valid - of.bad, of.valid),
                of.bad,
                of.valid
            )),
        );
        sheet.property("how failures come", Cell::plain(&of.how));
        let next = format!(
            "at least {}, at most {}, each with {} confidence: the history and chance within the window together are worth {} attempts of which {} are bad.",
            of.at_least, of.at_most, found.confidence, of.worth, of.worth_bad
        );
        sheet.property(&format!("the next {}", found.window), Cell::plain(&next));
    }
    basis(found, &mut sheet);
    sheet
}

/// Targets around what matters: from the strictest two that are supported on, to the first two that are out of reach.
fn candidates(all: &[CandidateAdvice]) -> Sheet {
    let supported = all.iter().filter(|of| of.standing == "supported").count();
    let reachable = all.iter().filter(|of| of.standing != "unreachable").count();
    let is_near = |at: usize| at + 3 > supported && at < reachable + 2;
    let shown = all.iter().enumerate().filter(|(at, of)| is_near(*at) || of.is_marked.is_some());
    let window = all.first().map_or(0, |of| of.window_minutes);
    let met = format!("windows of {} that met it", length(window));
    let titles = ["target", "may be bad", "the next window", &met, "one after another", "share met, at least", ""];
    let mut sheet = Sheet::new(&titles.map(|title| (title, ColumnKind::Words))).titled("Targets");
    for (_, of) in shown {
        let style = match of.standing {
            "supported" => Style::Good,
            "unreachable" => Style::Attention,
            _ => Style::Plain,
        };
        sheet.row(
            false,
            [
                Cell::plain(&of.target),
                Cell::plain(&of.allowed_bad.to_string()),
                Cell::line(style, of.standing),
                Cell::plain(&format!("{} of {}", of.rolling_met, of.rolling)),
                Cell::plain(&format!("{} of {}", of.disjoint_met, of.disjoint)),
                Cell::plain(of.windows_at_least.as_deref().unwrap_or("-")),
                Cell::line(Style::Strong, of.is_marked.unwrap_or_default()),
            ],
        );
    }
    sheet.note("Windows begin with each minute, and share most of what they hold; those one after another share nothing, and the last column is what share of all windows meets the target at least, by those alone (Clopper and Pearson).");
    sheet
}

fn latency(found: &Suggestions, step: &StepAdvice) -> Sheet {
    let Some(first) = step.thresholds.first() else {
        return Sheet::of_note("No attempt with a duration was read: facts of spans and of logs that tell durations have them, the minute log has not.").titled("Latency");
    };
    let mut sheet =
        Sheet::new(&["within", "of successes", "the next window at least", ""].map(|title| (title, ColumnKind::Words)));
    sheet = sheet.titled("Latency");
    let suggested = step.latency.as_ref().map(|of| of.threshold_ms);
    for of in &step.thresholds {
        let mark = if suggested == Some(of.threshold_ms) { "suggested" } else { "" };
        sheet.row(false, row(of, mark));
    }
    let why = match (&step.latency, &first.target) {
        (Some(of), Some(target)) => format!(
            "Suggested is the shortest threshold within which the next {} keep {target}, which is asked of a step that is {}: {}.",
            found.window, step.criticality, of.threshold
        ),
        (None, Some(target)) => format!(
            "Within none of them the next {} keep {target}, which is asked of a step that is {}.",
            found.window, step.criticality
        ),
        _ => "Nothing is suggested, since the step's criticality asks for nothing.".to_owned(),
    };
    sheet.note(&why);
    sheet
}

fn row(of: &LatencyAdvice, mark: &str) -> [Cell; 4] {
    [
        Cell::plain(&of.threshold.to_string()),
        Cell::plain(&share(of.good, of.valid)),
        Cell::plain(&of.at_least),
        Cell::line(Style::Strong, mark),
    ]
}

/// A share to two digits of what is missing to the whole, rounded down.
fn share(good: u64, valid: u64) -> String {
    if valid == 0 {
        return "no data".to_owned();
    }
    if good == valid {
        return "100%".to_owned();
    }
    let nanos = u128::from(good) * 1_000_000_000 / u128::from(valid);
    let target = u64::try_from(nanos).ok().and_then(|nanos| milepost_model::Target::from_nanos(nanos).ok());
    target.map_or_else(|| "0%".to_owned(), |target| super::words::bound(target, false))
}
