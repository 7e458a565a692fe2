//! One bot's lives, one after the other: start, greet, tell events and take wishes, end, wait, start again.
//!
//! Everything a bot says is judged by the protocol before it becomes an input, and nothing it does ends this thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, select};
use stopline_bots::protocol::{Hello, HostLimits, HostSide, Said};
use stopline_kernel::effect::BotEvent;
use stopline_kernel::input::Event;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::limits::BotSeat;
use stopline_kernel::time::{Mono, Span};

use super::HostTools;
use super::child::{Heard, Process};
use super::downfall::Downfall;
use super::unanswered::Unanswered;
use crate::crew::Pulse;
use crate::ladder::Ladder;
use crate::notice::Happening;
use crate::settings::BotProgram;

/// The longest the host sleeps before it looks at the time and shows that it lives.
const SLICE: Duration = Duration::from_millis(50);
/// Machine: how long a bot may take to leave when the engine ends.
const GOODBYE: Span = Span::millis(500);

/// What one bot's thread works with.
pub(super) struct Host {
    pub(super) program: BotProgram,
    pub(super) seat: BotSeat,
    pub(super) events: Receiver<BotEvent>,
    pub(super) overrun: Arc<AtomicBool>,
    pub(super) closing: Arc<AtomicBool>,
    pub(super) tools: HostTools,
}

/// One life.
struct Life<'a> {
    host: &'a Host,
    process: Process,
    side: HostSide,
    unanswered: Unanswered,
    /// When it was greeted, until it is ready.
    greeted: Option<Mono>,
    /// Events from before its warm-up were meant for the life before it.
    warm: bool,
}

impl Host {
    /// Keeps the bot's process alive until the engine ends.
    pub(super) fn keep_alive(&self, pulse: &Pulse) {
        let Some(contract) = self.wait_for_contract(pulse) else { return };
        let mut ladder = Ladder::new();
        while !self.is_closing() {
            let born = self.tools.shared.clock.mono();
            let why = self.live(&contract, pulse);
            if matches!(why, Downfall::Closing) {
                return;
            }
            let after = ladder.next_wait(born, self.tools.shared.clock.mono());
            self.tell_down(&why, after, pulse);
            self.rest(after, pulse);
        }
    }

    /// No bot can be greeted before the venue has told its contract.
    fn wait_for_contract(&self, pulse: &Pulse) -> Option<Instrument> {
        while !self.is_closing() {
            let known = self.tools.shared.contracts.of(self.seat.symbol);
            if known.is_some() {
                return known;
            }
            self.rest(Span::millis(50), pulse);
        }
        None
    }

    /// One life, from start to end; why it ended.
    fn live(&self, contract: &Instrument, pulse: &Pulse) -> Downfall {
        let mut life = match Life::begin(self, contract) {
            Ok(life) => life,
            Err(why) => return why,
        };
        loop {
            pulse.beat();
            #[cfg(feature = "hooks")]
            crate::hooks::thread(crate::crew::Role::Bot(self.program.bot));
            if self.is_closing() {
                life.say_goodbye();
                return Downfall::Closing;
            }
            if let Err(why) = life.turn() {
                return why;
            }
        }
    }

    fn tell_down(&self, why: &Downfall, after: Span, pulse: &Pulse) {
        let (bot, why): (_, Box<str>) = (self.program.bot, why.to_string().into());
        self.tools.shared.published.notice(Happening::BotEnded { bot, why: why.clone(), after });
        // Refused only when the process is at its end.
        let _ = self.tools.shared.inbox.put(Event::BotDown { bot, why }, || pulse.beat());
    }

    /// Waits, and lets go of what is told to a bot that is not there.
    fn rest(&self, span: Span, pulse: &Pulse) {
        let since = self.tools.shared.clock.mono();
        while self.tools.shared.clock.mono().since(since) < span && !self.is_closing() {
            pulse.beat();
            if let Err(RecvTimeoutError::Disconnected) = self.events.recv_timeout(SLICE) {
                return;
            }
        }
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }
}

impl<'a> Life<'a> {
    fn begin(host: &'a Host, contract: &Instrument) -> Result<Life<'a>, Downfall> {
        host.overrun.store(false, Ordering::SeqCst);
        let hello = Hello {
            bot: host.program.strategy.clone(),
            id: host.program.bot,
            symbol: host.seat.symbol,
            tick_size: contract.tick,
            bar_length: host.seat.bar,
            parameters: host.program.parameters.clone(),
        };
        let (side, greeting) = HostSide::new(&hello, HostLimits::default())?;
        let process = Process::start(&host.program)?;
        process.write(greeting)?;
        let greeted = Some(host.tools.shared.clock.mono());
        Ok(Life { host, process, side, unanswered: Unanswered::default(), greeted, warm: false })
    }

    /// One event, one line or 50 ms, whatever comes first.
    fn turn(&mut self) -> Result<(), Downfall> {
        let (events, heard) = (self.host.events.clone(), self.process.heard().clone());
        select! {
            recv(events) -> event => match event {
                Ok(event) => self.tell(&event)?,
                Err(_) => return Err(Downfall::Closing),
            },
            recv(heard) -> heard => match heard {
                Ok(Heard::Line(line)) => self.hear(&line)?,
                Ok(Heard::Bad) => return Err(Downfall::BadLine),
                Err(_) => return Err(self.process.end()),
            },
            default(SLICE) => {}
        }
        self.check()
    }

    fn tell(&mut self, event: &BotEvent) -> Result<(), Downfall> {
        self.warm |= matches!(event, BotEvent::WarmUp { .. });
        if !self.warm || !self.side.is_ready() {
            return Ok(());
        }
        let line = self.side.event(event)?;
        if matches!(event, BotEvent::Bar { .. }) {
            self.unanswered.sent(self.side.last_sent(), self.host.tools.shared.clock.mono());
        }
        self.process.write(line)
    }

    fn hear(&mut self, line: &str) -> Result<(), Downfall> {
        let (bot, tools) = (self.host.program.bot, &self.host.tools);
        match self.side.line(line)? {
            Said::Ready { .. } => {
                self.greeted = None;
                // Refused only when the process is at its end.
                let _ = tools.shared.inbox.put(Event::BotUp { bot }, || ());
            }
            Said::Intents { intents, .. } => {
                for intent in intents {
                    tools.shared.inbox.intent(bot, intent).map_err(|_| Downfall::Flooded)?;
                }
            }
            Said::State(state) => tools.shared.inbox.state(bot, state).map_err(|_| Downfall::Flooded)?,
            Said::Log(text) => tools.shared.published.notice(Happening::BotSaid { bot, text }),
        }
        Ok(())
    }

    /// Whether it reads, and answers in time.
    fn check(&mut self) -> Result<(), Downfall> {
        if self.host.overrun.load(Ordering::SeqCst) {
            return Err(Downfall::DoesNotRead);
        }
        let waited = self.unanswered.oldest(self.side.oldest_unanswered());
        let waited = waited.or(self.greeted.map(|since| (0, since)));
        let limit = self.host.tools.answer;
        match waited {
            Some((event, since)) if self.host.tools.shared.clock.mono().since(since) > limit => {
                Err(Downfall::Stalled { event, limit })
            }
            _ => Ok(()),
        }
    }

    /// Closes its standard input and waits a moment for it to close its standard output, as a bot does that ends.
    fn say_goodbye(&mut self) {
        self.process.hang_up();
        let until = self.host.tools.shared.clock.mono().plus(GOODBYE);
        loop {
            let left = until.since(self.host.tools.shared.clock.mono());
            let heard = self.process.heard().recv_timeout(Duration::from_nanos(left.0.unsigned_abs()));
            if heard.is_err() {
                return;
            }
        }
    }
}
