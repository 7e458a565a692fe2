//! `apply`: the one way in which a record changes what is remembered, live and after a restart alike.
//!
//! It never decides and never asks for anything; a record that does not fit is [`Broken`], and the lane must not run
//! on from there.

use core::fmt;

use super::{Booked, Ledgered, external_bot};
use crate::halt::{HaltCause, Scope};
use crate::id::{BotId, ClOrdId, Symbol};
use crate::intent::{Intent, IntentKey, Wish};
use crate::num::{Lots, Overflow, Side};
use crate::order::{NewOrder, Order};
use crate::record::{Allocation, Bust, Closing, Entry, Fill, Record, RecoveryStep, Transition};
use crate::report::Welcome;
use crate::table::Life;
use crate::time::{Mono, Stamp};

/// A record that cannot follow the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Records are numbered without gaps.
    Sequence {
        /// The number that had to come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// It speaks of an order that was never placed.
    NoSuchOrder(ClOrdId),
    /// It books an execution a second time.
    BookedTwice,
    /// A sum left its range.
    Overflow,
}

impl From<Overflow> for Broken {
    fn from(_: Overflow) -> Broken {
        Broken::Overflow
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Sequence { expected, found } => write!(f, "record {found} where {expected} had to come"),
            Broken::NoSuchOrder(id) => write!(f, "it speaks of order {id}, which was never placed"),
            Broken::BookedTwice => f.write_str("it books an execution a second time"),
            Broken::Overflow => f.write_str("a sum leaves its range"),
        }
    }
}

impl Ledgered {
    /// Takes one record in.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Broken> {
        let expected = self.seq.saturating_add(1);
        if entry.seq != expected {
            return Err(Broken::Sequence { expected, found: entry.seq });
        }
        self.apply_record(entry)?;
        self.seq = entry.seq;
        Ok(())
    }

    fn apply_record(&mut self, entry: &Entry) -> Result<(), Broken> {
        match &entry.record {
            Record::Started { .. } => self.begin_process(entry.at.mono),
            Record::Configured(config) => self.config = Some((**config).clone()),
            Record::VenueKnown(welcome) => self.know_venue(welcome),
            Record::DayBegan { day, equity, settled } => self.begin_day(*day, *equity, *settled, entry.at),
            Record::EquityRose { equity } => self.note_high(*equity),
            Record::Decided { key, intent, denied: None, .. } => self.intend(key, intent)?,
            Record::OrderPlaced { key, order, .. } => self.place(*key, *order, entry.at),
            Record::ReplaceAsked { root, to, .. } => self.ask_replace(*root, *to, entry.at)?,
            Record::Transition(t) => self.transition(t, entry.at)?,
            Record::Filled(fill) => self.book(fill, entry.at)?,
            Record::Busted(bust) => self.take_back(bust)?,
            Record::Allocated(allocation) => self.allocate(allocation)?,
            Record::Transferred { amount, .. } => self.transfer(*amount)?,
            Record::ClosingBegan(closing) => self.begin_closing(closing),
            Record::ClosingEnded { number, .. } => drop(self.closings.remove(number)),
            Record::RecoveryMoved(recovery) => {
                let over = recovery.step == RecoveryStep::Confirmed;
                self.recovery = (!over).then(|| (**recovery).clone());
            }
            Record::HaltSet(halt) => self.halts.set((**halt).clone()),
            Record::HaltLifted { scope, cause, .. } => self.lift(*scope, *cause),
            Record::IncidentOpened(incident) => {
                self.incident_count = self.incident_count.max(incident.number);
                self.incidents.insert(incident.number, (**incident).clone());
            }
            Record::IncidentClosed { number, .. } => drop(self.incidents.remove(number)),
            Record::BotSaved { bot, state } => drop(self.bot_states.insert(*bot, state.clone())),
            Record::Snapshot(_) => self.snapshot_seq = entry.seq,
            Record::Sized { .. }
            | Record::Decided { .. }
            | Record::Impossible { .. }
            | Record::StrayCancelAsked { .. }
            | Record::Commanded(_)
            | Record::StreamChanged(_)
            | Record::Agreed { .. }
            | Record::BotChanged { .. } => {}
        }
        Ok(())
    }

    /// Another boot's monotonic clock may have been ahead of this one's. What lies after this start by its number counts
    /// as of this start, or no wait for it would end. Nobody waits any more for the last process's replies.
    fn begin_process(&mut self, now: Mono) {
        let held = |at: &mut Stamp| at.mono = at.mono.min(now);
        for order in self.orders.values_mut() {
            held(&mut order.placed);
            held(&mut order.asked);
            held(&mut order.out);
            order.unknown_since.iter_mut().for_each(held);
        }
        self.hold_pace(now);
        for closing in self.closings.values_mut() {
            held(&mut closing.since);
            closing.command = None;
        }
        self.recovery.iter_mut().for_each(|recovery| held(&mut recovery.since));
    }

    /// Whoever lifts the halt of a disagreement has settled it: a recovery that waits for a person waits no more.
    fn lift(&mut self, scope: Scope, cause: HaltCause) {
        self.halts.lift(scope, cause);
        self.forget_trouble(scope, cause);
        if scope == Scope::Account && cause == HaltCause::Disagreement {
            self.recovery = None;
        }
    }

    fn know_venue(&mut self, welcome: &Welcome) {
        if self.venue != Some(welcome.venue) {
            // Another life of the venue may stand at another time.
            self.settled = None;
        }
        self.venue = Some(welcome.venue);
        self.instruments = welcome.instruments.iter().map(|i| (i.symbol, i.clone())).collect();
    }

    /// An accepted entry moves the intended position; an exit makes it flat. Nothing else does.
    fn intend(&mut self, key: &IntentKey, intent: &Intent) -> Result<(), Overflow> {
        let slot = self.intended_slot(key.origin.bot(), key.symbol);
        match intent.wish {
            Wish::Enter(_) if mutant!(IntendedFromFills) => {}
            Wish::Enter(entry) => *slot = slot.plus(entry.side.signed(entry.lots)?)?,
            Wish::Exit => *slot = Lots::ZERO,
            Wish::Cancel { .. } | Wish::Modify { .. } | Wish::Hold => {}
        }
        Ok(())
    }

    fn intended_slot(&mut self, bot: BotId, symbol: Symbol) -> &mut Lots {
        self.intended.entry(symbol).or_default().entry(bot).or_default()
    }

    fn place(&mut self, key: IntentKey, spec: NewOrder, at: Stamp) {
        // The same id again: the first one is proven never to have arrived.
        let lost = self.orders.get(&spec.cl_ord_id).map(|lost| lost.resent.saturating_add(1));
        let order = Order { resent: lost.unwrap_or(0), ..Order::draft(key, spec, at) };
        if spec.leg.opens() {
            self.note_opening(key.origin.bot(), at);
        }
        if let crate::intent::Origin::Closing { number, step, .. } = key.origin
            && let Some(closing) = self.closings.get_mut(&number)
        {
            closing.steps = closing.steps.max(step);
        }
        self.live.insert(order.root);
        self.orders.insert(order.root, order);
    }

    fn ask_replace(&mut self, root: ClOrdId, to: NewOrder, at: Stamp) -> Result<(), Broken> {
        let order = self.orders.get_mut(&root).ok_or(Broken::NoSuchOrder(root))?;
        order.pending = Some(to);
        order.revision = order.revision.saturating_add(1);
        (order.asked, order.out) = (at, at);
        let bot = order.bot();
        self.revisions.insert(to.cl_ord_id, root);
        self.note_opening(bot, at);
        Ok(())
    }

    fn transition(&mut self, t: &Transition, at: Stamp) -> Result<(), Broken> {
        use crate::table::OrderEvent;
        self.note_trouble(t.root, t, at);
        let order = self.orders.get_mut(&t.root).ok_or(Broken::NoSuchOrder(t.root))?;
        let (was_unknown, was_draft) = (order.life == Life::Unknown, order.life == Life::Draft);
        let mut regrown = None;
        (order.life, order.ask) = (t.life, t.ask);
        match t.event {
            OrderEvent::ReplaceDone => {
                if let Some(granted) = order.pending.take() {
                    let more = granted.side.signed(granted.lots.minus(order.spec.lots)?)?;
                    order.spec = granted;
                    // An exit is worth what its entry has filled, whatever is written on it.
                    if granted.leg.opens() {
                        order.worth = granted.lots;
                        regrown = Some((order.bot(), granted.symbol, more));
                    }
                }
            }
            OrderEvent::ReplaceRefused => order.pending = None,
            OrderEvent::CancelAsked => order.asked = at,
            // The send of a cancel makes nothing live: it must not push the order's own time-outs away.
            OrderEvent::Sent if !was_draft => {}
            OrderEvent::Sent | OrderEvent::Silence => (order.asked, order.out) = (at, at),
            _ => {}
        }
        order.absent |= t.event == OrderEvent::ProvenAbsent;
        if let Some(worth) = t.worth {
            order.worth = worth;
        }
        if t.order_id.is_some() {
            order.order_id.clone_from(&t.order_id);
        }
        match (was_unknown, t.life == Life::Unknown) {
            (false, true) => order.unknown_since = Some(at),
            (true, false) => order.unknown_since = None,
            _ => {}
        }
        if order.life.is_terminal() {
            order.pending = None;
            if self.live.remove(&t.root) && t.life != Life::Filled {
                self.give_up(t.root)?;
            }
        }
        if let Some((bot, symbol, more)) = regrown {
            let slot = self.intended_slot(bot, symbol);
            *slot = slot.plus(more)?;
        }
        Ok(())
    }

    /// What an entry did not get before it ended is not wanted any more.
    fn give_up(&mut self, root: ClOrdId) -> Result<(), Overflow> {
        let Some(order) = self.orders.get_mut(&root) else { return Ok(()) };
        let (bot, spec, rest) = (order.bot(), order.spec, order.remaining());
        if !spec.leg.opens() {
            return Ok(());
        }
        order.given_up = rest;
        let short = self.want_less(bot, spec.symbol, spec.side.opposite(), rest)?;
        self.overdraw(bot, spec.symbol, short)
    }

    /// A fill that was on its way when its entry ended brings back what had been given up too early, less what was
    /// overdrawn until it came.
    fn want_again(&mut self, root: ClOrdId, lots: Lots) -> Result<(), Overflow> {
        let Some(order) = self.orders.get_mut(&root) else { return Ok(()) };
        let (bot, spec, again) = (order.bot(), order.spec, lots.min(order.given_up));
        order.given_up = order.given_up.minus(again)?;
        let owed = self.overdrawn.get_mut(&spec.symbol).and_then(|by_bot| by_bot.get_mut(&bot));
        let paid = owed.as_deref().map_or(Lots::ZERO, |owed| again.min(*owed));
        if let Some(owed) = owed {
            *owed = owed.minus(paid)?;
        }
        let slot = self.intended_slot(bot, spec.symbol);
        *slot = slot.plus(spec.side.signed(again.minus(paid)?)?)?;
        Ok(())
    }

    fn overdraw(&mut self, bot: BotId, symbol: Symbol, lots: Lots) -> Result<(), Overflow> {
        if lots.is_zero() || self.closing(bot, symbol).is_some() {
            return Ok(());
        }
        let owed = self.overdrawn.entry(symbol).or_default().entry(bot).or_default();
        *owed = owed.plus(lots)?;
        Ok(())
    }

    fn book(&mut self, fill: &Fill, at: Stamp) -> Result<(), Broken> {
        let exec = &fill.execution;
        if self.knows(exec) {
            return Err(Broken::BookedTwice);
        }
        let (root, bot, fee, time) = (fill.root, fill.bot, fill.fee, exec.time.or(at.market));
        self.executions
            .insert(exec.exec_id.clone(), Booked { execution: exec.clone(), root, bot, fee, time });
        if let Some(root) = fill.root {
            let order = self.orders.get_mut(&root).ok_or(Broken::NoSuchOrder(root))?;
            let begins = order.spec.leg.opens() && order.done().is_zero();
            order.add_fill(exec.lots, exec.price)?;
            if mutant!(IntendedFromFills) && order.spec.leg.opens() {
                let slot = self.intended.entry(exec.symbol).or_default().entry(fill.bot).or_default();
                *slot = slot.plus(exec.side.signed(exec.lots)?)?;
            }
            if begins {
                self.note_trade();
            }
            self.want_again(root, exec.lots)?;
        }
        let by_bot = self.positions.entry(exec.symbol).or_default();
        by_bot.entry(fill.bot).or_default().fill(exec.side, exec.lots, exec.price)?;
        self.realised = self.realised.plus(fill.realised)?;
        self.fees = self.fees.plus(fill.fee)?;
        self.note_result(fill.bot, exec.symbol, fill.realised.minus(fill.fee)?)?;
        self.exit_intended(fill)?;
        Ok(())
    }

    /// What was booked stays in the ledger; from here on it counts no more. The order that traded stays where it is: the
    /// venue does not bring it back.
    fn take_back(&mut self, bust: &Bust) -> Result<(), Broken> {
        self.busted.insert(bust.exec.clone());
        let Some(Booked { execution, root, bot, .. }) = self.executions.remove(&bust.exec) else {
            return Ok(());
        };
        let by_bot = self.positions.entry(execution.symbol).or_default();
        by_bot.entry(bot).or_default().take_back(execution.side, execution.lots, execution.price)?;
        if let Some(undone) = &bust.undone {
            self.realised = self.realised.plus(undone.realised)?;
            self.fees = self.fees.minus(undone.fee)?;
            self.note_result(bot, execution.symbol, undone.realised.plus(undone.fee)?)?;
        }
        let mut opened = false;
        if let Some(order) = root.and_then(|root| self.orders.get_mut(&root)) {
            order.take_back(execution.lots, execution.price, bust.by.is_some())?;
            opened = order.spec.leg.opens() && bust.by.is_none();
        }
        if opened {
            self.want_less(bot, execution.symbol, execution.side.opposite(), execution.lots)?;
        }
        Ok(())
    }

    /// Moves lots from the external position to a bot's. What was wanted of the bot is what is left.
    fn allocate(&mut self, a: &Allocation) -> Result<(), Overflow> {
        let by_bot = self.positions.entry(a.symbol).or_default();
        by_bot.entry(external_bot()).or_default().fill(a.side.opposite(), a.lots, a.price)?;
        by_bot.entry(a.to).or_default().fill(a.side, a.lots, a.price)?;
        self.realised = self.realised.plus(a.realised)?;
        self.note_result(a.to, a.symbol, a.realised)?;
        self.want_less(a.to, a.symbol, a.side, a.lots).map(drop)
    }

    /// Lots that trade against what is wanted leave less of it, and never turn it; gives the lots that were too many.
    fn want_less(&mut self, bot: BotId, symbol: Symbol, side: Side, lots: Lots) -> Result<Lots, Overflow> {
        let slot = self.intended_slot(bot, symbol);
        if Side::reducing(*slot) != Some(side) {
            return Ok(lots);
        }
        let less = Lots(lots.0.min(slot.size().0));
        *slot = slot.plus(side.signed(less)?)?;
        lots.minus(less)
    }

    /// A bracket's own stop or target trading is the exit that the accepted intent asked for; so is a closing order.
    fn exit_intended(&mut self, fill: &Fill) -> Result<(), Overflow> {
        let leg = fill.root.and_then(|root| self.orders.get(&root)).map(|o| o.spec.leg);
        let Some(leg) = leg.filter(|leg| !leg.opens()) else { return Ok(()) };
        let (symbol, side) = (fill.execution.symbol, fill.execution.side);
        let short = self.want_less(fill.bot, symbol, side, fill.execution.lots)?;
        // A closing order closes what is held, whatever is wanted.
        if leg == crate::intent::Leg::Flatten { Ok(()) } else { self.overdraw(fill.bot, symbol, short) }
    }

    fn begin_closing(&mut self, closing: &Closing) {
        self.closing_count = self.closing_count.max(closing.number);
        *self.intended_slot(closing.bot, closing.symbol) = Lots::ZERO;
        self.overdrawn.get_mut(&closing.symbol).and_then(|by_bot| by_bot.remove(&closing.bot));
        let own = |o: &&mut Order| o.bot() == closing.bot && o.spec.symbol == closing.symbol;
        self.orders.values_mut().filter(own).for_each(|order| order.given_up = Lots::ZERO);
        self.closings.insert(closing.number, closing.clone());
    }
}
