//! Thresholds of impact: how much of a step must be hit for a severity rule to hold.

use milepost_model::Share;
use std::fmt;
use std::str::FromStr;

/// More than a share of a step's attempts, exact: `> 20%`; `any` is `> 0%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Threshold(Share);

/// Why a text is not a [`Threshold`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write `any`, or `>` and a percentage below 100, such as `\"> 20%\"`")]
pub struct ThresholdError;

impl Threshold {
    /// Any impact at all.
    pub const ANY: Self = Self(Share::ZERO);

    /// More than a share. `None` from the whole on: no impact is more than that.
    pub fn more_than(share: Share) -> Option<Self> {
        (share < Share::WHOLE).then_some(Self(share))
    }

    /// The share that must be passed.
    pub fn share(self) -> Share {
        self.0
    }

    /// Whether an impact is more than the threshold.
    pub fn is_passed_by(self, impact: Share) -> bool {
        impact > self.0
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;
    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        if text == "any" {
            return Ok(Self::ANY);
        }
        let share = text.strip_prefix('>').ok_or(ThresholdError)?.trim_start();
        // Of `> 20` one cannot tell whether it means percent.
        let share = Some(share).filter(|share| share.ends_with('%')).ok_or(ThresholdError)?;
        share.parse().ok().and_then(Self::more_than).ok_or(ThresholdError)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("> {}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_threshold_is_more_than_a_percentage_or_any() {
        let read = |text: &str| text.parse::<Threshold>().map(|t| t.to_string());
        assert_eq!(read("> 20%").as_deref(), Ok("> 20%"));
        assert_eq!(read(">0.5 %").as_deref(), Ok("> 0.5%"));
        assert_eq!(read("any").as_deref(), Ok("> 0%"));
        for text in ["", "20%", ">", "> 20", "> 0.2", ">= 20%", "> 100%", "> -1%", "< 5%", "Any"] {
            assert_eq!(read(text), Err(ThresholdError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_threshold_reads_back_and_is_passed_by_more_only(nanos in 0..Share::WHOLE.nanos()) {
            let share = Share::from_nanos(nanos).unwrap();
            let threshold = Threshold::more_than(share).unwrap();
            prop_assert_eq!(threshold.to_string().parse(), Ok(threshold));
            prop_assert!(!threshold.is_passed_by(share) && threshold.is_passed_by(Share::from_nanos(nanos + 1).unwrap()));
        }
    }
}
