//! Which series the facts of one registry version add to.

use super::causes::Causes;
use super::key::StepSeries;
use super::{Cell, Counts, SeriesKey};
use hashbrown::HashMap;
use milepost_facts::{
    Attempts, FactBatch, IndicatorCounter, Kind, KpiPlan, NameId, NameTables, Sketch, Source, TimeSpan,
};
use milepost_impact::Values;
use milepost_model::{ClassId, Minute, Outcome, StepId};
use milepost_registry::Registry;
use milepost_store::SeriesId;

/// Counts the facts of one registry version into series that outlive it.
#[derive(Debug)]
pub struct Counter {
    steps: usize,
    indicators: IndicatorCounter,
    indicator_series: Vec<SeriesId>,
    causes: Causes,
    kpis: KpiPlan,
    attempts: Attempts,
    /// Series of attempts, and of their latencies, by step, objective, source and class.
    by_step: HashMap<(StepId, u32, u8, ClassId), (SeriesId, SeriesId)>,
    by_use: HashMap<(StepId, NameId), SeriesId>,
    unannotated: HashMap<NameId, SeriesId>,
    /// How long the attempts of a batch took, by series and hour: added to the counts once a batch.
    latencies: HashMap<(SeriesId, Minute), (Sketch, u128)>,
    /// Series of what attempts are worth, by the place of the amount and by whether they were successes.
    by_worth: HashMap<(StepId, u32, u8, ClassId, usize, bool), SeriesId>,
    /// What the attempts of a batch were worth, by series and minute: added once a batch.
    worth: HashMap<(SeriesId, Minute), Values>,
}

impl Counter {
    /// Compiles the indicators of a registry.
    pub fn new(registry: &Registry, tables: &NameTables, counts: &mut Counts) -> Self {
        counts.sources.keep_named(registry);
        let step_of = |slo: &milepost_slo::Slo| registry.step(&slo.product, &slo.indicator.path.step);
        let slos = registry.slos.iter().filter_map(|slo| Some((step_of(slo)?, &slo.indicator, true)));
        let indicators = IndicatorCounter::new(slos, tables);
        let mut indicator_series = vec![SeriesId::default(); indicators.ids().count()];
        for (at, id) in indicators.ids() {
            let key = SeriesKey::Indicator(id.to_string()).text();
            indicator_series[at] = counts.series.id(&key);
        }
        Self {
            steps: registry.steps.len(),
            causes: Causes::new(&indicators, counts),
            indicators,
            indicator_series,
            kpis: KpiPlan::new(registry, tables),
            attempts: Attempts::default(),
            by_step: HashMap::new(),
            by_use: HashMap::new(),
            unannotated: HashMap::new(),
            latencies: HashMap::new(),
            by_worth: HashMap::new(),
            worth: HashMap::new(),
        }
    }

    /// Counts a batch, each fact of which is new.
    pub fn count(&mut self, batch: &FactBatch, tables: &NameTables, counts: &mut Counts) {
        self.count_attempts(batch, tables, counts);
        self.count_operations(batch, tables, counts);
        let newest = (0..batch.len()).map(|row| batch.time(row)).max();
        counts.newest = counts.newest.max(newest);
    }

    fn count_attempts(&mut self, batch: &FactBatch, tables: &NameTables, counts: &mut Counts) {
        let mut attempts = std::mem::take(&mut self.attempts);
        attempts.split(batch, self.steps, TimeSpan::default(), None);
        for (step, rows) in attempts.by_step() {
            let (series, causes) = (&self.indicator_series, &mut self.causes);
            let each = |at: usize, minute, of: milepost_slo::Counts| {
                counts.add_watched(series[at], minute, &[of.valid, of.good, 0, 0, 0]);
            };
            self.indicators.each((batch, tables), step, rows, each, |at, row| causes.note(at, row));
            self.causes.count(batch, tables, counts);
            let mut run: Option<((SeriesId, Minute), Cell)> = None;
            for row in rows.iter().map(|row| *row as usize) {
                let (series, latency) = self.step_series(batch, row, step, tables, counts);
                let at = (series, batch.time(row).minute());
                if run.is_some_and(|(of, _)| of != at)
                    && let Some((of, cell)) = run.take()
                {
                    counts.add_watched(of.0, of.1, &cell);
                }
                let outcome = batch.outcome(row);
                let (_, cell) = run.get_or_insert((at, Cell::default()));
                cell[outcome as usize] += 1;
                cell[4] += u64::from(outcome == Outcome::Success && (400..500).contains(&batch.http_status(row)));
                if outcome != Outcome::Abandoned
                    && let Some(duration) = batch.duration(row)
                {
                    let (sketch, nanos) = self.latencies.entry((latency, hour(batch, row))).or_default();
                    sketch.record(duration);
                    *nanos += u128::from(duration.nanos());
                }
            }
            if let Some((of, cell)) = run {
                counts.add_watched(of.0, of.1, &cell);
            }
            self.note_worth(batch, step, rows, tables, counts);
        }
        for ((series, minute), values) in self.worth.drain() {
            counts.add(series, minute, &values.numbers());
        }
        for ((series, hour), latency) in self.latencies.drain() {
            counts.add_latency(series, hour, &latency);
        }
        self.attempts = attempts;
    }

    /// Notes what attempts of a step carry for KPIs, for each objective, source and class: which of those a KPI is about is decided when it is asked for.
    fn note_worth(&mut self, batch: &FactBatch, step: StepId, rows: &[u32], tables: &NameTables, counts: &mut Counts) {
        for at in self.kpis.of(step).iter().filter_map(|moved| moved.amount) {
            for row in rows.iter().map(|row| *row as usize) {
                let Some(amount) = batch.amount(at, row) else { continue };
                let is_kept = match batch.outcome(row) {
                    Outcome::Success => true,
                    Outcome::Failure | Outcome::Timeout => false,
                    Outcome::Abandoned => continue,
                };
                let objective = batch.objective(row).map_or(0, |id| id.raw() + 1);
                let key = (step, objective, batch.source(row) as u8, batch.class(row), at, is_kept);
                let series = *self.by_worth.entry(key).or_insert_with(|| {
                    let (of, kpi) = (series_of(batch, row, step, tables), tables.kpi_names[at].to_string());
                    counts.series.id(&SeriesKey::Worth { of, kpi, is_kept }.text())
                });
                self.worth.entry((series, batch.time(row).minute())).or_default().add(amount);
            }
        }
    }

    fn count_operations(&mut self, batch: &FactBatch, tables: &NameTables, counts: &mut Counts) {
        let mut run: Option<((SeriesId, Minute), Cell)> = None;
        for row in 0..batch.len() {
            let series = match batch.step(row) {
                Some(step) => Some(self.use_series(batch, row, step, tables, counts)),
                None if is_request_of_user(batch, row) => Some(self.unannotated_series(batch, row, tables, counts)),
                None => None,
            };
            let Some(series) = series else { continue };
            let at = (series, hour(batch, row));
            if run.is_some_and(|(of, _)| of != at)
                && let Some((of, cell)) = run.take()
            {
                counts.add(of.0, of.1, &cell);
            }
            let (_, cell) = run.get_or_insert((at, Cell::default()));
            cell[0] += 1;
            cell[1] += u64::from(matches!(batch.outcome(row), Outcome::Failure | Outcome::Timeout));
            if let Some(duration) = batch.duration(row) {
                cell[2] += duration.nanos() / 1_000;
                cell[3] += 1;
            }
        }
        if let Some((of, cell)) = run {
            counts.add(of.0, of.1, &cell);
        }
    }

    fn step_series(
        &mut self,
        batch: &FactBatch,
        row: usize,
        step: StepId,
        tables: &NameTables,
        counts: &mut Counts,
    ) -> (SeriesId, SeriesId) {
        let objective = batch.objective(row);
        let source = batch.source(row);
        let key = (step, objective.map_or(0, |id| id.raw() + 1), source as u8, batch.class(row));
        if let Some(known) = self.by_step.get(&key) {
            return *known;
        }
        let of = series_of(batch, row, step, tables);
        let latency = counts.series.id(&SeriesKey::Latency(of.clone()).text());
        let series = (counts.series.id(&SeriesKey::Step(of).text()), latency);
        self.by_step.insert(key, series);
        series
    }

    fn use_series(
        &mut self,
        batch: &FactBatch,
        row: usize,
        step: StepId,
        tables: &NameTables,
        counts: &mut Counts,
    ) -> SeriesId {
        *self.by_use.entry((step, batch.operation(row))).or_insert_with(|| {
            let key = |operation: String| {
                let product = tables.step_products[step.index()].to_string();
                let step = text(&tables.steps, NameTables::step(Some(step)));
                SeriesKey::Use { product, step, operation }.text()
            };
            operation_series(batch.operation(row), key, tables, counts)
        })
    }

    fn unannotated_series(
        &mut self,
        batch: &FactBatch,
        row: usize,
        tables: &NameTables,
        counts: &mut Counts,
    ) -> SeriesId {
        *self.unannotated.entry(batch.operation(row)).or_insert_with(|| {
            let key = |operation: String| SeriesKey::Unannotated(operation).text();
            operation_series(batch.operation(row), key, tables, counts)
        })
    }
}

/// What the attempt of a fact is counted by.
fn series_of(batch: &FactBatch, row: usize, step: StepId, tables: &NameTables) -> StepSeries {
    StepSeries {
        product: tables.step_products[step.index()].to_string(),
        step: text(&tables.steps, NameTables::step(Some(step))),
        objective: batch.objective(row).map(|id| text(&tables.objectives, NameId(id.raw() + 1))),
        source: Source::as_str(batch.source(row)).to_owned(),
        class: text(&tables.classes, NameId(batch.class(row).raw() + 1)),
    }
}

/// The series of an operation: those that the registry declares always have one of their own.
fn operation_series(
    operation: NameId,
    key: impl Fn(String) -> String,
    tables: &NameTables,
    counts: &mut Counts,
) -> SeriesId {
    let own = key(text(&tables.operations, operation));
    match tables.declared_operation(operation) {
        Some(_) => counts.series.id(&own),
        None => counts.series(&own, &key("other".to_owned())),
    }
}

fn is_request_of_user(batch: &FactBatch, row: usize) -> bool {
    matches!(batch.kind(row), Kind::Server | Kind::Consumer | Kind::Log) && batch.class(row) == ClassId::new(0)
}

fn hour(batch: &FactBatch, row: usize) -> Minute {
    Minute::new(batch.time(row).minute().number().div_euclid(60) * 60)
}

pub(super) fn text(names: &milepost_facts::Names, id: NameId) -> String {
    names.text(id).unwrap_or_default().to_owned()
}
