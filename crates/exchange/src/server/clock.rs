//! The machine's clocks: the only place of this crate where time is read.

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
pub fn wall() -> LocalTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    LocalTime(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
