//! What a data directory has of SLOs whose counts were imported from elsewhere. Nobody is asked: what was imported is durable.

use super::{Stored, StoredError};
use crate::counts::{Import, Imported, SeriesKey};
use crate::prometheus::{Asked, judged_anywhere};
use milepost_model::Minute;
use milepost_registry::Registry;
use milepost_slo::open::{OpenObjective, OpenSlo};
use milepost_slo::{Alerts, Counts, IndicatorIndex, Subject};
use milepost_store::Lsn;
use milepost_store::wal::{self, RecordKind};
use std::collections::BTreeMap;

/// An objective of an OpenSLO document, as a server judges it.
#[derive(Clone, Debug)]
pub struct ImportedSlo<'r> {
    /// The document.
    pub slo: &'r OpenSlo,
    /// The objective.
    pub objective: &'r OpenObjective,
    /// The document's name; of several objectives with the place of this one.
    pub name: String,
    /// The id of what it counts; or why nobody counts it.
    pub indicator: Result<String, String>,
    /// Whether events are counted, and not minutes or parts of them.
    pub is_ratio: bool,
    /// Its burn alerts.
    pub alerts: Alerts,
    /// What of alert policies is not judged, each with the reason.
    pub unjudged: Vec<String>,
}

/// What was imported of an indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedCounts {
    /// By minute.
    pub minutes: BTreeMap<Minute, Counts>,
    /// The first minute that is not imported yet.
    pub through: Option<Minute>,
}

impl<'r> ImportedSlo<'r> {
    /// The objectives of all OpenSLO documents of a registry, in their order.
    pub fn of(registry: &'r Registry) -> Vec<Self> {
        let of = judged_anywhere(registry).into_iter().map(|judged| {
            let is_ratio = judged.query.as_ref().is_ok_and(|query| matches!(query.asked, Asked::Ratio { .. }));
            let (slo, objective, name, alerts) = (judged.slo, judged.objective, judged.name, judged.alerts);
            let indicator = judged.query.map(|query| query.id);
            Self { slo, objective, name, indicator, is_ratio, alerts, unjudged: judged.unjudged }
        });
        of.collect()
    }

    /// Takes the alerts that its document has now: the share of a burn rate depends on the window.
    pub fn judge_alerts(&mut self) {
        let (alerts, unjudged) = self.slo.alerts();
        (self.alerts, self.unjudged) = (alerts, unjudged.iter().map(ToString::to_string).collect());
    }

    /// As it is evaluated, with a history since a minute.
    ///
    /// # Errors
    /// Its window is one that no calendar has.
    pub fn subject(
        &self,
        indicator: IndicatorIndex,
        since: Minute,
    ) -> Result<Subject, milepost_slo::open::OpenWindowError> {
        let subject = Subject::of_open(self.objective, &self.slo.window, indicator, since)?;
        Ok(subject.with_alerts(self.alerts.clone()))
    }
}

impl Stored {
    /// What was imported, by the id of the indicator, with what is damaged, in words.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn imported(&self) -> Result<(BTreeMap<String, ImportedCounts>, Vec<String>), StoredError> {
        let _hold = self.directory.hold()?;
        let mut all: BTreeMap<String, ImportedCounts> = BTreeMap::new();
        let is_wanted = |key: &SeriesKey| matches!(key, SeriesKey::Imported(_));
        let mut damage = Vec::new();
        let mut after = Lsn::default();
        if let Some(checkpoint) = self.newest_checkpoint()? {
            after = checkpoint.lsn;
            damage = self.minutes_until(after, is_wanted, |key, minute, cell| {
                let SeriesKey::Imported(id) = key else { return };
                let counts = Counts { valid: cell[0], good: cell[1] };
                all.entry(id.clone()).or_default().minutes.entry(minute).or_default().add(counts);
            })?;
            let known = crate::commit::contents(&checkpoint.contents).map(|contents| contents.imported);
            for (id, Imported { through, .. }) in known.unwrap_or_default() {
                all.entry(id).or_default().through = Some(Minute::new(through));
            }
        }
        // What came since is in the log alone.
        let reading = wal::read(&self.directory.wal(), after, |group| {
            let records = group.records.iter().filter(|(lsn, kind, _)| *lsn > after && *kind == RecordKind::Counts);
            for import in records.filter_map(|(_, _, payload)| Import::read(payload)) {
                all.entry(import.indicator.clone()).or_default().take(&import);
            }
        })?;
        damage.extend(reading.damage.iter().map(ToString::to_string));
        Ok((all, damage))
    }
}

impl ImportedCounts {
    /// Adds minutes that follow those that are there.
    fn take(&mut self, import: &Import) {
        if self.through.is_some_and(|through| import.from < through) {
            return;
        }
        self.through = Some(Minute::new(import.now.through));
        for (minute, valid, good) in &import.cells {
            self.minutes.entry(*minute).or_default().add(Counts { valid: *valid, good: *good });
        }
    }
}
