//! The world of one run: one engine, one exchange, two wires and a disk, on one thread, in virtual time, from one seed.
//!
//! First a storm with the faults of the seed, then calm; checkers look after every event and at the end. No real clock
//! and no real I/O: what runs inside is the live code.

use std::collections::BTreeMap;

use stopline_exchange::paper::SessionId;
use stopline_kernel::input::{Command, CommandKind, Event};
use stopline_kernel::time::{Mono, Span};

mod look;
mod wires;

use look::Look;

use crate::choice::{Choices, Domain};
use crate::disk::SimDisk;
use crate::engine::{Engine, Fatal, Ran, Wire};
use crate::heap::Heap;
use crate::oracle::{Oracle, Violation};
use crate::scene;
use crate::swarm::Swarm;
use crate::venue::Venue;

/// How often the lane's timer beats.
const BEAT: Span = Span::millis(10);

/// Calm lasts at least so long: longer than any answer, protection or detection may take.
const CALM_AT_LEAST: Span = Span::secs(4);

/// How often one looks, after that, whether everything is at rest.
const REST_EVERY: Span = Span::millis(250);

/// Bytes take so long between two processes of one machine.
const HOP: Span = Span(40_000);

/// A stage of the pipeline wakes so long after something was put before it.
const WAKE: Span = Span(15_000);

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What was broken, if anything was.
    pub violation: Option<(Mono, Violation)>,
    /// Over every byte sent and received and every record: the same for the same seed.
    pub hash: blake3::Hash,
    /// How many events there were.
    pub events: u64,
    /// How many orders the exchange had.
    pub orders: u64,
    /// How many trades.
    pub trades: u64,
    /// How often the engine died.
    pub deaths: u64,
}

/// What can be due.
enum Due {
    Venue,
    ToVenue(SessionId, Vec<u8>),
    ToEngine(SessionId, Vec<u8>),
    ClosedByVenue(SessionId),
    Connected(u64, Wire),
    Machine(u64, Wire),
    Beat(u64),
    Lane(u64),
    Ledger(u64),
    Born,
}

/// Where a run tells what happens, line by line.
pub type Trace = Box<dyn FnMut(&str)>;

/// The defects a run can be told to carry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mutant {
    /// Effects leave before their records are durable.
    pub send_before_commit: bool,
}

struct World {
    now: Mono,
    seed: u64,
    swarm: Swarm,
    mutant: Mutant,
    trace: Option<Trace>,
    heap: Heap<Due>,
    wire: Choices,
    crash: Choices,
    disk: Choices,
    venue: Venue,
    log: SimDisk,
    engine: Option<Engine>,
    /// Which life of the engine's process this is.
    life: u64,
    /// The session behind each wire, while it is connected.
    sessions: BTreeMap<Wire, SessionId>,
    next_session: u64,
    oracle: Oracle,
    hasher: blake3::Hasher,
    events: u64,
    calm: bool,
    /// When to look next whether everything is at rest.
    next_rest: Mono,
    machine_due: BTreeMap<Wire, Mono>,
    venue_due: Option<Mono>,
    lane_due: Option<Mono>,
    ledger_due: Option<Mono>,
}

/// Runs one seed.
///
/// # Errors
///
/// The scene's exchange cannot be created.
pub fn run(seed: u64, swarm: Swarm, mutant: Mutant, trace: Option<Trace>) -> Result<Outcome, String> {
    let mut world = World::new(seed, swarm, mutant, trace)?;
    let violation = world.live().err().map(|violation| (world.now, violation));
    let account = scene::account();
    let theirs = world.venue.desk().accounts().get(&account);
    Ok(Outcome {
        seed,
        violation,
        events: world.events,
        orders: theirs.map_or(0, |a| a.orders.len() as u64),
        trades: theirs.map_or(0, |a| a.executions.len() as u64),
        deaths: world.life.saturating_sub(1),
        hash: world.hasher.finalize(),
    })
}

impl World {
    fn new(seed: u64, swarm: Swarm, mutant: Mutant, trace: Option<Trace>) -> Result<World, String> {
        let now = Mono(1_000_000_000);
        Ok(World {
            now,
            seed,
            venue: Venue::new(seed, now, swarm.faults.clone())?,
            swarm,
            mutant,
            trace,
            heap: Heap::new(seed),
            wire: Choices::new(seed, Domain::Wire),
            crash: Choices::new(seed, Domain::Crash),
            disk: Choices::new(seed, Domain::Disk),
            log: SimDisk::new(scene::account()),
            engine: None,
            life: 0,
            sessions: BTreeMap::new(),
            next_session: 0,
            oracle: Oracle::default(),
            hasher: blake3::Hasher::new(),
            events: 0,
            calm: false,
            next_rest: now,
            machine_due: BTreeMap::new(),
            venue_due: None,
            lane_due: None,
            ledger_due: None,
        })
    }

    fn live(&mut self) -> Result<(), Violation> {
        let storm_ends = self.now.plus(self.swarm.stormy);
        let end = storm_ends.plus(self.swarm.calm);
        self.heap.push(self.now, Due::Born);
        self.wake_venue();
        while let Some((at, due)) = self.heap.pop() {
            if at > end {
                break;
            }
            self.now = at;
            if at > storm_ends && !self.calm {
                self.calm_down();
            }
            self.events += 1;
            self.happen(due)?;
            if self.calm && self.now >= self.next_rest {
                self.next_rest = self.now.plus(REST_EVERY);
                if self.is_at_rest() {
                    return Ok(());
                }
            }
        }
        self.rest()
    }

    /// Whether everything has come to rest before its time: connected, agreed, and every checker content.
    fn is_at_rest(&self) -> bool {
        let link = self.engine.as_ref().map(|engine| &engine.lane().book().link);
        link.is_some_and(|link| link.up.len() == 2 && link.agreed.is_some()) && self.rest().is_ok()
    }

    fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace(&format!("{:>9} us  {}", self.now.0 / 1_000, line()));
        }
    }

    /// The storm is over: no more faults, no more crashes.
    fn calm_down(&mut self) {
        self.calm = true;
        self.next_rest = self.now.plus(CALM_AT_LEAST);
        self.venue.heal();
        if let Some(engine) = &mut self.engine {
            engine.disarm();
        }
    }

    fn happen(&mut self, due: Due) -> Result<(), Violation> {
        match due {
            Due::Venue => self.venue_acts(),
            Due::ToVenue(session, bytes) => self.venue_reads(session, &bytes),
            Due::ToEngine(session, bytes) => self.engine_reads(session, &bytes),
            Due::ClosedByVenue(session) => self.engine_loses(session, "closed by the venue"),
            Due::Connected(life, wire) if life == self.life => self.connect(wire),
            Due::Machine(life, wire) if life == self.life => self.machine_timer(wire),
            Due::Beat(life) if life == self.life => self.beat(),
            Due::Lane(life) if life == self.life => self.lane(),
            Due::Ledger(life) if life == self.life => self.ledger(),
            Due::Born => self.be_born(),
            // For a process that is dead.
            Due::Connected(..) | Due::Machine(..) | Due::Beat(_) | Due::Lane(_) | Due::Ledger(_) => Ok(()),
        }
    }

    fn be_born(&mut self) -> Result<(), Violation> {
        let unreadable = |why| Violation { invariant: "INV-18", seen: why };
        let ledgered = self.log.open().map_err(unreadable)?;
        self.oracle.recovered(ledgered.seq)?;
        let survived = self.log.records(self.oracle.durable, ledgered.seq).map_err(unreadable)?;
        self.oracle.kept(&survived)?;
        self.life += 1;
        let crash = usize::try_from(self.life - 1).ok().and_then(|n| self.swarm.crashes.get(n)).copied();
        let crash = crash.filter(|_| !self.calm);
        let machines = scene::machines(self.seed ^ self.life);
        let send_first = self.mutant.send_before_commit;
        let bot = scene::bot();
        let mut engine =
            Engine::start(ledgered, scene::config(), bot, self.seed, machines, crash, send_first);
        engine.put(self.now, Event::Start { build: "sim".into() });
        engine.put(self.now, Event::BotUp { bot });
        self.engine = Some(engine);
        self.machine_due.clear();
        (self.lane_due, self.ledger_due) = (None, None);
        self.wake_stages();
        self.heap.push(self.now.plus(BEAT), Due::Beat(self.life));
        self.heap.push(self.now, Due::Machine(self.life, Wire::Quotes));
        self.heap.push(self.now, Due::Machine(self.life, Wire::Orders));
        Ok(())
    }

    fn die(&mut self) {
        self.tell(|| "====== the engine dies".to_owned());
        self.engine = None;
        self.log.crash(&mut self.disk);
        for session in std::mem::take(&mut self.sessions).into_values() {
            self.venue.disconnect(session);
        }
        let away = Span::millis(1 + i64::try_from(self.crash.below(900)).unwrap_or(0));
        self.heap.push(self.now.plus(away), Due::Born);
    }

    fn beat(&mut self) -> Result<(), Violation> {
        if !self.calm && self.wire.permille(self.swarm.cuts) {
            let wire = if self.wire.permille(700) { Wire::Orders } else { Wire::Quotes };
            if let Some(session) = self.sessions.get(&wire).copied() {
                self.venue.disconnect(session);
                self.engine_loses(session, "cut")?;
            }
        }
        let command = self.command();
        let Some(engine) = &mut self.engine else { return Ok(()) };
        if let Some(what) = command {
            let id = self.events;
            let command = Command { id, who: "operator".into(), why: "simulated".into(), what };
            engine.put(self.now, Event::Command(command));
        }
        engine.put(self.now, Event::Beat);
        self.heap.push(self.now.plus(BEAT), Due::Beat(self.life));
        self.wake_stages();
        Ok(())
    }

    fn command(&mut self) -> Option<CommandKind> {
        if self.calm || !self.crash.permille(self.swarm.operator) {
            return None;
        }
        match self.crash.below(3) {
            0 => Some(CommandKind::Flatten),
            1 => Some(CommandKind::Pause(None)),
            _ => Some(CommandKind::Resume(None)),
        }
    }

    fn lane(&mut self) -> Result<(), Violation> {
        self.lane_due = None;
        let Some(engine) = &mut self.engine else { return Ok(()) };
        engine.turn().map_err(fatal)?;
        self.wake_stages();
        Ok(())
    }

    fn ledger(&mut self) -> Result<(), Violation> {
        self.ledger_due = None;
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let Some(log) = self.log.log() else { return Ok(()) };
        let mut look = Look {
            now: self.now,
            oracle: &mut self.oracle,
            desk: self.venue.desk(),
            hasher: &mut self.hasher,
            trace: self.trace.as_mut(),
            seen: Ok(()),
        };
        let ran = engine.commit(self.now, log, &mut look).map_err(fatal)?;
        look.seen?;
        if matches!(ran, Ran::Done(_)) && self.oracle.take_filled() {
            self.sums()?;
        }
        self.carry_out(ran)
    }

    /// A stage wakes when something was put before it, and is not woken twice for the same.
    fn wake_stages(&mut self) {
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

    fn venue_reads(&mut self, session: SessionId, bytes: &[u8]) -> Result<(), Violation> {
        let sent = self.venue.bytes(session, self.now, bytes).map_err(impossible)?;
        self.post(sent)?;
        self.oracle.look(self.venue.desk(), scene::account())?;
        self.oracle.orders(self.venue.desk(), scene::account())
    }

    fn venue_acts(&mut self) -> Result<(), Violation> {
        self.venue_due = None;
        let sent = self.venue.advance(self.now).map_err(impossible)?;
        self.post(sent)?;
        self.oracle.look(self.venue.desk(), scene::account())
    }

    fn post(&mut self, sent: crate::venue::Sent) -> Result<(), Violation> {
        for (session, at, bytes) in sent.frames {
            self.heap.push_in_order(at.max(self.now).plus(HOP), Due::ToEngine(session, bytes));
        }
        for (session, at) in sent.closed {
            self.heap.push_in_order(at.max(self.now).plus(HOP), Due::ClosedByVenue(session));
        }
        if sent.restarted {
            for session in self.sessions.values().copied().collect::<Vec<_>>() {
                self.engine_loses(session, "the venue restarted")?;
            }
        }
        self.wake_venue();
        Ok(())
    }

    fn wake_venue(&mut self) {
        if let Some(at) = self.venue.next_event().map(|at| at.max(self.now))
            && self.venue_due.is_none_or(|due| due > at)
        {
            self.venue_due = Some(at);
            self.heap.push(at, Due::Venue);
        }
    }

    /// INV-05 whenever the lane is not ahead of the ledger.
    fn sums(&self) -> Result<(), Violation> {
        let Some(engine) = self.engine.as_ref().filter(|e| !e.has_steps()) else { return Ok(()) };
        self.oracle.positions(&engine.lane().book().ledgered, self.venue.desk(), scene::account())
    }

    /// What holds when all faults are over and everything has had its time.
    fn rest(&self) -> Result<(), Violation> {
        let Some(engine) = &self.engine else {
            return Err(Violation { invariant: "INV-14", seen: "no engine runs at the end".to_owned() });
        };
        let (ledgered, desk) = (&engine.lane().book().ledgered, self.venue.desk());
        self.oracle.positions(ledgered, desk, scene::account())?;
        self.oracle.orders(desk, scene::account())?;
        self.oracle.at_rest(ledgered, desk, scene::account())
    }
}

fn fatal(why: Fatal) -> Violation {
    match why {
        Fatal::Broken(broken) => {
            Violation { invariant: "INV-19", seen: format!("the lane is broken: {broken}") }
        }
        Fatal::Log(why) => Violation { invariant: "INV-18", seen: why },
    }
}

fn impossible(why: String) -> Violation {
    Violation { invariant: "exchange", seen: why }
}
