//! Closings that take too long: what is asked of the venue early, and what a person is told.
//!
//! It moves nothing and decides nothing: what a closing waits for is what its next move says.

use alloc::format;
use alloc::vec::Vec;

use super::Work;
use super::closing::{Awaited, Move};
use crate::incident::IncidentKind;
use crate::ledgered::Broken;
use crate::record::Closing;
use crate::report::Stream;
use crate::table::{Ask, Life};
use crate::time::Span;

impl Work<'_> {
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
        if !self.book.link.up.contains_key(&Stream::Orders) {
            return "the orders stream is down";
        }
        let refused = self.last_closing(closing).is_some_and(|(_, refused)| refused > 0);
        match self.next_move(closing) {
            Move::Cancel(_) | Move::CancelStrays(_) => "the broker has not confirmed a cancel",
            Move::Wait(Awaited::ClosingOrder) => "the closing order does not trade",
            Move::Wait(Awaited::NextOrder) | Move::Protect(..) | Move::Close(..) if refused => {
                "the venue refuses its closing orders; another follows"
            }
            Move::Wait(Awaited::NextOrder) | Move::Protect(..) | Move::Close(..) => {
                "its last closing order ended without closing it; another follows"
            }
            Move::Wait(Awaited::Reopening) => "the market does not trade; the stop stays until it does",
            Move::Wait(Awaited::Whose) => {
                "what others hold stands against it, and the broker's account has not said whose is left"
            }
            Move::Wait(Awaited::Bots) => "what bots hold in the contract is closed first",
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
}
