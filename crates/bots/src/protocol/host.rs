//! The engine's end for one bot's process: numbers events, matches answers, counts what is outstanding.
//!
//! Trusts nothing it reads. It holds no clock: how long a bar may wait for its answer is for whoever owns the timers,
//! who asks [`HostSide::oldest_unanswered`]. After an error the process must be ended; a new one gets a new side.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use stopline_kernel::effect::BotEvent;
use stopline_kernel::intent::Intent;

use super::translate::{Party, event_to_wire, intent_from_wire, plain};
use super::wire::{BotSays, EngineSays, WireIntent};
use super::{Hello, MAX_BOT_LINE, ProtocolError, line};

/// How much a bot may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// How many lines each event sent allows.
    pub lines_per_event: u32,
    /// How many events' lines may be saved up.
    pub saved_events: u32,
    /// How many intents one answer may have.
    pub intents_per_answer: usize,
}

impl Default for HostLimits {
    fn default() -> HostLimits {
        HostLimits { lines_per_event: 32, saved_events: 16, intents_per_answer: 16 }
    }
}

/// What a bot said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It understood `hello` and may be told events.
    Ready {
        /// How many bars it would like to be warmed up with.
        bars_needed: u32,
    },
    /// What it wants.
    Intents {
        /// Which event this answers.
        in_reply: u64,
        /// The wishes, oldest first.
        intents: Vec<Intent>,
    },
    /// What it wants kept for its next life.
    State(Box<str>),
    /// A line for the log.
    Log(Box<str>),
}

/// An event that an answer may not pass over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    n: u64,
    /// A bar must be answered; the others must not be.
    must: bool,
}

/// The engine's end of the protocol.
#[derive(Debug)]
pub struct HostSide {
    party: Party,
    limits: HostLimits,
    ready: bool,
    /// The number of the last event sent.
    last: u64,
    /// The number of the last event answered.
    answered: u64,
    open: VecDeque<Open>,
    /// How many lines may still come.
    lines_left: u32,
}

impl HostSide {
    /// The side for a new process, and the line to write to it first.
    pub fn new(hello: &Hello, limits: HostLimits) -> Result<(HostSide, String), ProtocolError> {
        let side = HostSide {
            party: Party { bot: hello.id, symbol: hello.symbol },
            limits,
            ready: false,
            last: 0,
            answered: 0,
            open: VecDeque::new(),
            lines_left: limits.lines_per_event,
        };
        Ok((side, line::write(None, &EngineSays::Hello(hello.clone()))?))
    }

    /// The line of the next event. Only a bot that is ready is told one.
    pub fn event(&mut self, event: &BotEvent) -> Result<String, ProtocolError> {
        if !self.ready {
            return Err(ProtocolError::OutOfTurn("event before ready"));
        }
        let n = self.last.saturating_add(1);
        let line = line::write(Some(n), &event_to_wire(event))?;
        self.last = n;
        match event {
            BotEvent::Bar { .. } => self.open.push_back(Open { n, must: true }),
            BotEvent::WarmUp { .. } | BotEvent::Denied { .. } => self.open.push_back(Open { n, must: false }),
            _ => {}
        }
        let most = self.limits.lines_per_event.saturating_mul(self.limits.saved_events.max(1));
        self.lines_left = self.lines_left.saturating_add(self.limits.lines_per_event).min(most);
        Ok(line)
    }

    /// Takes a line of the bot.
    pub fn line(&mut self, line: &str) -> Result<Said, ProtocolError> {
        let lines_per_event = self.limits.lines_per_event;
        self.lines_left = self.lines_left.checked_sub(1).ok_or(ProtocolError::Flood { lines_per_event })?;
        match line::read(line, MAX_BOT_LINE)?.1 {
            BotSays::Log { text } => Ok(Said::Log(plain("text", &text)?)),
            BotSays::Ready { .. } if self.ready => Err(ProtocolError::OutOfTurn("ready")),
            BotSays::Ready { bars_needed } => {
                self.ready = true;
                Ok(Said::Ready { bars_needed })
            }
            BotSays::Intents { .. } if !self.ready => Err(ProtocolError::OutOfTurn("intents")),
            BotSays::State { .. } if !self.ready => Err(ProtocolError::OutOfTurn("state")),
            BotSays::State { state } => Ok(Said::State(Box::from(state))),
            BotSays::Intents { in_reply, intents } => {
                self.settle(in_reply)?;
                Ok(Said::Intents { in_reply, intents: self.intents(intents)? })
            }
        }
    }

    /// Whether the bot has said that it is ready.
    pub const fn is_ready(&self) -> bool {
        self.ready
    }

    /// How many bars wait for their answer.
    pub fn outstanding(&self) -> usize {
        self.open.iter().filter(|open| open.must).count()
    }

    /// The number of the oldest bar that waits for its answer.
    pub fn oldest_unanswered(&self) -> Option<u64> {
        self.open.iter().find(|open| open.must).map(|open| open.n)
    }

    /// The number of the last event sent; 0 before the first.
    pub const fn last_sent(&self) -> u64 {
        self.last
    }

    /// Notes that `in_reply` is answered, if it may be.
    fn settle(&mut self, in_reply: u64) -> Result<(), ProtocolError> {
        if in_reply <= self.answered || in_reply > self.last {
            return Err(ProtocolError::Unasked(in_reply));
        }
        while let Some(open) = self.open.front().copied().filter(|open| open.n <= in_reply) {
            match (open.must, open.n == in_reply) {
                (true, false) => return Err(ProtocolError::Skipped { in_reply, bar: open.n }),
                (false, true) => return Err(ProtocolError::Unasked(in_reply)),
                _ => self.open.pop_front(),
            };
        }
        self.answered = in_reply;
        Ok(())
    }

    fn intents(&self, intents: Vec<WireIntent>) -> Result<Vec<Intent>, ProtocolError> {
        let (count, max) = (intents.len(), self.limits.intents_per_answer);
        if count > max {
            return Err(ProtocolError::TooManyIntents { count, max });
        }
        intents.into_iter().map(|intent| intent_from_wire(intent, self.party)).collect()
    }
}
