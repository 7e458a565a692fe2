//! What the exchange keeps of a client: cash, positions, orders, executions.
//!
//! Plain values: they change in [`crate::desk`] alone, by facts, and never by a request.

use std::collections::BTreeMap;

use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::num::{Lots, Money, Overflow, Side, Ticks};
use stopline_kernel::time::ExchangeTime;

use crate::fact::{ClientId, ExecNo, OrderNo, Spec};
use crate::kind::Kind;

/// An account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Cash after fees and realised profit.
    pub cash: Money,
    /// Profit realised so far, before fees.
    pub realised: Money,
    /// Fees paid so far.
    pub fees: Money,
    /// Every position ever held; flat ones stay with zero lots.
    pub positions: BTreeMap<Symbol, Position>,
    /// Every order, ended or not, oldest first.
    pub orders: Vec<OrderNo>,
    /// Every execution, oldest first.
    pub executions: Vec<Trade>,
}

/// One contract held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Signed lots.
    pub lots: Lots,
    /// What they cost: the sum of price times signed lots, in ticks.
    pub cost: i64,
}

impl Position {
    /// Trades `lots` (signed) at `price` and says how many ticks (times lots) of profit that realised.
    ///
    /// Closing takes the average cost out. What division leaves over stays in the cost and is realised with the last
    /// lot, so that a closed position has realised exactly what its trades were worth.
    pub fn trade(&mut self, lots: Lots, price: Ticks) -> Result<i64, Overflow> {
        let closes = if self.lots.0.signum() * lots.0.signum() < 0 {
            self.lots.size().min(lots.size())
        } else {
            Lots(0)
        };
        let closed = closes.times(self.lots.0.signum())?;
        let removed = match self.lots.0 {
            0 => 0,
            held => narrow(i128::from(self.cost) * i128::from(closed.0) / i128::from(held))?,
        };
        let opened = lots.plus(closed)?;
        let proceeds = price.times(closed.0)?.0;
        let opening = price.times(opened.0)?.0;
        let cost = self.cost.checked_sub(removed).and_then(|c| c.checked_add(opening)).ok_or(Overflow)?;
        *self = Position { lots: self.lots.plus(lots)?, cost };
        proceeds.checked_sub(removed).ok_or(Overflow)
    }

    /// The average price to the nearest tick (halves away from zero); `None` when flat.
    pub fn average(&self) -> Option<Ticks> {
        let (cost, lots) = (i128::from(self.cost), i128::from(self.lots.0));
        if lots == 0 {
            return None;
        }
        let (top, bottom) = if lots < 0 { (-cost, -lots) } else { (cost, lots) };
        let rounded = (top.abs() * 2 + bottom) / (bottom * 2);
        narrow(if top < 0 { -rounded } else { rounded }).ok().map(Ticks)
    }
}

fn narrow(wide: i128) -> Result<i64, Overflow> {
    i64::try_from(wide).map_err(|_| Overflow)
}

impl Account {
    /// Books one execution.
    pub(crate) fn book(&mut self, instrument: &Instrument, trade: Trade) -> Result<(), Overflow> {
        let mut position = self.positions.get(&instrument.symbol).copied().unwrap_or_default();
        let ticks = position.trade(trade.side.signed(trade.lots)?, trade.price)?;
        let profit = instrument.worth(Ticks(ticks), Lots(1))?;
        self.cash = self.cash.plus(profit)?.minus(trade.fee)?;
        self.realised = self.realised.plus(profit)?;
        self.fees = self.fees.plus(trade.fee)?;
        self.positions.insert(instrument.symbol, position);
        self.executions.push(trade);
        Ok(())
    }
}

/// One side of a trade, as its client sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade {
    /// Its number.
    pub exec: ExecNo,
    /// The order that traded.
    pub order: OrderNo,
    /// The client's id of that order when it traded.
    pub cl_ord_id: ClientId,
    /// The contract.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How many.
    pub lots: Lots,
    /// At which price.
    pub price: Ticks,
    /// What it cost.
    pub fee: Money,
    /// When.
    pub time: ExchangeTime,
}

/// Where an order stands at the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for its parent's first fill.
    Held,
    /// Can trade.
    Working,
    /// Traded whole.
    Filled,
    /// Ended before that.
    Canceled,
    /// Never worked.
    Rejected,
}

impl State {
    /// Whether it can still trade or come to trade.
    pub const fn is_live(self) -> bool {
        matches!(self, State::Held | State::Working)
    }

    /// As the protocol writes it.
    pub const fn word(self) -> &'static str {
        match self {
            State::Held => "held",
            State::Working => "working",
            State::Filled => "filled",
            State::Canceled => "canceled",
            State::Rejected => "rejected",
        }
    }
}

/// A client's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub no: OrderNo,
    /// Whose.
    pub account: AccountId,
    /// As asked for last.
    pub spec: Spec,
    /// The entry whose exit it is.
    pub parent: Option<OrderNo>,
    /// Its exits.
    pub exits: Vec<OrderNo>,
    /// Where it stands.
    pub state: State,
    /// Traded and still to trade: an exit is worth what its entry filled.
    pub worth: Lots,
    /// Traded so far.
    pub cum: Lots,
    /// Where it stands as a limit, if it came to that: see [`crate::fact::Fact::Rests`].
    pub rests_at: Option<Ticks>,
}

impl Order {
    /// What it may trade now.
    pub fn left(&self) -> Lots {
        match self.state {
            State::Working => Lots(self.worth.0.saturating_sub(self.cum.0).max(0)),
            _ => Lots::ZERO,
        }
    }

    /// The kind it trades as now.
    pub fn acts_as(&self) -> Kind {
        self.rests_at.map_or(self.spec.kind, Kind::Limit)
    }

    /// What it is after a change to this price: of a stop-limit that was set off the limit changes.
    pub fn moved_to(&self, price: Ticks) -> Kind {
        match (self.spec.kind, self.rests_at) {
            (Kind::StopLimit { stop, .. }, Some(_)) => Kind::StopLimit { stop, limit: price },
            (kind, _) => kind.at(price),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trades(list: &[(i64, i64)]) -> (Position, i64) {
        let mut position = Position::default();
        let realised =
            list.iter().map(|(lots, price)| position.trade(Lots(*lots), Ticks(*price)).unwrap()).sum();
        (position, realised)
    }

    #[test]
    fn closing_realises_against_the_average_and_nothing_is_lost_to_rounding() {
        let (open, realised) = trades(&[(1, 100), (2, 101), (-1, 110)]);
        assert_eq!((open.lots, realised), (Lots(2), 10));
        let (flat, realised) = trades(&[(1, 100), (2, 101), (-1, 110), (-2, 110)]);
        assert_eq!((flat, realised), (Position::default(), 28));
    }

    #[test]
    fn a_trade_through_flat_opens_the_other_way_at_its_price() {
        let (short, realised) = trades(&[(2, 100), (-5, 103)]);
        assert_eq!((short.lots, short.average(), realised), (Lots(-3), Some(Ticks(103)), 6));
    }

    #[test]
    fn averages_round_to_the_nearest_tick_on_either_side_of_zero() {
        assert_eq!(trades(&[(1, 100), (1, 101)]).0.average(), Some(Ticks(101)));
        assert_eq!(trades(&[(-1, 100), (-2, 101)]).0.average(), Some(Ticks(101)));
        assert_eq!(trades(&[(3, -100), (1, -101)]).0.average(), Some(Ticks(-100)));
        assert_eq!(Position::default().average(), None);
    }
}
