//! Which series of the counts an SLO is made of.

use crate::counts::{Cell, Counts, Imported, SeriesKey, StepSeries};
use hashbrown::HashMap;
use milepost_model::{Minute, Outcome};
use milepost_slo::{Counts as Units, IndicatorIndex, Slo};
use milepost_store::SeriesId;

/// A source that has told of no minute for so long is silent: its windows go on without it.
const SILENT_MINUTES: i64 = 10;

/// What the evaluator takes for an indicator.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) series: Vec<SeriesId>,
    reading: Reading,
    /// Of what a source counts: the indicator's id.
    imported: Option<String>,
}

/// How a source does that counts an indicator.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfSource {
    /// Whether it told of minutes lately.
    pub(super) is_heard: bool,
    /// How far it is imported.
    pub(super) imported: Option<Imported>,
}

/// What a cell says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Valid and good.
    Indicator,
    /// All attempts, and those that were not abandoned.
    Attempts,
}

impl Reading {
    fn units(self, cell: &Cell) -> Units {
        match self {
            Self::Indicator => Units { valid: cell[0], good: cell[1] },
            Self::Attempts => {
                let all = cell[..4].iter().sum();
                Units { valid: all, good: all - cell[Outcome::Abandoned as usize] }
            }
        }
    }
}

impl Watched {
    /// What a cell of one of its series counts for.
    pub(super) fn units(&self, cell: &Cell) -> Units {
        self.reading.units(cell)
    }
}

/// The indicators of a registry's SLOs, and behind each the attempts of its step: by place.
#[derive(Debug, Default)]
pub(super) struct Watches {
    pub(super) all: Vec<Watched>,
    by_series: HashMap<SeriesId, Vec<IndicatorIndex>>,
    /// By the name of the series' key.
    indicators: HashMap<String, IndicatorIndex>,
    attempts: HashMap<AttemptsKey, IndicatorIndex>,
}

/// The attempts that an SLO is about: without an objective, those of all uses of the step.
type AttemptsKey = (String, String, Option<String>, &'static str, String);

impl Watches {
    /// The indicator of an SLO, and the attempts that it is about.
    pub(super) fn add(&mut self, slo: &Slo) -> (IndicatorIndex, IndicatorIndex) {
        let of = &slo.indicator;
        let key = SeriesKey::Indicator(of.id().to_string()).text();
        let objective = of.path.objective.as_ref().map(ToString::to_string);
        let attempts =
            (of.product.to_string(), of.path.step.to_string(), objective, of.method.as_str(), of.class.to_string());
        let all = &mut self.all;
        let mut place = |reading| {
            all.push(Watched { series: Vec::new(), reading, imported: None });
            IndicatorIndex(u32::try_from(all.len() - 1).expect("a registry is smaller"))
        };
        let indicator = *self.indicators.entry(key).or_insert_with(|| place(Reading::Indicator));
        let attempts = *self.attempts.entry(attempts).or_insert_with(|| place(Reading::Attempts));
        (indicator, attempts)
    }

    /// An indicator that a source counts.
    pub(super) fn add_imported(&mut self, id: &str) -> IndicatorIndex {
        let all = &mut self.all;
        *self.indicators.entry(SeriesKey::Imported(id.to_owned()).text()).or_insert_with(|| {
            all.push(Watched { series: Vec::new(), reading: Reading::Indicator, imported: Some(id.to_owned()) });
            IndicatorIndex(u32::try_from(all.len() - 1).expect("a registry is smaller"))
        })
    }

    /// The minute with which the windows of an indicator end: the running one, or of what a source counts the last that it has settled.
    pub(super) fn newest(&self, indicator: IndicatorIndex, running: Minute, counts: &Counts) -> Minute {
        let Some(id) = &self.all[indicator.0 as usize].imported else { return running };
        let through = counts.imported.get(id).map_or(i64::MIN, |imported| imported.through);
        Minute::new(through.saturating_sub(1).clamp(running.number() - SILENT_MINUTES, running.number()))
    }

    /// How the source of an indicator does; `None` of what facts count.
    pub(super) fn of_source(&self, indicator: IndicatorIndex, running: Minute, counts: &Counts) -> Option<OfSource> {
        let id = self.all[indicator.0 as usize].imported.as_ref()?;
        let is_heard = self.newest(indicator, running, counts).number() > running.number() - SILENT_MINUTES;
        Some(OfSource { is_heard, imported: counts.imported.get(id).copied() })
    }

    /// Finds the series that there are by now.
    pub(super) fn look_at_all(&mut self, counts: &Counts) {
        for index in 0..counts.series.len() {
            self.look_at(SeriesId(u32::try_from(index).expect("series are fewer")), counts);
        }
    }

    /// Whose a series is, once it was looked at.
    pub(super) fn of(&self, series: SeriesId) -> &[IndicatorIndex] {
        self.by_series.get(&series).map_or(&[], Vec::as_slice)
    }

    /// Finds whose a series is, at its first sight.
    pub(super) fn look_at(&mut self, series: SeriesId, counts: &Counts) {
        if self.by_series.contains_key(&series) {
            return;
        }
        let Some(text) = counts.series.key(series) else { return };
        let mut found: Vec<IndicatorIndex> = self.indicators.get(text).copied().into_iter().collect();
        if let Some(SeriesKey::Step(StepSeries { product, step, objective, source, class })) = SeriesKey::parse(text) {
            let of = StepSeries { product, step, objective, source, class };
            let key = |objective| (of.product.clone(), of.step.clone(), objective, of.method(), of.class.clone());
            found.extend(self.attempts.get(&key(None)).copied());
            if of.objective.is_some() {
                found.extend(self.attempts.get(&key(of.objective.clone())).copied());
            }
        }
        for index in &found {
            self.all[index.0 as usize].series.push(series);
        }
        self.by_series.insert(series, found);
    }
}
