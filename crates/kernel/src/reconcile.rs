//! Reconciliation as one truth table: our view of an order × the broker's list.
//!
//! Absence from a list proves nothing by itself: it asks a question. Every combination is listed, and a test walks them
//! all.

use crate::table::Life;

/// Our view of an order, as far as reconciliation cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ours {
    /// Never heard of, and its id has not our form.
    Foreign,
    /// Never heard of, but its id has our form.
    Lost,
    /// Recorded, perhaps not sent yet.
    Draft,
    /// Sent, nothing heard.
    InFlight,
    /// With the broker or the exchange.
    Live,
    /// Unknown.
    Unknown,
    /// Ended, on evidence.
    Ended,
}

/// The broker's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theirs {
    /// Not in it.
    Absent,
    /// In it, held for its parent.
    Held,
    /// In it, working.
    Working,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The views agree, or the list is too old to say.
    Nothing,
    /// The list is evidence: the order moves to what it says.
    Adopt,
    /// The list raises a question: ask for this order by its id.
    Ask,
    /// An order of ours that the ledger does not know: the ledger was rolled back.
    RolledBack,
    /// An order of somebody else's.
    Foreign,
}

impl Ours {
    /// All of them, in the table's order.
    pub const ALL: [Ours; 7] =
        [Ours::Foreign, Ours::Lost, Ours::Draft, Ours::InFlight, Ours::Live, Ours::Unknown, Ours::Ended];

    /// Our view of an order at `life`.
    pub const fn of(life: Life) -> Ours {
        match life {
            Life::Draft => Ours::Draft,
            Life::Submitted => Ours::InFlight,
            Life::Acknowledged | Life::Suspended | Life::Working => Ours::Live,
            Life::Unknown => Ours::Unknown,
            Life::Filled | Life::Canceled | Life::Rejected | Life::Expired => Ours::Ended,
        }
    }
}

/// What follows from our view and the broker's list. `young` says that the order changed, by our records, after the
/// list was asked for: then its absence says nothing at all.
pub const fn verdict(ours: Ours, theirs: Theirs, young: bool) -> Verdict {
    match (ours, theirs) {
        (Ours::Foreign | Ours::Lost, Theirs::Absent) => Verdict::Nothing,
        (Ours::Foreign, Theirs::Held | Theirs::Working) => Verdict::Foreign,
        (Ours::Lost, Theirs::Held | Theirs::Working) => Verdict::RolledBack,
        // A draft may be on its way to the socket at this very moment; its time-out asks, not the list.
        (Ours::Draft, Theirs::Absent) => Verdict::Nothing,
        (Ours::InFlight | Ours::Live | Ours::Unknown, Theirs::Absent) => {
            if young {
                Verdict::Nothing
            } else {
                Verdict::Ask
            }
        }
        (Ours::Draft | Ours::InFlight | Ours::Live | Ours::Unknown, Theirs::Held | Theirs::Working) => {
            Verdict::Adopt
        }
        (Ours::Ended, Theirs::Absent) => Verdict::Nothing,
        // An end is never undone by a list; but somebody is wrong, so ask.
        (Ours::Ended, Theirs::Held | Theirs::Working) => {
            if young {
                Verdict::Nothing
            } else {
                Verdict::Ask
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_absence_ends_an_order() {
        for ours in Ours::ALL {
            for young in [false, true] {
                let verdict = verdict(ours, Theirs::Absent, young);
                assert!(matches!(verdict, Verdict::Nothing | Verdict::Ask), "{ours:?}");
            }
        }
    }

    #[test]
    fn every_listed_order_that_we_hold_live_is_adopted() {
        for theirs in [Theirs::Held, Theirs::Working] {
            for ours in [Ours::Draft, Ours::InFlight, Ours::Live, Ours::Unknown] {
                assert_eq!(verdict(ours, theirs, false), Verdict::Adopt);
            }
            assert_eq!(verdict(Ours::Lost, theirs, true), Verdict::RolledBack);
            assert_eq!(verdict(Ours::Foreign, theirs, true), Verdict::Foreign);
            assert_eq!(verdict(Ours::Ended, theirs, false), Verdict::Ask);
            assert_eq!(verdict(Ours::Ended, theirs, true), Verdict::Nothing);
        }
    }

    #[test]
    fn what_changed_after_the_question_is_not_judged_by_its_answer() {
        for ours in [Ours::InFlight, Ours::Live, Ours::Unknown] {
            assert_eq!(verdict(ours, Theirs::Absent, true), Verdict::Nothing);
            assert_eq!(verdict(ours, Theirs::Absent, false), Verdict::Ask);
        }
    }
}
