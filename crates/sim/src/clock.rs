//! The clocks of the engine's machine, as functions of true time: ahead, too fast, standing still, stepped.
//!
//! The monotonic clock never goes back, whatever happens to it; only the wall clock can be stepped.

use stopline_kernel::time::{LocalTime, Mono, Span};

use crate::swarm::ClockFaults;

/// The wall clock's reading when the monotonic one says zero.
const BOOT: i64 = 1_795_000_000_000_000_000;

/// The clocks of one machine.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    began: Mono,
    faults: ClockFaults,
}

impl Clock {
    /// Clocks with these faults in a run that began at `began`.
    pub(crate) const fn new(began: Mono, faults: ClockFaults) -> Clock {
        Clock { began, faults }
    }

    /// The wall clock is stepped now.
    pub(crate) fn step(&mut self, now: Mono, by: Span) {
        let before = self.faults.step.map_or(Span(0), |(_, by)| by);
        self.faults.step = Some((now.since(self.began), Span(before.0.saturating_add(by.0))));
    }

    /// The monotonic clock stands still from now on for a while; `false` if it had to before, which can be only once.
    pub(crate) fn freeze(&mut self, now: Mono, lasts: Span) -> bool {
        let first = self.faults.freeze.is_none();
        self.faults.freeze = self.faults.freeze.or(Some((now.since(self.began), lasts)));
        first
    }

    /// What the monotonic clock says at a true moment.
    pub(crate) fn mono(&self, at: Mono) -> Mono {
        let elapsed = at.since(self.began);
        let stood = self
            .faults
            .freeze
            .map_or(Span(0), |(from, lasts)| Span(elapsed.0.saturating_sub(from.0).clamp(0, lasts.0)));
        let ran = elapsed.0.saturating_sub(stood.0);
        let gained = ran.saturating_mul(self.faults.drift_ppm) / 1_000_000;
        self.began.plus(Span(ran.saturating_add(gained))).plus(self.faults.offset)
    }

    /// What the wall clock says at a true moment.
    pub(crate) fn local(&self, at: Mono) -> LocalTime {
        let stepped = self.faults.step.filter(|(from, _)| at.since(self.began) >= *from);
        let by = stepped.map_or(Span(0), |(_, by)| by);
        LocalTime(BOOT.saturating_add(i64::try_from(at.0).unwrap_or(i64::MAX))).plus(by)
    }

    /// A true moment, `now` or later, at which one who waits for the monotonic clock to say `deadline` looks again. It
    /// may be too early while the clock stands still, but never by so little that one would look for ever.
    pub(crate) fn when(&self, deadline: Mono, now: Mono) -> Mono {
        let missing = deadline.since(self.mono(now));
        if missing.0 <= 0 {
            return now;
        }
        let at = now.plus(missing);
        if self.mono(at) >= deadline { at } else { at.plus(Span::millis(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_and_then_runs_on_without_going_back() {
        let faults = ClockFaults { freeze: Some((Span::secs(1), Span::secs(2))), ..ClockFaults::default() };
        let clock = Clock::new(Mono(0), faults);
        let second = |n: i64| Mono(0).plus(Span::secs(n));
        assert_eq!((clock.mono(second(1)), clock.mono(second(3))), (second(1), second(1)));
        assert_eq!(clock.mono(second(5)), second(3));
        assert!(clock.when(second(2), second(1)) > second(1));
        let readings: Vec<Mono> = (0..600).map(|n| clock.mono(Mono(0).plus(Span::millis(n * 10)))).collect();
        assert!(readings.is_sorted());
    }

    #[test]
    fn a_drifting_clock_is_met_at_its_deadline() {
        let faults = ClockFaults { drift_ppm: -2_000, offset: Span::millis(300), ..ClockFaults::default() };
        let clock = Clock::new(Mono(5), faults);
        let deadline = Mono(5).plus(Span::secs(9));
        let at = clock.when(deadline, Mono(5).plus(Span::secs(1)));
        assert!(clock.mono(at.plus(Span::millis(20))) >= deadline);
    }
}
