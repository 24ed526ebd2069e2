//! What attempts are worth of KPIs: which KPIs the attempts of each step move, and sums of what they are worth. Exact, whatever the order of facts.

use crate::batch::FactBatch;
use crate::columns::Source;
use crate::tables::NameTables;
use milepost_impact::Values;
use milepost_model::{Amount, ClassId, Kpi, ObjectiveId, Outcome, Step, StepId};
use milepost_registry::Registry;

/// Which KPIs the attempts of each step move.
#[derive(Debug)]
pub struct KpiPlan {
    by_step: Vec<Vec<MovedKpi>>,
    kpis: usize,
}

/// A KPI that a step moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedKpi {
    /// Its place among all KPIs of the registry, product by product.
    pub kpi: usize,
    /// Its place among the amounts of facts; none where each success counts as one.
    pub amount: Option<usize>,
    /// Only when the step is used for one of these objectives; always, where there are none.
    only_for: Vec<ObjectiveId>,
}

/// What attempts were worth of one KPI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KpiSum {
    /// Of successes.
    pub kept: Values,
    /// Of failures and timeouts that carried a number.
    pub bad: Values,
    /// Successes that carried none though the KPI needs one.
    pub without: u64,
    /// Failures and timeouts, whatever they carried.
    pub failed: u64,
}

impl KpiPlan {
    /// Of a registry with its tables.
    pub fn new(registry: &Registry, tables: &NameTables) -> Self {
        let all: Vec<_> =
            registry.products.iter().flat_map(|of| of.kpis.iter().map(move |kpi| (&of.name, kpi))).collect();
        let moved = |step: &Step| {
            let of_product = all.iter().enumerate().filter(|(_, (product, _))| **product == step.product);
            let moved = of_product.filter_map(|(at, (_, kpi))| {
                let only_for = uses(registry, step, kpi)?;
                let carried = || tables.kpi_names.iter().position(|name| *name == kpi.name);
                Some(MovedKpi { kpi: at, amount: kpi.value.as_ref().and_then(|_| carried()), only_for })
            });
            moved.collect()
        };
        Self { by_step: registry.steps.iter().map(moved).collect(), kpis: all.len() }
    }

    /// The KPIs that the attempts of a step move.
    pub fn of(&self, step: StepId) -> &[MovedKpi] {
        self.by_step.get(step.index()).map_or(&[], |moved| moved)
    }
}

/// For which objectives a step moves a KPI: none for all of them, nothing when it does not.
fn uses(registry: &Registry, step: &Step, kpi: &Kpi) -> Option<Vec<ObjectiveId>> {
    let mut paths = kpi.steps.iter().filter(|path| path.step == step.name).peekable();
    paths.peek()?;
    let objectives = || registry.objectives.iter().enumerate().filter(|(_, of)| of.product == step.product);
    let mut only_for = Vec::new();
    for path in paths {
        let Some(name) = &path.objective else { return Some(Vec::new()) };
        only_for.extend(objectives().filter(|(_, of)| of.name == *name).map(|(at, _)| ObjectiveId::new(at)));
    }
    Some(only_for)
}

impl MovedKpi {
    /// What a fact of its step is worth, if it has a say.
    fn worth(&self, batch: &FactBatch, row: usize) -> Option<Option<Amount>> {
        let counts = self.only_for.is_empty() || batch.objective(row).is_some_and(|of| self.only_for.contains(&of));
        counts.then(|| self.amount.map_or(Some(Amount::ONE), |at| batch.amount(at, row)))
    }
}

/// As severity has it: what users did, as the service sees it.
fn is_of_user(batch: &FactBatch, row: usize) -> bool {
    batch.class(row) == ClassId::new(0) && batch.source(row) == Source::Service
}

/// Sums up what the attempts of users are worth.
#[derive(Debug)]
pub struct KpiCounter {
    plan: KpiPlan,
    sums: Vec<KpiSum>,
}

impl KpiCounter {
    /// Nothing counted yet.
    pub fn new(plan: KpiPlan) -> Self {
        Self { sums: vec![KpiSum::default(); plan.kpis], plan }
    }

    /// Counts the given rows of a step.
    pub fn count(&mut self, batch: &FactBatch, step: StepId, rows: &[u32]) {
        for moved in self.plan.of(step) {
            let sum = &mut self.sums[moved.kpi];
            for row in rows.iter().map(|row| *row as usize).filter(|row| is_of_user(batch, *row)) {
                let Some(amount) = moved.worth(batch, row) else { continue };
                sum.failed += u64::from(matches!(batch.outcome(row), Outcome::Failure | Outcome::Timeout));
                match (batch.outcome(row), amount) {
                    (Outcome::Success, Some(amount)) => sum.kept.add(amount),
                    (Outcome::Success, None) => sum.without += 1,
                    // What a failure would have been worth is known only where it says so.
                    (Outcome::Failure | Outcome::Timeout, Some(amount)) if moved.amount.is_some() => {
                        sum.bad.add(amount);
                    }
                    _ => {}
                }
            }
        }
    }

    /// What all that was counted is worth of each KPI of the registry, product by product.
    pub fn sums(&self) -> &[KpiSum] {
        &self.sums
    }
}
