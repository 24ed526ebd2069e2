//! Which series of the counts tell of which judged step.

use crate::counts::{Counts, SeriesKey, StepSeries};
use milepost_model::{Step, StepPath, TrafficClass};
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
    /// A step, or a use of it, at the next place.
    pub(super) fn add(&mut self, step: &Step, path: &StepPath, slow_by: Option<&Indicator>) {
        let place = self.all.len();
        self.all.push(Series::default());
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
            } else if let Some(of) = text.starts_with("step|").then(|| SeriesKey::parse(text)).flatten() {
                self.of_attempts(id, of);
            }
        }
        self.read = all;
    }

    fn of_attempts(&mut self, id: SeriesId, key: SeriesKey) {
        let SeriesKey::Step(of) = key else { return };
        if !is_of_users(&of) {
            return;
        }
        let StepSeries { product, step, objective, .. } = of;
        let mut places = self.by_path.get(&(product.clone(), step.clone(), None)).cloned().unwrap_or_default();
        if objective.is_some() {
            places.extend(self.by_path.get(&(product, step, objective)).into_iter().flatten());
        }
        places.into_iter().for_each(|place| self.all[place].attempts.push(id));
    }
}

/// Severity is of what users see, at the service.
fn is_of_users(of: &StepSeries) -> bool {
    of.class == TrafficClass::INTERACTIVE && of.method() == Method::Service.as_str()
}
