//! What some of the deliberate defects do where one word is not enough.
//!
//! It is in no build that ships, and nothing here is ever right.

use alloc::vec::Vec;

use super::Work;
use crate::effect::{Effect, Ordered};
use crate::id::ClOrdId;
use crate::intent::Leg;
use crate::ledgered::Broken;
use crate::order::{NewOrder, Order, OrderList};
use crate::record::Record;
use crate::risk::{Reduction, approve_reducing};
use crate::table::{Ask, Life, OrderEvent};

impl Work<'_> {
    fn is(&self, root: Option<ClOrdId>, what: impl Fn(&Order) -> bool) -> bool {
        root.and_then(|root| self.book.ledgered.orders.get(&root)).is_some_and(what)
    }

    pub(super) fn has_traded(&self, root: Option<ClOrdId>) -> bool {
        self.is(root, |order| !order.filled.is_zero())
    }

    pub(super) fn is_being_cancelled(&self, root: Option<ClOrdId>) -> bool {
        self.is(root, |order| order.ask == Ask::CancelPending)
    }

    pub(super) fn has_ended(&self, root: Option<ClOrdId>) -> bool {
        self.is(root, |order| !order.is_live())
    }

    /// Places an entry once more under another id, as a client that takes a time-out for a loss would.
    pub(super) fn retry(&mut self, root: ClOrdId) -> Result<(), Broken> {
        let Some(order) = self.book.ledgered.orders.get(&root).cloned() else { return Ok(()) };
        if order.spec.leg != Leg::Entry {
            return Ok(());
        }
        let again = NewOrder { cl_ord_id: order.key.cl_ord_id(Leg::Entry, 77), ..order.spec };
        let list = OrderList { key: order.key, first: again, exits: Vec::new() };
        let command = self.order_command(Ordered::Place(list), false);
        let (account, bot, symbol) = (self.book.config.account, order.bot(), order.spec.symbol);
        let reduction = Reduction { book: self.book, account, bot, symbol, closes: None };
        if let (checks, Ok(approved)) = approve_reducing(&reduction, command) {
            self.record(Record::OrderPlaced { key: order.key, order: again, checks })?;
            self.effect(Effect::Order(approved));
        }
        Ok(())
    }

    pub(super) fn cancel_absent(&mut self, absent: &[ClOrdId]) {
        for id in absent {
            if let Some(root) = self.book.ledgered.order(*id).map(|order| order.root) {
                // Nothing is right here, so neither is a failure to record it.
                let _ = self.move_order(root, OrderEvent::CancelDone);
            }
        }
    }

    pub(super) fn cancel_unknown(&mut self) -> Result<(), Broken> {
        let unknown = self.book.ledgered.live_orders().filter(|o| o.life == Life::Unknown);
        let unknown: Vec<ClOrdId> = unknown.map(|o| o.root).collect();
        unknown.into_iter().try_for_each(|root| self.move_order(root, OrderEvent::CancelDone))
    }
}
