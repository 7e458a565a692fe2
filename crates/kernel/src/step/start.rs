//! The first input of a process, and bots coming and going.
//!
//! Start-up is recovery: whatever was on its way when the last process ended is Unknown until the venue has spoken.
//! Nothing is assumed about it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Work;
use crate::halt::{HaltCause, Until};
use crate::id::BotId;
use crate::ledgered::Broken;
use crate::record::Record;
use crate::report::Stream;
use crate::table::{Ask, Life, OrderEvent};

impl Work<'_> {
    pub(super) fn start(&mut self, build: &str) -> Result<(), Broken> {
        self.record(Record::Started { build: build.into() })?;
        // A stream that never comes up is as gone as one that went.
        for stream in [Stream::Quotes, Stream::Orders] {
            self.book.link.down_since.entry(stream).or_insert(self.at.mono);
        }
        if self.book.ledgered.config.as_ref() != Some(&self.book.config) {
            self.record(Record::Configured(Box::new(self.book.config.clone())))?;
        }
        if mutant!(HaltNotReloaded) {
            self.book.ledgered.halts.0.clear();
        }
        self.lift_where("start", "a new process began", |halt| halt.until == Until::NextStart)?;
        self.silence_open_requests()
    }

    /// Every request that was on its way has an unknown fate from here on.
    pub(super) fn silence_open_requests(&mut self) -> Result<(), Broken> {
        let open = self
            .book
            .ledgered
            .live_orders()
            .filter(|o| matches!(o.life, Life::Draft | Life::Submitted) || o.ask != Ask::Nothing);
        let open: Vec<_> = open.map(|o| o.root).collect();
        open.into_iter().try_for_each(|root| self.move_order(root, OrderEvent::Silence))
    }

    pub(super) fn bot_up(&mut self, bot: BotId) -> Result<(), Broken> {
        self.book.link.bots_up.insert(bot);
        self.book.link.warm.remove(&bot);
        self.record(Record::BotChanged { bot, up: true, why: "ready".into() })
    }

    /// A bot that is gone hurts nobody: its orders and its protection stay at the venue.
    pub(super) fn bot_down(&mut self, bot: BotId, why: &str) -> Result<(), Broken> {
        self.book.link.bots_up.remove(&bot);
        self.book.link.warm.remove(&bot);
        self.record(Record::BotChanged { bot, up: false, why: why.into() })
    }

    pub(super) fn bot_state(&mut self, bot: BotId, state: &str) -> Result<(), Broken> {
        if self.book.ledgered.bot_states.get(&bot).is_some_and(|kept| **kept == *state) {
            return Ok(());
        }
        self.record(Record::BotSaved { bot, state: state.into() })
    }

    /// Whether an orderly stop is under way.
    pub(super) fn is_stopping(&self) -> bool {
        self.book.ledgered.halts.has(crate::halt::Scope::Account, HaltCause::Stopping)
    }
}
