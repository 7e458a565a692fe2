//! The tape as a market: minute bars that the exchange walks by itself, or rows that are shown to it one by one.
//!
//! Every row that is replayed goes into the fingerprint, which tells two tapes apart. It is a sum, and no proof against
//! somebody who wants two tapes to look alike.

use stopline_exchange::birth::Drive;
use stopline_exchange::tape::{BarPoint, points};
use stopline_kernel::market::{Bbo, Level, Tick, TickKind};
use stopline_kernel::num::Lots;
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_tape::TapeBar;

use crate::error::ReplayError;
use crate::walk::Walk;
use crate::wire::Wire;

/// The length of a bar of a tape.
const MINUTE: Span = Span::secs(60);

/// Lots that a walked bar shows on either side of its price.
const SHOWN: Lots = Lots(50);

/// One row of a tape of quotes or trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Exchange time.
    pub at: ExchangeTime,
    /// What happened.
    pub what: TickKind,
}

/// What moves the market of a replay.
pub(crate) trait Market {
    /// When it moves next; `None` when the tape is over.
    fn next_time(&mut self, wire: &Wire) -> Result<Option<ExchangeTime>, ReplayError>;

    /// Moves it, at the time that [`Market::next_time`] gave. A row that is a tick is given as it is; everything else is
    /// heard over the wire, after it.
    fn play(&mut self, at: ExchangeTime, wire: &mut Wire) -> Result<Option<Tick>, ReplayError>;

    /// What of the tape is done.
    fn done(&self) -> Done;
}

/// Odd numbers without a pattern.
const FACTORS: [u64; 6] = [
    0x9e37_79b9_7f4a_7c15,
    0xbf58_476d_1ce4_e5b9,
    0x94d0_49bb_1331_11eb,
    0xd6e8_feb8_6659_fd93,
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
];

/// How much of a tape is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) rows: u64,
    pub(crate) fingerprint: u64,
}

impl Done {
    /// Adds a row: its numbers, in order.
    fn add(&mut self, numbers: [i64; 6]) {
        self.rows += 1;
        // Each number is spread by a factor of its own, so that value and place both count, and the row goes into the sum
        // at once.
        let spread = FACTORS.iter().zip(numbers).fold(0_u64, |row, (factor, n)| {
            row.wrapping_add(n.cast_unsigned().wrapping_mul(*factor).rotate_left(23))
        });
        self.fingerprint = (self.fingerprint.rotate_left(5) ^ spread).wrapping_mul(FACTORS[0]);
    }
}

/// Minute bars: the exchange walks them, and only it knows the steps.
pub(crate) struct Walked {
    done: Done,
}

impl Walked {
    /// The market of these bars, and what drives it.
    pub(crate) fn new(bars: Vec<TapeBar>, walk: Walk) -> (Walked, Drive) {
        let mut done = Done::default();
        for bar in &bars {
            done.add([bar.start.0, bar.open.0, bar.high.0, bar.low.0, bar.close.0, bar.volume.0]);
        }
        let walked = move |bar: TapeBar| points(bar.start, MINUTE, walk.path(&bar), bar.volume);
        let source: Box<dyn Iterator<Item = BarPoint> + Send> = Box::new(bars.into_iter().flat_map(walked));
        (Walked { done }, Drive::Tape { source: Box::new(source), shown: SHOWN })
    }
}

impl Market for Walked {
    fn next_time(&mut self, wire: &Wire) -> Result<Option<ExchangeTime>, ReplayError> {
        Ok(wire.next_event_time())
    }

    fn play(&mut self, at: ExchangeTime, wire: &mut Wire) -> Result<Option<Tick>, ReplayError> {
        wire.advance(at).map(|()| None)
    }

    fn done(&self) -> Done {
        self.done
    }
}

/// Quotes and trades, each shown at its time.
pub(crate) struct Shown<I> {
    rows: I,
    next: Option<Row>,
    to: ExchangeTime,
    last: ExchangeTime,
    done: Done,
}

impl<I, E> Shown<I>
where
    I: Iterator<Item = Result<Row, E>>,
    E: std::fmt::Display,
{
    pub(crate) const fn new(rows: I, to: ExchangeTime) -> Shown<I> {
        let last = ExchangeTime(i64::MIN);
        Shown { rows, next: None, to, last, done: Done { rows: 0, fingerprint: 0 } }
    }
}

impl<I, E> Market for Shown<I>
where
    I: Iterator<Item = Result<Row, E>>,
    E: std::fmt::Display,
{
    fn next_time(&mut self, _: &Wire) -> Result<Option<ExchangeTime>, ReplayError> {
        if self.next.is_none() {
            self.next = match self.rows.next() {
                Some(row) => Some(row.map_err(|why| ReplayError::Tape(why.to_string()))?),
                None => None,
            };
        }
        let Some(row) = self.next.filter(|row| row.at < self.to) else { return Ok(None) };
        if row.at < self.last {
            return Err(ReplayError::Backwards { row: self.done.rows + 1 });
        }
        Ok(Some(row.at))
    }

    fn play(&mut self, at: ExchangeTime, wire: &mut Wire) -> Result<Option<Tick>, ReplayError> {
        let Some(row) = self.next.take() else { return Ok(None) };
        self.last = at;
        self.done.add(numbers(&row));
        wire.show(at, row.what)
    }

    fn done(&self) -> Done {
        self.done
    }
}

/// A row as numbers; a side that nobody quotes has none that a price could be.
fn numbers(row: &Row) -> [i64; 6] {
    let side = |level: Option<Level>| level.map_or((i64::MIN, 0), |l| (l.price.0, l.lots.0));
    match row.what {
        TickKind::Trade { price, lots } => [row.at.0, price.0, lots.0, 0, 0, 1],
        TickKind::Bbo(Bbo { bid, ask }) => {
            let ((bid, wanted), (ask, offered)) = (side(bid), side(ask));
            [row.at.0, bid, wanted, ask, offered, 2]
        }
    }
}
