//! How much of a KPI one attempt is worth, as telemetry says it: exact, in millionths of the KPI's unit.

use std::str::FromStr;
use thiserror::Error;

/// A number that an event carries for a KPI: at least nothing, at most a billion of its unit.
///
/// Sums of these are integers, the same in whatever order they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

/// Why a number is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum AmountError {
    /// It is no decimal number; not-a-number and infinities are none, nor are numbers with an exponent in a text.
    #[error("it is no decimal number")]
    NoNumber,
    /// What is given back is a KPI of its own.
    #[error("it is less than 0")]
    Negative,
    /// More than a billion: a larger unit is needed.
    #[error("it is more than a billion")]
    TooLarge,
}

impl Amount {
    /// One of the unit: what a success is worth where events carry no number.
    pub const ONE: Self = Self(1_000_000);
    /// The largest: sums of eighteen thousand of these, or of as many more as they are smaller, fit into 64 bits.
    pub const MOST: Self = Self(1_000_000_000 * Self::ONE.0);

    /// So many millionths.
    ///
    /// # Errors
    /// They are too many.
    pub fn from_micros(micros: u64) -> Result<Self, AmountError> {
        if micros > Self::MOST.0 { Err(AmountError::TooLarge) } else { Ok(Self(micros)) }
    }

    /// A whole number.
    ///
    /// # Errors
    /// It is negative or too large.
    pub fn from_whole(number: i64) -> Result<Self, AmountError> {
        let number = u64::try_from(number).map_err(|_| AmountError::Negative)?;
        Self::from_micros(number.checked_mul(Self::ONE.0).ok_or(AmountError::TooLarge)?)
    }

    /// The nearest millionth of a floating-point number, as telemetry sends it.
    ///
    /// # Errors
    /// It is not finite, negative or too large.
    pub fn from_double(number: f64) -> Result<Self, AmountError> {
        match number {
            _ if !number.is_finite() => Err(AmountError::NoNumber),
            _ if number < 0.0 => Err(AmountError::Negative),
            _ if number > 1e9 => Err(AmountError::TooLarge),
            // Up to a billion, millionths are whole numbers below 2^53, which a double holds.
            _ => Self::from_micros((number * 1e6).round() as u64),
        }
    }

    /// Millionths of the unit.
    pub const fn micros(self) -> u64 {
        self.0
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// A decimal number: digits, with a fraction behind a point or without; the nearest millionth of it.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let unsigned = text.strip_prefix('-');
        let (whole, fraction) = unsigned.unwrap_or(text).split_once('.').unwrap_or((unsigned.unwrap_or(text), "0"));
        if !is_number(whole) || !is_number(fraction) {
            return Err(AmountError::NoNumber);
        }
        let digit = |at: usize| u64::from(fraction.as_bytes().get(at).map_or(0, |digit| digit - b'0'));
        let parts = (0..6).fold(0, |parts, at| parts * 10 + digit(at)) + u64::from(digit(6) >= 5);
        let whole: u64 = whole.parse().map_err(|_| AmountError::TooLarge)?;
        let micros = whole.checked_mul(Self::ONE.0).and_then(|whole| whole.checked_add(parts));
        match micros.ok_or(AmountError::TooLarge)? {
            micros if micros > 0 && unsigned.is_some() => Err(AmountError::Negative),
            micros => Self::from_micros(micros),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_read_to_the_nearest_millionth() {
        let read = |text: &str| text.parse::<Amount>().map(Amount::micros);
        for (text, micros) in [
            ("0", 0),
            ("-0", 0),
            ("12", 12_000_000),
            ("12.34", 12_340_000),
            ("0.0000004", 0),
            ("0.0000005", 1),
            ("0.9999999", 1_000_000),
            ("1000000000", Amount::MOST.micros()),
        ] {
            assert_eq!(read(text), Ok(micros), "{text}");
        }
        for text in ["", "-", ".5", "5.", "1e3", "1,5", "+1", " 1", "nan", "1.2.3", "١"] {
            assert_eq!(read(text), Err(AmountError::NoNumber), "{text}");
        }
        assert_eq!(read("-0.01"), Err(AmountError::Negative));
        for text in ["1000000000.000001", "99999999999999999999999"] {
            assert_eq!(read(text), Err(AmountError::TooLarge), "{text}");
        }
    }

    #[test]
    fn a_double_that_was_a_decimal_gives_what_the_decimal_gives() {
        for micros in [0, 1, 7, 10_000, 12_340_000, 99_999_999_999_999, Amount::MOST.micros()] {
            let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            let double: f64 = text.parse().unwrap();
            assert_eq!(Amount::from_double(double), text.parse(), "{text}");
        }
        for (number, error) in [
            (f64::NAN, AmountError::NoNumber),
            (f64::INFINITY, AmountError::NoNumber),
            (f64::NEG_INFINITY, AmountError::NoNumber),
            (-0.1, AmountError::Negative),
            (1e9 + 1.0, AmountError::TooLarge),
        ] {
            assert_eq!(Amount::from_double(number), Err(error), "{number}");
        }
    }

    #[test]
    fn whole_numbers_are_refused_beyond_their_bounds() {
        assert_eq!(Amount::from_whole(3).map(Amount::micros), Ok(3_000_000));
        assert_eq!(Amount::from_whole(-1), Err(AmountError::Negative));
        assert_eq!(Amount::from_whole(i64::MAX), Err(AmountError::TooLarge));
        assert_eq!(Amount::from_whole(1_000_000_000), Ok(Amount::MOST));
    }
}
