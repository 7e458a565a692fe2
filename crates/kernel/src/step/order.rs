//! Orders move here, and only by the table; executions are booked here, and only once.
//!
//! What the table refuses is recorded as impossible, becomes an incident, and halts new risk. It is never passed over
//! and never a panic.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::{Work, or_broken};
use crate::effect::{BotEvent, Effect, OrderCommand, Ordered};
use crate::halt::{HaltCause, Level};
use crate::id::{BrokerOrderId, ClOrdId};
use crate::incident::IncidentKind;
use crate::input::{NotSent, Sending};
use crate::intent::Leg;
use crate::ledgered::{Broken, external_bot};
use crate::num::{Lots, Money, Ticks};
use crate::order::{Execution, NewOrder, Payload};
use crate::record::{Fill, Record, Stamps, Transition};
use crate::risk::Check;
use crate::table::{Life, Next, OrderEvent, next};
use crate::time::Mono;

/// News of an order, as far as its source told it.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) worth: Option<Lots>,
    pub(super) order_id: Option<BrokerOrderId>,
    pub(super) reason: Option<Box<str>>,
    pub(super) not_sent: Option<NotSent>,
    pub(super) payload: Option<Payload>,
    pub(super) stamps: Stamps,
    /// Whether a fill stands in the place of one that was taken back, so that it moves no order again.
    pub(super) corrects: bool,
}

impl Work<'_> {
    /// Moves an order by an event of our own making.
    pub(super) fn move_order(&mut self, root: ClOrdId, event: OrderEvent) -> Result<(), Broken> {
        self.move_by(root, event, News::default())
    }

    /// Moves an order as the table says; gives a record only when something changed.
    pub(super) fn move_by(&mut self, root: ClOrdId, event: OrderEvent, news: News) -> Result<(), Broken> {
        let Some(order) = self.book.ledgered.orders.get(&root) else { return Ok(()) };
        let (life, ask) = (order.life, order.ask);
        let worth = news.worth.filter(|_| !is_overtaken(life, event));
        let regrown = worth.is_some_and(|worth| worth != order.worth);
        let named = news.order_id.is_some() && news.order_id != order.order_id;
        // The word on a replace counts whatever has been asked for since: it says which id the order has now.
        let settles =
            order.pending.is_some() && matches!(event, OrderEvent::ReplaceDone | OrderEvent::ReplaceRefused);
        let (life, ask) = match next(life, ask, event) {
            Next::To(life, ask) => (life, ask),
            Next::Stay if (regrown || named || settles) && !life.is_terminal() => (life, ask),
            // The venue's word can overtake ours; the stamps of the send are kept all the same, so that no way has a gap.
            Next::Stay if event == OrderEvent::Sent => (life, ask),
            Next::Stay => return Ok(()),
            Next::Illegal => {
                let payload = news.payload;
                return self.impossible(root, Record::Impossible { root, life, ask, event, payload });
            }
        };
        self.book.link.changed = Some(self.at.mono);
        self.record(Record::Transition(Box::new(Transition {
            root,
            event,
            life,
            ask,
            worth,
            order_id: news.order_id,
            reason: news.reason,
            not_sent: news.not_sent,
            payload: news.payload,
            stamps: news.stamps,
        })))
    }

    fn impossible(&mut self, root: ClOrdId, record: Record) -> Result<(), Broken> {
        let evidence = match &record {
            Record::Impossible { life, ask, event, .. } => format!("{root}: {event:?} at {life:?}, {ask:?}"),
            _ => format!("{root}"),
        };
        self.record(record)?;
        self.incident(IncidentKind::ImpossibleTransition, &evidence)?;
        self.halt_account(Level::ReduceOnly, HaltCause::Impossible, &evidence)
    }

    pub(super) fn sent(&mut self, orders: &[ClOrdId], durable: Mono, sent: Mono) -> Result<(), Broken> {
        let stamps = Stamps { durable: Some(durable), sent: Some(sent), ..Stamps::default() };
        for id in orders {
            if let Some((root, decision)) = self.book.ledgered.order(*id).map(|o| (o.root, o.decision())) {
                let news = News { stamps, ..News::default() };
                self.within(decision, |w| w.move_by(root, OrderEvent::Sent, news))?;
            }
        }
        Ok(())
    }

    /// No byte of it left: the order never was, or the request never was.
    pub(super) fn not_sent(&mut self, orders: &[ClOrdId], what: Sending, why: NotSent) -> Result<(), Broken> {
        let event = match what {
            Sending::Place => OrderEvent::NotSent,
            Sending::Cancel => OrderEvent::CancelRefused,
            Sending::Replace => OrderEvent::ReplaceRefused,
        };
        for id in orders {
            if let Some((root, decision)) = self.book.ledgered.order(*id).map(|o| (o.root, o.decision())) {
                let news = News { not_sent: Some(why), ..News::default() };
                self.within(decision, |w| w.move_by(root, event, news))?;
            }
        }
        Ok(())
    }

    pub(super) fn ask_replace(
        &mut self,
        root: ClOrdId,
        to: NewOrder,
        checks: Vec<Check>,
    ) -> Result<(), Broken> {
        self.record(Record::ReplaceAsked { root, to, checks })?;
        self.move_order(root, OrderEvent::ReplaceAsked)
    }

    /// Books an execution unless its ExecID is booked already, then moves its order. `tag` is the id of ours that the
    /// venue named with it, known or not.
    pub(super) fn book_execution(
        &mut self,
        root: Option<ClOrdId>,
        tag: Option<ClOrdId>,
        execution: &Execution,
        news: News,
    ) -> Result<(), Broken> {
        let dedupe = !mutant!(NoDedupe);
        if let Some(booked) = self.book.ledgered.executions.get(&execution.exec_id).filter(|_| dedupe) {
            return self.same_execution(&booked.execution.clone(), execution);
        }
        if self.book.ledgered.knows(execution) && dedupe {
            return Ok(());
        }
        mutant!(DedupeByOrderId => if self.has_traded(root) { return Ok(()) });
        mutant!(FillDroppedInCancelPending => if self.is_being_cancelled(root) { return Ok(()) });
        mutant!(FillAfterEndDropped => if self.has_ended(root) { return Ok(()) });
        if execution.lots.0 <= 0 {
            let why = format!("{} trades {} lots", execution.exec_id, execution.lots);
            return self.unreadable(&why, news.payload.as_deref().unwrap_or(""));
        }
        let bot =
            root.and_then(|root| self.book.ledgered.orders.get(&root)).map_or(external_bot(), |o| o.bot());
        let fill = self.fill_record(root, execution, bot, &news)?;
        self.book.link.changed = Some(self.at.mono);
        self.record(Record::Filled(Box::new(fill)))?;
        let Some(root) = root else { return self.foreign_fill(execution, tag) };
        self.after_fill(root, execution, news)?;
        if self.is_let_in(bot)
            && let Some(now) = self.at.market
        {
            let view = self.book.view(bot, execution.symbol, now);
            let (side, lots, price) = (execution.side, execution.lots, execution.price);
            self.effect(Effect::Bot(bot, BotEvent::Fill { side, lots, price, view }));
        }
        Ok(())
    }

    /// An ExecID is one execution for ever. One that comes again as another trade is a trade we cannot book.
    fn same_execution(&mut self, booked: &Execution, told: &Execution) -> Result<(), Broken> {
        let facts = |e: &Execution| (e.symbol, e.side, e.lots, e.price);
        if facts(booked) == facts(told) {
            return Ok(());
        }
        let words =
            |e: &Execution| format!("{} {} {} at {} ticks", e.side.word(), e.lots, e.symbol, e.price.0);
        let evidence = format!("{}: {} is booked, and {} is told", told.exec_id, words(booked), words(told));
        self.incident(IncidentKind::IdReused, &evidence)?;
        self.halt_account(Level::ReduceOnly, HaltCause::Impossible, &evidence)
    }

    fn fill_record(
        &self,
        root: Option<ClOrdId>,
        execution: &Execution,
        bot: crate::id::BotId,
        news: &News,
    ) -> Result<Fill, Broken> {
        let by_bot = self.book.ledgered.positions.get(&execution.symbol);
        let mut position = by_bot.and_then(|b| b.get(&bot)).cloned().unwrap_or_default();
        let ticks = or_broken(position.fill(execution.side, execution.lots, execution.price))?;
        let instrument = self.book.instrument(execution.symbol);
        let tick_value = instrument.map_or(Money::ZERO, |i| i.tick_value);
        let usual = instrument.map_or(Ok(Money::ZERO), |i| i.fee.times(execution.lots.0));
        Ok(Fill {
            execution: execution.clone(),
            root,
            bot,
            order_id: news.order_id.clone(),
            position: position.lots(),
            realised: or_broken(tick_value.times(ticks))?,
            fee: execution.fee.map_or(or_broken(usual)?, |fee| fee),
            decided_at: self.decision_price(root),
            stamps: news.stamps,
            payload: news.payload.clone(),
        })
    }

    /// The price an order was meant to trade at: its own, or for a market order the last trade now.
    fn decision_price(&self, root: Option<ClOrdId>) -> Option<Ticks> {
        let order = self.book.ledgered.orders.get(&root?)?;
        let last = self.book.market.quotes.get(&order.spec.symbol).and_then(|q| q.last);
        order.spec.kind.price().or(last)
    }

    fn after_fill(&mut self, root: ClOrdId, execution: &Execution, news: News) -> Result<(), Broken> {
        let Some(order) = self.book.ledgered.orders.get(&root) else { return Ok(()) };
        let (filled, lots, life) = (order.filled, order.spec.lots, order.life);
        let event = if self.is_all_traded(root, news.worth) {
            OrderEvent::FullyFilled
        } else {
            OrderEvent::PartFilled
        };
        // An exit that was done was done with what its entry gave it, whatever is written on it.
        let done = life == Life::Filled && !news.corrects;
        if filled > lots || done {
            let again = if done { " after it was done" } else { "" };
            let evidence = format!("{root}: {filled} lots traded of {lots}{again}, booked all the same");
            self.incident(IncidentKind::OverFill, &evidence)?;
            self.halt_account(Level::ReduceOnly, HaltCause::Impossible, &evidence)?;
        }
        if life == Life::Rejected {
            let evidence = format!("{root} was refused or never sent, and {} traded", execution.exec_id);
            self.incident(IncidentKind::FillAfterRefusal, &evidence)?;
        }
        if done || news.corrects {
            // Booked, and raised above if it had to be; the order has nowhere to go.
            return Ok(());
        }
        self.move_by(root, event, News { reason: None, ..news })
    }

    /// An exit is done when it has traded what its entry gave it and the entry will give no more.
    pub(super) fn is_all_traded(&self, root: ClOrdId, worth: Option<Lots>) -> bool {
        let Some(order) = self.book.ledgered.orders.get(&root) else { return false };
        let exit = matches!(order.spec.leg, Leg::Stop | Leg::Target);
        let entry = order.key.cl_ord_id(Leg::Entry, 0);
        let entry_ended = self.book.ledgered.orders.get(&entry).is_none_or(|e| !e.is_live());
        let worth = worth.unwrap_or(order.worth);
        order.done() >= order.spec.lots
            || (exit && entry_ended && order.done() >= worth && worth > Lots::ZERO)
    }
}

/// Whether a word on an order was overtaken by a later one, so that what it says of quantities is no longer so: an exit is
/// received and held with nothing, before its entry trades.
const fn is_overtaken(life: Life, event: OrderEvent) -> bool {
    matches!(
        (event, life),
        (OrderEvent::Received, Life::Suspended | Life::Working) | (OrderEvent::Held, Life::Working)
    )
}

/// Takes back a command that was approved and recorded but may not go out any more.
pub(crate) fn give_back(work: &mut Work<'_>, command: &OrderCommand, why: NotSent) -> Result<(), Broken> {
    let orders: Vec<ClOrdId> = match &command.what {
        Ordered::Replace { order, .. } => alloc::vec![*order],
        other => other.orders(),
    };
    work.not_sent(&orders, command.what.sending(), why)
}
