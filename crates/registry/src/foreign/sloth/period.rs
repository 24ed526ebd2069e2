//! The window of SLOs of Sloth, which is told it when it runs.

use crate::documents::slo::MAX_WINDOW;
use milepost_model::DurationNs;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The window of all SLOs of Sloth: what its flag `--default-slo-period` says. Whole minutes, and no longer than any window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlothPeriod(DurationNs);

/// Why there is no such window.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("write whole minutes, hours, days or weeks, at most {MAX_WINDOW}, as Sloth takes them: `28d` or `30d`")]
pub struct BadSlothPeriod;

const DAY_SECONDS: u64 = 86_400;
const MINUTE_NANOS: u64 = 60_000_000_000;

impl SlothPeriod {
    /// Its length.
    pub fn duration(self) -> DurationNs {
        self.0
    }

    /// Whether Sloth knows alerts for it without being given a catalog of windows.
    pub(super) fn has_alerts(self) -> bool {
        [28, 30].map(|days| DurationNs::from_seconds(days * DAY_SECONDS)).contains(&self.0)
    }
}

/// 30 days, as Sloth has it.
impl Default for SlothPeriod {
    fn default() -> Self {
        Self(DurationNs::from_seconds(30 * DAY_SECONDS))
    }
}

impl FromStr for SlothPeriod {
    type Err = BadSlothPeriod;

    fn from_str(text: &str) -> Result<Self, BadSlothPeriod> {
        let period: DurationNs = text.parse().map_err(|_| BadSlothPeriod)?;
        let is_right = period.nanos() > 0 && period.nanos().is_multiple_of(MINUTE_NANOS) && period <= MAX_WINDOW;
        is_right.then_some(Self(period)).ok_or(BadSlothPeriod)
    }
}

impl fmt::Display for SlothPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_that_a_window_can_have() {
        let parse = |text: &str| text.parse::<SlothPeriod>().map(|period| period.to_string());
        assert_eq!(parse("30d"), Ok(SlothPeriod::default().to_string()));
        assert_eq!(parse("4w"), parse("28d"));
        for wrong in ["", "30", "0d", "90s", "732d", "-1d"] {
            assert_eq!(parse(wrong), Err(BadSlothPeriod), "{wrong}");
        }
    }
}
