//! A run that comes back to where it was without ever coming to rest: told long before its time is over.
//!
//! It looks at what is unsettled and at nothing that only counts on, such as a record's number or the clock.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use stopline_kernel::book::Book;
use stopline_kernel::table::{Ask, Life};

/// How often one unsettled state may be come to again. A few times is how a protocol settles; more is a circle.
const MOST_VISITS: u32 = 12;

/// The unsettled states of a calm, and how often each was come to.
#[derive(Debug, Default)]
pub(super) struct Lasso {
    last: Option<u64>,
    visits: BTreeMap<u64, u32>,
}

impl Lasso {
    /// Whether this state was come to once too often. What is settled closes every circle.
    pub(super) fn closes(&mut self, state: Option<u64>) -> bool {
        let before = std::mem::replace(&mut self.last, state);
        let Some(state) = state else {
            self.visits.clear();
            return false;
        };
        if before == Some(state) {
            return false;
        }
        let visits = self.visits.entry(state).or_default();
        *visits += 1;
        *visits > MOST_VISITS
    }
}

/// What is unsettled: orders that wait for an answer, closings, a recovery, a difference. `None` when nothing is.
pub(super) fn unsettled(book: &Book) -> Option<u64> {
    let ledgered = &book.ledgered;
    let waits = |life: Life, ask: Ask| {
        ask != Ask::Nothing || matches!(life, Life::Draft | Life::Submitted | Life::Unknown)
    };
    let orders: Vec<_> = ledgered
        .live_orders()
        .filter(|o| waits(o.life, o.ask))
        .map(|o| (o.root, o.life as u8, o.ask as u8, o.revision))
        .collect();
    let closings: Vec<u64> = ledgered.closings.keys().copied().collect();
    let recovery = ledgered.recovery.as_ref().map(|recovery| recovery.step as u8);
    let differs = book.link.differs_since.is_some();
    if orders.is_empty() && closings.is_empty() && recovery.is_none() && !differs {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    (orders, closings, recovery, differs, book.link.up.len()).hash(&mut hasher);
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_told_and_a_state_that_stays_is_none() {
        let mut lasso = Lasso::default();
        assert!((0..1_000).all(|_| !lasso.closes(Some(7))), "it waits");
        let mut circling = (0..100).map(|n| lasso.closes(Some(n % 2)));
        assert!(circling.any(|closes| closes), "it turns");
    }

    #[test]
    fn what_settles_in_between_is_no_circle() {
        let mut lasso = Lasso::default();
        assert!((0..100).all(|n| !lasso.closes((n % 2 == 0).then_some(7))));
    }
}
