//! Counting: attempts by step, outcome and time, and indicators by minute. Exact integers, whatever the order of facts.

use crate::batch::FactBatch;
use crate::evaluate::Program;
use crate::names::NameTables;
use crate::sketch::Sketch;
use hashbrown::{HashMap, HashSet};
use milepost_model::{ClassId, Minute, Outcome, StepId, Timestamp};
use milepost_slo::{Counts, Indicator, IndicatorId};
use std::collections::BTreeMap;

/// The attempts of one batch: rows by step.
#[derive(Debug, Default)]
pub struct Attempts {
    by_step: Vec<Vec<u32>>,
    /// The same event again, as files that overlap bring it.
    duplicates: Vec<Vec<u32>>,
}

impl Attempts {
    /// Splits a batch by step, leaving out what does not stand for an attempt, what lies outside the time asked for, and (apart) what was
    /// seen before.
    pub fn split(&mut self, batch: &FactBatch, steps: usize, span: TimeSpan, seen: &mut Seen) {
        for rows in [&mut self.by_step, &mut self.duplicates] {
            rows.resize_with(steps, Vec::new);
            rows.iter_mut().for_each(Vec::clear);
        }
        for (row, (index, step)) in (0u32..).zip(batch.step.values().iter().enumerate()) {
            if *step == 0 || !batch.is_attempt(index) || !span.contains(batch.time(index)) {
                continue;
            }
            let is_new =
                batch.span(index) == 0 || seen.insert(batch.trace(index).1 ^ batch.span(index).rotate_left(32));
            let rows = if is_new { &mut self.by_step } else { &mut self.duplicates };
            rows[*step as usize - 1].push(row);
        }
    }

    /// The rows of each step that has any.
    pub fn by_step(&self) -> impl Iterator<Item = (StepId, &[u32])> {
        rows_of(&self.by_step)
    }

    /// The rows of each step that were seen before.
    pub fn duplicates(&self) -> impl Iterator<Item = (StepId, &[u32])> {
        rows_of(&self.duplicates)
    }
}

fn rows_of(rows: &[Vec<u32>]) -> impl Iterator<Item = (StepId, &[u32])> {
    rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty()).map(|(step, rows)| (StepId::new(step), &rows[..]))
}

/// A span of time: from, to (not included); either may be open.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeSpan {
    /// The first instant.
    pub from: Option<Timestamp>,
    /// The instant after the last.
    pub to: Option<Timestamp>,
}

impl TimeSpan {
    /// Whether an instant lies in it.
    pub fn contains(self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time < to)
    }
}

/// Fingerprints of the events seen last, in two generations so that its memory is bounded.
#[derive(Debug, Default)]
pub struct Seen {
    current: HashSet<u64>,
    previous: HashSet<u64>,
    forgotten: bool,
}

impl Seen {
    /// Fingerprints a generation holds: two of them take about 64 MiB.
    const GENERATION: usize = 2_000_000;

    /// Notes a fingerprint; whether it is new.
    pub fn insert(&mut self, fingerprint: u64) -> bool {
        if self.previous.contains(&fingerprint) || !self.current.insert(fingerprint) {
            return false;
        }
        if self.current.len() >= Self::GENERATION {
            self.forgotten |= !self.previous.is_empty();
            self.previous = std::mem::take(&mut self.current);
        }
        true
    }

    /// Whether some were forgotten, so that a duplicate of long ago would have counted.
    pub fn has_forgotten(&self) -> bool {
        self.forgotten
    }
}

/// What attempts are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepKey {
    /// The step.
    pub step: StepId,
    /// The traffic class.
    pub class: ClassId,
}

/// A part of a series: a span of time by its start, or a file by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Everything.
    Total,
    /// A span of time that starts here.
    Start(Timestamp),
    /// A file.
    File(usize),
}

/// How attempts ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    counts: [u64; 4],
    /// Successes that were answered with a 4xx status, shown beside the ratio.
    pub client_errors: u64,
    /// How long attempts took that ended with success.
    pub latency: Sketch,
}

impl Outcomes {
    /// How many ended so.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// All attempts.
    pub fn all(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Failures and timeouts.
    pub fn failed(&self) -> u64 {
        self.of(Outcome::Failure) + self.of(Outcome::Timeout)
    }

    /// As availability counts them: the abandoned left out.
    pub fn availability(&self) -> Counts {
        Counts { valid: self.all() - self.of(Outcome::Abandoned), good: self.of(Outcome::Success) }
    }
}

/// Counts attempts by step, class and part of a series.
#[derive(Debug, Default)]
pub struct StepCounter {
    counts: HashMap<(StepKey, Bucket), Outcomes>,
}

impl StepCounter {
    /// Counts the given rows of a step into the bucket that `bucket` names for each time.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32], bucket: impl Fn(Timestamp) -> Bucket) {
        let mut rows = rows.iter().map(|row| *row as usize).peekable();
        // Neighbours mostly fall into one bucket, which is looked up once for all of them.
        while let Some(first) = rows.next() {
            let key = (StepKey { step, class: batch.class(first) }, bucket(batch.time(first)));
            let outcomes = self.counts.entry(key).or_default();
            outcomes.add(batch, first);
            while let Some(next) =
                rows.next_if(|row| (StepKey { step, class: batch.class(*row) }, bucket(batch.time(*row))) == key)
            {
                outcomes.add(batch, next);
            }
        }
    }

    /// What was counted in one bucket.
    pub fn get(&self, key: StepKey, bucket: Bucket) -> Option<&Outcomes> {
        self.counts.get(&(key, bucket))
    }

    /// Everything counted, in order of step, class and bucket.
    pub fn sorted(&self) -> BTreeMap<(StepKey, Bucket), &Outcomes> {
        self.counts.iter().map(|(key, outcomes)| (*key, outcomes)).collect()
    }
}

impl Outcomes {
    fn add(&mut self, batch: &FactBatch, row: usize) {
        let outcome = batch.outcome(row);
        self.counts[outcome as usize] += 1;
        if outcome == Outcome::Success {
            if (400..500).contains(&batch.http_status(row)) {
                self.client_errors += 1;
            }
            if let Some(duration) = batch.duration(row) {
                self.latency.record(duration);
            }
        }
    }
}

/// Counts indicators by minute; SLOs with one indicator share its counts.
#[derive(Debug)]
pub struct IndicatorCounter {
    indicators: Vec<Compiled>,
    by_step: HashMap<StepId, Vec<usize>>,
}

#[derive(Debug)]
struct Compiled {
    id: IndicatorId,
    valid: Program,
    good: Program,
    minutes: BTreeMap<Minute, Counts>,
}

impl IndicatorCounter {
    /// Compiles the indicators, each with the step that it is of.
    pub fn new<'i>(indicators: impl IntoIterator<Item = (StepId, &'i Indicator)>, tables: &NameTables) -> Self {
        let mut counter = Self { indicators: Vec::new(), by_step: HashMap::new() };
        for (step, indicator) in indicators {
            let id = indicator.id();
            if counter.indicators.iter().any(|known| known.id == id) {
                continue;
            }
            counter.by_step.entry(step).or_default().push(counter.indicators.len());
            let valid = Program::new(&indicator.valid, tables);
            let good = Program::new(&indicator.good, tables);
            counter.indicators.push(Compiled { id, valid, good, minutes: BTreeMap::new() });
        }
        counter
    }

    /// Counts the given rows of a step for every indicator of it.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32], tables: &NameTables) {
        for at in self.by_step.get(&step).map_or(&[][..], |list| list) {
            let indicator = &mut self.indicators[*at];
            let valid = indicator.valid.evaluate(batch, rows, tables);
            if valid.count_set_bits() == 0 {
                continue;
            }
            let good = &valid & &indicator.good.evaluate(batch, rows, tables);
            let mut minute = None;
            let mut run = Counts::default();
            for i in valid.set_indices() {
                let of = batch.time(rows[i] as usize).minute();
                if minute != Some(of) {
                    flush(&mut indicator.minutes, minute, &mut run);
                    minute = Some(of);
                }
                run.valid += 1;
                run.good += u64::from(good.value(i));
            }
            flush(&mut indicator.minutes, minute, &mut run);
        }
    }

    /// The minutes of an indicator with valid events.
    pub fn minutes(&self, id: IndicatorId) -> Option<&BTreeMap<Minute, Counts>> {
        self.indicators.iter().find(|indicator| indicator.id == id).map(|indicator| &indicator.minutes)
    }
}

fn flush(minutes: &mut BTreeMap<Minute, Counts>, minute: Option<Minute>, run: &mut Counts) {
    if let Some(minute) = minute {
        minutes.entry(minute).or_default().add(std::mem::take(run));
    }
}
