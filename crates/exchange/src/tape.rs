//! A recorded market walked through the book: four prices a minute, every tick between them.
//!
//! The rule for clients' orders, stated once:
//! - Within a bar the walk goes from one price to the next tick by tick, evenly over the time between them, and the
//!   volume is spread over the steps. To a bar's first price it jumps: what was between two bars is not known.
//! - At each step the book shows a spread of one tick with `shown` lots on either side; a client's order that can
//!   trade at once trades against that.
//! - A client's limit order trades whole when the walk goes through its price, and up to the step's volume when the
//!   walk only reaches it, in the order of price and time.
//! - A stop is set off by a step at or through its price and then trades like a market order: after a
//!   jump, on the far side of it.
//!
//! It reads no file: points come from an iterator, which must give them in order of time.

use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::book::{Book, Owner};
use crate::driver::{Move, withdrawal};

/// One price of a walked bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarPoint {
    /// When the market is there.
    pub at: ExchangeTime,
    /// Where it is.
    pub price: Ticks,
    /// Lots traded on the way from the point before.
    pub lots: Lots,
    /// Whether it is its bar's first price, to which the market jumps.
    pub opens: bool,
}

/// A bar's four prices as points: at its first moment and after each quarter of its `length`, with a quarter of its
/// volume each (what four does not divide goes with the last).
pub fn points(open_time: ExchangeTime, length: Span, path: [Ticks; 4], volume: Lots) -> [BarPoint; 4] {
    let quarter = volume.0 / 4;
    let mut n = 0_i64;
    path.map(|price| {
        let at = open_time.plus(Span((length.0 / 4).saturating_mul(n)));
        let lots = if n == 3 { volume.0.saturating_sub(quarter.saturating_mul(3)) } else { quarter };
        let opens = n == 0;
        n += 1;
        BarPoint { at, price, lots: Lots(lots), opens }
    })
}

/// Where points come from. Any iterator of points is one.
pub trait Source: Send {
    /// The next point, not earlier than the last; `None` at the end.
    fn next_point(&mut self) -> Option<BarPoint>;
}

impl<I: Iterator<Item = BarPoint> + Send> Source for I {
    fn next_point(&mut self) -> Option<BarPoint> {
        self.next()
    }
}

/// The way to the next point.
#[derive(Debug, Clone, Copy)]
struct Leg {
    from: Ticks,
    start: ExchangeTime,
    to: BarPoint,
    /// Steps made, of this many.
    done: i64,
    steps: i64,
}

impl Leg {
    fn to(before: Option<BarPoint>, to: BarPoint) -> Leg {
        let from = before.filter(|_| !to.opens).map_or(to.price, |b| b.price);
        let start = before.filter(|_| !to.opens).map_or(to.at, |b| b.at);
        let steps = to.price.0.saturating_sub(from.0).saturating_abs().max(1);
        Leg { from, start, to, done: 0, steps }
    }

    /// `whole` times the share of the way done after `step` steps.
    fn share(&self, whole: i64, step: i64) -> i64 {
        let exact = i128::from(whole) * i128::from(step) / i128::from(self.steps);
        i64::try_from(exact).unwrap_or(whole)
    }

    fn time(&self) -> ExchangeTime {
        self.start.plus(Span(self.share(self.to.at.since(self.start).0, self.done + 1)))
    }

    fn price(&self) -> Ticks {
        Ticks(
            self.from
                .0
                .saturating_add(self.share(self.to.price.0.saturating_sub(self.from.0), self.done + 1)),
        )
    }

    /// The volume of the step; the last of a leg always trades, so that every point is seen.
    fn lots(&self) -> Lots {
        let lots = self.share(self.to.lots.0, self.done + 1) - self.share(self.to.lots.0, self.done);
        Lots(if self.done + 1 == self.steps { lots.max(1) } else { lots })
    }
}

/// A tape being walked.
pub struct Tape {
    source: Box<dyn Source>,
    leg: Option<Leg>,
    shown: Lots,
    last: Option<Ticks>,
    bid: Ticks,
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").field("leg", &self.leg).finish_non_exhaustive()
    }
}

impl Tape {
    /// The tape of `source`, which shows `shown` lots on either side.
    pub fn new(mut source: Box<dyn Source>, shown: Lots) -> Tape {
        let first = source.next_point();
        let leg = first.map(|to| Leg::to(None, to));
        Tape { source, leg, shown, last: None, bid: Ticks::ZERO }
    }

    /// When the next step is; `None` at the end.
    pub fn next_time(&self) -> Option<ExchangeTime> {
        self.leg.map(|leg| leg.time())
    }

    /// Passes over everything before `time`; the next step comes as a jump.
    pub fn skip_to(&mut self, time: ExchangeTime) {
        while let Some(leg) = self.leg.filter(|leg| leg.time() < time) {
            self.leg = match leg.to.at < time {
                true => self.source.next_point().map(|to| Leg::to(None, to)),
                false => Some(Leg::to(None, leg.to)),
            };
        }
    }

    /// One step of the walk.
    pub fn act(&mut self, book: &Book) -> Vec<Move> {
        let Some(leg) = self.leg else { return Vec::new() };
        let (price, lots) = (leg.price(), leg.lots());
        self.leg = match leg.done + 1 < leg.steps {
            true => Some(Leg { done: leg.done + 1, ..leg }),
            false => self.source.next_point().map(|to| Leg::to(Some(leg.to), to)),
        };
        if lots.is_zero() {
            return Vec::new();
        }
        self.step(book, price, lots)
    }

    fn step(&mut self, book: &Book, price: Ticks, lots: Lots) -> Vec<Move> {
        let mut moves = withdrawal(book);
        let mut printed = lots;
        for side in [Side::Sell, Side::Buy] {
            let (taken, at_price) = clients_reached(book, side, price, printed);
            if taken > Lots::ZERO {
                moves.push(Move::Order { side, limit: price, lots: taken, rests: false });
            }
            printed = Lots(printed.0 - at_price.0);
        }
        moves.extend(self.quotes(book, price, printed));
        if printed > Lots::ZERO {
            moves.push(Move::Print { price, lots: printed });
        }
        moves
    }

    /// The spread: what was lifted or hit last still stands there, and nothing is quoted into a client's order.
    fn quotes(&mut self, book: &Book, price: Ticks, left: Lots) -> Vec<Move> {
        if self.last.is_none_or(|last| last != price) {
            let rose = self.last.is_none_or(|last| price > last);
            self.bid = if rose { Ticks(price.0.saturating_sub(1)) } else { price };
            self.last = Some(price);
        }
        // The step has traded all clients through its price, and those at it unless its volume ran out.
        let stands = |side| left.is_zero() && book.lots_at(side, price, |o| !o.is_house()) > Lots::ZERO;
        let bid = if stands(Side::Sell) { self.bid.min(Ticks(price.0 - 1)) } else { self.bid };
        let ask = Ticks(self.bid.0.saturating_add(1));
        let ask = if stands(Side::Buy) { ask.max(Ticks(price.0 + 1)) } else { ask };
        let quote = |side, limit| Move::Order { side, limit, lots: self.shown, rests: true };
        vec![quote(Side::Buy, bid), quote(Side::Sell, ask)]
    }
}

/// The lots that an order on `side` at `price` finds among clients: all beyond the price, and `volume` at it.
fn clients_reached(book: &Book, side: Side, price: Ticks, volume: Lots) -> (Lots, Lots) {
    let (mut through, mut at) = (0_i64, 0_i64);
    for (stands, order) in book.orders(side.opposite()) {
        let beyond = if side == Side::Sell { stands > price } else { stands < price };
        match order.owner {
            Owner::Client(_) if beyond => through = through.saturating_add(order.lots.0),
            Owner::Client(_) if stands == price => at = at.saturating_add(order.lots.0),
            _ => {}
        }
    }
    let at = at.min(volume.0);
    (Lots(through.saturating_add(at)), Lots(at))
}
