//! The background participants: makers who keep a ladder of orders around a fair price that wanders, and takers.
//!
//! A model, drawn from a seed, of a market like the S&P futures at an active hour; it is not, and never claims to be,
//! a real market. Floats live here and only here, in what the participants believe; their orders are ticks and lots
//! like everyone's and stand in the same queues.

use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::book::{Book, Owner};
use crate::driver::Move;
use crate::rng::Rng;

/// How the participants behave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Temper {
    /// Mean time between two acts.
    pub pause: Span,
    /// Standard deviation of the fair price over one second, in ticks.
    pub restlessness: f64,
    /// Largest trend, in ticks per second.
    pub trend: f64,
    /// How often an act brings a taker.
    pub takers: f64,
    /// Levels kept on each side.
    pub depth: i64,
}

impl Temper {
    /// About two acts a second, 1 to 2 points (of four ticks) a minute, trends of some minutes.
    pub const ACTIVE: Temper =
        Temper { pause: Span::millis(500), restlessness: 0.65, trend: 0.08, takers: 0.5, depth: 5 };
}

/// The participants of one contract.
#[derive(Debug, Clone)]
pub struct House {
    rng: Rng,
    temper: Temper,
    /// What they believe the contract is worth, in ticks.
    fair: f64,
    /// Where that drifts, in ticks per second.
    drift: f64,
    /// When the drift changes.
    turns: ExchangeTime,
    /// The highest price they bid; they offer one tick above.
    bid: i64,
    acted: ExchangeTime,
    next: ExchangeTime,
}

impl House {
    /// Participants who believe in `price` and act first at `start`.
    pub fn new(rng: Rng, temper: Temper, price: Ticks, start: ExchangeTime) -> House {
        let (fair, bid) = (price.0 as f64 + 0.5, price.0);
        House { rng, temper, fair, drift: 0.0, turns: start, bid, acted: start, next: start }
    }

    /// When they act next.
    pub const fn next_time(&self) -> ExchangeTime {
        self.next
    }

    /// Nothing until `open`.
    pub const fn sleep(&mut self, open: ExchangeTime) {
        (self.next, self.acted) = (open, open);
    }

    /// One act.
    pub fn act(&mut self, now: ExchangeTime, book: &Book) -> Vec<Move> {
        self.think(now);
        let mut moves = Vec::new();
        self.shift(book, &mut moves);
        if moves.is_empty() && self.rng.chance(self.temper.takers) {
            moves.extend(self.taker(book));
        }
        self.churn(book, &mut moves);
        self.refill(book, &mut moves);
        moves
    }

    /// Moves the belief on, and sets the next act.
    fn think(&mut self, now: ExchangeTime) {
        let secs = (now.since(self.acted).0 as f64 / 1e9).clamp(0.0, 5.0);
        if now >= self.turns {
            self.drift = (self.rng.unit() * 2.0 - 1.0) * self.temper.trend;
            self.turns = now.plus(Span::secs(self.rng.between(120, 480)));
        }
        self.fair += self.drift * secs + self.temper.restlessness * secs.sqrt() * self.rng.normal();
        // A contract that falls toward nothing finds buyers.
        self.fair = self.fair.max(100.0);
        self.acted = now;
        let pause = self.temper.pause.0 as f64 * (0.2 + 1.6 * self.rng.unit());
        self.next = now.plus(Span((pause as i64).max(1)));
    }

    /// Moves the ladder when the belief has left the spread: part of the makers in the way pull out, the rest are
    /// traded with, so that the price moves by trades and no resting order is jumped over.
    fn shift(&mut self, book: &Book, moves: &mut Vec<Move>) {
        let before = self.bid;
        let inside = (self.bid as f64 - 0.4)..(self.bid as f64 + 1.4);
        if !inside.contains(&self.fair) {
            self.bid = self.fair.floor() as i64;
        }
        let (side, limit) = match self.bid - before {
            0 => return,
            up if up > 0 => (Side::Buy, Ticks(self.bid)),
            _ => (Side::Sell, Ticks(self.bid + 1)),
        };
        let in_way = |price: Ticks| if side == Side::Buy { price <= limit } else { price >= limit };
        let mut lots = self.rng.between(2, 12);
        let mut level = None;
        for (price, order) in book.orders(side.opposite()).into_iter().filter(|(price, _)| in_way(*price)) {
            let stays = level != Some(price) || !order.owner.is_house();
            level = Some(price);
            if stays {
                lots = lots.saturating_add(order.lots.0);
            } else {
                moves.push(Move::Cancel(order.owner));
            }
        }
        let rests = !self.rng.chance(0.1);
        moves.push(Move::Order { side, limit, lots: Lots(lots), rests });
    }

    /// A taker, more often on the side the belief leans to, who takes at the best price only.
    fn taker(&mut self, book: &Book) -> Option<Move> {
        let lean = (self.fair - self.bid as f64).clamp(0.15, 0.85);
        let side = if self.rng.chance(lean) { Side::Buy } else { Side::Sell };
        let limit = book.best(side.opposite())?;
        let mut lots = 1;
        while lots < 12 && self.rng.chance(0.55) {
            lots += 1;
        }
        Some(Move::Order { side, limit, lots: Lots(lots), rests: false })
    }

    /// Some maker loses patience, and those far from the market leave.
    fn churn(&mut self, book: &Book, moves: &mut Vec<Move>) {
        let impatient = self.rng.chance(0.3);
        for side in [Side::Buy, Side::Sell] {
            let own: Vec<(Ticks, Owner)> = book
                .orders(side)
                .into_iter()
                .filter(|(_, r)| r.owner.is_house())
                .map(|(price, r)| (price, r.owner))
                .collect();
            let far = |price: &Ticks| price.0.abs_diff(self.bid) > self.temper.depth.unsigned_abs() + 4;
            moves.extend(own.iter().filter(|(price, _)| far(price)).map(|(_, owner)| Move::Cancel(*owner)));
            let any = usize::try_from(self.rng.below(own.len() as u64)).unwrap_or(0);
            if let Some((_, owner)) = own.get(any).filter(|_| impatient) {
                moves.push(Move::Cancel(*owner));
            }
        }
    }

    /// Brings new makers to the levels that have too few lots.
    fn refill(&mut self, book: &Book, moves: &mut Vec<Move>) {
        for (side, best) in [(Side::Buy, self.bid), (Side::Sell, self.bid + 1)] {
            for k in 0..self.temper.depth {
                let price = Ticks(best - side.sign() * k);
                let there = book.lots_at(side, price, Owner::is_house);
                if there < Lots(8 + 4 * k) {
                    let lots = Lots(self.rng.between(3, 9 + 3 * k));
                    moves.push(Move::Order { side, limit: price, lots, rests: true });
                }
            }
        }
    }
}
