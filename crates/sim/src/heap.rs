//! What is due when: the one queue of a run, in virtual time.
//!
//! Things due at the same moment come in an order drawn from the seed, so that every interleaving has its chance. It
//! never looks at a real clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use stopline_kernel::time::Mono;

use crate::choice::Choices;

/// How many places among equals are drawn from; within one place it is first come, first served, which is benign.
const TIES: u64 = 8;

/// Things due, earliest first.
#[derive(Debug)]
pub(crate) struct Heap<T> {
    due: BinaryHeap<Reverse<Slot<T>>>,
    ties: Choices,
    pushed: u64,
}

#[derive(Debug)]
struct Slot<T> {
    at: Mono,
    tie: u64,
    number: u64,
    what: T,
}

impl<T> Slot<T> {
    const fn rank(&self) -> (Mono, u64, u64) {
        (self.at, self.tie, self.number)
    }
}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl<T> Eq for Slot<T> {}

impl<T> PartialOrd for Slot<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Slot<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl<T> Heap<T> {
    /// An empty heap that draws the order of things due at the same moment from `ties`.
    pub(crate) const fn new(ties: Choices) -> Heap<T> {
        Heap { due: BinaryHeap::new(), ties, pushed: 0 }
    }

    /// What was drawn.
    pub(crate) const fn ties(&self) -> &Choices {
        &self.ties
    }

    /// Something is due at `at`; its place among equals is drawn.
    pub(crate) fn push(&mut self, at: Mono, what: T) {
        let tie = 1 + self.ties.below(TIES);
        self.put(at, tie, what);
    }

    /// Something is due at `at`, after whatever was pushed this way before: for what must keep its order.
    pub(crate) fn push_in_order(&mut self, at: Mono, what: T) {
        self.put(at, 0, what);
    }

    fn put(&mut self, at: Mono, tie: u64, what: T) {
        self.pushed += 1;
        self.due.push(Reverse(Slot { at, tie, number: self.pushed, what }));
    }

    /// When the next thing is due.
    pub(crate) fn next_at(&self) -> Option<Mono> {
        self.due.peek().map(|Reverse(slot)| slot.at)
    }

    /// The next thing and its time.
    pub(crate) fn pop(&mut self) -> Option<(Mono, T)> {
        self.due.pop().map(|Reverse(slot)| (slot.at, slot.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Domain;

    #[test]
    fn time_first_then_the_drawn_order() {
        let drain = |seed| {
            let mut heap = Heap::new(Choices::new(seed, Domain::Order));
            (0..6).for_each(|n| heap.push(Mono(5), n));
            heap.push(Mono(1), 9);
            std::iter::from_fn(|| heap.pop().map(|(_, n)| n)).collect::<Vec<_>>()
        };
        assert_eq!(drain(3), drain(3));
        assert_eq!(drain(3)[0], 9);
        assert_ne!(drain(3), drain(4));
    }
}
