//! The machine's clocks. No other file of this crate reads the time, and this one never decides by it.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use stopline_kernel::time::{LocalTime, Mono};

/// CLOCK_MONOTONIC now: the same clock in every process of this machine.
pub fn mono() -> Mono {
    let now = clock_gettime(ClockId::Monotonic);
    let secs = u64::try_from(now.tv_sec).unwrap_or(0);
    Mono(secs.saturating_mul(1_000_000_000).saturating_add(u64::try_from(now.tv_nsec).unwrap_or(0)))
}

/// The wall clock now: a label, and what tells two new exchanges of one seed apart.
#[expect(clippy::disallowed_methods, reason = "this file is the exchange's clock")]
pub fn wall() -> LocalTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    LocalTime(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
