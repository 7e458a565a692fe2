//! How long to wait before something that died is started again: 1, 2, 4, 8, 16 and then 30 seconds of machine time.
//!
//! It never gives up, and only a life that lasted begins the ladder anew.

use stopline_kernel::time::{Mono, Span};

/// The waits.
const RUNGS: [Span; 6] =
    [Span::secs(1), Span::secs(2), Span::secs(4), Span::secs(8), Span::secs(16), Span::secs(30)];

/// A life of this length has lasted.
const LASTED: Span = Span::secs(60);

/// The waits of one thing that may die.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ladder {
    rung: usize,
}

impl Ladder {
    /// At its foot.
    pub(crate) const fn new() -> Ladder {
        Ladder { rung: 0 }
    }

    /// The wait after a life from `born` to `died`.
    pub(crate) fn next_wait(&mut self, born: Mono, died: Mono) -> Span {
        if died.since(born) >= LASTED {
            self.rung = 0;
        }
        let wait = RUNGS.get(self.rung).copied().unwrap_or(Span::secs(30));
        self.rung = (self.rung + 1).min(RUNGS.len() - 1);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_thirty_seconds_and_a_long_life_begins_anew() {
        let mut ladder = Ladder::new();
        let waits: Vec<i64> =
            (0..8).map(|_| ladder.next_wait(Mono(0), Mono(1)).as_millis() / 1_000).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(ladder.next_wait(Mono(0), Mono(60_000_000_000)), Span::secs(1));
    }
}
