//! The step: one input in, records and effects out. Pure; the only writer of the Book.
//!
//! It takes the input, then follows up: day, protection, watch, halts, closings, questions to the venue. It never sends: its
//! effects come out only through `commit`.

mod bust;
mod clock;
mod closing;
mod closing_order;
mod command;
mod decide;
mod foreign;
mod halt;
mod market;
#[cfg(feature = "mutants")]
mod mutants;
mod order;
mod recovery;
mod report;
mod size;
mod snapshot;
mod stalled;
mod start;
mod status;

use crate::book::Book;
use crate::commit::Step;
use crate::effect::{Effect, OrderCommand, Ordered};
use crate::input::{Event, Input};
use crate::intent::DecisionId;
use crate::ledgered::Broken;
use crate::num::Overflow;
use crate::record::{Entry, Record};
use crate::time::{Mono, Stamp};

pub(crate) use order::give_back;
pub(crate) use status::status;

/// One input being worked on.
pub(crate) struct Work<'a> {
    /// The Book, written only here and in the files beside this one.
    pub(crate) book: &'a mut Book,
    /// When the input happened.
    pub(crate) at: Stamp,
    number: u64,
    decision: Option<DecisionId>,
    step: Step,
}

/// Takes one input; `number` counts the inputs of this process, and `room` is an empty step to fill.
///
/// # Errors
///
/// [`Broken`] when a record cannot follow the ones before it: memory can no longer be trusted, and the caller ends the
/// process.
pub(crate) fn step(book: &mut Book, number: u64, input: &Input, room: Step) -> Result<Step, Broken> {
    let mut work = Work::new(book, number, input.at, room);
    work.take(&input.event)?;
    work.follow_up()?;
    Ok(work.step)
}

impl<'a> Work<'a> {
    /// Begins work on input `number`.
    pub(crate) fn new(book: &'a mut Book, number: u64, at: Stamp, room: Step) -> Work<'a> {
        Work { book, at, number, decision: None, step: room }
    }

    /// Ends the work; gives what came of it.
    pub(crate) fn finish(self) -> Step {
        self.step
    }

    fn take(&mut self, event: &Event) -> Result<(), Broken> {
        match event {
            Event::Start { build } => self.start(build),
            Event::Tick(tick) => self.tick(tick),
            Event::History { symbol, length, bars } => self.history(*symbol, *length, bars),
            Event::Report(report) => self.report(report),
            Event::Intent { bot, intent } => self.intent(*bot, intent),
            Event::BotState { bot, state } => self.bot_state(*bot, state),
            Event::BotUp { bot } => self.bot_up(*bot),
            Event::BotDown { bot, why } => self.bot_down(*bot, why),
            Event::Sent { orders, durable, sent } => self.sent(orders, *durable, *sent),
            Event::NotSent { orders, what, why } => self.not_sent(orders, *what, *why),
            Event::Command(command) => self.command(command),
            Event::Beat => self.beat(),
        }
    }

    /// What follows from any input: the same few questions, in the same order.
    fn follow_up(&mut self) -> Result<(), Broken> {
        self.turn_day()?;
        self.end_pauses()?;
        if self.book.link.positions_noted != Some(self.book.ledgered.seq) {
            self.retire_exits()?;
            self.note_protection();
        }
        self.sound_alarms()?;
        self.cancel_openers()?;
        self.pursue_closings()?;
        self.recover()?;
        self.finish_stop()
    }

    /// Writes a record and applies it at once, so that memory and ledger cannot part.
    fn record(&mut self, record: Record) -> Result<(), Broken> {
        let seq = self.book.ledgered.seq.saturating_add(1);
        let entry = Entry { seq, at: self.at, input: self.number, decision: self.decision, record };
        self.book.ledgered.apply(&entry)?;
        self.step.entries.push(entry);
        Ok(())
    }

    /// Does `work` with every record marked as belonging to `decision`.
    fn within<T>(&mut self, decision: DecisionId, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.decision.replace(decision);
        let done = work(self);
        self.decision = before;
        done
    }

    fn effect(&mut self, effect: Effect) {
        if let (Effect::Order(approved), Some(rate)) = (&effect, self.book.config.limits.pace.sends) {
            let orders = approved.get().what.orders().len().max(1);
            self.book.link.bucket.take(self.at.mono, rate, u64::try_from(orders).unwrap_or(u64::MAX));
        }
        self.step.effects.push(effect);
    }

    /// The command, with what the door checks right before the send.
    fn order_command(&self, what: Ordered, opens: bool) -> OrderCommand {
        let deadline = self.mono().plus(self.book.config.timings.send_deadline);
        OrderCommand { account: self.book.config.account, deadline, opens, what }
    }

    /// Whether the broker takes one more message; what only cancels or closes waits for that, and for nothing else.
    fn may_send(&self) -> bool {
        let (link, now) = (&self.book.link, self.at.mono);
        self.book.config.limits.pace.sends.is_none_or(|rate| link.bucket.has_one(now, rate))
    }

    const fn mono(&self) -> Mono {
        self.at.mono
    }

    /// Whether something asked at `asked` was asked less than `span` ago.
    fn asked_within(&self, asked: Option<Mono>, span: crate::time::Span) -> bool {
        asked.is_some_and(|asked| self.mono().since(asked) < span)
    }
}

/// A sum that left its range, as a reason to stop trusting memory.
pub(crate) fn or_broken<T>(result: Result<T, Overflow>) -> Result<T, Broken> {
    result.map_err(Broken::from)
}
