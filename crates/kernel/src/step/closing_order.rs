//! The order that closes a position: what it is priced at, how soon another may follow it, and the stop that stands between.
//!
//! A refusal makes neither the price worse nor the next order sooner, and leaves nothing bare that can be protected.

use alloc::vec::Vec;

use super::Work;
use crate::effect::{Effect, Ordered};
use crate::id::{BotId, Symbol};
use crate::intent::{IntentKey, Leg, Origin};
use crate::ledgered::Broken;
use crate::num::{Lots, Side};
use crate::order::{NewOrder, Order, OrderKind, OrderList};
use crate::record::{Closing, Record};
use crate::risk::{Reduction, approve_reducing};
use crate::table::Life;
use crate::time::Span;

/// How many times the wait for the next closing order is doubled while one after the other is refused.
const DOUBLINGS: u32 = 3;

impl Work<'_> {
    pub(super) fn send_closing(&mut self, closing: &Closing, side: Side, lots: Lots) -> Result<(), Broken> {
        // Every order that stood in the market and did not trade takes the next one further; a refusal says nothing of prices.
        let stood = self.closing_orders(closing).filter(|o| o.life != Life::Rejected).count();
        let times = i64::try_from(stood).unwrap_or(i64::MAX).saturating_add(1);
        let kind = self.book.marketable(closing.symbol, side, self.at.market, times);
        self.place_for(closing, closing.steps.saturating_add(1), Leg::Flatten, (side, lots), kind)
    }

    /// Puts the stop back that left for a closing order which was refused: once for each such order, at the old price.
    pub(super) fn protect_again(&mut self, closing: &Closing, side: Side, lots: Lots) -> Result<(), Broken> {
        let tried = self.key_of(closing, closing.steps, side).map(|key| key.cl_ord_id(Leg::Stop, 0));
        let tried = tried.is_some_and(|id| self.book.ledgered.orders.contains_key(&id));
        match self.last_stop(closing.bot, closing.symbol, side) {
            Some(kind) if !tried && !mutant!(RefusedClosingLeavesBare) => {
                self.place_for(closing, closing.steps, Leg::Stop, (side, lots), kind)
            }
            _ => Ok(()),
        }
    }

    /// The newest closing order, and how many up to it were refused one after the other.
    pub(super) fn last_closing(&self, closing: &Closing) -> Option<(&Order, u32)> {
        let mut orders: Vec<&Order> = self.closing_orders(closing).collect();
        orders.sort_by_key(|o| step_of(o));
        let refused = orders.iter().rev().take_while(|o| o.life == Life::Rejected).count();
        Some((*orders.last()?, u32::try_from(refused).unwrap_or(u32::MAX)))
    }

    /// Whether the next closing order would come too soon after the last: within a re-pricing, and twice as long after every
    /// refusal that followed another.
    pub(super) fn is_too_early(&self, (newest, refused): (&Order, u32)) -> bool {
        let doublings = refused.saturating_sub(1).min(DOUBLINGS);
        let pace = self.book.config.timings.reprice.0.saturating_mul(1 << doublings);
        self.at.mono.since(newest.placed.mono) <= Span(pace)
    }

    fn closing_orders(&self, closing: &Closing) -> impl Iterator<Item = &Order> {
        let (bot, number) = (closing.bot, closing.number);
        let own = move |o: &&Order| matches!(o.key.origin, Origin::Closing { bot: b, number: n, .. } if (b, n) == (bot, number));
        let any = closing.steps > 0;
        let orders = any.then(|| self.book.ledgered.orders.values().filter(|o| o.spec.leg == Leg::Flatten));
        orders.into_iter().flatten().filter(own)
    }

    /// The key of an order of a closing, once the venue is known.
    fn key_of(&self, closing: &Closing, step: u32, side: Side) -> Option<IntentKey> {
        let (venue, account) = (self.book.ledgered.venue?, self.book.config.account);
        let origin = Origin::Closing { bot: closing.bot, number: closing.number, step };
        Some(IntentKey { venue, account, origin, symbol: closing.symbol, side })
    }

    /// Where the newest stop stood that closed on this side.
    fn last_stop(&self, bot: BotId, symbol: Symbol, side: Side) -> Option<OrderKind> {
        let stops = self.book.ledgered.orders.values().filter(|o| o.spec.leg == Leg::Stop);
        let own = stops.filter(|o| (o.bot(), o.spec.symbol, o.spec.side) == (bot, symbol, side));
        own.max_by_key(|o| o.placed.local).map(|o| o.spec.kind)
    }

    fn place_for(
        &mut self,
        closing: &Closing,
        step: u32,
        leg: Leg,
        (side, lots): (Side, Lots),
        kind: OrderKind,
    ) -> Result<(), Broken> {
        // Not refused for pace: it is placed when the broker takes one more.
        let Some(key) = self.key_of(closing, step, side).filter(|_| self.may_send()) else { return Ok(()) };
        let IntentKey { account, symbol, .. } = key;
        let order = NewOrder { cl_ord_id: key.cl_ord_id(leg, 0), leg, symbol, side, lots, kind };
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
}

/// Which order of its closing it is.
const fn step_of(order: &Order) -> u32 {
    match order.key.origin {
        Origin::Closing { step, .. } => step,
        Origin::Bot { .. } => 0,
    }
}
