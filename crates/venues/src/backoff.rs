//! How long to wait before connecting again: longer after each failure, and never quite as long as everyone else.
//!
//! Pure: chance comes from a seed. It never gives up, and never starts over because of a session that did not last.

use stopline_kernel::time::Span;

/// The waits, in machine time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// Before the first, second, ... try after a session that lasted; the last one repeats.
    pub ladder: [Span; 5],
    /// A session that was up for so long has lasted; the ladder begins anew.
    pub steady: Span,
}

impl Delays {
    /// For a venue on this machine: at once nearly, then 1, 2, 4 and 8 s.
    pub const LOCAL: Delays = Delays {
        ladder: [Span::millis(100), Span::secs(1), Span::secs(2), Span::secs(4), Span::secs(8)],
        steady: Span::secs(5),
    };
}

/// The waits of one stream.
#[derive(Debug, Clone)]
pub struct Backoff {
    delays: Delays,
    tries: usize,
    chance: u64,
}

impl Backoff {
    /// At the foot of the ladder.
    pub const fn new(delays: Delays, seed: u64) -> Backoff {
        Backoff { delays, tries: 0, chance: seed }
    }

    /// The wait before the next try: the ladder's, and up to a quarter more, so that the sessions which one failure
    /// ended do not all come back in the same moment.
    pub fn next_wait(&mut self) -> Span {
        let rung = self.tries.min(self.delays.ladder.len() - 1);
        self.tries = rung + 1;
        let wait = self.delays.ladder.get(rung).map_or(0, |span| span.0);
        let quarter = (wait / 4).unsigned_abs();
        let more = if quarter == 0 { 0 } else { self.draw() % quarter };
        Span(wait.saturating_add_unsigned(more))
    }

    /// A session ended after it was up for so long.
    pub fn ended_after(&mut self, up: Span) {
        if up >= self.delays.steady {
            self.tries = 0;
        }
    }

    /// SplitMix64: one seeded stream, used for nothing but this.
    const fn draw(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.chance ^ (self.chance >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_climb_the_ladder_stay_at_its_top_and_are_a_quarter_longer_at_most() {
        let mut backoff = Backoff::new(Delays::LOCAL, 7);
        for base in [100, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000] {
            let wait = backoff.next_wait();
            assert!(Span::millis(base) <= wait && wait < Span::millis(base + base / 4), "{wait:?}");
        }
    }

    #[test]
    fn only_a_session_that_lasted_begins_the_ladder_anew() {
        let mut backoff = Backoff::new(Delays::LOCAL, 7);
        backoff.next_wait();
        backoff.ended_after(Span::millis(4_999));
        assert!(backoff.next_wait() >= Span::secs(1));
        backoff.ended_after(Span::secs(5));
        assert!(backoff.next_wait() < Span::secs(1));
    }

    #[test]
    fn two_seeds_do_not_come_back_together() {
        let wait = |seed| Backoff::new(Delays::LOCAL, seed).next_wait();
        assert_ne!(wait(1), wait(2));
        assert_eq!(wait(1), wait(1));
    }
}
