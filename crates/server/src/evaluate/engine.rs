//! The evaluation of one registry version's SLOs: running sums, what changes of them, and what follows for alerts.

use super::alerts::{AlertFile, Kept};
use super::board::{Board, Standing};
use super::hours::{Hours, View};
use super::maintenance::Calendar;
use super::open::{OpenPlaces, OpenSubjects};
use super::seed::{self, Start};
use super::watched::{OfSource, Watches};
use crate::counts::Heard;
use crate::shared::Shared;
use crate::version::Version;
use milepost_model::{Minute, StepId, Timestamp};
use milepost_slo::{
    Alerts, Budgeting, Evaluator, Exclusions, IndicatorIndex, SliType, Slo, Subject, Terms, Transition, View as Of,
    is_alive, minutes_of,
};
use milepost_store::Lsn;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that is known of the SLOs of a version.
#[derive(Debug)]
pub(super) struct Engine {
    version: Arc<Version>,
    watches: Watches,
    evaluator: Evaluator,
    hours: RefCell<Hours>,
    places: Vec<Place>,
    open: OpenPlaces,
    /// Whether sources of counts were heard in the last round, and how far they are imported, by indicator; nothing of what facts count.
    imported: Vec<Option<OfSource>>,
    /// When something was received last.
    heard: Heard,
    maintenance: Calendar,
    /// The first minute of each indicator.
    first: Vec<Minute>,
    is_alive: bool,
    /// The step of each indicator, by its place in the registry.
    steps: Vec<Option<usize>>,
    /// Steps of which nothing comes any more, though other telemetry does, as of the last round of severity.
    lost: BTreeSet<usize>,
    /// Everything up to here is taken in.
    lsn: Lsn,
}

/// Where an SLO is among what is evaluated.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// In the registry's list.
    slo: usize,
    /// Its own numbers.
    own: usize,
    /// The attempts that it is about, by which it is seen how many were abandoned.
    attempts: usize,
    attempts_indicator: usize,
}

/// A period of a calendar is longer than the shortest of its kind by three days at most; and windows of slices are whole slices.
const MORE_MINUTES: i64 = 4 * 24 * 60;

/// SLOs by what they are evaluated as.
#[derive(Default)]
struct Subjects {
    all: Vec<Subject>,
    places: Vec<Place>,
}

impl Engine {
    /// Reads the history of a version's SLOs. What cannot be read is told, and counts as no history.
    pub(super) fn new(shared: &Shared, version: Arc<Version>, alerts: &AlertFile<'_>) -> Self {
        let mut watches = Watches::default();
        let slos = &version.setup.registry.slos;
        let indicators: Vec<_> = slos.iter().map(|slo| watches.add(slo)).collect();
        let open = OpenSubjects::watch(&version.setup.registry, &shared.settings.sources, &mut watches);
        let running = shared.now().minute();
        let start = Start::of(&shared.counts(), &mut watches, running);
        let longest = slos.iter().map(|slo| minutes_of(slo.window.shortest())).max().unwrap_or(0);
        let longest = longest.max(open.longest_minutes());
        let longest = i64::try_from(longest).unwrap_or(i64::MAX / 2) + MORE_MINUTES;
        let since = Minute::new(running.number() - longest);
        let folder = shared.directory.minutes();
        let first = seed::first_minutes(&start, &folder, since, &watches).unwrap_or_else(|error| {
            tracing::error!(error = crate::commit::chain(&error), "the history of SLOs cannot be read");
            vec![running; watches.all.len()]
        });
        let registry = &version.setup.registry;
        let own = slos.iter().map(|slo| Some(slo.into()));
        let maintenance = Calendar::new(registry, own.chain(open.promised()), since, running);
        let exclusions = |slo| maintenance.exclusions(registry, slo);
        let mut subjects = subjects(slos, &indicators, &first, exclusions);
        let mut sliced = vec![false; watches.all.len()];
        open.mark_sliced(&mut sliced);
        let open = open.add_to(&mut subjects.all, &first, |at| exclusions(slos.len() + at));
        for (slo, (own, _)) in slos.iter().zip(&indicators) {
            sliced[own.0 as usize] |= slo.needs_minutes();
        }
        let mut steps = vec![None; watches.all.len()];
        for (slo, (own, attempts)) in slos.iter().zip(&indicators) {
            let step = registry.step(&slo.product, &slo.indicator.path.step).map(StepId::index);
            (steps[own.0 as usize], steps[attempts.0 as usize]) = (step, step);
        }
        let evaluator = seed::evaluator(&start, &folder, since, (&subjects.all, &sliced), &watches);
        let evaluator = evaluator.unwrap_or_else(|_| seed::empty(&subjects.all, &start));
        let hours = RefCell::new(Hours::new(&folder));
        let mut engine = Self {
            version,
            watches,
            evaluator,
            hours,
            places: subjects.places,
            open,
            imported: Vec::new(),
            heard: Heard::default(),
            maintenance,
            first,
            is_alive: false,
            steps,
            lost: BTreeSet::new(),
            lsn: Lsn(0),
        };
        for place in &engine.places {
            let slo = &engine.version.setup.registry.slos[place.slo];
            if let Some(state) = alerts.of(slo) {
                engine.evaluator.restore(place.own, state);
            }
        }
        engine.open.restore(&mut engine.evaluator, alerts);
        engine
    }

    pub(super) fn version(&self) -> u64 {
        self.version.number
    }

    /// Takes in what has changed, lets time go on, and judges; nothing where the sums are not to be believed any more.
    pub(super) fn round(&mut self, shared: &Shared) -> Option<Vec<Transition>> {
        let counts = shared.counts();
        let changes = counts.take_changes()?;
        self.hours.borrow_mut().refresh(counts.checkpoint());
        for (series, _) in changes.keys() {
            self.watches.look_at(*series, &counts);
        }
        let now = shared.now();
        if !self.maintenance.reaches(now.minute()) {
            return None;
        }
        let severity = shared.severity();
        self.lost = if severity.version == self.version.number { severity.lost_steps() } else { BTreeSet::new() };
        self.heard = counts.heard();
        self.is_alive = is_alive(shared.settings.clock.steady(), self.heard.heard_at);
        let mut order: Vec<_> = changes.iter().map(|(at, cell)| (*at, *cell)).collect();
        // Sums are read anew where history begins earlier than was known: once, with the oldest.
        order.sort_unstable_by_key(|((_, minute), _)| *minute);
        let view = View {
            counts: &counts,
            watches: &self.watches,
            hours: &self.hours,
            ahead: RefCell::new(changes),
            is_broken: Cell::new(false),
        };
        for ((series, minute), cell) in &order {
            view.ahead.borrow_mut().remove(&(*series, *minute));
            for index in self.watches.of(*series) {
                let first = &mut self.first[index.0 as usize];
                *first = (*first).min(*minute);
                let units = self.watches.all[index.0 as usize].units(cell);
                self.evaluator.add(&view, *index, *minute, units);
            }
        }
        self.evaluator.advance(&view, now.minute());
        if view.is_broken.get() {
            tracing::error!("the minute log cannot be read; the sums of SLOs are made anew");
            return None;
        }
        self.lsn = counts.lsn;
        let indicators =
            (0..self.watches.all.len()).map(|place| IndicatorIndex(u32::try_from(place).unwrap_or(u32::MAX)));
        self.imported = indicators.map(|of| self.watches.of_source(of, now.minute(), &counts)).collect();
        drop(counts);
        let mut transitions = Vec::new();
        let imported = &self.imported;
        let is_seen: Vec<bool> = (0..self.watches.all.len()).map(|of| self.is_seen(of)).collect();
        let is_alive =
            |of: IndicatorIndex| imported[of.0 as usize].map_or(is_seen[of.0 as usize], |source| source.is_heard);
        self.evaluator.evaluate(now, is_alive, |transition| transitions.push(transition));
        // What is evaluated beside SLOs has no alerts, and is no news.
        transitions.retain(|transition| self.name(transition.slo).is_some());
        Some(transitions)
    }

    /// Whether what facts count of an indicator is seen.
    fn is_seen(&self, indicator: usize) -> bool {
        self.is_alive && self.steps[indicator].is_none_or(|step| !self.lost.contains(&step))
    }

    /// The product and the name of an SLO, by its place in what is evaluated.
    pub(super) fn name(&self, evaluated: usize) -> Option<(&str, &str)> {
        let Some(place) = self.place(evaluated) else { return self.open.name(evaluated) };
        let slo = &self.version.setup.registry.slos[place.slo];
        Some((slo.product.as_str(), slo.name.as_str()))
    }

    /// The SLO that something is evaluated for, if it is one itself. Each has two places, its own first.
    fn place(&self, evaluated: usize) -> Option<&Place> {
        self.places.get(evaluated / 2).filter(|place| place.own == evaluated)
    }

    /// The alerts of all SLOs that have any, to be stored.
    pub(super) fn kept_alerts(&self) -> Vec<Kept> {
        let kept = |place: &Place| {
            let slo = &self.version.setup.registry.slos[place.slo];
            Kept::new(slo, self.evaluator.alerts(place.own))
        };
        self.places.iter().map(kept).chain(self.open.kept(&self.evaluator)).collect()
    }

    /// What is known now.
    pub(super) fn board(&self, at: Timestamp) -> Board {
        let slos = &self.version.setup.registry.slos;
        let mut standings: Vec<Option<Standing>> = slos.iter().map(|_| None).collect();
        for place in &self.places {
            let attempts = self.evaluator.budget(place.attempts, Of::Recorded).counts;
            let indicator = place.attempts_indicator;
            let (first, is_alive) = (self.first[indicator], self.is_seen(indicator));
            let standing = self.standing(place.slo, place.own, (first, is_alive), at);
            standings[place.slo] = Some(Standing { attempts: Some(attempts), ..standing });
        }
        let open = self.open.standings(|place, evaluated, indicator| {
            let indicator = indicator.0 as usize;
            let source = self.imported[indicator];
            let is_alive = source.map_or(self.is_alive, |source| source.is_heard);
            let standing = self.standing(slos.len() + place, evaluated, (self.first[indicator], is_alive), at);
            Standing { imported: source.and_then(|source| source.imported), ..standing }
        });
        Board { version: self.version.number, at: Some(at), lsn: self.lsn, heard: self.heard, standings, open }
    }

    /// An SLO by its place among what maintenances are about, and by that in what is evaluated.
    fn standing(&self, slo: usize, evaluated: usize, (first, is_alive): (Minute, bool), at: Timestamp) -> Standing {
        let (registry, evaluator) = (&self.version.setup.registry, &self.evaluator);
        let alerts = evaluator.alerts(evaluated).clone();
        Standing {
            budget: evaluator.budget(evaluated, Of::Corrected),
            recorded: evaluator.budget(evaluated, Of::Recorded),
            silent_since: self.maintenance.silent_since(registry, slo, at),
            maintenances: self.maintenance.on(slo, at),
            attempts: None,
            first,
            last: evaluator.last(evaluated),
            burn: (0..alerts.tiers().len()).map(|tier| evaluator.burn(evaluated, tier)).collect(),
            alerts,
            is_alive,
            imported: None,
        }
    }
}

type Indicators = (milepost_slo::IndicatorIndex, milepost_slo::IndicatorIndex);

/// What is evaluated of SLOs. Those of time zones that are not known are left out, as are those of methods that nothing counts yet.
fn subjects(
    slos: &[Slo],
    indicators: &[Indicators],
    first: &[Minute],
    exclusions: impl Fn(usize) -> Exclusions,
) -> Subjects {
    let mut subjects = Subjects::default();
    for (index, (slo, (own, attempts))) in slos.iter().zip(indicators).enumerate() {
        let of_attempts = Terms {
            sli: SliType::Availability,
            budgeting: Budgeting::Occurrences,
            alerts: Alerts { tiers: Vec::new(), ..slo.alerts.clone() },
            ..Terms::of(slo)
        };
        let since = first[attempts.0 as usize];
        let (Ok(numbers), Ok(all)) =
            (Subject::new(&Terms::of(slo), *own, since), Subject::new(&of_attempts, *attempts, since))
        else {
            continue;
        };
        let place = subjects.all.len();
        subjects.all.extend([numbers.without(exclusions(index)), all]);
        subjects.places.push(Place {
            slo: index,
            own: place,
            attempts: place + 1,
            attempts_indicator: attempts.0 as usize,
        });
    }
    subjects
}
