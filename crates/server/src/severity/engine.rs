//! The severity of one registry version: windows, baselines and rules, each second.

use super::board::{JudgedPath, SeverityBoard};
use super::ears::{Ears, Moment};
use super::history::{Excluded, Past};
use super::judged::{Judged, bad_times};
use super::places::Places;
use super::traffic::{Traffic, of_minutes};
use crate::commit::chain;
use crate::counts::Counts;
use crate::incidents::Known;
use crate::shared::Shared;
use crate::version::Version;
use milepost_impact::Baseline;
use milepost_impact::incident::IncidentKind;
use milepost_model::{Minute, Name, Timestamp};
use milepost_slo::SILENCE;
use milepost_store::Lsn;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

/// Everything that is known of how bad it is.
#[derive(Debug)]
pub(super) struct Engine {
    version: Arc<Version>,
    products: Vec<Judged>,
    places: Places,
    traffic: Vec<Traffic>,
    ears: Ears,
    /// When it was begun, by the clock that nobody sets.
    began: Timestamp,
    /// When the last round was.
    looked_at: Moment,
    /// Everything up to here is in it.
    lsn: Lsn,
    /// Whether nothing has come for so long, though something had, that somebody must look.
    is_silent: bool,
    /// The running minute of the last round.
    running: Minute,
    /// The first minute that baselines have not been told of.
    untold: Minute,
    /// The minutes since then.
    minutes: BTreeMap<Minute, Covered>,
}

/// What is known of a minute.
#[derive(Clone, Debug, Default)]
struct Covered {
    /// Whether anything came in it, or shortly before.
    is_alive: bool,
    /// Whose source was lost.
    lost: BTreeSet<usize>,
}

/// Minutes that are over are told to baselines so much later: what comes until then is of them.
const SETTLED_MINUTES: i64 = 2;

impl Engine {
    /// Learns what is usual from what is stored, and goes on with the levels that steps of incidents had. What cannot be read is told, and counts as no
    /// history.
    pub(super) fn new(shared: &Shared, version: Arc<Version>) -> Self {
        let known = shared.incidents.all();
        let moment = Moment::of(shared);
        let (mut engine, excluded) = Self::begin(version, moment, &shared.counts(), &known);
        let baselines = learn(shared, &mut engine.places, engine.untold, &excluded);
        engine.learnt(baselines);
        engine.value(&shared.counts());
        engine
    }

    /// Knows nothing of what is usual yet; the times of each place that nothing is to be learnt from.
    pub(super) fn begin(
        version: Arc<Version>,
        moment: Moment,
        counts: &Counts,
        known: &Known,
    ) -> (Self, Vec<Excluded>) {
        let registry = &version.setup.registry;
        let (mut places, mut products, mut excluded) = (Places::default(), Vec::<Judged>::new(), Vec::new());
        let running = moment.now.minute();
        for product in &registry.products {
            let known = known.get(product.name.as_str());
            let known = known.map(|known| &**known);
            let judged = Judged::new((&version, &product.name), &mut places, known, counts.horizon());
            let bad = |of: &JudgedPath| known.map(|known| bad_times(known, &of.path, running)).unwrap_or_default();
            excluded.extend(judged.paths.iter().map(bad));
            products.push(judged);
        }
        let sources: BTreeSet<&Name> = places.all.iter().flat_map(|series| &series.sources).collect();
        let ears = Ears::begin(moment, counts, sources, &lost(known));
        let untold = Minute::new(running.number() - SETTLED_MINUTES);
        // What is stored is learnt from up to there; the minutes since then are told when they are settled, like those that come.
        let covered = || Covered { is_alive: true, ..Covered::default() };
        let before = (untold.number()..running.number()).filter(|_| ears.is_alive());
        let minutes = before.map(|minute| (Minute::new(minute), covered())).collect();
        let mut engine = Self {
            ears,
            version,
            products,
            places,
            traffic: Vec::new(),
            began: moment.steady,
            looked_at: moment,
            lsn: Lsn(0),
            is_silent: false,
            running,
            untold,
            minutes,
        };
        engine.learnt(vec![Baseline::default(); excluded.len()]);
        engine.value(counts);
        (engine, excluded)
    }

    fn learnt(&mut self, baselines: Vec<Baseline>) {
        let traffic = baselines.into_iter().zip(&self.places.all);
        self.traffic = traffic.map(|(baseline, series)| Traffic::of(baseline, series)).collect();
        for judged in &mut self.products {
            judged.usual = self.traffic[judged.places.clone()].iter().map(|traffic| traffic.usual.clone()).collect();
        }
        self.forecast();
    }

    pub(super) fn version(&self) -> u64 {
        self.version.number
    }

    /// Takes in what has come, lets time go on, and judges. The counts are let go of before.
    pub(super) fn round(&mut self, moment: Moment, counts: impl Deref<Target = Counts>) {
        self.places.look(&counts);
        // Nobody looked: the process was stopped for a while, or a recording has a gap. What is seen now says nothing of that time.
        let was_away = moment.steady.since(self.looked_at.steady) > SILENCE;
        self.looked_at = moment;
        self.lsn = counts.lsn;
        self.ears.listen(moment, was_away, &counts);
        if moment.now.minute() != self.running {
            self.pass(&counts, moment.now.minute());
        }
        let covered = self.minutes.entry(self.running).or_default();
        covered.is_alive |= self.ears.is_alive();
        for (place, (traffic, series)) in self.traffic.iter_mut().zip(&self.places.all).enumerate() {
            traffic.read(&counts, series, self.running);
            if self.ears.are_lost(&series.sources) {
                covered.lost.insert(place);
            }
        }
        // Of what was never there nothing is missed; and who has just been started waits for the first to come.
        let has_waited = moment.steady.since(self.began) > SILENCE;
        self.is_silent = !self.ears.is_alive() && counts.heard_at.is_some() && has_waited;
        drop(counts);
        for judged in &mut self.products {
            if was_away {
                judged.freeze(moment.now);
            }
            let places = judged.places.clone();
            judged.round(moment.now, &self.ears, &mut self.traffic[places.clone()], &self.places.all[places]);
        }
    }

    /// How bad it is as of the last round.
    pub(super) fn board(&self) -> SeverityBoard {
        SeverityBoard {
            version: self.version.number,
            at: Some(self.looked_at.now),
            lsn: self.lsn,
            is_alive: self.ears.is_alive(),
            is_silent: self.is_silent,
            products: self.products.iter().map(Judged::severity).collect(),
        }
    }

    /// What is judged, product by product.
    pub(super) fn products(&self) -> &[Judged] {
        &self.products
    }

    /// Minutes are over.
    fn pass(&mut self, counts: &Counts, running: Minute) {
        self.running = running;
        let settled = Minute::new(running.number() - SETTLED_MINUTES);
        while let Some((minute, covered)) = self.minutes.pop_first() {
            if minute >= settled {
                self.minutes.insert(minute, covered);
                break;
            }
            // A clock that was set back, or jumped, says nothing twice.
            if minute >= self.untold && covered.is_alive {
                self.teach(counts, minute, &covered.lost);
            }
            self.untold = self.untold.max(Minute::new(minute.number() + 1));
        }
        self.lose(counts, settled);
        self.forecast();
        self.value(counts);
    }

    /// Learns what attempts are worth of the KPIs that rules judge.
    fn value(&mut self, counts: &Counts) {
        for judged in &self.products {
            for (place, hit) in judged.places.clone().zip(&judged.hit) {
                self.traffic[place].value(counts, &self.places.all[place], self.running, hit.is_some());
            }
        }
    }

    fn lose(&mut self, counts: &Counts, until: Minute) {
        for judged in &mut self.products {
            for (place, hit) in judged.places.clone().zip(&mut judged.hit) {
                if let Some(hit) = hit {
                    hit.losing.add(counts, &self.places.all[place], &mut self.traffic[place], until);
                }
            }
        }
    }

    /// Nothing is learnt of what has a level, nor of what nobody could see then, as is known by now.
    fn teach(&mut self, counts: &Counts, minute: Minute, lost: &BTreeSet<usize>) {
        for judged in &self.products {
            for (place, hit) in judged.places.clone().zip(&judged.hit) {
                let series = &self.places.all[place];
                if hit.is_none() && !lost.contains(&place) && !self.ears.are_lost(&series.sources) {
                    let [attempts, ..] = of_minutes(counts, series, minute, minute);
                    self.traffic[place].usual.with(|baseline| baseline.observe(minute, attempts));
                }
            }
        }
    }

    fn forecast(&mut self) {
        for traffic in &mut self.traffic {
            traffic.forecast = Some(traffic.usual.with(|baseline| baseline.forecast(self.running)));
        }
        for judged in &mut self.products {
            let of = |traffic: &Traffic| traffic.usual.with(|of| (of.maturity(), of.covered_minutes()));
            judged.learnt = self.traffic[judged.places.clone()].iter().map(of).collect();
        }
    }
}

/// The sources that an incident says are lost.
fn lost(known: &Known) -> BTreeSet<String> {
    let open = known.values().flat_map(|incidents| incidents.open());
    let lost = open.filter(|incident| incident.kind == IncidentKind::TelemetryLost);
    lost.flat_map(|incident| incident.silent.iter().cloned()).collect()
}

fn learn(shared: &Shared, places: &mut Places, until: Minute, excluded: &[Excluded]) -> Vec<Baseline> {
    let past = {
        let counts = shared.counts();
        places.look(&counts);
        Past::of(&counts, places, until)
    };
    match past.learn(&shared.directory.minutes(), excluded) {
        Ok((baselines, lost)) => {
            shared.health.note_lost(&lost);
            baselines
        }
        Err(error) => {
            tracing::error!(error = chain(&error), "what is usual cannot be learnt from what is stored");
            vec![Baseline::default(); excluded.len()]
        }
    }
}
