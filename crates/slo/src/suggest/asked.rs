//! What the criticality of a step asks for: a table that is declared, so that people can disagree with it.

use crate::SliType;
use milepost_model::{Criticality, Target};

/// What is asked for, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The share that must be good.
    pub target: Target,
    /// Where it comes from, in words.
    pub because: &'static str,
}

/// Parts per thousand that may be bad, with the reason, by criticality.
type Row = (Criticality, bool, u64, &'static str);

const ROWS: [Row; 4] = [
    (
        Criticality::Critical,
        false,
        1,
        "0.1% of 28 days are 40 minutes: one total outage that somebody who is paged can find and end",
    ),
    (
        Criticality::Important,
        false,
        5,
        "0.5% of 28 days are 3 h 22 min: one outage that waits until somebody has time on a working day",
    ),
    (
        Criticality::Critical,
        true,
        10,
        "core features that are slow once in a hundred are slow for most users once a day",
    ),
    (Criticality::Important, true, 50, "once in twenty is what one notices and bears with"),
];

impl Asked {
    /// What is asked of a step, by its criticality and the type of the SLO. Nothing where the step is of no importance, and of types
    /// that depend on what is checked.
    pub fn of(criticality: Criticality, sli: SliType) -> Option<Self> {
        let is_latency = match sli {
            SliType::Availability => false,
            SliType::Latency(_) => true,
            _ => return None,
        };
        let (_, _, per_mille, because) =
            ROWS.iter().find(|(of, latency, ..)| *of == criticality && *latency == is_latency)?;
        let target = Target::from_nanos(Target::ONE - per_mille * (Target::ONE / 1_000)).ok()?;
        Some(Self { target, because })
    }
}
