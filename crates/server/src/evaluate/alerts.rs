//! The states of alerts on the disk: a restart neither forgets that somebody was told, nor tells again.

use crate::commit::chain;
use milepost_model::Timestamp;
use milepost_slo::{AlertState, Alerts, Phase, Slo, TierState};
use milepost_store::{Directory, FileKind, write_whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;

/// The file, and what it should have.
#[derive(Debug)]
pub(super) struct AlertFile<'d> {
    directory: &'d Directory,
    slos: BTreeMap<String, KeptAlerts>,
    has_changed: bool,
}

/// An SLO's alerts as they are stored, by the words of each tier, so that an edit of one leaves the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct KeptAlerts {
    tiers: BTreeMap<String, KeptTier>,
    frozen_since: Option<i64>,
    seen_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum KeptTier {
    FiringSince(i64),
    ResolvedAt(i64),
}

/// The alerts of one SLO, to be stored.
#[derive(Debug)]
pub(super) struct Kept {
    slo: String,
    alerts: KeptAlerts,
}

impl Kept {
    pub(super) fn new(slo: &Slo, state: &AlertState) -> Self {
        Self::of_key(key(slo), &slo.alerts, state)
    }

    pub(super) fn of_key(slo: String, alerts: &Alerts, state: &AlertState) -> Self {
        let tiers = alerts.tiers.iter().zip(state.tiers()).filter_map(|(tier, state)| {
            let kept = match state.phase {
                Phase::Inactive => return None,
                Phase::Firing { since } => KeptTier::FiringSince(since.nanos()),
                Phase::Resolved { at } => KeptTier::ResolvedAt(at.nanos()),
            };
            Some((tier.to_string(), kept))
        });
        let alerts = KeptAlerts {
            tiers: tiers.collect(),
            frozen_since: state.frozen_since().map(Timestamp::nanos),
            seen_at: state.seen_at().map(Timestamp::nanos),
        };
        Self { slo, alerts }
    }
}

fn key(slo: &Slo) -> String {
    format!("{}/{}", slo.product, slo.name)
}

impl<'d> AlertFile<'d> {
    /// Reads what was stored. What cannot be read is told: alerts that fired then fire anew.
    pub(super) fn read(directory: &'d Directory) -> Self {
        let slos = Self::stored(directory).unwrap_or_else(|error| {
            tracing::error!(error, "the stored states of alerts cannot be read; what fired may be told anew");
            BTreeMap::new()
        });
        Self { directory, slos, has_changed: false }
    }

    fn stored(directory: &Directory) -> Result<BTreeMap<String, KeptAlerts>, String> {
        let bytes = match std::fs::read(directory.alerts()) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(error.to_string()),
        };
        let contents = FileKind::Alerts.after_header(&bytes).map_err(|error| chain(&error))?;
        serde_json::from_slice(contents).map_err(|error| error.to_string())
    }

    /// The alerts of an SLO as they were.
    pub(super) fn of(&self, slo: &Slo) -> Option<AlertState> {
        self.of_key(&key(slo), &slo.alerts)
    }

    pub(super) fn of_key(&self, slo: &str, alerts: &Alerts) -> Option<AlertState> {
        let kept = self.slos.get(slo)?;
        let tiers = alerts.tiers.iter().map(|tier| {
            let phase = match kept.tiers.get(&tier.to_string()) {
                None => Phase::Inactive,
                Some(KeptTier::FiringSince(since)) => Phase::Firing { since: Timestamp::from_nanos(*since) },
                Some(KeptTier::ResolvedAt(at)) => Phase::Resolved { at: Timestamp::from_nanos(*at) },
            };
            TierState { phase, inhibited_by: None }
        });
        let time = |nanos: Option<i64>| nanos.map(Timestamp::from_nanos);
        Some(AlertState::restored(tiers.collect(), time(kept.frozen_since), time(kept.seen_at)))
    }

    /// Notes what is to be stored.
    pub(super) fn note(&mut self, alerts: &[Kept]) {
        for Kept { slo, alerts } in alerts {
            self.has_changed |= self.slos.get(slo) != Some(alerts);
            self.slos.insert(slo.clone(), alerts.clone());
        }
    }

    /// Stores what has changed.
    pub(super) fn write_changed(&mut self) -> Result<(), String> {
        if !self.has_changed {
            return Ok(());
        }
        let mut bytes = FileKind::Alerts.header().to_vec();
        serde_json::to_writer(&mut bytes, &self.slos).map_err(|error| error.to_string())?;
        write_whole(&self.directory.alerts(), &bytes).map_err(|error| error.to_string())?;
        self.has_changed = false;
        Ok(())
    }
}
