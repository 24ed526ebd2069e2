//! SLO targets: exact decimals, never floats.

use crate::share::{self, ShareError};
use std::fmt;
use std::str::FromStr;

/// The share of valid events that must be good, strictly between 0 and 1, in units of 1e-9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(u64);

/// Why a text is not a [`Target`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not a decimal number or percentage.
    #[error("a target is a decimal such as `0.999` or a percentage such as `99.9%`")]
    NotDecimal,
    /// More digits than can be held exactly.
    #[error("a target has at most 9 digits after the decimal point (7 in a percentage)")]
    TooPrecise,
    /// 0, 1 or beyond.
    #[error("a target lies strictly between 0 and 1 (0 % and 100 %)")]
    OutOfRange,
}

impl Target {
    /// The whole, in the unit that targets are held in.
    pub const ONE: u64 = 1_000_000_000;

    /// A target of `nanos` units of 1e-9.
    pub fn from_nanos(nanos: u64) -> Result<Self, TargetError> {
        if nanos == 0 || nanos >= Self::ONE { Err(TargetError::OutOfRange) } else { Ok(Self(nanos)) }
    }

    /// The target in units of 1e-9.
    pub fn nanos(self) -> u64 {
        self.0
    }

    /// What may be bad, `1 - target`, in units of 1e-9.
    pub fn allowed_bad_nanos(self) -> u64 {
        Self::ONE - self.0
    }

    /// Whether `good` of `valid` meets the target; decided in integers.
    pub fn is_met(self, good: u64, valid: u64) -> bool {
        u128::from(good) * u128::from(Self::ONE) >= u128::from(valid) * u128::from(self.0)
    }
}

impl FromStr for Target {
    type Err = TargetError;

    /// Reads `0.999` or `99.9%` (`99.9 %`) exactly, from its text.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let scaled = share::nanos(text).map_err(|error| match error {
            ShareError::NotDecimal => TargetError::NotDecimal,
            ShareError::TooPrecise => TargetError::TooPrecise,
            ShareError::TooHigh => TargetError::OutOfRange,
        })?;
        Self::from_nanos(scaled)
    }
}

impl fmt::Display for Target {
    /// As a percentage with no trailing zeros: `99.9%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&share::percentage(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_and_percentages_are_the_same_target() {
        for (text, nanos) in
            [("0.999", 999_000_000), ("99.9%", 999_000_000), ("99.9 %", 999_000_000), ("00.5", 500_000_000)]
        {
            assert_eq!(text.parse::<Target>().unwrap().nanos(), nanos, "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_reason() {
        for text in ["", ".", "1.", ".5", "abc", "1e-3", "-0.5", "99,9%", "%", "0x1"] {
            assert_eq!(text.parse::<Target>(), Err(TargetError::NotDecimal), "{text}");
        }
        for text in ["0", "1", "100%", "0%", "0.0", "99.9", "1000000000000000000000000"] {
            assert_eq!(text.parse::<Target>(), Err(TargetError::OutOfRange), "{text}");
        }
        assert_eq!("0.9999999999".parse::<Target>(), Err(TargetError::TooPrecise));
    }

    proptest! {
        #[test]
        fn a_printed_target_reads_back(nanos in 1..Target::ONE) {
            let target = Target::from_nanos(nanos).unwrap();
            prop_assert_eq!(target.to_string().parse::<Target>(), Ok(target));
        }
    }
}
