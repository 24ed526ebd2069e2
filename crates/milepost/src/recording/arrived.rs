//! What came of steps, and when, to the second: what severity is gone through by as a running server goes through it.

use milepost_facts::{FactBatch, IndicatorCounter, KpiPlan, NameTables, Source};
use milepost_impact::Values;
use milepost_model::{ClassId, Minute, Name, ObjectiveId, Outcome, RuleId, StepId, Timestamp, TrafficClass};
use milepost_registry::Registry;
use milepost_server::{Cell, Received, SeriesKey, StepSeries, Stored, heard_seconds};
use milepost_slo::Method;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// When something came, of which of the series, and which minute it is of.
type Key = (i64, usize, Minute);

/// What the minute log of a server has, by series and hour.
pub(super) type Logged = HashMap<(SeriesKey, i64), BTreeMap<Minute, Cell>>;

/// What came.
#[derive(Debug)]
pub(crate) struct Arrived {
    series: Vec<SeriesKey>,
    by_key: HashMap<SeriesKey, usize>,
    by_step: HashMap<(StepId, Option<usize>), usize>,
    steps: Vec<Step>,
    objectives: Vec<String>,
    services: Vec<String>,
    /// Facts by rules from here on are made of others, and say nothing of who was heard.
    derived_from: RuleId,
    indicators: IndicatorCounter,
    kpis: KpiPlan,
    kpi_names: Vec<String>,
    by_indicator: Vec<usize>,
    /// To the second.
    fine: BTreeMap<Key, Cell>,
    /// As of the ends of minutes: what is too long ago.
    coarse: BTreeMap<Key, Cell>,
    /// The seconds of each minute in which anything came, and something of each service, by its place.
    heard: BTreeMap<Minute, Vec<u64>>,
}

/// A step, by its place in the registry.
#[derive(Debug)]
struct Step {
    product: String,
    name: String,
    /// The places of the services by whose telemetry its attempts are counted, from 1.
    services: Vec<usize>,
}

/// Most of what is held to the second, about 300 MB: a day of fifty steps. The older half of more is held to the minute.
const MOST_FINE: usize = 1 << 22;

const NANOS: i64 = 1_000_000_000;
/// A bit for each second of a minute.
const ALL_SECONDS: u64 = (1 << 60) - 1;

impl Step {
    fn new(registry: &Registry, step: &milepost_model::Step) -> Self {
        let place = |name: &Name| registry.services.iter().position(|service| service.name == *name);
        let services = registry.sources_of(step).iter().filter_map(place).map(|at| at + 1).collect();
        Self { product: step.product.to_string(), name: step.name.to_string(), services }
    }
}

impl Arrived {
    /// Nothing yet, of the steps of a registry.
    pub(crate) fn new(registry: &Registry, tables: &NameTables) -> Self {
        let mut slow_by = Vec::new();
        for product in &registry.products {
            for of in registry.judged_steps(&product.name, &registry.severity_policy(&product.name)) {
                let id = registry.step(&of.step.product, &of.step.name);
                slow_by.extend(id.zip(of.slow_by).map(|(id, indicator)| (id, indicator, true)));
            }
        }
        let indicators = IndicatorCounter::new(slow_by, tables);
        let mut arrived = Self {
            series: Vec::new(),
            by_key: HashMap::new(),
            by_step: HashMap::new(),
            steps: registry.steps.iter().map(|step| Step::new(registry, step)).collect(),
            objectives: registry.objectives.iter().map(|of| of.name.to_string()).collect(),
            services: registry.services.iter().map(|of| of.name.to_string()).collect(),
            derived_from: RuleId::new(registry.rules.len()),
            kpis: KpiPlan::new(registry, tables),
            kpi_names: tables.kpi_names.iter().map(Name::to_string).collect(),
            by_indicator: vec![0; indicators.ids().count()],
            indicators,
            fine: BTreeMap::new(),
            coarse: BTreeMap::new(),
            heard: BTreeMap::new(),
        };
        let ids: Vec<_> = arrived.indicators.ids().collect();
        for (at, id) in ids {
            arrived.by_indicator[at] = arrived.of(SeriesKey::Indicator(id.to_string()));
        }
        arrived
    }

    /// Notes when something came, and from which services.
    pub(super) fn hear(&mut self, batch: &FactBatch, received: Received<'_>) {
        let is_derived = |row: usize| batch.rule(row).is_some_and(|rule| rule >= self.derived_from);
        let rows: Vec<usize> = (0..batch.len()).filter(|row| !is_derived(*row)).collect();
        for row in rows {
            let second = second(batch, row, received);
            let service = batch.service(row).0 as usize;
            self.note_heard(Minute::new(second.div_euclid(60)), 1 << second.rem_euclid(60), service);
        }
    }

    fn note_heard(&mut self, minute: Minute, seconds: u64, service: usize) {
        let heard = self.heard.entry(minute).or_insert_with(|| vec![0; self.services.len() + 1]);
        heard[0] |= seconds;
        // Services that the registry does not name come behind those that it does.
        if let Some(heard) = heard.get_mut(service) {
            *heard |= seconds;
        }
    }

    /// Counts attempts of a step.
    pub(super) fn count(
        &mut self,
        (batch, tables): (&FactBatch, &NameTables),
        step: StepId,
        rows: &[u32],
        received: Received<'_>,
    ) {
        let mut by_second: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for row in rows {
            by_second.entry(second(batch, *row as usize, received)).or_default().push(*row);
        }
        for (second, rows) in by_second {
            for row in rows.iter().map(|row| *row as usize).filter(|row| is_of_user(batch, *row)) {
                let series = self.of_step(step, batch.objective(row).map(ObjectiveId::index));
                let mut cell = Cell::default();
                cell[batch.outcome(row) as usize] = 1;
                self.add((second, series, batch.time(row).minute()), &cell);
                self.count_worth((batch, row), step, series, second);
            }
            let mut counted = Vec::new();
            let each = |at, minute, of| counted.push((at, minute, of));
            self.indicators.each((batch, tables), step, &rows, each, |_, _| {});
            for (at, minute, of) in counted {
                self.add((second, self.by_indicator[at], minute), &[of.valid, of.good, 0, 0, 0]);
            }
        }
        self.coarsen();
    }

    /// Counts what an attempt carries for KPIs.
    fn count_worth(&mut self, (batch, row): (&FactBatch, usize), step: StepId, attempts: usize, second: i64) {
        let is_kept = match batch.outcome(row) {
            Outcome::Success => true,
            Outcome::Failure | Outcome::Timeout => false,
            Outcome::Abandoned => return,
        };
        let carried: Vec<usize> = self.kpis.of(step).iter().filter_map(|moved| moved.amount).collect();
        for at in carried {
            let Some(amount) = batch.amount(at, row) else { continue };
            let SeriesKey::Step(of) = self.series[attempts].clone() else { return };
            let series = self.of(SeriesKey::Worth { of, kpi: self.kpi_names[at].clone(), is_kept });
            let mut values = Values::default();
            values.add(amount);
            self.add((second, series, batch.time(row).minute()), &values.numbers());
        }
    }

    /// Adds what the minute log of a server has of hours in which there are fewer facts, or none, up to a time. What is damaged is told.
    pub(super) fn add_minutes(
        &mut self,
        stored: &Stored,
        to: Option<Timestamp>,
        mut heard: impl FnMut(Minute),
    ) -> anyhow::Result<Vec<String>> {
        let is_wanted = |key: &SeriesKey| match key {
            SeriesKey::Indicator(_) => self.by_key.contains_key(key),
            SeriesKey::Step(of) | SeriesKey::Worth { of, .. } => {
                of.method() == Method::Service.as_str() && of.class == TrafficClass::INTERACTIVE
            }
            SeriesKey::Heard(_) => true,
            _ => false,
        };
        let (mut logged, mut signs) = (Logged::new(), Vec::new());
        let damage = stored.minutes(is_wanted, |key, minute, cell| {
            if to.is_some_and(|to| minute.start() >= to) {
                return;
            }
            if let SeriesKey::Heard(service) = key {
                signs.push((service.clone(), minute, heard_seconds(cell)));
            } else {
                add(logged.entry((key.clone(), hour(minute))).or_default().entry(minute).or_default(), cell);
            }
        })?;
        for (service, minute, seconds) in signs {
            heard(minute);
            let place = self.services.iter().position(|known| *known == service).map_or(0, |at| at + 1);
            self.note_heard(minute, seconds, place);
        }
        self.stand_in(logged, &mut heard);
        Ok(damage)
    }

    /// The minute log of a server stands in for hours of which it has more than there are facts: it came at the end of its minute.
    fn stand_in(&mut self, logged: Logged, told: &mut impl FnMut(Minute)) {
        let mut held: HashMap<(usize, i64), u64> = HashMap::new();
        for ((_, series, minute), cell) in self.fine.iter().chain(&self.coarse) {
            let held = held.entry((*series, hour(*minute))).or_default();
            *held = held.saturating_add(size(cell));
        }
        let mut replaced: HashMap<(usize, i64), BTreeMap<Minute, Cell>> = HashMap::new();
        for ((key, hour), minutes) in logged {
            let series = self.of(key);
            let all = minutes.values().map(size).fold(0, u64::saturating_add);
            if all > held.get(&(series, hour)).copied().unwrap_or(0) {
                replaced.insert((series, hour), minutes);
            }
        }
        let stays = |(_, series, minute): &Key| !replaced.contains_key(&(*series, hour(*minute)));
        self.fine.retain(|key, _| stays(key));
        self.coarse.retain(|key, _| stays(key));
        for ((series, _), minutes) in replaced {
            let services = self.services_of(series);
            for (minute, cell) in minutes {
                told(minute);
                self.note_heard(minute, u64::MAX, 0);
                services.iter().for_each(|service| self.note_heard(minute, u64::MAX, *service));
                add(self.coarse.entry((end_of(minute), series, minute)).or_default(), &cell);
            }
        }
    }

    /// The places of the services by whose telemetry attempts are counted; all are heard with anything.
    fn services_of(&self, series: usize) -> Vec<usize> {
        let SeriesKey::Step(of) = &self.series[series] else { return Vec::new() };
        let step = self.steps.iter().find(|step| step.product == of.product && step.name == of.step);
        step.map_or_else(Vec::new, |step| step.services.clone())
    }

    /// The first second in which anything came, from one on.
    pub(crate) fn next_heard(&self, from: i64) -> Option<i64> {
        let minute = Minute::new(from.div_euclid(60));
        self.heard.range(minute..).find_map(|(minute, heard)| {
            let begin = minute.number() * 60;
            let passed = u32::try_from((from - begin).clamp(0, 60)).unwrap_or(0);
            let seconds = heard[0] & ALL_SECONDS & u64::MAX.checked_shl(passed).unwrap_or(0);
            (seconds != 0).then(|| begin + i64::from(seconds.trailing_zeros()))
        })
    }

    /// The services of which something came in a second; nothing where nothing came at all.
    pub(crate) fn heard(&self, second: i64) -> Option<impl Iterator<Item = &str>> {
        let heard = self.heard.get(&Minute::new(second.div_euclid(60)))?;
        let is_heard = move |seconds: u64| seconds >> second.rem_euclid(60) & 1 == 1;
        let services = self.services.iter().zip(&heard[1..]).filter(move |(_, seconds)| is_heard(**seconds));
        is_heard(heard[0]).then(|| services.map(|(name, _)| name.as_str()))
    }

    /// The series, in the order of their places.
    pub(crate) fn series(&self) -> &[SeriesKey] {
        &self.series
    }

    /// What came in a second, with the minutes that it is of: the place of the series, the minute and what is to be added.
    pub(crate) fn at(&self, second: i64) -> impl Iterator<Item = (usize, Minute, &Cell)> {
        let all = (second, 0, Minute::new(i64::MIN))..(second + 1, 0, Minute::new(i64::MIN));
        let both = self.coarse.range(all.clone()).chain(self.fine.range(all));
        both.map(|((_, series, minute), cell)| (*series, *minute, cell))
    }

    fn add(&mut self, key: Key, cell: &Cell) {
        add(self.fine.entry(key).or_default(), cell);
    }

    fn coarsen(&mut self) {
        if self.fine.len() <= MOST_FINE {
            return;
        }
        let Some(((middle, ..), _)) = self.fine.iter().nth(MOST_FINE / 2) else { return };
        let newer = self.fine.split_off(&(*middle, 0, Minute::new(i64::MIN)));
        for ((second, series, minute), cell) in std::mem::replace(&mut self.fine, newer) {
            let came = end_of(Minute::new(second.div_euclid(60)));
            add(self.coarse.entry((came, series, minute)).or_default(), &cell);
        }
    }

    /// Attempts of users of a step, for an objective where that is known.
    fn of_step(&mut self, step: StepId, objective: Option<usize>) -> usize {
        if let Some(known) = self.by_step.get(&(step, objective)) {
            return *known;
        }
        let of = &self.steps[step.index()];
        let key = SeriesKey::Step(StepSeries {
            product: of.product.clone(),
            step: of.name.clone(),
            objective: objective.map(|at| self.objectives[at].clone()),
            source: Source::Service.as_str().to_owned(),
            class: TrafficClass::INTERACTIVE.to_owned(),
        });
        let series = self.of(key);
        self.by_step.insert((step, objective), series);
        series
    }

    fn of(&mut self, key: SeriesKey) -> usize {
        let next = self.series.len();
        match self.by_key.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                self.series.push(vacant.key().clone());
                *vacant.insert(next)
            }
        }
    }
}

/// When a fact came: as it is known, else when it was over; the next whole second, at which all of it is in the past.
fn second(batch: &FactBatch, row: usize, received: Received<'_>) -> i64 {
    let ended = || batch.time(row).plus(batch.duration(row).unwrap_or_default());
    let came = received.of(row).unwrap_or_else(ended).nanos();
    came.div_euclid(NANOS) + i64::from(came.rem_euclid(NANOS) > 0)
}

/// Severity is of what users see, at the service.
fn is_of_user(batch: &FactBatch, row: usize) -> bool {
    batch.class(row) == ClassId::new(0) && batch.source(row) == Source::Service
}

/// How much a cell has: of the same minutes what has all is larger than what has a part.
fn size(cell: &Cell) -> u64 {
    cell[..4].iter().fold(0, |sum, number| sum.saturating_add(*number))
}

fn add(to: &mut Cell, more: &Cell) {
    to.iter_mut().zip(more).for_each(|(to, more)| *to = to.saturating_add(*more));
}

fn hour(minute: Minute) -> i64 {
    minute.number().div_euclid(60)
}

/// The second at which a minute is over.
fn end_of(minute: Minute) -> i64 {
    (minute.number() + 1) * 60
}
