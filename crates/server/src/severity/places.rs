//! Which series of the counts tell of which judged step.

use crate::counts::{Counts, SeriesKey, StepSeries};
use milepost_model::{Kpi, Name, Step, StepPath, TrafficClass};
use milepost_slo::{Indicator, Method};
use milepost_store::SeriesId;
use std::collections::HashMap;

/// The series of one judged step.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    /// Attempts of users as the service sees them, of each use that counts.
    pub(super) attempts: Vec<SeriesId>,
    /// What says which of them were slow.
    pub(super) slow: Option<SeriesId>,
    /// What attempts are worth, of each KPI that is declared for it: what is lost of it is told there.
    pub(super) kpis: Vec<KpiSeries>,
    /// The same of each KPI by which a rule judges it, in the order of the plan.
    pub(super) judged: Vec<KpiSeries>,
    /// The services by whose telemetry attempts are counted; none where the registry does not say which.
    pub(super) sources: Vec<Name>,
}

/// The series of what attempts of a judged step are worth of a KPI.
#[derive(Clone, Debug)]
pub(super) struct KpiSeries {
    pub(super) kpi: Name,
    /// Whether attempts carry a number; else each success counts as one.
    pub(super) is_carried: bool,
    /// Of successes.
    pub(super) kept: Vec<SeriesId>,
    /// Of failures.
    pub(super) failed: Vec<SeriesId>,
}

/// The series of all judged steps, by their places.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) all: Vec<Series>,
    by_path: HashMap<(String, String, Option<String>), Vec<usize>>,
    /// By the text of the key.
    by_indicator: HashMap<String, Vec<usize>>,
    /// Series that were looked at.
    read: u32,
}

impl Places {
    /// A step, or a use of it, at the next place, with the KPIs of its product, its sources, and the KPIs by which rules judge it.
    pub(super) fn add(
        &mut self,
        (step, path): (&Step, &StepPath),
        slow_by: Option<&Indicator>,
        (kpis, sources): (&[Kpi], Vec<Name>),
        judged: impl Iterator<Item = Name>,
    ) {
        let place = self.all.len();
        let judged = judged.filter_map(|name| kpis.iter().find(|kpi| kpi.name == name)).map(KpiSeries::of).collect();
        let kpis = kpis.iter().filter(|kpi| is_declared_for(kpi, path)).map(KpiSeries::of).collect();
        self.all.push(Series { kpis, judged, sources, ..Series::default() });
        let objective = path.objective.as_ref().map(ToString::to_string);
        let key = (step.product.to_string(), step.name.to_string(), objective);
        self.by_path.entry(key).or_default().push(place);
        if let Some(indicator) = slow_by {
            let key = SeriesKey::Indicator(indicator.id().to_string()).text();
            self.by_indicator.entry(key).or_default().push(place);
        }
    }

    /// Looks at the series that are new.
    pub(super) fn look(&mut self, counts: &Counts) {
        let all = u32::try_from(counts.series.len()).unwrap_or(u32::MAX);
        for id in (self.read..all).map(SeriesId) {
            let Some(text) = counts.series.key(id) else { continue };
            if let Some(places) = self.by_indicator.get(text) {
                places.iter().for_each(|place| self.all[*place].slow = Some(id));
            } else if SeriesKey::is_attempts(text) || SeriesKey::is_worth(text) {
                match SeriesKey::parse(text) {
                    Some(SeriesKey::Step(of)) => self.of_attempts(id, of),
                    Some(SeriesKey::Worth { of, kpi, is_kept }) => self.of_worth(id, of, &kpi, is_kept),
                    _ => {}
                }
            }
        }
        self.read = all;
    }

    fn of_attempts(&mut self, id: SeriesId, of: StepSeries) {
        self.places_of(of).into_iter().for_each(|place| self.all[place].attempts.push(id));
    }

    fn of_worth(&mut self, id: SeriesId, of: StepSeries, kpi: &str, is_kept: bool) {
        for place in self.places_of(of) {
            let Series { kpis, judged, .. } = &mut self.all[place];
            let all = kpis.iter_mut().chain(judged);
            for of in all.filter(|of| of.is_carried && of.kpi.as_str() == kpi) {
                let series = if is_kept { &mut of.kept } else { &mut of.failed };
                series.push(id);
            }
        }
    }

    /// The places of a step and of a use of it, for users.
    fn places_of(&self, of: StepSeries) -> Vec<usize> {
        if !is_of_users(&of) {
            return Vec::new();
        }
        let StepSeries { product, step, objective, .. } = of;
        let mut places = self.by_path.get(&(product.clone(), step.clone(), None)).cloned().unwrap_or_default();
        if objective.is_some() {
            places.extend(self.by_path.get(&(product, step, objective)).into_iter().flatten());
        }
        places
    }
}

impl KpiSeries {
    fn of(kpi: &Kpi) -> Self {
        Self { kpi: kpi.name.clone(), is_carried: kpi.value.is_some(), kept: Vec::new(), failed: Vec::new() }
    }
}

/// Whether a KPI names a path as such: what is said of a step as a whole is not said again of its uses.
fn is_declared_for(kpi: &Kpi, path: &StepPath) -> bool {
    let whole = StepPath { objective: None, step: path.step.clone() };
    kpi.steps.contains(path) && (*path == whole || !kpi.steps.contains(&whole))
}

/// Severity is of what users see, at the service.
fn is_of_users(of: &StepSeries) -> bool {
    of.class == TrafficClass::INTERACTIVE && of.method() == Method::Service.as_str()
}
