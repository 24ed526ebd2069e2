//! Decimal numbers of OpenSLO documents: exact, never floats.

use std::fmt;
use std::str::FromStr;

/// Digits after the point that are held.
const DECIMALS: usize = 9;
/// Most digits before the point: what fits with room to add.
const MAX_WHOLE_DIGITS: usize = 18;

/// A decimal number in units of 1e-9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i128);

/// Why a text is not a [`Decimal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Something else than digits, a point and a sign.
    #[error("a number is written with digits and a point, such as `2` or `14.4`")]
    NotDecimal,
    /// More digits than can be held exactly.
    #[error("a number has at most {MAX_WHOLE_DIGITS} digits before the decimal point and {DECIMALS} after it")]
    TooLong,
}

impl Decimal {
    /// One.
    pub const ONE: Self = Self(1_000_000_000);
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The number in units of 1e-9.
    pub fn nanos(self) -> i128 {
        self.0
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, number) = match text.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || (number.contains('.') && fraction.is_empty()) {
            return Err(DecimalError::NotDecimal);
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.len() > MAX_WHOLE_DIGITS || fraction.len() > DECIMALS {
            return Err(DecimalError::TooLong);
        }
        let nanos: i128 = format!("{whole}{fraction:0<DECIMALS$}").parse().map_err(|_| DecimalError::NotDecimal)?;
        Ok(Self(if negative { -nanos } else { nanos }))
    }
}

impl fmt::Display for Decimal {
    /// With no trailing zeros: `14.4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = Self::ONE.0.unsigned_abs();
        let (whole, fraction) = (self.0.unsigned_abs() / one, self.0.unsigned_abs() % one);
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{fraction:0>DECIMALS$}");
        match fraction.trim_end_matches('0') {
            "" => f.pad(&format!("{sign}{whole}")),
            digits => f.pad(&format!("{sign}{whole}.{digits}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_read_exactly() {
        let nanos = |text: &str| text.parse::<Decimal>().map(Decimal::nanos);
        assert_eq!(nanos("14.4"), Ok(14_400_000_000));
        assert_eq!(nanos("-0.000000001"), Ok(-1));
        assert_eq!(nanos("+007.50"), Ok(7_500_000_000));
        assert_eq!(nanos("999999999999.9999"), Ok(999_999_999_999_999_900_000));
    }

    #[test]
    fn what_is_no_decimal_is_refused_with_the_reason() {
        for text in ["", "-", ".5", "5.", "1e3", "0x1", "1,5", "1_000", "NaN", ".inf", "1.2.3", "--1"] {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalError::NotDecimal), "{text}");
        }
        assert_eq!("0.0000000001".parse::<Decimal>(), Err(DecimalError::TooLong));
        assert_eq!("1000000000000000000".parse::<Decimal>(), Err(DecimalError::TooLong));
    }

    proptest! {
        #[test]
        fn a_printed_decimal_reads_back(nanos in -1_000_000_000_000_000_000_000_000_000i128 + 1..1_000_000_000_000_000_000_000_000_000) {
            let decimal = Decimal(nanos);
            prop_assert_eq!(decimal.to_string().parse::<Decimal>(), Ok(decimal));
        }
    }
}
