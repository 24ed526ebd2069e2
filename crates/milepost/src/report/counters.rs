//! Counting what is read: batches in, everything that the report shows out.

use super::latency_parts::LatencyParts;
use crate::recording::Recording;
use milepost_facts::{
    Attempts, Bucket, Fact, FactBatch, FactBuilder, HarmCounter, IndicatorCounter, KpiCounter, KpiPlan, NameId,
    NameTables, Seen, SliceCounter, StepCounter, TimeSpan, TracedAttempt,
};
use milepost_flow::{Attempt, Closed, Derived, Incomplete, Shape, TraceRules, TraceStats, Traces, Verdict};
use milepost_ingest::Setup;
use milepost_model::{ClassId, DurationNs, Minute, Outcome, RuleId, StepId, Timestamp};
use milepost_registry::Registry;
use milepost_server::Received;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// How a series is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeriesBy {
    None,
    File,
    /// By spans of this length, aligned to 1970 in UTC.
    Span(DurationNs),
    /// By spans as long as a chart of the covered time can show: minutes, hours or days.
    Fitting,
}

/// Longest time that is shown by the minute, and longest that is shown by the hour.
const MAX_BY_MINUTE: DurationNs = DurationNs::from_seconds(3 * 3600);
const MAX_BY_HOUR: DurationNs = DurationNs::from_seconds(7 * 86_400);

/// The length of the spans by which a time is shown.
fn fitting(covered: DurationNs) -> DurationNs {
    match covered {
        covered if covered <= MAX_BY_MINUTE => DurationNs::from_seconds(60),
        covered if covered <= MAX_BY_HOUR => DurationNs::from_seconds(3600),
        _ => DurationNs::from_seconds(86_400),
    }
}

/// Everything that is counted while reading.
pub(crate) struct Counters<'r> {
    setup: &'r Setup,
    pub(crate) registry: &'r Registry,
    pub(crate) steps: StepCounter,
    pub(crate) indicators: IndicatorCounter,
    pub(crate) slices: SliceCounter,
    pub(crate) kpis: KpiCounter,
    /// Latency SLOs by part; nothing without a series.
    pub(crate) latency: LatencyParts,
    traces: Option<Traces>,
    pub(crate) verdicts: Verdicts,
    /// The same by file, where the series is by file.
    pub(crate) file_verdicts: BTreeMap<usize, Verdicts>,
    pub(crate) duplicates: u64,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    pub(crate) seen: Seen,
    /// When the first and the last failed attempt of users began, by step.
    pub(crate) failures: BTreeMap<StepId, (Timestamp, Timestamp)>,
    /// What the errors of operations did, where that is asked for.
    pub(crate) harm: Option<HarmCounter>,
    /// What is kept by minute to be gone through again, where that is asked for.
    pub(crate) recording: Option<Recording>,
    series: SeriesBy,
    /// How long the spans of the series are, where it is by spans.
    part: DurationNs,
    span: TimeSpan,
    attempts: Attempts,
    derived: FactBuilder,
}

/// What became of traces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdicts {
    /// Spans in traces that turned out to be attempts, which had no step by themselves.
    pub(crate) spans_by_trace: u64,
    /// Requests of users among those, by operation.
    pub(crate) requests_by_trace: BTreeMap<NameId, u64>,
    /// Traces that no rule fits, by what rules look at.
    pub(crate) unmatched: BTreeMap<Shape, u64>,
    /// Attempts by the trace rule that found them, by the position of the rule's id.
    pub(crate) by_rule: BTreeMap<usize, u64>,
    pub(crate) ambiguous: BTreeMap<Vec<StepId>, u64>,
    pub(crate) incomplete: BTreeMap<Incomplete, u64>,
}

impl Verdicts {
    /// Most shapes of traces kept apart: far more than people read.
    const MAX_SHAPES: usize = 1000;

    pub(crate) fn all_ambiguous(&self) -> u64 {
        self.ambiguous.values().sum()
    }

    pub(crate) fn all_incomplete(&self) -> u64 {
        self.incomplete.values().sum()
    }
}

impl<'r> Counters<'r> {
    pub(crate) fn new(setup: &'r Setup, tables: &NameTables, series: SeriesBy, span: TimeSpan) -> Self {
        let registry = &*setup.registry;
        let step_of = |slo: &'r milepost_slo::Slo| registry.step(&slo.product, &slo.indicator.path.step);
        let indicators =
            registry.slos.iter().filter_map(|slo| Some((step_of(slo)?, &slo.indicator, slo.needs_minutes())));
        Self {
            setup,
            registry,
            steps: StepCounter::default(),
            indicators: IndicatorCounter::new(indicators, tables),
            slices: SliceCounter::default(),
            kpis: KpiCounter::new(KpiPlan::new(registry, tables)),
            latency: LatencyParts::new(registry, tables),
            traces: Some(Traces::new(TraceRules::new(registry, &setup.annotator)).counting(span)),
            verdicts: Verdicts::default(),
            file_verdicts: BTreeMap::new(),
            duplicates: 0,
            first: None,
            last: None,
            seen: Seen::default(),
            failures: BTreeMap::new(),
            harm: None,
            recording: None,
            series,
            part: match series {
                SeriesBy::Span(length) => length,
                _ => fitting(DurationNs::from_seconds(0)),
            },
            span,
            attempts: Attempts::default(),
            derived: FactBuilder::new(tables),
        }
    }

    /// Attempts that trace rules made of traces come with the facts, and are not made again.
    pub(crate) fn traces_are_judged(&mut self) {
        let rules = TraceRules::new(self.registry, &self.setup.annotator);
        self.traces =
            Some(Traces::new(rules.with_attempts_told(RuleId::new(self.registry.rules.len()))).counting(self.span));
    }

    /// Traces that no rule speaks of are told as those that no rule fits.
    pub(crate) fn all_traces_are_told(&mut self) {
        self.traces = Some(Traces::new(TraceRules::new(self.registry, &self.setup.annotator).telling_all()));
    }

    /// Counts a batch read from a file, or that a server stored.
    pub(crate) fn add(&mut self, batch: &FactBatch, file: usize, received: Received<'_>, tables: &mut NameTables) {
        for row in 0..batch.len() {
            let time = batch.time(row);
            if self.span.contains(time) {
                self.first = Some(self.first.map_or(time, |first| first.min(time)));
                self.last = Some(self.last.map_or(time, |last| last.max(time)));
            }
        }
        self.fit_parts();
        if let Some(recording) = &mut self.recording {
            recording.hear(batch, received);
        }
        if let Some(harm) = &mut self.harm {
            let derived = RuleId::new(self.registry.rules.len());
            harm.count_events(batch, self.span, derived);
            harm.count_untraced(batch, self.span, derived);
        }
        self.count(batch, file, received, tables);
        self.with_traces(tables, |traces, closed| traces.add(batch, file, &mut |trace| closed(trace)));
    }

    /// Ends a file: traces that were quiet long enough by its newest event are judged.
    pub(crate) fn end_file(&mut self, tables: &mut NameTables) {
        self.with_traces(tables, |traces, closed| traces.advance_to_newest(&mut |trace| closed(trace)));
    }

    /// Ends everything: the open traces are judged as they are.
    pub(crate) fn finish(&mut self, tables: &mut NameTables) {
        self.with_traces(tables, |traces, closed| traces.finish(&mut |trace| closed(trace)));
    }

    /// What happened to traces beyond being judged.
    pub(crate) fn trace_stats(&self) -> TraceStats {
        self.traces.as_ref().map(Traces::stats).unwrap_or_default()
    }

    /// Does something with the open traces, and counts what closes in pieces, so that the closed ones are never all held at once.
    fn with_traces(&mut self, tables: &mut NameTables, act: impl FnOnce(&mut Traces, &mut dyn FnMut(Closed))) {
        const PIECE: usize = 1024;
        let Some(mut traces) = self.traces.take() else { return };
        let mut pending = Vec::with_capacity(PIECE);
        act(&mut traces, &mut |trace| {
            pending.push(trace);
            if pending.len() == PIECE {
                self.judged(&pending, tables);
                pending.clear();
            }
        });
        self.judged(&pending, tables);
        self.traces = Some(traces);
    }

    /// The minutes from the first to the last event.
    pub(crate) fn covered(&self) -> Option<RangeInclusive<Minute>> {
        Some(self.first?.minute()..=self.last?.minute())
    }

    /// How long the spans of the series are, where it is by spans.
    pub(crate) fn part(&self) -> Option<DurationNs> {
        matches!(self.series, SeriesBy::Span(_) | SeriesBy::Fitting).then_some(self.part)
    }

    /// Makes the spans of the series longer when the covered time has outgrown them. Longer ones are made of whole shorter ones, so that the
    /// series does not depend on the order of events.
    fn fit_parts(&mut self) {
        let (SeriesBy::Fitting, Some(first), Some(last)) = (self.series, self.first, self.last) else { return };
        let length = fitting(last.since(first));
        if length > self.part {
            self.part = length;
            let longer = |bucket| match bucket {
                Bucket::Start(time) => Bucket::Start(floor(time, length)),
                other => other,
            };
            self.steps.regroup(longer);
            self.latency.regroup(longer);
        }
    }

    fn count(&mut self, batch: &FactBatch, file: usize, received: Received<'_>, tables: &NameTables) {
        let mut attempts = std::mem::take(&mut self.attempts);
        attempts.split(batch, self.registry.steps.len(), self.span, Some(&mut self.seen));
        for (step, rows) in attempts.by_step() {
            self.steps.count(batch, step, rows, |_| Bucket::Total);
            self.indicators.count(batch, step, rows, tables);
            self.slices.count(batch, step, rows);
            self.kpis.count(batch, step, rows);
            if let Some(recording) = &mut self.recording {
                recording.count((batch, tables), step, rows, received);
            }
            self.note_failures(batch, step, rows);
            match self.series {
                SeriesBy::None => {}
                SeriesBy::File => self.count_parts((batch, tables), step, rows, |_| Bucket::File(file)),
                SeriesBy::Span(_) | SeriesBy::Fitting => {
                    let length = self.part;
                    self.count_parts((batch, tables), step, rows, |time| Bucket::Start(floor(time, length)));
                }
            }
        }
        for (step, rows) in attempts.duplicates() {
            self.duplicates += rows.len() as u64;
            if self.series == SeriesBy::File {
                self.count_parts((batch, tables), step, rows, |_| Bucket::File(file));
            }
        }
        self.attempts = attempts;
    }

    fn count_parts(
        &mut self,
        of: (&FactBatch, &NameTables),
        step: StepId,
        rows: &[u32],
        bucket: impl Fn(Timestamp) -> Bucket,
    ) {
        self.steps.count(of.0, step, rows, &bucket);
        self.latency.count(of, step, rows, bucket);
    }

    fn note_failures(&mut self, batch: &FactBatch, step: StepId, rows: &[u32]) {
        let failed = |row: &usize| matches!(batch.outcome(*row), Outcome::Failure | Outcome::Timeout);
        let users = rows.iter().map(|row| *row as usize).filter(|row| batch.class(*row) == ClassId::new(0));
        for time in users.filter(failed).map(|row| batch.time(row)) {
            let (first, last) = self.failures.entry(step).or_insert((time, time));
            (*first, *last) = ((*first).min(time), (*last).max(time));
        }
    }

    fn judged(&mut self, closed: &[Closed], tables: &mut NameTables) {
        let mut by_file: BTreeMap<usize, Vec<(&Closed, &Derived)>> = BTreeMap::new();
        for trace in closed {
            if !trace.is_late {
                self.verdicts.note(trace);
            }
            if self.series == SeriesBy::File {
                for file in &trace.files {
                    self.file_verdicts.entry(*file).or_default().note(trace);
                }
            }
            let traced = |attempt: &Attempt| TracedAttempt {
                step: attempt.step,
                outcome: attempt.outcome,
                is_counted: self.span.contains(attempt.time),
            };
            let is_of_users = |attempt: &&Attempt| attempt.class == ClassId::new(0);
            if let Some(harm) = &mut self.harm {
                let attempts: Vec<_> = trace.attempts.iter().filter(is_of_users).map(traced).collect();
                harm.count_trace(&trace.errors, &attempts);
            }
            let counts = |attempt: &&Attempt| {
                is_of_users(attempt) && self.span.contains(attempt.time) && attempt.outcome != Outcome::Abandoned
            };
            for attempt in trace.attempts.iter().filter(counts) {
                let failed = matches!(attempt.outcome, Outcome::Failure | Outcome::Timeout);
                for operation in &trace.failed_operations {
                    self.slices.count_failed_operation(attempt.step, *operation, failed);
                }
            }
            if let Verdict::Attempt(derived) = &trace.verdict {
                for file in &trace.files {
                    by_file.entry(*file).or_default().push((trace, derived));
                }
            }
        }
        for (file, attempts) in by_file {
            for (trace, derived) in attempts {
                let choice = derived.choice;
                let objective = self.setup.objective(choice.step, choice.objective);
                let fact = Fact { objective, ..derived.fact(trace.id, tables) };
                self.derived.push(&fact, &derived.dimensions);
            }
            let batch = self.derived.take();
            self.count(&batch, file, Received::Unknown, tables);
        }
    }
}

impl Verdicts {
    fn note(&mut self, trace: &Closed) {
        match &trace.verdict {
            Verdict::NotJudged => {}
            Verdict::Unmatched(shape) => {
                if self.unmatched.len() < Self::MAX_SHAPES || self.unmatched.contains_key(shape) {
                    *self.unmatched.entry(shape.clone()).or_default() += 1;
                }
            }
            Verdict::Ambiguous(steps) => *self.ambiguous.entry(steps.clone()).or_default() += 1,
            Verdict::Incomplete(reason) => *self.incomplete.entry(*reason).or_default() += 1,
            Verdict::Attempt(derived) => self.note_attempt(trace, derived.rule),
            Verdict::Told(rule) => self.note_attempt(trace, *rule),
        }
    }

    fn note_attempt(&mut self, trace: &Closed, rule: RuleId) {
        self.spans_by_trace += trace.spans_without_step as u64;
        for (operation, _) in &trace.requests_without_step {
            *self.requests_by_trace.entry(*operation).or_default() += 1;
        }
        *self.by_rule.entry(rule.index()).or_default() += 1;
    }
}

fn floor(time: Timestamp, length: DurationNs) -> Timestamp {
    let length = i64::try_from(length.nanos()).unwrap_or(i64::MAX).max(1);
    Timestamp::from_nanos(time.nanos().div_euclid(length) * length)
}
