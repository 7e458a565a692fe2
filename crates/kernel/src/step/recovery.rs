//! The recovery of an account that does not agree with the broker's: six steps, each recorded as it is done.
//!
//! Halt; have what could open confirmed as gone; compare again; close what nobody wanted; have that confirmed; compare once
//! more, and only then allow new risk. It goes on by itself only where one explanation is possible: that news was
//! late, or that a bot holds what it did not want. Every other difference is left to a person, and stays halted.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::Work;
use crate::halt::{HaltCause, Scope};
use crate::id::{BotId, Symbol};
use crate::incident::IncidentKind;
use crate::ledgered::{Broken, external_bot};
use crate::num::Lots;
use crate::record::{Record, Recovery, RecoveryStep};
use crate::report::{Snapshot, Stream};
use crate::table::Life;

/// Who lifts the halt at the end of a recovery.
const RECOVERY: &str = "recovery";

impl Work<'_> {
    /// Begins to recover, unless that is under way or was left to a person.
    pub(super) fn begin_recovery(&mut self, difference: &str) -> Result<(), Broken> {
        match self.book.ledgered.recovery {
            Some(_) => Ok(()),
            None => self.recovered_to(RecoveryStep::Halted, difference),
        }
    }

    /// The steps that follow from what stands, and not from an answer about the account.
    pub(super) fn recover(&mut self) -> Result<(), Broken> {
        let Some(step) = self.book.ledgered.recovery.as_ref().map(|r| r.step) else { return Ok(()) };
        if !self.book.link.up.contains_key(&Stream::Orders) {
            return Ok(());
        }
        match step {
            RecoveryStep::Halted if self.nothing_could_open() => {
                self.recovered_to(RecoveryStep::Cleared, "nothing that could open works any more")?;
                self.ask_snapshot();
            }
            RecoveryStep::Hedging if self.book.ledgered.closings.is_empty() => {
                self.recovered_to(RecoveryStep::Hedged, "the broker has confirmed what was closed")?;
                self.ask_snapshot();
            }
            _ => {}
        }
        Ok(())
    }

    fn nothing_could_open(&self) -> bool {
        !self.book.ledgered.live_orders().any(|o| o.spec.leg.opens() || o.life == Life::Unknown)
    }

    /// The steps that an answer about the account decides; only one that was asked for after the last step says anything.
    pub(super) fn recovery_compares(
        &mut self,
        snapshot: &Snapshot,
        difference: Option<&str>,
    ) -> Result<(), Broken> {
        let Some(Recovery { step, since, .. }) = self.book.ledgered.recovery.clone() else { return Ok(()) };
        if snapshot.asked <= since.mono {
            return Ok(());
        }
        let lasted = self.at.mono.since(since.mono) > self.book.config.timings.detect;
        match (step, difference) {
            (RecoveryStep::Cleared, None) => {
                self.recovered_to(RecoveryStep::Compared, "the account agrees: news had been late")?;
                mutant!(RecoveryUnconfirmed => return self.confirm_recovery("it agrees"));
                self.ask_snapshot();
                Ok(())
            }
            (RecoveryStep::Cleared, Some(differs)) => match self.unwanted(snapshot) {
                Some(unwanted) => self.hedge(&unwanted, differs),
                None if lasted => self.recovered_to(RecoveryStep::LeftToPerson, differs),
                None => Ok(()),
            },
            (RecoveryStep::Compared | RecoveryStep::Hedged, None) if self.nothing_is_open() => {
                self.confirm_recovery("another answer of the broker agrees")
            }
            (RecoveryStep::Compared | RecoveryStep::Hedged, Some(differs)) if lasted => {
                self.recovered_to(RecoveryStep::LeftToPerson, differs)
            }
            _ => Ok(()),
        }
    }

    fn nothing_is_open(&self) -> bool {
        self.nothing_could_open() && self.book.ledgered.closings.is_empty()
    }

    /// Where bots hold what they did not want, if that is all that differs: the positions are the broker's, so that the
    /// executions are right and the wish is what is left behind.
    fn unwanted(&self, snapshot: &Snapshot) -> Option<Vec<(BotId, Symbol)>> {
        if self.difference_of_account(snapshot).is_some() {
            return None;
        }
        let ledgered = &self.book.ledgered;
        let mut differs = Vec::new();
        for (symbol, by_bot) in &ledgered.intended {
            let bots = by_bot.iter().filter(|(bot, _)| **bot != external_bot());
            differs.extend(
                bots.filter(|(bot, wanted)| ledgered.lots_of(**bot, *symbol) != **wanted)
                    .map(|(bot, _)| (*bot, *symbol)),
            );
        }
        Some(differs)
    }

    /// Closes what was not wanted, all of it: half of a position nobody understands is no better.
    fn hedge(&mut self, unwanted: &[(BotId, Symbol)], differs: &str) -> Result<(), Broken> {
        self.recovered_to(RecoveryStep::Compared, differs)?;
        for (bot, symbol) in unwanted {
            let cause = format!("recovery: {bot} holds what it did not want");
            self.begin_closing(*bot, *symbol, cause.into(), None)?;
        }
        let held = unwanted.iter().map(|(bot, symbol)| self.book.ledgered.lots_of(*bot, *symbol));
        let held = Lots(held.map(|lots| lots.size().0).fold(0, i64::saturating_add));
        let evidence = format!("{held} lots that no bot wants are being closed");
        self.recovered_to(RecoveryStep::Hedging, &evidence)
    }

    fn confirm_recovery(&mut self, evidence: &str) -> Result<(), Broken> {
        self.recovered_to(RecoveryStep::Confirmed, evidence)?;
        self.lift_where(RECOVERY, evidence, |halt| {
            halt.scope == Scope::Account && halt.cause == HaltCause::Disagreement
        })?;
        let kinds = [IncidentKind::PositionDisagreement, IncidentKind::CashDisagreement];
        let open = self.book.ledgered.incidents.values().filter(|i| kinds.contains(&i.kind));
        let open: Vec<u64> = open.map(|i| i.number).collect();
        let how = format!("recovered: {evidence}");
        open.into_iter()
            .try_for_each(|number| self.record(Record::IncidentClosed { number, how: how.clone().into() }))
    }

    fn recovered_to(&mut self, step: RecoveryStep, evidence: &str) -> Result<(), Broken> {
        let evidence: Box<str> = evidence.into();
        self.record(Record::RecoveryMoved(Box::new(Recovery { step, evidence, since: self.at })))
    }
}
