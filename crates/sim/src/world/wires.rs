//! The two wires between the engine and the exchange: outputs carried out, bytes delivered, connections made and lost.
//!
//! Bytes of one session never overtake each other; what a dead process wrote may be lost with its connection.

use stopline_exchange::paper::SessionId;
use stopline_venues::protocol::Output;

use super::{Due, HOP, World};
use crate::engine::{Ran, Wire};
use crate::oracle::Violation;

impl World {
    pub(super) fn carry_out(&mut self, ran: Ran) -> Result<(), Violation> {
        let (outputs, died) = match ran {
            Ran::Done(outputs) => (outputs, false),
            Ran::Died(outputs) => (outputs, true),
        };
        for (wire, output) in outputs {
            match output {
                Output::Connect => self.heap.push(self.now.plus(HOP), Due::Connected(self.life, wire)),
                Output::Write(bytes) => self.write(wire, bytes, died),
                Output::Close => self.hang_up(wire),
                // Taken out before.
                Output::Deliver(_) => {}
            }
        }
        if died {
            self.die();
            return Ok(());
        }
        for wire in [Wire::Quotes, Wire::Orders] {
            self.schedule_machine(wire);
        }
        self.wake_stages();
        Ok(())
    }

    pub(super) fn schedule_machine(&mut self, wire: Wire) {
        let deadline = self.engine.as_ref().and_then(|e| e.deadline(wire));
        if let Some(at) = deadline.map(|at| at.max(self.now))
            && self.machine_due.get(&wire).is_none_or(|due| *due > at)
        {
            self.machine_due.insert(wire, at);
            self.heap.push(at, Due::Machine(self.life, wire));
        }
    }

    /// Bytes are on their way. In a death they may be lost with the connection.
    pub(super) fn write(&mut self, wire: Wire, bytes: Vec<u8>, dying: bool) {
        self.hasher.update(&bytes);
        let lost = dying && self.crash.permille(self.swarm.lost_in_crash);
        if let Some(session) = self.sessions.get(&wire).copied().filter(|_| !lost) {
            self.heap.push_in_order(self.now.plus(HOP), Due::ToVenue(session, bytes));
        }
    }

    pub(super) fn hang_up(&mut self, wire: Wire) {
        if let Some(session) = self.sessions.remove(&wire) {
            self.venue.disconnect(session);
        }
    }

    pub(super) fn connect(&mut self, wire: Wire) -> Result<(), Violation> {
        self.next_session += 1;
        let session = SessionId(self.next_session);
        self.sessions.insert(wire, session);
        self.venue.connect(session);
        let now = self.now;
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let ran = engine.drive(now, wire, |machine, out| machine.connected(now, out));
        self.carry_out(ran)
    }

    pub(super) fn engine_reads(&mut self, session: SessionId, bytes: &[u8]) -> Result<(), Violation> {
        let Some(wire) = self.wire_of(session) else { return Ok(()) };
        self.hasher.update(bytes);
        if wire == Wire::Orders {
            self.tell(|| format!("<- {}", String::from_utf8_lossy(bytes.get(4..).unwrap_or(&[]))));
        }
        let now = self.now;
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let ran = engine.drive(now, wire, |machine, out| machine.bytes(now, bytes, out));
        self.carry_out(ran)
    }

    pub(super) fn engine_loses(&mut self, session: SessionId, why: &str) -> Result<(), Violation> {
        let Some(wire) = self.wire_of(session) else { return Ok(()) };
        self.sessions.remove(&wire);
        let now = self.now;
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let ran = engine.drive(now, wire, |machine, out| machine.lost(now, why, out));
        self.carry_out(ran)
    }

    pub(super) fn wire_of(&self, session: SessionId) -> Option<Wire> {
        self.sessions.iter().find(|(_, s)| **s == session).map(|(wire, _)| *wire)
    }

    pub(super) fn machine_timer(&mut self, wire: Wire) -> Result<(), Violation> {
        let now = self.now;
        self.machine_due.remove(&wire);
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let ran = engine.drive(now, wire, |machine, out| machine.timer(now, out));
        self.carry_out(ran)
    }
}
