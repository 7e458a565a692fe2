//! The bot's end: lines in, lines out, around any strategy.
//!
//! Answers every bar with exactly one `intents`, its last line about that bar, so that the engine can tell a bot that
//! waits from one that hangs. It must never answer a bar that it did not understand.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use stopline_kernel::effect::BotEvent;
use stopline_kernel::intent::Intent;
use stopline_kernel::view::Decide;

use super::translate::{Party, event_from_wire, intent_to_wire};
use super::wire::{BotSays, EngineSays};
use super::{Hello, MAX_ENGINE_LINE, ProtocolError, line};
use crate::registry::{self, BuildError};
use crate::strategy::{Seated, Strategy};

/// Makes the strategy that a `hello` asks for.
pub type Builder = Box<dyn FnOnce(&Hello) -> Result<Box<dyn Strategy>, BuildError>>;

/// The bot's end of the protocol.
pub struct BotSide {
    builder: Option<Builder>,
    running: Option<Running>,
}

struct Running {
    party: Party,
    seated: Seated<Box<dyn Strategy>>,
    last: u64,
    /// The state the engine has been given last.
    kept: Option<String>,
}

impl fmt::Debug for BotSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.running.as_ref().map(|running| running.seated.strategy().name());
        f.debug_struct("BotSide").field("running", &name).finish_non_exhaustive()
    }
}

impl BotSide {
    /// A side that builds its strategy from the `hello` it gets.
    pub fn new(builder: Builder) -> BotSide {
        BotSide { builder: Some(builder), running: None }
    }

    /// A side that runs whichever shipped bot the `hello` names.
    pub fn shipped() -> BotSide {
        BotSide::new(Box::new(|hello| Ok(registry::build(&hello.bot, &hello.parameters, &hello.seat())?)))
    }

    /// Takes a line of the engine; gives the lines to write, in order. After an error the process must end.
    pub fn line(&mut self, line: &str) -> Result<Vec<String>, ProtocolError> {
        let (n, says) = line::read(line, MAX_ENGINE_LINE)?;
        match (says, &mut self.running) {
            (EngineSays::Hello(hello), None) => self.begin(&hello),
            (EngineSays::Hello(_), Some(_)) => Err(ProtocolError::OutOfTurn("hello")),
            (_, None) => Err(ProtocolError::OutOfTurn("event before hello")),
            (says, Some(running)) => running.event(n.ok_or(ProtocolError::NoNumber)?, says),
        }
    }

    fn begin(&mut self, hello: &Hello) -> Result<Vec<String>, ProtocolError> {
        let builder = self.builder.take().ok_or(ProtocolError::OutOfTurn("hello"))?;
        let strategy = builder(hello).map_err(ProtocolError::Refused)?;
        let ready = BotSays::Ready { bars_needed: strategy.bars_needed() };
        let party = Party { bot: hello.id, symbol: hello.symbol };
        self.running = Some(Running { party, seated: Seated::new(strategy), last: 0, kept: None });
        Ok(Vec::from([line::write(None, &ready)?]))
    }
}

impl Running {
    fn event(&mut self, n: u64, says: EngineSays) -> Result<Vec<String>, ProtocolError> {
        if n <= self.last {
            return Err(ProtocolError::NumberRepeats(n));
        }
        self.last = n;
        let event = event_from_wire(says, self.party)?;
        let intents = self.seated.on(&event);
        let mut lines = self.notes(&event)?;
        if !intents.is_empty() || matches!(event, BotEvent::Bar { .. }) {
            lines.push(self.answer(n, &intents)?);
        }
        #[cfg(feature = "test-bots")]
        let lines = self.seated.strategy_mut().deface(&event, lines);
        Ok(lines)
    }

    /// What goes before the answer: why saved state was not used, and state that has changed.
    fn notes(&mut self, event: &BotEvent) -> Result<Vec<String>, ProtocolError> {
        let mut lines = Vec::new();
        if let Some(refused) = self.seated.take_refused() {
            lines.push(line::write(None, &BotSays::Log { text: refused.to_string() })?);
        }
        if matches!(event, BotEvent::Quote { .. }) {
            return Ok(lines);
        }
        let state = self.seated.strategy().save();
        if let Some(state) = &state
            && self.kept.as_ref() != Some(state)
        {
            lines.push(line::write(None, &BotSays::State { state: state.clone() })?);
        }
        self.kept = state;
        Ok(lines)
    }

    fn answer(&self, n: u64, intents: &[Intent]) -> Result<String, ProtocolError> {
        let intents = intents.iter().map(|intent| intent_to_wire(intent, self.party));
        let intents = intents.collect::<Result<_, _>>()?;
        line::write(None, &BotSays::Intents { in_reply: n, intents })
    }
}
