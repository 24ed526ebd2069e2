//! Times and durations as access logs write them.
//!
//! Most lines of a log share their minute with the line before, so the calendar is worked out once a minute and the
//! rest is adding seconds. Nothing here goes through a float, save numbers written with an exponent.

use milepost_model::{DurationNs, Timestamp};

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Bytes of `10/Oct/2000:13:55`.
const CLF_MINUTE: usize = 17;
/// Bytes of `10/Oct/2000:13:55:36 -0700`.
pub(super) const CLF_BYTES: usize = 26;
/// Bytes of `2000-10-10T13:55`.
const ISO_MINUTE: usize = 16;
/// Stands for a zone that is not written; no text has these bytes.
const NO_ZONE: [u8; 6] = [0xff; 6];
/// Bytes of `06/Feb/2009:12:14:14.655`.
pub(super) const HAPROXY_BYTES: usize = 24;

/// Reads times, remembering the minute of the last one.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    clf: Memo<CLF_MINUTE>,
    iso: Memo<ISO_MINUTE>,
}

/// A minute's text and its start in UTC.
#[derive(Clone, Debug)]
struct Memo<const N: usize> {
    text: [u8; N],
    zone: [u8; 6],
    start: Option<Timestamp>,
}

impl<const N: usize> Default for Memo<N> {
    fn default() -> Self {
        Self { text: [0; N], zone: NO_ZONE, start: None }
    }
}

impl Clock {
    /// `10/Oct/2000:13:55:36 -0700`, at the beginning of `text`.
    pub(super) fn clf(&mut self, text: &[u8]) -> Option<Timestamp> {
        let text: &[u8; CLF_BYTES] = text.first_chunk()?;
        let minute: &[u8; CLF_MINUTE] = text.first_chunk()?;
        let zone: &[u8; 6] = text.last_chunk()?;
        let second = seconds(&text[CLF_MINUTE..])?;
        if self.clf.start.is_none() || self.clf.text != *minute || self.clf.zone != *zone {
            if zone[0] != b' ' {
                return None;
            }
            let start = shift(clf_minute(minute)?, offset_minutes(&zone[1..])?)?;
            self.clf = Memo { text: *minute, zone: *zone, start: Some(start) };
        }
        self.clf.start.map(|start| start.plus(second))
    }

    /// `06/Feb/2009:12:14:14.655`, at the beginning of `text`; the zone is not written and taken for UTC.
    pub(super) fn haproxy(&mut self, text: &[u8]) -> Option<Timestamp> {
        let minute: &[u8; CLF_MINUTE] = text.first_chunk()?;
        let second = seconds(&text[CLF_MINUTE..])?;
        let fraction = text.get(CLF_MINUTE + 3..CLF_MINUTE + 7)?;
        let millis = (fraction[0] == b'.').then(|| digits(&fraction[1..])).flatten()?;
        if self.clf.start.is_none() || self.clf.text != *minute || self.clf.zone != NO_ZONE {
            self.clf = Memo { text: *minute, zone: NO_ZONE, start: Some(clf_minute(minute)?) };
        }
        self.clf.start.map(|start| start.plus(second).plus(DurationNs::from_millis(u64::from(millis))))
    }

    /// RFC 3339, the whole of `text`.
    pub(super) fn iso(&mut self, text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        let parsed = || text.parse().ok();
        let (Some(minute), Some(second)) =
            (bytes.first_chunk::<ISO_MINUTE>(), bytes.get(ISO_MINUTE..).and_then(seconds))
        else {
            return parsed();
        };
        if self.iso.start.is_none() || self.iso.text != *minute {
            let start = text.get(..ISO_MINUTE)?.parse().ok()?;
            self.iso = Memo { text: *minute, zone: NO_ZONE, start: Some(start) };
        }
        let mut rest = &bytes[ISO_MINUTE + 3..];
        let mut time = self.iso.start?.plus(second);
        if let [b'.' | b',', fraction @ ..] = rest {
            let length = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            time = time.plus(DurationNs::from_nanos(fraction_nanos(&fraction[..length])?));
            rest = &fraction[length..];
        }
        match rest {
            [] | [b'Z' | b'z'] => Some(time),
            zone => shift(time, offset_minutes(zone)?),
        }
    }

    /// Any of the forms in which servers write times: CLF, RFC 3339, or a number since 1970 whose unit follows from
    /// its size (seconds, milliseconds, microseconds, nanoseconds; with or without decimals).
    pub(super) fn any(&mut self, text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        if bytes.get(2) == Some(&b'/') {
            return match bytes.len() {
                CLF_BYTES => self.clf(bytes),
                HAPROXY_BYTES => self.haproxy(bytes),
                _ => None,
            };
        }
        if bytes.get(4) == Some(&b'-') { self.iso(text) } else { epoch(text) }
    }
}

/// `:SS` at the beginning; 60 is a leap second, read as the one after it.
fn seconds(text: &[u8]) -> Option<DurationNs> {
    let text: &[u8; 3] = text.first_chunk()?;
    let second = digits(&text[1..])?;
    (text[0] == b':' && second <= 60).then(|| DurationNs::from_seconds(u64::from(second)))
}

fn clf_minute(text: &[u8; CLF_MINUTE]) -> Option<Timestamp> {
    if (text[2], text[6], text[11], text[14]) != (b'/', b'/', b':', b':') {
        return None;
    }
    let month = (1u32..).zip(MONTHS).find(|(_, name)| name[..] == text[3..6])?.0;
    let date = (i64::from(digits(&text[7..11])?), month, digits(&text[..2])?);
    Timestamp::from_civil(date, (digits(&text[12..14])?, digits(&text[15..17])?, 0), 0)
}

/// `+0530` or `+05:30`.
fn offset_minutes(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match zone {
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, digits(&[*h1, *h2])?, digits(&[*m1, *m2])?),
        _ => return None,
    };
    let minutes = (hours < 24 && minutes < 60).then(|| i64::from(hours * 60 + minutes))?;
    match sign {
        b'+' => Some(minutes),
        b'-' => Some(-minutes),
        _ => None,
    }
}

/// A local time in UTC.
fn shift(local: Timestamp, offset_minutes: i64) -> Option<Timestamp> {
    local.nanos().checked_sub(offset_minutes * 60 * 1_000_000_000).map(Timestamp::from_nanos)
}

/// At most nine digits.
fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

/// The digits after a decimal point in billionths; what is finer is dropped.
fn fraction_nanos(fraction: &[u8]) -> Option<u64> {
    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((0..9).fold(0, |n, i| n * 10 + fraction.get(i).map_or(0, |b| u64::from(b - b'0'))))
}

/// A number since 1970, its unit told by the number of digits before the decimal point.
fn epoch(text: &str) -> Option<Timestamp> {
    if text.contains(['e', 'E']) {
        return epoch(&expanded(text)?);
    }
    let unit = match text.find('.').unwrap_or(text.len()) {
        1..=11 => NANOS_PER_SECOND,
        12..=14 => 1_000_000,
        15..=17 => 1_000,
        _ => 1,
    };
    let nanos = scaled(text, unit)?.nanos();
    i64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

/// A number with an exponent without it. Rare (`1.7e9`), so that a float and an allocation do.
fn expanded(text: &str) -> Option<String> {
    let number = text.parse::<f64>().ok().filter(|n| (0.0..1e19).contains(n))?;
    Some(format!("{number:.9}"))
}

/// A number of `unit` nanoseconds each, with or without decimals: `0.125`, `12`.
pub(super) fn scaled(text: &str, unit: u64) -> Option<DurationNs> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction_nanos(fraction.as_bytes())?),
        None => (text, 0),
    };
    let whole = super::scan::number(whole)?.checked_mul(unit)?;
    // Below 1e9 times at most 1e12.
    let part = u128::from(fraction) * u128::from(unit) / u128::from(NANOS_PER_SECOND);
    whole.checked_add(u64::try_from(part).ok()?).map(DurationNs::from_nanos)
}

/// A number of seconds: `0.125`.
pub(super) fn in_seconds(text: &str) -> Option<DurationNs> {
    scaled(text, NANOS_PER_SECOND)
}

/// Numbers with units, as Go prints them: `1.5ms`, `1m2.5s`, `12µs`.
pub(super) fn with_units(text: &str) -> Option<DurationNs> {
    let mut rest = text;
    let mut total = 0u64;
    while !rest.is_empty() {
        let number_ends = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_ends);
        let unit_ends = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let unit = match &tail[..unit_ends] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => NANOS_PER_SECOND,
            "m" => 60 * NANOS_PER_SECOND,
            "h" => 3600 * NANOS_PER_SECOND,
            _ => return None,
        };
        total = total.checked_add(scaled(number, unit)?.nanos())?;
        rest = &tail[unit_ends..];
    }
    (!text.is_empty()).then(|| DurationNs::from_nanos(total))
}

/// A bare number of `unit` nanoseconds each, also with an exponent.
pub(super) fn in_units(text: &str, unit: u64) -> Option<DurationNs> {
    if text.contains(['e', 'E']) { scaled(&expanded(text)?, unit) } else { scaled(text, unit) }
}

/// nginx's upstream times, one for each server tried: `0.010, 0.020 : 0.003`. Their sum; `None` when there is none.
pub(super) fn upstream_seconds(text: &str) -> Option<DurationNs> {
    let parts = text.split([',', ':']).map(str::trim_ascii).filter(|part| !matches!(*part, "" | "-"));
    parts
        .into_iter()
        .try_fold(None, |sum: Option<u64>, part| Some(Some(sum.unwrap_or(0).checked_add(in_seconds(part)?.nanos())?)))?
        .map(DurationNs::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any(text: &str) -> Option<String> {
        Clock::default().any(text).map(|t| t.to_string())
    }

    #[test]
    fn each_form_of_time_is_read() {
        for (text, expected) in [
            ("10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"),
            ("29/Feb/2024:23:59:60 +0530", "2024-02-29T18:30:00Z"),
            ("06/Feb/2009:12:14:14.655", "2009-02-06T12:14:14.655Z"),
            ("2016-04-15T20:17:00.310Z", "2016-04-15T20:17:00.31Z"),
            ("2016-04-15T20:17:00+02:00", "2016-04-15T18:17:00Z"),
            ("2016-04-15 20:17:00,5+0200", "2016-04-15T18:17:00.5Z"),
            ("2016-04-15T20:17Z", "2016-04-15T20:17:00Z"),
            ("1460751420", "2016-04-15T20:17:00Z"),
            ("1460751420.31", "2016-04-15T20:17:00.31Z"),
            ("1460751420310", "2016-04-15T20:17:00.31Z"),
            ("1460751420310.25", "2016-04-15T20:17:00.31025Z"),
            ("1460751420310000", "2016-04-15T20:17:00.31Z"),
            ("1460751420310000000", "2016-04-15T20:17:00.31Z"),
            ("1.46075142e9", "2016-04-15T20:17:00Z"),
        ] {
            assert_eq!(any(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-",
            "now",
            "31/Feb/2024:00:00:00 +0000",
            "10/oct/2000:13:55:36 -0700",
            "10/Oct/2000:24:00:00 +0000",
            "10/Oct/2000:13:55:61 +0000",
            "10/Oct/2000:13:55:36 +2400",
            "10/Oct/2000:13:55:36",
            "10/Oct/2000 13:55:36 +0000",
            "2016-04-15T20:17:00.Z",
            "2016-04-15T20:17:99Z",
            "2016-13-15T20:17:00Z",
            "99999999999999999999",
            "-5",
            "1e400",
        ] {
            assert_eq!(any(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_read_without_rounding() {
        assert_eq!(in_seconds("0.001"), Some(DurationNs::from_millis(1)));
        assert_eq!(in_seconds("12"), Some(DurationNs::from_seconds(12)));
        assert_eq!(in_units("1.5e-3", NANOS_PER_SECOND), Some(DurationNs::from_nanos(1_500_000)));
        assert_eq!(with_units("1m2.5s"), Some(DurationNs::from_millis(62_500)));
        assert_eq!(with_units("12µs"), Some(DurationNs::from_nanos(12_000)));
        for text in ["", ".", "1.", ".5", "-1", "1,5", "x", "99999999999999999999"] {
            assert_eq!(in_seconds(text), None, "{text}");
        }
        for text in ["", "ms", "5", "5 ms", "5parsecs", "5ms5"] {
            assert_eq!(with_units(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_time_reads_back_whatever_was_read_before(
            times in proptest::collection::vec((0i64..4_000_000_000, 0u32..1_000_000_000, -720i64..840), 1..40),
        ) {
            let mut clock = Clock::default();
            for (second, nanos, offset) in times {
                let whole = Timestamp::from_seconds(second);
                let local = Timestamp::from_seconds(second + offset * 60).to_string();
                let (sign, hours, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60, offset.abs() % 60);
                let month = std::str::from_utf8(MONTHS[local[5..7].parse::<usize>().unwrap() - 1]).unwrap();
                let clf = format!("{}/{month}/{}:{} {sign}{hours:02}{minutes:02}", &local[8..10], &local[..4], &local[11..19]);
                prop_assert_eq!(clock.clf(clf.as_bytes()), Some(whole), "{}", clf);
                let iso = format!("{}.{nanos:09}{sign}{hours:02}:{minutes:02}", &local[..19]);
                let exact = Timestamp::from_nanos(whole.nanos() + i64::from(nanos));
                prop_assert_eq!(clock.iso(&iso), Some(exact), "{}", iso);
                prop_assert_eq!(clock.iso(&iso), iso.parse().ok());
                prop_assert_eq!(clock.any(&format!("{second}.{nanos:09}")), Some(exact));
            }
        }

        #[test]
        fn the_remembered_minute_never_changes_what_a_text_means(
            texts in proptest::collection::vec("([0-9]{2}/(Oct|Feb|Xyz)/20[0-9]{2}:[0-9]{2}:[0-9]{2}:[0-6][0-9] [+-][0-9]{4})|(20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](Z|[.][0-9]{1,4}Z|[+]0[0-9]:00))", 1..30),
        ) {
            let mut clock = Clock::default();
            for text in texts {
                prop_assert_eq!(clock.any(&text), Clock::default().any(&text));
            }
        }
    }
}
