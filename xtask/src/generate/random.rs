//! Chance that is the same on every machine and in every year: a small generator with a fixed seed.
//!
//! For made-up telemetry only, never for secrets. Numbers come from whole-number arithmetic and from `+ - * /`, which
//! IEEE 754 fixes to the last bit; the logarithms and powers of the standard library may differ between platforms.

/// `SplitMix64`: 64 bits of state, one multiplication after the other.
#[derive(Debug)]
pub(crate) struct Random(u64);

/// How long something takes: log-normal, as latencies are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    /// Half of all take longer, in microseconds.
    pub(crate) median_us: u64,
    /// Standard deviation of the logarithm.
    pub(crate) spread: f64,
}

impl Latency {
    pub(crate) const fn of_ms(median_ms: u64, spread: f64) -> Self {
        Self { median_us: median_ms * 1_000, spread }
    }
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end` - 1; the bias of the remainder is far below what anyone could see.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// True in so many of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of several values.
    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[usize::try_from(self.below(values.len() as u64)).unwrap_or(0)]
    }

    /// A duration in microseconds.
    pub(crate) fn duration_us(&mut self, latency: Latency) -> u64 {
        // The sum of twelve uniform numbers is as good as normal, and never further than 6 deviations off.
        let deviation = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        (latency.median_us as f64 * exponential(deviation * latency.spread)) as u64
    }

    /// From 0 to just below 1.
    fn unit(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// e to the power of `x`, to about three digits while `x` is a few units: (1 + x / 1024) to the power of 1024.
fn exponential(x: f64) -> f64 {
    (0..10).fold(1.0 + x / 1024.0, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        let mut random = Random::new(1_234_567);
        let numbers: Vec<u64> = (0..3).map(|_| random.number()).collect();
        assert_eq!(numbers, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn half_of_all_durations_lie_below_the_median_and_none_far_beyond() {
        let mut random = Random::new(7);
        let latency = Latency::of_ms(100, 0.5);
        let mut durations: Vec<u64> = (0..10_001).map(|_| random.duration_us(latency)).collect();
        durations.sort_unstable();
        let median = durations[5_000];
        assert!(median.abs_diff(100_000) < 3_000, "{median}");
        // One deviation up is 0.8413 of all: a factor of e to the power of 0.5.
        let one_up = durations[8_413];
        assert!(one_up.abs_diff(164_872) < 6_000, "{one_up}");
        assert!(durations.last().is_some_and(|longest| *longest < 2_100_000), "{durations:?}");
    }
}
