//! The seeded source of chance (splitmix64), with what the model of the market draws from it.
//!
//! Only additions, multiplications and square roots, so that a seed means the same market on every machine; never
//! seeded from a clock or from the system.

/// A stream of numbers that its seed decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// The stream of `seed` for one `purpose`: a new use of chance in one place does not move another's draws.
    pub const fn new(seed: u64, purpose: u64) -> Rng {
        Rng { state: mix(seed ^ mix(purpose)) }
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub const fn below(&mut self, n: u64) -> u64 {
        let wide = self.bits() as u128 * n as u128;
        (wide >> 64) as u64
    }

    /// A number in `low..=high`; `low` when the range is empty.
    pub const fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).saturating_add(1);
        let width = if width > 0 { width as u64 } else { 0 };
        low.saturating_add(self.below(width) as i64)
    }

    /// A share in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of probability `p` happens.
    pub fn chance(&mut self, p: f64) -> bool {
        p > 0.0 && self.unit() < p
    }

    /// A draw close to the standard normal: the sum of twelve shares, which needs no logarithm.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_stream_and_a_purpose_parts_it() {
        let draw = |seed, purpose| Rng::new(seed, purpose).bits();
        assert_eq!(draw(1, 1), draw(1, 1));
        assert_ne!(draw(1, 1), draw(1, 2));
        assert_ne!(draw(1, 1), draw(2, 1));
    }

    #[test]
    fn draws_stay_in_their_range_and_center_where_they_should() {
        let mut rng = Rng::new(7, 0);
        let mut sum = 0.0;
        for _ in 0..10_000 {
            assert!((3..=9).contains(&rng.between(3, 9)));
            sum += rng.normal();
        }
        assert!((sum / 10_000.0_f64).abs() < 0.05);
        assert_eq!(rng.between(5, 4), 5);
    }
}
