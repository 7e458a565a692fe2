//! Executions that the venue takes back, or puts another in the place of.
//!
//! Nothing booked is ever changed: a reversing record follows it, and position, money and exits follow that. A trade that
//! was taken back before it was told of is never booked.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use super::order::News;
use super::{Work, or_broken};
use crate::halt::{HaltCause, Level};
use crate::id::{BotId, ClOrdId, ExecId, Symbol};
use crate::incident::IncidentKind;
use crate::intent::Leg;
use crate::ledgered::{Booked, Broken};
use crate::num::{Lots, Money, Side};
use crate::order::{Execution, Payload};
use crate::record::{Bust, Record, Undone};

impl Work<'_> {
    /// Takes an execution back for good, and with it exits that would now open what they were to close.
    pub(super) fn bust(&mut self, exec: &ExecId, payload: Option<Payload>) -> Result<(), Broken> {
        let booked = self.book.ledgered.executions.get(exec).cloned();
        self.take_back(exec, None, payload)?;
        let Some(Booked { execution, bot, .. }) = booked else { return Ok(()) };
        let position = self.book.ledgered.lots_of(bot, execution.symbol);
        let evidence = format!("{} was taken back, {bot} holds {position}", told(&execution));
        self.incident(IncidentKind::Busted, &evidence)?;
        self.halt_account(Level::ReduceOnly, HaltCause::Busted, &evidence)?;
        self.retire_exits(bot, execution.symbol)
    }

    /// Puts `to` in the place of an execution. Another price moves money alone, and that repairs itself; any other change
    /// is a bust.
    pub(super) fn correct(
        &mut self,
        root: Option<ClOrdId>,
        tag: Option<ClOrdId>,
        exec: &ExecId,
        to: &Execution,
        news: News,
    ) -> Result<(), Broken> {
        let was = self.book.ledgered.executions.get(exec).map(|booked| booked.execution.clone());
        let told_before = was.is_some();
        let only_price =
            was.as_ref().is_some_and(|was| (was.symbol, was.side, was.lots) == (to.symbol, to.side, to.lots));
        let Some(was) = was.filter(|_| only_price) else {
            self.bust(exec, news.payload.clone())?;
            return self.book_execution(root, tag, to, News { corrects: told_before, ..news });
        };
        self.take_back(exec, Some(&to.exec_id), news.payload.clone())?;
        self.book_execution(root, tag, to, News { corrects: true, ..news })?;
        let evidence = format!("{} was corrected to {}", told(&was), told(to));
        self.repaired(IncidentKind::Busted, &evidence, "booked as the venue corrected it")
    }

    fn take_back(
        &mut self,
        exec: &ExecId,
        by: Option<&ExecId>,
        payload: Option<Payload>,
    ) -> Result<(), Broken> {
        if self.book.ledgered.busted.contains(exec) {
            return Ok(());
        }
        let undone = self.undone(exec)?;
        self.book.link.changed = Some(self.at.mono);
        let bust = Bust { exec: exec.clone(), by: by.cloned(), undone, payload };
        self.record(Record::Busted(Box::new(bust)))
    }

    fn undone(&self, exec: &ExecId) -> Result<Option<Undone>, Broken> {
        let ledgered = &self.book.ledgered;
        let Some(Booked { execution, root, bot, fee, .. }) = ledgered.executions.get(exec) else {
            return Ok(None);
        };
        let symbol = execution.symbol;
        let by_bot = ledgered.positions.get(&symbol);
        let mut position = by_bot.and_then(|by_bot| by_bot.get(bot)).cloned().unwrap_or_default();
        let ticks = or_broken(position.take_back(execution.side, execution.lots, execution.price))?;
        let tick_value = self.book.instrument(symbol).map_or(Money::ZERO, |i| i.tick_value);
        let realised = or_broken(tick_value.times(ticks))?;
        let (root, bot, position) = (*root, *bot, position.lots());
        Ok(Some(Undone { root, bot, symbol, position, realised, fee: *fee }))
    }

    /// Closes what is left of a position whose exits are worth more than it: they would open what they were to close.
    pub(super) fn retire_exits(&mut self, bot: BotId, symbol: Symbol) -> Result<(), Broken> {
        let Some(excess) = self.excess(bot, symbol) else { return Ok(()) };
        self.begin_closing(bot, symbol, excess.into(), None)
    }

    /// What exits could trade beyond a bot's position, in words; `None` while they fit it.
    pub(super) fn excess(&self, bot: BotId, symbol: Symbol) -> Option<String> {
        let ledgered = &self.book.ledgered;
        let position = ledgered.lots_of(bot, symbol);
        let exits = ledgered.live_orders().filter(|o| {
            o.bot() == bot && o.spec.symbol == symbol && matches!(o.spec.leg, Leg::Stop | Leg::Target)
        });
        let closable =
            |side| if Side::reducing(position) == Some(side) { position.size() } else { Lots::ZERO };
        let mut over = exits.filter(|o| o.worth.0.saturating_sub(o.done().0) > closable(o.spec.side).0);
        let first = over.next()?;
        let open = Lots(first.worth.0.saturating_sub(first.done().0));
        Some(format!("a {} for {open} lots stands over a position of {position}", first.spec.leg.word()))
    }
}

fn told(execution: &Execution) -> String {
    let Execution { exec_id, side, lots, price, .. } = execution;
    format!("{exec_id} ({} {lots} at {} ticks)", side.word(), price.0)
}
