//! What moves a contract's market when no client does: background participants, a tape of bars, a recording shown from
//! outside, or nothing.
//!
//! A driver looks at the book and answers with moves; it never touches an order by itself, and of clients it knows
//! only what the book shows everyone.

use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::book::{Book, Owner};
use crate::house::House;
use crate::tape::Tape;

/// One act of the background market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// An order that trades up to its limit; what is left stands in the book if it `rests`, and is gone otherwise.
    Order {
        /// Which way.
        side: Side,
        /// Its limit.
        limit: Ticks,
        /// How many.
        lots: Lots,
        /// Whether the rest stays.
        rests: bool,
    },
    /// Takes one order of its own out.
    Cancel(Owner),
    /// A trade between others, away from this book.
    Print {
        /// At which price.
        price: Ticks,
        /// How many.
        lots: Lots,
    },
}

/// Who moves a market.
#[derive(Debug)]
pub enum Driver {
    /// Nobody: only clients trade. For tests.
    Quiet,
    /// Participants drawn from a seed.
    House(House),
    /// A recorded market, walked from bars.
    Tape(Tape),
    /// A recorded market, shown from outside row by row.
    Recorded,
}

impl Driver {
    /// When it acts next; `None` when it never will again.
    pub fn next_time(&self) -> Option<ExchangeTime> {
        match self {
            Driver::Quiet | Driver::Recorded => None,
            Driver::House(house) => Some(house.next_time()),
            Driver::Tape(tape) => tape.next_time(),
        }
    }

    /// What it does at that time, so long after the trading day began, in an open market.
    pub fn act(&mut self, now: ExchangeTime, into_day: Span, book: &Book) -> Vec<Move> {
        match self {
            Driver::Quiet | Driver::Recorded => Vec::new(),
            Driver::House(house) => house.act(now, into_day, book),
            Driver::Tape(tape) => tape.act(book),
        }
    }

    /// The market is closed and opens at `open`: nothing happens until then.
    pub fn sleep(&mut self, open: ExchangeTime) {
        match self {
            Driver::Quiet | Driver::Recorded => {}
            Driver::House(house) => house.sleep(open),
            Driver::Tape(tape) => tape.skip_to(open),
        }
    }

    /// Whether this was a tape and it is over.
    pub fn is_over(&self) -> bool {
        matches!(self, Driver::Tape(tape) if tape.next_time().is_none())
    }
}

/// Everything of the background market, to be taken out of the book.
pub fn withdrawal(book: &Book) -> Vec<Move> {
    let both = [Side::Buy, Side::Sell].into_iter().flat_map(|side| book.orders(side));
    both.filter(|(_, r)| r.owner.is_house()).map(|(_, r)| Move::Cancel(r.owner)).collect()
}
