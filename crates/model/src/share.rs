//! Shares: exact decimals such as `20%`, never floats.

use std::fmt;
use std::str::FromStr;

/// A share, 0 to 1,000 %, in units of 1e-9: of attempts that an incident touches, or of an error budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u64);

/// Why a text is not a [`Share`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Not a decimal number or percentage.
    #[error("a share is a percentage such as `20%` or a decimal such as `0.2`")]
    NotDecimal,
    /// More digits than can be held exactly.
    #[error("a share has at most 9 digits after the decimal point (7 in a percentage)")]
    TooPrecise,
    /// Beyond the highest; of a number above 1 without a sign one cannot tell whether it means percent.
    #[error("a share is at most 1000%, and without `%` at most 1: a fifth is `20%` or `0.2`")]
    TooHigh,
}

impl Share {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const WHOLE: Self = Self(1_000_000_000);
    /// The highest: ten times all of it.
    const MAX_NANOS: u64 = 10_000_000_000;

    /// A share of `nanos` units of 1e-9.
    pub const fn from_nanos(nanos: u64) -> Option<Self> {
        if nanos > Self::MAX_NANOS { None } else { Some(Self(nanos)) }
    }

    /// A share of so many percent, at most 1,000.
    pub const fn from_percent(percent: u16) -> Self {
        let percent = if percent > 1_000 { 1_000 } else { percent };
        Self(percent as u64 * 10_000_000)
    }

    /// The share in units of 1e-9.
    pub const fn nanos(self) -> u64 {
        self.0
    }
}

impl FromStr for Share {
    type Err = ShareError;

    /// Reads `20%` (`20 %`) or `0.2` exactly, from its text.
    fn from_str(text: &str) -> Result<Self, ShareError> {
        let share = Self::from_nanos(nanos(text)?).ok_or(ShareError::TooHigh)?;
        if share > Self::WHOLE && !text.ends_with('%') { Err(ShareError::TooHigh) } else { Ok(share) }
    }
}

/// A decimal or a percentage in units of 1e-9.
pub(crate) fn nanos(text: &str) -> Result<u64, ShareError> {
    let (number, decimals) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 7),
        None => (text, 9),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || (number.contains('.') && fraction.is_empty()) {
        return Err(ShareError::NotDecimal);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return Err(ShareError::TooPrecise);
    }
    let whole = whole.trim_start_matches('0');
    // Far above every share, and far below what would overflow.
    if whole.len() > 4 {
        return Err(ShareError::TooHigh);
    }
    format!("{whole}{fraction:0<decimals$}").parse().map_err(|_| ShareError::NotDecimal)
}

/// A number of units of 1e-9 as a percentage with no trailing zeros.
pub(crate) fn percentage(nanos: u64) -> String {
    let (whole, fraction) = (nanos / 10_000_000, nanos % 10_000_000);
    let fraction = format!("{fraction:07}");
    match fraction.trim_end_matches('0') {
        "" => format!("{whole}%"),
        digits => format!("{whole}.{digits}%"),
    }
}

impl fmt::Display for Share {
    /// As a percentage with no trailing zeros: `2.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&percentage(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_and_percentages_are_the_same_share() {
        for (text, nanos) in [("20%", 200_000_000), ("0.2", 200_000_000), ("0 %", 0), ("150%", 1_500_000_000)] {
            assert_eq!(text.parse::<Share>().unwrap().nanos(), nanos, "{text}");
        }
        assert_eq!(Share::from_percent(20), "20%".parse().unwrap());
        assert_eq!("7".parse::<Share>(), Err(ShareError::TooHigh));
        assert_eq!("20".parse::<Share>(), Err(ShareError::TooHigh));
        assert_eq!("1000.1%".parse::<Share>(), Err(ShareError::TooHigh));
        assert_eq!("half".parse::<Share>(), Err(ShareError::NotDecimal));
    }

    proptest! {
        #[test]
        fn a_printed_share_reads_back(nanos in 0..=Share::MAX_NANOS) {
            let share = Share::from_nanos(nanos).unwrap();
            prop_assert_eq!(share.to_string().parse::<Share>(), Ok(share));
        }
    }
}
