//! How far numbers can be trusted: completeness, lag, who is alive; and the state of an SLO that follows.
//!
//! Nothing is met on silence: without data, or with too little of it, the state is unknown, and says why.

mod capture;
mod state;

pub use capture::{Bounds, Capture};
pub use state::{Doubt, SloState};

use crate::{Counts, ErrorBudget, Fraction, Method};
use milepost_model::{DurationNs, Minute, Share, Timestamp};

/// A source of which nothing was seen for longer is not alive.
pub const SILENCE: DurationNs = DurationNs::from_seconds(120);

/// With a higher share of abandoned attempts nobody can say whether the rest stands for all.
pub const MOST_ABANDONED: Share = Share::from_percent(5);

/// Whether a source is alive: a fact, a metric, a heartbeat of any class, or an independent probe of it, within the last two minutes.
pub fn is_alive(now: Timestamp, seen_at: impl IntoIterator<Item = Timestamp>) -> bool {
    seen_at.into_iter().any(|seen| now.since(seen) <= SILENCE)
}

/// The age of the newest minute that is settled.
pub fn lag(now: Timestamp, newest_sealed: Minute) -> DurationNs {
    now.since(Minute::new(newest_sealed.number().saturating_add(1)).start())
}

impl Method {
    /// The completeness below which nothing is said, unless a product says otherwise.
    pub fn floor(self) -> Share {
        match self {
            Self::Service | Self::EndToEnd => Share::from_percent(99),
            Self::Client => Share::from_percent(90),
        }
    }
}

/// What is known of an SLO's data beside its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// Whether its source is alive.
    pub is_alive: bool,
    /// What another source saw of the same attempts; `None` where nothing can tell, which makes no state unknown.
    pub capture: Option<Capture>,
    /// The completeness below which the state is unknown.
    pub floor: Share,
    /// Attempts that were given up, which the counts leave out.
    pub abandoned: u64,
}

impl Quality {
    /// Of a source that is alive, with nothing to compare it with.
    pub fn unmeasured(method: Method) -> Self {
        Self { is_alive: true, capture: None, floor: method.floor(), abandoned: 0 }
    }

    /// The share of abandoned attempts among those and the counted ones; `None` without any.
    pub fn abandoned_share(&self, counts: Counts) -> Option<Fraction> {
        let all = u128::from(counts.valid) + u128::from(self.abandoned);
        Fraction::new(u128::from(self.abandoned), all)
    }

    /// What is spent of a budget, at best and at worst: as measured, and if all that was not measured was bad. `None` without units.
    pub fn spent(&self, budget: &ErrorBudget) -> Option<(Fraction, Fraction)> {
        let missing = self.capture.map_or(0, |capture| capture.missing(budget.counts.valid));
        Some((budget.spent()?, budget.share_of(budget.counts.bad().saturating_add(missing))?))
    }

    /// The share that is good of all there were, at worst and at best; both the same where completeness is not measured. `None` without data.
    pub fn bounds(&self, counts: Counts) -> Option<Bounds> {
        match self.capture {
            Some(capture) => capture.bounds(counts),
            None => {
                let share = Fraction::new(u128::from(counts.good), u128::from(counts.valid))?;
                Some(Bounds { worst: share, best: share })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Total;

    #[test]
    fn a_source_is_alive_for_two_minutes_by_whatever_saw_it() {
        let at = Timestamp::from_seconds;
        assert!(is_alive(at(1_000), [at(5), at(880)]));
        assert!(!is_alive(at(1_000), [at(5), at(879)]));
        assert!(!is_alive(at(1_000), []));
    }

    #[test]
    fn the_lag_is_counted_from_the_end_of_the_newest_settled_minute() {
        assert_eq!(lag(Timestamp::from_seconds(200), Minute::new(1)), DurationNs::from_seconds(80));
        assert_eq!(lag(Timestamp::from_seconds(100), Minute::new(1)), DurationNs::default());
    }

    #[test]
    fn what_is_spent_reaches_from_as_measured_to_all_missing_bad() {
        let counts = Counts { valid: 899, good: 890 };
        let budget = ErrorBudget { target: "90%".parse().unwrap(), counts, total: Total::counted(1_000) };
        // N = 900 x 1000 / 900 - 1 = 999: 100 are missing. Of 100 that may be bad 9 are, or 109.
        let quality = Quality { capture: Capture::new(899, 999, 899), ..Quality::unmeasured(Method::Client) };
        let percent = |quality: &Quality| quality.spent(&budget).map(|(best, worst)| [best.percent(), worst.percent()]);
        assert_eq!(percent(&quality), Some(["9%".to_owned(), "109%".to_owned()]));
        assert_eq!(percent(&Quality { capture: None, ..quality }), Some(["9%".to_owned(), "9%".to_owned()]));
    }

    #[test]
    fn floors_are_those_of_the_methods() {
        assert_eq!(Method::ALL.map(|method| method.floor().to_string()), ["99%", "90%", "99%"]);
    }

    #[test]
    fn abandoned_attempts_are_a_share_of_all() {
        let quality = Quality { abandoned: 5, ..Quality::unmeasured(Method::Service) };
        assert_eq!(quality.abandoned_share(Counts { valid: 95, good: 95 }), Some(MOST_ABANDONED.into()));
        assert_eq!(Quality { abandoned: 0, ..quality }.abandoned_share(Counts::default()), None);
    }
}
