//! The severity of steps, gone through as a running server goes through it: each second, by what had come by then. What is usual is learnt from what came before.

use crate::recording::Arrived;
use milepost_impact::severity::{SeverityPlan, Verdict, reason};
use milepost_ingest::Setup;
use milepost_model::{Name, Step, StepId, StepPath, Timestamp};
use milepost_server::{Retold, RetoldProduct};
use milepost_slo::SILENCE;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// Levels that had ended before are not told; what came before is learnt from all the same.
    pub(crate) from: Timestamp,
    /// The end of what is told of.
    pub(crate) to: Timestamp,
    /// The last second that is gone through.
    pub(crate) until: Timestamp,
    /// Whether it is asked why each step has its level at the end.
    pub(crate) is_of_end: bool,
}

/// The levels of some steps of a product.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Found {
    pub(crate) product: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) minutes: u64,
    /// Days of telemetry that what is usual is learnt from, at the end: below 7 nothing is.
    pub(crate) learnt_days: u64,
    pub(crate) spells: Vec<Spell>,
    /// Why each step has its level at the end, line by line, where that is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) explained: Vec<Explained>,
}

/// A level of a step, from when it was raised until it was another.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Spell {
    pub(crate) product: String,
    pub(crate) step: String,
    pub(crate) title: String,
    pub(crate) severity: String,
    pub(crate) since: String,
    /// Nothing when it goes on at the end.
    pub(crate) until: Option<String>,
    pub(crate) minutes: u64,
    /// The rule and the numbers by which it was raised, as its incident tells them.
    pub(crate) reason: String,
    /// The numbers by which it was raised, over so many minutes.
    pub(crate) window_minutes: i64,
    pub(crate) attempts: u64,
    pub(crate) bad: u64,
    pub(crate) missing: f64,
    pub(crate) impact: f64,
    pub(crate) impact_at_least: f64,
    /// What was lost, where the rule judges a KPI; the impact is that on it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kpi: Option<SpellKpi>,
    #[serde(skip)]
    begin: Timestamp,
    #[serde(skip)]
    end: Option<Timestamp>,
}

/// What was lost of a KPI.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SpellKpi {
    pub(crate) kpi: String,
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) lost: f64,
    pub(crate) expected: f64,
}

/// Why a step has its level.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Explained {
    pub(crate) product: String,
    pub(crate) step: String,
    pub(crate) lines: Vec<String>,
}

/// One step while time goes on.
struct Track<'r> {
    step: &'r Step,
    /// Where it stands among what is judged of its product.
    place: Option<usize>,
    open: Option<(Verdict, Spell)>,
    over: Vec<Spell>,
}

impl Found {
    /// Goes through what came, and tells of some steps, by product.
    pub(crate) fn all(
        setup: &Arc<Setup>,
        arrived: &Arrived,
        steps: &[(StepId, &Step)],
        question: Question,
    ) -> Vec<Self> {
        let mut tracks: HashMap<&Name, Vec<Track<'_>>> = HashMap::new();
        for (_, step) in steps {
            tracks.entry(&step.product).or_default().push(Track { step, place: None, open: None, over: Vec::new() });
        }
        let retold = play(setup, arrived, question.until, |retold, at| {
            for product in retold.products() {
                let tracks = tracks.get_mut(product.product).into_iter().flatten();
                tracks.for_each(|track| track.look(product, at));
            }
        });
        let mut found: Vec<Self> = tracks
            .into_iter()
            .filter_map(|(product, tracks)| Self::of_product(product, tracks, retold.as_ref()?, question))
            .collect();
        found.sort_by(|a, b| a.product.cmp(&b.product));
        found
    }

    fn of_product(product: &Name, tracks: Vec<Track<'_>>, retold: &Retold, question: Question) -> Option<Self> {
        let board = retold.board();
        let of = board.product(product)?;
        let learnt = tracks.iter().filter_map(|track| of.learnt.get(track.place?)).map(|(_, minutes)| minutes / 1_440);
        let explained = tracks.iter().filter(|_| question.is_of_end).filter_map(|track| {
            let told = of.explanation(track.place?, question.until)?;
            let lines = told.to_string().lines().map(str::to_owned).collect();
            Some(Explained { product: product.to_string(), step: track.step.name.to_string(), lines })
        });
        let (learnt_days, explained) = (learnt.max().unwrap_or(0), explained.collect());
        let mut spells: Vec<Spell> = tracks.into_iter().flat_map(|track| track.ended(question.until)).collect();
        spells.retain(|spell| spell.end.is_none_or(|end| end > question.from));
        spells.sort_by_key(|spell| spell.begin);
        Some(Self {
            product: product.to_string(),
            from: question.from.to_string(),
            to: question.to.to_string(),
            minutes: minutes(question.from, question.to),
            learnt_days,
            spells,
            explained,
        })
    }
}

/// Lets each second pass, up to a time and with that; nothing where nothing came. Where nothing came for longer than sources may be silent, nothing changes.
fn play(
    setup: &Arc<Setup>,
    arrived: &Arrived,
    until: Timestamp,
    mut each: impl FnMut(&Retold, Timestamp),
) -> Option<Retold> {
    let silence = i64::try_from(SILENCE.nanos() / NANOS).unwrap_or(i64::MAX);
    let end = until.nanos() / i64::try_from(NANOS).unwrap_or(i64::MAX);
    let mut second = arrived.next_heard(i64::MIN / 2)?;
    let mut retold = Retold::new(Arc::clone(setup), Timestamp::from_seconds(second));
    let series: Vec<_> = arrived.series().iter().map(|key| retold.series(key)).collect();
    let mut heard = second;
    while second <= end {
        let at = Timestamp::from_seconds(second);
        if let Some(services) = arrived.heard(second) {
            retold.hear(at, services);
            heard = second;
        }
        for (place, minute, cell) in arrived.at(second) {
            retold.add(series[place], minute, cell);
        }
        retold.round(at);
        each(&retold, at);
        second = if second < end && second - heard > silence {
            arrived.next_heard(second + 1).unwrap_or(end).clamp(second + 1, end)
        } else {
            second + 1
        };
    }
    Some(retold)
}

const NANOS: u64 = 1_000_000_000;

impl Track<'_> {
    fn look(&mut self, product: RetoldProduct<'_>, at: Timestamp) {
        let whole = |path: &StepPath| path.objective.is_none() && path.step == self.step.name;
        let place = *self
            .place
            .get_or_insert_with(|| product.paths.iter().position(|of| whole(&of.path)).unwrap_or(usize::MAX));
        let verdict = product.verdict(place);
        let is_same = match (&self.open, verdict) {
            (Some((was, _)), Some(is)) => was.level == is.level,
            (None, None) => true,
            _ => false,
        };
        if is_same {
            return;
        }
        self.over.extend(self.open.take().map(|(_, spell)| spell.ended(at, false)));
        self.open = verdict.map(|verdict| (*verdict, Spell::of(self.step, product, verdict, at)));
    }

    fn ended(self, at: Timestamp) -> impl Iterator<Item = Spell> {
        self.over.into_iter().chain(self.open.map(|(_, spell)| spell.ended(at, true)))
    }
}

impl SpellKpi {
    #[expect(clippy::cast_precision_loss, reason = "what is lost is told to a few digits")]
    fn of(plan: &SeverityPlan, verdict: &Verdict) -> Option<Self> {
        let (part, of) = verdict.kpi.zip(plan.judged().get(verdict.judged).and_then(|judged| plan.kpi_of(judged)))?;
        Some(Self {
            kpi: of.kpi.to_string(),
            title: of.title.clone(),
            unit: of.unit.clone(),
            lost: part.lost_micros as f64 / 1e6,
            expected: part.expected_micros as f64 / 1e6,
        })
    }
}

impl Spell {
    #[expect(clippy::cast_precision_loss, reason = "what is missing is told to a few digits")]
    fn of(step: &Step, product: RetoldProduct<'_>, verdict: &Verdict, at: Timestamp) -> Self {
        let impact = verdict.impact;
        let of_attempts = (impact.share, impact.at_least);
        let (share, at_least) = verdict.kpi.map_or(of_attempts, |part| (part.share, part.at_least));
        Self {
            product: step.product.to_string(),
            step: step.name.to_string(),
            title: step.title.clone(),
            severity: product.policy.levels.get(verdict.level).map(ToString::to_string).unwrap_or_default(),
            since: at.to_string(),
            until: None,
            minutes: 0,
            reason: reason(product.policy, product.judge, verdict),
            window_minutes: verdict.window.minutes(),
            attempts: impact.seen.attempts(),
            bad: impact.seen.bad(),
            missing: impact.missing.micros() as f64 / 1e6,
            impact: share.nanos() as f64 / 1e9,
            impact_at_least: at_least.nanos() as f64 / 1e9,
            kpi: SpellKpi::of(product.judge.plan(), verdict),
            begin: at,
            end: None,
        }
    }

    fn ended(mut self, at: Timestamp, goes_on: bool) -> Self {
        self.end = (!goes_on).then_some(at);
        self.until = self.end.map(|end| end.to_string());
        self.minutes = minutes(self.begin, at);
        self
    }
}

/// Minutes between two times, to the nearest.
fn minutes(from: Timestamp, until: Timestamp) -> u64 {
    (until.since(from).nanos() / NANOS + 30) / 60
}
