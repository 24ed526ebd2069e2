//! The 99 % points of Student's distribution: how much wider a prediction from few days must be.

/// The 99 % point of the normal distribution, one-sided.
pub(crate) const Z99: f64 = 2.326_347_874_040_841;

/// One-sided 99 % points for 1 to 30 degrees of freedom (Fisher and Yates, *Statistical Tables*, table III).
const T99: [f64; 30] = [
    31.821, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764, 2.7181, 2.681, 2.650, 2.624, 2.602, 2.583,
    2.567, 2.552, 2.539, 2.528, 2.518, 2.508, 2.500, 2.492, 2.485, 2.479, 2.473, 2.467, 2.462, 2.457,
];

/// The one-sided 99 % point for so many degrees of freedom, at least 1.
pub(super) fn t99(degrees: usize) -> f64 {
    T99.get(degrees.max(1) - 1).copied().unwrap_or(Z99)
}
