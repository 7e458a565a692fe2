//! The exchange's money: what an account is worth, what its positions and orders tie up, and what becomes of one that has
//! too little.
//!
//! The rules:
//! - An order is refused if the account would need more initial margin with it than it is worth, in the worst case of its
//!   working orders, and more than without it. What makes that less is always taken.
//! - An account that is worth less than the maintenance margin of its positions is closed out by the exchange at the market,
//!   as soon as there is one; all its orders are cancelled first.
//! - A contract of which no margin is known ties up nothing.
//!
//! It never asks what an account could pay in.

use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::num::{Lots, Money, Overflow, Side, Ticks};
use stopline_kernel::time::ExchangeTime;

use crate::account::Account;
use crate::desk::Impossible;
use crate::fact::{ClientId, Fact, OrderNo, Spec};
use crate::floor::Floor;
use crate::kind::Kind;
use crate::requests::Refused;

/// How the ids of orders begin that the exchange places for a client.
pub const LIQUIDATION: &str = "LIQ-";

/// Why it places and cancels them.
pub const LIQUIDATED: &str = "forced liquidation: equity is below the maintenance margin";

/// What an account is worth, and what of it is tied up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worth {
    /// Cash and open profit at the last trades.
    pub equity: Money,
    /// Initial margin of its positions and working orders, in the worst case.
    pub initial: Money,
    /// Maintenance margin of its positions.
    pub maintenance: Money,
}

impl Floor {
    /// What an account is worth now; `None` for one that is not kept here, or where a number left its range.
    pub fn worth(&self, account: AccountId) -> Option<Worth> {
        let held = self.desk.accounts().get(&account)?;
        let equity = self.equity(held).ok()?;
        let initial = self.initial(account, None).ok()?;
        let maintenance = self.maintenance(held).ok()?;
        Some(Worth { equity, initial, maintenance })
    }

    fn equity(&self, account: &Account) -> Result<Money, Overflow> {
        account.positions.iter().try_fold(account.cash, |sum, (symbol, position)| {
            let Some(market) = self.markets.get(symbol) else { return Ok(sum) };
            let Some(last) = market.last else { return Ok(sum) };
            let ticks = last.times(position.lots.0)?.0.checked_sub(position.cost).ok_or(Overflow)?;
            sum.plus(market.instrument.worth(Ticks(ticks), Lots(1))?)
        })
    }

    fn maintenance(&self, account: &Account) -> Result<Money, Overflow> {
        account.positions.iter().try_fold(Money::ZERO, |sum, (symbol, position)| {
            let lot = self.per_lot(*symbol, Instrument::maintenance_at);
            sum.plus(lot.times(position.lots.size().0)?)
        })
    }

    /// Initial margin with `more` lots of a contract asked for, in the worst case of what works.
    fn initial(&self, account: AccountId, more: Option<(Symbol, Side, Lots)>) -> Result<Money, Overflow> {
        let mut all = Money::ZERO;
        for symbol in self.markets.keys() {
            let lot = self.per_lot(*symbol, Instrument::initial_at);
            if lot > Money::ZERO {
                let (long, short) = self.exposure(account, *symbol, more)?;
                all = all.plus(lot.times(long.size().max(short.size()).0)?)?;
            }
        }
        Ok(all)
    }

    /// The position if every working order to buy trades, and if every one to sell does. Exits belong to their entry.
    fn exposure(
        &self,
        account: AccountId,
        symbol: Symbol,
        more: Option<(Symbol, Side, Lots)>,
    ) -> Result<(Lots, Lots), Overflow> {
        let held = self.desk.accounts().get(&account).and_then(|a| a.positions.get(&symbol));
        let held = held.map_or(Lots::ZERO, |position| position.lots);
        let (mut long, mut short) = (held, held);
        let works = self.desk.live_orders().filter(|o| o.account == account && o.parent.is_none());
        let works = works.map(|order| (order.spec.symbol, order.spec.side, order.left()));
        for (_, side, lots) in works.chain(more).filter(|(of, ..)| *of == symbol) {
            match side {
                Side::Buy => long = long.plus(lots)?,
                Side::Sell => short = short.minus(lots)?,
            }
        }
        Ok((long, short))
    }

    fn per_lot(&self, symbol: Symbol, of: fn(&Instrument, ExchangeTime) -> Option<Money>) -> Money {
        let market = self.markets.get(&symbol);
        market.and_then(|market| of(&market.instrument, self.now)).unwrap_or(Money::ZERO)
    }

    /// Whether the account can carry `lots` more on this side.
    pub(crate) fn check_margin(
        &self,
        account: AccountId,
        symbol: Symbol,
        side: Side,
        lots: Lots,
    ) -> Result<(), Refused> {
        let Some(worth) = self.worth(account) else { return Err(Refused::Unmeasurable) };
        let needs = self.initial(account, Some((symbol, side, lots))).map_err(|_| Refused::Unmeasurable)?;
        if needs > worth.initial && needs > worth.equity {
            return Err(Refused::Margin { needs, equity: worth.equity });
        }
        Ok(())
    }

    /// Closes out every account that holds this contract and is worth too little, while it trades.
    pub(crate) fn watch_margin(&mut self, symbol: Symbol) -> Result<(), Impossible> {
        if !self.trades_now(symbol) || self.per_lot(symbol, Instrument::maintenance_at) <= Money::ZERO {
            return Ok(());
        }
        let accounts = self.desk.accounts().iter();
        let holds = |a: &Account| a.positions.get(&symbol).is_some_and(|p| !p.lots.is_zero());
        let holders: Vec<AccountId> = accounts.filter(|(_, a)| holds(a)).map(|(id, _)| *id).collect();
        holders.into_iter().try_for_each(|account| self.close_out(account))
    }

    fn trades_now(&self, symbol: Symbol) -> bool {
        let open = self.markets.get(&symbol).is_some_and(|market| market.is_open(self.now));
        open && self.desk.phase(symbol).trades()
    }

    fn close_out(&mut self, account: AccountId) -> Result<(), Impossible> {
        let Some(Worth { equity, maintenance, .. }) = self.worth(account) else { return Ok(()) };
        let of_account = self.desk.live_orders().filter(|o| o.account == account);
        let (ours, theirs): (Vec<_>, Vec<_>) =
            of_account.map(|o| (o.no, o.spec)).partition(|(_, spec)| is_liquidation(spec.cl_ord_id));
        // What is being closed is not closed twice.
        if equity >= maintenance || !ours.is_empty() {
            return Ok(());
        }
        self.record(Fact::Liquidated { time: self.now, account, equity, maintenance })?;
        for (no, _) in theirs {
            if self.desk.order(no)?.state.is_live() {
                self.end(no, LIQUIDATED)?;
            }
        }
        let held = self.desk.accounts().get(&account).map(|a| a.positions.clone()).unwrap_or_default();
        for (symbol, position) in held {
            if !position.lots.is_zero() && self.trades_now(symbol) {
                self.close_position(account, symbol, position.lots)?;
            }
        }
        Ok(())
    }

    fn close_position(&mut self, account: AccountId, symbol: Symbol, held: Lots) -> Result<(), Impossible> {
        let order: OrderNo = self.desk.next_order();
        let side = if held.0 > 0 { Side::Sell } else { Side::Buy };
        // A number and a short word make a sound id.
        let Ok(cl_ord_id) = format!("{LIQUIDATION}{}", order.0).parse() else { return Ok(()) };
        let spec = Spec { cl_ord_id, symbol, side, lots: held.size(), kind: Kind::Market };
        self.record(Fact::Placed { time: self.now, account, order, spec, parent: None })?;
        self.record(Fact::Accepted { time: self.now, order, worth: spec.lots })?;
        self.bring(order);
        self.settle(symbol)
    }
}

/// Whether the exchange placed the order itself.
pub(crate) fn is_liquidation(id: ClientId) -> bool {
    id.to_string().starts_with(LIQUIDATION)
}
