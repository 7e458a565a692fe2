//! What must hold when the faults are over and everything has had its time: the quiet points.
//!
//! Where the broker had said what is not so, or somebody else had traded, a halt with a reason is as good an end as
//! rest; silence about it never is.

use std::collections::BTreeSet;

use stopline_exchange::desk::Desk;
use stopline_kernel::book::Book;
use stopline_kernel::halt::{HaltCause, Level};
use stopline_kernel::id::{AccountId, ClOrdId};
use stopline_kernel::ledgered::{Ledgered, external_bot};
use stopline_kernel::num::Side;
use stopline_kernel::table::Life;

use super::{Oracle, TheirOrder, Verdict, broken, their_orders};

/// What the run was like, as far as its end is judged by it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rest {
    /// The broker had said what is not so, or the network broke its promise.
    pub(crate) dishonest: bool,
    /// The broker's cash is still off.
    pub(crate) cash_off: bool,
}

/// The halts that say that the account and the broker do not agree.
const AT_ODDS: [HaltCause; 4] =
    [HaltCause::Disagreement, HaltCause::Impossible, HaltCause::Foreign, HaltCause::RolledBack];

impl Oracle {
    /// INV-03, 08, 09, 13 and 14 at rest.
    pub(crate) fn at_rest(&self, book: &Book, desk: &Desk, account: AccountId, how: Rest) -> Verdict {
        let ledgered = &book.ledgered;
        self.records.no_opener_under_halt()?;
        self.foreign_is_flagged(desk, account)?;
        if how.dishonest && self.records.is_halted_by(&AT_ODDS) {
            return Ok(());
        }
        self.agrees(ledgered, desk, account)?;
        if how.cash_off && ledgered.open_positions().next().is_none() && !self.records.is_halted_by(&AT_ODDS)
        {
            return broken("INV-08", "the broker's cash is off, and the account is not halted");
        }
        if book.link.trading || self.records.account_level() != Level::Running {
            return Ok(());
        }
        broken("INV-14", "the account neither trades nor is it halted")
    }

    /// INV-08, 09 and 14 at rest, of the account alone: nothing is open, and everything is as the exchange has it.
    pub(crate) fn agrees(&self, ledgered: &Ledgered, desk: &Desk, account: AccountId) -> Verdict {
        nothing_open(ledgered)?;
        self.same_positions(ledgered, desk, account)?;
        self.live_agree(ledgered, desk, account)?;
        intended(ledgered)?;
        protected(ledgered)
    }

    /// INV-03: an order or a trade of somebody else's has been raised.
    fn foreign_is_flagged(&self, desk: &Desk, account: AccountId) -> Verdict {
        let foreign = self.strangers(desk, account).next();
        let kinds = ["incident ForeignOrder", "incident ForeignFill", "incident RolledBackLedger"];
        match foreign {
            Some(order) if kinds.iter().all(|kind| self.coverage.times(kind) == 0) => {
                broken("INV-03", format!("{} is nobody's here, and nobody was told", order.spec.cl_ord_id))
            }
            _ => Ok(()),
        }
    }

    /// Orders of the exchange that the records lack and that work or have traded; one that ended without a trade may never
    /// have been seen.
    fn strangers<'a>(&'a self, desk: &'a Desk, account: AccountId) -> impl Iterator<Item = &'a TheirOrder> {
        their_orders(desk, account).filter(|o| {
            let id = o.spec.cl_ord_id.to_string();
            let known = self.placed.contains_key(&id) || self.replaced.contains_key(&id);
            !known && (o.state.is_live() || o.cum.0 > 0)
        })
    }

    /// A process over an old ledger says so, where the exchange has an order or a trade of ours that it does not know.
    pub(crate) fn old_ledger_is_noticed(&self, desk: &Desk, account: AccountId) -> Verdict {
        let ours = |o: &&TheirOrder| o.spec.cl_ord_id.to_string().parse::<ClOrdId>().is_ok();
        let lost = self.strangers(desk, account).find(ours);
        match lost {
            Some(order) if !self.records.is_halted_by(&AT_ODDS) => broken(
                "INV-18",
                format!("the ledger is old: {} is not in it, and nothing is halted", order.spec.cl_ord_id),
            ),
            _ => Ok(()),
        }
    }

    fn same_positions(&self, ledgered: &Ledgered, desk: &Desk, account: AccountId) -> Verdict {
        let Some(theirs) = desk.accounts().get(&account) else { return Ok(()) };
        for (symbol, position) in &theirs.positions {
            let ours = ledgered.net(*symbol);
            let theirs = position.lots.0 + self.told_off.get(symbol).copied().unwrap_or(0);
            if ours.0 != theirs {
                return broken("INV-08", format!("{symbol}: ours {ours}, the exchange's {theirs}"));
            }
        }
        Ok(())
    }

    fn live_agree(&self, ledgered: &Ledgered, desk: &Desk, account: AccountId) -> Verdict {
        let mut theirs = BTreeSet::new();
        for order in their_orders(desk, account).filter(|o| o.state.is_live()) {
            let id = order.spec.cl_ord_id.to_string();
            theirs.extend(self.roots.get(&id).copied());
        }
        match theirs.symmetric_difference(&ledgered.live).next() {
            None => Ok(()),
            Some(root) => {
                let life = ledgered.orders.get(root).map(|o| o.life);
                let there = theirs.contains(root);
                broken("INV-08", format!("{root} is {life:?} here and lives at the exchange: {there}"))
            }
        }
    }
}

/// INV-14: no order of unknown fate, no closing without an end.
fn nothing_open(ledgered: &Ledgered) -> Verdict {
    if let Some(order) = ledgered.live_orders().find(|o| o.life == Life::Unknown) {
        return broken("INV-14", format!("{} is still unknown", order.root));
    }
    match ledgered.closings.values().next() {
        Some(c) => broken("INV-14", format!("the closing {} ({}) is not over", c.number, c.cause)),
        None => Ok(()),
    }
}

/// INV-08: what is wanted is what was executed and what entries may still bring.
fn intended(ledgered: &Ledgered) -> Verdict {
    for (symbol, by_bot) in &ledgered.intended {
        for (bot, wanted) in by_bot.iter().filter(|(bot, _)| **bot != external_bot()) {
            let entries = ledgered.live_orders().filter(|o| o.bot() == *bot && o.spec.leg.opens());
            let coming: i64 = entries.map(|o| o.remaining().0 * o.spec.side.sign()).sum();
            let explained = ledgered.lots_of(*bot, *symbol).0 + coming;
            if wanted.0 != explained {
                return broken(
                    "INV-08",
                    format!("{bot} in {symbol}: wanted {wanted}, explained {explained}"),
                );
            }
        }
    }
    Ok(())
}

/// INV-09 at rest: every position of a bot is protected in full.
fn protected(ledgered: &Ledgered) -> Verdict {
    for (bot, symbol, position) in ledgered.open_positions().filter(|(bot, ..)| *bot != external_bot()) {
        let protected = ledgered.protected(bot, symbol);
        if protected < position.lots().size() {
            let side = Side::reducing(position.lots());
            let lots = position.lots();
            return broken(
                "INV-09",
                format!("{lots} lots of {symbol} with {protected} protected ({side:?})"),
            );
        }
    }
    Ok(())
}
