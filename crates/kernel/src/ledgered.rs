//! The half of the Book that the ledger remembers: changed only by `apply`, so that a restart rebuilds exactly it.
//!
//! No tick, clock or connection may change anything here. `apply` never decides: the step did that before it wrote the
//! record.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::halt::Halts;
use crate::id::{BotId, ClOrdId, ExecId, Symbol, VenueInstance};
use crate::incident::Incident;
use crate::instrument::{Instrument, TradingDay};
use crate::intent::Leg;
use crate::limits::LaneConfig;
use crate::num::{Lots, Money, Overflow, Side};
use crate::order::{Execution, Order};
use crate::position::Position;
use crate::record::{Closing, Recovery};
use crate::table::Life;
use crate::time::{ExchangeTime, LocalTime, Stamp};

mod apply;
mod day;
mod pace;

pub use apply::Broken;

/// What the ledger remembers, as it stands after the newest record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledgered {
    /// The newest record; 0 before the first.
    pub seq: u64,
    /// The newest record that holds a snapshot; 0 before the first.
    pub snapshot_seq: u64,
    /// The configuration in force.
    pub config: Option<LaneConfig>,
    /// Which life of the venue the account lives at.
    pub venue: Option<VenueInstance>,
    /// The contracts the venue told us.
    pub instruments: BTreeMap<Symbol, Instrument>,
    /// Orders of this trading day and the last, and every one that has not ended, by their first ClOrdID.
    pub orders: BTreeMap<ClOrdId, Order>,
    /// Later ClOrdIDs of those orders.
    pub revisions: BTreeMap<ClOrdId, ClOrdId>,
    /// Orders that have not ended.
    pub live: BTreeSet<ClOrdId>,
    /// Executions that were booked and may be told of again or taken back: all since `settled`.
    #[serde(default)]
    pub executions: BTreeMap<ExecId, Booked>,
    /// Executions of which an earlier release kept only the ids; grows no more.
    pub booked: BTreeSet<ExecId>,
    /// Executions that were taken back, which is rare: never to be booked, in whatever order the venue tells.
    #[serde(default)]
    pub busted: BTreeSet<ExecId>,
    /// Everything that traded before this moment is booked or busted; it is not kept, and not taken in again.
    #[serde(default)]
    pub settled: Option<ExchangeTime>,
    /// Positions from executions.
    pub positions: BTreeMap<Symbol, BTreeMap<BotId, Position>>,
    /// What accepted intents and exits want the positions to be; never changed by a fill.
    pub intended: BTreeMap<Symbol, BTreeMap<BotId, Lots>>,
    /// Lots that should have been taken off what is wanted and were more than that: an exit's fill, or the end of an entry,
    /// was told before the entry's fill. The fill pays them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overdrawn: BTreeMap<Symbol, BTreeMap<BotId, Lots>>,
    /// Profit realised since the account began, before fees.
    pub realised: Money,
    /// Fees since the account began.
    pub fees: Money,
    /// Money that came in, less what went out, since the account began.
    #[serde(default)]
    pub transferred: Money,
    /// The trading day.
    pub day: Option<Day>,
    /// The highest equity of all days on which it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Money>,
    /// What each open position of a bot has made since it was opened, fees included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<Symbol, BTreeMap<BotId, Money>>,
    /// When the day before began, by the local clock; ended orders from before it are forgotten.
    pub last_day_began: Option<LocalTime>,
    /// Halts that stand.
    pub halts: Halts,
    /// How many incidents there have been.
    pub incident_count: u64,
    /// Incidents not settled.
    pub incidents: BTreeMap<u64, Incident>,
    /// How many closings there have been.
    pub closing_count: u64,
    /// Closings not over.
    pub closings: BTreeMap<u64, Closing>,
    /// The recovery under way, or left to a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// When opening orders were placed and changes asked for, oldest first; the newest 256.
    pub openings: VecDeque<Stamp>,
    /// The same for each bot.
    #[serde(default)]
    pub openings_of: BTreeMap<BotId, VecDeque<Stamp>>,
    /// Entries that the broker refused, oldest first; the newest 64.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub refusals: VecDeque<Refusal>,
    /// Cancels that were asked for, and of whose orders, oldest first; the newest 256.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub cancels: VecDeque<(Stamp, BotId)>,
    /// What bots handed over to be kept.
    pub bot_states: BTreeMap<BotId, Box<str>>,
}

/// An entry that the broker refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// When.
    pub at: Stamp,
    /// Whose.
    pub bot: BotId,
    /// In which words.
    pub reason: Box<str>,
}

/// A trading day and its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The day.
    pub day: TradingDay,
    /// Equity at its start.
    pub equity: Money,
    /// Profit realised before it, before fees.
    pub realised_before: Money,
    /// Fees before it.
    pub fees_before: Money,
    /// When it began.
    pub began: LocalTime,
    /// When it began, in market time.
    #[serde(default)]
    pub opened: Option<ExchangeTime>,
    /// The highest equity recorded of it, once it rose above its start.
    #[serde(default)]
    pub high: Option<Money>,
    /// Entries that have traded in it.
    #[serde(default)]
    pub trades: u32,
    /// Trades that ended in a loss since the last one that did not, in this day.
    #[serde(default)]
    pub losses_in_row: u32,
}

/// An execution as it was booked, kept for as long as the venue may speak of it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// What the venue said.
    pub execution: Execution,
    /// The order it belongs to, if we know it.
    pub root: Option<ClOrdId>,
    /// Whose position it changed.
    pub bot: BotId,
    /// What it cost.
    pub fee: Money,
    /// When it traded: the venue's word, or the moment we heard of it.
    pub time: Option<ExchangeTime>,
}

/// The bot that fills of unknown orders are booked under.
pub const fn external_bot() -> BotId {
    BotId::from_static("external")
}

impl Ledgered {
    /// The state that a snapshot record at `seq` stands for: what it holds, as of that record.
    pub fn from_snapshot(held: &Ledgered, seq: u64) -> Ledgered {
        Ledgered { seq, snapshot_seq: seq, ..held.clone() }
    }

    /// Makes of this state what a snapshot of format 1 kept of it: the ids of executions, and not when the day opened.
    pub fn forget_what_format_1_did_not_keep(&mut self) {
        self.booked.extend(core::mem::take(&mut self.executions).into_keys());
        self.day.iter_mut().for_each(|day| day.opened = None);
    }

    /// Makes of this state what a snapshot up to format 3 kept of it: nothing of what limits of the day and of pace count.
    pub fn forget_what_format_3_did_not_keep(&mut self) {
        self.openings_of.clear();
        self.refusals.clear();
        self.cancels.clear();
        self.results.clear();
        self.high = None;
        if let Some(day) = &mut self.day {
            (day.high, day.trades, day.losses_in_row) = (None, 0, 0);
        }
    }

    /// The order that has, or ever had, this id.
    pub fn order(&self, id: ClOrdId) -> Option<&Order> {
        let root = self.revisions.get(&id).unwrap_or(&id);
        self.orders.get(root)
    }

    /// Whether there is nothing left to book of an execution: it is booked, was taken back, or is from before `settled`.
    pub fn knows(&self, execution: &Execution) -> bool {
        let id = &execution.exec_id;
        let before = execution.time.zip(self.settled).is_some_and(|(time, settled)| time < settled);
        before || self.executions.contains_key(id) || self.booked.contains(id) || self.busted.contains(id)
    }

    /// Every order that has not ended.
    pub fn live_orders(&self) -> impl Iterator<Item = &Order> {
        self.live.iter().filter_map(|root| self.orders.get(root))
    }

    /// A bot's signed lots in an instrument.
    pub fn lots_of(&self, bot: BotId, symbol: Symbol) -> Lots {
        self.positions.get(&symbol).and_then(|by_bot| by_bot.get(&bot)).map_or(Lots::ZERO, Position::lots)
    }

    /// The account's signed lots in an instrument.
    pub fn net(&self, symbol: Symbol) -> Lots {
        let by_bot = self.positions.get(&symbol);
        Lots(by_bot.into_iter().flat_map(BTreeMap::values).map(|p| p.lots().0).sum())
    }

    /// Every position that is not flat.
    pub fn open_positions(&self) -> impl Iterator<Item = (BotId, Symbol, &Position)> {
        self.positions.iter().flat_map(|(symbol, by_bot)| {
            by_bot.iter().filter(|(_, p)| !p.is_flat()).map(|(bot, p)| (*bot, *symbol, p))
        })
    }

    /// Whether somebody else's trades stand against a bot's position, and may have closed it: what of both is left to close
    /// is not settled yet.
    pub fn is_opposed(&self, symbol: Symbol) -> bool {
        let external = self.lots_of(external_bot(), symbol).0.signum();
        let mut open = self.open_positions().filter(|(_, of, _)| *of == symbol);
        open.any(|(_, _, position)| position.lots().0.signum() * external < 0)
    }

    /// Lots of a bot's position that working stops of its protect now.
    pub fn protected(&self, bot: BotId, symbol: Symbol) -> Lots {
        Lots(self.stops_over(bot, symbol).map(|stop| self.protects(stop).0).sum())
    }

    /// A bot's stops on the side that closes its position.
    pub(crate) fn stops_over(&self, bot: BotId, symbol: Symbol) -> impl Iterator<Item = &Order> {
        let reducing = Side::reducing(self.lots_of(bot, symbol));
        let own =
            move |o: &&Order| o.bot() == bot && o.spec.symbol == symbol && Some(o.spec.side) == reducing;
        self.live_orders().filter(|o| o.spec.leg == Leg::Stop).filter(own)
    }

    /// What a stop protects: once its target has traded it is about to be cancelled, however long it takes until that is
    /// said; and once it has traded itself it is set off, and what is left of it is an order at whatever price it was
    /// given, which the market may have passed.
    pub(crate) fn protects(&self, stop: &Order) -> Lots {
        let waits = stop.filled.is_zero() || mutant!(FiredStopProtects);
        if stop.life == Life::Working && waits { self.exit_open(stop) } else { Lots::ZERO }
    }

    /// Whether the newest stop of a bot in a contract was refused, so that no word about it is still to come.
    pub(crate) fn is_stop_refused(&self, bot: BotId, symbol: Symbol) -> bool {
        let own = |o: &&Order| o.bot() == bot && o.spec.symbol == symbol && o.spec.leg == Leg::Stop;
        let newest = self.orders.values().filter(own).max_by_key(|o| o.placed.local);
        // A broker that refused the entry too, and traded it, has said nothing that can be believed.
        let entered = |o: &Order| {
            let entry = self.orders.get(&o.key.cl_ord_id(Leg::Entry, 0));
            entry.is_some_and(|e| !e.done().is_zero() && e.life != Life::Rejected)
        };
        newest.is_some_and(|o| {
            o.life == Life::Rejected && !o.absent && entered(o) && !mutant!(RefusedStopAwaited)
        })
    }

    /// How many lots an order is for: of an exit whose entry has ended what that has traded, whatever was asked for then.
    pub fn lots_for(&self, order: &Order) -> Lots {
        let exit = matches!(order.spec.leg, Leg::Stop | Leg::Target) && !mutant!(ExitKeepsPlacedLots);
        let entry = self.orders.get(&order.key.cl_ord_id(Leg::Entry, 0)).filter(|e| exit && !e.is_live());
        entry.map_or(order.spec.lots, |entry| entry.done().min(order.spec.lots))
    }

    /// What an exit may still trade: what the venue says it is worth, and no more than its entry has filled and neither it
    /// nor its sibling has closed.
    pub fn exit_open(&self, exit: &Order) -> Lots {
        let done = |leg| self.orders.get(&exit.key.cl_ord_id(leg, 0)).map(|o| o.done().0);
        let worth = exit.worth.0.saturating_sub(exit.done().0);
        let given = done(Leg::Entry).map_or(worth, |entered| {
            let closed = [Leg::Stop, Leg::Target].into_iter().filter_map(done);
            closed.fold(entered, i64::saturating_sub)
        });
        Lots(worth.min(given).max(0))
    }

    /// The most the account could hold on one side: position, and every order that could still open on that side.
    pub fn worst_case(&self, symbol: Symbol, side: Side) -> Result<Lots, Overflow> {
        let held = self.net(symbol).times(side.sign())?;
        let could = self
            .live_orders()
            .filter(|o| o.spec.symbol == symbol && o.spec.side == side && o.spec.leg.opens());
        could.map(Order::remaining).try_fold(Lots(held.0.max(0)), Lots::plus)
    }

    /// Cash the broker should report when every position is flat.
    pub fn expected_cash(&self) -> Result<Money, Overflow> {
        let start = self.config.as_ref().map_or(Money::ZERO, |c| c.start_cash);
        start.plus(self.transferred)?.plus(self.realised)?.minus(self.fees)
    }

    /// The closing of this bot's position, while one is under way.
    pub fn closing(&self, bot: BotId, symbol: Symbol) -> Option<&Closing> {
        self.closings.values().find(|c| c.bot == bot && c.symbol == symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_external_bot_has_its_name() {
        assert_eq!(external_bot().as_str(), "external");
    }
}
