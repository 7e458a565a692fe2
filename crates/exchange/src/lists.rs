//! Order lists: an entry and the exits that wait for it, of which one cancels the other.
//!
//! The rules:
//! - Exits are held until the entry trades. With each of its fills they work, worth what it has filled.
//! - What one exit trades, the others are worth less; when nothing is left for them they are cancelled.
//! - When the exits have closed all that the entry filled while the entry still works, the rest of the entry is
//!   cancelled: a later fill would stand without protection.
//! - An entry that ends with nothing filled cancels its exits; one that ends with a part filled leaves them to it.
//! - A client who cancels one exit cancels that one alone.

use stopline_kernel::num::Lots;

use crate::account::{Order, State};
use crate::desk::Impossible;
use crate::fact::{Fact, OrderNo};
use crate::floor::Floor;

/// Why the exchange cancelled an exit by itself.
const SIBLING_DONE: &str = "the other exit closed what it was for";
/// Why it cancelled exits that never worked.
const ENTRY_ENDED: &str = "its entry ended with nothing filled";
/// Why it cancelled the rest of an entry.
const EXITS_DONE: &str = "its exits closed what had filled";

impl Floor {
    /// What a fill of `no` means for the rest of its list.
    pub(crate) fn follow_fill(&mut self, no: OrderNo) -> Result<(), Impossible> {
        let order = self.desk.order(no)?;
        match order.parent {
            None => self.wake_exits(&order.exits.clone()),
            Some(parent) => self.weigh_siblings(no, parent),
        }
    }

    /// An entry traded: its exits are worth more.
    fn wake_exits(&mut self, exits: &[OrderNo]) -> Result<(), Impossible> {
        for exit in exits {
            let exit = self.desk.order(*exit)?;
            let (no, worth) = (exit.no, self.desk.exit_worth(exit)?);
            let grows = worth > exit.worth || exit.state == State::Held;
            if exit.state.is_live() && grows && worth > exit.cum {
                self.record(Fact::Accepted { time: self.now, order: no, worth })?;
                self.bring(no);
            }
        }
        Ok(())
    }

    /// An exit traded: its siblings are worth less, and perhaps the list is done.
    fn weigh_siblings(&mut self, no: OrderNo, parent: OrderNo) -> Result<(), Impossible> {
        let parent = self.desk.order(parent)?;
        let (entry, siblings, entry_works) =
            (parent.no, parent.exits.clone(), parent.state == State::Working);
        for sibling in siblings.into_iter().filter(|s| *s != no) {
            let exit = self.desk.order(sibling)?;
            if !exit.state.is_live() {
                continue;
            }
            let worth = self.desk.exit_worth(exit)?;
            if worth <= exit.cum {
                self.end(sibling, SIBLING_DONE)?;
            } else if worth < exit.worth {
                self.record(Fact::Accepted { time: self.now, order: sibling, worth })?;
                self.shrink(sibling)?;
            }
        }
        let exit = self.desk.order(no)?;
        if entry_works && exit.state == State::Filled {
            self.end(entry, EXITS_DONE)?;
        }
        Ok(())
    }

    /// Cancels an order and, where it is an entry with nothing filled, its exits.
    pub(crate) fn end(&mut self, no: OrderNo, reason: &str) -> Result<(), Impossible> {
        self.record(Fact::Canceled { time: self.now, order: no, reason: reason.into() })?;
        let order: &Order = self.desk.order(no)?;
        let (symbol, untouched, exits) = (order.spec.symbol, order.cum == Lots::ZERO, order.exits.clone());
        if let Some(market) = self.markets.get_mut(&symbol) {
            market.withdraw(no);
        }
        for exit in exits.into_iter().filter(|_| untouched) {
            if self.desk.order(exit)?.state.is_live() {
                self.end(exit, ENTRY_ENDED)?;
            }
        }
        Ok(())
    }
}
