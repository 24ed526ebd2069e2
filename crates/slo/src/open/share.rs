//! Shares that may be all: above 0 and at most 1.

use milepost_model::{Target, TargetError};
use std::fmt;
use std::str::FromStr;

/// A share above 0 and at most 1, in units of 1e-9. A [`Target`] cannot be 1, since a whole window can hardly be without fault; a slice can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u64);

/// Why a text is not a [`Share`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Not a decimal number.
    #[error("a share is a decimal such as `0.95`")]
    NotDecimal,
    /// More digits than can be held exactly.
    #[error("a share has at most 9 digits after the decimal point")]
    TooPrecise,
    /// 0, or above 1.
    #[error("a share is above 0 and at most 1")]
    OutOfRange,
}

impl Share {
    /// The share in units of 1e-9.
    pub fn nanos(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Share {
    /// A percentage: `95%`, `100%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Target::from_nanos(self.0) {
            Ok(target) => target.fmt(f),
            Err(_) => f.pad("100%"),
        }
    }
}

impl FromStr for Share {
    type Err = ShareError;

    /// Reads `0.95` exactly, from its text.
    fn from_str(text: &str) -> Result<Self, ShareError> {
        let is_one = text.strip_prefix('1').is_some_and(|rest| {
            rest.is_empty()
                || rest.strip_prefix('.').is_some_and(|zeros| !zeros.is_empty() && zeros.trim_matches('0').is_empty())
        });
        if is_one {
            return Ok(Self(Target::ONE));
        }
        if text.ends_with('%') {
            return Err(ShareError::NotDecimal);
        }
        match text.parse::<Target>() {
            Ok(target) => Ok(Self(target.nanos())),
            Err(TargetError::NotDecimal) => Err(ShareError::NotDecimal),
            Err(TargetError::TooPrecise) => Err(ShareError::TooPrecise),
            Err(TargetError::OutOfRange) => Err(ShareError::OutOfRange),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_above_nothing_and_may_be_all() {
        let nanos = |text: &str| text.parse::<Share>().map(Share::nanos);
        assert_eq!(nanos("0.95"), Ok(950_000_000));
        assert_eq!((nanos("1"), nanos("1.0"), nanos("1.000")), (Ok(Target::ONE), Ok(Target::ONE), Ok(Target::ONE)));
        for text in ["0", "0.0", "1.1", "95", "2"] {
            assert_eq!(nanos(text), Err(ShareError::OutOfRange), "{text}");
        }
        for text in ["", "1.", "95%", "-1", "1e0", "x"] {
            assert_eq!(nanos(text), Err(ShareError::NotDecimal), "{text}");
        }
        assert_eq!(nanos("0.1234567891"), Err(ShareError::TooPrecise));
    }
}
