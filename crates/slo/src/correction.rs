//! Corrections: time that counts neither way, with who says so and why.
//!
//! They change budgets and alerts, never what was recorded: every number is had with and without.

mod recurrence;
mod rule;

pub use recurrence::{Recurrence, RecurrenceError};
pub use rule::RuleError;

use crate::{Exclusions, Period};
use milepost_model::{DurationNs, Minute, Timestamp};

/// The furthest back that a correction may reach from when it is recorded.
pub const FURTHEST_BACK: DurationNs = DurationNs::from_seconds(30 * 86_400);

/// Time that is taken out of an SLO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    when: When,
    category: Category,
    reason: String,
    author: String,
    approver: String,
    recorded_at: Timestamp,
}

/// When a correction holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Once.
    Once {
        /// The first instant.
        from: Timestamp,
        /// The first instant after it.
        to: Timestamp,
    },
    /// Again and again.
    Recurring(Recurrence),
}

/// What kind of time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Work that was announced.
    Maintenance,
    /// A release.
    Deployment,
    /// Nobody was promised anything then.
    OutsideHours,
    /// A drill or a load test.
    Exercise,
    /// The measurement was wrong.
    Measurement,
    /// Something else, as the reason says.
    Other,
}

impl Category {
    /// All categories.
    pub const ALL: [Self; 6] =
        [Self::Maintenance, Self::Deployment, Self::OutsideHours, Self::Exercise, Self::Measurement, Self::Other];

    /// The name in files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::Deployment => "deployment",
            Self::OutsideHours => "outside-hours",
            Self::Exercise => "exercise",
            Self::Measurement => "measurement",
            Self::Other => "other",
        }
    }
}

/// Who takes time out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsors {
    /// Why, in words.
    pub reason: String,
    /// Who asks for it.
    pub author: String,
    /// Who agrees: somebody else.
    pub approver: String,
}

/// Why something is no [`Correction`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// Nobody says why.
    #[error("a correction needs a reason: say what happened and why users were not let down")]
    NoReason,
    /// Nobody agrees, or the author alone.
    #[error("`{0}` cannot approve their own correction: name another person")]
    SameApprover(String),
    /// A name is missing.
    #[error("a correction needs an author and an approver")]
    NoName,
    /// It ends before it begins.
    #[error("a correction ends after it begins")]
    Empty,
    /// It changes what people have long seen.
    #[error(
        "a correction reaches at most 30 days back from when it is recorded, {recorded_at}; this one begins at {from}"
    )]
    TooFarBack {
        /// When it begins.
        from: Timestamp,
        /// When it was recorded.
        recorded_at: Timestamp,
    },
}

impl Correction {
    /// A correction as somebody records it at an instant.
    pub fn new(
        when: When,
        category: Category,
        sponsors: Sponsors,
        recorded_at: Timestamp,
    ) -> Result<Self, CorrectionError> {
        let Sponsors { reason, author, approver } = sponsors;
        if reason.trim().is_empty() {
            return Err(CorrectionError::NoReason);
        }
        let (by, with) = (author.trim(), approver.trim());
        if by.is_empty() || with.is_empty() {
            return Err(CorrectionError::NoName);
        }
        if by.eq_ignore_ascii_case(with) {
            return Err(CorrectionError::SameApprover(author));
        }
        let from = match &when {
            When::Once { from, to } if from >= to => return Err(CorrectionError::Empty),
            When::Once { from, .. } => *from,
            When::Recurring(recurrence) => recurrence.first().start(),
        };
        if recorded_at.since(from) > FURTHEST_BACK {
            return Err(CorrectionError::TooFarBack { from, recorded_at });
        }
        Ok(Self { when, category, reason, author, approver, recorded_at })
    }

    /// When it holds.
    pub fn when(&self) -> &When {
        &self.when
    }

    /// What kind of time it is.
    pub fn category(&self) -> Category {
        self.category
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Who asked for it, and who agreed.
    pub fn people(&self) -> (&str, &str) {
        (&self.author, &self.approver)
    }

    /// When it was recorded.
    pub fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }

    /// The stretches of whole minutes that it takes out and that touch a period.
    pub fn periods(&self, within: Period) -> Vec<Period> {
        match &self.when {
            When::Once { from, to } => {
                // Only minutes that lie in it as a whole: the rest of a minute still counts.
                let first = ceiling(*from);
                let period = Period::new(first, to.minute());
                Some(period).filter(|period| touches(*period, within)).into_iter().collect()
            }
            When::Recurring(recurrence) => recurrence.periods(within),
        }
    }
}

impl Exclusions {
    /// The minutes that corrections take out within a period: no minute of a window may lie outside it.
    pub fn of<'c>(corrections: impl IntoIterator<Item = &'c Correction>, within: Period) -> Self {
        Self::new(corrections.into_iter().flat_map(|correction| correction.periods(within)))
    }
}

/// The minute that begins at an instant, or the next.
fn ceiling(instant: Timestamp) -> Minute {
    let minute = instant.minute();
    if minute.start() == instant { minute } else { Minute::new(minute.number() + 1) }
}

fn touches(period: Period, within: Period) -> bool {
    period.minutes() > 0 && period.start < within.end && within.start < period.end
}

#[cfg(test)]
mod tests;
