//! What a person commands: recorded with who and why, then done or refused with the reason.
//!
//! No command lifts a day's loss, an unresolved order or a disagreement; `resume` names what stands in the way.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::Work;
use super::order::News;
use crate::effect::{Effect, Outcome, Reply};
use crate::halt::{Halt, HaltCause, Level, Scope, Until};
use crate::id::{BotId, ClOrdId, Symbol};
use crate::incident::{Incident, IncidentKind};
use crate::input::{Command, CommandKind};
use crate::ledgered::{Broken, external_bot};
use crate::limits::OnStop;
use crate::num::Money;
use crate::record::Record;
use crate::report::Stream;
use crate::risk::trailing_fall;
use crate::table::{Life, OrderEvent};

impl Work<'_> {
    pub(super) fn command(&mut self, command: &Command) -> Result<(), Broken> {
        self.record(Record::Commanded(Box::new(command.clone())))?;
        match command.what {
            CommandKind::Flatten => self.flatten(command),
            CommandKind::Pause(bot) => self.pause(command, bot),
            CommandKind::Resume(bot) => self.resume(command, bot),
            CommandKind::Stop => self.stop(command),
            CommandKind::Settle(order) => self.settle(command, order),
            CommandKind::Transfer(amount) => self.transfer(command, amount),
        }
    }

    fn flatten(&mut self, command: &Command) -> Result<(), Broken> {
        let (who, why) = (&command.who, &command.why);
        self.halt(Scope::Account, Level::Halted, HaltCause::Flatten, who, why, Until::Person)?;
        for (bot, symbol) in self.bots_everywhere().into_iter().chain(self.others_everywhere()) {
            self.begin_closing(bot, symbol, format!("flatten by {who}: {why}").into(), Some(command.id))?;
        }
        Ok(())
    }

    /// Every bot and instrument that has, or could have, a position.
    fn bots_everywhere(&self) -> Vec<(BotId, Symbol)> {
        let ledgered = &self.book.ledgered;
        let seats = self.book.config.bots.iter().map(|s| (s.bot, s.symbol));
        let open = ledgered.open_positions().map(|(bot, symbol, _)| (bot, symbol));
        let live = ledgered.live_orders().map(|o| (o.bot(), o.spec.symbol));
        let mut all: Vec<_> =
            seats.chain(open).chain(live).filter(|(bot, _)| *bot != external_bot()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Every instrument in which somebody else holds something or has an order, or could have one that no list has told
    /// yet: an account is flat when nobody can open anything on it.
    fn others_everywhere(&self) -> Vec<(BotId, Symbol)> {
        let others = self.book.ledgered.open_positions().filter(|(bot, ..)| *bot == external_bot());
        let seats = self.book.config.bots.iter().map(|s| s.symbol);
        let listed = self.book.link.broker_works.iter().map(|o| o.symbol);
        let mut all: Vec<Symbol> = others.map(|(_, symbol, _)| symbol).chain(seats).chain(listed).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|symbol| (external_bot(), symbol)).collect()
    }

    fn pause(&mut self, command: &Command, bot: Option<BotId>) -> Result<(), Broken> {
        let scope = bot.map_or(Scope::Account, Scope::Bot);
        self.halt(scope, Level::ReduceOnly, HaltCause::Operator, &command.who, &command.why, Until::Person)?;
        self.reply(command, Outcome::Done { evidence: "no new risk is taken".into() });
        Ok(())
    }

    fn resume(&mut self, command: &Command, bot: Option<BotId>) -> Result<(), Broken> {
        if let Some(why) = self.unresolved() {
            self.reply(command, Outcome::Refused { why });
            return Ok(());
        }
        if let Some(halt) = bot.and_then(|_| self.account_halt()) {
            let why = format!("the account is halted: {}; resume it without naming a bot", halt.why);
            self.reply(command, Outcome::Refused { why: why.into() });
            return Ok(());
        }
        let scope = bot.map_or(Scope::Account, Scope::Bot);
        let all = bot.is_none();
        self.lift_where(&command.who, &command.why, |h| {
            h.until == Until::Person && (h.scope == scope || all)
        })?;
        let settled: Vec<u64> = self.book.ledgered.incidents.keys().copied().filter(|_| all).collect();
        for number in settled {
            let how = format!("acknowledged by {}: {}", command.who, command.why);
            self.record(Record::IncidentClosed { number, how: how.into() })?;
        }
        let paused = self.book.ledgered.halts.0.iter().find(|h| matches!(h.until, Until::Moment(_)));
        let evidence = paused.map_or_else(
            || "new risk is allowed".into(),
            |h| format!("new risk is allowed once a pause has ended by itself: {}", h.why).into(),
        );
        self.reply(command, Outcome::Done { evidence });
        Ok(())
    }

    fn account_halt(&self) -> Option<&Halt> {
        self.book.ledgered.halts.0.iter().find(|h| h.scope == Scope::Account)
    }

    /// What must be settled before new risk may be taken again.
    fn unresolved(&self) -> Option<Box<str>> {
        if mutant!(ResumeUnresolved) {
            return None;
        }
        let (ledgered, link) = (&self.book.ledgered, &self.book.link);
        if let Some(halt) = ledgered.halts.0.iter().find(|h| matches!(h.until, Until::DayAfter(_))) {
            return Some(format!("{}; it may be asked again in the next trading day", halt.why).into());
        }
        if ledgered.halts.has(Scope::Account, HaltCause::RolledBack) {
            return Some("the ledger is older than the broker's orders; restore the newest copy".into());
        }
        if self.is_stopping() {
            return Some("the process is stopping".into());
        }
        if let Some(fall) = trailing_fall(self.book) {
            return Some(format!("{fall}; nothing opens before that limit is another").into());
        }
        if !link.up.contains_key(&Stream::Orders) {
            return Some("the orders stream is down".into());
        }
        if let Some(order) = ledgered.live_orders().find(|o| o.life == Life::Unknown) {
            return Some(format!("order {} is unknown", order.root).into());
        }
        if let Some(closing) = ledgered.closings.values().next() {
            return Some(format!("the closing of {} in {} is not over", closing.bot, closing.symbol).into());
        }
        if link.agreed.is_none() || link.differs_since.is_some() {
            return Some("our account does not agree with the broker's yet".into());
        }
        None
    }

    /// A person's word ends an order only where the broker's cannot: it is Unknown, the venue has been asked for as long as
    /// a difference may last, and the account agrees without it.
    fn settle(&mut self, command: &Command, id: ClOrdId) -> Result<(), Broken> {
        if let Some(why) = self.unsettleable(id) {
            self.reply(command, Outcome::Refused { why });
            return Ok(());
        }
        let Some(order) = self.book.ledgered.order(id) else { return Ok(()) };
        let (root, filled, lots, decision) = (order.root, order.filled, order.spec.lots, order.decision());
        let reason = format!("settled by {}: {}", command.who, command.why);
        let news = News { reason: Some(reason.clone().into()), ..News::default() };
        self.within(decision, |w| w.move_by(root, OrderEvent::Settled, news))?;
        let name = format!("{root} ");
        let about = |i: &&Incident| i.kind == IncidentKind::StuckUnknown && i.evidence.starts_with(&name);
        let told: Vec<u64> = self.book.ledgered.incidents.values().filter(about).map(|i| i.number).collect();
        for number in told {
            self.record(Record::IncidentClosed { number, how: reason.clone().into() })?;
        }
        let evidence =
            format!("order {root} is over, with {filled} of {lots} lots traded, by your word alone");
        self.reply(command, Outcome::Done { evidence: evidence.into() });
        Ok(())
    }

    /// Why an order cannot be settled by a person's word now.
    fn unsettleable(&self, id: ClOrdId) -> Option<Box<str>> {
        let (ledgered, link) = (&self.book.ledgered, &self.book.link);
        let Some(order) = ledgered.order(id) else {
            return Some(format!("no order has the id {id} here").into());
        };
        let Some(since) = order.unknown_since.filter(|_| order.life == Life::Unknown) else {
            return Some(
                format!("order {id} is {:?}; only an Unknown one can be settled", order.life).into(),
            );
        };
        let asked = self.at.mono.since(since.mono);
        if !link.up.contains_key(&Stream::Orders) {
            return Some("the orders stream is down; what the venue knows comes first".into());
        }
        if asked <= self.book.config.timings.detect {
            return Some(format!("the venue has been asked for {} ms only", asked.as_millis()).into());
        }
        let differs = link.agreed.is_none() || link.differs_since.is_some();
        differs.then(|| "our account does not agree with the broker's".into())
    }

    fn transfer(&mut self, command: &Command, amount: Money) -> Result<(), Broken> {
        if amount.is_zero() || self.book.ledgered.transferred.plus(amount).is_err() {
            self.reply(command, Outcome::Refused { why: format!("{amount} is no transfer").into() });
            return Ok(());
        }
        let (who, why) = (command.who.clone(), command.why.clone());
        self.record(Record::Transferred { amount, who, why })?;
        let cash = self.book.ledgered.expected_cash().map_or("unknown".into(), |cash| format!("{cash}"));
        self.ask_snapshot();
        self.reply(command, Outcome::Done { evidence: format!("the expected cash is {cash}").into() });
        Ok(())
    }

    fn stop(&mut self, command: &Command) -> Result<(), Broken> {
        self.book.link.stopping = Some(command.id);
        let (who, why) = (&command.who, &command.why);
        self.halt(Scope::Account, Level::ReduceOnly, HaltCause::Stopping, who, why, Until::NextStart)?;
        if self.book.config.on_stop == OnStop::Flatten {
            for (bot, symbol) in self.bots_everywhere() {
                self.begin_closing(bot, symbol, format!("stop by {who}: {why}").into(), None)?;
            }
        }
        Ok(())
    }

    /// An orderly stop is complete when no entry can fill any more and, if configured, everything is flat.
    pub(super) fn finish_stop(&mut self) -> Result<(), Broken> {
        let Some(command) = self.book.link.stopping else { return Ok(()) };
        if !self.is_stopping() {
            return Ok(());
        }
        // The halt that the stop latched has the entries cancelled; here they are waited for.
        let entries = self.book.ledgered.live_orders().any(|o| o.spec.leg.opens());
        if entries || !self.book.ledgered.closings.is_empty() {
            return Ok(());
        }
        self.book.link.stopping = None;
        let kept = self.book.ledgered.open_positions().count();
        let evidence = format!("no entry works; {kept} positions stay with their stops at the venue");
        self.answer(command, Outcome::Done { evidence: evidence.into() });
        self.effect(Effect::Stopped);
        Ok(())
    }

    fn reply(&mut self, command: &Command, outcome: Outcome) {
        self.answer(command.id, outcome);
    }

    /// What was done is shown with the answer, however late it comes: whoever reads it may ask for the status at once.
    pub(super) fn answer(&mut self, command: u64, outcome: Outcome) {
        self.show();
        self.effect(Effect::Reply(Reply { command, outcome }));
    }
}
