//! Which questions of this connection are open: an answer is matched with what was asked, and when.
//!
//! Numbers are never used twice, so that an answer of an earlier connection can never pass for one of this.

use std::collections::BTreeMap;
use std::fmt;

use stopline_kernel::effect::Query;
use stopline_kernel::time::Mono;

/// The most questions that wait for an answer. With one more, the oldest is given up.
const MAX_OPEN: usize = 256;

/// Why an answer is to no open question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoQuestion {
    /// It was asked over a connection that has ended.
    EarlierConnection(u64),
    /// It was never asked, is answered already, or was given up.
    NotOpen(u64),
}

impl fmt::Display for NoQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoQuestion::EarlierConnection(n) => {
                write!(f, "an answer to question {n} of an earlier connection")
            }
            NoQuestion::NotOpen(n) => write!(f, "an answer to question {n}, which is not open"),
        }
    }
}

/// The numbers given out and the questions that are open.
#[derive(Debug, Default)]
pub(super) struct Questions {
    last: u64,
    /// The last number of earlier connections.
    earlier: u64,
    open: BTreeMap<u64, (Mono, Query)>,
}

impl Questions {
    /// A number for a request that has no answer of its own.
    pub(super) const fn number(&mut self) -> u64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    /// Keeps a question open under its number.
    pub(super) fn ask(&mut self, number: u64, at: Mono, query: Query) {
        if self.open.len() >= MAX_OPEN {
            self.open.pop_first();
        }
        self.open.insert(number, (at, query));
    }

    /// Closes a question: when it was asked, and what it was.
    pub(super) fn answer(&mut self, number: u64) -> Result<(Mono, Query), NoQuestion> {
        match self.open.remove(&number) {
            Some(asked) => Ok(asked),
            None if number <= self.earlier => Err(NoQuestion::EarlierConnection(number)),
            None => Err(NoQuestion::NotOpen(number)),
        }
    }

    /// The connection ended: what is open will not be answered.
    pub(super) fn give_up(&mut self) {
        self.earlier = self.last;
        self.open.clear();
    }
}
