//! What the account could hold and what it has made: sums over positions and orders, asked by the gate and the watch.
//!
//! Nothing is kept here, and a sum with an unknown part in it is unknown, never smaller.

use alloc::collections::BTreeSet;

use crate::book::Book;
use crate::id::Symbol;
use crate::num::{Lots, Money, Overflow, Side};

/// Lots that are about to be added on one side of an instrument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addition {
    /// The instrument.
    pub(crate) symbol: Symbol,
    /// Which way.
    pub(crate) side: Side,
    /// How many.
    pub(crate) lots: Lots,
}

impl Book {
    /// What the day may lose: the amount, or the share of the equity it began with, whichever is less.
    pub fn day_may_lose(&self) -> Money {
        let limits = &self.config.limits;
        let share = limits.day.loss_share.zip(self.ledgered.day).map(|(share, day)| day.equity.share(share));
        share.and_then(Result::ok).map_or(limits.daily_loss, |share| share.min(limits.daily_loss))
    }

    /// How far equity stands below the high of the day.
    pub fn below_day_high(&self) -> Option<Money> {
        self.ledgered.day?.high().minus(self.equity()?).ok()
    }

    /// How far equity stands below the highest of all days on which it was looked at.
    pub fn below_high(&self) -> Option<Money> {
        self.ledgered.high?.minus(self.equity()?).ok()
    }

    /// The most lots that could be held over all instruments, with an addition.
    pub(crate) fn worst_lots(&self, more: Addition) -> Result<Lots, Overflow> {
        self.exposed(more).into_iter().try_fold(Lots::ZERO, |sum, of| sum.plus(self.worst_of(of, more)?))
    }

    /// What those lots are worth at the last trades; `None` where one has no mark, no contract or no end.
    pub(crate) fn worst_notional(&self, more: Addition) -> Option<Money> {
        self.exposed(more).into_iter().try_fold(Money::ZERO, |sum, symbol| {
            let lots = self.worst_of(symbol, more).ok()?;
            let mark = self.market.quotes.get(&symbol)?.last?;
            sum.plus(self.instrument(symbol)?.worth(mark.size(), lots).ok()?).ok()
        })
    }

    /// The larger side of an instrument in the worst case.
    fn worst_of(&self, symbol: Symbol, more: Addition) -> Result<Lots, Overflow> {
        let side = |side| {
            let adds = if (symbol, side) == (more.symbol, more.side) { more.lots } else { Lots::ZERO };
            self.ledgered.worst_case(symbol, side)?.plus(adds)
        };
        Ok(side(Side::Buy)?.max(side(Side::Sell)?))
    }

    /// Every instrument of which something is held or could come.
    fn exposed(&self, more: Addition) -> BTreeSet<Symbol> {
        let held = self.ledgered.open_positions().map(|(_, symbol, _)| symbol);
        let openers = self.ledgered.live_orders().filter(|o| o.spec.leg.opens()).map(|o| o.spec.symbol);
        held.chain(openers).chain([more.symbol]).collect()
    }
}
