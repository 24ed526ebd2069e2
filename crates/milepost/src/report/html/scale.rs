//! Scales: which part of 0 to 100 % is drawn, and where the axis of a number ends.

/// The shares at which a scale may begin, narrowest first.
const FLOORS: [f64; 6] = [0.999, 0.99, 0.95, 0.9, 0.5, 0.0];

/// Where a scale of shares begins that ends at 100 % and shows this one, with room below it.
pub(super) fn floor_below(lowest: f64) -> f64 {
    // At least a fifth of the scale lies below what is lowest, so that it does not look like nothing.
    FLOORS.into_iter().find(|floor| lowest - floor >= (1.0 - floor) * 0.2).unwrap_or(0.0)
}

/// Where a scale begins, in words: `99.9%`, `50%`.
pub(super) fn told(floor: f64) -> String {
    format!("{:.1}%", floor * 100.0).replace(".0%", "%")
}

/// The place of a share on such a scale, from 0 to 1.
pub(super) fn place(share: f64, floor: f64) -> f64 {
    ((share - floor) / (1.0 - floor)).clamp(0.0, 1.0)
}

/// A round number that is not below this one: where an axis from zero ends.
pub(super) fn ceiling(number: f64) -> f64 {
    if number.is_nan() || number <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(number.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    // Less than a millionth above a step is rounding.
    steps.into_iter().map(|step| step * power).find(|end| *end >= number * 0.999_999).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_scale_begins_as_high_as_leaves_room_below_what_it_shows() {
        assert_eq!(floor_below(0.0), 0.0);
        assert_eq!(floor_below(0.777), 0.5);
        assert_eq!(floor_below(0.991), 0.95);
        assert_eq!(floor_below(1.0), 0.999);
    }

    proptest! {
        #[test]
        fn every_share_above_the_floor_has_a_place_in_order(lowest in 0.0_f64..=1.0, above in 0.0_f64..=1.0) {
            let floor = floor_below(lowest);
            let higher = lowest + (1.0 - lowest) * above;
            let (low, high) = (place(lowest, floor), place(higher, floor));
            prop_assert!(floor <= lowest && 0.0 <= low && low <= high && high <= 1.0);
        }

        #[test]
        fn an_axis_ends_at_or_a_little_above_its_highest_number(number in 1e-6_f64..1e12) {
            let end = ceiling(number);
            prop_assert!(end >= number * 0.999_99 && end <= number * 1.6, "{} for {}", end, number);
        }
    }
}
