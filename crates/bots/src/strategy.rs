//! What a bot is: events and a view in, intents out. And its seat, which gives it the events of the kernel.
//!
//! A strategy must never keep anything but what it has been told: two of one kind that were told the same decide the
//! same. It does not know whether it runs live, on paper, in replay or in the simulator.
//!
//! # State and history
//!
//! A bot that is let in is told its saved state first and then the newest finished bars, in one event. State says up
//! to which bar it goes; bars before that moment are already in it and must not be counted again, later ones are taken
//! in without a decision. State that the bars do not reach back to may have a hole behind it, so it is dropped and the
//! bars alone count. Every strategy that keeps state follows this rule.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use stopline_kernel::bar::Bar;
use stopline_kernel::effect::BotEvent;
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::TickSize;
use stopline_kernel::intent::{Intent, Wish};
use stopline_kernel::market::Bbo;
use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_kernel::view::{Decide, View};

/// What a bot trades: all it knows of the world before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// The contract.
    pub symbol: Symbol,
    /// Its tick, for prices in words.
    pub tick: TickSize,
    /// The length of its bars, in market time.
    pub bar_length: Span,
}

/// A trade of one of the bot's orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// Which way.
    pub side: Side,
    /// How many.
    pub lots: Lots,
    /// At which price.
    pub price: Ticks,
}

/// A bot.
pub trait Strategy {
    /// The name it is configured by.
    fn name(&self) -> &'static str;

    /// How many finished bars it would like to be told before its first decision.
    fn bars_needed(&self) -> u32 {
        0
    }

    /// A bar was finished; `view` is how things stand.
    fn on_bar(&mut self, bar: &Bar, view: &View) -> Vec<Intent>;

    /// The best bid and offer changed.
    fn on_quote(&mut self, _time: ExchangeTime, _bbo: &Bbo) -> Vec<Intent> {
        Vec::new()
    }

    /// One of its orders traded.
    fn on_fill(&mut self, _fill: &Fill, _view: &View) -> Vec<Intent> {
        Vec::new()
    }

    /// Market time passed.
    fn on_timer(&mut self, _time: ExchangeTime, _view: &View) -> Vec<Intent> {
        Vec::new()
    }

    /// A wish was not granted. Nothing can be wished in answer, so that no denial feeds the next.
    fn on_denied(&mut self, _wish: &Wish, _rule: &str) {}

    /// Takes in finished bars from before it was let in, oldest first; decides nothing. See the rule above.
    fn warm_up(&mut self, bars: &[Bar]);

    /// What it wants kept for its next life, if anything.
    fn save(&self) -> Option<String>;

    /// Becomes what `state` says. On an error it is as it was.
    fn restore(&mut self, state: &str) -> Result<(), StateError>;

    /// What a bad bot makes of the lines that an honest one would send. Tests of hosts only.
    #[cfg(feature = "test-bots")]
    fn deface(&mut self, _event: &BotEvent, lines: Vec<String>) -> Vec<String> {
        lines
    }
}

impl<S: Strategy + ?Sized> Strategy for Box<S> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn bars_needed(&self) -> u32 {
        (**self).bars_needed()
    }

    fn on_bar(&mut self, bar: &Bar, view: &View) -> Vec<Intent> {
        (**self).on_bar(bar, view)
    }

    fn on_quote(&mut self, time: ExchangeTime, bbo: &Bbo) -> Vec<Intent> {
        (**self).on_quote(time, bbo)
    }

    fn on_fill(&mut self, fill: &Fill, view: &View) -> Vec<Intent> {
        (**self).on_fill(fill, view)
    }

    fn on_timer(&mut self, time: ExchangeTime, view: &View) -> Vec<Intent> {
        (**self).on_timer(time, view)
    }

    fn on_denied(&mut self, wish: &Wish, rule: &str) {
        (**self).on_denied(wish, rule);
    }

    fn warm_up(&mut self, bars: &[Bar]) {
        (**self).warm_up(bars);
    }

    fn save(&self) -> Option<String> {
        (**self).save()
    }

    fn restore(&mut self, state: &str) -> Result<(), StateError> {
        (**self).restore(state)
    }

    #[cfg(feature = "test-bots")]
    fn deface(&mut self, event: &BotEvent, lines: Vec<String>) -> Vec<String> {
        (**self).deface(event, lines)
    }
}

/// Why saved state cannot be used. The bot then starts from history alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateError {
    /// Not what this bot writes.
    Unreadable(String),
    /// Written by another version of the bot.
    OtherVersion(u32),
    /// Saved under other parameters; the one named differs.
    OtherParameter(&'static str),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::Unreadable(why) => write!(f, "saved state cannot be read: {why}"),
            StateError::OtherVersion(found) => write!(f, "saved state has version {found}, unknown here"),
            StateError::OtherParameter(name) => write!(f, "saved state was made with another `{name}`"),
        }
    }
}

impl core::error::Error for StateError {}

/// A strategy in a lane's seat: takes the kernel's events and calls what they mean.
#[derive(Debug)]
pub struct Seated<S> {
    strategy: S,
    refused: Option<StateError>,
}

impl<S: Strategy> Seated<S> {
    /// Seats a strategy.
    pub const fn new(strategy: S) -> Seated<S> {
        Seated { strategy, refused: None }
    }

    /// The strategy.
    pub const fn strategy(&self) -> &S {
        &self.strategy
    }

    /// The strategy, to be changed.
    pub const fn strategy_mut(&mut self) -> &mut S {
        &mut self.strategy
    }

    /// Why the last saved state was not used, if it was not; told once.
    pub fn take_refused(&mut self) -> Option<StateError> {
        self.refused.take()
    }

    fn warm_up(&mut self, bars: &[Bar], state: Option<&str>) {
        if let Some(state) = state {
            self.refused = self.strategy.restore(state).err();
        }
        self.strategy.warm_up(bars);
    }
}

impl<S: Strategy> Decide for Seated<S> {
    fn on(&mut self, event: &BotEvent) -> Vec<Intent> {
        match event {
            BotEvent::WarmUp { bars, state } => {
                self.warm_up(bars, state.as_deref());
                Vec::new()
            }
            BotEvent::Bar { bar, view } => self.strategy.on_bar(bar, view),
            BotEvent::Quote { time, bbo } => self.strategy.on_quote(*time, bbo),
            BotEvent::Fill { side, lots, price, view } => {
                self.strategy.on_fill(&Fill { side: *side, lots: *lots, price: *price }, view)
            }
            BotEvent::Timer { time, view } => self.strategy.on_timer(*time, view),
            BotEvent::Denied { wish, rule } => {
                self.strategy.on_denied(wish, rule);
                Vec::new()
            }
        }
    }
}
