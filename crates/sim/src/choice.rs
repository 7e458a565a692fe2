//! Every choice of a run, in streams that do not disturb each other: drawn from a seed, or read from a recording.
//!
//! No other source of chance exists in the simulator. Zero is always the benign choice, so that a recording whose
//! numbers are lowered tells of fewer faults, and one that is too short goes on without any.

use std::fmt;

/// The domains that choose apart, so that one more choice in one does not move all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// Which faults a run has, and how strong.
    Swarm,
    /// What the wires do to bytes.
    Wire,
    /// What the broker does to messages, and who else trades on the account.
    Broker,
    /// What the disk keeps in a crash.
    Disk,
    /// When the process comes back.
    Crash,
    /// What a person commands, and when.
    Operator,
    /// What comes first of things due at the same moment.
    Order,
    /// What the bot wants: drawn anew for each bar, so that the same bar makes the same wish after a restart. Never
    /// recorded.
    Bot,
}

impl Domain {
    /// Those that are recorded.
    pub const RECORDED: [Domain; 7] = [
        Domain::Swarm,
        Domain::Wire,
        Domain::Broker,
        Domain::Disk,
        Domain::Crash,
        Domain::Operator,
        Domain::Order,
    ];

    /// As it is written in a recording.
    pub const fn word(self) -> &'static str {
        match self {
            Domain::Swarm => "swarm",
            Domain::Wire => "wire",
            Domain::Broker => "broker",
            Domain::Disk => "disk",
            Domain::Crash => "crash",
            Domain::Operator => "operator",
            Domain::Order => "order",
            Domain::Bot => "bot",
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A stream of choices, which remembers what was chosen.
#[derive(Debug, Clone)]
pub struct Choices {
    source: Source,
    taken: Vec<u64>,
}

#[derive(Debug, Clone)]
enum Source {
    /// xorshift64*, seeded by splitmix64.
    Seed(u64),
    /// A recording, read from the front; past its end every choice is the benign one.
    Given(std::vec::IntoIter<u64>),
}

impl Choices {
    /// The stream of `domain` in the run of `seed`.
    pub const fn new(seed: u64, domain: Domain) -> Choices {
        let mixed = splitmix(seed ^ ((domain as u64 + 1).wrapping_mul(0xA076_1D64_78BD_642F)));
        Choices { source: Source::Seed(if mixed == 0 { 1 } else { mixed }), taken: Vec::new() }
    }

    /// The stream that was recorded.
    pub fn given(recorded: Vec<u64>) -> Choices {
        Choices { source: Source::Given(recorded.into_iter()), taken: Vec::new() }
    }

    /// A number from 0 up to, not including, `n`; 0 when `n` is 0. Zero is the benign choice.
    pub fn below(&mut self, n: u64) -> u64 {
        let chosen = match &mut self.source {
            Source::Seed(state) => {
                u64::try_from((u128::from(draw(state)) * u128::from(n)) >> 64).unwrap_or(0)
            }
            Source::Given(recorded) => recorded.next().unwrap_or(0).min(n.saturating_sub(1)),
        };
        self.taken.push(chosen);
        chosen
    }

    /// True `permille` times in a thousand; false is the benign choice. What cannot be true draws nothing.
    pub fn permille(&mut self, permille: u64) -> bool {
        permille > 0 && self.below(1_000) >= 1_000_u64.saturating_sub(permille)
    }

    /// One of `list`, of which the first is the benign one; `None` of an empty list.
    pub fn one_of<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list.get(at).copied()
    }

    /// What was chosen, in order.
    pub fn taken(&self) -> &[u64] {
        &self.taken
    }
}

const fn draw(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_F491_4F6C_DD1D)
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
            (0..8).map(|_| choices.below(1 << 40)).collect::<Vec<_>>()
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

    #[test]
    fn a_recording_chooses_what_was_chosen_and_then_what_is_benign() {
        let mut once = Choices::new(3, Domain::Wire);
        let first: Vec<u64> = (1..9).map(|n| once.below(n * 10)).collect();
        let mut again = Choices::given(once.taken().to_vec());
        assert_eq!((1..9).map(|n| again.below(n * 10)).collect::<Vec<_>>(), first);
        assert_eq!((again.below(100), again.permille(999), again.one_of(&[7, 8])), (0, false, Some(7)));
    }
}
