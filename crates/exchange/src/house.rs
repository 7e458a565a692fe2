//! The background participants: makers who keep a ladder of orders around a fair price that wanders, and takers.
//!
//! A model, drawn from a seed, of a day of the S&P futures; it is not, and never claims to be, a real market. Floats live
//! here and in their mood alone, in what the participants believe; their orders are ticks and lots like everyone's and
//! stand in the same queues.

use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::book::{Book, Owner};
use crate::driver::Move;
use crate::mood::{Hours, Mood};
use crate::rng::Rng;

/// The largest taker.
const MOST_TAKEN: i64 = 200;

/// How the participants behave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Temper {
    /// Mean time between two acts at the mean of a day.
    pub pause: Span,
    /// Largest trend, in ticks per second.
    pub trend: f64,
    /// How often an act brings a taker.
    pub takers: f64,
    /// Levels kept on each side.
    pub depth: i64,
    /// The shape of the day.
    pub hours: Hours,
}

impl Temper {
    /// A day like one of the S&P futures: docs/market.md has its figures beside real ones.
    pub const ES: Temper =
        Temper { pause: Span::millis(500), trend: 0.01, takers: 0.5, depth: 5, hours: Hours::ES };
}

/// The longest and the shortest mean pause, as a share of the temper's own: a night is quieter than it is slow.
const PAUSES: (f64, f64) = (0.3, 1.3);

/// The participants of one contract.
#[derive(Debug, Clone)]
pub struct House {
    rng: Rng,
    temper: Temper,
    /// What they believe the contract is worth, in ticks.
    fair: f64,
    mood: Mood,
    /// How busy they are now: 1 at the mean of a day.
    busy: f64,
    /// Where the price drifts, in ticks per second.
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
        let mood = Mood::new(temper.hours, start);
        House { rng, temper, fair, mood, busy: 1.0, drift: 0.0, turns: start, bid, acted: start, next: start }
    }

    /// When they act next.
    pub const fn next_time(&self) -> ExchangeTime {
        self.next
    }

    /// Nothing until `open`.
    pub const fn sleep(&mut self, open: ExchangeTime) {
        (self.next, self.acted) = (open, open);
    }

    /// One act, so long after the trading day began.
    pub fn act(&mut self, now: ExchangeTime, into_day: Span, book: &Book) -> Vec<Move> {
        self.think(now, into_day);
        let mut moves = Vec::new();
        self.shift(book, &mut moves);
        if !moves.is_empty() {
            self.stir(now, 0.012);
        } else if self.rng.chance(self.temper.takers)
            && let Some((taker, empties)) = self.taker(book)
        {
            self.mood.excite(0.006 * self.calm());
            if empties {
                self.stir(now, 0.0);
            }
            moves.push(taker);
        }
        self.churn(book, &mut moves);
        self.refill(book, &mut moves);
        moves
    }

    /// Moves the belief on, and sets the next act.
    fn think(&mut self, now: ExchangeTime, into_day: Span) {
        let secs = (now.since(self.acted).0 as f64 / 1e9).clamp(0.0, 5.0);
        if now >= self.turns {
            self.drift = (self.rng.unit() * 2.0 - 1.0) * self.temper.trend;
            self.turns = now.plus(Span::secs(self.rng.between(120, 480)));
        }
        let moment = self.mood.pass(&mut self.rng, now, into_day, secs);
        self.busy = moment.busy;
        self.fair += self.drift * secs + moment.restless * secs.sqrt() * self.rng.normal();
        // A contract that falls toward nothing finds buyers.
        self.fair = self.fair.max(100.0);
        self.acted = now;
        let haste = (1.0 / self.busy.max(0.01).sqrt()).clamp(PAUSES.0, PAUSES.1);
        let pause = self.temper.pause.0 as f64 * haste * (0.2 + 1.6 * self.rng.unit());
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
        let mut lots = self.lots(2, 10);
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

    /// A price has moved: that excites, and who makes the new best prices does not wait for long.
    fn stir(&mut self, now: ExchangeTime, by: f64) {
        self.mood.excite(by * self.calm());
        self.next = self.next.min(now.plus(Span::millis(self.rng.between(5, 40))));
    }

    /// The busier it is, the less one act more excites.
    fn calm(&self) -> f64 {
        1.0 / self.busy.max(1.0).sqrt()
    }

    /// A taker, more often on the side the belief leans to, who takes at the best price only; and whether that leaves
    /// nothing there.
    fn taker(&mut self, book: &Book) -> Option<(Move, bool)> {
        let lean = (self.fair - self.bid as f64).clamp(0.15, 0.85);
        let side = if self.rng.chance(lean) { Side::Buy } else { Side::Sell };
        let limit = book.best(side.opposite())?;
        let mut lots = self.lots(1, 4);
        while lots < MOST_TAKEN && self.rng.chance(0.3) {
            lots *= 2;
        }
        let empties = book.lots_at(side.opposite(), limit, |_| true) <= Lots(lots);
        Some((Move::Order { side, limit, lots: Lots(lots), rests: false }, empties))
    }

    /// So many lots, more where there is more to do.
    fn lots(&mut self, low: i64, high: i64) -> i64 {
        let lots = self.rng.between(low, high) as f64 * self.size();
        (lots as i64).max(1)
    }

    /// How much larger orders are than at the mean of a day.
    fn size(&self) -> f64 {
        self.busy.sqrt().clamp(0.3, 3.0)
    }

    /// Some maker loses patience, those far from the market leave, and those who stand back.
    fn churn(&mut self, book: &Book, moves: &mut Vec<Move>) {
        let impatient = self.rng.chance(0.3);
        let [bids_back, asks_back] = self.mood.back();
        for side in [Side::Buy, Side::Sell] {
            let stands_back = |price: &Ticks| match side {
                Side::Buy => price.0 > self.bid.saturating_sub(bids_back),
                Side::Sell => price.0 < self.bid.saturating_add(1).saturating_add(asks_back),
            };
            let own: Vec<(Ticks, Owner)> = book
                .orders(side)
                .into_iter()
                .filter(|(_, r)| r.owner.is_house())
                .map(|(price, r)| (price, r.owner))
                .collect();
            let far = |price: &Ticks| price.0.abs_diff(self.bid) > self.temper.depth.unsigned_abs() + 4;
            let leaves = |price: &Ticks| far(price) || stands_back(price);
            moves
                .extend(own.iter().filter(|(price, _)| leaves(price)).map(|(_, owner)| Move::Cancel(*owner)));
            let any = usize::try_from(self.rng.below(own.len() as u64)).unwrap_or(0);
            if let Some((_, owner)) = own.get(any).filter(|_| impatient) {
                moves.push(Move::Cancel(*owner));
            }
        }
    }

    /// Brings new makers to the levels that have too few lots.
    fn refill(&mut self, book: &Book, moves: &mut Vec<Move>) {
        let [bids_back, asks_back] = self.mood.back();
        for (side, best) in [(Side::Buy, self.bid - bids_back), (Side::Sell, self.bid + 1 + asks_back)] {
            for k in 0..self.temper.depth {
                let price = Ticks(best - side.sign() * k);
                let there = book.lots_at(side, price, Owner::is_house);
                let enough = (8 + 4 * k) as f64 * self.size();
                if there < Lots(enough as i64) {
                    let lots = Lots(self.lots(3, 9 + 3 * k));
                    moves.push(Move::Order { side, limit: price, lots, rests: true });
                }
            }
        }
    }
}
