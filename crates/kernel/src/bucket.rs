//! A bucket of messages that fills by time: how many may be sent now.
//!
//! It reads no clock, and forgets nothing that was sent within its second.

use crate::limits::SendRate;
use crate::time::Mono;

/// A second in nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// What was taken out of a bucket, as the moment at which it will be full again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bucket {
    full_at: Mono,
}

impl Bucket {
    /// How many were taken out and have not come back by `now`.
    pub fn used(&self, now: Mono, rate: SendRate) -> u64 {
        self.full_at.0.saturating_sub(now.0).div_ceil(every(rate))
    }

    /// Whether one can be taken out; what only cancels or closes may have the last one.
    pub fn has_one(&self, now: Mono, rate: SendRate) -> bool {
        self.used(now, rate) < u64::from(rate.per_second)
    }

    /// Takes `n` out, whether or not they are in it: they are sent.
    pub fn take(&mut self, now: Mono, rate: SendRate, n: u64) {
        let from = self.full_at.0.max(now.0);
        self.full_at = Mono(from.saturating_add(every(rate).saturating_mul(n)));
    }
}

/// Nanoseconds in which one comes back.
fn every(rate: SendRate) -> u64 {
    SECOND / u64::from(rate.per_second.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: SendRate = SendRate { per_second: 4, reserve: 1 };

    #[test]
    fn what_is_taken_comes_back_one_by_one_within_the_second() {
        let mut bucket = Bucket::default();
        let now = Mono(SECOND);
        bucket.take(now, RATE, 4);
        assert_eq!((bucket.used(now, RATE), bucket.has_one(now, RATE)), (4, false));
        let later = Mono(now.0 + SECOND / 4);
        assert_eq!((bucket.used(later, RATE), bucket.has_one(later, RATE)), (3, true));
        assert_eq!(bucket.used(Mono(2 * SECOND), RATE), 0);
    }

    #[test]
    fn a_bucket_never_holds_more_than_a_second() {
        let mut bucket = Bucket::default();
        let now = Mono(100 * SECOND);
        bucket.take(now, RATE, 5);
        assert_eq!(bucket.used(now, RATE), 5);
    }
}
