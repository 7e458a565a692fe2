//! What trades on the account without being ours: a person's orders, a broker that closes by force.
//!
//! The account holds only the sum of all owners. What somebody else trades against a bot's position has closed it,
//! whoever asked for it; it must never be traded a second time. Whose is what is settled when the broker's account agrees
//! with ours, for until then reports may be missing or come in another order than the trades.

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
use crate::report::Snapshot;

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
        self.ask_snapshot();
        Ok(())
    }

    /// Books what others hold against bots' positions on those, wherever the broker's position is ours.
    pub(super) fn net_external(&mut self, snapshot: &Snapshot) -> Result<(), Broken> {
        let external = self.book.ledgered.open_positions().filter(|(bot, ..)| *bot == external_bot());
        let external: Vec<(Symbol, Option<Ticks>)> = external.map(|(_, s, p)| (s, p.average())).collect();
        external.into_iter().try_for_each(|(symbol, price)| match price {
            Some(price) if snapshot.lots(symbol) == self.book.ledgered.net(symbol) => {
                self.net_symbol(symbol, price)
            }
            _ => Ok(()),
        })
    }

    fn net_symbol(&mut self, symbol: Symbol, price: Ticks) -> Result<(), Broken> {
        let external = self.book.ledgered.lots_of(external_bot(), symbol);
        let owners = self.book.ledgered.open_positions().filter(|(_, of, _)| *of == symbol);
        let owners: Vec<(BotId, Lots)> = owners.map(|(bot, _, p)| (bot, p.lots())).collect();
        let Some(side) = Side::reducing(Lots(external.0.saturating_neg())) else { return Ok(()) };
        let mut rest = external.size();
        for (bot, held) in owners.into_iter().filter(|(_, held)| held.0.signum() == -external.0.signum()) {
            let lots = rest.min(held.size());
            if lots.is_zero() {
                break;
            }
            rest = or_broken(rest.minus(lots))?;
            self.allocate(bot, symbol, (side, lots), price)?;
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
