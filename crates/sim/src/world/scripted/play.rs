//! A scenario played from its first line to its last, and then to rest.
//!
//! Time stands still between steps; only `wait` and `until` let it run. The first thing that is not as it must be ends
//! the play, and says which line it was.

use stopline_kernel::num::Lots;
use stopline_kernel::time::{Mono, Span};

use super::Script;
use crate::oracle::Violation;
use crate::recording::{Recording, Start};
use crate::scenario::step::{Act, Condition, MachineAct, Market};
use crate::scenario::{Broke, Failed, Scenario, Scene, Step};
use crate::scene::{self, Setting};
use crate::swarm::{ClockFaults, Swarm};
use crate::world::{Due, Happened, Trace, World};

/// What the market is like when the first step is done: prices and depth.
const OPENING: &str = "5900.00 5900.25";

/// Everything is connected, agreed and fed within this time, or the scene is broken.
const WARM: Span = Span::secs(10);

/// What a scenario that passed came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// Milliseconds of virtual time from the first step to the last.
    pub lasted_ms: i64,
    /// Over everything sent, received and recorded.
    pub hash: blake3::Hash,
}

impl From<Violation> for Broke {
    fn from(violation: Violation) -> Broke {
        Broke::Invariant(violation)
    }
}

/// Plays `scenario`; `trace` is told what happens, line by line.
///
/// # Errors
///
/// The first thing that is not as the scenario, or an invariant, says.
pub fn play(scenario: &Scenario, trace: Option<Trace>) -> Result<Played, Failed> {
    let mut stage = Stage::open(scenario, trace)?;
    stage.walk(&scenario.steps)?;
    stage.settle()?;
    if let Some((line, text, how)) = stage.world.left_over() {
        return Err(stage.failed(line, &text, how));
    }
    stage.end()
}

/// Plays the first `steps` of a scenario; then the market trades, nothing more goes wrong, and a person flattens.
///
/// # Errors
///
/// The first thing that is not as the scenario, or an invariant, says; and an account that is not flat at the end, by the
/// exchange's own book.
pub fn play_flattened(scenario: &Scenario, steps: usize, trace: Option<Trace>) -> Result<Played, Failed> {
    let mut stage = Stage::open(scenario, trace)?;
    stage.walk(scenario.steps.get(..steps).unwrap_or(&scenario.steps))?;
    stage.world.nothing_waits().map_err(|how| stage.failed(0, "", how))?;
    stage.says(&format!("market opens\nquotes go on\nquote {OPENING}"))?;
    stage.revive()?;
    stage.says("person flattens\nwait 10s")?;
    // One that was stopping has stopped; what it left is closed by the next.
    stage.revive()?;
    stage.world.come_to_rest().map_err(|how| stage.failed(0, "", how))?;
    if !stage.world.is_so(&Condition::Flat) {
        let seen = stage.world.seen(&Condition::Flat);
        return Err(stage.failed(0, "", Broke::NotSo { seen }));
    }
    stage.end()
}

/// A world and when its first step began.
struct Stage {
    world: World,
    began: Mono,
}

impl Stage {
    fn open(scenario: &Scenario, trace: Option<Trace>) -> Result<Stage, Failed> {
        let failed = |how| Failed { line: 0, text: String::new(), at_ms: 0, how };
        let mut world =
            World::scripted(scenario.scene, trace).map_err(|why| failed(Broke::NoExchange(why)))?;
        world.warm_up().map_err(failed)?;
        world.trace(|trace, now| trace.begin(now));
        Ok(Stage { began: world.now, world })
    }

    fn walk(&mut self, steps: &[Step]) -> Result<(), Failed> {
        steps.iter().try_for_each(|step| {
            self.world.trace(|trace, now| trace.say(now, Happened::Step(step.line, &step.text)));
            self.world.step(step).map_err(|how| self.failed(step.line, &step.text, how))
        })
    }

    /// What the last step has set in motion at this very moment, such as a start, happens.
    fn settle(&mut self) -> Result<(), Failed> {
        let now = self.world.now;
        self.world.run_to(now).map_err(|violation| self.failed(0, "", violation.into()))
    }

    /// Steps that no file has.
    fn says(&mut self, steps: &str) -> Result<(), Failed> {
        let read = format!("title between\n{steps}\n").parse::<Scenario>();
        let read = read.map_err(|why| self.failed(0, steps, Broke::Impossible { why: why.to_string() }))?;
        self.walk(&read.steps)
    }

    /// An engine that is dead starts, unless it is about to.
    fn revive(&mut self) -> Result<(), Failed> {
        self.says("wait 1ms")?;
        match self.world.engine {
            Some(_) => Ok(()),
            None => self.says("engine starts\nuntil engine running"),
        }
    }

    /// Everything comes to rest.
    fn end(mut self) -> Result<Played, Failed> {
        let lasted_ms = self.lasted_ms();
        self.world.come_to_rest().map_err(|how| self.failed(0, "", how))?;
        Ok(Played { lasted_ms, hash: self.world.hasher.finalize() })
    }

    fn lasted_ms(&self) -> i64 {
        self.world.now.since(self.began).as_millis()
    }

    fn failed(&self, line: usize, text: &str, how: Broke) -> Failed {
        Failed { line, text: text.to_owned(), at_ms: self.lasted_ms(), how }
    }
}

impl World {
    fn scripted(scene: Scene, trace: Option<Trace>) -> Result<World, String> {
        let start = Start::Recorded(Recording { seed: 1, ..Recording::default() });
        let clock = ClockFaults { offset: scene.ahead, drift_ppm: scene.drift_ppm, ..ClockFaults::default() };
        let swarm = Swarm { tight: scene.tight, sqlite: scene.sqlite, clock, ..Swarm::quiet() };
        let setting = if scene.fast { Setting::Fast } else { Setting::Scripted };
        let mut world = World::new(&start, swarm, trace, setting)?;
        world.script = Some(Box::new(Script { flows: true, ..Script::default() }));
        Ok(world)
    }

    /// Brings the scene to where a trader would begin: connected, agreed, with a market to trade in.
    fn warm_up(&mut self) -> Result<(), Broke> {
        self.heap.push(self.now, Due::Born);
        self.wake_venue();
        self.run_to(self.now.plus(Span::millis(1)))?;
        let (bid, ask) = OPENING.split_once(' ').unwrap_or_default();
        let price = |text: &str| scene::contract().price(text);
        let (Ok(bid), Ok(ask)) = (price(bid), price(ask)) else {
            return Err(Broke::Impossible { why: format!("the scene cannot open at {OPENING}") });
        };
        self.market_does(Market::Quote(Some(bid), Some(ask), Lots(1_000), Lots(1_000)))?;
        self.heap.push_in_order(self.now, Due::Show);
        let ready = self.run_until(&Condition::Trading, self.now.plus(WARM))?;
        self.market_does(Market::Trade(bid, Lots(1)))?;
        self.run_to(self.now.plus(Span::millis(100)))?;
        match ready {
            true => Ok(()),
            false => Err(Broke::TooLate { seen: self.seen(&Condition::Trading) }),
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), Broke> {
        if step.act.does() {
            self.script.iter_mut().for_each(|script| script.sent_before = script.sent.len());
        }
        match &step.act {
            Act::Wait(span) => Ok(self.run_to(self.now.plus(*span))?),
            Act::Until(what, within) => match self.run_until(what, self.now.plus(*within))? {
                true => Ok(()),
                false => Err(Broke::TooLate { seen: self.seen(what) }),
            },
            Act::Expect(what) if self.is_so(what) => Ok(()),
            Act::Expect(what) => Err(Broke::NotSo { seen: self.seen(what) }),
            Act::Market(what) => self.market_does(*what),
            Act::Bot(what) => self.bot_does(what),
            Act::Arm(armed) => {
                self.arms(step, armed);
                Ok(())
            }
            Act::Broker(what) => self.broker_does(what),
            Act::Someone(what) => self.someone_does(*what),
            Act::Wire(path, what) => self.wire_does(*path, *what),
            Act::Machine(what) => {
                if matches!(what, MachineAct::DiesAt(_) | MachineAct::SyncTakes(_)) {
                    let point = Some((step.line, step.text.clone()));
                    self.script.iter_mut().for_each(|script| script.point.clone_from(&point));
                }
                self.machine_does(*what)
            }
            Act::Person(what) => self.person_does(*what),
            Act::AtLast(what) => {
                self.swarm.lasting = Some(*what);
                Ok(())
            }
        }
    }

    fn run_to(&mut self, end: Mono) -> Result<(), Violation> {
        while self.heap.next_at().is_some_and(|at| at <= end) {
            self.next_event()?;
        }
        self.now = end;
        Ok(())
    }

    /// Lets time run until it is so and durable, or `end`; whether it is.
    fn run_until(&mut self, what: &Condition, end: Mono) -> Result<bool, Violation> {
        while !self.is_so(what) || self.engine.as_ref().is_some_and(crate::engine::Engine::has_steps) {
            if self.heap.next_at().is_none_or(|at| at > end) {
                self.now = end;
                return Ok(self.is_so(what));
            }
            self.next_event()?;
        }
        Ok(true)
    }

    /// Forgets what the broker was still to do, and lets go what it holds.
    fn nothing_waits(&mut self) -> Result<(), Broke> {
        if let Some(script) = &mut self.script {
            script.waiting.clear();
            (script.slow, script.next_crash) = (None, None);
        }
        self.engine.iter_mut().for_each(crate::engine::Engine::disarm);
        // Nothing to let go is an error of a file only.
        if self.script.as_ref().is_some_and(|script| !script.held.is_empty()) {
            self.releases()?;
        }
        Ok(())
    }

    /// A deed that waits for a message, or a message that is held, when the script is over.
    fn left_over(&self) -> Option<(usize, String, Broke)> {
        let script = self.script.as_ref()?;
        let waits = script.waiting.iter().find(|waiting| !waiting.is_content());
        let waits = waits.map(|waiting| (waiting.line, waiting.text.clone(), Broke::NeverCame));
        let held = || {
            let held = script.held.first()?;
            Some((held.line, held.text.clone(), Broke::NeverReleased))
        };
        let armed =
            self.engine.as_ref().is_some_and(crate::engine::Engine::is_armed) || script.slow.is_some();
        let point = || {
            let (line, text) = script.point.clone().filter(|_| armed)?;
            Some((line, text, Broke::NeverCame))
        };
        let dead = || {
            let why = "the engine is dead at the end of the file: write `engine starts`".to_owned();
            self.engine.is_none().then(|| (0, String::new(), Broke::Impossible { why }))
        };
        waits.or_else(held).or_else(point).or_else(dead)
    }

    /// The faults are over; everything comes to rest, as at the end of a seed.
    fn come_to_rest(&mut self) -> Result<(), Broke> {
        let end = self.now.plus(self.swarm.calm);
        self.script.iter_mut().for_each(|script| script.flows = true);
        self.calm_down();
        while self.heap.next_at().is_some_and(|at| at <= end) {
            self.next_event()?;
            if self.has_found_its_ledger_old()? || self.has_come_to_rest() {
                return Ok(());
            }
        }
        Ok(self.rest()?)
    }
}
