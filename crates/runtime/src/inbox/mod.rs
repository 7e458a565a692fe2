//! The inbox: everything that can happen to the lane, in one bounded queue, stamped where it enters.
//!
//! What is full is answered by kind, and never in silence: quotes conflate, trades beyond their bound are dropped and
//! counted, reports and commands make their producer wait, a bot's intents beyond its bound are refused, and what the
//! ledger thread tells of a send always has room, since a full inbox must never hold up the door.

mod queue;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stopline_kernel::id::BotId;
use stopline_kernel::input::{Event, Input};
use stopline_kernel::intent::Intent;
use stopline_kernel::market::Tick;
use stopline_kernel::report::Report;
use stopline_kernel::time::{Mono, Span};

use self::queue::Queue;
use crate::clock::Clock;

/// How much may wait, by kind. A quote needs no bound: one of each instrument waits at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Trades; those beyond are dropped.
    pub trades: usize,
    /// Reports, bars and commands; the producer of one beyond waits.
    pub reports: usize,
    /// Intents and states of one bot; a bot that has more is to be stopped.
    pub of_bot: usize,
    /// Machine: how long a producer waits before the lane is held to be stuck.
    pub patience: Span,
}

impl Bounds {
    /// For one account.
    pub const ACCOUNT: Bounds =
        Bounds { trades: 16_384, reports: 8_192, of_bot: 256, patience: Span::secs(5) };
}

/// What became of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It waits, or replaced an older quote of its instrument.
    Kept,
    /// There was no room: the lane's bars are no longer whole.
    Dropped,
}

/// A bot's intents are not drained as fast as it makes them: it is to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flooded;

/// The inbox is not drained, or is closed: the event was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The producer has waited as long as it may.
    Jammed,
    /// The lane takes nothing any more.
    Closed,
}

/// The lane's inbox.
#[derive(Debug)]
pub struct Inbox {
    clock: Clock,
    bounds: Bounds,
    queue: Mutex<Queue>,
    filled: Condvar,
    drained: Condvar,
    jammed: AtomicBool,
    dropped: AtomicU64,
}

/// How long a waiting producer sleeps before it shows that it lives.
const SLICE: Duration = Duration::from_millis(50);

impl Inbox {
    /// An empty inbox.
    pub fn new(clock: Clock, bounds: Bounds) -> Inbox {
        Inbox {
            clock,
            bounds,
            queue: Mutex::default(),
            filled: Condvar::new(),
            drained: Condvar::new(),
            jammed: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
        }
    }

    /// Takes a tick, or drops it: never waits.
    pub fn tick(&self, tick: Tick) -> Taken {
        let mut queue = self.lock();
        if !queue.has_room_for_tick(&tick, self.bounds.trades) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Taken::Dropped;
        }
        queue.tick(self.clock.stamp(), tick);
        self.filled.notify_one();
        Taken::Kept
    }

    /// Takes what must not be lost; waits for room, calling `meanwhile` at least every 50 ms.
    ///
    /// # Errors
    ///
    /// [`Refused`]: the event is lost, and the process is about to end.
    pub fn put(&self, event: Event, mut meanwhile: impl FnMut()) -> Result<(), Refused> {
        let mut queue = self.lock();
        let since = self.clock.mono();
        while queue.reports() >= self.bounds.reports && !queue.is_closed() {
            if self.clock.mono().since(since) > self.bounds.patience {
                self.jammed.store(true, Ordering::Relaxed);
                return Err(Refused::Jammed);
            }
            let (again, _) = self.drained.wait_timeout(queue, SLICE).unwrap_or_else(PoisonError::into_inner);
            queue = again;
            meanwhile();
        }
        if queue.is_closed() {
            return Err(Refused::Closed);
        }
        if let Event::Report(Report::Up { welcome, .. }) = &event {
            self.clock.learn(welcome.clock);
        }
        queue.report(self.clock.stamp(), event);
        self.filled.notify_one();
        Ok(())
    }

    /// Takes what became of a command. There is always room: no more of these can wait than commands were let out.
    pub fn told_by_door(&self, event: Event) {
        self.lock().unbounded(self.clock.stamp(), event);
        self.filled.notify_one();
    }

    /// Takes what a bot wants, unless it wants too much.
    ///
    /// # Errors
    ///
    /// [`Flooded`]: the bot is to be stopped.
    pub fn intent(&self, bot: BotId, intent: Intent) -> Result<(), Flooded> {
        self.of_bot(bot, Event::Intent { bot, intent })
    }

    /// Takes what a bot wants kept, unless it says too much.
    ///
    /// # Errors
    ///
    /// [`Flooded`]: the bot is to be stopped.
    pub fn state(&self, bot: BotId, state: Box<str>) -> Result<(), Flooded> {
        self.of_bot(bot, Event::BotState { bot, state })
    }

    /// Everything that waits, oldest first, as soon as something does; at `until` at the latest.
    pub fn take(&self, until: Mono) -> Vec<Input> {
        let mut queue = self.lock();
        while queue.is_empty() && !queue.is_closed() {
            let left = until.since(self.clock.mono());
            if left == Span::ZERO {
                break;
            }
            let left = Duration::from_nanos(left.0.unsigned_abs());
            let (again, _) = self.filled.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner);
            queue = again;
        }
        let inputs = queue.drain();
        drop(queue);
        self.drained.notify_all();
        inputs
    }

    /// Takes nothing more; wakes everybody who waits.
    pub fn close(&self) {
        self.lock().close();
        self.filled.notify_all();
        self.drained.notify_all();
    }

    /// Whether it takes nothing more.
    pub fn is_closed(&self) -> bool {
        self.lock().is_closed()
    }

    /// Whether a producer has waited longer than it may: the lane does not drain.
    pub fn is_jammed(&self) -> bool {
        self.jammed.load(Ordering::Relaxed)
    }

    /// How many ticks were dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn of_bot(&self, bot: BotId, event: Event) -> Result<(), Flooded> {
        let mut queue = self.lock();
        if queue.of_bot(bot) >= self.bounds.of_bot {
            return Err(Flooded);
        }
        queue.wish(self.clock.stamp(), bot, event);
        self.filled.notify_one();
        Ok(())
    }

    /// The queue is whole after every call, so that a producer that broke off inside one leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
