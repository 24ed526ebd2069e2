//! Durations as OpenSLO writes them: `28d`, `1M`.

use milepost_model::DurationNs;
use std::fmt;
use std::str::FromStr;

const MINUTE_SECONDS: u64 = 60;
const DAY_SECONDS: u64 = 86_400;

/// A whole number above 0 and a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shorthand {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: ShorthandUnit,
}

/// A unit of [`Shorthand`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShorthandUnit {
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`
    Week,
    /// `M`
    Month,
    /// `Q`
    Quarter,
    /// `Y`
    Year,
}

/// A text that is no [`Shorthand`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a duration in OpenSLO is a whole number above 0 and `m`, `h`, `d`, `w`, `M` (months), `Q` or `Y`, such as `28d`"
)]
pub struct ShorthandError;

impl ShorthandUnit {
    const NAMED: [(&str, Self); 7] = [
        ("m", Self::Minute),
        ("h", Self::Hour),
        ("d", Self::Day),
        ("w", Self::Week),
        ("M", Self::Month),
        ("Q", Self::Quarter),
        ("Y", Self::Year),
    ];

    /// Seconds where a calendar does not say: a month has 30 days, a quarter 90, a year 365, as in the specification's own SDK.
    fn seconds(self) -> u64 {
        match self {
            Self::Minute => MINUTE_SECONDS,
            Self::Hour => 60 * MINUTE_SECONDS,
            Self::Day => DAY_SECONDS,
            Self::Week => 7 * DAY_SECONDS,
            Self::Month => 30 * DAY_SECONDS,
            Self::Quarter => 90 * DAY_SECONDS,
            Self::Year => 365 * DAY_SECONDS,
        }
    }
}

impl Shorthand {
    /// How long it is away from any calendar; saturates.
    pub fn duration(self) -> DurationNs {
        DurationNs::from_seconds(u64::from(self.count).saturating_mul(self.unit.seconds()))
    }
}

impl FromStr for Shorthand {
    type Err = ShorthandError;

    fn from_str(text: &str) -> Result<Self, ShorthandError> {
        let (digits, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
        let (_, unit) = ShorthandUnit::NAMED.iter().find(|(name, _)| *name == unit).ok_or(ShorthandError)?;
        match digits.parse() {
            Ok(count) if count > 0 => Ok(Self { count, unit: *unit }),
            _ => Err(ShorthandError),
        }
    }
}

impl fmt::Display for Shorthand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = ShorthandUnit::NAMED.iter().find(|(_, unit)| *unit == self.unit);
        write!(f, "{}{}", self.count, named.map_or("", |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_differ_by_case() {
        let days = |text: &str| text.parse::<Shorthand>().unwrap().duration().nanos() / (DAY_SECONDS * 1_000_000_000);
        assert_eq!(["28d", "4w", "1M", "1Q", "1Y", "48h", "1440m"].map(days), [28, 28, 30, 90, 365, 2, 1]);
        assert_eq!("1m".parse::<Shorthand>().unwrap().duration(), DurationNs::from_seconds(60));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "d", "0d", "-1d", "+1d", "1", "1s", "1D", "1 d", "1.5h", "1h30m", "99999999999d"] {
            assert_eq!(text.parse::<Shorthand>(), Err(ShorthandError), "{text}");
        }
    }

    #[test]
    fn a_printed_duration_reads_back() {
        for text in ["5m", "1h", "365d", "4w", "1M", "2Q", "1Y"] {
            assert_eq!(text.parse::<Shorthand>().unwrap().to_string(), text);
        }
    }
}
