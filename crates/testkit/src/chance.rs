//! Chance that is the same for a seed: uniform numbers, and counts as they come.

/// A generator, the same for the same seed (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// From 0 to below 1.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Evenly by orders of magnitude.
    pub fn by_magnitude(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// One of several.
    pub fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[(self.next() % all.len() as u64) as usize]
    }

    /// One of the normal distribution, by Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// How many independent events come where so many are expected; by a normal curve from 64 on.
    pub fn poisson(&mut self, expected: f64) -> u64 {
        if expected >= 64.0 {
            return (expected + expected.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (mut count, mut product, limit) = (0, self.uniform(), (-expected).exp());
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    /// How many of `count` have a share's luck; exact up to 200, then by the curve of their number.
    pub fn of(&mut self, count: u64, share: f64) -> u64 {
        if count <= 200 {
            return (0..count).filter(|_| self.uniform() < share).count() as u64;
        }
        let expected = count as f64 * share;
        let drawn = if expected < 64.0 {
            self.poisson(expected) as f64
        } else {
            expected + (expected * (1.0 - share)).sqrt() * self.normal()
        };
        (drawn.round().max(0.0) as u64).min(count)
    }
}
