//! The life of the engine's process: born out of its ledger, beating, paused, dead; and what befalls its disk between.
//!
//! It never decides for the engine: a ledger that is refused is put back by a person, as it would be.

use stopline_kernel::input::Event;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::report::Stream;
use stopline_kernel::time::Span;
use stopline_kernel::view::Decide;

use super::{BEAT, Due, World};
use crate::bot::Fickle;
use crate::disk::Done;
use crate::engine::{Birth, Engine};
use crate::history::History;
use crate::oracle::Violation;
use crate::scene;
use crate::swarm::{Crash, Path};

/// Within this time of connecting, a process over an old ledger must have found that it is old: T_detect.
const DETECT: Span = Span::secs(5);

/// A bot that panicked is started again after this time.
const BOT_AWAY: Span = Span::millis(400);

impl World {
    pub(super) fn be_born(&mut self) -> Result<(), Violation> {
        let ledgered = match self.log.open() {
            Ok(ledgered) if self.rolled_back.is_none() => ledgered,
            Ok(ledgered) => return self.live_on_an_old_ledger(ledgered),
            Err(why) => {
                self.tell(|| format!("the ledger is refused: {why}"));
                self.oracle.coverage.hit("recovery refused");
                self.log.put_back();
                self.log.open().map_err(unreadable)?
            }
        };
        self.oracle.recovered(ledgered.seq)?;
        let survived = self.log.records(self.oracle.durable, ledgered.seq).map_err(unreadable)?;
        let how = match (self.life, survived.is_empty()) {
            (0, _) => "recovery blank",
            (_, true) => "recovery to what was synced",
            (_, false) => "recovery beyond what was synced",
        };
        self.oracle.coverage.hit(how);
        self.oracle.history.iter_mut().for_each(History::survivors);
        self.oracle.kept(&survived, self.last_asked)?;
        self.script.iter_mut().for_each(|script| script.records.extend_from_slice(&survived));
        self.begin(ledgered);
        Ok(())
    }

    fn begin(&mut self, ledgered: Ledgered) {
        self.life += 1;
        self.chronicle_birth(ledgered.seq);
        let engine = Engine::start(Birth {
            ledgered,
            config: scene::config_of(self.swarm.tight),
            bot: scene::bot(),
            decides: self.decides(),
            machines: scene::machines(self.seed ^ self.life),
            crash: self.planned_crash(),
            overtaken: self.swarm.broker.overtake && !self.is_calm(),
        });
        self.engine = Some(engine);
        let now = self.reading();
        let bot_comes = !self.bot_is_gone();
        if let Some(engine) = &mut self.engine {
            engine.put(now, Event::Start { build: "sim".into() });
            if bot_comes {
                engine.put(now, Event::BotUp { bot: scene::bot() });
            }
        }
        self.machine_due.clear();
        (self.lane_due, self.ledger_due) = (None, None);
        self.timed.forget();
        self.wake_stages();
        self.heap.push(self.now.plus(BEAT), Due::Beat(self.life));
        for path in [Path::Quotes, Path::Orders] {
            self.machine_due.insert(path, self.now);
            self.heap.push(self.now, Due::Machine(self.life, path));
        }
    }

    /// A drawn bot sits in the lane; a scripted one wants from outside.
    fn decides(&self) -> Option<Box<dyn Decide + Send>> {
        match &self.script {
            None => Some(Box::new(Fickle::new(self.seed, self.swarm.busy))),
            Some(_) => None,
        }
    }

    fn planned_crash(&mut self) -> Option<Crash> {
        let scripted = self.script.as_mut().and_then(|script| script.next_crash.take());
        if let Some(point) = scripted {
            return Some(Crash { point, pass: 1 });
        }
        let crashes = &self.swarm.process.crashes;
        let planned = usize::try_from(self.life - 1).ok().and_then(|n| crashes.get(n)).copied();
        planned.filter(|_| !self.is_calm())
    }

    /// The checkers begin anew with what the old copy holds; all that is asked of this life is that it notices.
    fn live_on_an_old_ledger(&mut self, ledgered: Ledgered) -> Result<(), Violation> {
        self.tell(|| format!("an old ledger was put back: {} records", ledgered.seq));
        self.oracle.coverage.hit("recovery from an old copy");
        let kept = self.log.records(0, ledgered.seq).map_err(unreadable)?;
        self.oracle.start_over(&kept, self.venue.desk(), scene::account())?;
        self.begin(ledgered);
        Ok(())
    }

    /// Whether a life over an old ledger has had its time; then whether it has noticed, where it could.
    pub(super) fn has_found_its_ledger_old(&mut self) -> Result<bool, Violation> {
        let Some(since) = self.rolled_back else { return Ok(false) };
        let Some(book) = self.engine.as_ref().map(|engine| engine.lane().book()) else { return Ok(false) };
        if !book.link.up.contains_key(&Stream::Orders) || self.now < self.paused {
            self.rolled_back = Some(self.now);
            return Ok(false);
        }
        if self.now.since(since) < DETECT {
            return Ok(false);
        }
        // A broker that leaves executions out of its answers hides the very ones that would tell.
        if !self.swarm.broker.is_dishonest() {
            self.oracle.old_ledger_is_noticed(self.venue.desk(), scene::account())?;
        }
        Ok(true)
    }

    pub(super) fn end_life(&mut self, how: &str) {
        self.tell(|| format!("the engine {how}"));
        if how == "dies"
            && let Some(point) = self.engine.as_ref().and_then(Engine::died_at)
        {
            self.befalls_engine(point);
        }
        self.last_asked = self.engine.take().and_then(|engine| engine.seen().account_asked);
        let flips = self.swarm.disk.flip;
        match self.log.crash(&mut self.disk) {
            Done::Nothing => {}
            Done::Damaged if flips => self.happened(|_| "disk flips a bit".to_owned()),
            Done::Damaged => self.happened(|_| "disk loses its end".to_owned()),
            Done::RolledBack => {
                self.rolled_back = Some(self.now);
                self.happened(|_| "disk put back".to_owned());
            }
        }
        for (path, session) in std::mem::take(&mut self.sessions) {
            self.let_go(path, session);
        }
        if self.script.is_some() {
            // A scripted process starts when the script says so.
            return;
        }
        let away = Span::millis(1 + i64::try_from(self.crash.below(900)).unwrap_or(0));
        self.heap.push(self.now.plus(away), Due::Born);
    }

    pub(super) fn beat(&mut self) -> Result<(), Violation> {
        self.heap.push(self.now.plus(BEAT), Due::Beat(self.life));
        if !self.is_calm() {
            self.log_is_copied();
            self.disturb()?;
            if self.pause() {
                return Ok(());
            }
        }
        self.watch_calm()?;
        let now = self.reading();
        if let Some(engine) = &mut self.engine {
            engine.put(now, Event::Beat);
        }
        self.wake_stages();
        self.judge_in_time()
    }

    /// A third into the storm somebody copies the ledger away.
    fn log_is_copied(&mut self) {
        if self.elapsed() > Span(self.swarm.stormy.0 / 3) && self.log.copy() {
            self.happened(|_| "disk copied".to_owned());
        }
    }

    /// Wires, bots, people and others on the account, each beat as the run's options say.
    fn disturb(&mut self) -> Result<(), Violation> {
        let (cut, half, logout) = (self.swarm.wire.cut, self.swarm.wire.half_open, self.swarm.broker.logout);
        if self.wire.permille(cut) {
            let path = self.either_path();
            if self.sessions.contains_key(&path) {
                self.happened(|_| format!("{} cut", path.word()));
            }
            self.cut(path, "cut")?;
        }
        if self.wire.permille(half) {
            let path = self.either_path();
            self.half_open(path);
        }
        if self.broker.choose().permille(logout) {
            self.log_out();
        }
        if self.crash.permille(self.swarm.process.bot_panics) {
            self.bot_panics();
        }
        self.others_act()?;
        self.person_acts();
        Ok(())
    }

    fn either_path(&mut self) -> Path {
        if self.wire.permille(300) { Path::Quotes } else { Path::Orders }
    }

    fn bot_panics(&mut self) {
        self.chronicle_bot(true);
        self.bot_goes("panicked");
        self.heap.push(self.now.plus(BOT_AWAY), Due::BotBack(self.life));
    }

    pub(super) fn bot_goes(&mut self, why: &str) {
        let now = self.reading();
        let Some(engine) = &mut self.engine else { return };
        engine.put(now, Event::BotDown { bot: scene::bot(), why: why.into() });
        self.wake_stages();
    }

    pub(super) fn bot_comes_back(&mut self) -> Result<(), Violation> {
        if self.bot_is_gone() {
            return Ok(());
        }
        self.chronicle_bot(false);
        let now = self.reading();
        if let Some(engine) = &mut self.engine {
            engine.put(now, Event::BotUp { bot: scene::bot() });
        }
        self.wake_stages();
        Ok(())
    }

    /// Stops the process for a while, if its time for that has come; its clocks run on.
    fn pause(&mut self) -> bool {
        let Some((at, lasts)) = self.swarm.process.pauses.first().copied() else { return false };
        if self.elapsed() < at {
            return false;
        }
        self.swarm.process.pauses.remove(0);
        self.pause_for(lasts);
        true
    }

    pub(super) fn pause_for(&mut self, lasts: Span) {
        self.happened(|_| format!("engine paused {}", super::span(lasts)));
        self.paused = self.now.plus(lasts);
        self.timed.forget();
        self.tell(|| format!("the engine is paused for {} ms", lasts.as_millis()));
    }
}

fn unreadable(why: String) -> Violation {
    Violation { invariant: "INV-18", seen: why }
}
