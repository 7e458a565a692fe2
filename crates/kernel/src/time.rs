//! The clocks, as types that cannot be mixed up.
//!
//! Exchange, broker and local time are different types: none can be compared with or taken from another without a
//! measured [`Offset`]. How long something took comes from [`Mono`] alone. There is no "now" here, and there must
//! never be one: time enters the kernel as a field of the input.

use serde::{Deserialize, Serialize};

/// A length of time in nanoseconds. Which clock measures it is said by the field that holds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// `n` milliseconds; saturates.
    pub const fn millis(n: i64) -> Span {
        Span(n.saturating_mul(1_000_000))
    }

    /// `n` seconds; saturates.
    pub const fn secs(n: i64) -> Span {
        Span(n.saturating_mul(1_000_000_000))
    }

    /// Whole milliseconds in it.
    pub const fn as_millis(self) -> i64 {
        self.0 / 1_000_000
    }
}

/// This machine's monotonic clock, in nanoseconds since an origin that only this boot knows.
///
/// Request time-outs, heartbeats, commit deadlines and protection are measured with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mono(pub u64);

impl Mono {
    /// How long after `earlier` this is; zero when it is not after.
    pub fn since(self, earlier: Mono) -> Span {
        Span(i64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(i64::MAX))
    }

    /// This moment moved by `span`, held at the ends of the range.
    pub fn plus(self, span: Span) -> Mono {
        Mono(self.0.saturating_add_signed(span.0))
    }
}

macro_rules! wall_clock {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// How long after `earlier`, by the same clock, this is; negative when it is before.
            pub const fn since(self, earlier: $name) -> Span {
                Span(self.0.saturating_sub(earlier.0))
            }

            /// This moment moved by `span`, held at the ends of the range.
            pub const fn plus(self, span: Span) -> $name {
                $name(self.0.saturating_add(span.0))
            }
        }
    };
}

wall_clock!(
    /// The exchange's clock: nanoseconds since the Unix epoch. Bars, sessions and the ages of data and intents run on
    /// it; on a simulated or replayed market it may run faster than real time.
    ExchangeTime
);
wall_clock!(
    /// The broker's clock: nanoseconds since the Unix epoch, as stamped by the broker.
    BrokerTime
);
wall_clock!(
    /// This machine's wall clock: nanoseconds since the Unix epoch. A label and a calendar look-up, never a duration.
    LocalTime
);

/// How far one remote clock stands from the local one, and when that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// Local time minus remote time.
    pub local_ahead: Span,
    /// When the offset was measured; an old one proves little.
    pub measured: Mono,
}

impl BrokerTime {
    /// This broker moment on the local clock.
    pub const fn to_local(self, offset: Offset) -> LocalTime {
        LocalTime(self.0.saturating_add(offset.local_ahead.0))
    }
}

impl ExchangeTime {
    /// This exchange moment on the local clock.
    pub const fn to_local(self, offset: Offset) -> LocalTime {
        LocalTime(self.0.saturating_add(offset.local_ahead.0))
    }
}

/// When an input happened, on every clock we have. Made once, where the input enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// For durations.
    pub mono: Mono,
    /// For labels and calendars.
    pub local: LocalTime,
    /// Market time, or `None` before the venue has told us its clock.
    pub market: Option<ExchangeTime>,
}

/// How market time follows from the monotonic clock. The exchange owns it and hands it to everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketClock {
    /// Market time at `at`.
    pub origin: ExchangeTime,
    /// The monotonic moment of `origin`.
    pub at: Mono,
    /// Market nanoseconds per real nanosecond, in thousandths: 1 000 is real time, 60 000 is sixty times as fast.
    pub speed_milli: u32,
}

impl MarketClock {
    /// Market time at `mono`; before the origin it stands still at the origin.
    pub fn read(&self, mono: Mono) -> ExchangeTime {
        let real = i128::from(mono.since(self.at).0);
        let market = real * i128::from(self.speed_milli) / 1_000;
        self.origin.plus(Span(i64::try_from(market).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_market_clock_scales_and_never_runs_backwards() {
        let clock = MarketClock { origin: ExchangeTime(1_000), at: Mono(500), speed_milli: 60_000 };
        assert_eq!(clock.read(Mono(500)), ExchangeTime(1_000));
        assert_eq!(clock.read(Mono(501)), ExchangeTime(1_060));
        assert_eq!(clock.read(Mono(0)), ExchangeTime(1_000));
    }

    #[test]
    fn a_monotonic_clock_that_steps_back_yields_no_time() {
        assert_eq!(Mono(5).since(Mono(9)), Span::ZERO);
        assert_eq!(Mono(5).plus(Span(-9)), Mono(0));
    }
}
