//! Since when the oldest bar that a bot was told has waited for its answer.
//!
//! It measures with the stamps it is given and never asks for the time.

use std::collections::VecDeque;

use stopline_kernel::time::Mono;

/// When each numbered event was sent, as far as its answer is still awaited.
#[derive(Debug, Default)]
pub(super) struct Unanswered(VecDeque<(u64, Mono)>);

impl Unanswered {
    /// Event `number` was sent.
    pub(super) fn sent(&mut self, number: u64, at: Mono) {
        self.0.push_back((number, at));
    }

    /// The oldest event whose answer is awaited, and since when, where `oldest` is its number.
    pub(super) fn oldest(&mut self, oldest: Option<u64>) -> Option<(u64, Mono)> {
        let Some(oldest) = oldest else {
            self.0.clear();
            return None;
        };
        while self.0.front().is_some_and(|(number, _)| *number < oldest) {
            self.0.pop_front();
        }
        self.0.front().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_an_answer_runs_from_its_own_event() {
        let mut unanswered = Unanswered::default();
        for number in 1..=3 {
            unanswered.sent(number, Mono(number * 10));
        }
        assert_eq!(unanswered.oldest(Some(1)), Some((1, Mono(10))));
        assert_eq!(unanswered.oldest(Some(3)), Some((3, Mono(30))));
        assert_eq!(unanswered.oldest(None), None);
        unanswered.sent(4, Mono(90));
        assert_eq!(unanswered.oldest(Some(4)), Some((4, Mono(90))));
    }
}
