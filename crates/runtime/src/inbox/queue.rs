//! What waits in the inbox, by arrival, with a count of each kind.
//!
//! A plain value: no lock, no clock and no bound of its own. A quote that replaces another takes a place at the end, so
//! that ticks stay in the order in which they happened.

use std::collections::BTreeMap;

use stopline_kernel::id::{BotId, Symbol};
use stopline_kernel::input::{Event, Input};
use stopline_kernel::market::{Tick, TickKind};
use stopline_kernel::time::Stamp;

/// The waiting inputs.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<u64, Input>,
    arrivals: u64,
    /// The place of the quote that waits, of each instrument.
    quotes: BTreeMap<Symbol, u64>,
    trades: usize,
    reports: usize,
    of_bots: BTreeMap<BotId, usize>,
    closed: bool,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) const fn reports(&self) -> usize {
        self.reports
    }

    pub(super) fn of_bot(&self, bot: BotId) -> usize {
        self.of_bots.get(&bot).copied().unwrap_or(0)
    }

    pub(super) const fn has_room_for_tick(&self, tick: &Tick, trades: usize) -> bool {
        match tick.what {
            TickKind::Trade { .. } => self.trades < trades,
            TickKind::Bbo(_) => true,
        }
    }

    pub(super) fn tick(&mut self, at: Stamp, tick: Tick) {
        let place = self.push(at, Event::Tick(tick));
        match tick.what {
            TickKind::Trade { .. } => self.trades += 1,
            TickKind::Bbo(_) => {
                if let Some(older) = self.quotes.insert(tick.symbol, place) {
                    self.waiting.remove(&older);
                }
            }
        }
    }

    pub(super) fn report(&mut self, at: Stamp, event: Event) {
        self.reports += 1;
        self.push(at, event);
    }

    pub(super) fn wish(&mut self, at: Stamp, bot: BotId, event: Event) {
        *self.of_bots.entry(bot).or_default() += 1;
        self.push(at, event);
    }

    pub(super) fn unbounded(&mut self, at: Stamp, event: Event) {
        self.push(at, event);
    }

    pub(super) fn drain(&mut self) -> Vec<Input> {
        (self.trades, self.reports) = (0, 0);
        self.quotes.clear();
        self.of_bots.clear();
        std::mem::take(&mut self.waiting).into_values().collect()
    }

    pub(super) const fn close(&mut self) {
        self.closed = true;
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }

    fn push(&mut self, at: Stamp, event: Event) -> u64 {
        self.arrivals += 1;
        self.waiting.insert(self.arrivals, Input { at, event });
        self.arrivals
    }
}
