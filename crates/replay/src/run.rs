//! The loop: the market moves, messages arrive, the timer beats, and the lane takes a turn after each.
//!
//! At one moment the market comes first, then what arrives at the exchange, then the timer. Effects come out of a commit
//! alone, as they do in the engine. It never looks at a clock: all time is the tape's.

use stopline_exchange::birth::Drive;
use stopline_kernel::commit::{Released, Step, commit};
use stopline_kernel::input::{Command, CommandKind, Event, Input};
use stopline_kernel::lane::Lane;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::market::Tick;
use stopline_kernel::time::{ExchangeTime, LocalTime, Span, Stamp};
use stopline_ledger::memory::MemoryLog;
use stopline_tape::TapeBar;

use crate::error::ReplayError;
use crate::market::{Market, Row, Shown, Walked};
use crate::outcome::Outcome;
use crate::settings::{Settings, Times};
use crate::walk::Walk;
use crate::wire::Wire;

/// How long after the tape an orderly stop may take.
const STOP_WITHIN: Span = Span::secs(60);

/// How often somebody is told how far it is, in market time.
const TELL_EVERY: Span = Span::secs(600);

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The market's time.
    pub at: ExchangeTime,
    /// Rows done, where the tape is shown row by row; every row, where bars are walked.
    pub rows: u64,
    /// Whether that was all.
    pub over: bool,
}

/// Replays minute bars, oldest first, walked as `walk` says.
///
/// # Errors
///
/// [`ReplayError`]; nothing came of it.
pub fn bars(
    settings: Settings,
    log: MemoryLog,
    bars: Vec<TapeBar>,
    walk: Walk,
    tell: impl FnMut(Progress),
) -> Result<Outcome, ReplayError> {
    let Times { from, to, .. } = settings.times;
    let Some(first) = bars.first().map(|bar| bar.start) else { return Err(ReplayError::Empty) };
    if !bars.iter().any(|bar| (from..to).contains(&bar.start)) {
        return Err(ReplayError::Empty);
    }
    let (market, drive) = Walked::new(bars, walk);
    Replay::new(settings, log, market, drive, first)?.run(tell)
}

/// Replays quotes and trades, oldest first; `first` is not after any of them.
///
/// # Errors
///
/// [`ReplayError`]; nothing came of it.
pub fn rows<I, E>(
    settings: Settings,
    log: MemoryLog,
    first: ExchangeTime,
    rows: I,
    tell: impl FnMut(Progress),
) -> Result<Outcome, ReplayError>
where
    I: Iterator<Item = Result<Row, E>>,
    E: std::fmt::Display,
{
    let market = Shown::new(rows, settings.times.to);
    Replay::new(settings, log, market, Drive::Recorded, first)?.run(tell)
}

struct Replay<M> {
    lane: Lane,
    log: MemoryLog,
    market: M,
    wire: Wire,
    times: Times,
    build: Box<str>,
    /// What the lane has still to take of this moment.
    events: Vec<Event>,
    beat: ExchangeTime,
    told: ExchangeTime,
    stopped: bool,
}

impl<M: Market> Replay<M> {
    fn new(
        settings: Settings,
        log: MemoryLog,
        market: M,
        drive: Drive,
        first: ExchangeTime,
    ) -> Result<Replay<M>, ReplayError> {
        let wire = Wire::new(&settings, drive, first)?;
        let Settings { lane, bots, times, build, .. } = settings;
        let mut lane = Lane::new(Ledgered::default(), lane);
        let mut events = vec![Event::Start { build: build.clone() }];
        for (bot, decides) in bots {
            lane.seat(bot, decides);
            events.push(Event::BotUp { bot });
        }
        let (beat, told) = (times.from, times.from);
        Ok(Replay { lane, log, market, wire, times, build, events, beat, told, stopped: false })
    }

    fn run(mut self, mut tell: impl FnMut(Progress)) -> Result<Outcome, ReplayError> {
        let from = self.times.from;
        self.warm_up(from)?;
        self.turn(from)?;
        self.wire.connect(from)?;
        self.turn(from)?;
        let mut last = from;
        while let Some(at) = self.market.next_time(&self.wire)? {
            if at >= self.times.to {
                break;
            }
            self.pass_time(at)?;
            if let Some(tick) = self.market.play(at, &mut self.wire)? {
                self.tick(at, tick)?;
            }
            self.turn(at)?;
            last = at;
            if at.since(self.told) >= TELL_EVERY {
                self.told = at;
                tell(Progress { at, rows: self.market.done().rows, over: false });
            }
        }
        self.stop(last)?;
        tell(Progress { at: last, rows: self.market.done().rows, over: true });
        let (lane, done) = (self.lane, self.market.done());
        let journal = self.wire.stop()?;
        Ok(Outcome {
            rows: done.rows,
            first: from,
            last,
            stopped: self.stopped,
            log: self.log,
            journal,
            lane,
            build: self.build,
        })
    }

    /// What lies before the engine's time happens at the exchange alone.
    fn warm_up(&mut self, from: ExchangeTime) -> Result<(), ReplayError> {
        while let Some(at) = self.market.next_time(&self.wire)? {
            if at >= from {
                break;
            }
            self.market.play(at, &mut self.wire)?;
            self.wire.deliver(&mut Vec::new())?;
        }
        Ok(())
    }

    /// Everything that is due before `until`: what arrives at the exchange, and the timer.
    fn pass_time(&mut self, until: ExchangeTime) -> Result<(), ReplayError> {
        loop {
            let arrival = self.wire.next_arrival().filter(|at| *at <= self.beat);
            let due = arrival.unwrap_or(self.beat);
            if due >= until {
                return Ok(());
            }
            if arrival.is_some() {
                self.wire.arrive()?;
            } else {
                self.events.push(Event::Beat);
                self.beat = self.beat.plus(self.times.beat);
            }
            self.turn(due)?;
        }
    }

    /// The tape is over: the engine is stopped in good order, as a person would.
    fn stop(&mut self, last: ExchangeTime) -> Result<(), ReplayError> {
        let done = self.market.done();
        let why = format!("the tape is over after {} rows, fingerprint {:016x}", done.rows, done.fingerprint);
        let (who, what) = ("replay".into(), CommandKind::Stop);
        self.events.push(Event::Command(Command { id: 1, who, why: why.into(), what }));
        self.turn(last)?;
        let end = last.plus(STOP_WITHIN);
        while !self.stopped && self.beat < end {
            self.pass_time(self.beat.plus(Span(1)))?;
        }
        Ok(())
    }

    /// Turns of the lane until nothing of this moment is left; what each commit lets out is carried out.
    fn turn(&mut self, at: ExchangeTime) -> Result<(), ReplayError> {
        self.wire.deliver(&mut self.events)?;
        while !self.events.is_empty() {
            let stamp = self.stamp(at);
            let inputs = self.events.drain(..).map(|event| Input { at: stamp, event });
            let steps = self.lane.turn(inputs)?;
            self.commit(at, steps);
        }
        Ok(())
    }

    /// A turn of a tick alone, by far the most frequent.
    fn tick(&mut self, at: ExchangeTime, tick: Tick) -> Result<(), ReplayError> {
        let input = Input { at: self.stamp(at), event: Event::Tick(tick) };
        let steps = self.lane.turn([&input])?;
        self.commit(at, steps);
        Ok(())
    }

    fn commit(&mut self, at: ExchangeTime, steps: Vec<Step>) {
        if steps.is_empty() {
            return;
        }
        // This log cannot fail.
        let Ok(durable) = commit(&mut self.log, steps);
        for released in durable.release() {
            self.carry_out(at, released);
        }
    }

    fn carry_out(&mut self, at: ExchangeTime, released: Released) {
        match released {
            Released::Order(command) => {
                let (orders, what) = (command.command().what.orders(), command.command().what.sending());
                let now = self.wire.mono(at);
                self.events.push(match self.wire.order(at, &command) {
                    Ok(()) => Event::Sent { orders, durable: now, sent: now },
                    Err(why) => Event::NotSent { orders, what, why },
                });
            }
            Released::Query(query) => self.wire.query(at, query),
            Released::Stopped => self.stopped = true,
            // A bot without a seat hears nothing, and nobody looks on.
            Released::Bot(..) | Released::Reply(_) | Released::Publish(_) => {}
        }
    }

    /// All three clocks at a moment of the market: a replay has no other time.
    fn stamp(&self, at: ExchangeTime) -> Stamp {
        Stamp { mono: self.wire.mono(at), local: LocalTime(at.0), market: Some(at) }
    }
}
