//! The gate's rules for everything that can open risk: entries, and changes of any order.
//!
//! Each rule is one small pure function with one denial. The order of the list is the order of the record. No rule
//! changes a size, and none passes what it cannot measure.

use crate::book::Book;
use crate::exposure::Addition;
use crate::id::{BotId, Symbol};
use crate::instrument::{Instrument, Session};
use crate::num::{Lots, Side, Ticks};
use crate::risk::check::Check;
use crate::time::{ExchangeTime, Stamp};

mod money;
mod pace;
mod price;
mod size;
mod standing;
mod time;

pub(crate) use money::trade_risk;
use money::{daily_loss, risk_per_trade};
use pace::{bot_order_rate, order_rate, send_rate, trades_per_day};
use price::{collar, exit_side, self_match};
use size::{account_lots, instrument_lots, leverage, notional, open_positions, order_lots};
use standing::{decided_before, halted, market_status, not_ready, opposed};
use time::{account_age, after_open, before_close, data_age, intent_age, quiet_time, session_open};

/// What is to be judged, against what.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// Everything known.
    pub book: &'a Book,
    /// When it is judged.
    pub at: Stamp,
    /// Who wants it.
    pub bot: BotId,
    /// The contract.
    pub symbol: Symbol,
    /// Which way the order trades.
    pub side: Side,
    /// The order's total quantity.
    pub lots: Lots,
    /// Whether it is an entry, or the change of one; an exit's change opens nothing.
    pub opens: bool,
    /// Lots that are not yet counted in the worst case; zero for what only exits.
    pub adds: Lots,
    /// The price the trade is expected to begin at; `None` if there is none to be had.
    pub reference: Option<Ticks>,
    /// The prices on its orders: limit, stop, target.
    pub prices: [Option<Ticks>; 3],
    /// Where its stop would stand, if it has or is one.
    pub stop: Option<Ticks>,
    /// Where its target would stand, if it has one.
    pub target: Option<Ticks>,
    /// The end of the bar that the wish was derived from.
    pub derived: ExchangeTime,
    /// Whether this very decision was made before.
    pub repeated: bool,
}

/// A rule of the gate.
pub type Rule = fn(&Proposal<'_>) -> Check;

/// Every rule, in the order they are asked and recorded.
pub const RULES: &[Rule] = &[
    halted,
    not_ready,
    decided_before,
    intent_age,
    data_age,
    session_open,
    market_status,
    opposed,
    exit_side,
    order_lots,
    instrument_lots,
    risk_per_trade,
    daily_loss,
    collar,
    order_rate,
];

/// A rule that is asked only where its limit is set: `None` where it is not.
pub type RuleIfSet = fn(&Proposal<'_>) -> Option<Check>;

/// Every rule that says nothing where its limit is left out, or where there is nothing it could speak of; asked and recorded after [`RULES`].
pub const RULES_IF_SET: &[RuleIfSet] = &[
    account_age,
    after_open,
    before_close,
    quiet_time,
    self_match,
    open_positions,
    account_lots,
    notional,
    leverage,
    trades_per_day,
    bot_order_rate,
    send_rate,
];

/// The rules asked again when a batch has been stepped, right before an approved opening order goes out.
pub(super) const BEFORE_SEND: &[Rule] = &[halted, not_ready, session_open, market_status, daily_loss];

impl<'a> Proposal<'a> {
    fn instrument(&self) -> Option<&'a Instrument> {
        self.book.instrument(self.symbol)
    }

    /// Market time and the session it lies in.
    fn session(&self) -> Option<(ExchangeTime, &'a Session)> {
        let now = self.at.market?;
        Some((now, self.instrument()?.sessions.at(now)?))
    }

    /// What it would add to what the account could hold.
    const fn addition(&self) -> Addition {
        Addition { symbol: self.symbol, side: self.side, lots: self.adds }
    }
}
