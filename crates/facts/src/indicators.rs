//! Indicators by minute: valid and good attempts, as their expressions say. Exact integers, whatever the order of facts.

use crate::batch::FactBatch;
use crate::evaluate::Program;
use crate::names::NameTables;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use milepost_model::{Minute, StepId};
use milepost_slo::{Counts, Indicator, IndicatorId};
use std::collections::BTreeMap;

/// Counts indicators by minute; SLOs with one indicator share its counts.
#[derive(Debug, Default)]
pub struct IndicatorCounter {
    indicators: Vec<Compiled>,
    by_id: HashMap<IndicatorId, usize>,
    by_step: HashMap<StepId, Vec<usize>>,
}

#[derive(Debug)]
struct Compiled {
    valid: Program,
    good: Program,
    minutes: BTreeMap<Minute, Counts>,
}

impl IndicatorCounter {
    /// Compiles the indicators, each with the step that it is of.
    pub fn new<'i>(indicators: impl IntoIterator<Item = (StepId, &'i Indicator)>, tables: &NameTables) -> Self {
        let mut counter = Self::default();
        for (step, indicator) in indicators {
            let at = counter.indicators.len();
            let Entry::Vacant(entry) = counter.by_id.entry(indicator.id()) else { continue };
            entry.insert(at);
            counter.by_step.entry(step).or_default().push(at);
            counter.indicators.push(Compiled {
                valid: Program::new(&indicator.valid, tables),
                good: Program::new(&indicator.good, tables),
                minutes: BTreeMap::new(),
            });
        }
        counter
    }

    /// Counts the given rows of a step for every indicator of it.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32], tables: &NameTables) {
        for at in self.by_step.get(&step).map_or(&[][..], |list| list) {
            self.indicators[*at].count(batch, rows, tables);
        }
    }

    /// The minutes of an indicator with valid events.
    pub fn minutes(&self, id: IndicatorId) -> Option<&BTreeMap<Minute, Counts>> {
        self.by_id.get(&id).map(|at| &self.indicators[*at].minutes)
    }
}

impl Compiled {
    fn count(&mut self, batch: &FactBatch, rows: &[u32], tables: &NameTables) {
        let valid = self.valid.evaluate(batch, rows, tables);
        if valid.count_set_bits() == 0 {
            return;
        }
        let good = self.good.evaluate(batch, rows, tables);
        // Neighbours mostly fall into one minute, which is looked up once for all of them.
        let mut minute = None;
        let mut run = Counts::default();
        for i in valid.set_indices() {
            let of = batch.time(rows[i] as usize).minute();
            if minute != Some(of) {
                self.flush(minute, &mut run);
                minute = Some(of);
            }
            run.valid += 1;
            run.good += u64::from(good.value(i));
        }
        self.flush(minute, &mut run);
    }

    fn flush(&mut self, minute: Option<Minute>, run: &mut Counts) {
        if let Some(minute) = minute {
            self.minutes.entry(minute).or_default().add(std::mem::take(run));
        }
    }
}
