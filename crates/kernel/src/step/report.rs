//! What the venue says: streams coming and going, and news of single orders.
//!
//! A report that fits no order of ours is never dropped: it is an incident. A stream that ends leaves every open
//! request Unknown.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::Work;
use super::order::News;
use crate::effect::{Effect, Query};
use crate::halt::{HaltCause, Level};
use crate::id::{BrokerOrderId, ClOrdId};
use crate::incident::IncidentKind;
use crate::ledgered::Broken;
use crate::order::Execution;
use crate::record::{Record, Stamps, StreamChange};
use crate::report::{ExecType, ExecutionReport, Report, Stream, Welcome};
use crate::table::OrderEvent;
use crate::time::Span;

/// The shortest time between two questions that frames which could not be read lead to.
const RESYNC_PACE: Span = Span::millis(100);

/// The order event that a word of the venue stands for; trades and unknown words stand for none.
pub(super) fn event_of(what: &ExecType) -> Option<OrderEvent> {
    match what {
        ExecType::Received => Some(OrderEvent::Received),
        ExecType::Held => Some(OrderEvent::Held),
        ExecType::Accepted => Some(OrderEvent::Accepted),
        ExecType::CancelSeen => Some(OrderEvent::CancelSeen),
        ExecType::CancelRefused { .. } if mutant!(CancelRefusedEndsOrder) => Some(OrderEvent::CancelDone),
        ExecType::CancelRefused { .. } => Some(OrderEvent::CancelRefused),
        ExecType::CancelDone => Some(OrderEvent::CancelDone),
        ExecType::ReplaceRefused { .. } if mutant!(ReplaceRefusedEndsOrder) => Some(OrderEvent::Refused),
        ExecType::ReplaceRefused { .. } => Some(OrderEvent::ReplaceRefused),
        ExecType::ReplaceDone => Some(OrderEvent::ReplaceDone),
        ExecType::Refused { .. } => Some(OrderEvent::Refused),
        ExecType::Elapsed => Some(OrderEvent::Elapsed),
        ExecType::Trade(_)
        | ExecType::Busted { .. }
        | ExecType::Corrected { .. }
        | ExecType::Completed
        | ExecType::Unrecognised { .. } => None,
    }
}

fn reason_of(what: &ExecType) -> Option<Box<str>> {
    match what {
        ExecType::CancelRefused { reason }
        | ExecType::ReplaceRefused { reason }
        | ExecType::Refused { reason } => Some(reason.clone()),
        _ => None,
    }
}

impl Work<'_> {
    pub(super) fn report(&mut self, report: &Report) -> Result<(), Broken> {
        match report {
            Report::Up { stream, epoch, welcome } => self.stream_up(*stream, *epoch, welcome),
            Report::Down { stream, epoch, why } => self.stream_down(*stream, *epoch, why),
            Report::Order(report) => self.order_report(report),
            Report::Snapshot(snapshot) => self.snapshot(snapshot),
            Report::OrderStatus(status) => self.order_status(status),
            Report::MarketStatus(told) => {
                self.market_status(told);
                Ok(())
            }
            Report::Unreadable { why, payload } => self.unreadable(why, payload),
        }
    }

    fn stream_up(&mut self, stream: Stream, epoch: u64, welcome: &Welcome) -> Result<(), Broken> {
        let before = self.book.link.up.insert(stream, epoch);
        let replaced = before.is_some_and(|before| before != epoch);
        self.book.link.down_since.remove(&stream);
        let ledgered = &self.book.ledgered;
        if ledgered.venue != Some(welcome.venue) {
            // Another life of the venue may stand at another time: what was newest there is not newest here.
            self.book.market.quotes.clear();
        }
        let known = ledgered.venue == Some(welcome.venue)
            && welcome.instruments.iter().all(|i| ledgered.instruments.get(&i.symbol) == Some(i));
        if !known {
            self.record(Record::VenueKnown(Box::new(welcome.clone())))?;
        }
        self.stream_changed(stream, epoch, true, "connected")?;
        mutant!(ReconnectEndsUnknown => self.cancel_unknown()?);
        match stream {
            Stream::Quotes => {
                self.book.market.statuses.clear();
                self.bars_are_broken();
            }
            Stream::Orders => {
                if replaced {
                    self.silence_open_requests()?;
                }
                (self.book.link.agreed, self.book.link.snapshot_asked) = (None, None);
                self.book.link.order_asked.clear();
                self.book.link.cancel_asked.clear();
                self.ask_snapshot();
            }
        }
        Ok(())
    }

    fn stream_down(&mut self, stream: Stream, epoch: u64, why: &str) -> Result<(), Broken> {
        // Several may see one connection end; an end that is not the present connection's is old news.
        if self.book.link.up.get(&stream).is_some_and(|present| *present != epoch) {
            return Ok(());
        }
        let was_up = self.book.link.up.remove(&stream).is_some();
        let mono = self.at.mono;
        self.book.link.down_since.entry(stream).or_insert(mono);
        if !was_up {
            return Ok(());
        }
        self.stream_changed(stream, epoch, false, why)?;
        if stream == Stream::Quotes {
            // What was told over it may have changed since, and nobody would hear of that.
            self.book.market.statuses.clear();
        }
        if stream == Stream::Orders {
            self.book.link.agreed = None;
            self.book.link.snapshot_asked = None;
            self.silence_open_requests()?;
        }
        Ok(())
    }

    /// The record of a disconnect lists what stood: live orders, positions, and what of them was protected.
    fn stream_changed(&mut self, stream: Stream, epoch: u64, up: bool, why: &str) -> Result<(), Broken> {
        let ledgered = &self.book.ledgered;
        let positions = ledgered
            .open_positions()
            .map(|(bot, symbol, position)| (bot, symbol, position.lots(), ledgered.protected(bot, symbol)));
        let change = StreamChange {
            stream,
            epoch,
            up,
            why: why.into(),
            live: ledgered.live.iter().copied().collect(),
            positions: positions.collect(),
        };
        self.record(Record::StreamChanged(Box::new(change)))?;
        // Whoever looks last sees how things stood when the connection went.
        self.show();
        Ok(())
    }

    /// Asks for the whole account, once in a moment: an answer to a second question of the same moment could prove no more,
    /// and while a clock stands still it would lead to the next.
    pub(super) fn ask_snapshot(&mut self) {
        if self.book.link.snapshot_asked == Some(self.at.mono) && !mutant!(ResyncUnpaced) {
            self.book.link.resync = true;
            return;
        }
        if self.book.link.up.contains_key(&Stream::Orders) {
            self.book.link.snapshot_asked = Some(self.at.mono);
            self.book.link.resync = false;
            self.effect(Effect::Query(Query::Snapshot));
        }
    }

    /// Asks for the whole account if something was lost, but not as fast as a peer can talk nonsense.
    pub(super) fn resync(&mut self) {
        if self.book.link.resync && !self.asked_within(self.book.link.snapshot_asked, RESYNC_PACE) {
            self.ask_snapshot();
        }
    }

    pub(super) fn ask_order(&mut self, order: ClOrdId) {
        self.ask_order_every(order, self.book.config.timings.answer);
    }

    /// Asks about an order, unless that was done less than `pace` ago.
    pub(super) fn ask_order_every(&mut self, order: ClOrdId, pace: Span) {
        let asked = self.book.link.order_asked.get(&order).copied();
        let again = self.asked_within(asked, pace);
        if !again && self.book.link.up.contains_key(&Stream::Orders) {
            self.book.link.order_asked.insert(order, self.at.mono);
            self.effect(Effect::Query(Query::OrderStatus { order }));
        }
    }

    /// Asks for an order under the id it has now.
    pub(super) fn ask_about(&mut self, root: ClOrdId) {
        if let Some(id) = self.book.ledgered.orders.get(&root).map(|o| o.spec.cl_ord_id) {
            self.ask_order(id);
        }
    }

    fn order_report(&mut self, report: &ExecutionReport) -> Result<(), Broken> {
        if self.book.link.up.get(&Stream::Orders).is_some_and(|present| *present != report.epoch) {
            // A broker that restarted may have given the same ids to other orders since: the present one is asked.
            self.book.link.resync = true;
            self.resync();
            return Ok(());
        }
        let (id, order_id) = (report.cl_ord_id, report.order_id.as_ref());
        let root = match &report.what {
            ExecType::Trade(execution) => self.root_of_trade(id, order_id, execution),
            _ => self.root_of(id, order_id),
        };
        let Some(root) = root else { return self.stranger(report) };
        let decision = self.book.ledgered.orders.get(&root).map(crate::order::Order::decision);
        match decision {
            Some(decision) => self.within(decision, |w| w.known_order(root, report)),
            None => Ok(()),
        }
    }

    /// The order a report is about: by our id where it names one, else by the broker's. Of several that had the same
    /// broker's id, since a broker that restarts may give it again, it is one that lives, and of those the newest.
    pub(super) fn root_of(&self, id: Option<ClOrdId>, order_id: Option<&BrokerOrderId>) -> Option<ClOrdId> {
        let ledgered = &self.book.ledgered;
        match id {
            Some(id) => ledgered.order(id).map(|o| o.root),
            None => {
                let had = ledgered
                    .orders
                    .values()
                    .filter(|o| order_id.is_some() && o.order_id.as_ref() == order_id);
                had.max_by_key(|o| (o.is_live(), o.placed.local)).map(|o| o.root)
            }
        }
    }

    /// The order that an execution belongs to. What trades another contract or another way is no trade of that order,
    /// whatever id it has.
    pub(super) fn root_of_trade(
        &self,
        id: Option<ClOrdId>,
        order_id: Option<&BrokerOrderId>,
        execution: &Execution,
    ) -> Option<ClOrdId> {
        let root = self.root_of(id, order_id)?;
        let order = self.book.ledgered.orders.get(&root)?;
        (order.spec.symbol == execution.symbol && order.spec.side == execution.side).then_some(root)
    }

    fn known_order(&mut self, root: ClOrdId, report: &ExecutionReport) -> Result<(), Broken> {
        let news = News {
            worth: report.worth,
            order_id: report.order_id.clone(),
            reason: reason_of(&report.what),
            payload: Some(report.payload.clone()),
            stamps: Stamps {
                broker: report.broker_time,
                exchange: report.exchange_time,
                ..Stamps::default()
            },
            not_sent: None,
            corrects: false,
        };
        match &report.what {
            ExecType::Trade(execution) => self.book_execution(Some(root), None, execution, news)?,
            ExecType::Busted { exec } => self.bust(exec, news.payload)?,
            ExecType::Corrected { exec, to } => self.correct(Some(root), None, exec, to, news)?,
            // A word we do not know, or a claim without the trades behind it: ask, and believe the answer.
            ExecType::Completed | ExecType::Unrecognised { .. } => self.ask_about(root),
            ExecType::ReplaceDone if self.is_of_another_replace(root, report.cl_ord_id) => {}
            known => {
                if let Some(event) = event_of(known) {
                    self.move_by(root, event, news)?;
                }
                // A change to what has traded already leaves nothing to trade.
                if matches!(known, ExecType::ReplaceDone) && self.is_all_traded(root, None) {
                    self.move_order(root, OrderEvent::FullyFilled)?;
                }
            }
        }
        if matches!(report.what, ExecType::CancelRefused { .. }) {
            self.ask_about(root);
        }
        self.cross_check(root, report)
    }

    /// Whether an id is some earlier revision's: its replace was done long ago, and says nothing of the pending one.
    fn is_of_another_replace(&self, root: ClOrdId, id: Option<ClOrdId>) -> bool {
        let pending = self.book.ledgered.orders.get(&root).and_then(|o| o.pending);
        id.zip(pending).is_some_and(|(id, pending)| id != pending.cl_ord_id)
    }

    /// The broker counts more than we have booked: a trade's report is missing.
    fn cross_check(&mut self, root: ClOrdId, report: &ExecutionReport) -> Result<(), Broken> {
        let booked = self.book.ledgered.orders.get(&root).map(|o| o.filled);
        if report.cum > booked {
            self.ask_snapshot();
        }
        Ok(())
    }

    /// News of an order we do not know. What has ended two trading days ago is forgotten here, so only news that it
    /// lives or has traded says that the ledger was rolled back; any other asks what is working.
    fn stranger(&mut self, report: &ExecutionReport) -> Result<(), Broken> {
        mutant!(ForeignIgnored => if report.cl_ord_id.is_none() { return Ok(()) });
        mutant!(RollbackIgnored => if report.cl_ord_id.is_some() { return Ok(()) });
        if let ExecType::Trade(execution) = &report.what {
            let payload = Some(report.payload.clone());
            let news = News { payload, order_id: report.order_id.clone(), ..News::default() };
            return self.book_execution(None, report.cl_ord_id, execution, news);
        }
        if let ExecType::Busted { exec } = &report.what {
            return self.bust(exec, Some(report.payload.clone()));
        }
        if let ExecType::Corrected { exec, to } = &report.what {
            let payload = Some(report.payload.clone());
            let news = News { payload, order_id: report.order_id.clone(), ..News::default() };
            return self.correct(None, report.cl_ord_id, exec, to, news);
        }
        let lives = matches!(report.what, ExecType::Received | ExecType::Held | ExecType::Accepted);
        let name = match (&report.cl_ord_id, &report.order_id) {
            (Some(id), _) => format!("order {id}, unknown here: "),
            (None, Some(id)) => format!("order {id} at the broker: "),
            (None, None) => "an order without any id: ".into(),
        };
        let (kind, level, cause) = if report.cl_ord_id.is_some() {
            (IncidentKind::RolledBackLedger, Level::Halted, HaltCause::RolledBack)
        } else {
            (IncidentKind::ForeignOrder, Level::ReduceOnly, HaltCause::Foreign)
        };
        // One incident tells of an order, however much it is heard of; one in the list has been told by it.
        let listed =
            self.book.link.broker_works.iter().any(|o| Some(&o.order_id) == report.order_id.as_ref());
        let told = listed || self.book.ledgered.incidents.values().any(|i| i.evidence.starts_with(&name));
        let evidence = format!("{name}{}", report.payload);
        if !told {
            self.incident(kind, &evidence)?;
        }
        if !lives && (listed || report.cl_ord_id.is_some()) {
            self.ask_snapshot();
            return Ok(());
        }
        self.halt_account(level, cause, &evidence)
    }

    pub(super) fn unreadable(&mut self, why: &str, payload: &str) -> Result<(), Broken> {
        let cut: Vec<char> = payload.chars().take(300).collect();
        let text: alloc::string::String = cut.into_iter().collect();
        self.incident(IncidentKind::Unreadable, &format!("{why}: {text}"))?;
        self.book.link.resync = true;
        self.resync();
        Ok(())
    }
}
