//! Indicators: valid and good attempts, as their expressions say, by minute where an SLO asks for minutes. Exact integers, whatever the order of
//! facts.

use crate::batch::FactBatch;
use crate::evaluate::Program;
use crate::tables::NameTables;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use milepost_model::{Minute, StepId};
use milepost_slo::{Counts, Indicator, IndicatorId};
use std::collections::BTreeMap;

/// Counts indicators; SLOs with one indicator share its counts.
#[derive(Debug, Default)]
pub struct IndicatorCounter {
    indicators: Vec<Counted>,
    /// Minutes of all indicators that may still be kept.
    minutes_left: usize,
    by_id: HashMap<IndicatorId, usize>,
    by_step: HashMap<StepId, Vec<usize>>,
}

#[derive(Debug)]
struct Counted {
    compiled: Compiled,
    by_minute: bool,
    /// Where only the sum is asked for, all of it stands in one minute.
    minutes: BTreeMap<Minute, Counts>,
    /// Events were in minutes beyond those that are kept.
    is_cut: bool,
}

#[derive(Debug)]
struct Compiled {
    valid: Program,
    good: Program,
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
            let (valid, good) = (Program::new(&indicator.valid, tables), Program::new(&indicator.good, tables));
            let (minutes, is_cut) = (BTreeMap::new(), false);
            counter.indicators.push(Counted { compiled: Compiled { valid, good }, by_minute, minutes, is_cut });
        }
        counter
    }

    /// Counts the given rows of a step for every indicator of it.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32], tables: &NameTables) {
        for at in self.by_step.get(&step).map_or(&[][..], |list| list) {
            let indicator = &mut self.indicators[*at];
            let (minutes, is_cut, by_minute) = (&mut indicator.minutes, &mut indicator.is_cut, indicator.by_minute);
            let left = &mut self.minutes_left;
            let add = |minute, counts| match minutes.get_mut(&minute) {
                Some(known) => Counts::add(known, counts),
                None if *left == 0 && by_minute => *is_cut = true,
                None => {
                    *left = left.saturating_sub(1);
                    minutes.insert(minute, counts);
                }
            };
            indicator.compiled.count((batch, tables), rows, by_minute, add, |_| {});
        }
    }

    /// Gives what the rows of a step add to the minutes of its indicators, by the position of each, for a caller that keeps the counts; and each row
    /// that is valid and not good, for one that tells why.
    pub fn each(
        &mut self,
        (batch, tables): (&FactBatch, &NameTables),
        step: StepId,
        rows: &[u32],
        mut each: impl FnMut(usize, Minute, Counts),
        mut bad: impl FnMut(usize, u32),
    ) {
        for at in self.by_step.get(&step).map_or(&[][..], |list| list) {
            let each = |minute, counts| each(*at, minute, counts);
            self.indicators[*at].compiled.count((batch, tables), rows, true, each, |row| bad(*at, row));
        }
    }

    /// The indicators by position.
    pub fn ids(&self) -> impl Iterator<Item = (usize, IndicatorId)> {
        self.by_id.iter().map(|(id, at)| (*at, *id))
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
    /// Gives what the rows add to each minute; to one for all of them, where minutes are not asked for. And each bad row.
    fn count(
        &mut self,
        (batch, tables): (&FactBatch, &NameTables),
        rows: &[u32],
        by_minute: bool,
        mut each: impl FnMut(Minute, Counts),
        mut bad: impl FnMut(u32),
    ) {
        let valid = self.valid.evaluate(batch, rows, tables);
        if valid.count_set_bits() == 0 {
            return;
        }
        let good = self.good.evaluate(batch, rows, tables);
        // Neighbours mostly fall into one minute, which is told once for all of them.
        let mut run = (Minute::new(0), Counts::default());
        for i in valid.set_indices() {
            let minute = if by_minute { batch.time(rows[i] as usize).minute() } else { Minute::new(0) };
            if minute != run.0 && run.1.valid > 0 {
                each(run.0, std::mem::take(&mut run.1));
            }
            run.0 = minute;
            run.1.valid += 1;
            if good.value(i) {
                run.1.good += 1;
            } else {
                bad(rows[i]);
            }
        }
        each(run.0, run.1);
    }
}
