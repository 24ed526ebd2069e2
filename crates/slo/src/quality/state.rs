//! The state of an SLO: what its counts say, if they can say anything.

use super::{MOST_ABANDONED, Quality};
use crate::{Counts, Fraction};
use milepost_model::{Share, Target};
use std::fmt;

/// Whether an SLO's target is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SloState {
    /// Even if all that was not measured was bad.
    Met,
    /// Even if all that was not measured was good.
    Missed,
    /// Nobody can say.
    Unknown(Doubt),
}

/// Why nobody can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing is known of the source.
    Silent,
    /// Nothing was counted.
    NoData,
    /// Too much was not measured.
    Incomplete {
        /// The share that was.
        completeness: Fraction,
        /// The share that is asked for.
        floor: Share,
    },
    /// Too many gave up.
    Abandoned(Fraction),
    /// What was not measured decides.
    Undecided,
}

impl SloState {
    /// The state of a target, what is most in doubt first.
    pub fn of(target: Target, counts: Counts, quality: &Quality) -> Self {
        if !quality.is_alive {
            return Self::Unknown(Doubt::Silent);
        }
        if let Some(abandoned) = quality.abandoned_share(counts).filter(|share| *share > MOST_ABANDONED.into()) {
            return Self::Unknown(Doubt::Abandoned(abandoned));
        }
        if counts.valid == 0 {
            return Self::Unknown(Doubt::NoData);
        }
        let completeness = quality.capture.and_then(super::Capture::completeness);
        if let Some(completeness) = completeness.filter(|share| *share < quality.floor.into()) {
            return Self::Unknown(Doubt::Incomplete { completeness, floor: quality.floor });
        }
        let Some(bounds) = quality.bounds(counts) else { return Self::Unknown(Doubt::NoData) };
        let target = Fraction::new(u128::from(target.nanos()), u128::from(Target::ONE)).expect("not over nothing");
        match () {
            () if bounds.worst >= target => Self::Met,
            () if bounds.best < target => Self::Missed,
            () => Self::Unknown(Doubt::Undecided),
        }
    }

    /// The name in reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for SloState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(doubt) => write!(f, "unknown: {doubt}"),
            known => f.write_str(known.as_str()),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("its source is silent"),
            Self::NoData => f.write_str("no data"),
            Self::Incomplete { completeness, floor } => {
                write!(f, "{completeness} of what another source saw was measured, of at least {floor}")
            }
            Self::Abandoned(share) => write!(f, "{share} of the attempts were abandoned"),
            Self::Undecided => f.write_str("what was not measured decides"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Capture;
    use super::*;
    use crate::Method;

    const COUNTS: Counts = Counts { valid: 10_000, good: 9_950 };

    fn state(target: &str, counts: Counts, quality: Quality) -> String {
        SloState::of(target.parse().unwrap(), counts, &quality).to_string()
    }

    fn quality() -> Quality {
        Quality::unmeasured(Method::Service)
    }

    #[test]
    fn without_data_or_source_nothing_is_met() {
        assert_eq!(state("99%", Counts::default(), quality()), "unknown: no data");
        assert_eq!(state("99%", COUNTS, Quality { is_alive: false, ..quality() }), "unknown: its source is silent");
    }

    #[test]
    fn completeness_that_nothing_measures_makes_nothing_unknown() {
        assert_eq!(state("99.5%", COUNTS, quality()), "met");
        assert_eq!(state("99.6%", COUNTS, quality()), "missed");
    }

    #[test]
    fn below_the_floor_nothing_is_said() {
        let capture = Capture::new(10_000, 1_000, 989);
        let told = state("90%", COUNTS, Quality { capture, ..quality() });
        assert_eq!(told, "unknown: 98.9% of what another source saw was measured, of at least 99%");
        let at_the_floor = Quality { capture: Capture::new(10_000, 1_000, 990), ..quality() };
        assert_eq!(state("90%", COUNTS, at_the_floor), "met");
        let client = Quality { capture, ..Quality::unmeasured(Method::Client) };
        assert_eq!(state("90%", COUNTS, client), "met");
    }

    #[test]
    fn met_needs_the_worst_case_and_missed_the_best() {
        // 99.5 % of an estimated 10,050 were measured: between 99 % and 99.5 % were good.
        let quality = Quality { capture: Capture::new(10_000, 1_000, 995), ..quality() };
        assert_eq!(state("99%", COUNTS, quality), "met");
        assert_eq!(state("99.2%", COUNTS, quality), "unknown: what was not measured decides");
        assert_eq!(state("99.6%", COUNTS, quality), "missed");
    }

    #[test]
    fn more_than_one_in_twenty_abandoned_is_unknown() {
        let told = |abandoned| state("99%", COUNTS, Quality { abandoned, ..quality() });
        assert_eq!(told(526), "met");
        assert_eq!(told(527), "unknown: 5.0061745% of the attempts were abandoned");
    }
}
