//! The two wires between the engine and the broker: outputs carried out, bytes delivered, connections made and lost.
//!
//! Bytes of one session never overtake each other; what a dead process wrote may be lost with its connection.

use stopline_exchange::paper::SessionId;
use stopline_kernel::time::{Mono, Span};
use stopline_venues::protocol::Output;

use super::{Due, Mishap, World, chronicle, impossible};
use crate::engine::Ran;
use crate::oracle::Violation;
use crate::pipe::Way;
use crate::scenario::step::Arrives;
use crate::scene;
use crate::swarm::Path;

/// What a broker takes to answer by itself.
const REPLY: Span = Span::millis(1);

impl World {
    pub(super) fn carry_out(&mut self, ran: Ran) -> Result<(), Violation> {
        let (outputs, ended) = match ran {
            Ran::Done(outputs) => (outputs, None),
            Ran::Died(outputs) => (outputs, Some("dies")),
            Ran::Left(outputs) => (outputs, Some("stops")),
        };
        for (path, output) in outputs {
            match output {
                Output::Connect => {
                    let at = self.now.plus(Span(40_000));
                    self.heap.push(at, Due::Connected(self.life, path));
                }
                Output::Write(bytes) => self.write(path, bytes, ended.is_some())?,
                Output::Close => self.hang_up(path),
                // Taken out before.
                Output::Deliver(_) => {}
            }
        }
        if let Some(how) = ended {
            self.end_life(how);
            return Ok(());
        }
        for path in [Path::Quotes, Path::Orders] {
            self.schedule_machine(path);
        }
        self.wake_stages();
        Ok(())
    }

    pub(super) fn schedule_machine(&mut self, path: Path) {
        let deadline = self.engine.as_ref().and_then(|e| e.deadline(path));
        if let Some(at) = deadline.map(|deadline| self.clock.when(deadline, self.now))
            && self.machine_due.get(&path).is_none_or(|due| *due > at)
        {
            self.machine_due.insert(path, at);
            self.heap.push(at, Due::Machine(self.life, path));
        }
    }

    /// Bytes leave the process. In a death they may be lost with the connection.
    fn write(&mut self, path: Path, bytes: Vec<u8>, dying: bool) -> Result<(), Violation> {
        self.hasher.update(&bytes);
        let faults = &self.swarm.wire;
        let (lost, before, after) = (faults.lost_in_crash, faults.reset_before, faults.reset_after);
        let Some(session) = self.sessions.get(&path).copied() else { return Ok(()) };
        if dying && self.wire.permille(lost) {
            if path == Path::Orders {
                self.befalls_request(&bytes, "loses");
            }
            return Ok(());
        }
        let scripted = if path == Path::Orders { self.script_resets(&bytes) } else { None };
        match scripted {
            Some(Arrives::Nothing) => return self.cut(path, "reset before the write"),
            Some(Arrives::Half) => {
                let half = bytes.get(..bytes.len() / 2).unwrap_or_default().to_vec();
                self.ask(path, session, half);
                return self.cut(path, "reset within the write");
            }
            Some(Arrives::All) | None => {}
        }
        let calm = self.is_calm();
        if !calm && !dying && self.wire.permille(before) {
            self.resets(path, &bytes, "resets before");
            return self.cut(path, "reset before the write");
        }
        self.script.iter_mut().filter(|_| path == Path::Orders).for_each(|script| script.leaves(&bytes));
        let kept = self.for_the_story(&bytes);
        self.ask(path, session, bytes);
        if scripted == Some(Arrives::All) {
            return self.cut(path, "reset after the write");
        }
        if !calm && !dying && self.wire.permille(after) {
            self.resets(path, &kept, "resets after");
            return self.cut(path, "reset after the write");
        }
        Ok(())
    }

    fn resets(&mut self, path: Path, bytes: &[u8], deed: &str) {
        match path {
            Path::Orders => self.befalls_request(bytes, deed),
            Path::Quotes => self.happened(|_| "quotes cut".to_owned()),
        }
    }

    /// Bytes that a story may have to name when they are gone.
    fn for_the_story(&self, bytes: &[u8]) -> Vec<u8> {
        if self.chronicle.is_some() { bytes.to_vec() } else { Vec::new() }
    }

    /// A request sets out, and the broker does to it what it does.
    fn ask(&mut self, path: Path, session: SessionId, bytes: Vec<u8>) {
        let kept = self.for_the_story(&bytes);
        let heard = match path {
            Path::Orders => match self.script_hears(session, &bytes) {
                Some(heard) => heard,
                None => self.broker.hears(self.now, bytes),
            },
            Path::Quotes => super::broker::Heard { passes: Some(bytes), ..Default::default() },
        };
        heard.refused.iter().for_each(|id| self.oracle.note_refused(id));
        match (heard.deed, heard.refused.first()) {
            (Some(deed), _) => self.befalls_request(&kept, deed),
            (None, Some(id)) if self.chronicle.is_some() => self.befalls_exit(id),
            (None, _) => {}
        }
        let replied = self.now.plus(REPLY);
        for frame in heard.answers {
            self.heap.push_in_order(replied, Due::FromBroker(session, frame));
        }
        let Some(bytes) = heard.passes else { return };
        let pieces = self.pipes.carry(path, (session, Way::Out), self.now, bytes, &mut self.wire);
        let last = pieces.len().saturating_sub(1);
        self.comes_later(path, pieces.last().map(|(at, _)| *at), |world, deed| {
            world.befalls_request(&kept, deed);
        });
        // The settling time is a promise about the network; where it is broken, proof of absence proves nothing.
        let settled = self.now.plus(scene::config().timings.settle);
        let mut late = Vec::new();
        let never = self.now.plus(self.swarm.stormy).plus(self.swarm.calm);
        if pieces.iter().any(|(at, _)| settled < *at && *at < never) {
            self.unsettled = true;
            pieces.iter().for_each(|(_, piece)| late.extend(piece));
            self.oracle.note_late(&late);
        }
        for (i, (at, piece)) in pieces.into_iter().enumerate() {
            let mishap = heard.mishap.filter(|_| i == last);
            self.heap.push_in_order(at, Due::ToVenue(session, piece, mishap));
        }
    }

    /// A wire brings bytes later than it need: where their way is not closed, that befalls the message.
    fn comes_later(&mut self, path: Path, at: Option<Mono>, tell: impl FnOnce(&mut World, &str)) {
        let least = self.now.plus(crate::pipe::HOP).plus(self.swarm.wire.latency);
        let Some(by) = at.map(|at| at.since(least)).filter(|by| by.0 >= 1_000_000) else { return };
        if self.chronicle.is_some() && path == Path::Orders && self.swarm.wire.jitter.0 > 0 {
            tell(self, &format!("delays {}", chronicle::span(Span(by.0))));
        }
    }

    /// The engine's side closes: the broker learns it after what was written before.
    fn hang_up(&mut self, path: Path) {
        if let Some(session) = self.sessions.remove(&path) {
            self.let_go(path, session);
        }
    }

    pub(super) fn let_go(&mut self, path: Path, session: SessionId) {
        let at = self.pipes.arrival(path, (session, Way::Out), self.now, &mut self.wire);
        self.heap.push_in_order(at, Due::Gone(session));
    }

    /// A connection is cut, and both sides learn it.
    pub(super) fn cut(&mut self, path: Path, why: &str) -> Result<(), Violation> {
        let Some(session) = self.sessions.get(&path).copied() else { return Ok(()) };
        self.let_go(path, session);
        self.engine_loses(session, why)
    }

    /// The broker's side of a connection is gone, and the engine does not know.
    pub(super) fn half_open(&mut self, path: Path) {
        if self.sessions.contains_key(&path) {
            self.happened(|_| format!("{} half-open", path.word()));
        }
        if let Some(session) = self.sessions.get(&path).copied() {
            self.venue.disconnect(session);
        }
    }

    pub(super) fn connect(&mut self, path: Path) -> Result<(), Violation> {
        self.next_session += 1;
        let session = SessionId(self.next_session);
        self.sessions.insert(path, session);
        if path == Path::Orders {
            self.trace(|trace, _| trace.afresh());
        }
        self.venue.connect(session);
        let now = self.reading();
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let ran = engine.drive(now, path, |machine, out| machine.connected(now.mono, out));
        self.carry_out(ran)
    }

    pub(super) fn engine_reads(&mut self, session: SessionId, bytes: &[u8]) -> Result<(), Violation> {
        let Some(path) = self.path_of(session) else { return Ok(()) };
        self.hasher.update(bytes);
        if path == Path::Orders {
            self.trace(|trace, now| trace.heard(now, bytes));
        }
        let now = self.reading();
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let ran = engine.drive(now, path, |machine, out| machine.bytes(now.mono, bytes, out));
        self.carry_out(ran)
    }

    pub(super) fn engine_loses(&mut self, session: SessionId, why: &str) -> Result<(), Violation> {
        let Some(path) = self.path_of(session) else { return Ok(()) };
        self.sessions.remove(&path);
        self.pipes.forget(session);
        self.tell(|| format!("{}: {why}", path.word()));
        let now = self.reading();
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let ran = engine.drive(now, path, |machine, out| machine.lost(now.mono, why, out));
        self.carry_out(ran)
    }

    pub(super) fn path_of(&self, session: SessionId) -> Option<Path> {
        self.sessions.iter().find(|(_, s)| **s == session).map(|(path, _)| *path)
    }

    pub(super) fn machine_timer(&mut self, path: Path) -> Result<(), Violation> {
        // Another moment was agreed since: this one is no timer any more.
        if self.machine_due.get(&path).is_none_or(|due| *due > self.now) {
            return Ok(());
        }
        let now = self.reading();
        self.machine_due.remove(&path);
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let ran = engine.drive(now, path, |machine, out| machine.timer(now.mono, out));
        self.carry_out(ran)
    }

    pub(super) fn venue_reads(
        &mut self,
        session: SessionId,
        bytes: &[u8],
        mishap: Option<Mishap>,
    ) -> Result<(), Violation> {
        let mut sent = self.venue.bytes(session, self.now, bytes).map_err(impossible)?;
        match mishap {
            Some(Mishap::Disconnect) => {
                sent.frames.retain(|(to, _)| *to != session);
                self.venue.disconnect(session);
                sent.closed.push(session);
            }
            Some(Mishap::Restart) => {
                sent.frames.clear();
                self.venue.restart(self.now).map_err(impossible)?;
                self.venue_due = None;
                self.script.iter_mut().for_each(|script| script.afresh = true);
                sent.closed.extend(self.sessions.values().copied());
            }
            None => {}
        }
        self.post(sent);
        self.chronicle_market();
        self.looks()?;
        if self.rolled_back.is_some() {
            // What an old ledger does not know is all that this life is judged by.
            return Ok(());
        }
        self.oracle.orders(self.venue.desk(), scene::account())
    }

    pub(super) fn venue_acts(&mut self) -> Result<(), Violation> {
        self.venue_due = None;
        let sent = self.venue.advance(self.now).map_err(impossible)?;
        self.post(sent);
        self.chronicle_market();
        self.looks()
    }

    /// What the exchange says goes through the broker, and then over the wire.
    pub(super) fn post(&mut self, sent: crate::venue::Sent) {
        for (session, frame) in sent.frames {
            let Some(path) = self.path_of(session) else { continue };
            let scripted = if path == Path::Orders { self.script_tells(session, &frame) } else { None };
            let frame = match path {
                Path::Orders => self.script_retells(frame),
                Path::Quotes => self.script_dates(frame),
            };
            let kept = self.for_the_story(&frame);
            let told = scripted.unwrap_or_else(|| self.broker.tells(self.now, path, frame));
            if let Some(deed) = &told.deed
                && path == Path::Orders
            {
                self.befalls_word(&kept, deed);
            }
            if let Some(id) = told.lied_about {
                self.oracle.note_refused(&id);
            }
            for (at, frame) in told.frames {
                if at == self.now {
                    self.carry_in(path, session, frame);
                } else {
                    self.heap.push(at, Due::FromBroker(session, frame));
                }
            }
        }
        for session in sent.closed {
            let Some(path) = self.path_of(session) else { continue };
            let at = self.pipes.arrival(path, (session, Way::In), self.now, &mut self.wire);
            self.heap.push_in_order(at, Due::Closed(session));
        }
        self.wake_venue();
    }

    pub(super) fn send_to_engine(&mut self, session: SessionId, frame: Vec<u8>) -> Result<(), Violation> {
        if let Some(path) = self.path_of(session) {
            self.carry_in(path, session, frame);
        }
        Ok(())
    }

    fn carry_in(&mut self, path: Path, session: SessionId, frame: Vec<u8>) {
        let kept = self.for_the_story(&frame);
        let pieces = self.pipes.carry(path, (session, Way::In), self.now, frame, &mut self.wire);
        self.comes_later(path, pieces.last().map(|(at, _)| *at), |world, deed| {
            world.befalls_word(&kept, deed);
        });
        for (at, piece) in pieces {
            self.heap.push_in_order(at, Due::ToEngine(session, piece));
        }
    }

    pub(super) fn wake_venue(&mut self) {
        if let Some(at) = self.venue.next_event().map(|at| at.max(self.now))
            && self.venue_due.is_none_or(|due| due > at)
        {
            self.venue_due = Some(at);
            self.heap.push(at, Due::Venue);
        }
    }
}
