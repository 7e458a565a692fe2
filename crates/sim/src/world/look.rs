//! Who looks over the ledger's stage as it works: at every record kept, every command at the door, every byte that
//! leaves.
//!
//! It only looks; nothing of the run depends on it but the verdict.

use stopline_exchange::desk::Desk;
use stopline_kernel::effect::OrderCommand;
use stopline_kernel::intent::{Leg, Origin};
use stopline_kernel::num::Money;
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::time::{ExchangeTime, Mono};
use stopline_venues::paper::wire::{ClientMessage, Frames, decode};

use super::{Script, Tracing};
use crate::engine::Watch;
use crate::oracle::{Oracle, Violation};
use crate::scene;

/// Looks at the ledger's stage.
pub(super) struct Look<'a> {
    pub(super) now: Mono,
    /// When the account was asked for whose newest answer the lane has had.
    pub(super) asked: Option<Mono>,
    /// The newest data that the lane has had.
    pub(super) newest: Option<ExchangeTime>,
    pub(super) dishonest: bool,
    pub(super) oracle: &'a mut Oracle,
    pub(super) desk: &'a Desk,
    pub(super) hasher: &'a mut blake3::Hasher,
    pub(super) trace: Option<&'a mut Tracing>,
    /// Where a scripted run keeps what is durable.
    pub(super) script: Option<&'a mut Script>,
    pub(super) seen: Result<(), Violation>,
}

impl Look<'_> {
    fn note(&mut self, verdict: Result<(), Violation>) {
        if self.seen.is_ok() {
            self.seen = verdict;
        }
    }

    /// INV-10 and 15: an entry is recorded on data and a wish that are young enough, by an account that may still lose.
    fn fresh(&self, entry: &Entry) -> Result<(), Violation> {
        let Record::OrderPlaced { key, order, .. } = &entry.record else { return Ok(()) };
        let (Leg::Entry, Origin::Bot { bar_open, .. }) = (order.leg, key.origin) else { return Ok(()) };
        let broken = |invariant, seen| Err(Violation { invariant, seen });
        let Some(now) = entry.at.market else {
            return broken("INV-15", "an entry was recorded without market time".to_owned());
        };
        let (config, bar) = (self.oracle.config(), scene::bar());
        let data = self.newest.map(|newest| now.since(newest));
        if data.is_none_or(|age| age > config.timings.data_age) {
            return broken("INV-15", format!("an entry was recorded on data that is {data:?} old"));
        }
        let wish = now.since(bar_open.plus(bar));
        if wish > config.timings.intent_age {
            return broken("INV-15", format!("an entry was recorded on a wish that is {wish:?} old"));
        }
        self.may_lose(config.limits.daily_loss, config.start_cash)
    }

    /// Held against the exchange's own cash: the day of a run is its whole length.
    fn may_lose(&self, limit: Money, start: Money) -> Result<(), Violation> {
        let Some(account) = self.desk.accounts().get(&scene::account()) else { return Ok(()) };
        let flat = account.positions.values().all(|p| p.lots.0 == 0);
        let lost = start.0.saturating_sub(account.cash.0);
        // What traded a moment ago may not have been told yet.
        let told = account.executions.iter().all(|t| self.oracle.is_booked(t));
        match flat && told && lost >= limit.0 {
            true => Err(Violation {
                invariant: "INV-10",
                seen: format!("an entry was recorded with {} lost today", Money(lost)),
            }),
            false => Ok(()),
        }
    }
}

impl Watch for Look<'_> {
    fn offered(&mut self, last: u64) {
        self.oracle.offer(last);
    }

    fn kept(&mut self, entries: &[Entry]) {
        self.script.iter_mut().for_each(|script| script.records.extend_from_slice(entries));
        for entry in entries {
            self.hasher.update(entry.record.kind().as_bytes());
            if let Some(trace) = &mut self.trace {
                trace.kept(self.now, entry);
            }
            if matches!(&entry.record, Record::OrderPlaced { order, .. } if order.leg == Leg::Entry) {
                self.oracle.last_entry = Some(self.now);
            }
            let verdict = self.fresh(entry);
            self.note(verdict);
        }
        let dishonest = self.dishonest;
        self.oracle.history.iter_mut().for_each(|history| history.honesty(dishonest));
        // From a broker that answers with an old account, or calls refused what works, flat cannot be had by asking.
        if !self.dishonest {
            let verdict = self.oracle.flat(entries, self.desk, scene::account(), self.asked);
            self.note(verdict);
        }
        let verdict = self.oracle.kept(entries, self.asked);
        self.note(verdict);
        if !self.dishonest {
            let verdict = self.oracle.ends(entries, self.desk, scene::account());
            self.note(verdict);
        }
    }

    fn at_door(&mut self, command: &OrderCommand, now: Mono) {
        if now > command.deadline {
            let late = now.since(command.deadline);
            let seen = format!("a command left {late:?} after its deadline");
            self.note(Err(Violation { invariant: "INV-15", seen }));
        }
        if command.opens {
            let verdict = self.oracle.opens_at_door();
            self.note(verdict);
        }
    }

    fn sent(&mut self, bytes: &[u8]) {
        let mut frames = Frames::default();
        frames.push(bytes);
        while let Ok(Some(body)) = frames.next_frame() {
            if let Ok(message) = decode::<ClientMessage>(&body) {
                if let Some(trace) = &mut self.trace {
                    trace.sent(self.now, &message);
                }
                let verdict = self.oracle.write(&message);
                self.note(verdict);
            }
        }
    }
}
