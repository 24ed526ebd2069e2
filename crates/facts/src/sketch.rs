//! Latency sketches: integer counts in exponential buckets of one fixed schema, those of Prometheus' native histograms of seconds.

use milepost_model::DurationNs;
use std::sync::LazyLock;

/// The schema: each bucket's upper bound is 2^(1/2^6), about 1.09 %, above its lower bound.
const SCHEMA: u32 = 6;
/// Buckets an octave.
const BUCKETS: usize = 1 << SCHEMA;
/// Bounds are 2^(i/64) seconds, so that in nanoseconds an octave of ours begins before a bound of theirs: the first one above 2^30 ns, which is
/// 1.07 s, is this one above 1 s.
const FIRST_BOUND: usize = 7;
/// The number of our bucket that ends at one second, where Prometheus has its bucket 0: 30 octaves of nanoseconds, less what the first begins late.
const ONE_SECOND: usize = 30 * BUCKETS - FIRST_BOUND;

/// Counts of durations by size. Two sketches add up exactly; a quantile is off by at most [`Sketch::RELATIVE_ERROR`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Buckets with their counts, in order; only those that hold something, so that a sketch takes no more memory than what it counts.
    counts: Vec<(usize, u64)>,
    /// Durations of zero.
    zero: u64,
    total: u64,
}

/// Where the buckets of one octave end, for nanoseconds scaled to [2^63, 2^64): the 64 bounds 10^9 x 2^(33 + (7 + i)/64).
static BOUNDS: LazyLock<[u64; BUCKETS]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        // A product of the roots 2^(1/2), 2^(1/4), ... that `i` has as bits: IEEE 754 rounds roots and products alike on every machine, which
        // it does not ask of powers, and sketches of two machines must add up.
        let at = i + FIRST_BOUND;
        let (mut root, mut power) = (2.0f64, if at < BUCKETS { 1.0 } else { 2.0 });
        for bit in (0..SCHEMA).rev() {
            root = root.sqrt();
            if at >> bit & 1 == 1 {
                power *= root;
            }
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a bound below 2^64, of which f64 keeps the first 53 bits"
        )]
        let bound = (power * 1e9 * (1u64 << 33) as f64) as u64;
        bound
    })
});

impl Sketch {
    /// The schema of its buckets, as Prometheus numbers them.
    pub const SCHEMA: u32 = SCHEMA;
    /// The most by which a quantile differs from the exact one: half a bucket, (2^(1/64) - 1) / (2^(1/64) + 1).
    pub const RELATIVE_ERROR: f64 = 0.005_416;

    /// Counts one duration.
    pub fn record(&mut self, duration: DurationNs) {
        self.total += 1;
        if duration.nanos() == 0 {
            self.zero += 1;
        } else {
            self.add(bucket(duration.nanos()), 1);
        }
    }

    /// Adds the counts of another sketch.
    pub fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.zero += other.zero;
        other.counts.iter().for_each(|(bucket, count)| self.add(*bucket, *count));
    }

    /// How many durations were at most so long, to the sketch's own error: those in whole buckets up to there.
    pub fn at_most(&self, duration: DurationNs) -> u64 {
        let last = if duration.nanos() == 0 { None } else { Some(bucket(duration.nanos())) };
        let counted = self.counts.iter().take_while(|(bucket, _)| last.is_some_and(|last| *bucket <= last));
        self.zero + counted.map(|(_, count)| count).sum::<u64>()
    }

    /// What was counted, as numbers that [`Sketch::add_bucket`] takes: 0 for durations of zero, else the bucket's position from 1; and how many.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        let zero = (self.zero > 0).then_some((0, self.zero));
        zero.into_iter().chain(self.counts.iter().map(|(bucket, count)| (*bucket as u64 + 1, *count)))
    }

    /// The same as Prometheus numbers them in a native histogram of seconds of this schema: bucket i holds what is above 2^((i - 1)/64) s and at most
    /// 2^(i/64) s. Those of zero are in none.
    pub fn native_buckets(&self) -> impl Iterator<Item = (i32, u64)> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "at most 64 x 64 buckets")]
        self.counts.iter().map(|(bucket, count)| (*bucket as i32 - ONE_SECOND as i32, *count))
    }

    /// How many durations were zero.
    pub fn zeros(&self) -> u64 {
        self.zero
    }

    /// Adds what was counted in one bucket of another sketch.
    pub fn add_bucket(&mut self, bucket: u64, count: u64) {
        self.total += count;
        match usize::try_from(bucket).ok().and_then(|bucket| bucket.checked_sub(1)) {
            Some(bucket) => self.add(bucket, count),
            None => self.zero += count,
        }
    }

    /// How many durations were counted.
    pub fn len(&self) -> u64 {
        self.total
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The duration at position floor(n x per mille / 1000) of all in order, counted from 0: for 500 the upper median. `None` without any.
    pub fn quantile(&self, per_mille: u64) -> Option<DurationNs> {
        let rank = (u128::from(self.total) * u128::from(per_mille) / 1000).min(u128::from(self.total.checked_sub(1)?));
        let mut seen = u128::from(self.zero);
        if rank < seen {
            return Some(DurationNs::default());
        }
        let holder = self.counts.iter().find(|(_, count)| {
            seen += u128::from(*count);
            rank < seen
        });
        holder.map(|(bucket, _)| middle(*bucket))
    }

    fn add(&mut self, bucket: usize, count: u64) {
        match self.counts.binary_search_by_key(&bucket, |(known, _)| *known) {
            Ok(at) => self.counts[at].1 += count,
            Err(at) => self.counts.insert(at, (bucket, count)),
        }
    }
}

/// The bucket of a duration above zero: octave x 64 + position in it. A bucket holds its upper bound and not its lower, as in Prometheus.
fn bucket(nanos: u64) -> usize {
    let zeros = nanos.leading_zeros() as usize;
    let octave = 63 - zeros;
    let scaled = nanos << zeros;
    octave * BUCKETS + BOUNDS.partition_point(|bound| *bound < scaled)
}

/// The value in a bucket that is nearest, in proportion, to both its bounds.
fn middle(bucket: usize) -> DurationNs {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a duration below 2^64 to the sketch's own error"
    )]
    let nanos = {
        let above_one_second = bucket as f64 - ONE_SECOND as f64;
        let upper = 1e9 * (above_one_second / BUCKETS as f64).exp2();
        let lower = 1e9 * ((above_one_second - 1.0) / BUCKETS as f64).exp2();
        (2.0 * upper * lower / (upper + lower)).round() as u64
    };
    DurationNs::from_nanos(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(durations: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        durations.iter().for_each(|d| sketch.record(DurationNs::from_nanos(*d)));
        sketch
    }

    #[expect(clippy::cast_precision_loss, reason = "compared to a relative error")]
    fn near(sketched: u64, exact: u64) -> bool {
        // Rounding to a whole nanosecond adds up to half of one.
        (sketched as f64 - exact as f64).abs() <= exact as f64 * Sketch::RELATIVE_ERROR + 0.5
    }

    #[test]
    fn without_durations_there_is_no_quantile() {
        assert_eq!(Sketch::default().quantile(500), None);
        assert_eq!(of(&[0, 0, 5]).quantile(500).unwrap().nanos(), 0);
    }

    /// What f64 adds to an exact bound, several times over.
    const ROUNDING: f64 = 1e-14;

    #[expect(clippy::cast_precision_loss, reason = "a bucket's number is small")]
    fn bounds(bucket: usize) -> (f64, f64) {
        let seconds = |bucket: f64| 1e9 * ((bucket - ONE_SECOND as f64) / 64.0).exp2();
        (seconds(bucket as f64 - 1.0), seconds(bucket as f64))
    }

    #[test]
    fn the_shortest_and_longest_durations_have_buckets() {
        assert_eq!((bucket(1), bucket(2), bucket(u64::MAX)), (0, 64, 64 * 64));
        assert_eq!(of(&[1]).quantile(500).unwrap().nanos(), 1);
        let longest = of(&[u64::MAX]).quantile(1000).unwrap().nanos();
        assert!(near(longest, u64::MAX), "{longest}");
        assert_eq!(of(&[0]).quantile(0).unwrap().nanos(), 0);
        assert_eq!(of(&[0, u64::MAX, 1, 1]).counts, [(0, 2), (64 * 64, 1)]);
    }

    #[test]
    fn a_quantile_beyond_all_is_the_longest() {
        assert_eq!(of(&[1, 2, 3]).quantile(u64::MAX), of(&[3]).quantile(500));
    }

    #[test]
    fn seconds_doubled_and_halved_end_their_buckets() {
        let halved = (0..=9).map(|times| 1_000_000_000 >> times);
        let doubled = (1..=30).map(|times| 1_000_000_000 << times);
        for nanos in halved.chain(doubled) {
            assert_eq!(bucket(nanos) + 1, bucket(nanos + 1), "{nanos} ns");
        }
    }

    #[test]
    fn native_buckets_are_those_of_prometheus_in_seconds() {
        // 1 s = 2^(0/64), 4 s = 2^(128/64), 0.5 s = 2^(-64/64); 1.02 s lies between 2^(1/64) = 1.0109 and 2^(2/64) = 1.0219.
        let sketch = of(&[0, 500_000_000, 1_000_000_000, 1_000_000_000, 1_020_000_000, 4_000_000_000]);
        assert_eq!(sketch.native_buckets().collect::<Vec<_>>(), [(-64, 1), (0, 2), (2, 1), (128, 1)]);
        assert_eq!(sketch.zeros(), 1);
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_stated_error(
            durations in prop::collection::vec(1u64..1 << 45, 1..200), per_mille in 0u64..=1000
        ) {
            let mut sorted = durations.clone();
            sorted.sort_unstable();
            let exact = sorted[(sorted.len() * per_mille as usize / 1000).min(sorted.len() - 1)];
            let sketched = of(&durations).quantile(per_mille).unwrap().nanos();
            prop_assert!(near(sketched, exact), "{} {}", sketched, exact);
        }

        #[test]
        fn merged_sketches_are_the_sketch_of_all(a in prop::collection::vec(any::<u64>(), 0..50), b in prop::collection::vec(any::<u64>(), 0..50)) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let mut all = of(&[a, b].concat());
            prop_assert_eq!(&merged, &all);
            all.merge(&Sketch::default());
            prop_assert_eq!(merged, all);
        }

        #[test]
        fn the_order_of_durations_does_not_matter(durations in prop::collection::vec(any::<u64>(), 0..50), turn in 0usize..50) {
            let mut turned = durations.clone();
            turned.reverse();
            turned.rotate_left(turn.min(durations.len()));
            prop_assert_eq!(of(&durations), of(&turned));
        }

        #[test]
        fn a_bucket_is_the_one_that_powers_of_two_of_a_second_say(exponent in 0u32..64, bits in any::<u64>()) {
            let nanos = 1 << exponent | bits & ((1 << exponent) - 1);
            let (lower, upper) = bounds(bucket(nanos));
            #[expect(clippy::cast_precision_loss, reason = "compared with room for rounding")]
            let value = nanos as f64;
            prop_assert!(lower * (1.0 - ROUNDING) < value && value <= upper * (1.0 + ROUNDING), "{} {} {}", lower, value, upper);
        }

        #[test]
        fn a_longer_duration_is_never_in_an_earlier_bucket(a in any::<u64>(), b in any::<u64>(), shift in 0u32..64) {
            let (a, b) = ((a >> shift).max(1), (b >> shift).max(1));
            prop_assert!(bucket(a.min(b)) <= bucket(a.max(b)));
            prop_assert!(bucket(a) <= bucket(a.saturating_add(1)) && bucket(a.saturating_add(1)) <= bucket(a) + BUCKETS);
        }
    }
}
