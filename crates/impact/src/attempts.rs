//! Numbers of attempts that need not be whole: expected ones, and those that are missing.

use std::fmt;
use std::iter::Sum;

/// A number of attempts in millionths of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempts(u64);

impl Attempts {
    /// None.
    pub const NONE: Self = Self(0);
    const ONE: u64 = 1_000_000;

    /// So many whole attempts; saturates.
    pub const fn whole(count: u64) -> Self {
        Self(count.saturating_mul(Self::ONE))
    }

    /// So many millionths of an attempt.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Millionths of an attempt.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// The sum; saturates.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left; nothing when the other is more.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The nearest float.
    pub(crate) fn to_f64(self) -> f64 {
        self.0 as f64 / Self::ONE as f64
    }

    /// The nearest number of attempts, none for what is no positive number.
    pub(crate) fn from_f64(attempts: f64) -> Self {
        // A cast takes what is not a number, or below 0, as 0, and saturates.
        Self((attempts * Self::ONE as f64).round() as u64)
    }
}

impl Sum for Attempts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::NONE, Self::plus)
    }
}

impl fmt::Display for Attempts {
    /// With one decimal below 100, else whole; rounded.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 + Self::ONE / 20) / (Self::ONE / 10);
        match tenths {
            1_000.. => f.pad(&((self.0 + Self::ONE / 2) / Self::ONE).to_string()),
            _ if tenths.is_multiple_of(10) => f.pad(&(tenths / 10).to_string()),
            _ => f.pad(&format!("{}.{}", tenths / 10, tenths % 10)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_shown_as_people_say_them() {
        let shown = |micros| Attempts::from_micros(micros).to_string();
        for (micros, text) in [
            (0, "0"),
            (49_999, "0"),
            (50_000, "0.1"),
            (12_340_000, "12.3"),
            (99_949_999, "99.9"),
            (99_950_000, "100"),
            (1_234_500_000, "1235"),
        ] {
            assert_eq!(shown(micros), text);
        }
        assert_eq!(Attempts::from_f64(-1.0), Attempts::NONE);
        assert_eq!(Attempts::from_f64(f64::NAN), Attempts::NONE);
    }
}
