//! Halts and incidents as they are written, and the alarms of the watch as they are answered.
//!
//! A halt is latched once per scope and cause; an incident is opened with its evidence and the one command to run
//! next. Nothing here lifts a halt but what its own `until` allows.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::Work;
use crate::book::Bare;
use crate::halt::{Halt, HaltCause, Level, Scope, Until};
use crate::id::{BotId, Symbol};
use crate::incident::{Incident, IncidentKind};
use crate::ledgered::Broken;
use crate::num::Money;
use crate::record::Record;
use crate::risk::{Alarm, lacks_protection, watch};
use crate::time::Span;

/// How many incidents of one kind may be open; more of them would say no more, and new risk is stopped instead.
const INCIDENTS_OF_A_KIND: usize = 64;

/// Protection that lasts so long ends the time that a position stood without it.
const COVERED: Span = Span::millis(250);

impl Work<'_> {
    pub(super) fn incident(&mut self, kind: IncidentKind, evidence: &str) -> Result<(), Broken> {
        self.incident_with(kind, evidence, kind.next().into())
    }

    /// Opens an incident with a next command of its own.
    pub(super) fn incident_with(
        &mut self,
        kind: IncidentKind,
        evidence: &str,
        next: Box<str>,
    ) -> Result<(), Broken> {
        let repeated =
            self.book.ledgered.incidents.values().any(|i| i.kind == kind && *i.evidence == *evidence);
        if repeated {
            return Ok(());
        }
        let open = self.book.ledgered.incidents.values().filter(|i| i.kind == kind).count();
        if open >= INCIDENTS_OF_A_KIND {
            let why = format!("{open} incidents of the kind {kind:?} are open; no more are written");
            return self.halt_account(Level::ReduceOnly, HaltCause::Impossible, &why);
        }
        let number = self.book.ledgered.incident_count.saturating_add(1);
        let incident = Incident { number, kind, evidence: evidence.into(), next, since: self.at };
        self.record(Record::IncidentOpened(Box::new(incident)))
    }

    /// An automatic repair, made where the evidence has a single explanation: never silent, and settled as it is told.
    pub(super) fn repaired(&mut self, kind: IncidentKind, evidence: &str, how: &str) -> Result<(), Broken> {
        let number = self.book.ledgered.incident_count.saturating_add(1);
        let (evidence, next) = (evidence.into(), kind.next().into());
        self.record(Record::IncidentOpened(Box::new(Incident {
            number,
            kind,
            evidence,
            next,
            since: self.at,
        })))?;
        self.record(Record::IncidentClosed { number, how: how.into() })
    }

    /// Latches a halt of the account that a person must lift.
    pub(super) fn halt_account(&mut self, level: Level, cause: HaltCause, why: &str) -> Result<(), Broken> {
        self.halt(Scope::Account, level, cause, "stopline", why, Until::Person)
    }

    pub(super) fn halt(
        &mut self,
        scope: Scope,
        level: Level,
        cause: HaltCause,
        who: &str,
        why: &str,
        until: Until,
    ) -> Result<(), Broken> {
        let standing = self.book.ledgered.halts.0.iter().find(|h| h.scope == scope && h.cause == cause);
        if standing.is_some_and(|h| h.level >= level) {
            return Ok(());
        }
        let halt = Halt { scope, level, cause, who: who.into(), why: why.into(), since: self.at, until };
        self.record(Record::HaltSet(Box::new(halt)))
    }

    /// Lifts every halt that `which` picks.
    pub(super) fn lift_where(
        &mut self,
        who: &str,
        why: &str,
        which: impl Fn(&Halt) -> bool,
    ) -> Result<(), Broken> {
        let picked = self.book.ledgered.halts.0.iter().filter(|h| which(h)).map(|h| (h.scope, h.cause));
        let picked: Vec<_> = picked.collect();
        picked.into_iter().try_for_each(|(scope, cause)| {
            self.record(Record::HaltLifted { scope, cause, who: who.into(), why: why.into() })
        })
    }

    /// Takes the entries of whoever is halted off the book: none is left to fill later.
    pub(super) fn cancel_openers(&mut self) -> Result<(), Broken> {
        let ledgered = &self.book.ledgered;
        if ledgered.halts.0.is_empty() || mutant!(HaltKeepsEntries) {
            return Ok(());
        }
        let openers = ledgered
            .live_orders()
            .filter(|o| o.spec.leg.opens() && ledgered.halts.bot(o.bot()) != Level::Running);
        let openers: Vec<_> = openers.map(|o| o.root).collect();
        openers.into_iter().try_for_each(|root| self.cancel(root))
    }

    /// Notes since when each position lacks protection.
    pub(super) fn note_protection(&mut self) {
        self.book.link.positions_noted = Some(self.book.ledgered.seq);
        let open: Vec<_> =
            self.book.ledgered.open_positions().map(|(bot, symbol, _)| (bot, symbol)).collect();
        self.book.link.unprotected.retain(|key, _| open.contains(key));
        for (bot, symbol) in open {
            if lacks_protection(self.book, bot, symbol) {
                self.note_bare(bot, symbol);
            } else if let Some(bare) = self.book.link.unprotected.get_mut(&(bot, symbol)) {
                bare.covered.get_or_insert(self.at.mono);
            }
        }
    }

    /// Protection that lasts for a moment only, such as that of a stop whose end is the next word, begins no new time.
    fn note_bare(&mut self, bot: BotId, symbol: Symbol) {
        let now = self.at.mono;
        let fresh = Bare { since: now, covered: None };
        let bare = self.book.link.unprotected.entry((bot, symbol)).or_insert(fresh);
        if bare.covered.take().is_some_and(|covered| now.since(covered) >= COVERED) {
            *bare = fresh;
        }
    }

    /// Answers the watch: halt, incident, closing.
    pub(super) fn sound_alarms(&mut self) -> Result<(), Broken> {
        // Most inputs are quotes, and a quote moves no money: the same records and marks give the same answer.
        let money = Some((self.book.ledgered.seq, self.book.market.marks));
        let moved = self.book.market.money_watched != money;
        self.book.market.money_watched = money;
        if moved {
            self.note_high()?;
        }
        watch(self.book, self.at, moved).into_iter().try_for_each(|alarm| self.answer_alarm(alarm))
    }

    /// Records a new high of equity where somebody asks for highs. In steps: each tick of a rising market would be a record.
    fn note_high(&mut self) -> Result<(), Broken> {
        let limits = &self.book.config.limits.day;
        let (Some(day), true) = (self.book.ledgered.day, limits.needs_highs()) else { return Ok(()) };
        let Some(equity) = self.book.equity() else { return Ok(()) };
        let risen = |high: Money| equity.minus(high).is_ok_and(|rise| rise >= limits.high_step);
        if risen(day.high()) || self.book.ledgered.high.is_none_or(risen) {
            self.record(Record::EquityRose { equity })?;
        }
        Ok(())
    }

    fn answer_alarm(&mut self, alarm: Alarm) -> Result<(), Broken> {
        self.halt(alarm.scope, alarm.level, alarm.cause, "stopline", &alarm.why, alarm.until)?;
        if let Some(kind) = alarm.incident {
            self.incident(kind, &alarm.why)?;
        }
        for (bot, symbol) in alarm.close {
            self.begin_closing(bot, symbol, alarm.why.clone(), None)?;
        }
        Ok(())
    }
}
