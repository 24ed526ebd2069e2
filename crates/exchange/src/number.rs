//! Numbers as PromQL and OpenSLO write them: exact decimals, and durations in the units of Prometheus.

use milepost_model::DurationNs;

/// Units of 1e-9 in one.
const ONE: u128 = 1_000_000_000;

/// A number of units of 1e-9 as a decimal without trailing zeros: `0.999`.
pub(crate) fn decimal(nanos: u128) -> String {
    let (whole, fraction) = (nanos / ONE, format!("{:09}", nanos % ONE));
    match fraction.trim_end_matches('0') {
        "" => whole.to_string(),
        digits => format!("{whole}.{digits}"),
    }
}

/// A fraction as a decimal where 9 digits hold it, else as a division.
pub(crate) fn fraction((above, below): (u128, u128)) -> String {
    let divisor = greatest_common_divisor(above, below).max(1);
    let (above, below) = (above / divisor, below / divisor);
    match above.checked_mul(ONE) {
        Some(scaled) if scaled.is_multiple_of(below) => decimal(scaled / below),
        _ => format!("{above} / {below}"),
    }
}

/// A fraction in units of 1e-9, rounded to the nearest.
pub(crate) fn rounded_nanos((above, below): (u128, u128)) -> u128 {
    let divisor = greatest_common_divisor(above, below).max(1);
    let (above, below) = (above / divisor, below / divisor);
    (above.saturating_mul(ONE).saturating_add(below / 2)) / below
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// A duration as Prometheus prints it: weeks, days and years where they are whole, else from the largest unit down.
pub(crate) fn prometheus_duration(duration: DurationNs) -> String {
    const UNITS: [(&str, u64, bool); 7] = [
        ("y", 365 * 86_400_000, true),
        ("w", 7 * 86_400_000, true),
        ("d", 86_400_000, false),
        ("h", 3_600_000, false),
        ("m", 60_000, false),
        ("s", 1_000, false),
        ("ms", 1, false),
    ];
    let mut rest = duration.nanos() / 1_000_000;
    let mut out = String::new();
    for (unit, millis, is_exact) in UNITS {
        if rest < millis || (is_exact && !rest.is_multiple_of(millis)) {
            continue;
        }
        out.push_str(&format!("{}{unit}", rest / millis));
        rest %= millis;
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_that_prometheus_prints() {
        let of = |text: &str| prometheus_duration(text.parse().unwrap());
        assert_eq!(
            ["5m", "90m", "1d", "3d", "7d", "28d", "30d", "365d"].map(of),
            ["5m", "1h30m", "1d", "3d", "1w", "4w", "30d", "1y"]
        );
    }

    #[test]
    fn fractions_are_decimals_where_those_are_exact() {
        assert_eq!([(1_344, 100), (1, 1), (28, 5), (28, 3)].map(fraction), ["13.44", "1", "5.6", "28 / 3"]);
        assert_eq!(decimal(1_000_000), "0.001");
        assert_eq!(rounded_nanos((28, 3)), 9_333_333_333);
    }
}
