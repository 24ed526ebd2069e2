//! Numbers for people: exact where they can be, and said to be about where they cannot.

use milepost_model::{DurationNs, Target};

/// A fraction as a decimal with no trailing zeros, rounded half up to so many places; `about` where that loses something.
pub(super) fn decimal(numerator: u128, denominator: u128, places: u32) -> String {
    let scale = 10_u128.pow(places);
    let common = greatest_common_divisor(numerator, denominator).max(1);
    let (numerator, denominator) = (numerator / common, denominator / common);
    let (Some(scaled), true) = (numerator.checked_mul(scale), denominator > 0) else { return "very many".to_owned() };
    let rounded = (scaled + denominator / 2) / denominator;
    let about = if scaled.is_multiple_of(denominator) { "" } else { "about " };
    let (whole, fraction) = (rounded / scale, rounded % scale);
    let fraction = format!("{fraction:0>width$}", width = places as usize);
    match fraction.trim_end_matches('0') {
        "" => format!("{about}{whole}"),
        digits => format!("{about}{whole}.{digits}"),
    }
}

/// A fraction as a percentage with at most four decimals.
pub(super) fn percent(numerator: u128, denominator: u128) -> String {
    let common = greatest_common_divisor(numerator, denominator).max(1);
    let hundred = (numerator / common).checked_mul(100);
    hundred.map_or_else(|| "very much".to_owned(), |n| decimal(n, denominator / common, 4) + "%")
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// How many of 1,000 may be bad under a target, exactly.
pub(super) fn of_thousand(target: Target) -> String {
    decimal(u128::from(target.allowed_bad_nanos()), 1_000_000, 6)
}

/// How much of a time may be bad under a target.
pub(super) fn share_of(duration: DurationNs, target: Target) -> String {
    let nanos = u128::from(duration.nanos()) * u128::from(target.allowed_bad_nanos()) / u128::from(Target::ONE);
    time(nanos)
}

/// A time in days, hours, minutes and whole seconds, with what is less than a second left out.
pub(super) fn time(nanos: u128) -> String {
    let seconds = nanos / 1_000_000_000;
    let units = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<String> = units.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if parts.is_empty() { "less than a second".to_owned() } else { parts.join(" ") }
}

const TIMES: [&str; 9] = [
    "twice",
    "three times",
    "four times",
    "five times",
    "six times",
    "seven times",
    "eight times",
    "nine times",
    "ten times",
];
const PARTS: [&str; 9] =
    ["half", "a third", "a quarter", "a fifth", "a sixth", "a seventh", "an eighth", "a ninth", "a tenth"];

/// How much something is of what it was: `five times as much`, `a fifth of what it was`.
pub(super) fn times(before: u128, after: u128) -> String {
    let word = |words: &'static [&str], many: u128, one: u128| {
        let whole = many.checked_div(one).filter(|_| many.is_multiple_of(one))?;
        words.get(usize::try_from(whole).ok()?.checked_sub(2)?).copied()
    };
    match (word(&TIMES, after, before), word(&PARTS, before, after)) {
        (Some(times), _) => format!("{times} as much"),
        (_, Some(part)) => format!("{part} of what it was"),
        _ => format!("{} times as much", decimal(after, before, 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().expect("it is a target")
    }

    #[test]
    fn a_budget_is_told_exactly() {
        // (1 - 0.999) x 1,000 = 1; (1 - 0.995) x 1,000 = 5; (1 - 0.9999999) x 1,000 = 0.0001.
        assert_eq!(
            ["99.9%", "99.5%", "99.99999%", "33.3333333%"].map(|t| of_thousand(target(t))),
            ["1", "5", "0.0001", "666.666667"]
        );
    }

    #[test]
    fn a_budget_in_time_leaves_out_parts_of_a_second() {
        // 28 d x 0.001 = 2,419.2 s; 28 d x 0.005 = 12,096 s; 28 d x 0.1 = 241,920 s; 1 h x 0.0001 = 0.36 s.
        let days = DurationNs::from_seconds(28 * 86_400);
        assert_eq!(share_of(days, target("99.9%")), "40 min 19 s");
        assert_eq!(share_of(days, target("99.5%")), "3 h 21 min 36 s");
        assert_eq!(share_of(days, target("90%")), "2 d 19 h 12 min");
        assert_eq!(share_of(DurationNs::from_seconds(3_600), target("99.99%")), "less than a second");
    }

    #[test]
    fn a_ratio_is_told_in_words_where_there_are_any() {
        assert_eq!(times(1, 5), "five times as much");
        assert_eq!(times(5, 1), "a fifth of what it was");
        assert_eq!(times(4, 6), "1.5 times as much");
        assert_eq!(times(3, 5), "about 1.67 times as much");
        assert_eq!(times(1, 11), "11 times as much");
    }

    #[test]
    fn a_decimal_says_when_it_is_rounded() {
        assert_eq!(decimal(1344, 100, 2), "13.44");
        assert_eq!(decimal(2, 3, 2), "about 0.67");
        assert_eq!(percent(1, 8), "12.5%");
        assert_eq!(decimal(u128::MAX, 3, 2), "very many");
    }
}
