//! Bots that misbehave on purpose, so that tests can show that a host stands it. Feature `test-bots` only.
//!
//! Each is harmless until its bar `at` (parameter, default 1) and wants nothing. They must never be in a release.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use stopline_kernel::bar::Bar;
use stopline_kernel::effect::BotEvent;
use stopline_kernel::intent::Intent;
use stopline_kernel::view::View;

use crate::parameters::{ParameterError, Parameters, Reader};
use crate::strategy::{Seat, StateError, Strategy};

/// How many lines a flood has.
const FLOOD: usize = 5_000;

/// What a bad bot does from its bar on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Panics.
    Crash,
    /// Answers nothing.
    Stall,
    /// Answers with thousands of lines.
    Flood,
    /// Answers with what is no message.
    Shout,
}

#[derive(Debug)]
struct Bad {
    habit: Habit,
    at: u32,
    bars: u32,
}

pub(crate) fn crasher(parameters: &Parameters, _: &Seat) -> Result<Box<dyn Strategy + Send>, ParameterError> {
    bad(Habit::Crash, parameters)
}

pub(crate) fn staller(parameters: &Parameters, _: &Seat) -> Result<Box<dyn Strategy + Send>, ParameterError> {
    bad(Habit::Stall, parameters)
}

pub(crate) fn flooder(parameters: &Parameters, _: &Seat) -> Result<Box<dyn Strategy + Send>, ParameterError> {
    bad(Habit::Flood, parameters)
}

pub(crate) fn shouter(parameters: &Parameters, _: &Seat) -> Result<Box<dyn Strategy + Send>, ParameterError> {
    bad(Habit::Shout, parameters)
}

fn bad(habit: Habit, parameters: &Parameters) -> Result<Box<dyn Strategy + Send>, ParameterError> {
    let mut reader = Reader::new(parameters);
    let at = reader.whole("at", 1, 1..=1_000_000)?;
    reader.finish()?;
    Ok(Box::new(Bad { habit, at, bars: 0 }))
}

impl Strategy for Bad {
    fn name(&self) -> &'static str {
        match self.habit {
            Habit::Crash => "crasher",
            Habit::Stall => "staller",
            Habit::Flood => "flooder",
            Habit::Shout => "shouter",
        }
    }

    #[expect(clippy::panic, reason = "the crasher exists to panic; no release has it")]
    fn on_bar(&mut self, _: &Bar, _: &View) -> Vec<Intent> {
        self.bars = self.bars.saturating_add(1);
        if self.habit == Habit::Crash && self.bars >= self.at {
            panic!("the crasher crashes at bar {}", self.bars);
        }
        Vec::new()
    }

    fn warm_up(&mut self, _: &[Bar]) {}

    fn save(&self) -> Option<String> {
        None
    }

    fn restore(&mut self, _: &str) -> Result<(), StateError> {
        Ok(())
    }

    fn deface(&mut self, event: &BotEvent, lines: Vec<String>) -> Vec<String> {
        if self.bars < self.at || !matches!(event, BotEvent::Bar { .. }) {
            return lines;
        }
        match self.habit {
            Habit::Crash => lines,
            Habit::Stall => Vec::new(),
            Habit::Flood => {
                (0..FLOOD).map(|_| String::from(r#"{"v":1,"type":"log","text":"more"}"#)).collect()
            }
            Habit::Shout => Vec::from([String::from("HELLO?! \u{1b}[31m{\"v\":")]),
        }
    }
}
