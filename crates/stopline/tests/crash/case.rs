//! One case from its first start to its verdict: lives that end in kills, then a calm one that ends in good order.
//!
//! It must never wait for ever, and never take a case for passed that did not reach its end.

use std::process::ExitStatus;
use std::thread::sleep;

use stopline_kernel::time::{Mono, Span};
use stopline_ledger::reader::Reader;
use stopline_runtime::hooks::Point;

use crate::check::{self, Check, Evidence, Finding, found};
use crate::mirror::Mirror;
use crate::plan::{Aim, Case, Plant};
use crate::stage::{Engine, LOOK, Stage, now, was_killed};
use crate::truth::Truth;

/// How long an aimed kill may keep everybody waiting; then it is a kill at a random moment.
const AIM: Span = Span::secs(6);

/// How long the last life may take to be calm. Ends a hang; what is allowed is checked on the records.
const CALM: Span = Span::secs(30);

/// How long the last life trades before it may be calm.
const TRADE: Span = Span::millis(1_500);

/// How long an orderly stop may take; the engine gives up by itself before that.
const STOP: Span = Span::secs(20);

/// An orderly stop that a lost message kept from its end is asked for again, in another life.
const STOPS: u32 = 3;

/// What one case came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) case: Case,
    pub(crate) verdict: Result<Evidence, Finding>,
    /// The points at which it was killed as aimed.
    pub(crate) hit: Vec<Point>,
    /// What is worth a line.
    pub(crate) line: String,
}

/// Runs a case.
pub(crate) fn run(case: Case) -> Outcome {
    let began = now();
    let mut stage = match Stage::new(&case.config) {
        Ok(stage) => stage,
        Err(why) => {
            let verdict = Err(found(Check::Alive, format!("no stage: {why}")));
            return Outcome { case, verdict, hit: Vec::new(), line: String::new() };
        }
    };
    let mut play = Play {
        case: &case,
        stage: &stage,
        ends: Vec::new(),
        killed: Vec::new(),
        hit: Vec::new(),
        mirror: Mirror::default(),
        bare_there: Span::ZERO,
    };
    let verdict = play.through();
    let mut line = play.line(now().since(began));
    let hit = play.hit;
    if let Err(finding) = &verdict {
        line = format!("{line} FOUND {finding}");
        if case.plant.is_none() {
            line = format!("{line}\n  kept in {}", stage.keep().display());
        }
    }
    Outcome { case, verdict, hit, line }
}

/// A case under way.
struct Play<'a> {
    case: &'a Case,
    stage: &'a Stage,
    /// When each life ended.
    ends: Vec<Mono>,
    /// What ended each life that was killed.
    killed: Vec<String>,
    /// The points at which it was killed as aimed.
    hit: Vec<Point>,
    /// The ledger as it was read last.
    mirror: Mirror,
    /// The longest time that a position stood bare at the exchange.
    bare_there: Span,
}

impl Play<'_> {
    fn through(&mut self) -> Result<Evidence, Finding> {
        for aim in self.case.kills.clone() {
            self.life_to_a_kill(aim)?;
            check::after_kill(&self.evidence()?)?;
        }
        self.calm_end()?;
        let evidence = self.evidence()?;
        check::at_end(&evidence)?;
        match self.stage.unsound() {
            None => Ok(evidence),
            Some(why) => Err(found(Check::Sound, why)),
        }
    }

    fn life_to_a_kill(&mut self, aim: Aim) -> Result<(), Finding> {
        let mut engine = self.start(Some(aim))?;
        let mut seen = Seen::default();
        let mut opened = None;
        loop {
            if let Some((status, at)) = engine.ended() {
                self.ends.push(at);
                self.killed.push(aim.to_string());
                if !was_killed(status) {
                    return Err(self.ended_by_itself(status));
                }
                if let Aim::At(point, _) = aim {
                    self.hit.push(point);
                }
                return Ok(());
            }
            let due = match aim {
                Aim::At(..) => engine.age() > AIM,
                Aim::Since(ms) => engine.age() > millis(ms),
                Aim::Open(ms) => {
                    seen.read(self.stage);
                    let open = seen.mirror.has_begun(engine.began()) && seen.is_open();
                    opened = opened.or_else(|| open.then(now));
                    opened.is_some_and(|at| now().since(at) > millis(ms)) || engine.age() > AIM
                }
            };
            if due {
                self.ends.push(engine.kill());
                let late = engine.age() > AIM;
                self.killed.push(if late { format!("{aim}(late)") } else { aim.to_string() });
                return Ok(());
            }
            sleep(LOOK);
        }
    }

    fn calm_end(&mut self) -> Result<(), Finding> {
        for _ in 0..STOPS {
            let mut engine = self.start(None)?;
            self.until_calm(&mut engine)?;
            engine.stop();
            let Some((status, at)) = until(STOP, || engine.ended()) else {
                self.ends.push(engine.kill());
                return Err(found(Check::End, "it did not stop when asked to"));
            };
            self.ends.push(at);
            match status.code() {
                Some(0) => return Ok(()),
                // Unfinished, and said so: what is open stays protected, and the next start takes it up.
                Some(1) => self.killed.push("unfinished".to_owned()),
                _ => return Err(self.ended_by_itself(status)),
            }
        }
        Err(found(Check::End, format!("{STOPS} orderly stops in a row came to no end")))
    }

    /// Waits until this life has recovered and traded for a moment, and nothing is in question.
    fn until_calm(&mut self, engine: &mut Engine) -> Result<(), Finding> {
        let mut seen = Seen::default();
        while engine.age() < CALM {
            if let Some((status, at)) = engine.ended() {
                self.ends.push(at);
                return Err(self.ended_by_itself(status));
            }
            seen.read(self.stage);
            if seen.mirror.has_begun(engine.began()) && seen.mirror.is_calm() && engine.age() > TRADE {
                return Ok(());
            }
            sleep(LOOK);
        }
        let live: Vec<_> = seen.mirror.ledgered.live_orders().map(|o| (o.root, o.life)).collect();
        let closings = seen.mirror.ledgered.closings.values();
        Err(found(Check::Recovered, format!("not calm after {CALM:?}: {live:?}, closing {}", closings.len())))
    }

    fn start(&self, aim: Option<Aim>) -> Result<Engine, Finding> {
        let mut variables = Vec::new();
        if let Some(Aim::At(point, pass)) = aim {
            variables.push(("STOPLINE_HOOK", format!("kill:{}:{pass}", point.word())));
        }
        match self.case.plant {
            None => {}
            Some(Plant::SendsFirst) => variables.push(("STOPLINE_MUTANT", "send-before-commit".to_owned())),
            Some(Plant::LanePanics) => variables.push(("STOPLINE_HOOK", "panic:lane:100".to_owned())),
        }
        self.stage.engine(&variables).map_err(|why| found(Check::Alive, format!("it did not start: {why}")))
    }

    fn ended_by_itself(&self, status: ExitStatus) -> Finding {
        found(Check::Alive, format!("life {} ended by itself: {status}", self.ends.len()))
    }

    /// Reads the ledger as it is now, from its first record.
    fn look(&mut self) -> Result<(), Finding> {
        let read = Reader::open(&self.stage.data()).and_then(|reader| reader.entries(1..=u64::MAX));
        let entries = match read {
            Ok(entries) => entries,
            // Killed before its first record: there is nothing to read, and nothing may have been sent.
            Err(_) if !self.stage.data().join("ledger.sqlite").exists() => Vec::new(),
            Err(why) => return Err(found(Check::Sound, why.to_string())),
        };
        self.mirror = Mirror::replay(&entries, &self.ends).map_err(|why| found(Check::Sound, why))?;
        Ok(())
    }

    /// Both sides as they are now, while no engine runs.
    fn evidence(&mut self) -> Result<Evidence, Finding> {
        self.look()?;
        let mirror = self.mirror.clone();
        let book = match self.stage.book() {
            Ok(book) => book,
            // Killed before it had started an exchange: there is nothing on the other side.
            Err(_) if mirror.placed.is_empty() && !self.stage.journal().exists() => {
                return Ok(Evidence { mirror, ..Evidence::default() });
            }
            Err(why) => return Err(found(Check::End, why)),
        };
        let truth = Truth::read(&self.stage.journal()).map_err(|why| found(Check::End, why))?;
        self.bare_there = check::longest_bare_there(&mirror, &truth);
        Ok(Evidence { mirror, book, truth })
    }

    fn line(&self, took: Span) -> String {
        let (mirror, ms) = (&self.mirror, |span: Span| span.as_millis());
        let recoveries = mirror.runs.iter().map(|run| run.recovered.map(|at| ms(at.since(run.began))));
        let recoveries: Vec<String> =
            recoveries.map(|took| took.map_or("-".into(), |ms| ms.to_string())).collect();
        let bare = mirror.bare.iter().map(|bare| ms(bare.lasted())).max().unwrap_or(0);
        let halts: Vec<String> =
            mirror.ledgered.halts.0.iter().map(|halt| format!("{:?}", halt.cause)).collect();
        format!(
            "seed {:>4}{}: kills {}, orders {}, fills {}, recovery {} ms, longest bare {bare} ms (at the exchange {} ms), halts [{}], {} ms",
            self.case.seed,
            self.case.plant.map_or(String::new(), |plant| format!(" ({plant:?})")),
            self.killed.join(" "),
            mirror.placed.len(),
            mirror.booked.len(),
            recoveries.join("/"),
            ms(self.bare_there),
            halts.join(" "),
            ms(took)
        )
    }
}

/// The ledger of an engine that runs, followed from outside.
#[derive(Default)]
struct Seen {
    mirror: Mirror,
}

impl Seen {
    /// Takes in what has become durable. A ledger that is not there yet, or is being opened, is looked at again.
    fn read(&mut self, stage: &Stage) {
        let from = self.mirror.ledgered.seq.saturating_add(1);
        let read = Reader::open(&stage.data()).and_then(|reader| reader.entries(from..=u64::MAX));
        for entry in read.unwrap_or_default() {
            // What does not fit is found by the look at the whole ledger.
            let _ = self.mirror.take(&entry);
        }
        self.mirror.settle();
    }

    fn is_open(&self) -> bool {
        self.mirror.ledgered.open_positions().next().is_some()
    }
}

fn until<T>(limit: Span, mut done: impl FnMut() -> Option<T>) -> Option<T> {
    let since = now();
    while now().since(since) < limit {
        if let Some(value) = done() {
            return Some(value);
        }
        sleep(LOOK);
    }
    None
}

fn millis(ms: u64) -> Span {
    Span::millis(i64::try_from(ms).unwrap_or(0))
}
