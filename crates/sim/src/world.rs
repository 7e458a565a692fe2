//! The world of one run: one engine, one exchange behind a broker, two wires and a disk, on one thread, in virtual
//! time, from one stream of choices.
//!
//! First a storm with the faults of the run, then calm; checkers look after every event and at the end. No real clock
//! and no real I/O: what runs inside is the live code.

use std::collections::BTreeMap;

use stopline_exchange::paper::SessionId;
use stopline_kernel::time::{Mono, Span};

mod broker;
mod chronicle;
mod lasso;
mod life;
mod look;
mod names;
mod outside;
mod rest;
mod scripted;
mod stages;
mod tracing;
mod wires;

use broker::Broker;
use chronicle::Chronicle;
pub(crate) use chronicle::{About, Told, span};
use rest::{Calm, Timed};
use scripted::Script;
pub use scripted::{Played, play, play_flattened};
use tracing::Tracing;
pub use tracing::{Happened, Trace, Traced};

use crate::choice::{Choices, Domain};
use crate::clock::Clock;
use crate::coverage::Coverage;
use crate::disk::{Left, SimDisk};
use crate::engine::{Engine, Fatal, Now};
use crate::heap::Heap;
use crate::history::History;
use crate::oracle::{Oracle, Violation};
use crate::pipe::Pipes;
use crate::recording::{Recording, Start};
use crate::scene::{self, Setting};
use crate::swarm::{Path, Swarm};
use crate::venue::Venue;

/// How often the lane's timer beats.
const BEAT: Span = Span::millis(20);

/// No run has more events than this, its pauses not counted; one that has turns in circles.
const MOST_EVENTS: u64 = 60_000;

/// A stage of the pipeline wakes so long after something was put before it.
const WAKE: Span = Span(15_000);

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its seed and every choice it made.
    pub recording: Recording,
    /// What it was like.
    pub swarm: Swarm,
    /// What was broken, if anything was.
    pub violation: Option<(Mono, Violation)>,
    /// Over every byte sent and received and every record: the same for the same choices.
    pub hash: blake3::Hash,
    /// How many events there were.
    pub events: u64,
    /// How many orders the exchange had.
    pub orders: u64,
    /// How many trades.
    pub trades: u64,
    /// How often the engine died.
    pub deaths: u64,
    /// What was reached.
    pub coverage: Coverage,
}

/// What can be due.
enum Due {
    Venue,
    /// Bytes reach the broker; with the last piece of a request comes what befalls the request.
    ToVenue(SessionId, Vec<u8>, Option<Mishap>),
    /// The broker lets a frame go.
    FromBroker(SessionId, Vec<u8>),
    ToEngine(SessionId, Vec<u8>),
    /// The broker ends a session.
    Closed(SessionId),
    /// The broker learns that the engine's side is gone.
    Gone(SessionId),
    Connected(u64, Path),
    Machine(u64, Path),
    Beat(u64),
    Lane(u64),
    Ledger(u64),
    /// The engine's own word, after the broker's has overtaken it.
    Held(u64),
    BotBack(u64),
    Born,
    /// A scripted market's quote is shown again.
    Show,
}

/// What befalls a request that the broker has worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    /// The connection ends before the answer leaves.
    Disconnect,
    /// The broker starts again before the answer leaves.
    Restart,
}

struct World {
    now: Mono,
    began: Mono,
    seed: u64,
    swarm: Swarm,
    trace: Option<Tracing>,
    heap: Heap<Due>,
    wire: Choices,
    crash: Choices,
    disk: Choices,
    operator: Choices,
    clock: Clock,
    pipes: Pipes,
    broker: Broker,
    venue: Venue,
    log: SimDisk,
    engine: Option<Engine>,
    /// When the account was asked for whose newest answer the life before this one had.
    last_asked: Option<Mono>,
    /// Which life of the engine's process this is.
    life: u64,
    /// Until when the process is not scheduled, and when a life begins that must find that its ledger is an old copy.
    paused: Mono,
    rolled_back: Option<Mono>,
    /// The session behind each path, as the engine sees it.
    sessions: BTreeMap<Path, SessionId>,
    next_session: u64,
    oracle: Oracle,
    hasher: blake3::Hasher,
    events: u64,
    calm: Option<Calm>,
    /// A request reached the broker after the time within which the engine was promised that it would.
    unsettled: bool,
    timed: Timed,
    /// What a scripted run remembers; `None` in one that is drawn.
    script: Option<Box<Script>>,
    /// The story of a drawn run, where it is wanted.
    chronicle: Option<Chronicle>,
    machine_due: BTreeMap<Path, Mono>,
    venue_due: Option<Mono>,
    lane_due: Option<Mono>,
    ledger_due: Option<Mono>,
}

/// Runs what `start` chooses.
///
/// # Errors
///
/// The scene's exchange cannot be created.
pub fn run(start: &Start, trace: Option<Trace>) -> Result<Outcome, String> {
    let mut drawn = start.choices(Domain::Swarm);
    let swarm = Swarm::draw(&mut drawn);
    run_with(start, drawn, swarm, trace)
}

/// Runs with options of its own instead of drawn ones.
///
/// # Errors
///
/// The scene's exchange cannot be created.
pub fn run_as(start: &Start, swarm: Swarm, trace: Option<Trace>) -> Result<Outcome, String> {
    run_with(start, Choices::given(Vec::new()), swarm, trace)
}

/// The ledger that a run leaves behind.
pub(crate) fn ledger_of(start: &Start, swarm: Swarm) -> Result<Left, String> {
    let mut world = World::new(start, swarm, None, Setting::Drawn)?;
    world.live().map_err(|violation| violation.to_string())?;
    world.log.left().ok_or_else(|| "no engine runs at the end".to_owned())
}

fn run_with(start: &Start, drawn: Choices, swarm: Swarm, trace: Option<Trace>) -> Result<Outcome, String> {
    let mut world = World::new(start, swarm, trace, Setting::Drawn)?;
    live(start, &drawn, &mut world)
}

/// A run, and its story in the words of a scenario.
pub(crate) fn run_told(start: &Start) -> Result<(Outcome, Story), String> {
    let mut drawn = start.choices(Domain::Swarm);
    let swarm = Swarm::draw(&mut drawn);
    let mut world = World::new(start, swarm, None, Setting::Drawn)?;
    world.chronicle = Some(Chronicle::default());
    let outcome = live(start, &drawn, &mut world)?;
    let story = Story {
        scene: world.chronicle_scene(),
        began: world.began,
        ready: world.chronicle.as_ref().and_then(|chronicle| chronicle.ready),
        told: world.story(),
        lives: world.engine.is_some(),
    };
    Ok((outcome, story))
}

/// A run, and its history: what the checkers saw, for those of later days.
///
/// # Errors
///
/// The scene's exchange cannot be created.
pub fn run_kept(start: &Start) -> Result<(Outcome, String), String> {
    let mut drawn = start.choices(Domain::Swarm);
    let swarm = Swarm::draw(&mut drawn);
    let history = History::begin(swarm.tight, swarm.broker.has_others(), swarm.broker.lie > 0);
    let mut world = World::new(start, swarm, None, Setting::Drawn)?;
    world.oracle.history = Some(history);
    let outcome = live(start, &drawn, &mut world)?;
    let lasting = world.swarm.lasting.is_some_and(|lasting| !lasting.leaves_the_truth_obtainable());
    if let Some(history) = world.oracle.history.as_mut().filter(|_| !lasting && outcome.violation.is_none()) {
        history.honesty(world.swarm.broker.is_dishonest() || world.unsettled);
        history.line("end");
    }
    let text = world.oracle.history.take().map(History::into_text).unwrap_or_default();
    Ok((outcome, text))
}

/// A run in the words of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Story {
    /// The line that says what its scene is like.
    pub(crate) scene: String,
    /// When it began.
    pub(crate) began: Mono,
    /// When the account was first compared.
    pub(crate) ready: Option<Mono>,
    /// What happened, in order.
    pub(crate) told: Vec<Told>,
    /// Whether the engine's process runs at its end.
    pub(crate) lives: bool,
}

fn live(start: &Start, drawn: &Choices, world: &mut World) -> Result<Outcome, String> {
    let violation = world.live().err().map(|violation| (world.now, violation));
    let account = scene::account();
    let theirs = world.venue.desk().accounts().get(&account);
    let (orders, trades) = theirs.map_or((0, 0), |a| (a.orders.len() as u64, a.executions.len() as u64));
    let chosen = [
        (Domain::Swarm, drawn),
        (Domain::Wire, &world.wire),
        (Domain::Broker, world.broker.choices()),
        (Domain::Disk, &world.disk),
        (Domain::Crash, &world.crash),
        (Domain::Operator, &world.operator),
        (Domain::Order, world.heap.ties()),
    ];
    let streams = chosen.into_iter().map(|(domain, choices)| (domain, choices.taken().to_vec())).collect();
    Ok(Outcome {
        recording: Recording { seed: start.seed(), streams },
        violation,
        events: world.events,
        orders,
        trades,
        deaths: world.life.saturating_sub(1),
        hash: world.hasher.finalize(),
        coverage: world.oracle.coverage.clone(),
        swarm: world.swarm.clone(),
    })
}

impl World {
    fn new(start: &Start, swarm: Swarm, trace: Option<Trace>, setting: Setting) -> Result<World, String> {
        let (now, seed) = (Mono(1_000_000_000), start.seed());
        let mut oracle =
            Oracle::new(scene::config_of(swarm.tight), swarm.broker.has_others(), swarm.broker.lie > 0);
        swarm.families().into_iter().for_each(|family| oracle.coverage.hit(format!("fault {family}")));
        Ok(World {
            now,
            began: now,
            seed,
            venue: Venue::new(setting, seed, now)?,
            trace: trace.map(|out| Tracing::to(out, now)),
            heap: Heap::new(start.choices(Domain::Order)),
            wire: start.choices(Domain::Wire),
            crash: start.choices(Domain::Crash),
            disk: start.choices(Domain::Disk),
            operator: start.choices(Domain::Operator),
            clock: Clock::new(now, swarm.clock.clone()),
            pipes: Pipes::new(now, swarm.wire.clone()),
            broker: Broker::new(start.choices(Domain::Broker), swarm.broker.clone(), now),
            log: SimDisk::new(scene::account(), swarm.disk.clone(), swarm.sqlite),
            engine: None,
            last_asked: None,
            life: 0,
            paused: now,
            rolled_back: None,
            sessions: BTreeMap::new(),
            next_session: 0,
            oracle,
            hasher: blake3::Hasher::new(),
            events: 0,
            calm: None,
            unsettled: false,
            timed: Timed::default(),
            script: None,
            chronicle: None,
            machine_due: BTreeMap::new(),
            venue_due: None,
            lane_due: None,
            ledger_due: None,
            swarm,
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
            if at > storm_ends && self.calm.is_none() {
                self.calm_down();
            }
            self.pass(due)?;
            if self.has_found_its_ledger_old()? || self.has_come_to_rest() {
                return Ok(());
            }
        }
        self.rest()
    }

    /// The next event, at its time.
    fn next_event(&mut self) -> Result<(), Violation> {
        let Some((at, due)) = self.heap.pop() else { return Ok(()) };
        self.now = at;
        self.pass(due)
    }

    fn pass(&mut self, due: Due) -> Result<(), Violation> {
        self.events += 1;
        self.turns_in_circles()?;
        self.happen(due)
    }

    fn happen(&mut self, due: Due) -> Result<(), Violation> {
        if self.now < self.paused && is_the_engines(&due) {
            self.heap.push_in_order(self.paused, due);
            return Ok(());
        }
        match due {
            Due::Venue => self.venue_acts(),
            Due::ToVenue(session, bytes, mishap) => self.venue_reads(session, &bytes, mishap),
            Due::FromBroker(session, frame) => self.send_to_engine(session, frame),
            Due::ToEngine(session, bytes) => self.engine_reads(session, &bytes),
            Due::Closed(session) => self.engine_loses(session, "closed by the venue"),
            Due::Gone(session) => {
                self.venue.disconnect(session);
                Ok(())
            }
            Due::Connected(life, path) if life == self.life => self.connect(path),
            Due::Machine(life, path) if life == self.life => self.machine_timer(path),
            Due::Beat(life) if life == self.life => self.beat(),
            Due::Lane(life) if life == self.life => self.lane(),
            Due::Ledger(life) if life == self.life => self.ledger(),
            Due::Held(life) if life == self.life => self.tell_held(),
            Due::BotBack(life) if life == self.life => self.bot_comes_back(),
            Due::Born => self.be_born(),
            Due::Show => self.shows_again(),
            // For a process that is dead.
            _ => Ok(()),
        }
    }

    fn trace(&mut self, tell: impl FnOnce(&mut Tracing, Mono)) {
        if let Some(trace) = &mut self.trace {
            tell(trace, self.now);
        }
    }

    /// Something befalls a connection or the process.
    fn tell(&mut self, line: impl FnOnce() -> String) {
        self.trace(|trace, now| trace.say(now, Happened::Befell(&line())));
    }

    /// INV-22: a run that does not end in its time has a loop without a bound in it.
    fn turns_in_circles(&self) -> Result<(), Violation> {
        match self.events <= MOST_EVENTS {
            true => Ok(()),
            false => {
                let seen = format!("{} events within {} ms", self.events, self.elapsed().as_millis());
                Err(Violation { invariant: "INV-22", seen })
            }
        }
    }

    /// The checkers look at the exchange after it has done something.
    fn looks(&mut self) -> Result<(), Violation> {
        let told = self.venue.journal_since();
        self.oracle.history.iter_mut().for_each(|history| history.exchange(told));
        self.oracle.look(self.venue.desk(), scene::account())
    }

    /// What the clocks of the engine's machine say.
    fn reading(&self) -> Now {
        Now { mono: self.clock.mono(self.now), local: self.clock.local(self.now) }
    }

    /// How long the run has lasted.
    fn elapsed(&self) -> Span {
        self.now.since(self.began)
    }

    const fn is_calm(&self) -> bool {
        self.calm.is_some()
    }
}

/// Whether only a process that runs can have it happen.
const fn is_the_engines(due: &Due) -> bool {
    match due {
        Due::ToEngine(..)
        | Due::Closed(_)
        | Due::Connected(..)
        | Due::Machine(..)
        | Due::Beat(_)
        | Due::Lane(_)
        | Due::Ledger(_)
        | Due::Held(_)
        | Due::BotBack(_) => true,
        Due::Venue | Due::ToVenue(..) | Due::FromBroker(..) | Due::Gone(_) | Due::Born | Due::Show => false,
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
