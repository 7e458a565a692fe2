//! What the records alone say of orders, halts and closings, followed apart from the lane; and what no record may say.
//!
//! It is fed durable records in order and never looks at the lane: where both are wrong in the same way, somebody has
//! written the same mistake twice.

use std::collections::{BTreeMap, BTreeSet};

use stopline_kernel::halt::{HaltCause, Level, Scope};
use stopline_kernel::id::{BotId, BrokerOrderId, ClOrdId, Symbol};
use stopline_kernel::input::CommandKind;
use stopline_kernel::intent::{Entry as Wanted, IntentKey, Leg, Wish};
use stopline_kernel::ledgered::external_bot;
use stopline_kernel::limits::LaneConfig;
use stopline_kernel::num::Side;
use stopline_kernel::order::NewOrder;
use stopline_kernel::record::{Bust, Closing, Entry, Fill, Record, Recovery, RecoveryStep, Transition};
use stopline_kernel::report::Stream;
use stopline_kernel::table::{Ask, Life, OrderEvent};
use stopline_kernel::time::Mono;

use super::day::Day;
use super::{Verdict, broken};
use crate::coverage::Coverage;

/// How many cancels of one order may be asked for within a second.
const CANCELS_A_SECOND: usize = 8;

/// An order as the records tell it.
#[derive(Debug, Clone)]
struct Order {
    bot: BotId,
    spec: NewOrder,
    life: Life,
    ask: Ask,
    filled: i64,
    cancels: Vec<Mono>,
}

impl Order {
    const fn is_live(&self) -> bool {
        !self.life.is_terminal()
    }

    const fn left(&self) -> i64 {
        if self.is_live() { self.spec.lots.0.saturating_sub(self.filled) } else { 0 }
    }
}

/// INV-10: an accepted wish does not stake far more than a trade may lose. The price it will trade at is not in the wish, so
/// the stop is measured from the wish's own limit or target, and three times the limit is allowed.
fn worth_its_risk(wish: &Wanted, config: &LaneConfig) -> Verdict {
    let Some(from) = wish.limit.or(wish.target) else { return Ok(()) };
    let tick = crate::scene::TICK_VALUE;
    let stake = i128::from((from.0 - wish.stop.0).abs()) * i128::from(wish.lots.0) * i128::from(tick.0);
    match stake > 3 * i128::from(config.limits.risk_per_trade.0) {
        true => broken("INV-10", format!("a wish for {} lots stakes about {stake} units", wish.lots)),
        false => Ok(()),
    }
}

/// What the records say.
#[derive(Debug, Clone, Default)]
pub(super) struct Records {
    orders: BTreeMap<ClOrdId, Order>,
    held: BTreeMap<(BotId, Symbol), i64>,
    halts: BTreeMap<(Scope, HaltCause), Level>,
    closings: BTreeMap<u64, Closing>,
    accepted: BTreeSet<ClOrdId>,
    resumes: BTreeSet<u64>,
    agreed: bool,
    /// The last step of a recovery, and when it was made.
    recovering: Option<(RecoveryStep, Mono)>,
    /// Whose the order is that the broker gave this number.
    numbers: BTreeMap<BrokerOrderId, BotId>,
    /// When an order of a bot last moved or traded, in this life of the process.
    changed: BTreeMap<BotId, Mono>,
    day: Day,
}

impl Records {
    /// Takes in the next record, and judges it by those before it.
    pub(super) fn take(&mut self, entry: &Entry, config: &LaneConfig, coverage: &mut Coverage) -> Verdict {
        self.day.take(&entry.record);
        match &entry.record {
            Record::Started { .. } => {
                self.agreed = false;
                self.changed.clear();
            }
            Record::StreamChanged(change) if change.stream == Stream::Orders => self.agreed = false,
            Record::Agreed { .. } => self.agreed = true,
            Record::Decided { key, intent, denied: None, .. } => {
                if let Wish::Enter(wish) = &intent.wish {
                    worth_its_risk(wish, config)?;
                    self.accepted.insert(key.cl_ord_id(Leg::Entry, 0));
                }
            }
            Record::OrderPlaced { key, order, .. } => self.place(key, order, config)?,
            Record::ReplaceAsked { root, to, .. } => {
                self.may_open(self.orders.get(root).map(|o| o.bot), "a change")?;
                if let Some(order) = self.orders.get_mut(root) {
                    order.spec.lots = order.spec.lots.max(to.lots);
                }
            }
            Record::Transition(moved) => self.transition(moved, entry, coverage)?,
            Record::Impossible { life, ask, event, .. } => {
                coverage.hit(format!("impossible {life:?} {ask:?} {event:?}"));
            }
            Record::Filled(fill) => self.fill(fill, entry.at.mono),
            Record::Busted(bust) => self.take_back(bust),
            Record::Allocated(given) => {
                let change = given.side.sign() * given.lots.0;
                *self.held.entry((given.to, given.symbol)).or_default() += change;
                *self.held.entry((external_bot(), given.symbol)).or_default() -= change;
            }
            Record::HaltSet(halt) => {
                coverage.hit(format!("halt {:?}", halt.cause));
                let level = self.halts.entry((halt.scope, halt.cause)).or_insert(Level::Running);
                *level = (*level).max(halt.level);
            }
            Record::HaltLifted { scope, cause, who, .. } => {
                if *scope == Scope::Account && *cause == HaltCause::Disagreement {
                    self.recovering = None;
                }
                self.lift(*scope, *cause, who)?;
            }
            Record::IncidentOpened(incident) => coverage.hit(format!("incident {:?}", incident.kind)),
            Record::RecoveryMoved(recovery) => {
                coverage.hit(format!("step {:?}", recovery.step));
                self.recovery(recovery, entry.at.mono)?;
            }
            Record::StrayCancelAsked { closing, order_id, .. } => {
                coverage.hit("stray cancelled");
                self.stray(*closing, order_id)?;
            }
            Record::ClosingBegan(closing) => self.begin_closing(closing)?,
            Record::ClosingEnded { number, .. } => drop(self.closings.remove(number)),
            Record::Commanded(command) => {
                if matches!(command.what, CommandKind::Resume(_)) {
                    self.resumes.insert(command.id);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn level(&self, bot: Option<BotId>) -> Level {
        let binds =
            |scope: &Scope| *scope == Scope::Account || bot.is_some_and(|bot| *scope == Scope::Bot(bot));
        let levels = self.halts.iter().filter(|((scope, _), _)| binds(scope)).map(|(_, level)| *level);
        levels.max().unwrap_or(Level::Running)
    }

    /// INV-10, 13 and 16: new risk is taken under no halt, with no order of unknown fate, after the account was agreed.
    fn may_open(&self, bot: Option<BotId>, what: &str) -> Verdict {
        let level = self.level(bot);
        if level != Level::Running {
            return broken("INV-13", format!("{what} was recorded under {level:?}"));
        }
        if let Some((id, _)) = self.orders.iter().find(|(_, o)| o.life == Life::Unknown) {
            return broken("INV-10", format!("{what} was recorded while {id} was unknown"));
        }
        if !self.agreed {
            return broken("INV-16", format!("{what} was recorded before the account was compared"));
        }
        Ok(())
    }

    fn place(&mut self, key: &IntentKey, spec: &NewOrder, config: &LaneConfig) -> Verdict {
        let (id, bot) = (spec.cl_ord_id, key.origin.bot());
        if self.orders.contains_key(&id) {
            return broken("INV-02", format!("{id} was placed a second time"));
        }
        if spec.leg == Leg::Entry {
            self.may_open(Some(bot), "an entry")?;
            if !self.accepted.contains(&id) {
                return broken("INV-25", format!("the entry {id} belongs to no accepted decision"));
            }
            self.within_limits(bot, spec, config)?;
        }
        let (life, ask) = (Life::Draft, Ask::Nothing);
        self.orders.insert(id, Order { bot, spec: *spec, life, ask, filled: 0, cancels: Vec::new() });
        Ok(())
    }

    /// INV-10, added up anew: position and everything that could still open stay within the limits.
    fn within_limits(&self, bot: BotId, spec: &NewOrder, config: &LaneConfig) -> Verdict {
        let limits = &config.limits;
        self.day.may_trade(config, |root| self.orders.get(root).is_some_and(|o| o.spec.leg.opens()))?;
        if spec.lots > limits.max_order_lots {
            return broken("INV-10", format!("{} lots in one order", spec.lots));
        }
        let held: i64 = self.held.iter().filter(|((_, s), _)| *s == spec.symbol).map(|(_, lots)| *lots).sum();
        let same =
            |o: &&Order| o.spec.symbol == spec.symbol && o.spec.side == spec.side && o.spec.leg.opens();
        let working: i64 = self.orders.values().filter(same).map(Order::left).sum();
        let worst = (held * spec.side.sign()).max(0) + working + spec.lots.0;
        if worst > limits.max_instrument_lots.0 {
            return broken("INV-10", format!("{worst} lots of {} could be held", spec.symbol));
        }
        let own = self.held.get(&(bot, spec.symbol)).copied().unwrap_or(0);
        if Side::reducing(stopline_kernel::num::Lots(own)) == Some(spec.side) {
            return broken("INV-11", format!("an entry against a position of {own}"));
        }
        Ok(())
    }

    fn transition(&mut self, moved: &Transition, entry: &Entry, coverage: &mut Coverage) -> Verdict {
        let Some(before) = self.orders.get(&moved.root).cloned() else { return Ok(()) };
        coverage.hit(format!("edge {:?} {:?} {:?}", before.life, before.ask, moved.event));
        self.numbers.extend(moved.order_id.clone().map(|number| (number, before.bot)));
        if moved.event == OrderEvent::CancelAsked {
            self.cancel(&before, moved, entry.at.mono)?;
        }
        if before.life.is_terminal()
            && !matches!((before.life, moved.life), (Life::Canceled | Life::Expired, _))
        {
            let same = before.life == moved.life;
            if !same {
                return broken(
                    "INV-07",
                    format!("{} went from {:?} to {:?}", moved.root, before.life, moved.life),
                );
            }
        }
        if moved.life == Life::Filled && before.filled == 0 {
            return broken("INV-06", format!("{} is filled, and no execution of it is booked", moved.root));
        }
        self.changed.insert(before.bot, entry.at.mono);
        if let Some(order) = self.orders.get_mut(&moved.root) {
            (order.life, order.ask) = (moved.life, moved.ask);
        }
        Ok(())
    }

    /// INV-25: an order is cancelled by the broker's number for a closing, and never for that of another bot. Of one that was
    /// called absent and arrived all the same no word has told the number.
    fn stray(&self, closing: u64, number: &BrokerOrderId) -> Verdict {
        let of = self.numbers.get(number);
        let fits = |c: &Closing| c.bot == external_bot() || of.is_none_or(|of| *of == c.bot);
        match self.closings.get(&closing) {
            Some(closing) if fits(closing) => Ok(()),
            _ => broken("INV-25", format!("order {number} of {of:?} is cancelled for closing {closing}")),
        }
    }

    /// INV-09 and 22: a stop goes last and only in a closing; no cancel is asked as fast as it can be refused.
    fn cancel(&mut self, order: &Order, moved: &Transition, now: Mono) -> Verdict {
        let of = |o: &&Order| o.bot == order.bot && o.spec.symbol == order.spec.symbol && o.is_live();
        if order.spec.leg == Leg::Stop {
            let closing = self.closings.values().any(|c| c.bot == order.bot && c.symbol == order.spec.symbol);
            if !closing {
                return broken("INV-09", format!("the stop {} was cancelled outside a closing", moved.root));
            }
            if let Some(other) = self.orders.values().filter(of).find(|o| o.spec.leg != Leg::Stop) {
                let what = other.spec.leg;
                return broken("INV-09", format!("a stop was cancelled while a {what:?} could still trade"));
            }
        }
        if let Some(order) = self.orders.get_mut(&moved.root) {
            order.cancels.retain(|at| now.since(*at).as_millis() < 1_000);
            order.cancels.push(now);
            if order.cancels.len() > CANCELS_A_SECOND {
                let n = order.cancels.len();
                return broken("INV-22", format!("{n} cancels of {} within a second", moved.root));
            }
        }
        Ok(())
    }

    fn fill(&mut self, fill: &Fill, now: Mono) {
        let exec = &fill.execution;
        *self.held.entry((fill.bot, exec.symbol)).or_default() += exec.side.sign() * exec.lots.0;
        self.changed.insert(fill.bot, now);
        if let Some(order) = fill.root.and_then(|root| self.orders.get_mut(&root)) {
            order.filled += exec.lots.0;
        }
    }

    /// What was taken back is held no more; the record says what is left.
    fn take_back(&mut self, bust: &Bust) {
        if let Some(undone) = &bust.undone {
            self.held.insert((undone.bot, undone.symbol), undone.position.0);
        }
    }

    fn lift(&mut self, scope: Scope, cause: HaltCause, who: &str) -> Verdict {
        self.halts.remove(&(scope, cause));
        if matches!(who, "start" | "calendar") {
            return Ok(());
        }
        if let Some((id, _)) = self.orders.iter().find(|(_, o)| o.life == Life::Unknown) {
            return broken("INV-13", format!("{cause:?} was lifted while {id} was unknown"));
        }
        if let Some(number) = self.closings.keys().next() {
            return broken("INV-13", format!("{cause:?} was lifted while the closing {number} was not over"));
        }
        Ok(())
    }

    fn begin_closing(&mut self, closing: &Closing) -> Verdict {
        if closing.bot == external_bot() && closing.command.is_none() {
            return broken("INV-25", "what somebody else traded is traded back without a command");
        }
        self.closings.insert(closing.number, closing.clone());
        Ok(())
    }

    /// A recovery takes its steps in their order, and begins anew with a new difference.
    fn recovery(&mut self, to: &Recovery, now: Mono) -> Verdict {
        use RecoveryStep::{Cleared, Compared, Confirmed, Halted, Hedged, Hedging, LeftToPerson};
        let from = self.recovering.map(|(step, _)| step);
        let follows = match to.step {
            Halted => matches!(from, None | Some(Confirmed | LeftToPerson)),
            Cleared => from == Some(Halted),
            Compared => from == Some(Cleared),
            Hedging => from == Some(Compared),
            Hedged => from == Some(Hedging),
            Confirmed => matches!(from, Some(Compared | Hedged)),
            LeftToPerson => matches!(from, Some(Cleared | Compared | Hedged)),
        };
        if !follows {
            return broken("INV-14", format!("a recovery went from {from:?} to {:?}", to.step));
        }
        self.recovering = Some((to.step, now));
        Ok(())
    }

    /// INV-26: a recovery is over on an answer asked for after the step before its last.
    pub(super) fn said_recovered(&self, asked: Option<Mono>) -> Verdict {
        let since = self.recovering.map(|(_, since)| since);
        match asked.is_some() && asked > since {
            true => Ok(()),
            false => broken(
                "INV-26",
                format!(
                    "a recovery is confirmed on an answer asked for at {asked:?}, its last step was at {since:?}"
                ),
            ),
        }
    }

    /// INV-26: flat is said on an answer about the account that was asked for after the last change.
    pub(super) fn said_flat(&self, number: u64, asked: Option<Mono>) -> Verdict {
        let Some(closing) = self.closings.get(&number) else { return Ok(()) };
        let last = self.changed.get(&closing.bot).copied();
        if asked.is_some() && asked > last {
            return Ok(());
        }
        broken(
            "INV-26",
            format!(
                "closing {number} is called flat on an answer asked for at {asked:?}, after a change at {last:?}"
            ),
        )
    }

    /// Whose closing it is.
    pub(super) fn closing(&self, number: u64) -> Option<(BotId, Symbol)> {
        self.closings.get(&number).map(|c| (c.bot, c.symbol))
    }

    /// Signed lots of a bot.
    pub(super) fn held(&self, bot: BotId, symbol: Symbol) -> i64 {
        self.held.get(&(bot, symbol)).copied().unwrap_or(0)
    }

    /// Lots booked to an order.
    pub(super) fn filled(&self, root: ClOrdId) -> i64 {
        self.orders.get(&root).map_or(0, |o| o.filled)
    }

    /// INV-13 at rest: under a halt no entry is left that could fill.
    pub(super) fn no_opener_under_halt(&self) -> Verdict {
        let could =
            |o: &&Order| o.is_live() && o.spec.leg.opens() && self.level(Some(o.bot)) != Level::Running;
        match self.orders.values().find(could) {
            Some(order) => broken("INV-13", format!("the entry {} works under a halt", order.spec.cl_ord_id)),
            None => Ok(()),
        }
    }

    /// Whether a halt of one of these causes stands.
    pub(super) fn is_halted_by(&self, causes: &[HaltCause]) -> bool {
        self.halts.keys().any(|(_, cause)| causes.contains(cause))
    }

    /// What the account is allowed.
    pub(super) fn account_level(&self) -> Level {
        self.level(None)
    }
}
