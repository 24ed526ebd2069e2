//! From counters to the report.

use super::counters::Counters;
use super::model::{
    Ambiguous, Between, Covered, Excluded, FailedInput, FileInput, Input, Interval, Latency, Point, PointSlo,
    RejectedExample, Report, SloPart, SloReport, StepReport,
};
use crate::reading::{Read, removed};
use milepost_facts::{Bucket, NameTables, Names, Outcomes, Sketch, StepKey};
use milepost_ingest::Stats;
use milepost_model::{
    AmountError, ClassId, Dimension, DimensionSource, DurationNs, Minute, Outcome, Step, StepId, Target, TrafficClass,
};
use milepost_registry::Registry;
use milepost_server::attribution::SliceBody;
use milepost_server::kpis::KpiBody;
use milepost_slo::{Budget, Counting, Counts, Method, Period, Recorded, SliType, Slo, Terms, Verdict, wilson};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// The share of abandoned attempts above which availability says nothing.
const MAX_ABANDONED: f64 = 0.05;

/// What was read of one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileCounts {
    pub(crate) name: String,
    pub(crate) events: u64,
    pub(crate) rejected: u64,
}

/// Builds the report of everything counted.
pub(crate) fn build(read: &Read<'_>) -> Report {
    let Read { recorder, counters, .. } = read;
    let (tables, stats, registry) = (&recorder.tables, &recorder.stats, counters.registry);
    let series = series(counters, &read.files);
    Report {
        products: registry.products.iter().map(|p| p.title.clone()).collect(),
        covered: covered(counters),
        input: input(read),
        steps: ordered_steps(registry)
            .into_iter()
            .flat_map(|step| step_rows(step, (counters, &read.files), tables))
            .collect(),
        kpis: kpis(counters),
        series,
        series_part: counters.part(),
        notes: read
            .removed_before
            .map(removed)
            .into_iter()
            .chain(notes(counters, tables, (stats, &read.files)))
            .collect(),
    }
}

fn kpis(counters: &Counters<'_>) -> Vec<KpiBody> {
    let all = counters.registry.products.iter().flat_map(|of| of.kpis.iter().map(move |kpi| (&of.name, kpi)));
    all.zip(counters.kpis.sums()).map(|((product, kpi), sum)| KpiBody::new(product, kpi, sum)).collect()
}

fn covered(counters: &Counters<'_>) -> Option<Covered> {
    let minutes = counters.covered()?;
    let length = minutes.end().number() - minutes.start().number() + 1;
    Some(Covered {
        from: counters.first?.to_string(),
        to: counters.last?.to_string(),
        minutes: u64::try_from(length).unwrap_or(0),
    })
}

fn input(read: &Read<'_>) -> Input {
    let Read { recorder, counters, files, bytes, failed, is_stored, .. } = read;
    let (stats, registry) = (&recorder.stats, counters.registry);
    let verdicts = &counters.verdicts;
    let by_trace = verdicts.spans_by_trace.min(stats.unannotated());
    let with_verdicts = |index: usize, file: &FileCounts| {
        let of_file = counters.file_verdicts.get(&index).cloned().unwrap_or_default();
        FileInput {
            file: file.name.clone(),
            events: file.events,
            rejected: file.rejected,
            ambiguous: of_file.all_ambiguous(),
            incomplete: of_file.all_incomplete(),
            ambiguous_between: ambiguous(&of_file.ambiguous, registry),
        }
    };
    let per_file = !counters.file_verdicts.is_empty() || files.len() > 1;
    Input {
        files: files.len(),
        is_stored: *is_stored,
        bytes: *bytes,
        events: stats.events,
        annotated: stats.annotated + by_trace,
        unannotated: stats.unannotated() - by_trace,
        unannotated_machines: stats.unannotated_machines.min(stats.unannotated() - by_trace),
        ambiguous: verdicts.all_ambiguous(),
        incomplete: verdicts.all_incomplete(),
        duplicates: counters.duplicates,
        outside: stats.outside,
        rejected: stats.rejected.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
        rejected_examples: (stats.examples.iter())
            .map(|e| RejectedExample {
                file: e.file.clone(),
                line: e.line,
                reason: e.reason.to_owned(),
                text: e.text.clone(),
            })
            .collect(),
        failed_files: (failed.iter())
            .map(|file| FailedInput { file: file.name.clone(), error: file.error.clone() })
            .collect(),
        ambiguous_between: ambiguous(&verdicts.ambiguous, registry),
        classes: (registry.classes.iter().zip(&stats.classes))
            .filter(|(_, count)| **count > 0)
            .map(|(class, count)| (class.to_string(), *count))
            .collect(),
        by_file: if per_file {
            files.iter().enumerate().map(|(index, file)| with_verdicts(index, file)).collect()
        } else {
            Vec::new()
        },
    }
}

fn ambiguous(by_steps: &BTreeMap<Vec<StepId>, u64>, registry: &Registry) -> Vec<Ambiguous> {
    let names = |steps: &[StepId]| steps.iter().map(|s| registry.steps[s.index()].name.to_string()).collect();
    by_steps.iter().map(|(steps, traces)| Ambiguous { steps: names(steps), traces: *traces }).collect()
}

/// Steps in the order in which people meet them: by objective and its steps, then those of none.
fn ordered_steps(registry: &Registry) -> Vec<StepId> {
    let mut seen = BTreeSet::new();
    let used =
        registry.objectives.iter().flat_map(|o| o.steps.iter().filter_map(|u| registry.step(&o.product, &u.step)));
    let all = (0..registry.steps.len()).map(StepId::new);
    used.chain(all).filter(|step| seen.insert(*step)).collect()
}

fn step_rows(step: StepId, (counters, files): (&Counters<'_>, &[FileCounts]), tables: &NameTables) -> Vec<StepReport> {
    let of = |class: usize| counters.steps.get(StepKey { step, class: ClassId::new(class) }, Bucket::Total);
    let classes = &counters.registry.classes;
    // A step is always shown for its users, also when there were none.
    let shown = (0..classes.len()).filter(|class| *class == 0 || of(*class).is_some());
    let all: u64 = (0..classes.len()).filter_map(of).map(Outcomes::all).sum();
    let nothing = Outcomes::default();
    shown
        .map(|class| {
            let mut row = step_row(step, ClassId::new(class), of(class).unwrap_or(&nothing), (counters, files), tables);
            let others = (0..classes.len()).filter(|other| *other != class);
            row.excluded.classes =
                others.filter_map(|other| Some((classes[other].to_string(), share(of(other)?.all(), all)?))).collect();
            row
        })
        .collect()
}

fn step_row(
    id: StepId,
    class: ClassId,
    outcomes: &Outcomes,
    (counters, files): (&Counters<'_>, &[FileCounts]),
    tables: &NameTables,
) -> StepReport {
    let registry = counters.registry;
    let step = &registry.steps[id.index()];
    let counts = outcomes.availability();
    let abandoned = outcomes.of(Outcome::Abandoned);
    let class_name = &registry.classes[class.index()];
    StepReport {
        product: step.product.to_string(),
        step: step.name.to_string(),
        title: step.title.clone(),
        objectives: registry.objectives_of(step).map(|o| o.name.to_string()).collect(),
        method: Method::Service.as_str(),
        class: class_name.to_string(),
        valid: counts.valid,
        good: counts.good,
        failed: outcomes.failed(),
        abandoned,
        client_errors: outcomes.client_errors,
        ratio: counts.ratio(),
        interval: interval(counts),
        excluded: Excluded { abandoned: share(abandoned, outcomes.all()), classes: BTreeMap::new() },
        latency_ms: latency(&outcomes.latency),
        slos: slos_of(step, class_name, registry).map(|slo| slo_report(slo, outcomes, (counters, files))).collect(),
        explained_by: match class == ClassId::new(0) {
            true => counters.slices.explain(id, tables).iter().map(|slice| SliceBody::new(slice, tables)).collect(),
            false => Vec::new(),
        },
        failures_between: (class == ClassId::new(0)).then(|| between(counters, id)).flatten(),
        outcomes: step.outcomes.to_string(),
    }
}

fn between(counters: &Counters<'_>, step: StepId) -> Option<Between> {
    let (first, last) = counters.failures.get(&step)?;
    Some(Between { from: first.to_string(), to: last.to_string() })
}

#[expect(clippy::cast_precision_loss, reason = "shown to a few digits")]
fn nanos_to_events(nanos: u128) -> f64 {
    nanos as f64 / 1e9
}

fn slo_report(slo: &Slo, outcomes: &Outcomes, (counters, files): (&Counters<'_>, &[FileCounts])) -> SloReport {
    let indicator = &slo.indicator;
    let nothing = BTreeMap::new();
    let minutes = counters.indicators.minutes(indicator.id()).unwrap_or(&nothing);
    let counts = units(slo, minutes, counters.covered());
    let budget = Budget::new(slo.target, counts);
    let is_cut = counters.indicators.is_cut(indicator.id());
    let unknown_because = if is_cut {
        Some("the time is longer than minutes are kept for: ask for less with `--from` and `--to`".to_owned())
    } else {
        unknown(slo, counts, outcomes)
    };
    let verdict = if unknown_because.is_some() { Verdict::Unknown } else { budget.verdict() };
    SloReport {
        name: slo.name.to_string(),
        sli: indicator.sli.as_str().to_owned(),
        threshold_ms: match indicator.sli {
            SliType::Latency(threshold) => Some(millis(threshold)),
            _ => None,
        },
        target: slo.target.to_string(),
        window: slo.window.to_string(),
        valid: counts.valid,
        good: counts.good,
        ratio: counts.ratio(),
        interval: interval(counts),
        is_clear: wilson(counts.good, counts.valid).is_some_and(|i| !(i.low..=i.high).contains(&ratio_of(slo.target))),
        verdict: verdict.as_str(),
        unknown_because,
        budget_spent: budget.spent(),
        allowed_bad: nanos_to_events(budget.allowed_bad_nanos()),
        worst_parts: if verdict == Verdict::Missed { worst_parts(slo, counters, files) } else { Vec::new() },
        valid_when: indicator.valid.to_string(),
        good_when: indicator.good.to_string(),
    }
}

/// What the covered time has of an SLO's units, as a server counts them.
fn units(slo: &Slo, minutes: &BTreeMap<Minute, Counts>, covered: Option<RangeInclusive<Minute>>) -> Counts {
    if !slo.needs_minutes() {
        let mut sum = Counts::default();
        minutes.values().for_each(|counts| sum.add(*counts));
        return sum;
    }
    let (Some(covered), Ok(counting)) = (covered, Counting::of_terms(&Terms::of(slo))) else {
        return Counts::default();
    };
    let period = Period::new(*covered.start(), Minute::new(covered.end().number() + 1));
    Recorded(minutes).units(&counting, period)
}

/// The parts in which a latency SLO was missed, those with most slow attempts first.
fn worst_parts(slo: &Slo, counters: &Counters<'_>, files: &[FileCounts]) -> Vec<SloPart> {
    /// More are in the series.
    const MOST: usize = 3;
    let mut parts: Vec<_> =
        counters.latency.of(slo.indicator.id()).filter(|(_, counts)| is_below(slo, *counts)).collect();
    parts.sort_by_key(|(part, counts)| (std::cmp::Reverse(counts.valid - counts.good), *part));
    let told = |(part, counts): (Bucket, Counts)| {
        let (start, file) = place(part, files)?;
        Some(SloPart { part: start.or(file)?, valid: counts.valid, good: counts.good })
    };
    parts.into_iter().take(MOST).filter_map(told).collect()
}

fn is_below(slo: &Slo, counts: Counts) -> bool {
    share(counts.good, counts.valid).is_some_and(|ratio| ratio < ratio_of(slo.target))
}

/// When a part begins, or its file; nothing of all together.
fn place(part: Bucket, files: &[FileCounts]) -> Option<(Option<String>, Option<String>)> {
    match part {
        Bucket::Total => None,
        Bucket::Start(time) => Some((Some(time.to_string()), None)),
        Bucket::File(index) => Some((None, files.get(index).map(|file| file.name.clone()))),
    }
}

fn unknown(slo: &Slo, counts: Counts, outcomes: &Outcomes) -> Option<String> {
    if slo.indicator.method != Method::Service {
        return Some(format!("{} measurements are not read yet", slo.indicator.method.as_str()));
    }
    if counts.valid == 0 {
        return Some(match slo.indicator.sli {
            SliType::Latency(_) if outcomes.all() > 0 => "no success with a duration".to_owned(),
            _ => "no data".to_owned(),
        });
    }
    let abandoned = share(outcomes.of(Outcome::Abandoned), outcomes.all()).unwrap_or(0.0);
    let is_availability = slo.indicator.sli == SliType::Availability;
    (is_availability && abandoned > MAX_ABANDONED).then(|| {
        format!("{:.1}% of the attempts were abandoned, more than {:.0}%", abandoned * 100.0, MAX_ABANDONED * 100.0)
    })
}

fn series(counters: &Counters<'_>, files: &[FileCounts]) -> Vec<Point> {
    let registry = counters.registry;
    let mut points = Vec::new();
    for ((key, bucket), outcomes) in counters.steps.sorted() {
        let Some((start, file)) = place(bucket, files) else { continue };
        let step: &Step = &registry.steps[key.step.index()];
        let counts = outcomes.availability();
        points.push(Point {
            product: step.product.to_string(),
            step: step.name.to_string(),
            class: registry.classes[key.class.index()].to_string(),
            start,
            file,
            valid: counts.valid,
            good: counts.good,
            failed: outcomes.failed(),
            abandoned: outcomes.of(Outcome::Abandoned),
            is_low: counters.steps.get(key, Bucket::Total).is_some_and(|all| is_low(counts, all.availability())),
            latency_ms: latency(&outcomes.latency),
            slos: slos_of(step, &registry.classes[key.class.index()], registry)
                .filter_map(|slo| Some(point_slo(slo, counters.latency.get(slo.indicator.id(), bucket)?)))
                .collect(),
        });
    }
    points
}

fn point_slo(slo: &Slo, counts: Counts) -> PointSlo {
    PointSlo { name: slo.name.to_string(), valid: counts.valid, good: counts.good, is_below: is_below(slo, counts) }
}

/// The SLOs of a step in a class.
fn slos_of<'r>(step: &'r Step, class: &'r TrafficClass, registry: &'r Registry) -> impl Iterator<Item = &'r Slo> {
    let of_step = |slo: &&Slo| slo.product == step.product && slo.indicator.path.step == step.name;
    registry.slos.iter().filter(move |slo| of_step(slo) && slo.indicator.class == *class)
}

/// Whether a part is clearly worse than the whole that it belongs to.
pub(super) fn is_low(part: Counts, whole: Counts) -> bool {
    let ratio = share(whole.good, whole.valid);
    interval(part).zip(ratio).is_some_and(|(interval, ratio)| interval.high < ratio)
}

fn notes(counters: &Counters<'_>, tables: &NameTables, (stats, files): (&Stats, &[FileCounts])) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(strangers(counters, tables, stats));
    let roots: BTreeSet<String> = counters.registry.trace_rules.iter().map(|rule| rule.root.to_string()).collect();
    for (operation, count) in &stats.undecided {
        let name = tables.operations.text(*operation).unwrap_or("unknown");
        // The traces of those tell.
        if !roots.contains(name) {
            notes.push(format!(
                "{count} requests at `{name}` count for no step: several are measured there, and neither a rule nor an annotation says which"
            ));
        }
    }
    for (service, count) in &stats.other_signal {
        let name = tables.services.text(*service).unwrap_or("unknown");
        notes.push(format!(
            "{count} events of `{name}` at measuring points were not counted: the registry says that it is measured by the other signal \
             (see `accessLog` and `measuredBy` of the service)"
        ));
    }
    notes.extend(empty_dimensions(counters.registry, tables, stats));
    notes.extend(refused_amounts(tables, stats));
    notes.extend(kpis(counters).iter().filter_map(no_number));
    if counters.duplicates > 0 {
        notes.push(format!(
            "{} attempts were read more than once (the same trace and span) and are counted once",
            counters.duplicates
        ));
    }
    for (reason, count) in &counters.verdicts.incomplete {
        notes.push(format!(
            "{count} traces are incomplete ({}): they may be cut by the border of a file or of the time asked for, and count neither way",
            reason.as_str()
        ));
    }
    if counters.steps.beyond() > 0 {
        notes.push(format!(
            "the series has more parts than are kept: {} attempts are in the totals but in no part; ask for longer parts, or for less with `--from` and `--to`",
            counters.steps.beyond()
        ));
    }
    notes.extend(records(stats, files));
    let traces = counters.trace_stats();
    if traces.forced > 0 {
        notes.push(format!("{} traces were judged early because memory for open traces ran short", traces.forced));
    }
    if traces.late_spans > 0 {
        notes
            .push(format!("{} spans came after their trace had been judged, and count neither way", traces.late_spans));
    }
    if counters.seen.has_forgotten() {
        notes.push(
            "there were more attempts than are remembered: duplicates far apart may have counted twice".to_owned(),
        );
    }
    notes
}

/// What was borne with in lines and spans.
fn records(stats: &Stats, files: &[FileCounts]) -> Vec<String> {
    let mut notes = Vec::new();
    let counted = |count: u64, one: &str, several: &str| format!("{count} {}", if count == 1 { one } else { several });
    if stats.trailing > 0 {
        let lines = counted(stats.trailing, "line has", "lines have");
        notes.push(format!("{lines} stray text after the last field: the text was ignored and the request counted"));
    }
    if stats.cut > 0 {
        let lines = counted(stats.cut, "line ends", "lines end");
        let first = stats.first_cut.and_then(|(file, line)| Some((&files.get(file)?.name, line)));
        let first = first.map_or_else(String::new, |(file, line)| format!(" (the first: {file}:{line})"));
        notes.push(format!("{lines} before the last field{first}: what is there was counted"));
    }
    if stats.lossy > 0 {
        let lines = counted(stats.lossy, "line is", "lines are");
        notes.push(format!("{lines} not UTF-8: bytes that are not were replaced"));
    }
    if stats.ends_before_start > 0 {
        let spans = counted(stats.ends_before_start, "span ends", "spans end");
        notes.push(format!("{spans} before it starts: taken to last no time"));
    }
    notes
}

/// Numbers of KPIs that could not be counted.
fn refused_amounts(tables: &NameTables, stats: &Stats) -> Vec<String> {
    let note = |((at, why), count): (&(usize, AmountError), &u64)| {
        let kpi = tables.kpi_names.get(*at)?;
        let numbers = if *count == 1 { "1 number is" } else { "numbers are" };
        let numbers = if *count == 1 { numbers.to_owned() } else { format!("{count} {numbers}") };
        Some(format!("{numbers} left out of the KPI `{kpi}`: {why}; the attempts count"))
    };
    stats.amounts_refused.iter().filter_map(note).collect()
}

/// A KPI whose number no success carried: probably misspelt.
fn no_number(kpi: &KpiBody) -> Option<String> {
    let value = kpi.value.as_ref().filter(|_| kpi.counted == 0 && kpi.without > 0)?;
    Some(format!("KPI `{}` reads {value}: none of {} successes carried it", kpi.kpi, kpi.without))
}

/// Dimensions that no event had a value for: probably misspelt.
fn empty_dimensions(registry: &Registry, tables: &NameTables, stats: &Stats) -> Vec<String> {
    let is_empty = |values: &Names| values.is_empty() && stats.events > 0;
    let empty = registry.dimensions().into_iter().zip(&tables.dimensions).filter(|(_, values)| is_empty(values));
    let note = |(dimension, _): (&Dimension, _)| {
        let source = match &dimension.source {
            DimensionSource::Attribute(key) => format!("`{key}`"),
            DimensionSource::Header(name) => format!("the header `{name}`"),
            DimensionSource::Query(name) => format!("the query parameter `{name}`"),
        };
        format!("dimension `{}` reads {source}: no event carried it", dimension.name)
    };
    empty.map(note).collect()
}

/// Says so when nothing that was read serves a step and none of the services is of the registry: probably the wrong registry, or the wrong files.
fn strangers(counters: &Counters<'_>, tables: &NameTables, stats: &Stats) -> Option<String> {
    const TOLD: usize = 5;
    if stats.events == 0 || stats.annotated > 0 || counters.verdicts.spans_by_trace > 0 {
        return None;
    }
    let seen: Vec<&str> = tables.services.observed().collect();
    let names = seen.iter().take(TOLD).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = if seen.len() > TOLD { ", ..." } else { "" };
    (!seen.is_empty())
        .then(|| format!("the registry has no service of these names, which the telemetry says: {names}{more}"))
}

fn latency(sketch: &Sketch) -> Option<Latency> {
    let at = |per_mille| sketch.quantile(per_mille).map(millis);
    Some(Latency { p50: at(500)?, p95: at(950)?, p99: at(990)?, relative_error: Sketch::RELATIVE_ERROR })
}

#[expect(clippy::cast_precision_loss, reason = "compared with an interval, which is as exact")]
fn ratio_of(target: Target) -> f64 {
    target.nanos() as f64 / Target::ONE as f64
}

fn interval(counts: Counts) -> Option<Interval> {
    wilson(counts.good, counts.valid).map(|i| Interval { low: i.low, high: i.high })
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds are shown to a few digits")]
fn millis(duration: DurationNs) -> f64 {
    duration.nanos() as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
