//! Every choice of a run, drawn from one seed, in streams that do not disturb each other.
//!
//! No other source of chance exists in the simulator: a run is its seed.

/// The domains that choose apart, so that one more choice in one does not move all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Which faults a run has, and how strong.
    Swarm,
    /// What the bot wants.
    Bot,
    /// What the wire does to bytes.
    Wire,
    /// What the disk keeps in a crash.
    Disk,
    /// When the process dies and comes back.
    Crash,
    /// What comes first of things due at the same moment.
    Order,
}

/// A stream of choices (xorshift64*, seeded by splitmix64).
#[derive(Debug, Clone)]
pub struct Choices {
    state: u64,
}

impl Choices {
    /// The stream of `domain` in the run of `seed`.
    pub const fn new(seed: u64, domain: Domain) -> Choices {
        let mixed = splitmix(seed ^ ((domain as u64 + 1).wrapping_mul(0xA076_1D64_78BD_642F)));
        Choices { state: if mixed == 0 { 1 } else { mixed } }
    }

    /// The next choice.
    pub const fn draw(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from 0 up to, not including, `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.draw()) * u128::from(n);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// True `permille` times in a thousand.
    pub fn permille(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// One of `list`; `None` of an empty one.
    pub fn one_of<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list.get(at).copied()
    }
}

const fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_domain_make_one_stream() {
        let take = |seed, domain| {
            let mut choices = Choices::new(seed, domain);
            (0..8).map(|_| choices.draw()).collect::<Vec<_>>()
        };
        assert_eq!(take(7, Domain::Wire), take(7, Domain::Wire));
        assert_ne!(take(7, Domain::Wire), take(7, Domain::Disk));
        assert_ne!(take(7, Domain::Wire), take(8, Domain::Wire));
    }

    #[test]
    fn permille_is_about_a_thousandth() {
        let mut choices = Choices::new(1, Domain::Wire);
        let hits = (0..100_000).filter(|_| choices.permille(100)).count();
        assert!((9_000..11_000).contains(&hits), "{hits}");
    }
}
