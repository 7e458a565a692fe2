//! What clients may ask of the floor: place, cancel, replace; with every check before anything changes.
//!
//! An order list is taken whole or refused whole. A refusal is always told with its reason, and an id that was ever
//! used is never used again.

use std::fmt;

use stopline_kernel::id::AccountId;
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_venues::paper::wire::DUPLICATE_ID;

use crate::account::{Order, State};
use crate::desk::Impossible;
use crate::fact::{ClientId, Fact, OrderNo, Spec};
use crate::floor::{Asked, Floor, Refusal};
use crate::kind::Kind;
use crate::market::Market;
use crate::phase::Phase;

/// The largest order.
pub const MAX_LOTS: Lots = Lots(10_000);

/// The largest price, in ticks and in either direction. Small enough that no sum of trades leaves its range.
pub const MAX_PRICE: Ticks = Ticks(1_000_000_000);

/// The most exits an entry can have.
pub const MAX_EXITS: usize = 8;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The id was used before.
    DuplicateId,
    /// There is no such contract.
    UnknownSymbol,
    /// Not between one and [`MAX_LOTS`].
    BadLots,
    /// Beyond [`MAX_PRICE`].
    BadPrice,
    /// The market does not trade now.
    SessionClosed,
    /// The market is halted.
    Halted,
    /// Nothing trades yet, and it would trade at the market.
    Reserved,
    /// It could trade beyond the price limits.
    BeyondLimits,
    /// The account would need more initial margin than it is worth.
    Margin {
        /// What it would need.
        needs: Money,
        /// What it is worth.
        equity: Money,
    },
    /// A sum of money left its range.
    Unmeasurable,
    /// Nothing has traded yet, so a market order has no price to hold on to.
    NoPrice,
    /// A buy stop at or below the last trade.
    BuyStopTooLow,
    /// A sell stop at or above the last trade.
    SellStopTooHigh,
    /// A buy's limit below its stop, or a sell's above.
    LimitBeforeStop,
    /// A trailing stop without a distance.
    NoDistance,
    /// An exit in another contract, on the entry's side or of another size.
    ExitDoesNotFit,
    /// More than [`MAX_EXITS`].
    TooManyExits,
    /// Another order of the list was refused.
    ListRefused,
    /// No order ever had this id.
    UnknownOrder,
    /// The order has another id now.
    OldId,
    /// The order cannot be changed any more.
    Ended,
    /// The new quantity has traded already.
    BelowTraded,
    /// A market order that has not come to rest has no price.
    NoPriceToChange,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::Margin { needs, equity } => {
                return write!(
                    f,
                    "insufficient margin: {needs} initial margin is needed, equity is {equity}"
                );
            }
            Refused::Unmeasurable => "a sum of money is out of range",
            Refused::DuplicateId => DUPLICATE_ID,
            Refused::UnknownSymbol => "unknown symbol",
            Refused::BadLots => "lots must be between 1 and 10000",
            Refused::BadPrice => "price out of range",
            Refused::SessionClosed => "session closed",
            Refused::Halted => "trading is halted",
            Refused::Reserved => "market orders and stops are not taken before the market trades",
            Refused::BeyondLimits => "price beyond the price limits",
            Refused::NoPrice => "nothing has traded yet",
            Refused::BuyStopTooLow => "stop price must be above last trade",
            Refused::SellStopTooHigh => "stop price must be below last trade",
            Refused::LimitBeforeStop => "a buy's limit must not lie below its stop, nor a sell's above",
            Refused::NoDistance => "the trailing distance must be above zero",
            Refused::ExitDoesNotFit => "an exit must close its entry: same symbol, other side, same lots",
            Refused::TooManyExits => "too many exits",
            Refused::ListRefused => "another order of its list was refused",
            Refused::UnknownOrder => "unknown order",
            Refused::OldId => "not the order's present cl_ord_id",
            Refused::Ended => "order has ended",
            Refused::BelowTraded => "lots must be above what has traded",
            Refused::NoPriceToChange => "a market order has no price to change",
        })
    }
}

impl Floor {
    /// Places an order with its exits.
    pub fn place(&mut self, account: AccountId, entry: Spec, exits: &[Spec]) -> Result<(), Impossible> {
        let carried = || self.check_margin(account, entry.symbol, entry.side, entry.lots);
        let mut faults = vec![self.check_entry(&entry).and_then(|()| carried())];
        faults.extend(exits.iter().map(|exit| self.check_exit(&entry, exit)));
        if exits.len() > MAX_EXITS {
            faults[0] = Err(Refused::TooManyExits);
        }
        let all: Vec<Spec> = std::iter::once(entry).chain(exits.iter().copied()).collect();
        for (i, spec) in all.iter().enumerate() {
            let twice = all[..i].iter().any(|other| other.cl_ord_id == spec.cl_ord_id);
            if twice || self.desk.find(account, spec.cl_ord_id).is_some() {
                faults[i] = Err(Refused::DuplicateId);
            }
        }
        if faults.iter().any(Result::is_err) {
            return self.refuse_list(account, &all, &faults);
        }
        let parent = self.put(account, entry, None)?;
        for exit in exits {
            self.put(account, *exit, Some(parent))?;
        }
        self.record(Fact::Accepted { time: self.now, order: parent, worth: entry.lots })?;
        self.bring(parent);
        self.settle(entry.symbol)
    }

    fn put(
        &mut self,
        account: AccountId,
        spec: Spec,
        parent: Option<OrderNo>,
    ) -> Result<OrderNo, Impossible> {
        let order = self.desk.next_order();
        self.record(Fact::Placed { time: self.now, account, order, spec, parent })?;
        Ok(order)
    }

    /// Refuses a list whole. An order whose id is new is kept as rejected, so that its id stays used.
    fn refuse_list(
        &mut self,
        account: AccountId,
        all: &[Spec],
        faults: &[Result<(), Refused>],
    ) -> Result<(), Impossible> {
        for (spec, fault) in all.iter().zip(faults) {
            let why = fault.err().unwrap_or(Refused::ListRefused);
            if why == Refused::DuplicateId {
                let (cl_ord_id, order, asked) = (Some(spec.cl_ord_id), None, Asked::Place);
                self.refuse(Refusal { account, cl_ord_id, order, asked, reason: why.to_string().into() });
            } else {
                let order = self.put(account, *spec, None)?;
                self.record(Fact::Rejected { time: self.now, order, reason: why.to_string().into() })?;
            }
        }
        Ok(())
    }

    fn check_entry(&self, spec: &Spec) -> Result<(), Refused> {
        let market = self.markets.get(&spec.symbol).ok_or(Refused::UnknownSymbol)?;
        check_numbers(spec.side, spec.lots, spec.kind)?;
        self.check_phase(market, spec.side, spec.kind)?;
        let needs_last = matches!(spec.kind, Kind::Market | Kind::Protected | Kind::Trailing { .. });
        if needs_last && market.last.is_none() {
            return Err(Refused::NoPrice);
        }
        spec.kind.waits_for().map_or(Ok(()), |stop| self.check_stop(spec, stop))
    }

    fn check_phase(&self, market: &Market, side: Side, kind: Kind) -> Result<(), Refused> {
        let phase = self.desk.phase(market.instrument.symbol);
        if !market.is_open(self.now) || phase == Phase::Closed {
            return Err(Refused::SessionClosed);
        }
        if phase.collects() {
            let waits = phase == Phase::PreOpen && kind.waits_for().is_some();
            return if matches!(kind, Kind::Limit(_)) || waits { Ok(()) } else { Err(Refused::Reserved) };
        }
        if !phase.trades() {
            return Err(Refused::Halted);
        }
        match kind {
            Kind::Limit(limit) | Kind::StopLimit { limit, .. }
                if phase.within(side, Some(limit)) != Some(limit) =>
            {
                Err(Refused::BeyondLimits)
            }
            _ => Ok(()),
        }
    }

    fn check_stop(&self, spec: &Spec, stop: Ticks) -> Result<(), Refused> {
        let beyond = self.markets.get(&spec.symbol).is_some_and(|m| m.reaches(spec.side, stop));
        match (beyond, spec.side) {
            (false, _) => Ok(()),
            (true, Side::Buy) => Err(Refused::BuyStopTooLow),
            (true, Side::Sell) => Err(Refused::SellStopTooHigh),
        }
    }

    fn check_exit(&self, entry: &Spec, exit: &Spec) -> Result<(), Refused> {
        check_numbers(exit.side, exit.lots, exit.kind)?;
        let fits = exit.symbol == entry.symbol && exit.side != entry.side && exit.lots == entry.lots;
        if fits { Ok(()) } else { Err(Refused::ExitDoesNotFit) }
    }

    /// Cancels an order; allowed in a closed market too.
    pub fn cancel(&mut self, account: AccountId, id: ClientId) -> Result<(), Impossible> {
        match self.live_order(account, id).map(|o| (o.no, o.spec.symbol)) {
            Ok((no, symbol)) => {
                self.end(no, "by its client")?;
                self.settle(symbol)
            }
            Err(why) => {
                self.refuse_change(account, id, Asked::Cancel, why);
                Ok(())
            }
        }
    }

    /// Changes an order's id, total quantity and price. Fewer lots at the same price keep their place in the queue;
    /// everything else goes to its end.
    pub fn replace(
        &mut self,
        account: AccountId,
        id: ClientId,
        new: ClientId,
        lots: Lots,
        price: Ticks,
    ) -> Result<(), Impossible> {
        let order = match self.check_replace(account, id, new, lots, price) {
            Ok(order) => order.clone(),
            Err(why) => {
                self.refuse_change(account, id, Asked::Replace, why);
                return Ok(());
            }
        };
        let no = order.no;
        let spec = Spec { lots, ..order.spec };
        let worth = match (order.parent, order.state) {
            (Some(_), State::Held) => Lots::ZERO,
            _ => self.desk.exit_worth(&Order { spec, ..order.clone() })?,
        };
        self.record(Fact::Replaced { time: self.now, order: no, cl_ord_id: new, lots, worth, price })?;
        if order.acts_as().price() == Some(price) && worth <= order.worth {
            self.shrink(no)?;
        } else {
            self.bring(no);
        }
        self.settle(order.spec.symbol)
    }

    fn check_replace(
        &self,
        account: AccountId,
        id: ClientId,
        new: ClientId,
        lots: Lots,
        price: Ticks,
    ) -> Result<&Order, Refused> {
        let order = self.live_order(account, id)?;
        let market = self.markets.get(&order.spec.symbol).ok_or(Refused::UnknownSymbol)?;
        let kind = order.acts_as().at(price);
        check_numbers(order.spec.side, lots, kind)?;
        self.check_phase(market, order.spec.side, kind)?;
        if self.desk.find(account, new).is_some() {
            return Err(Refused::DuplicateId);
        }
        if lots <= order.cum {
            return Err(Refused::BelowTraded);
        }
        if order.parent.is_none() && lots > order.spec.lots {
            let more = Lots(lots.0.saturating_sub(order.spec.lots.0));
            self.check_margin(account, order.spec.symbol, order.spec.side, more)?;
        }
        if matches!(kind, Kind::Market | Kind::Protected) {
            return Err(Refused::NoPriceToChange);
        }
        match kind.waits_for() {
            Some(stop) if order.state == State::Working => self.check_stop(&order.spec, stop).map(|()| order),
            _ => Ok(order),
        }
    }

    fn live_order(&self, account: AccountId, id: ClientId) -> Result<&Order, Refused> {
        let order = self.desk.find(account, id).ok_or(Refused::UnknownOrder)?;
        if order.spec.cl_ord_id != id {
            return Err(Refused::OldId);
        }
        if order.state.is_live() { Ok(order) } else { Err(Refused::Ended) }
    }

    fn refuse_change(&mut self, account: AccountId, id: ClientId, asked: Asked, why: Refused) {
        let order = self.desk.find(account, id).map(|o| o.no);
        self.refuse(Refusal { account, cl_ord_id: Some(id), order, asked, reason: why.to_string().into() });
    }
}

fn check_numbers(side: Side, lots: Lots, kind: Kind) -> Result<(), Refused> {
    if lots <= Lots::ZERO || lots > MAX_LOTS {
        return Err(Refused::BadLots);
    }
    if kind.numbers().any(|price| price.size() > MAX_PRICE) {
        return Err(Refused::BadPrice);
    }
    match (kind, side) {
        (Kind::StopLimit { stop, limit }, Side::Buy) if limit < stop => Err(Refused::LimitBeforeStop),
        (Kind::StopLimit { stop, limit }, Side::Sell) if limit > stop => Err(Refused::LimitBeforeStop),
        (Kind::Trailing { by, .. }, _) if by <= Ticks::ZERO => Err(Refused::NoDistance),
        _ => Ok(()),
    }
}
