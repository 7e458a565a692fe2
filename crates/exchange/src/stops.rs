//! The stops of one contract that wait for their price, and the trailing ones that follow the market.
//!
//! It knows prices and order numbers alone, and never trades: what an order that was set off does is the floor's business.
//!
//! The rule for trailing stops: between two looks the market's trades have a lowest and a highest price, and which came first is
//! not kept. What waits is set off first, at the levels it had; then trailing stops follow the best of those trades; and
//! one that the last trade is at or through by then is set off too.

use std::collections::{BTreeMap, BTreeSet};

use stopline_kernel::num::{Side, Ticks};

use crate::fact::OrderNo;
use crate::kind::Kind;

/// A stop that waits: by price, then by when it came to wait.
type Waiting = (Ticks, u64, OrderNo);

/// What is due after trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// This stop is set off; it waits no more.
    SetOff(OrderNo),
    /// This trailing stop stands here from now on.
    Trailed(OrderNo, Ticks),
}

/// The stops that wait.
#[derive(Debug, Clone, Default)]
pub struct Stops {
    buys: BTreeSet<Waiting>,
    sells: BTreeSet<Waiting>,
    /// The trailing ones among them: side and distance.
    trailing: BTreeMap<OrderNo, (Side, Ticks)>,
    /// Lowest and highest trade that the stops have not been checked against.
    unchecked: Option<(Ticks, Ticks)>,
    /// Those that the trailing stops have not followed yet.
    unfollowed: Option<(Ticks, Ticks)>,
    /// Whether a trailing stop has moved since the last trade was held against them.
    moved: bool,
}

impl Stops {
    /// Lets a stop wait for its price, behind those that came before.
    pub fn wait(&mut self, side: Side, price: Ticks, arrival: u64, order: OrderNo) {
        self.side(side).insert((price, arrival, order));
    }

    /// Lets a stop that waits follow the market at this distance.
    pub fn follow(&mut self, side: Side, by: Ticks, order: OrderNo) {
        self.trailing.insert(order, (side, by));
    }

    /// Takes an order out.
    pub fn withdraw(&mut self, order: OrderNo) {
        self.buys.retain(|(_, _, no)| *no != order);
        self.sells.retain(|(_, _, no)| *no != order);
        self.trailing.remove(&order);
    }

    /// Somebody traded.
    pub fn traded(&mut self, price: Ticks) {
        let (low, high) = self.unchecked.unwrap_or((price, price));
        self.unchecked = Some((low.min(price), high.max(price)));
    }

    /// Whether trades since the last call have made anything due.
    pub fn is_due(&mut self) -> bool {
        let Some((low, high)) = self.unchecked else { return false };
        let buy = self.buys.first().is_some_and(|(stop, ..)| *stop <= high);
        let sell = self.sells.last().is_some_and(|(stop, ..)| *stop >= low);
        let due = buy || sell || !self.trailing.is_empty();
        if !due {
            self.unchecked = None;
        }
        due
    }

    /// What is due next, by the rule at the top; `last` is the last trade.
    pub fn next(&mut self, last: Option<Ticks>) -> Option<Due> {
        loop {
            if let Some(order) = self.set_off() {
                self.trailing.remove(&order);
                return Some(Due::SetOff(order));
            }
            if let Some((order, stop)) = self.pull() {
                self.moved = true;
                return Some(Due::Trailed(order, stop));
            }
            let moved = std::mem::take(&mut self.moved);
            self.unchecked = last.filter(|_| moved).map(|last| (last, last));
            self.unchecked?;
        }
    }

    /// The next stop that unchecked trades have set off, nearest price first, taken out.
    fn set_off(&mut self) -> Option<OrderNo> {
        let (low, high) = self.unchecked?;
        if let Some(waiting) = self.buys.first().copied().filter(|(stop, ..)| *stop <= high) {
            self.buys.remove(&waiting);
            return Some(waiting.2);
        }
        // Among equal prices the one that came first goes first.
        let best = self.sells.last().map(|(stop, ..)| *stop).filter(|stop| *stop >= low);
        let sell = best.and_then(|stop| self.sells.range((stop, 0, OrderNo(0))..).next().copied());
        if let Some(waiting) = sell {
            self.sells.remove(&waiting);
            return Some(waiting.2);
        }
        self.unfollowed = self.unchecked.take();
        None
    }

    /// The next trailing stop that follows, put where it stands from now on.
    fn pull(&mut self) -> Option<(OrderNo, Ticks)> {
        let (low, high) = self.unfollowed?;
        let pulled = self.trailing.iter().find_map(|(order, (side, by))| {
            let set = if *side == Side::Buy { &self.buys } else { &self.sells };
            let waiting = set.iter().find(|(_, _, no)| no == order).copied()?;
            let stop = Kind::trailed(*side, *by, if *side == Side::Buy { low } else { high });
            let nearer = if *side == Side::Buy { stop < waiting.0 } else { stop > waiting.0 };
            nearer.then_some((*side, waiting, stop))
        });
        let Some((side, waiting, stop)) = pulled else {
            self.unfollowed = None;
            return None;
        };
        let (_, arrival, order) = waiting;
        self.side(side).remove(&waiting);
        self.side(side).insert((stop, arrival, order));
        Some((order, stop))
    }

    fn side(&mut self, side: Side) -> &mut BTreeSet<Waiting> {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }
}
