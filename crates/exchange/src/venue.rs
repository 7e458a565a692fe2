//! The whole venue as one value: bytes of sessions in, journal lines and bytes for sessions out.
//!
//! Single-threaded, with no clock and no I/O, so that the server and the simulator drive the same code. Its driver has one duty: the
//! journal part of a [`Batch`] is kept (and, where it says so, on the disk) before any of its actions happen.

use std::collections::BTreeMap;

use stopline_kernel::id::Symbol;
use stopline_kernel::market::TickKind;
use stopline_kernel::time::{ExchangeTime, MarketClock, Mono, Span};
use stopline_venues::paper::wire::{ClientMessage, Frames, StreamName, VenueMessage, decode, encode};

use crate::birth::Plan;
use crate::desk::Impossible;
use crate::fact::Fact;
use crate::faults::{Cargo, Faults, Line, Mishap};
use crate::floor::Floor;
use crate::journal::{Chain, Damage, Journal};
use crate::paper::{Exchange, Outgoing, Said, SessionId};
use crate::scenario::Set;

/// What one step of the venue asks of its driver.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// To be appended to the journal before anything in `actions` happens.
    pub journal: Vec<u8>,
    /// Whether the journal must be on the disk before that; otherwise it is enough that it was written.
    pub sync: bool,
    /// To be done then, in order, each at its time.
    pub actions: Vec<Action>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Bytes for a session; nothing if it has gone.
    Send {
        /// For whom.
        session: SessionId,
        /// When they arrive.
        at: Mono,
        /// One frame.
        bytes: Vec<u8>,
    },
    /// End a session's connection, after what was sent to it by then.
    Close {
        /// Whose.
        session: SessionId,
        /// When.
        at: Mono,
    },
    /// Throw this venue away with all its sessions, and restore it from its journal: as if it had been killed.
    Restart,
}

/// How market time runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The monotonic moment at which the exchange's present time is.
    pub now: Mono,
    /// Market nanoseconds per real nanosecond, in thousandths; above zero.
    pub speed_milli: u32,
}

/// The exchange behind the paper protocol, on a line that may be bad.
#[derive(Debug)]
pub struct PaperVenue {
    exchange: Exchange,
    line: Line,
    chain: Chain,
    frames: BTreeMap<SessionId, Frames>,
    /// The first lines of the journal, which its first step writes.
    beginning: bool,
}

impl PaperVenue {
    /// A new venue. Its first step writes the beginning of the journal.
    pub fn create(plan: Plan, pace: Pace, faults: Faults) -> Result<PaperVenue, Impossible> {
        let line = Line::new(faults, plan.models.latency, plan.seed);
        Ok(PaperVenue::on(Floor::create(plan)?, Chain::default(), pace, line))
    }

    /// The venue of this journal, going on where it was.
    pub fn restore(plan: Plan, journal: &Journal, pace: Pace, faults: Faults) -> Result<PaperVenue, Damage> {
        let latency = plan.models.latency;
        let floor = Floor::restore(plan, journal)?;
        let seed = floor.desk().identity().map_or(0, |i| i.seed) ^ u64::from(floor.desk().run());
        let line = Line::new(faults, latency, seed);
        Ok(PaperVenue::on(floor, journal.chain.clone(), pace, line))
    }

    fn on(floor: Floor, chain: Chain, pace: Pace, line: Line) -> PaperVenue {
        let clock = MarketClock { origin: floor.now(), at: pace.now, speed_milli: pace.speed_milli };
        let exchange = Exchange::new(floor, clock);
        PaperVenue { exchange, line, chain, frames: BTreeMap::new(), beginning: true }
    }

    /// From here on the line behaves like this.
    pub fn set_faults(&mut self, faults: Faults) {
        self.line.set_faults(faults);
    }

    /// The exchange behind it.
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// When something happens by itself next; `None` when nothing will.
    pub fn next_event(&self) -> Option<Mono> {
        if self.beginning {
            return Some(self.exchange.clock().at);
        }
        let clock = self.exchange.clock();
        let ahead = i128::from(self.exchange.floor().next_event_time()?.since(clock.origin).0);
        let speed = i128::from(clock.speed_milli.max(1));
        let real = (ahead * 1_000 + speed - 1) / speed;
        Some(clock.at.plus(Span(i64::try_from(real).unwrap_or(i64::MAX))))
    }

    /// A connection was made.
    pub fn connect(&mut self, session: SessionId) {
        self.exchange.connect(session);
        self.frames.insert(session, Frames::default());
    }

    /// A connection is gone.
    pub fn disconnect(&mut self, session: SessionId) {
        self.exchange.disconnect(session);
        self.frames.remove(&session);
        self.line.forget(session);
    }

    /// Lets market time run until `now`.
    pub fn advance(&mut self, now: Mono, batch: &mut Batch) -> Result<(), Impossible> {
        let mut out = Vec::new();
        self.exchange.advance(self.market_time(now), &mut out)?;
        self.keep(batch);
        self.send(now, out, batch);
        Ok(())
    }

    /// A recorded market does something, or nothing: then its quote and last trade are shown once more.
    pub fn show(
        &mut self,
        now: Mono,
        symbol: Symbol,
        what: Option<TickKind>,
        batch: &mut Batch,
    ) -> Result<(), Impossible> {
        let (mut followed, at) = (Vec::new(), self.market_time(now));
        let ticks = match what {
            Some(what) => self.exchange.show(symbol, at, what, &mut followed)?.into_iter().collect(),
            None => self.exchange.stands(symbol, at)?,
        };
        let mut out = Vec::new();
        for session in self.exchange.sessions() {
            if self.exchange.is_stream(session, StreamName::Quotes) {
                out.extend(ticks.iter().map(|tick| Outgoing { session, said: Said::Tick(*tick) }));
            }
        }
        out.append(&mut followed);
        self.keep(batch);
        self.send(now, out, batch);
        Ok(())
    }

    /// A contract trades otherwise from now on.
    pub fn set(&mut self, now: Mono, symbol: Symbol, set: Set, batch: &mut Batch) -> Result<(), Impossible> {
        let mut out = Vec::new();
        self.exchange.set(symbol, self.market_time(now), set, &mut out)?;
        self.keep(batch);
        self.send(now, out, batch);
        Ok(())
    }

    /// Takes bytes of a session as they arrived.
    pub fn on_bytes(
        &mut self,
        session: SessionId,
        now: Mono,
        bytes: &[u8],
        batch: &mut Batch,
    ) -> Result<(), Impossible> {
        if let Some(frames) = self.frames.get_mut(&session) {
            frames.push(bytes);
        }
        loop {
            let Some(frames) = self.frames.get_mut(&session) else { return Ok(()) };
            let message = match frames.next_frame() {
                Ok(None) => return Ok(()),
                Ok(Some(body)) => decode::<ClientMessage>(&body),
                Err(why) => Err(why),
            };
            match message {
                Ok(message) => self.on_message(session, now, message, batch)?,
                Err(why) => {
                    let mut out = Vec::new();
                    self.exchange.leave(session, &why.to_string(), &mut out);
                    self.send(now, out, batch);
                }
            }
            if batch.actions.last() == Some(&Action::Restart) {
                return Ok(());
            }
        }
    }

    fn on_message(
        &mut self,
        session: SessionId,
        now: Mono,
        message: ClientMessage,
        batch: &mut Batch,
    ) -> Result<(), Impossible> {
        let on_line = self.exchange.is_stream(session, StreamName::Orders) && message != ClientMessage::Bye;
        let mishap = if on_line { self.line.request() } else { None };
        if mishap == Some(Mishap::Lose) {
            return Ok(());
        }
        let mut out = Vec::new();
        self.exchange.receive(session, self.market_time(now), message, &mut out)?;
        self.keep(batch);
        match mishap {
            Some(Mishap::Disconnect) => {
                out.retain(|o| o.session != session);
                self.disconnect(session);
                self.send(now, out, batch);
                batch.actions.push(Action::Close { session, at: now });
            }
            Some(Mishap::Restart) => batch.actions.push(Action::Restart),
            _ => self.send(now, out, batch),
        }
        Ok(())
    }

    /// The orderly end: everyone hears goodbye, and the journal says when it was.
    pub fn stop(&mut self, now: Mono, batch: &mut Batch) -> Result<(), Impossible> {
        let mut out = Vec::new();
        self.exchange.advance(self.market_time(now), &mut out)?;
        self.exchange.stop(&mut out)?;
        self.keep(batch);
        self.send(now, out, batch);
        Ok(())
    }

    fn market_time(&self, now: Mono) -> ExchangeTime {
        self.exchange.clock().read(now)
    }

    /// Puts the facts of this step on one line.
    fn keep(&mut self, batch: &mut Batch) {
        let facts = self.exchange.take_facts();
        self.beginning = false;
        if !facts.is_empty() {
            batch.sync |= facts.iter().any(Fact::is_weighty);
            batch.journal.extend_from_slice(self.chain.line(&facts).as_bytes());
        }
    }

    fn send(&mut self, now: Mono, out: Vec<Outgoing>, batch: &mut Batch) {
        for outgoing in out {
            let session = outgoing.session;
            let message = outgoing.into_message(self.exchange.floor().desk());
            let cargo = match message {
                VenueMessage::Welcome { .. } | VenueMessage::Goodbye { .. } => Cargo::Session,
                VenueMessage::Trade { .. } | VenueMessage::Bbo { .. } => Cargo::Quote,
                VenueMessage::Exec(_) => Cargo::Report,
                _ if self.exchange.is_stream(session, StreamName::Quotes) => Cargo::Session,
                _ => Cargo::Answer,
            };
            let bytes = encode(&message);
            for at in self.line.arrivals(session, now, cargo) {
                batch.actions.push(Action::Send { session, at, bytes: bytes.clone() });
                if matches!(message, VenueMessage::Goodbye { .. }) {
                    batch.actions.push(Action::Close { session, at });
                    self.disconnect(session);
                }
            }
        }
    }
}
