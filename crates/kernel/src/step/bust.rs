//! Executions that the venue takes back, or puts another in the place of.
//!
//! Nothing booked is ever changed: a reversing record follows it, and position, money and exits follow that. A trade that
//! was taken back before it was told of is never booked.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use super::order::News;
use super::{Work, or_broken};
use crate::halt::{HaltCause, Level};
use crate::id::{BotId, ClOrdId, ExecId, Symbol};
use crate::incident::IncidentKind;
use crate::intent::Leg;
use crate::ledgered::{Booked, Broken};
use crate::num::{Money, Side};
use crate::order::{Execution, Order, Payload};
use crate::record::{Bust, Record, Undone};

impl Work<'_> {
    /// Takes an execution back for good.
    pub(super) fn bust(&mut self, exec: &ExecId, payload: Option<Payload>) -> Result<(), Broken> {
        let booked = self.book.ledgered.executions.get(exec).cloned();
        self.take_back(exec, None, payload)?;
        let Some(Booked { execution, bot, .. }) = booked else { return Ok(()) };
        let position = self.book.ledgered.lots_of(bot, execution.symbol);
        let evidence = format!("{} was taken back, {bot} holds {position}", told(&execution));
        self.incident(IncidentKind::Busted, &evidence)?;
        self.halt_account(Level::ReduceOnly, HaltCause::Busted, &evidence)
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

    /// Closes what is left of every position whose exits are worth more than it, whoever closed it or took it back: they
    /// would open what they were to close.
    pub(super) fn retire_exits(&mut self) -> Result<(), Broken> {
        let exits = self.book.ledgered.live_orders().filter(|o| is_exit(o));
        let owners: BTreeSet<(BotId, Symbol)> = exits.map(|o| (o.bot(), o.spec.symbol)).collect();
        owners.into_iter().try_for_each(|(bot, symbol)| match self.excess(bot, symbol) {
            Some(excess) => self.begin_closing(bot, symbol, excess.into(), None),
            None => Ok(()),
        })
    }

    /// What exits could trade beyond a bot's position, in words; `None` while they fit it.
    fn excess(&self, bot: BotId, symbol: Symbol) -> Option<String> {
        let ledgered = &self.book.ledgered;
        let position = ledgered.lots_of(bot, symbol);
        [(Leg::Stop, Side::Buy), (Leg::Stop, Side::Sell), (Leg::Target, Side::Buy), (Leg::Target, Side::Sell)]
            .into_iter()
            .find_map(|(leg, side)| {
                let of = |o: &&Order| {
                    (o.bot(), o.spec.symbol, o.spec.leg, o.spec.side) == (bot, symbol, leg, side)
                };
                let open: i64 = ledgered.live_orders().filter(of).map(|o| ledgered.exit_open(o).0).sum();
                let closable = if Side::reducing(position) == Some(side) { position.size().0 } else { 0 };
                let word = leg.word();
                (open > closable)
                    .then(|| format!("a {word} for {open} lots stands over a position of {position}"))
            })
    }
}

const fn is_exit(order: &Order) -> bool {
    matches!(order.spec.leg, Leg::Stop | Leg::Target)
}

fn told(execution: &Execution) -> String {
    let Execution { exec_id, side, lots, price, .. } = execution;
    format!("{exec_id} ({} {lots} at {} ticks)", side.word(), price.0)
}
