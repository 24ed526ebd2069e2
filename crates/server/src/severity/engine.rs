//! The severity of one registry version: windows, baselines and rules, each second.

use super::board::{JudgedPath, ProductSeverity, SeverityBoard};
use super::history::{Excluded, Past};
use super::losing::Losing;
use super::places::Places;
use super::traffic::{Traffic, of_minutes};
use super::usual::Usual;
use crate::commit::chain;
use crate::counts::Counts;
use crate::shared::Shared;
use crate::version::Version;
use milepost_impact::incident::Incidents;
use milepost_impact::severity::{Evidence, Judge, KpiEvidence, SeverityChange, SeverityPlan, Verdict};
use milepost_impact::{Baseline, Maturity, SeverityPolicy, Window};
use milepost_model::{DurationNs, Minute, Name, StepId, StepPath, Timestamp};
use milepost_slo::{SILENCE, is_alive};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Everything that is known of how bad it is.
#[derive(Debug)]
pub(super) struct Engine {
    version: Arc<Version>,
    products: Vec<Judged>,
    places: Places,
    traffic: Vec<Traffic>,
    /// When it was begun, by the clock that nobody sets.
    began: Timestamp,
    /// When the last round was, by that clock.
    looked_at: Timestamp,
    /// Since when telemetry has come without a break, by the clock that events go by.
    alive_since: Option<Timestamp>,
    /// The running minute of the last round.
    running: Minute,
    /// The first minute that baselines have not been told of.
    untold: Minute,
    /// The minutes since then in which telemetry came.
    alive: BTreeMap<Minute, bool>,
}

/// What is judged of a product.
#[derive(Debug)]
struct Judged {
    product: Name,
    policy: Arc<SeverityPolicy>,
    judge: Judge,
    paths: Arc<[JudgedPath]>,
    /// Where they lie among all.
    places: Range<usize>,
    /// Since when each has a level, if it has one, and what it loses.
    hit: Vec<Option<Hit>>,
    learnt: Arc<[(Maturity, u64)]>,
    usual: Arc<[Usual]>,
}

/// Something that has a level.
#[derive(Clone, Debug)]
struct Hit {
    since: Timestamp,
    losing: Losing,
}

/// Minutes that are over are told to baselines so much later: what comes until then is of them.
const SETTLED_MINUTES: i64 = 2;
/// After so long without a break each window is of time in which telemetry came.
const LONGEST: DurationNs = DurationNs::from_seconds(60 * Window::Long.minutes().unsigned_abs() + 60);
/// Incidents begin before they are seen: in the shorter window.
const BEFORE: i64 = Window::Short.minutes();

impl Engine {
    /// Learns what is usual from what is stored, and goes on with the levels that steps of incidents had. What cannot be read is told, and counts as no
    /// history.
    pub(super) fn new(shared: &Shared, version: Arc<Version>) -> Self {
        let registry = &version.setup.registry;
        let incidents = shared.incidents.all();
        let (mut places, mut products, mut excluded) = (Places::default(), Vec::<Judged>::new(), Vec::new());
        let running = shared.now().minute();
        for product in &registry.products {
            let known = incidents.get(product.name.as_str());
            let horizon = shared.counts().horizon();
            let judged = Judged::new((&version, &product.name), &mut places, known.map(|known| &**known), horizon);
            let bad = |of: &JudgedPath| known.map(|known| bad_times(known, &of.path, running)).unwrap_or_default();
            excluded.extend(judged.paths.iter().map(bad));
            products.push(judged);
        }
        let untold = Minute::new(running.number() - SETTLED_MINUTES);
        let baselines = learn(shared, &mut places, untold, &excluded);
        let traffic = baselines.into_iter().zip(&places.all).map(|(baseline, series)| Traffic::of(baseline, series));
        let traffic: Vec<Traffic> = traffic.collect();
        for judged in &mut products {
            judged.usual = traffic[judged.places.clone()].iter().map(|traffic| traffic.usual.clone()).collect();
        }
        let began = shared.settings.clock.steady();
        // What was heard just before the start goes on.
        let heard = shared.counts().heard_at;
        let alive_since = is_alive(began, heard).then(|| shared.now().minus(LONGEST));
        let (looked_at, alive) = (began, BTreeMap::new());
        let mut engine =
            Self { version, products, places, traffic, began, looked_at, alive_since, running, untold, alive };
        engine.forecast();
        engine.value(&shared.counts());
        engine
    }

    pub(super) fn version(&self) -> u64 {
        self.version.number
    }

    /// Takes in what has come, lets time go on, and judges.
    pub(super) fn round(&mut self, shared: &Shared) -> SeverityBoard {
        let now = shared.now();
        let counts = shared.counts();
        self.places.look(&counts);
        let (steady, heard) = (shared.settings.clock.steady(), counts.heard_at);
        let is_alive = is_alive(steady, heard);
        let lsn = counts.lsn;
        // Nobody looked: the process was stopped for a while, or a recording has a gap. What is seen now says nothing of that time.
        let was_away = steady.since(self.looked_at) > SILENCE;
        self.looked_at = steady;
        self.alive_since = if is_alive { self.alive_since.filter(|_| !was_away).or(Some(now)) } else { None };
        if now.minute() != self.running {
            self.pass(&counts, now.minute());
        }
        *self.alive.entry(self.running).or_default() |= is_alive;
        for (traffic, series) in self.traffic.iter_mut().zip(&self.places.all) {
            traffic.read(&counts, series, self.running);
        }
        drop(counts);
        if was_away {
            self.products.iter_mut().for_each(|judged| judged.freeze(now));
        }
        let alive_since = self.alive_since;
        let round = |judged: &mut Judged| judged.round(now, alive_since, &mut self.traffic);
        let products = self.products.iter_mut().map(round).collect();
        // Of what was never there nothing is missed; and who has just been started waits for the first to come.
        let is_silent = !is_alive && heard.is_some() && steady.since(self.began) > SILENCE;
        SeverityBoard { version: self.version.number, at: Some(now), lsn, is_alive, is_silent, products }
    }

    /// Minutes are over.
    fn pass(&mut self, counts: &Counts, running: Minute) {
        self.running = running;
        let settled = Minute::new(running.number() - SETTLED_MINUTES);
        while let Some((minute, is_alive)) = self.alive.pop_first() {
            if minute >= settled {
                self.alive.insert(minute, is_alive);
                break;
            }
            // A clock that was set back, or jumped, says nothing twice.
            if minute >= self.untold && is_alive {
                self.teach(counts, minute);
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

    fn teach(&mut self, counts: &Counts, minute: Minute) {
        for judged in &self.products {
            for (place, hit) in judged.places.clone().zip(&judged.hit) {
                if hit.is_none() {
                    let [attempts, ..] = of_minutes(counts, &self.places.all[place], minute, minute);
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

impl Judged {
    fn new(
        (version, product): (&Version, &Name),
        places: &mut Places,
        known: Option<&Incidents>,
        horizon: Minute,
    ) -> Self {
        let registry = &version.setup.registry;
        let policy = registry.severity_policy(product).into_owned();
        let steps = registry.judged_steps(product, &policy);
        let kpis = registry.product(product).map_or(&[][..], |product| &product.kpis);
        let subjects: Vec<_> = steps.iter().map(|of| (of.subject.clone(), of.tolerated)).collect();
        let mut judge = Judge::new(SeverityPlan::new(&policy, &subjects));
        let first = places.all.len();
        let (mut paths, mut hits) = (Vec::with_capacity(steps.len()), Vec::with_capacity(steps.len()));
        for (place, of) in steps.iter().enumerate() {
            let path = of.subject.path.clone();
            let moved = judge.plan().moved().iter().filter(|moved| moved.subject == place);
            places.add((of.step, &path), of.slow_by, kpis, moved.map(|moved| moved.kpi.clone()));
            let hit = known.and_then(|known| known.of_step(&path)?.steps.get(&path));
            if let Some(hit) = hit {
                judge.restore(place, hit.level, hit.since);
            }
            hits.push(hit.map(|hit| Hit { since: hit.since, losing: Losing::of(hit, horizon) }));
            paths.push(JudgedPath {
                path,
                step: registry.step(product, &of.step.name).map_or(usize::MAX, StepId::index),
                is_supported: registry.is_supported(of.step),
                owner: registry.owner_of(of.step).to_owned(),
            });
        }
        Self {
            product: product.clone(),
            policy: Arc::new(policy),
            judge,
            paths: paths.into(),
            places: first..places.all.len(),
            hit: hits,
            learnt: Arc::new([]),
            usual: Arc::new([]),
        }
    }

    /// Lets a time pass in which nothing could be seen: nothing is raised or lowered by it.
    fn freeze(&mut self, now: Timestamp) {
        let kpis = vec![None; self.judge.plan().moved().len()];
        self.judge.evaluate(now, (&vec![None; self.paths.len()], &kpis), &mut |_| {});
    }

    fn round(&mut self, now: Timestamp, alive_since: Option<Timestamp>, all: &mut [Traffic]) -> ProductSeverity {
        let traffic = &mut all[self.places.clone()];
        let evidence = |traffic: &Traffic| Some(traffic.evidence(now, alive_since?));
        let evidence: Vec<Option<Evidence>> = traffic.iter().map(evidence).collect();
        let kpis = traffic.iter().zip(&evidence).flat_map(|(traffic, of)| traffic.kpis(of.as_ref()));
        let kpis: Vec<Option<KpiEvidence>> = kpis.collect();
        let mut changes: Vec<SeverityChange> = Vec::new();
        self.judge.evaluate(now, (&evidence, &kpis), &mut |change| changes.push(change));
        for SeverityChange { target, after, .. } in changes {
            let Some(hit) = self.hit.get_mut(target) else { continue };
            match (after, hit.as_ref().map(|hit| hit.since)) {
                (Some(Verdict { since, .. }), None) => *hit = Some(Hit { since, losing: Losing::since(since) }),
                (None, Some(since)) => {
                    let (from, until) = bad_time(since, Some(now), now.minute());
                    traffic[target].usual.with(|baseline| baseline.exclude(from, until));
                    *hit = None;
                }
                _ => {}
            }
        }
        ProductSeverity {
            product: self.product.clone(),
            policy: Arc::clone(&self.policy),
            judge: self.judge.clone(),
            paths: Arc::clone(&self.paths),
            evidence,
            kpis,
            learnt: Arc::clone(&self.learnt),
            usual: Arc::clone(&self.usual),
            lost: self.losing().map(|(at, losing)| (at, losing.lost())).collect(),
            lost_kpis: self.losing().map(|(at, losing)| (at, losing.lost_kpis())).collect(),
        }
    }
}

impl Judged {
    /// What those lose that have a level.
    fn losing(&self) -> impl Iterator<Item = (usize, &Losing)> {
        self.hit.iter().enumerate().filter_map(|(at, hit)| Some((at, &hit.as_ref()?.losing)))
    }
}

/// When something was wrong with a step, as far as incidents are remembered.
fn bad_times(known: &Incidents, path: &StepPath, running: Minute) -> Excluded {
    let hits = known.all().filter_map(|incident| incident.steps.get(path));
    hits.map(|hit| bad_time(hit.since, hit.healed_at, running)).collect()
}

fn bad_time(since: Timestamp, until: Option<Timestamp>, running: Minute) -> (Minute, Minute) {
    let begin = since.minus(DurationNs::from_seconds(60 * BEFORE.unsigned_abs())).minute();
    (begin, Minute::new(until.map_or(running, Timestamp::minute).number() + 1))
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
