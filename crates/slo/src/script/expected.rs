//! What a script expects of a number: exact, or `~` with as many digits as it writes.

use crate::Fraction;
use std::cmp::Ordering;

/// A number as a script writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Expected {
    /// Exactly so much.
    Exact(Fraction),
    /// Rounded to as many digits: from the first, and below the second.
    Between(Fraction, Fraction),
    /// There is no such number.
    Nothing,
}

impl Expected {
    /// Reads `12.5%`, `14.4`, `1/3`, `~33.33%` or `none`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let error = || format!("`{text}` is not a number: write it like `12.5%`, `14.4`, `1/3`, `~33.33%` or `none`");
        if text == "none" {
            return Ok(Self::Nothing);
        }
        if let Some((above, below)) = text.split_once('/') {
            let fraction = Fraction::new(above.parse().map_err(|_| error())?, below.parse().map_err(|_| error())?);
            return fraction.map(Self::Exact).ok_or_else(error);
        }
        let (number, is_rounded) = text.strip_prefix('~').map_or((text, false), |number| (number, true));
        let (above, below) = decimal(number).ok_or_else(error)?;
        let fraction = |above| Fraction::new(above, below * 2).ok_or_else(error);
        match is_rounded {
            false => Ok(Self::Exact(fraction(above * 2)?)),
            // Half a unit of the last digit to both sides.
            true => Ok(Self::Between(fraction((above * 2).saturating_sub(1))?, fraction(above * 2 + 1)?)),
        }
    }

    pub(super) fn is(self, actual: Option<Fraction>) -> bool {
        match (self, actual) {
            (Self::Nothing, actual) => actual.is_none(),
            (_, None) => false,
            (Self::Exact(expected), Some(actual)) => expected == actual,
            (Self::Between(from, below), Some(actual)) => {
                from.cmp(&actual) != Ordering::Greater && actual.cmp(&below) == Ordering::Less
            }
        }
    }
}

/// A decimal or a percentage as two whole numbers.
fn decimal(text: &str) -> Option<(u128, u128)> {
    /// Digits that are read: enough for a target in percent and more.
    const MOST_DIGITS: usize = 18;
    let (number, hundred) = text.strip_suffix('%').map_or((text, 1), |number| (number, 100));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = !whole.is_empty() && digits(whole) && digits(fraction) && !number.ends_with('.');
    if !is_number || whole.len() > MOST_DIGITS || fraction.len() > MOST_DIGITS {
        return None;
    }
    let below = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Some((format!("{whole}{fraction}").parse().ok()?, below * hundred))
}

/// A fraction with up to nine decimals, as a percentage if it is a share; what goes on is said.
pub(super) fn show(fraction: Option<Fraction>, is_share: bool) -> String {
    let Some(fraction) = fraction else { return "none".to_owned() };
    let nanos = fraction.nanos();
    let is_exact = Fraction::new(nanos, 1_000_000_000) == Some(fraction);
    let text = match is_share {
        true => fraction.percent(),
        false => {
            let decimals = format!("{:09}", nanos % 1_000_000_000);
            let decimals = decimals.trim_end_matches('0');
            let point = if decimals.is_empty() { "" } else { "." };
            format!("{}{point}{decimals}", nanos / 1_000_000_000)
        }
    };
    if is_exact { text } else { format!("~{text} ({}/{}, rounded down)", fraction.above(), fraction.below()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_rounded_to_the_digits_that_are_written() {
        let is = |text: &str, above, below| Expected::read(text).unwrap().is(Fraction::new(above, below));
        assert!(is("12.5%", 1, 8) && is("1/8", 2, 16) && is("0.125", 1, 8) && is("none", 1, 0));
        assert!(!is("12.5%", 1_250_001, 10_000_000) && !is("0", 1, 0) && !is("none", 0, 1));
        assert!(is("~33.33%", 1, 3) && is("~0.3", 1, 3) && !is("~0.33", 3, 10) && is("~0", 1, 3));
        assert!(is("~0.1", 5, 100) && !is("~0.1", 15, 100));
        for text in ["", "x", "1.", ".5", "1/0", "1/", "~", "-1", "1e3", "~1/3", "9999999999999999999"] {
            assert!(Expected::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_shown_as_they_could_be_expected() {
        let told = |above, below, share| show(Fraction::new(above, below), share);
        assert_eq!(told(1, 8, true), "12.5%");
        assert_eq!(told(144, 10, false), "14.4");
        assert_eq!(told(1, 3, false), "~0.333333333 (1/3, rounded down)");
        assert_eq!(told(1, 0, true), "none");
    }
}
