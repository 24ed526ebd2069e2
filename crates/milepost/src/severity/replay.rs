//! The severity of steps, gone through minute by minute: what is usual is learnt from the minutes before, and the rules of the product judge the rest.

use super::traffic::{Numbers, Traffic};
use super::worth::WorthLately;
use crate::recording::{Attempts, Recording};
use crate::span;
use milepost_impact::SeverityPolicy;
use milepost_impact::severity::{Evidence, Explanation, Judge, KpiEvidence, SeverityChange, SeverityPlan, Verdict};
use milepost_model::{Kpi, Minute, Name, Step, StepId, Timestamp};
use milepost_registry::Registry;
use milepost_slo::{Indicator, Period};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// The minutes that are told of; those before are learnt from.
    pub(crate) period: Period,
    /// Whether it is asked why each step has its level at the end.
    pub(crate) is_of_end: bool,
}

/// The levels of some steps.
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
    begin: Minute,
}

/// What was lost of a KPI.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SpellKpi {
    pub(crate) kpi: String,
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) lost: f64,
    pub(crate) expected: f64,
    /// The same in words.
    #[serde(skip)]
    pub(crate) text: String,
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
    minutes: BTreeMap<Minute, Numbers>,
    traffic: Traffic,
    /// What attempts are worth of KPIs by which rules judge it, in the order of the plan.
    worth: Vec<WorthLately<'r>>,
    open: Option<Spell>,
}

impl Found {
    /// Goes through what is recorded of steps of one product.
    pub(crate) fn new(
        registry: &Registry,
        recording: &Recording,
        (product, steps): (&Name, &[(StepId, &Step)]),
        question: Question,
    ) -> Self {
        let policy = registry.severity_policy(product);
        let kpis: &[Kpi] = registry.product(product).map_or(&[], |product| &product.kpis);
        let judged = steps.iter().map(|(_, step)| registry.judged_step(step, kpis));
        let subjects: Vec<_> = judged.map(|of| (of.subject, of.tolerated)).collect();
        let mut judge = Judge::new(SeverityPlan::new(&policy, &subjects));
        let mut tracks: Vec<Track<'_>> = steps.iter().map(|of| Track::new(registry, recording, *of)).collect();
        for moved in judge.plan().moved() {
            let (step, _) = steps[moved.subject];
            tracks[moved.subject].worth.push(WorthLately::new(recording.amounts.of(step, &moved.kpi)));
        }
        let heard = recording.heard().unwrap_or(question.period);
        let mut spells = Vec::new();
        let mut evidence: Vec<Option<Evidence>> = vec![None; tracks.len()];
        let mut kpis: Vec<Option<KpiEvidence>> = Vec::new();
        let end = question.period.end;
        for minute in (heard.start.number()..end.number()).map(Minute::new) {
            let now = Minute::new(minute.number() + 1);
            let is_alive = recording.is_alive(minute);
            for (track, evidence) in tracks.iter_mut().zip(&mut evidence) {
                let numbers = track.minutes.get(&minute).copied().unwrap_or_default();
                // The last minute may have been cut short.
                *evidence = track.traffic.pass((minute, numbers), is_alive, now < heard.end);
            }
            kpis.clear();
            kpis.extend(tracks.iter_mut().zip(&evidence).flat_map(|(track, of)| track.kpis(minute, of.as_ref())));
            let mut changes: Vec<SeverityChange> = Vec::new();
            judge.evaluate(now.start(), (&evidence, &kpis), &mut |change| changes.push(change));
            for change in changes {
                if let Some(track) = tracks.get_mut(change.target) {
                    spells.extend(track.change((&policy, judge.plan()), &change, now));
                }
            }
        }
        spells.extend(tracks.iter_mut().filter_map(|track| Some(track.open.take()?.ended(end, true))));
        spells.retain(|spell| spell.ends_after(question.period.start));
        spells.sort_by_key(|spell| spell.begin);
        let explained = (0..tracks.len()).filter(|_| question.is_of_end).map(|at| {
            let told = Explanation::of((&policy, &judge), (&subjects[at].0.path, at), (&evidence, &kpis), end.start());
            let (product, step) = (product.to_string(), tracks[at].step.name.to_string());
            Explained { product, step, lines: told.to_string().lines().map(str::to_owned).collect() }
        });
        Self {
            product: product.to_string(),
            from: span::at(question.period.start),
            to: span::at(end),
            minutes: question.period.minutes(),
            learnt_days: tracks.iter().map(|track| track.traffic.covered_minutes() / 1_440).max().unwrap_or(0),
            explained: explained.collect(),
            spells,
        }
    }
}

/// What says which successes of a step are slow: the first of its latency SLOs.
pub(crate) fn latency<'r>(registry: &'r Registry, step: &'r Step) -> Option<&'r Indicator> {
    registry.judged_step(step, &[]).slow_by
}

impl<'r> Track<'r> {
    fn new(registry: &Registry, recording: &Recording, (id, step): (StepId, &'r Step)) -> Self {
        let mut minutes: BTreeMap<Minute, Numbers> = BTreeMap::new();
        for (minute, counts) in recording.attempts(id).into_iter().flat_map(Attempts::availability) {
            minutes.insert(minute, [counts.valid, counts.valid - counts.good, 0]);
        }
        let slow = latency(registry, step).map(|indicator| recording.minutes(indicator));
        for (minute, counts) in slow.into_iter().flatten() {
            if let Some([attempts, failed, slow]) = minutes.get_mut(&minute) {
                // Those that were given up late are bad for the SLO, and no attempts here.
                *slow = (counts.valid - counts.good).min(*attempts - *failed);
            }
        }
        Self { step, minutes, traffic: Traffic::default(), worth: Vec::new(), open: None }
    }

    fn kpis(&mut self, minute: Minute, attempts: Option<&Evidence>) -> Vec<Option<KpiEvidence>> {
        let is_hit = self.open.is_some();
        self.worth.iter_mut().map(|worth| worth.pass(minute, attempts, is_hit)).collect()
    }

    /// Its level is another: the spell that this ends, if one does.
    fn change(
        &mut self,
        (policy, plan): (&SeverityPolicy, &SeverityPlan),
        change: &SeverityChange,
        now: Minute,
    ) -> Option<Spell> {
        let over = self.open.take().map(|spell| spell.ended(now, false));
        if let (Some(spell), None) = (&over, change.after) {
            self.traffic.exclude(spell.begin, now);
        }
        if let Some(verdict) = change.after {
            let impact = verdict.impact;
            let (share, at_least) =
                verdict.kpi.map_or((impact.share, impact.at_least), |part| (part.share, part.at_least));
            self.open = Some(Spell {
                product: self.step.product.to_string(),
                step: self.step.name.to_string(),
                title: self.step.title.clone(),
                severity: policy.levels.get(verdict.level).map(ToString::to_string).unwrap_or_default(),
                since: span::at(now),
                until: None,
                minutes: 0,
                window_minutes: verdict.window.minutes(),
                attempts: impact.seen.attempts(),
                bad: impact.seen.bad(),
                missing: impact.missing.micros() as f64 / 1e6,
                impact: share.nanos() as f64 / 1e9,
                impact_at_least: at_least.nanos() as f64 / 1e9,
                kpi: SpellKpi::of(plan, &verdict),
                begin: now,
            });
        }
        over
    }
}

impl SpellKpi {
    fn of(plan: &SeverityPlan, verdict: &Verdict) -> Option<Self> {
        let (part, of) = verdict.kpi.zip(plan.judged().get(verdict.judged).and_then(|judged| plan.kpi_of(judged)))?;
        Some(Self {
            kpi: of.kpi.to_string(),
            title: of.title.clone(),
            unit: of.unit.clone(),
            lost: part.lost_micros as f64 / 1e6,
            expected: part.expected_micros as f64 / 1e6,
            text: format!("{} of {} lost", part.text(&of.unit), of.title),
        })
    }
}

impl Spell {
    fn ended(mut self, at: Minute, goes_on: bool) -> Self {
        self.until = (!goes_on).then(|| span::at(at));
        self.minutes = Period::new(self.begin, at).minutes();
        self
    }

    fn ends_after(&self, minute: Minute) -> bool {
        let minutes = i64::try_from(self.minutes).unwrap_or(i64::MAX);
        self.until.is_none() || self.begin.number().saturating_add(minutes) > minute.number()
    }
}

/// The minute before which everything is looked at for a time.
pub(crate) fn end_of(at: Timestamp) -> Minute {
    at.minute()
}
