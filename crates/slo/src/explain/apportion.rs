//! Whole parts of a whole number, as near to proportion as whole parts can be.

/// Shares out `whole` by weights: each part rounded down, the odd ones to the largest remainders, among equals to the first. Sums to `whole` exactly.
///
/// Source: the method of largest remainders, A. Hamilton, 1792. Without any weight the first has it all.
pub(super) fn apportion(whole: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        return (0..weights.len()).map(|index| if index == 0 { whole } else { 0 }).collect();
    }
    let exact = |weight: &u64| u128::from(whole) * u128::from(*weight);
    let mut parts: Vec<u64> =
        weights.iter().map(|weight| u64::try_from(exact(weight) / sum).unwrap_or(whole)).collect();
    let mut odd = whole - parts.iter().sum::<u64>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(exact(&weights[*index]) % sum));
    for index in by_remainder {
        if odd == 0 {
            break;
        }
        parts[index] += 1;
        odd -= 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn odd_parts_go_to_the_largest_remainders() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(7, &[5, 3, 2]), [4, 2, 1]);
        assert_eq!(apportion(1, &[0, 1]), [0, 1]);
        assert_eq!(apportion(3, &[0, 0]), [3, 0]);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_are_within_one_of_proportion(
            whole: u64, weights in proptest::collection::vec(0u64..1 << 60, 1..9)
        ) {
            let parts = apportion(whole, &weights);
            prop_assert_eq!(parts.iter().map(|part| u128::from(*part)).sum::<u128>(), u128::from(whole));
            let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
            for (part, weight) in parts.iter().zip(&weights).filter(|_| sum > 0) {
                let exact = u128::from(whole) * u128::from(*weight) / sum;
                prop_assert!(u128::from(*part) == exact || u128::from(*part) == exact + 1);
            }
        }
    }
}
