//! The only door out: each durable effect, in order, to whom it is for.
//!
//! No order passes without both proofs and the last look of the guardrail, and what became of each command goes back
//! to the lane as an input. Nothing here waits for a bot, an observer or a person.

use std::sync::Arc;

use stopline_kernel::commit::{Committed, Durable, Released};
use stopline_kernel::effect::{OrderCommand, Ordered, Query};
use stopline_kernel::id::ClOrdId;
use stopline_kernel::input::{Event, NotSent};
use stopline_kernel::risk::Approved;
use stopline_kernel::time::Mono;
use stopline_venues::protocol::NotAsked;

use crate::bot_host::Bots;
use crate::commands::Commands;
use crate::guardrail::Guardrail;
use crate::published::Published;
use crate::shared::Shared;
use crate::stopped::Stopped;

/// Sessions with a venue, as the door sees them.
pub trait Venue: Send + Sync {
    /// Writes an order: the moment after the write, or why no byte of it left.
    ///
    /// # Errors
    ///
    /// Why no byte of it left.
    fn order(&self, command: Durable<Approved<OrderCommand>>) -> Result<Mono, NotSent>;

    /// Asks the venue something.
    ///
    /// # Errors
    ///
    /// Why it was not asked. The lane asks again by itself.
    fn query(&self, query: Query) -> Result<(), NotAsked>;
}

/// Everybody an effect can be for.
pub struct Door {
    /// Clocks, inbox and the rest: the lane is told what became of each command.
    pub shared: Shared,
    /// The last look.
    pub guardrail: Arc<Guardrail>,
    /// Takes orders and questions.
    pub venue: Arc<dyn Venue>,
    /// Takes what bots are told.
    pub bots: Bots,
    /// Takes answers to people.
    pub commands: Commands,
    /// Raised when an orderly stop is complete.
    pub stopped: Stopped,
}

impl Door {
    /// Does every effect of one commit.
    pub fn execute(&self, durable: Durable<Committed>) {
        let at = self.shared.clock.mono();
        let shown = Published::shown_of(durable.entries());
        durable.release().for_each(|released| self.let_out(released, at));
        // Last, so that no watcher wakes on the processor that a send needs.
        self.shared.published.committed(shown);
    }

    fn let_out(&self, released: Released, durable: Mono) {
        match released {
            Released::Order(command) => self.order(command, durable),
            Released::Query(query) => self.ask(query),
            Released::Bot(bot, event) => self.bots.tell(bot, event),
            Released::Reply(reply) => self.commands.answer(reply),
            Released::Publish(status) => self.shared.published.status(*status),
            Released::Stopped => self.stopped.raise(),
        }
    }

    fn order(&self, command: Durable<Approved<OrderCommand>>, durable: Mono) {
        let (what, present) = (command.command().what.sending(), present_ids(&command.command().what));
        let orders = command.command().what.orders();
        #[cfg(feature = "hooks")]
        crate::hooks::pass(crate::hooks::Point::BeforeSend);
        let checked = self.guardrail.check(command.command(), self.shared.clock.mono());
        let told = match checked.and_then(|()| self.venue.order(command)) {
            Ok(sent) => Event::Sent { orders, durable, sent },
            Err(why) => Event::NotSent { orders: present, what, why },
        };
        #[cfg(feature = "hooks")]
        crate::hooks::pass(crate::hooks::Point::AfterSend);
        self.shared.inbox.told_by_door(told);
    }

    fn ask(&self, query: Query) {
        // A question that could not be asked is asked again by the lane when its answer is late.
        let _: Result<(), NotAsked> = self.venue.query(query);
    }
}

/// The orders that stay as they are when a command is not sent: a replace has not made its new id then.
fn present_ids(what: &Ordered) -> Vec<ClOrdId> {
    match what {
        Ordered::Replace { order, .. } => vec![*order],
        Ordered::Place(_) | Ordered::Cancel { .. } | Ordered::CancelStray { .. } => what.orders(),
    }
}
