//! What the steps of an objective make together: its availability, and whether its steps' targets can keep a promise of it.
//!
//! Counted by interaction it is exact; a product of steps is an estimate that assumes that they fail independently.

use crate::{Counts, Fraction};
use milepost_model::{Name, Objective, Target};

/// The availability of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Composite {
    /// Of interactions, those whose required steps all succeeded.
    Counted(Counts),
    /// The product of the required steps; 'estimate, assumes independence'.
    Estimated(Product),
}

/// A product of shares, exact unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its value; rounded down where it had to be rounded.
    pub share: Fraction,
    /// Whether it is exact: a product of many large counts has more digits than are held.
    pub is_exact: bool,
}

impl Composite {
    /// From the counts of each required step, or of each group of alternatives together; `None` where one has no data, or there is none.
    ///
    /// Every step stands once, however many paths of the objective use it.
    pub fn estimate(steps: &[Counts]) -> Option<Self> {
        let shares = steps.iter().map(|counts| Fraction::new(u128::from(counts.good), u128::from(counts.valid)));
        let shares: Option<Vec<Fraction>> = shares.collect();
        shares.filter(|shares| !shares.is_empty()).map(|shares| Self::Estimated(Product::of(shares)))
    }

    /// The share that succeeds; `None` without data.
    pub fn share(self) -> Option<Fraction> {
        match self {
            Self::Counted(counts) => Fraction::new(u128::from(counts.good), u128::from(counts.valid)),
            Self::Estimated(product) => Some(product.share),
        }
    }
}

impl Product {
    /// The product of some shares; the whole where there are none.
    pub fn of(shares: impl IntoIterator<Item = Fraction>) -> Self {
        let one = Fraction::new(1, 1).expect("one");
        shares.into_iter().fold(Self { share: one, is_exact: true }, Self::times)
    }

    fn times(self, by: Fraction) -> Self {
        let cross = |above: u128, below: u128| {
            let divisor = greatest_common_divisor(above, below).max(1);
            (above / divisor, below / divisor)
        };
        let (left, right) = (self.share, by);
        // Each upper number against both lower ones, so that the product is in lowest terms.
        let (above, other_below) = cross(left.above(), right.below());
        let (other_above, below) = cross(right.above(), left.below());
        let (mut a, mut b, mut c, mut d) = (above, other_above, below, other_below);
        let mut is_exact = self.is_exact;
        loop {
            if let (Some(above), Some(below)) = (a.checked_mul(b), c.checked_mul(d)) {
                let share = Fraction::new(above, below).expect("lower numbers are above 0");
                return Self { share, is_exact };
            }
            // The larger of each pair loses a binary digit: upwards below, downwards above, so that the share never grows.
            is_exact = false;
            let (upper, lower) = (if a > b { &mut a } else { &mut b }, if c > d { &mut c } else { &mut d });
            *upper /= 2;
            *lower = lower.div_ceil(2);
        }
    }
}

/// Whether the targets of an objective's steps can keep a target of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feasibility {
    /// What the steps promise together, if they fail independently.
    pub promised: Product,
    /// Whether that is enough.
    pub is_feasible: bool,
    /// The steps with the lowest target, which limit it first.
    pub weakest: Vec<Name>,
}

/// Compares a target of an objective with what the targets of its required steps promise together; `None` without steps.
pub fn feasibility(target: Target, steps: &[(Name, Target)]) -> Option<Feasibility> {
    let share = |target: Target| Fraction::new(u128::from(target.nanos()), u128::from(Target::ONE));
    let lowest = steps.iter().map(|(_, target)| *target).min()?;
    let promised = Product::of(steps.iter().filter_map(|(_, target)| share(*target)));
    let weakest = steps.iter().filter(|(_, target)| *target == lowest).map(|(name, _)| name.clone()).collect();
    Some(Feasibility { promised, is_feasible: promised.share >= share(target)?, weakest })
}

/// The steps that an objective needs, each once; steps that are alternatives to each other together, as one of them is enough.
pub fn required(objective: &Objective) -> Vec<Vec<&Name>> {
    let mut groups: Vec<(Option<usize>, Vec<&Name>)> = Vec::new();
    for of in objective.steps.iter().filter(|of| !of.optional) {
        let known = groups.iter_mut().find(|(group, _)| group.is_some() && *group == of.alternative);
        match known {
            Some((_, steps)) => steps.push(&of.step),
            None => groups.push((of.alternative, vec![&of.step])),
        }
    }
    groups.into_iter().map(|(_, steps)| steps).collect()
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{Stage, StepUse};
    use proptest::prelude::*;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    #[test]
    fn an_estimate_is_the_product_of_its_steps() {
        let steps = [Counts { valid: 1_000, good: 990 }, Counts { valid: 200, good: 199 }];
        let Some(Composite::Estimated(product)) = Composite::estimate(&steps) else { unreachable!("both have data") };
        // 0.99 x 0.995 = 0.98505.
        assert_eq!((product.share.percent().as_str(), product.is_exact), ("98.505%", true));
        assert_eq!(Composite::estimate(&[steps[0], Counts::default()]), None);
        assert_eq!(Composite::estimate(&[]), None);
        assert_eq!(Composite::Counted(steps[1]).share(), Fraction::new(199, 200));
    }

    #[test]
    fn steps_of_three_nines_do_not_make_three_nines_together() {
        let target = |text: &str| text.parse::<Target>().unwrap();
        let steps =
            [(name("login"), target("99.9%")), (name("compose"), target("99.9%")), (name("send"), target("99.95%"))];
        let found = feasibility(target("99.9%"), &steps).unwrap();
        // 0.999 x 0.999 x 0.9995 = 0.9975019995.
        assert_eq!((found.promised.share.percent().as_str(), found.is_feasible), ("99.7501999%", false));
        assert_eq!(found.weakest, [name("login"), name("compose")]);
        assert!(feasibility(target("99.75%"), &steps).unwrap().is_feasible);
        assert_eq!(feasibility(target("99%"), &[]), None);
    }

    #[test]
    fn optional_steps_are_not_needed_and_one_of_several_ways_is() {
        let of = |step: &str, optional, alternative| StepUse {
            step: name(step),
            after: Vec::new(),
            criticality: None,
            optional,
            alternative,
        };
        let objective = Objective {
            product: name("mail"),
            name: name("compose-mail"),
            title: String::new(),
            description: String::new(),
            owner: None,
            reconfirm_by: None,
            criticality: None,
            stage: Stage::Live,
            steps: vec![
                of("login", false, None),
                of("by-web", false, Some(1)),
                of("attach", true, None),
                of("by-phone", false, Some(1)),
                of("send", false, None),
            ],
        };
        let groups: Vec<Vec<&str>> =
            required(&objective).iter().map(|group| group.iter().map(|name| name.as_str()).collect()).collect();
        assert_eq!(groups, [vec!["login"], vec!["by-web", "by-phone"], vec!["send"]]);
    }

    /// A product in digits of 32 bits, the lowest first.
    fn exact(factors: &[u128]) -> Vec<u32> {
        let halves = |factor: u128| (0..4).map(move |i| u64::from((factor >> (32 * i)) as u32));
        factors.iter().fold(vec![1], |product: Vec<u32>, factor| {
            let mut digits = vec![0u64; product.len() + 5];
            for (i, x) in product.iter().enumerate() {
                for (j, y) in halves(*factor).enumerate() {
                    let mut carry = u64::from(*x) * y;
                    for digit in &mut digits[i + j..] {
                        carry += *digit;
                        *digit = carry & 0xffff_ffff;
                        carry >>= 32;
                    }
                }
            }
            digits.iter().map(|digit| *digit as u32).collect()
        })
    }

    proptest! {
        #[test]
        fn a_product_is_what_it_says_exactly_or_less(
            steps in proptest::collection::vec((1u64.., any::<u64>()), 1..6)
        ) {
            let counts: Vec<Counts> = steps.iter().map(|(valid, good)| Counts { valid: *valid, good: good % valid }).collect();
            let Some(Composite::Estimated(product)) = Composite::estimate(&counts) else { unreachable!("all have data") };
            // above / below against good / valid, multiplied out.
            let side = |first: u128, of: fn(&Counts) -> u64| {
                exact(&std::iter::once(first).chain(counts.iter().map(|counts| u128::from(of(counts)))).collect::<Vec<_>>())
            };
            let (told, truth) = (side(product.share.above(), |counts| counts.valid), side(product.share.below(), |counts| counts.good));
            let order = told.iter().rev().cmp(truth.iter().rev());
            prop_assert!(if product.is_exact { order.is_eq() } else { order.is_le() }, "{:?}", product);
        }

        #[test]
        fn a_product_that_had_to_be_rounded_is_never_too_high_and_close(
            steps in proptest::collection::vec((1u64.., 0.9f64..=1.0), 1..12)
        ) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts in range")]
            let counts: Vec<Counts> = steps.iter().map(|(valid, part)| Counts { valid: *valid, good: ((*valid as f64 * part) as u64).min(*valid) }).collect();
            let Some(Composite::Estimated(product)) = Composite::estimate(&counts) else { unreachable!("all have data") };
            let float: f64 = counts.iter().filter_map(|counts| counts.ratio()).product();
            prop_assert!((product.share.to_f64() - float).abs() < 1e-9, "{} {}", product.share.to_f64(), float);
            prop_assert!(product.share <= Fraction::new(1, 1).unwrap());
        }
    }
}
