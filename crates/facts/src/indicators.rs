//! Indicators: valid and good attempts, as their expressions say, by minute where an SLO asks for minutes. Exact integers, whatever the order of
//! facts.

use crate::batch::FactBatch;
use crate::evaluate::Program;
use crate::names::NameTables;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use milepost_model::{Minute, StepId};
use milepost_slo::{Counts, Indicator, IndicatorId};
use std::collections::BTreeMap;

/// Counts indicators; SLOs with one indicator share its counts.
#[derive(Debug, Default)]
pub struct IndicatorCounter {
    indicators: Vec<Compiled>,
    /// Minutes of all indicators that may still be kept.
    minutes_left: usize,
    by_id: HashMap<IndicatorId, usize>,
    by_step: HashMap<StepId, Vec<usize>>,
}

#[derive(Debug)]
struct Compiled {
    valid: Program,
    good: Program,
    by_minute: bool,
    /// Where only the sum is asked for, all of it stands in one minute.
    minutes: BTreeMap<Minute, Counts>,
    /// Events were in minutes beyond those that are kept.
    is_cut: bool,
}

/// Most minutes kept of all indicators together, four years of one: about 80 MiB.
const MAX_MINUTES: usize = 1 << 21;

impl IndicatorCounter {
    /// Compiles the indicators, each with the step that it is of, and whether it is asked for by minute.
    pub fn new<'i>(indicators: impl IntoIterator<Item = (StepId, &'i Indicator, bool)>, tables: &NameTables) -> Self {
        let mut counter = Self { minutes_left: MAX_MINUTES, ..Self::default() };
        for (step, indicator, by_minute) in indicators {
            let at = counter.indicators.len();
            match counter.by_id.entry(indicator.id()) {
                Entry::Occupied(known) => {
                    counter.indicators[*known.get()].by_minute |= by_minute;
                    continue;
                }
                Entry::Vacant(entry) => entry.insert(at),
            };
            counter.by_step.entry(step).or_default().push(at);
            counter.indicators.push(Compiled {
                valid: Program::new(&indicator.valid, tables),
                good: Program::new(&indicator.good, tables),
                by_minute,
                minutes: BTreeMap::new(),
                is_cut: false,
            });
        }
        counter
    }

    /// Counts the given rows of a step for every indicator of it.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32], tables: &NameTables) {
        for at in self.by_step.get(&step).map_or(&[][..], |list| list) {
            self.indicators[*at].count(batch, rows, tables, &mut self.minutes_left);
        }
    }

    /// The minutes of an indicator with valid events; one for all of them, where minutes were not asked for.
    pub fn minutes(&self, id: IndicatorId) -> Option<&BTreeMap<Minute, Counts>> {
        self.by_id.get(&id).map(|at| &self.indicators[*at].minutes)
    }

    /// Whether there were more minutes than are kept, so that the counts of the indicator are not whole.
    pub fn is_cut(&self, id: IndicatorId) -> bool {
        self.by_id.get(&id).is_some_and(|at| self.indicators[*at].is_cut)
    }
}

impl Compiled {
    fn count(&mut self, batch: &FactBatch, rows: &[u32], tables: &NameTables, minutes_left: &mut usize) {
        let valid = self.valid.evaluate(batch, rows, tables);
        if valid.count_set_bits() == 0 {
            return;
        }
        let good = self.good.evaluate(batch, rows, tables);
        // Neighbours mostly fall into one minute, which is looked up once for all of them.
        let mut minute = None;
        let mut run = Counts::default();
        for i in valid.set_indices() {
            let of = if self.by_minute { batch.time(rows[i] as usize).minute() } else { Minute::new(0) };
            if minute != Some(of) {
                self.flush(minute, &mut run, minutes_left);
                minute = Some(of);
            }
            run.valid += 1;
            run.good += u64::from(good.value(i));
        }
        self.flush(minute, &mut run, minutes_left);
    }

    fn flush(&mut self, minute: Option<Minute>, run: &mut Counts, minutes_left: &mut usize) {
        let Some(minute) = minute else { return };
        let counts = std::mem::take(run);
        match self.minutes.get_mut(&minute) {
            Some(known) => known.add(counts),
            None if *minutes_left == 0 && self.by_minute => self.is_cut = true,
            None => {
                *minutes_left = minutes_left.saturating_sub(1);
                self.minutes.insert(minute, counts);
            }
        }
    }
}
