//! What attempts of users carried for KPIs, minute by minute, of the steps and KPIs that are asked for.

use milepost_facts::{FactBatch, NameTables};
use milepost_impact::Values;
use milepost_model::{ClassId, Kpi, Minute, Name, Outcome, StepId};
use milepost_server::Cell;
use std::collections::BTreeMap;

/// Of successes, and of failures.
pub(crate) type KeptAndBad = [Values; 2];

/// Amounts of steps.
#[derive(Debug, Default)]
pub(crate) struct Amounts {
    all: BTreeMap<(StepId, Name), Carried>,
}

/// The amounts of one KPI at one step.
#[derive(Debug, Default)]
struct Carried {
    /// Its place among the amounts of facts.
    at: Option<usize>,
    minutes: BTreeMap<Minute, KeptAndBad>,
}

impl Amounts {
    /// Nothing counted yet of these.
    pub(super) fn new(wanted: &[(StepId, &Kpi)], tables: &NameTables) -> Self {
        let carried = wanted.iter().map(|(step, kpi)| {
            let at = tables.kpi_names.iter().position(|name| *name == kpi.name);
            ((*step, kpi.name.clone()), Carried { at, minutes: BTreeMap::new() })
        });
        Self { all: carried.collect() }
    }

    pub(super) fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32]) {
        for (_, carried) in self.all.iter_mut().filter(|((of, _), _)| *of == step) {
            let Some(at) = carried.at else { continue };
            for row in rows.iter().map(|row| *row as usize).filter(|row| batch.class(*row) == ClassId::new(0)) {
                let place = match batch.outcome(row) {
                    Outcome::Success => 0,
                    Outcome::Failure | Outcome::Timeout => 1,
                    Outcome::Abandoned => continue,
                };
                if let Some(amount) = batch.amount(at, row) {
                    carried.minutes.entry(batch.time(row).minute()).or_default()[place].add(amount);
                }
            }
        }
    }

    /// Adds what the minute log of a server has of a minute, where it is asked for.
    pub(super) fn add(&mut self, step: StepId, (kpi, is_kept): (&str, bool), minute: Minute, cell: &Cell) {
        let of = self.all.iter_mut().find(|((of, name), _)| *of == step && name.as_str() == kpi);
        if let Some((_, carried)) = of {
            carried.minutes.entry(minute).or_default()[usize::from(!is_kept)].merge(&Values::from_numbers(*cell));
        }
    }

    /// Puts those of a log in the place of what there is of an hour of a step.
    pub(super) fn stand_in(&mut self, step: StepId, hour: i64, logged: &Self) {
        let of_hour = |minute: &Minute| minute.number().div_euclid(60) == hour;
        for ((of, kpi), carried) in self.all.iter_mut().filter(|((of, _), _)| *of == step) {
            carried.minutes.retain(|minute, _| !of_hour(minute));
            if let Some(logged) = logged.all.get(&(*of, kpi.clone())) {
                carried.minutes.extend(logged.minutes.iter().filter(|(minute, _)| of_hour(minute)));
            }
        }
    }

    /// What there will be of the same, counted from elsewhere.
    pub(super) fn emptied(&self) -> Self {
        Self { all: self.all.keys().map(|of| (of.clone(), Carried::default())).collect() }
    }

    /// What attempts of a step carried for a KPI.
    pub(crate) fn of(&self, step: StepId, kpi: &Name) -> Option<&BTreeMap<Minute, KeptAndBad>> {
        self.all.get(&(step, kpi.clone())).map(|carried| &carried.minutes)
    }
}
