//! What trades on the account without being ours: a person's orders, a broker that closes by force.
//!
//! The account holds only the sum of all owners. What somebody else trades against a bot's position has closed it,
//! whoever asked for it; it must never be traded a second time.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::{Work, or_broken};
use crate::halt::{HaltCause, Level};
use crate::id::{BotId, ClOrdId, Symbol};
use crate::incident::IncidentKind;
use crate::ledgered::{Broken, external_bot};
use crate::num::{Lots, Money, Side, Ticks};
use crate::order::Execution;
use crate::record::{Allocation, Record};

impl Work<'_> {
    /// A trade of an order we do not know: somebody else's, or our own from a time that this ledger has lost.
    pub(super) fn foreign_fill(&mut self, execution: &Execution, tag: Option<ClOrdId>) -> Result<(), Broken> {
        let (id, side, lots) = (&execution.exec_id, execution.side.word(), execution.lots);
        let (kind, level, cause, of) = match tag {
            Some(tag) => {
                let of = format!("{tag}, which this ledger does not know");
                (IncidentKind::RolledBackLedger, Level::Halted, HaltCause::RolledBack, of)
            }
            None => {
                let of = "an unknown order".into();
                (IncidentKind::ForeignFill, Level::ReduceOnly, HaltCause::Foreign, of)
            }
        };
        let evidence = format!("{id} {side} {lots} of {of}");
        self.incident(kind, &evidence)?;
        self.halt_account(level, cause, &evidence)?;
        self.net_external(execution.symbol, execution.price)
    }

    /// Books what stands against bots' positions on them, at `price`, and has what exits are left over cancelled.
    pub(super) fn net_external(&mut self, symbol: Symbol, price: Ticks) -> Result<(), Broken> {
        let external = self.book.ledgered.lots_of(external_bot(), symbol);
        let by_bot = self.book.ledgered.positions.get(&symbol);
        let against = |lots: Lots| lots.0.signum() == -external.0.signum() && !lots.is_zero();
        let owners = by_bot.into_iter().flatten().map(|(bot, position)| (*bot, position.lots()));
        let owners: Vec<(BotId, Lots)> = owners.filter(|(_, lots)| against(*lots)).collect();
        let Some(side) = Side::reducing(Lots(external.0.saturating_neg())) else { return Ok(()) };
        let mut rest = external.size();
        for (bot, held) in owners {
            let lots = rest.min(held.size());
            if lots.is_zero() {
                break;
            }
            rest = or_broken(rest.minus(lots))?;
            self.allocate(bot, symbol, (side, lots), price)?;
            self.retire_exits(bot, symbol)?;
        }
        Ok(())
    }

    fn allocate(
        &mut self,
        to: BotId,
        symbol: Symbol,
        (side, lots): (Side, Lots),
        price: Ticks,
    ) -> Result<(), Broken> {
        let by_bot = self.book.ledgered.positions.get(&symbol);
        let of = |bot| by_bot.and_then(|by_bot| by_bot.get(&bot)).cloned().unwrap_or_default();
        let (mut own, mut external) = (of(to), of(external_bot()));
        let closed = or_broken(own.fill(side, lots, price))?;
        let given = or_broken(external.fill(side.opposite(), lots, price))?;
        let tick_value = self.book.instrument(symbol).map_or(Money::ZERO, |i| i.tick_value);
        let realised =
            or_broken(tick_value.times(closed).and_then(|own| tick_value.times(given)?.plus(own)))?;
        let (position, external) = (own.lots(), external.lots());
        let allocation = Allocation { to, symbol, side, lots, price, position, external, realised };
        self.book.link.changed = Some(self.at.mono);
        self.record(Record::Allocated(Box::new(allocation)))
    }
}
