//! What follows from time alone: late answers, the regular comparison, days, bars, the published status.
//!
//! It reads no clock: the time is the input's.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Work;
use crate::effect::Effect;
use crate::halt::Until;
use crate::id::ClOrdId;
use crate::ledgered::Broken;
use crate::record::Record;
use crate::report::Stream;
use crate::table::{Ask, Life, OrderEvent};
use crate::time::{ExchangeTime, Span};

/// How often the status is shown while nothing asks for it.
const PUBLISH_EVERY: Span = Span::millis(250);

/// How many records are written before the whole state is written down once more.
const SNAPSHOT_EVERY: u64 = 2_000;

impl Work<'_> {
    pub(super) fn beat(&mut self) -> Result<(), Broken> {
        if mutant!(StaleStampRefreshed) {
            let now = self.at.market;
            self.book.market.quotes.values_mut().for_each(|q| q.newest = now.unwrap_or(q.newest));
        }
        self.time_out_requests()?;
        self.hurry_closings();
        self.tell_stalled()?;
        self.resync();
        self.compare_regularly();
        if let Some(now) = self.at.market {
            self.close_bars(now);
            self.ask_history(now);
        }
        self.publish();
        self.write_state_down()
    }

    /// A request that waits longer than it may makes its order Unknown, and an Unknown order is asked about.
    fn time_out_requests(&mut self) -> Result<(), Broken> {
        if mutant!(NoTimeout) {
            return Ok(());
        }
        let limit = self.book.config.timings.answer;
        let late = |asked: crate::time::Mono| self.at.mono.since(asked) > limit;
        let orders = self.book.ledgered.live_orders().filter(|o| {
            // An order that nothing was heard of is late by its own sending, whatever was asked of it since.
            let unheard = matches!(o.life, Life::Draft | Life::Submitted) && late(o.out.mono);
            unheard || (o.ask != Ask::Nothing && late(o.asked.mono))
        });
        let silent: Vec<ClOrdId> = orders.map(|o| o.root).collect();
        let late = if mutant!(TimeoutEndsOrder) { OrderEvent::Refused } else { OrderEvent::Silence };
        silent.into_iter().try_for_each(|root| {
            mutant!(RetryUnderNewId => self.retry(root)?);
            self.move_order(root, late)
        })?;
        let unknown = self.book.ledgered.live_orders().filter(|o| o.life == Life::Unknown);
        let unknown: Vec<ClOrdId> = unknown.map(|o| o.spec.cl_ord_id).collect();
        unknown.into_iter().filter(|_| !mutant!(UnknownNotAsked)).for_each(|id| self.ask_order(id));
        let adrift = self.book.ledgered.live_orders().filter(|o| o.ask != Ask::ReplacePending);
        let adrift: Vec<ClOrdId> = adrift.filter_map(|o| o.pending).map(|p| p.cl_ord_id).collect();
        adrift.into_iter().for_each(|id| self.ask_order(id));
        Ok(())
    }

    /// Every `detect`, and every `answer` while something differs.
    fn compare_regularly(&mut self) {
        let link = &self.book.link;
        let timings = &self.book.config.timings;
        let settled = link.agreed.is_some() && link.differs_since.is_none() && link.trading;
        let every = if settled { timings.detect } else { timings.answer };
        if link.up.contains_key(&Stream::Orders) && !self.asked_within(link.snapshot_asked, every) {
            self.ask_snapshot();
        }
    }

    /// A pause ends at its moment, if the account agrees and nothing is Unknown.
    pub(super) fn end_pauses(&mut self) -> Result<(), Broken> {
        let (ledgered, link) = (&self.book.ledgered, &self.book.link);
        let over = |until: Until, now| matches!(until, Until::Moment(moment) if moment <= now);
        let Some(now) = self.at.market else { return Ok(()) };
        let due = ledgered.halts.0.iter().any(|h| over(h.until, now));
        if !due || link.agreed.is_none() || link.differs_since.is_some() {
            return Ok(());
        }
        if ledgered.live_orders().any(|o| o.life == Life::Unknown) {
            return Ok(());
        }
        self.lift_where("clock", "the pause is over", |h| over(h.until, now))
    }

    /// A new trading day begins with its equity; halts that were to last until then end, if the account agrees.
    pub(super) fn turn_day(&mut self) -> Result<(), Broken> {
        let Some(now) = self.at.market else { return Ok(()) };
        if self.is_same_day(now) {
            return Ok(());
        }
        let Some(instrument) = self.book.ledgered.instruments.values().next() else { return Ok(()) };
        let Some(today) = instrument.sessions.day_of(now) else { return Ok(()) };
        let session = instrument.sessions.at(now).copied();
        let open = session.is_some();
        if self.book.ledgered.day.is_none_or(|day| day.day < today)
            && let Some(equity) = self.book.equity()
        {
            let settled = self.settled();
            self.record(Record::DayBegan { day: today, equity, settled })?;
        }
        // Nothing that was to last the day ends in the break before the next one opens.
        if self.book.link.agreed.is_some() && open {
            let over = |until: Until| matches!(until, Until::DayAfter(day) if day < today);
            self.lift_where("calendar", "the next trading day began", |h| over(h.until))?;
        }
        self.book.market.session = session.map(|session| (self.book.ledgered.seq, session));
        Ok(())
    }

    /// The beginning of the day that ends, if our account agrees with the broker's: whatever traded before it is booked.
    fn settled(&self) -> Option<ExchangeTime> {
        let link = &self.book.link;
        let agrees = link.agreed.is_some() && link.differs_since.is_none();
        self.book.ledgered.day.filter(|_| agrees).and_then(|day| day.opened)
    }

    /// Whether nothing can have ended: no record since the last input, still the session it lay in, its day begun, and
    /// no halt that a day could lift.
    fn is_same_day(&self, now: ExchangeTime) -> bool {
        let ledgered = &self.book.ledgered;
        self.book.market.session.is_some_and(|(seq, session)| {
            let within = session.open <= now && now < session.close;
            let begun = ledgered.day.is_some_and(|day| day.day >= session.day);
            seq == ledgered.seq && within && begun && ledgered.halts.0.is_empty()
        })
    }

    fn publish(&mut self) {
        if self.asked_within(self.book.link.published, PUBLISH_EVERY) {
            return;
        }
        self.show();
    }

    /// Shows the status as it is now.
    pub(super) fn show(&mut self) {
        self.book.link.published = Some(self.at.mono);
        let status = self.status();
        self.effect(Effect::Publish(Box::new(status)));
    }

    /// So that opening the ledger need not read from the beginning.
    fn write_state_down(&mut self) -> Result<(), Broken> {
        let ledgered = &self.book.ledgered;
        if ledgered.seq.saturating_sub(ledgered.snapshot_seq) < SNAPSHOT_EVERY {
            return Ok(());
        }
        self.record(Record::Snapshot(Box::new(self.book.ledgered.clone())))
    }
}
