//! KPIs: what attempts are worth to the business, which part of that is hit, and what is lost of it.

mod impact;
mod lost;
mod values;

pub use impact::{KpiImpact, KpiPart, KpiSeen};
pub use lost::{KpiWindow, LostKpi};
pub use values::{Values, Worth};

/// A number of millionths as people say it: with its first three digits, in groups, without a fraction from 100 on.
pub fn about(micros: i128) -> String {
    const UNIT: i128 = 1_000_000;
    let micros = micros.max(0);
    if micros < 100 * UNIT {
        let hundredths = (micros + UNIT / 200) / (UNIT / 100);
        let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let step = UNIT * 10_i128.pow((micros / UNIT).ilog10().saturating_sub(2));
    let digits = ((micros.saturating_add(step / 2)) / step * (step / UNIT)).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::about;

    #[test]
    fn numbers_are_said_with_three_digits() {
        for (micros, text) in [
            (0, "0"),
            (4_999, "0"),
            (1_500_000, "1.5"),
            (99_994_000, "99.99"),
            (100_400_000, "100"),
            (999_600_000, "1,000"),
            (1_234_567_890, "1,230"),
            (1_235_000_000, "1,240"),
            (9_876_543_210_000, "9,880,000"),
        ] {
            assert_eq!(about(micros), text);
        }
    }
}
