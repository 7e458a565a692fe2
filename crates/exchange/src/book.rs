//! One contract's book: what stands at which price, in the order it came.
//!
//! Price first, then time. It only finds and takes; whose account an order belongs to, and what a trade means for it,
//! is none of its business.

use std::collections::{BTreeMap, VecDeque};

use stopline_kernel::market::{Bbo, Level};
use stopline_kernel::num::{Lots, Side, Ticks};

use crate::fact::OrderNo;

/// Whose order stands in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The background market's, by its own number.
    House(u64),
    /// A client's.
    Client(OrderNo),
}

impl Owner {
    /// Whether it is the background market's.
    pub const fn is_house(self) -> bool {
        matches!(self, Owner::House(_))
    }
}

/// An order at its place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting {
    /// Whose.
    pub owner: Owner,
    /// What is left of it; above zero.
    pub lots: Lots,
}

/// What an incoming order traded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The order that stood in the book.
    pub maker: Owner,
    /// Its price: the trade's price.
    pub price: Ticks,
    /// How many.
    pub lots: Lots,
}

/// The two sides of a contract. Never crossed: who adds must have taken first.
#[derive(Debug, Clone, Default)]
pub struct Book {
    bids: BTreeMap<Ticks, VecDeque<Resting>>,
    asks: BTreeMap<Ticks, VecDeque<Resting>>,
    places: BTreeMap<Owner, (Side, Ticks)>,
}

impl Book {
    /// Puts an order behind all others of its price. An owner stands in the book once: an earlier place is given up.
    pub fn add(&mut self, side: Side, price: Ticks, order: Resting) {
        self.remove(order.owner);
        if order.lots > Lots::ZERO {
            self.places.insert(order.owner, (side, price));
            self.side_mut(side).entry(price).or_default().push_back(order);
        }
    }

    /// Takes an order out; says whether it stood there.
    pub fn remove(&mut self, owner: Owner) -> bool {
        let Some((side, price)) = self.places.remove(&owner) else { return false };
        let levels = self.side_mut(side);
        if let Some(queue) = levels.get_mut(&price) {
            queue.retain(|r| r.owner != owner);
            if queue.is_empty() {
                levels.remove(&price);
            }
        }
        true
    }

    /// Makes an order smaller without losing its place; at nothing it leaves.
    pub fn resize(&mut self, owner: Owner, lots: Lots) {
        if lots <= Lots::ZERO {
            self.remove(owner);
            return;
        }
        let Some((side, price)) = self.places.get(&owner).copied() else { return };
        let queue = self.side_mut(side).get_mut(&price);
        if let Some(order) = queue.and_then(|q| q.iter_mut().find(|r| r.owner == owner)) {
            order.lots = lots.min(order.lots);
        }
    }

    /// The next trade of an incoming order on `side` for at most `lots` at `limit` or better, taken out of the book.
    pub fn take(&mut self, side: Side, limit: Option<Ticks>, lots: Lots) -> Option<Hit> {
        let against = side.opposite();
        let price = self.best(against)?;
        let reaches = match (side, limit) {
            (_, None) => true,
            (Side::Buy, Some(limit)) => price <= limit,
            (Side::Sell, Some(limit)) => price >= limit,
        };
        if !reaches || lots <= Lots::ZERO {
            return None;
        }
        let first = self.side_mut(against).get_mut(&price)?.front_mut()?;
        let traded = lots.min(first.lots);
        let hit = Hit { maker: first.owner, price, lots: traded };
        first.lots = first.lots.minus(traded).unwrap_or(Lots::ZERO);
        if first.lots.is_zero() {
            self.remove(hit.maker);
        }
        Some(hit)
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The best price of a side.
    pub fn best(&self, side: Side) -> Option<Ticks> {
        match side {
            Side::Buy => self.bids.last_key_value().map(|(price, _)| *price),
            Side::Sell => self.asks.first_key_value().map(|(price, _)| *price),
        }
    }

    /// The best bid and offer with the lots standing there.
    pub fn bbo(&self) -> Bbo {
        let level = |side| {
            let price = self.best(side)?;
            Some(Level { price, lots: self.lots_at(side, price, |_| true) })
        };
        Bbo { bid: level(Side::Buy), ask: level(Side::Sell) }
    }

    /// The lots at one price that belong to owners of the given kind.
    pub fn lots_at(&self, side: Side, price: Ticks, whose: fn(Owner) -> bool) -> Lots {
        let queue = self.side(side).get(&price).into_iter().flatten();
        Lots(queue.filter(|r| whose(r.owner)).map(|r| r.lots.0).fold(0, i64::saturating_add))
    }

    /// The lots that trade before an order of this owner at its price; `None` where it does not stand here.
    pub fn ahead(&self, owner: Owner) -> Option<Lots> {
        let (side, price) = self.places.get(&owner)?;
        let queue = self.side(*side).get(price)?;
        let before = queue.iter().take_while(|r| r.owner != owner);
        Some(Lots(before.map(|r| r.lots.0).fold(0, i64::saturating_add)))
    }

    /// Every order of a side with its price, best price first, oldest first.
    pub fn orders(&self, side: Side) -> Vec<(Ticks, Resting)> {
        let flat = |(price, queue): (&Ticks, &VecDeque<Resting>)| {
            queue.iter().map(|r| (*price, *r)).collect::<Vec<_>>()
        };
        match side {
            Side::Buy => self.bids.iter().rev().flat_map(flat).collect(),
            Side::Sell => self.asks.iter().flat_map(flat).collect(),
        }
    }

    fn side(&self, side: Side) -> &BTreeMap<Ticks, VecDeque<Resting>> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Ticks, VecDeque<Resting>> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resting(n: u64, lots: i64) -> Resting {
        Resting { owner: Owner::House(n), lots: Lots(lots) }
    }

    fn drain(book: &mut Book, side: Side, limit: i64, lots: i64) -> Vec<(Owner, i64, i64)> {
        let mut left = lots;
        let mut hits = Vec::new();
        while let Some(hit) = book.take(side, Some(Ticks(limit)), Lots(left)) {
            left -= hit.lots.0;
            hits.push((hit.maker, hit.price.0, hit.lots.0));
        }
        hits
    }

    #[test]
    fn better_price_first_then_older_first() {
        let mut book = Book::default();
        book.add(Side::Sell, Ticks(11), resting(1, 2));
        book.add(Side::Sell, Ticks(10), resting(2, 2));
        book.add(Side::Sell, Ticks(10), resting(3, 2));
        let (h, hits) = (Owner::House, drain(&mut book, Side::Buy, 11, 5));
        assert_eq!(hits, [(h(2), 10, 2), (h(3), 10, 2), (h(1), 11, 1)]);
        assert_eq!(book.bbo().ask.map(|l| l.lots), Some(Lots(1)));
    }

    #[test]
    fn a_limit_takes_nothing_beyond_its_price() {
        let mut book = Book::default();
        book.add(Side::Buy, Ticks(9), resting(1, 2));
        assert!(drain(&mut book, Side::Sell, 10, 1).is_empty());
        assert_eq!(drain(&mut book, Side::Sell, 9, 1).len(), 1);
    }

    #[test]
    fn smaller_keeps_its_place_and_nothing_leaves() {
        let mut book = Book::default();
        book.add(Side::Buy, Ticks(9), resting(1, 5));
        book.add(Side::Buy, Ticks(9), resting(2, 5));
        book.resize(Owner::House(1), Lots(1));
        book.resize(Owner::House(1), Lots(4));
        assert_eq!(drain(&mut book, Side::Sell, 9, 2), [(Owner::House(1), 9, 1), (Owner::House(2), 9, 1)]);
        book.resize(Owner::House(2), Lots::ZERO);
        assert_eq!(book.bbo(), Bbo::default());
    }
}
