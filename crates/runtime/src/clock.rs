//! The one reader of this machine's clocks: it makes the stamps that every input carries.
//!
//! Nothing else in this crate asks what time it is, and no clock but the monotonic one ever measures a duration. Market
//! time follows from the clock that the venue handed us last; before that there is none.

use std::sync::{Arc, Mutex, PoisonError};

use rustix::time::{ClockId, Timespec, clock_gettime};
use stopline_kernel::time::{ExchangeTime, LocalTime, MarketClock, Mono, Stamp};

/// The clocks, shared by every thread.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    market: Arc<Mutex<Option<MarketClock>>>,
}

impl Clock {
    /// Clocks before any venue has told its own.
    pub fn new() -> Clock {
        Clock::default()
    }

    /// The monotonic clock, the same in every process of this boot.
    pub fn mono(&self) -> Mono {
        Mono(u64::try_from(nanos(clock_gettime(ClockId::Monotonic))).unwrap_or(0))
    }

    /// The wall clock: a label.
    pub fn local(&self) -> LocalTime {
        LocalTime(nanos(clock_gettime(ClockId::Realtime)))
    }

    /// This moment on every clock we have.
    pub fn stamp(&self) -> Stamp {
        let mono = self.mono();
        Stamp { mono, local: self.local(), market: self.market(mono) }
    }

    /// Takes over the market clock that a venue has told.
    pub fn learn(&self, clock: MarketClock) {
        *self.market.lock().unwrap_or_else(PoisonError::into_inner) = Some(clock);
    }

    fn market(&self, mono: Mono) -> Option<ExchangeTime> {
        let clock = self.market.lock().unwrap_or_else(PoisonError::into_inner);
        clock.map(|clock| clock.read(mono))
    }
}

fn nanos(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn market_time_is_unknown_until_a_venue_tells_its_clock() {
        let clock = Clock::new();
        assert_eq!(clock.stamp().market, None);
        clock.learn(MarketClock { origin: ExchangeTime(7), at: Mono(u64::MAX), speed_milli: 1_000 });
        assert_eq!(clock.stamp().market, Some(ExchangeTime(7)));
    }

    #[test]
    fn the_monotonic_clock_is_that_of_the_machine_and_moves_on() {
        let (a, b) = (Clock::new(), Clock::new());
        let (first, second) = (a.mono(), b.mono());
        assert!(first <= second && first > Mono(0));
    }
}
