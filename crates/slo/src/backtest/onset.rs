//! When a burn began: the minute since which more has been bad than the target allows.

use crate::{Counts, GAP_MINUTES, Period};
use milepost_model::{Minute, Target};

/// The first bad minute of the last burn of a period; its last minute where nothing of it was bad.
///
/// What is bad beyond what the target allows is summed from the beginning on; whenever that is used up, or nothing was bad for [`GAP_MINUTES`], a burn has
/// ended. It is the estimate of the change that a CUSUM chart gives (Page, *Continuous Inspection Schemes*, 1954), with the target as reference.
pub(super) fn onset(target: Target, period: Period, minute: impl Fn(Minute) -> Counts) -> Minute {
    let (mut excess, mut began, mut last_bad) = (0i128, None, None);
    for at in period.iter() {
        let counts = minute(at);
        let bad = i128::from(counts.bad()) * i128::from(Target::ONE);
        if bad > 0 {
            let has_ended = last_bad.is_none_or(|last: Minute| at.number() - last.number() > GAP_MINUTES);
            if has_ended || excess <= 0 {
                (excess, began) = (0, Some(at));
            }
            last_bad = Some(at);
        }
        excess = (excess + bad - i128::from(counts.valid) * i128::from(target.allowed_bad_nanos())).max(0);
    }
    began.unwrap_or(Minute::new(period.end.number() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn began(target: &str, bad: &[u64]) -> i64 {
        let period = Period::new(Minute::new(0), Minute::new(i64::try_from(bad.len()).unwrap()));
        let counts = |minute: Minute| {
            let bad = bad[usize::try_from(minute.number()).unwrap()];
            Counts { valid: 100, good: 100 - bad }
        };
        onset(target.parse().unwrap(), period, counts).number()
    }

    #[test]
    fn a_burn_begins_when_more_is_bad_than_allowed() {
        // 1 of 100 may be bad each minute.
        assert_eq!(began("99%", &[0, 0, 0, 5, 5]), 3);
        assert_eq!(began("99%", &[1, 1, 1, 5, 5]), 3);
        // What is bad at first is used up before the burn.
        assert_eq!(began("99%", &[3, 0, 0, 0, 5]), 4);
        assert_eq!(began("99%", &[3, 1, 1, 1, 5]), 0);
    }

    #[test]
    fn a_burn_has_ended_when_nothing_is_bad_for_a_while() {
        assert_eq!(began("99.9%", &[90, 0, 0, 0, 0, 0, 90]), 6);
        assert_eq!(began("99.9%", &[90, 0, 0, 0, 0, 90, 0]), 0);
        // What fires for what came in late is about the last one.
        assert_eq!(began("99.9%", &[90, 90, 0, 0, 0, 0, 0, 0, 0, 0]), 0);
    }

    #[test]
    fn where_nothing_is_bad_it_is_the_last_minute() {
        assert_eq!(began("99%", &[0, 0, 0]), 2);
    }
}
