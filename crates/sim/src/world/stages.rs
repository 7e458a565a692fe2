//! The two stages of the engine's pipeline, woken when something was put before them.
//!
//! They only hand on: what is decided is decided in the lane, what is looked at is looked at in [`super::look`].

use super::look::Look;
use super::{Due, WAKE, World, fatal};
use crate::disk::Living;
use crate::engine::Ran;
use crate::oracle::Violation;
use crate::scene;

impl World {
    pub(super) fn lane(&mut self) -> Result<(), Violation> {
        self.lane_due = None;
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let before = engine.lane().book().ledgered.seq;
        let ran = engine.turn().map_err(fatal)?;
        let changed = engine.lane().book().ledgered.seq != before;
        self.chronicle_steps();
        if !matches!(ran, Ran::Done(_)) {
            return self.carry_out(ran);
        }
        self.wake_stages();
        // A position may be bare, covered and bare again between two beats.
        if changed { self.judge_in_time() } else { Ok(()) }
    }

    pub(super) fn ledger(&mut self) -> Result<(), Violation> {
        self.ledger_due = None;
        if let Some(takes) = self.script.as_mut().and_then(|script| script.slow.take()) {
            let at = self.now.plus(takes);
            self.ledger_due = Some(at);
            self.heap.push(at, Due::Ledger(self.life));
            return Ok(());
        }
        let (chance, takes) = self.swarm.disk.slow;
        if !self.is_calm() && self.disk.permille(chance) {
            self.befalls_sync(takes);
            let at = self.now.plus(takes);
            self.ledger_due = Some(at);
            self.heap.push(at, Due::Ledger(self.life));
            return Ok(());
        }
        let now = self.reading();
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let Some(log) = self.log.log() else { return Ok(()) };
        let (asked, newest) = (engine.seen().account_asked, engine.seen().newest);
        let mut look = Look {
            now: self.now,
            asked,
            newest,
            dishonest: self.swarm.broker.is_dishonest() || self.unsettled,
            oracle: &mut self.oracle,
            desk: self.venue.desk(),
            hasher: &mut self.hasher,
            trace: self.trace.as_mut(),
            script: self.script.as_deref_mut(),
            seen: Ok(()),
        };
        let ran = match log {
            Living::Modelled(log) => engine.commit(now, log, &mut look),
            Living::Sqlite(log) => engine.commit(now, log, &mut look),
        };
        let ran = ran.map_err(fatal)?;
        look.seen?;
        if matches!(ran, Ran::Done(_)) {
            self.sums()?;
        }
        if self.engine.as_ref().is_some_and(crate::engine::Engine::holds) {
            let at = self.now.plus(crate::world::BEAT);
            self.heap.push(at, Due::Held(self.life));
        }
        self.carry_out(ran)
    }

    /// INV-05 and 17, whenever the lane is not ahead of the ledger.
    fn sums(&mut self) -> Result<(), Violation> {
        let Some(engine) = self.engine.as_mut().filter(|e| !e.has_steps() && !e.has_inputs()) else {
            return Ok(());
        };
        let told = engine.take_told();
        self.oracle.told(&told)?;
        if !self.oracle.take_filled() {
            return Ok(());
        }
        self.oracle.positions(&engine.lane().book().ledgered, self.venue.desk(), scene::account())
    }

    pub(super) fn tell_held(&mut self) -> Result<(), Violation> {
        let now = self.reading();
        if let Some(engine) = &mut self.engine {
            engine.tell_held(now);
        }
        self.wake_stages();
        Ok(())
    }

    /// A stage wakes when something was put before it, and is not woken twice for the same.
    pub(super) fn wake_stages(&mut self) {
        let Some(engine) = &self.engine else { return };
        let at = self.now.plus(WAKE);
        if engine.has_inputs() && self.lane_due.is_none() {
            self.lane_due = Some(at);
            self.heap.push(at, Due::Lane(self.life));
        }
        if engine.has_steps() && self.ledger_due.is_none() {
            self.ledger_due = Some(at);
            self.heap.push(at, Due::Ledger(self.life));
        }
    }
}
