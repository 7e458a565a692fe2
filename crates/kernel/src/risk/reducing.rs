//! The rules for what only cancels or closes: fewer, never none.
//!
//! Nothing here may let a position grow or turn, and no halt stands in the way of a smaller position.

use crate::book::Book;
use crate::id::{AccountId, BotId, Symbol};
use crate::num::{Lots, Side};
use crate::order::Order;
use crate::risk::check::{Check, Denial};

/// What is to be judged: a cancel, or an order that closes.
#[derive(Debug, Clone, Copy)]
pub struct Reduction<'a> {
    /// Everything known.
    pub book: &'a Book,
    /// The account the command names.
    pub account: AccountId,
    /// Whose position it changes.
    pub bot: BotId,
    /// The contract.
    pub symbol: Symbol,
    /// Which way and how many, for a closing order; `None` for a cancel.
    pub closes: Option<(Side, Lots)>,
}

/// A rule for what reduces.
pub type ReducingRule = fn(&Reduction<'_>) -> Check;

/// Every rule, in the order they are asked and recorded.
pub const REDUCING: &[ReducingRule] = &[own_account, known_contract, never_past_flat];

fn own_account(r: &Reduction<'_>) -> Check {
    Check::holds(Denial::NoSuchOrder, r.account == r.book.config.account)
}

/// A cancel needs no facts of the contract.
fn known_contract(r: &Reduction<'_>) -> Check {
    Check::holds(Denial::Unmeasurable, r.closes.is_none() || r.book.instrument(r.symbol).is_some())
}

/// Whether a closing order that was approved earlier in a batch still only closes, after all of the batch.
pub(crate) fn still_closes(book: &Book, order: &Order) -> bool {
    mutant!(FlattenOvershoots => return true);
    mutant!(ClosesBesideStop => return true);
    let (bot, symbol, side) = (order.bot(), order.spec.symbol, order.spec.side);
    let position = book.ledgered.lots_of(bot, symbol);
    let same = |o: &&Order| o.bot() == bot && o.spec.symbol == symbol && o.spec.side == side;
    let all: i64 = book.ledgered.live_orders().filter(same).map(|o| o.remaining().0).sum();
    let fits = Side::reducing(position) == Some(side) && all <= position.size().0;
    fits && !book.ledgered.is_opposed(symbol)
}

/// The closing order and every other live order on its side together must not exceed the position.
fn never_past_flat(r: &Reduction<'_>) -> Check {
    let Some((side, lots)) = r.closes else {
        return Check::holds(Denial::PastFlat, true);
    };
    mutant!(FlattenOvershoots => return Check::holds(Denial::PastFlat, true));
    mutant!(ClosesBesideStop => return Check::holds(Denial::PastFlat, true));
    let position = r.book.ledgered.lots_of(r.bot, r.symbol);
    if Side::reducing(position) != Some(side) || lots.0 <= 0 {
        // Nor does an order for no lots, or fewer, close anything.
        return Check { passed: false, ..Check::at_most(Denial::PastFlat, lots, Lots::ZERO) };
    }
    let others = r
        .book
        .ledgered
        .live_orders()
        .filter(|o| o.bot() == r.bot && o.spec.symbol == r.symbol && o.spec.side == side);
    let all = others.map(Order::remaining).try_fold(lots, Lots::plus);
    Check::or_deny(Denial::PastFlat, all.map(|all| Check::at_most(Denial::PastFlat, all, position.size())))
}
