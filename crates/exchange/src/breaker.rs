//! Price limits and circuit breakers of one contract: how far its prices may go now, and when it stops.
//!
//! A state machine over times and trades, in the rules' own words. It knows no order and no book, reads no clock, and never
//! lets a stop end before its time.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use stopline_calendar::{LimitWindow, PriceLimits};
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::num::{Bps, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

use crate::phase::Phase;

/// Where the rules leave a contract; written down at each change, so that a restart goes on from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruled {
    /// How it trades.
    pub phase: Phase,
    /// Why.
    pub why: Why,
    /// Until when, where that is known.
    pub until: Option<ExchangeTime>,
    /// The trading day.
    pub day: Option<TradingDay>,
    /// The price that shares count from.
    pub reference: Option<Ticks>,
    /// The price that the window's shares count from.
    pub window_reference: Option<Ticks>,
    /// The price that the next day's shares will count from, once it is known.
    pub settlement: Option<Ticks>,
    /// How many levels were met in this day.
    pub met: usize,
}

/// Why a contract trades as it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// No rule has anything to say.
    #[default]
    Nothing,
    /// Within limits.
    Limits,
    /// A level was met.
    Level,
    /// The last level was met: the day is over.
    LastLevel,
    /// A move was too fast.
    FastMove,
}

impl Why {
    /// As people are told it.
    pub const fn word(self) -> &'static str {
        match self {
            Why::Nothing => "",
            Why::Limits => "within price limits",
            Why::Level => "circuit breaker: a price limit below the reference was met",
            Why::LastLevel => "circuit breaker: the last price limit was met, the day is over",
            Why::FastMove => "circuit breaker: prices moved too fast",
        }
    }
}

/// A moment of a trading day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Exchange time.
    pub now: ExchangeTime,
    /// The trading day.
    pub day: TradingDay,
    /// How long ago it opened.
    pub into: Span,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Breaker {
    rules: PriceLimits,
    ruled: Ruled,
    last: Option<Ticks>,
    /// Lowest and highest trade of each minute within the time of the breaker of fast moves.
    recent: VecDeque<(ExchangeTime, Ticks, Ticks)>,
}

impl Breaker {
    /// A machine that goes on from what was written down last, and from the last trade.
    pub const fn new(rules: PriceLimits, ruled: Ruled, last: Option<Ticks>) -> Breaker {
        Breaker { rules, ruled, last, recent: VecDeque::new() }
    }

    /// Where the rules leave the contract.
    pub const fn ruled(&self) -> Ruled {
        self.ruled
    }

    /// When time alone may change that next within the trading day: a window, the settlement, or the end of a stop.
    pub fn next_change(&self, at: Moment) -> Option<ExchangeTime> {
        let opened = ExchangeTime(at.now.0.saturating_sub(at.into.0));
        let windows = self.rules.windows.iter().map(|window| window.from).chain([self.rules.settles]);
        windows.map(|from| opened.plus(from)).chain(self.ruled.until).filter(|time| *time > at.now).min()
    }

    /// Time has come to `at`; says whether anything changed.
    pub fn pass(&mut self, at: Moment) -> bool {
        let before = self.ruled;
        if self.ruled.day != Some(at.day) {
            let reference = self.ruled.settlement.or(self.last);
            self.ruled = Ruled { day: Some(at.day), reference, ..Ruled::default() };
            self.recent.clear();
        }
        if self.rules.settles <= at.into && self.ruled.settlement.is_none() {
            self.ruled.settlement = self.last;
        }
        let stopped = self.ruled.until.is_some_and(|until| at.now < until);
        if !stopped && self.ruled.why != Why::LastLevel {
            self.hold(at);
        }
        self.ruled != before
    }

    fn window(&self, at: Moment) -> Option<&LimitWindow> {
        self.rules.windows.iter().rev().find(|window| window.from <= at.into)
    }

    /// The limits of the present window.
    fn hold(&mut self, at: Moment) {
        let Some(window) = self.window(at).cloned() else { return };
        if window.of_window && self.ruled.window_reference.is_none() {
            self.ruled.window_reference = self.last;
        }
        let phase = match self.band(&window) {
            (None, None) => Phase::Open,
            (low, high) => {
                Phase::Limited { low: low.unwrap_or(Ticks(i64::MIN)), high: high.unwrap_or(Ticks(i64::MAX)) }
            }
        };
        let why = if phase == Phase::Open { Why::Nothing } else { Why::Limits };
        (self.ruled.phase, self.ruled.why, self.ruled.until) = (phase, why, None);
    }

    /// The lowest and the highest price that may trade.
    fn band(&self, window: &LimitWindow) -> (Option<Ticks>, Option<Ticks>) {
        let reference = self.ruled.reference;
        let base = if window.of_window { self.ruled.window_reference } else { reference };
        let at = |base: Option<Ticks>, way: i64, share: Bps| {
            base.map(|base| Ticks(base.0.saturating_add(way.saturating_mul(part(base, share)))))
        };
        // Once all of an earlier window's levels are met, a window with fewer still has its last one.
        let level = window.levels.iter().find(|share| self.is_ahead(**share)).or(window.levels.last());
        let lowest = self.rules.windows.iter().filter_map(|w| w.levels.last()).max();
        let bounded = lowest.filter(|_| window.of_window).and_then(|share| at(reference, -1, *share));
        let hard = window.down.and_then(|share| at(base, -1, share));
        let low = level.and_then(|share| at(reference, -1, *share)).or(hard.max(bounded));
        (low, window.up.and_then(|share| at(base, 1, share)))
    }

    /// The levels of the window that has most of them; what was met is counted in them.
    fn all_levels(&self) -> Option<&Vec<Bps>> {
        self.rules.windows.iter().map(|window| &window.levels).max_by_key(|levels| levels.len())
    }

    /// Whether a level is not among those that were met in this day.
    fn is_ahead(&self, share: Bps) -> bool {
        let met = self.all_levels().and_then(|levels| levels.get(self.ruled.met.checked_sub(1)?));
        met.is_none_or(|met| *met < share)
    }

    /// Somebody traded; says whether that changed anything.
    pub fn traded(&mut self, at: Moment, price: Ticks) -> bool {
        self.last = Some(price);
        let before = self.ruled;
        if self.ruled.reference.is_none() && self.ruled.day == Some(at.day) {
            // A market without a day before counts from its first trade.
            self.ruled.reference = Some(price);
            self.hold(at);
        }
        let Some(window) = self.window(at).cloned().filter(|_| self.ruled.phase.trades()) else {
            return self.ruled != before;
        };
        let fast = window.dynamic && self.is_fast(at, price);
        let low = match self.ruled.phase {
            Phase::Limited { low, .. } => Some(low),
            _ => None,
        };
        if !window.levels.is_empty() && low.is_some_and(|low| price <= low) {
            self.meet_level(at, &window);
        } else if fast && let Some((_, _, pause)) = self.rules.dynamic {
            self.recent.clear();
            (self.ruled.phase, self.ruled.why) = (Phase::PreOpen, Why::FastMove);
            self.ruled.until = Some(at.now.plus(pause));
        }
        self.ruled != before
    }

    fn meet_level(&mut self, at: Moment, window: &LimitWindow) {
        let met = window.levels.iter().find(|share| self.is_ahead(**share)).or(window.levels.last()).copied();
        let place = self.all_levels().and_then(|levels| levels.iter().position(|share| Some(*share) == met));
        self.ruled.met = place.map_or(self.ruled.met, |place| place + 1);
        let last = met == window.levels.last().copied();
        self.ruled.phase = Phase::Halted;
        (self.ruled.why, self.ruled.until) = match last {
            true => (Why::LastLevel, None),
            false => (Why::Level, Some(at.now.plus(self.rules.halt))),
        };
    }

    /// Whether this trade lies too far from another one within the breaker's time. It is counted either way.
    fn is_fast(&mut self, at: Moment, price: Ticks) -> bool {
        let (Some((share, within, _)), Some(reference)) = (self.rules.dynamic, self.ruled.reference) else {
            return false;
        };
        let minute = Span::secs(60).0;
        let this = ExchangeTime(at.now.0.div_euclid(minute).saturating_mul(minute));
        match self.recent.back_mut() {
            Some((of, low, high)) if *of == this => (*low, *high) = ((*low).min(price), (*high).max(price)),
            _ => self.recent.push_back((this, price, price)),
        }
        while self.recent.front().is_some_and(|(of, ..)| at.now.since(*of) >= within) {
            self.recent.pop_front();
        }
        let far = part(reference, share);
        let low = self.recent.iter().map(|(_, low, _)| low.0).min().unwrap_or(price.0);
        let high = self.recent.iter().map(|(.., high)| high.0).max().unwrap_or(price.0);
        price.0.saturating_sub(low) >= far || high.saturating_sub(price.0) >= far
    }
}

/// A share of a price, to the nearest tick: so the limits of 9 March 2020 (2819.00 and 2759.50) follow from one reference.
fn part(of: Ticks, share: Bps) -> i64 {
    let exact = i128::from(of.size().0) * i128::from(share.0);
    i64::try_from((exact + 5_000) / 10_000).unwrap_or(i64::MAX)
}
