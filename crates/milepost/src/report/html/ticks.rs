//! Times on the axis of a chart: few, round, and in UTC.

use super::timeline::Frame;
use milepost_model::Timestamp;

const DAY_SECONDS: i64 = 86_400;

/// Most times on an axis: more do not fit on a phone.
const MAX_TICKS: i64 = 4;

/// Distances between times, in seconds.
const STEPS: [i64; 21] = [
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10_800,
    21_600,
    43_200,
    DAY_SECONDS,
    2 * DAY_SECONDS,
    3 * DAY_SECONDS,
    7 * DAY_SECONDS,
    14 * DAY_SECONDS,
    28 * DAY_SECONDS,
    56 * DAY_SECONDS,
    182 * DAY_SECONDS,
    364 * DAY_SECONDS,
    3640 * DAY_SECONDS,
];

/// The round times within a frame, each in seconds and as people read it.
pub(super) fn ticks(frame: &Frame) -> Vec<(i64, String)> {
    let (start, end) = (frame.start_seconds, frame.end_seconds());
    let Some(step) = STEPS.into_iter().find(|step| (end - start) / step <= MAX_TICKS) else { return Vec::new() };
    // Several days have no round beginning of their own.
    let round = step.min(DAY_SECONDS);
    let first = -(-start).div_euclid(round) * round;
    (0..=MAX_TICKS)
        .map(|at| first + at * step)
        .filter(|time| *time <= end)
        .map(|time| (time, label(time, step)))
        .collect()
}

fn label(seconds: i64, step: i64) -> String {
    if step >= DAY_SECONDS || seconds.rem_euclid(DAY_SECONDS) == 0 { day(seconds) } else { clock(seconds) }
}

/// `14:20`
pub(super) fn clock(seconds: i64) -> String {
    let minutes = seconds.rem_euclid(DAY_SECONDS) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `2 Mar`
pub(super) fn day(seconds: i64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = Timestamp::from_seconds(seconds).to_string();
    let number = |range| text.get(range).and_then(|digits: &str| digits.parse::<usize>().ok()).unwrap_or(1);
    format!("{} {}", number(8..10), MONTHS[(number(5..7) - 1).min(11)])
}

/// `2 Mar 14:20`, or only what tells it apart among columns of this length.
pub(super) fn moment(seconds: i64, frame: &Frame) -> String {
    let is_within_a_day =
        frame.start_seconds.div_euclid(DAY_SECONDS) == (frame.end_seconds() - 1).div_euclid(DAY_SECONDS);
    match (frame.column_seconds % DAY_SECONDS == 0, is_within_a_day) {
        (true, _) => day(seconds),
        (false, true) => clock(seconds),
        (false, false) => format!("{} {}", day(seconds), clock(seconds)),
    }
}

/// `minute`, `3 hours`: how long a column is.
pub(super) fn length(seconds: i64) -> String {
    let (number, unit) = match seconds {
        s if s % DAY_SECONDS == 0 => (s / DAY_SECONDS, "day"),
        s if s % 3600 == 0 => (s / 3600, "hour"),
        s => (s / 60, "minute"),
    };
    if number == 1 { unit.to_owned() } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(first: &str, last: &str, part: i64) -> Vec<String> {
        let seconds = |time: &str| super::super::timeline::seconds(time).unwrap();
        let frame = Frame::over(seconds(first), seconds(last), part).unwrap();
        ticks(&frame).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn times_are_round_and_tell_days_apart() {
        assert_eq!(
            labels("2026-03-02T14:00:00Z", "2026-03-02T14:59:59Z", 60),
            ["14:00", "14:15", "14:30", "14:45", "15:00"]
        );
        assert_eq!(labels("2026-03-02T20:00:00Z", "2026-03-03T05:59:59Z", 3600), ["21:00", "3 Mar", "03:00", "06:00"]);
        assert_eq!(
            labels("2024-05-12T00:00:00Z", "2024-05-20T23:00:00Z", 86_400),
            ["12 May", "14 May", "16 May", "18 May", "20 May"]
        );
    }

    proptest! {
        #[test]
        fn times_are_few_in_order_and_within_the_frame(first in 0_i64..4_000_000_000, length in 0_i64..300_000_000) {
            let frame = Frame::over(first, first + length, 60).unwrap();
            let times: Vec<i64> = ticks(&frame).into_iter().map(|(time, _)| time).collect();
            prop_assert!(times.len() <= 5 && times.is_sorted());
            prop_assert!(times.iter().all(|time| (frame.start_seconds..=frame.end_seconds()).contains(time)));
        }
    }
}
