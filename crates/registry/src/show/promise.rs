//! Records of what an SLO's target is over and of, and of when somebody is told: windows, slices and burn alerts.
//!
//! Called by `slos`; keys are those of registry files.

use milepost_slo::open::{OpenBudgeting, OpenWindow};
use milepost_slo::{AlertForm, AlertTier, Alerts, Budgeting, NoData, Window};
use serde::Serialize;
use std::fmt;

/// The time that a target is for.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum WindowRecord {
    Rolling {
        rolling: String,
    },
    Calendar {
        /// The period: a unit, or as OpenSLO writes it.
        calendar: String,
        time_zone: String,
        /// Where OpenSLO has its periods begin.
        #[serde(skip_serializing_if = "Option::is_none")]
        start: Option<String>,
    },
}

impl WindowRecord {
    pub(super) fn of(window: &Window) -> Self {
        match window {
            Window::Rolling(duration) => Self::Rolling { rolling: duration.to_string() },
            Window::Calendar(unit, zone) => {
                Self::Calendar { calendar: unit.as_str().to_owned(), time_zone: zone.clone(), start: None }
            }
        }
    }

    pub(super) fn of_open(window: &OpenWindow) -> Self {
        match window {
            OpenWindow::Rolling(duration) => Self::Rolling { rolling: duration.to_string() },
            OpenWindow::Calendar { length, start, time_zone } => Self::Calendar {
                calendar: length.to_string(),
                time_zone: time_zone.clone(),
                start: Some(start.clone()),
            },
        }
    }
}

impl fmt::Display for WindowRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling { rolling } => f.write_str(rolling),
            Self::Calendar { calendar, time_zone, .. } => write!(f, "calendar {calendar} ({time_zone})"),
        }
    }
}

/// What a target is a share of.
#[derive(Debug, Serialize)]
pub(super) struct BudgetingRecord {
    /// `occurrences`, `timeslices` or `ratio-timeslices`.
    method: &'static str,
    slice: Option<String>,
    slice_target: Option<String>,
    no_data: Option<&'static str>,
}

impl BudgetingRecord {
    const OCCURRENCES: Self = Self { method: "occurrences", slice: None, slice_target: None, no_data: None };

    pub(super) fn of(budgeting: Budgeting) -> Self {
        match budgeting {
            Budgeting::Occurrences => Self::OCCURRENCES,
            Budgeting::Timeslices { slice, target, no_data } => Self {
                slice_target: Some(target.to_string()),
                ..Self::slices("timeslices", slice.to_string(), Some(no_data))
            },
            Budgeting::RatioTimeslices { slice, no_data } => {
                Self::slices("ratio-timeslices", slice.to_string(), Some(no_data))
            }
        }
    }

    pub(super) fn of_open(budgeting: OpenBudgeting) -> Self {
        match budgeting {
            OpenBudgeting::Occurrences => Self::OCCURRENCES,
            OpenBudgeting::Timeslices { slice, target } => {
                Self { slice_target: Some(target.to_string()), ..Self::slices("timeslices", slice.to_string(), None) }
            }
            OpenBudgeting::RatioTimeslices { slice } => Self::slices("ratio-timeslices", slice.to_string(), None),
        }
    }

    fn slices(method: &'static str, slice: String, no_data: Option<NoData>) -> Self {
        Self { method, slice: Some(slice), slice_target: None, no_data: no_data.map(NoData::as_str) }
    }
}

/// The burn alerts of an SLO.
#[derive(Debug, Serialize)]
pub(super) struct AlertsRecord {
    form: &'static str,
    pub(super) tiers: Vec<TierRecord>,
}

#[derive(Debug, Serialize)]
pub(super) struct TierRecord {
    name: String,
    urgency: &'static str,
    share: String,
    long: String,
    short: String,
}

impl AlertsRecord {
    pub(super) fn of(alerts: &Alerts) -> Self {
        Self { form: alerts.form.as_str(), tiers: alerts.tiers.iter().map(|tier| TierRecord::of(*tier)).collect() }
    }

    pub(super) fn is_by_rate(&self) -> bool {
        self.form == AlertForm::Rate.as_str() && !self.tiers.is_empty()
    }
}

impl TierRecord {
    fn of(tier: AlertTier) -> Self {
        Self {
            name: tier.name(),
            urgency: tier.urgency.as_str(),
            share: tier.share.to_string(),
            long: tier.long.to_string(),
            short: tier.short.to_string(),
        }
    }
}

impl fmt::Display for TierRecord {
    /// `page 2% in 1h, 5m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in {}, {}", self.urgency, self.share, self.long, self.short)
    }
}
