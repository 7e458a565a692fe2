//! Closings: from any state to flat on the broker's evidence, as a saga whose every step follows from what stands.
//!
//! It keeps no plan of its own, so a crash at any point loses nothing. It never goes past flat: entries and targets are
//! cancelled first, then the stop, and only when nothing else can trade is a closing order sent.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::Work;
use crate::book::Listed;
use crate::effect::{Effect, Ordered, Outcome};
use crate::id::{BotId, BrokerOrderId, ClOrdId, Symbol};
use crate::incident::IncidentKind;
use crate::intent::{IntentKey, Leg, Origin};
use crate::ledgered::{Broken, external_bot};
use crate::num::{Lots, Side};
use crate::order::{NewOrder, Order, OrderList};
use crate::record::{Closing, Record};
use crate::report::Stream;
use crate::risk::{Reduction, approve_reducing};
use crate::table::{Ask, Life};
use crate::time::Span;

/// What a closing has to do now.
#[derive(Debug, PartialEq, Eq)]
enum Move {
    /// Cancel these and wait.
    Cancel(Vec<ClOrdId>),
    /// Cancel these, which the broker lists and this ledger does not know, and wait.
    CancelStrays(Vec<BrokerOrderId>),
    /// Wait for the venue.
    Wait,
    /// Send an order that closes these lots on this side.
    Close(Side, Lots),
    /// Nothing is left: have the broker confirm it.
    Confirm,
}

impl Work<'_> {
    /// Begins to close a bot's position in an instrument, unless that is under way already.
    pub(super) fn begin_closing(
        &mut self,
        bot: BotId,
        symbol: Symbol,
        cause: Box<str>,
        command: Option<u64>,
    ) -> Result<(), Broken> {
        if command.is_none() && self.book.ledgered.closing(bot, symbol).is_some() {
            return Ok(());
        }
        let number = self.book.ledgered.closing_count.saturating_add(1);
        let closing = Closing { number, bot, symbol, cause, command, steps: 0, since: self.at };
        self.record(Record::ClosingBegan(Box::new(closing)))
    }

    /// Takes every closing one move further, where one can be made.
    pub(super) fn pursue_closings(&mut self) -> Result<(), Broken> {
        if self.book.ledgered.closings.is_empty() || !self.book.link.up.contains_key(&Stream::Orders) {
            return Ok(());
        }
        let mut seen = Vec::new();
        for closing in self.book.ledgered.closings.values().cloned().collect::<Vec<_>>() {
            let first = !seen.contains(&(closing.bot, closing.symbol));
            seen.push((closing.bot, closing.symbol));
            match self.next_move(&closing) {
                Move::Wait => {}
                Move::Cancel(orders) => orders.into_iter().try_for_each(|order| self.cancel(order))?,
                Move::CancelStrays(orders) => self.cancel_strays(&closing, orders)?,
                Move::Close(side, lots) if first => self.send_closing(&closing, side, lots)?,
                Move::Close(..) => {}
                Move::Confirm => self.confirm_flat(&closing)?,
            }
        }
        Ok(())
    }

    fn next_move(&self, closing: &Closing) -> Move {
        let ledgered = &self.book.ledgered;
        let own =
            ledgered.live_orders().filter(|o| o.bot() == closing.bot && o.spec.symbol == closing.symbol);
        let (stops, others): (Vec<_>, Vec<_>) = own.partition(|o| o.spec.leg == Leg::Stop);
        let (closers, openers): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|o| o.spec.leg == Leg::Flatten);
        if mutant!(StopCancelledFirst) && !stops.is_empty() {
            return Move::Cancel(stops.iter().map(|o| o.root).collect());
        }
        if !openers.is_empty() {
            return Move::Cancel(openers.iter().map(|o| o.root).collect());
        }
        if !closers.is_empty() {
            let stale = closers.iter().filter(|o| self.is_stale(o.placed.mono));
            let stale: Vec<_> = stale.map(|o| o.root).collect();
            return if stale.is_empty() { Move::Wait } else { Move::Cancel(stale) };
        }
        if closing.bot == external_bot() && !mutant!(StraysLeft) {
            let strays: Vec<_> = self.strays(closing.symbol).map(|o| o.order_id.clone()).collect();
            if !strays.is_empty() {
                return Move::CancelStrays(strays);
            }
        }
        let lots = ledgered.lots_of(closing.bot, closing.symbol);
        let unsure = closing.bot == external_bot() && !lots.is_zero() && self.book.link.agreed.is_none();
        if unsure || self.book.ledgered.is_opposed(closing.symbol) {
            // It may be closed already; the next comparison says whose is what.
            return Move::Wait;
        }
        if let Some(side) = Side::reducing(lots) {
            // In a closed market nothing trades: the stop stays, and the closing waits for the reopening.
            if !self.is_open(closing.symbol) || self.closed_lately(closing) {
                return Move::Wait;
            }
            if stops.is_empty() || mutant!(ClosesBesideStop) {
                let more = i64::from(mutant!(FlattenOvershoots));
                return Move::Close(side, Lots(lots.size().0.saturating_add(more)));
            }
        } else if stops.is_empty() {
            // What bots still close in this contract changes the account that the answer has to show.
            let last = closing.bot == external_bot();
            let first =
                ledgered.closings.values().any(|c| c.symbol == closing.symbol && c.bot != closing.bot);
            return if last && first { Move::Wait } else { Move::Confirm };
        }
        Move::Cancel(stops.iter().map(|o| o.root).collect())
    }

    /// Orders that the broker lists in a contract and this ledger does not know: a person's, or ours that it has lost.
    fn strays(&self, symbol: Symbol) -> impl Iterator<Item = &Listed> {
        let unknown = |o: &&Listed| o.id.is_none_or(|id| self.book.ledgered.order(id).is_none());
        self.book.link.broker_works.iter().filter(move |o| o.symbol == symbol).filter(unknown)
    }

    /// Takes orders that nobody here can move off the account, each by the broker's id and not as fast as it is refused.
    fn cancel_strays(&mut self, closing: &Closing, orders: Vec<BrokerOrderId>) -> Result<(), Broken> {
        for order_id in orders {
            let asked = self.book.link.stray_asked.get(&order_id).copied();
            if self.asked_within(asked, self.book.config.timings.answer) {
                continue;
            }
            self.book.link.stray_asked.insert(order_id.clone(), self.at.mono);
            let (symbol, number) = (closing.symbol, closing.number);
            let what = Ordered::CancelStray { order_id: order_id.clone(), symbol };
            let command = self.order_command(what, false);
            let (account, bot) = (self.book.config.account, closing.bot);
            let reduction = Reduction { book: self.book, account, bot, symbol, closes: None };
            if let (checks, Ok(approved)) = approve_reducing(&reduction, command) {
                self.record(Record::StrayCancelAsked { closing: number, order_id, symbol, checks })?;
                self.effect(Effect::Order(approved));
            }
            // Only a list that is younger than this says whether it is gone.
            self.book.link.changed = Some(self.at.mono);
            self.book.link.resync = true;
        }
        Ok(())
    }

    /// A closing that takes longer than it may is told, once: it goes on, and whoever reads it can look at what it waits for.
    pub(super) fn tell_stalled(&mut self) -> Result<(), Broken> {
        let (now, limit) = (self.at.mono, self.book.config.timings.flat);
        let late = |c: &&Closing| now.since(c.since.mono) > limit;
        let late: Vec<Closing> = self.book.ledgered.closings.values().filter(late).cloned().collect();
        for closing in late {
            let (number, bot, symbol) = (closing.number, closing.bot, closing.symbol);
            let name = format!("closing {number} of {bot} in {symbol} ");
            if !self.book.ledgered.incidents.values().any(|i| i.evidence.starts_with(&name)) {
                let evidence = format!("{name}is not over: {}", self.waits_for(&closing));
                self.incident(IncidentKind::ClosingStalled, &evidence)?;
            }
        }
        Ok(())
    }

    /// What a closing waits for, in words.
    fn waits_for(&self, closing: &Closing) -> &'static str {
        let (bot, symbol) = (closing.bot, closing.symbol);
        if !self.book.link.up.contains_key(&Stream::Orders) {
            return "the orders stream is down";
        }
        if !self.is_open(symbol) && !self.book.ledgered.lots_of(bot, symbol).is_zero() {
            return "the market is closed; the stop stays until it opens";
        }
        if self.book.ledgered.is_opposed(symbol) {
            return "what others hold stands against it, and the broker's account has not said whose is left";
        }
        match self.next_move(closing) {
            Move::Cancel(_) | Move::CancelStrays(_) | Move::Wait => "the broker has not confirmed a cancel",
            Move::Close(..) => "a closing order does not trade",
            Move::Confirm => "the broker's account does not show it flat",
        }
    }

    /// Asks early about what a closing waits for while a position is open: an answer that was lost must not leave the
    /// position bare for as long as an answer may take. The stop cannot stay until the closing order is known to work:
    /// both could trade.
    pub(super) fn hurry_closings(&mut self) {
        let pace = Span(self.book.config.timings.protect.0 / 4);
        let ledgered = &self.book.ledgered;
        let mut late = Vec::new();
        for closing in ledgered.closings.values() {
            let (bot, symbol) = (closing.bot, closing.symbol);
            if ledgered.lots_of(bot, symbol).is_zero() {
                continue;
            }
            let own = ledgered.live_orders().filter(|o| o.bot() == bot && o.spec.symbol == symbol);
            let waits = own
                .filter(|o| o.ask == Ask::CancelPending || matches!(o.life, Life::Submitted | Life::Unknown));
            let waits = waits.filter(|o| self.at.mono.since(o.asked.mono) > pace);
            late.extend(waits.map(|o| o.spec.cl_ord_id));
        }
        late.into_iter().for_each(|id| self.ask_order_every(id, pace));
    }

    fn is_stale(&self, placed: crate::time::Mono) -> bool {
        self.at.mono.since(placed) > self.book.config.timings.reprice
    }

    fn is_open(&self, symbol: Symbol) -> bool {
        let session =
            self.at.market.zip(self.book.instrument(symbol)).and_then(|(now, i)| i.sessions.at(now));
        session.is_some()
    }

    /// Whether a closing order was placed less than a re-pricing ago: bounds how fast refusals can repeat.
    fn closed_lately(&self, closing: &Closing) -> bool {
        if closing.steps == 0 {
            return false;
        }
        let mut orders = self.book.ledgered.orders.values().rev();
        orders.any(|o| {
            matches!(o.key.origin, Origin::Closing { bot, number, .. }
                if bot == closing.bot && number == closing.number)
                && !self.is_stale(o.placed.mono)
        })
    }

    fn send_closing(&mut self, closing: &Closing, side: Side, lots: Lots) -> Result<(), Broken> {
        let Some(venue) = self.book.ledgered.venue else { return Ok(()) };
        let step = closing.steps.saturating_add(1);
        let origin = Origin::Closing { bot: closing.bot, number: closing.number, step };
        let (account, symbol) = (self.book.config.account, closing.symbol);
        let key = IntentKey { venue, account, origin, symbol, side };
        let kind = self.book.marketable(symbol, side, self.at.market, i64::from(step));
        let cl_ord_id = key.cl_ord_id(Leg::Flatten, 0);
        let order = NewOrder { cl_ord_id, leg: Leg::Flatten, symbol, side, lots, kind };
        let list = OrderList { key, first: order, exits: Vec::new() };
        let command = self.order_command(Ordered::Place(list), false);
        let closes = Some((side, lots));
        let reduction = Reduction { book: self.book, account, bot: closing.bot, symbol, closes };
        if let (checks, Ok(approved)) = approve_reducing(&reduction, command) {
            self.within(key.decision(), |w| w.record(Record::OrderPlaced { key, order, checks }))?;
            self.effect(Effect::Order(approved));
        }
        Ok(())
    }

    /// Flat is said only with a snapshot that the broker made after our last change.
    fn confirm_flat(&mut self, closing: &Closing) -> Result<(), Broken> {
        let link = &self.book.link;
        let newest = link.changed.max(Some(closing.since.mono).filter(|m| *m <= self.at.mono));
        let confirmed =
            link.broker_asked.is_some_and(|asked| Some(asked) > newest) || mutant!(FlatFromOwnBook);
        if !confirmed {
            if !self.asked_within(
                link.snapshot_asked.filter(|m| Some(*m) > newest),
                self.book.config.timings.answer,
            ) {
                self.ask_snapshot();
            }
            return Ok(());
        }
        let theirs = link.broker.get(&closing.symbol).copied().unwrap_or(Lots::ZERO);
        let settled = theirs == self.book.ledgered.net(closing.symbol) && !self.still_works(closing);
        if !settled && !mutant!(FlatFromOwnBook) {
            // The difference is reconciliation's to settle; until then nothing is called flat.
            return Ok(());
        }
        let evidence: Box<str> =
            format!("the broker reports {theirs} lots of {} and no order of {}", closing.symbol, closing.bot)
                .into();
        self.record(Record::ClosingEnded { number: closing.number, evidence: evidence.clone() })?;
        self.answer_closing(closing, evidence);
        Ok(())
    }

    /// Whether the broker lists an order that could trade for whose closing it is; what this ledger does not know is others'.
    fn still_works(&self, closing: &Closing) -> bool {
        self.book.link.broker_works.iter().any(|listed| {
            let known = listed.id.and_then(|id| self.book.ledgered.order(id));
            listed.symbol == closing.symbol && known.map_or(external_bot(), Order::bot) == closing.bot
        })
    }

    /// Answers the command once the last of its closings is over.
    fn answer_closing(&mut self, closing: &Closing, evidence: Box<str>) {
        let more = self.book.ledgered.closings.values().any(|c| c.command == closing.command);
        if let Some(command) = closing.command
            && !more
        {
            self.answer(command, Outcome::Done { evidence });
        }
    }
}
