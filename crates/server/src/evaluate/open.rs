//! Objectives of OpenSLO documents among what is evaluated: their numbers come from a source of counts.

use super::alerts::{AlertFile, Kept};
use super::board::Standing;
use super::watched::Watches;
use crate::prometheus::{OpenJudged, Source, judged};
use milepost_model::Minute;
use milepost_registry::{Promised, Registry};
use milepost_slo::open::OpenBudgeting;
use milepost_slo::{Alerts, Evaluator, Exclusions, IndicatorIndex, Subject, minutes_of};

/// The objectives of a registry, in its order; nothing of those that nobody counts.
#[derive(Debug, Default)]
pub(super) struct OpenPlaces(Vec<Option<OpenPlace>>);

#[derive(Debug)]
struct OpenPlace {
    /// Its place in what is evaluated.
    evaluated: usize,
    indicator: IndicatorIndex,
    product: String,
    name: String,
    alerts: Alerts,
}

/// What is evaluated of them, as it is gathered.
pub(super) struct OpenSubjects<'r> {
    judged: Vec<(OpenJudged<'r>, Option<IndicatorIndex>)>,
}

impl<'r> OpenSubjects<'r> {
    /// Watches what they are made of.
    pub(super) fn watch(registry: &'r Registry, sources: &[Source], watches: &mut Watches) -> Self {
        let watch = |judged: OpenJudged<'r>| {
            let index = judged.query.as_ref().ok().map(|query| watches.add_imported(&query.id));
            (judged, index)
        };
        Self { judged: judged(registry, sources).into_iter().map(watch).collect() }
    }

    /// As maintenances see them, by place.
    pub(super) fn promised(&self) -> impl Iterator<Item = Option<Promised<'r>>> + '_ {
        self.judged.iter().map(|(judged, _)| Promised::of_open(judged.slo))
    }

    /// The minutes of the longest window.
    pub(super) fn longest_minutes(&self) -> u64 {
        self.judged.iter().map(|(judged, _)| minutes_of(judged.slo.window.shortest())).max().unwrap_or(0)
    }

    /// Marks those whose other minutes are asked for.
    pub(super) fn mark_sliced(&self, sliced: &mut [bool]) {
        for (judged, index) in &self.judged {
            if let Some(index) = index {
                sliced[index.0 as usize] |= judged.objective.budgeting != OpenBudgeting::Occurrences;
            }
        }
    }

    /// Puts them behind what else is evaluated, without what is taken out of each, by place. Those of windows that no calendar has are left out.
    pub(super) fn add_to(
        self,
        subjects: &mut Vec<Subject>,
        first: &[Minute],
        exclusions: impl Fn(usize) -> Exclusions,
    ) -> OpenPlaces {
        let place = |(at, (judged, index)): (usize, (OpenJudged<'_>, Option<IndicatorIndex>))| {
            let (indicator, binding) = (index?, judged.binding()?);
            let since = first[indicator.0 as usize];
            let subject = Subject::of_open(judged.objective, &judged.slo.window, indicator, since).ok()?;
            subjects.push(subject.with_alerts(judged.alerts.clone()).without(exclusions(at)));
            Some(OpenPlace {
                evaluated: subjects.len() - 1,
                indicator,
                product: binding.product.to_string(),
                name: judged.name,
                alerts: judged.alerts,
            })
        };
        OpenPlaces(self.judged.into_iter().enumerate().map(place).collect())
    }
}

impl OpenPlaces {
    fn all(&self) -> impl Iterator<Item = &OpenPlace> {
        self.0.iter().flatten()
    }

    /// The product and the name of one, by its place in what is evaluated.
    pub(super) fn name(&self, evaluated: usize) -> Option<(&str, &str)> {
        let place = self.all().find(|place| place.evaluated == evaluated)?;
        Some((&place.product, &place.name))
    }

    /// Puts alerts back as they were stored.
    pub(super) fn restore(&self, evaluator: &mut Evaluator, alerts: &AlertFile<'_>) {
        for place in self.all() {
            if let Some(state) = alerts.of_key(&place.key(), &place.alerts) {
                evaluator.restore(place.evaluated, state);
            }
        }
    }

    /// Their alerts, to be stored.
    pub(super) fn kept<'p>(&'p self, evaluator: &'p Evaluator) -> impl Iterator<Item = Kept> + 'p {
        self.all().map(|place| Kept::of_key(place.key(), &place.alerts, evaluator.alerts(place.evaluated)))
    }

    /// What is known of each, by its place, by where it is evaluated, and by what it counts.
    pub(super) fn standings(
        &self,
        standing: impl Fn(usize, usize, IndicatorIndex) -> Standing,
    ) -> Vec<Option<Standing>> {
        let places = self.0.iter().enumerate();
        let of = |(at, place): (usize, &Option<OpenPlace>)| {
            place.as_ref().map(|place| standing(at, place.evaluated, place.indicator))
        };
        places.map(of).collect()
    }
}

impl OpenPlace {
    /// As it is stored: no SLO of the registry's own has such a name.
    fn key(&self) -> String {
        format!("openslo/{}/{}", self.product, self.name)
    }
}
