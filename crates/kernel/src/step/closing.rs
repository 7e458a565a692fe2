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
use crate::intent::Leg;
use crate::ledgered::{Broken, external_bot};
use crate::num::{Lots, Side};
use crate::order::Order;
use crate::record::{Closing, Record};
use crate::report::Stream;
use crate::risk::{Reduction, approve_reducing};

/// What a closing has to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Cancel these and wait.
    Cancel(Vec<ClOrdId>),
    /// Cancel these, which the broker lists and this ledger does not know, and wait.
    CancelStrays(Vec<BrokerOrderId>),
    /// Wait.
    Wait(Awaited),
    /// The closing order was refused: protect these lots again until the next one.
    Protect(Side, Lots),
    /// Send an order that closes these lots on this side.
    Close(Side, Lots),
    /// Nothing is left: have the broker confirm it.
    Confirm,
}

/// What a closing that cannot go on waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// The closing order is at the broker, and young.
    ClosingOrder,
    /// The venue refused the last closing order, or it ended a moment ago.
    NextOrder,
    /// The market is closed or halted, or stands at a limit where nobody trades with us.
    Reopening,
    /// Others stand against the position, or may have closed it.
    Whose,
    /// What bots hold in this contract is closed first.
    Bots,
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
                Move::Wait(_) => {}
                Move::Cancel(orders) => orders.into_iter().try_for_each(|order| self.cancel(order))?,
                Move::CancelStrays(orders) => self.cancel_strays(&closing, orders)?,
                Move::Close(side, lots) if first => self.send_closing(&closing, side, lots)?,
                Move::Protect(side, lots) if first => self.protect_again(&closing, side, lots)?,
                Move::Close(..) | Move::Protect(..) => {}
                Move::Confirm => self.confirm_flat(&closing)?,
            }
        }
        Ok(())
    }

    pub(super) fn next_move(&self, closing: &Closing) -> Move {
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
            return if stale.is_empty() { Move::Wait(Awaited::ClosingOrder) } else { Move::Cancel(stale) };
        }
        let strays: Vec<_> = self.strays(closing).map(|o| o.order_id.clone()).collect();
        if !strays.is_empty() && !mutant!(StraysLeft) {
            return Move::CancelStrays(strays);
        }
        let lots = ledgered.lots_of(closing.bot, closing.symbol);
        let unsure = closing.bot == external_bot() && !lots.is_zero() && self.book.link.agreed.is_none();
        if unsure || self.book.ledgered.is_opposed(closing.symbol) {
            // It may be closed already; the next comparison says whose is what.
            return Move::Wait(Awaited::Whose);
        }
        if let Some(side) = Side::reducing(lots) {
            // In a closed or halted market nothing trades: the stop stays, and the closing waits for the reopening.
            let halted = self.book.can_trade(closing.symbol, side) == Some(false) && !mutant!(ClosesInHalt);
            if halted || !self.is_open(closing.symbol) {
                return Move::Wait(Awaited::Reopening);
            }
            if let Some(last) = self.last_closing(closing).filter(|last| self.is_too_early(*last)) {
                let bare = stops.is_empty() && last.1 > 0;
                return if bare { Move::Protect(side, lots.size()) } else { Move::Wait(Awaited::NextOrder) };
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
            return if last && first { Move::Wait(Awaited::Bots) } else { Move::Confirm };
        }
        Move::Cancel(stops.iter().map(|o| o.root).collect())
    }

    fn is_stale(&self, placed: crate::time::Mono) -> bool {
        self.at.mono.since(placed) > self.book.config.timings.reprice
    }

    fn is_open(&self, symbol: Symbol) -> bool {
        let session =
            self.at.market.zip(self.book.instrument(symbol)).and_then(|(now, i)| i.sessions.at(now));
        session.is_some()
    }

    /// Orders that the broker lists and that nobody here can move: of others' closing what this ledger does not know, a
    /// person's or ours that it has lost; of a bot's what the broker had called ended before it listed it.
    fn strays(&self, closing: &Closing) -> impl Iterator<Item = &Listed> {
        let younger = self.book.link.broker_asked > self.book.link.changed;
        let stray = move |listed: &&Listed| match listed.id.and_then(|id| self.book.ledgered.order(id)) {
            None => closing.bot == external_bot(),
            Some(order) => order.bot() == closing.bot && !order.is_live() && younger,
        };
        let symbol = closing.symbol;
        self.book.link.broker_works.iter().filter(move |o| o.symbol == symbol).filter(stray)
    }

    /// Takes orders that nobody here can move off the account, each by the broker's id and not as fast as it is refused.
    fn cancel_strays(&mut self, closing: &Closing, orders: Vec<BrokerOrderId>) -> Result<(), Broken> {
        for order_id in orders {
            let asked = self.book.link.stray_asked.get(&order_id).copied();
            if self.asked_within(asked, self.book.config.timings.answer) || !self.may_send() {
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
