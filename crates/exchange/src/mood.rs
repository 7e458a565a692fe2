//! What the background participants feel: the hour of the trading day, a slow mood, bursts, and makers who step back.
//!
//! Only additions, multiplications, divisions and square roots, so that a seed means the same market on every machine.
//! It knows no book and moves no price.

use stopline_kernel::time::{ExchangeTime, Span};

use crate::rng::Rng;

/// The shape of a trading day of 23 hours, in as many equal parts as it has entries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hours {
    /// Volume of each part, over the day's mean.
    pub volume: &'static [f64],
    /// Mean range of a minute in each part, in ticks.
    pub range: &'static [f64],
}

impl Hours {
    /// ES by half hours from 17:00 in Chicago on: means of the twenty full trading days of ESZ4 in November 2024.
    pub const ES: Hours = Hours {
        volume: &[
            0.20, 0.14, 0.19, 0.16, 0.17, 0.16, 0.16, 0.14, 0.16, 0.13, 0.10, 0.09, 0.11, 0.10, 0.12, 0.13,
            0.19, 0.22, 0.38, 0.32, 0.37, 0.30, 0.26, 0.22, 0.21, 0.25, 0.34, 0.33, 0.43, 0.88, 1.07, 5.16,
            4.29, 3.40, 2.46, 2.52, 2.08, 2.17, 1.81, 1.78, 1.67, 1.74, 1.92, 4.97, 1.55, 0.47,
        ],
        range: &[
            4.9, 3.7, 4.2, 3.8, 4.1, 3.7, 3.4, 3.0, 3.2, 3.0, 2.6, 2.4, 2.8, 2.5, 2.9, 2.9, 4.0, 4.4, 6.4,
            5.7, 5.9, 5.2, 4.7, 4.1, 3.9, 4.2, 4.8, 4.6, 5.0, 7.2, 6.4, 14.5, 13.2, 11.2, 9.3, 8.9, 8.1, 8.0,
            7.7, 7.7, 7.7, 7.4, 7.7, 10.0, 5.6, 3.2,
        ],
    };

    /// Every hour alike: for scenes that want a market and no day.
    pub const EVEN: Hours = Hours { volume: &[1.0], range: &[7.0] };

    /// Volume and range so long after the day began; the last part lasts on.
    fn at(&self, into_day: Span) -> (f64, f64) {
        let part = |shape: &[f64]| {
            let parts = i64::try_from(shape.len()).unwrap_or(1);
            let n = into_day.0.max(0).saturating_mul(parts).div_euclid(DAY.0).min(parts - 1);
            usize::try_from(n).ok().and_then(|n| shape.get(n)).copied().unwrap_or(1.0)
        };
        (part(self.volume), part(self.range))
    }
}

/// A trading day without its break.
const DAY: Span = Span::secs(23 * 3_600);

/// How long the excitement of a trade lasts, in seconds.
const BURST: f64 = 40.0;

/// How often the slow mood changes a little.
const TURN: Span = Span::secs(60);

/// What drives one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    /// How busy: 1 at the mean of a day.
    pub(crate) busy: f64,
    /// Standard deviation of the fair price over one second, in ticks.
    pub(crate) restless: f64,
}

/// The state of mind.
#[derive(Debug, Clone)]
pub(crate) struct Mood {
    hours: Hours,
    /// The slow mood around zero.
    slow: f64,
    turns: ExchangeTime,
    /// The excitement of what has just traded.
    burst: f64,
    /// How many ticks the makers of bids, and of offers, stand back, and until when.
    back: [i64; 2],
    back_until: ExchangeTime,
}

impl Mood {
    pub(crate) const fn new(hours: Hours, start: ExchangeTime) -> Mood {
        Mood { hours, slow: 0.0, turns: start, burst: 0.0, back: [0; 2], back_until: start }
    }

    /// Time has passed: `secs` of it.
    pub(crate) fn pass(&mut self, rng: &mut Rng, now: ExchangeTime, into_day: Span, secs: f64) -> Moment {
        self.burst /= 1.0 + secs / BURST;
        if now >= self.turns {
            self.slow = 0.93 * self.slow + 0.16 * rng.normal();
            self.turns = now.plus(TURN);
        }
        let (volume, range) = self.hours.at(into_day);
        // Always above zero, about 1 on the mean, and skewed to the busy side.
        let mood = (1.0 + 0.5 * self.slow) * (1.0 + 0.5 * self.slow) * (0.72 + self.burst) + 0.05;
        if now >= self.back_until {
            self.step_back(rng, now, volume, mood);
        }
        Moment { busy: volume * mood, restless: 0.07 * range * mood.sqrt() }
    }

    /// Makers step back sometimes: the fewer there are and the more excited the market is, the sooner.
    fn step_back(&mut self, rng: &mut Rng, now: ExchangeTime, volume: f64, mood: f64) {
        self.back = [0; 2];
        let timid = 0.0004 * mood + 0.0002 / (0.2 + volume);
        if rng.chance(timid) {
            let side = usize::from(rng.chance(0.5));
            let ticks = if rng.chance(0.15) { 2 } else { 1 };
            self.back = if side == 0 { [ticks, 0] } else { [0, ticks] };
            self.back_until = now.plus(Span::millis(rng.between(500, 5_000)));
        }
    }

    /// Somebody took: that excites others.
    pub(crate) fn excite(&mut self, by: f64) {
        self.burst = (self.burst + by).min(4.0);
    }

    /// How many ticks the makers of bids, and of offers, stand back now.
    pub(crate) const fn back(&self) -> [i64; 2] {
        self.back
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_has_its_hours_and_its_last_part_lasts_on() {
        let at = |hours: i64| Hours::ES.at(Span::secs(hours * 3_600 + 1));
        let open = Hours::ES.at(Span::secs(15 * 3_600 + 1_801));
        assert_eq!(open, (5.16, 14.5), "08:30 in Chicago");
        assert_eq!((at(-3), at(30)), (at(0), (0.47, 3.2)));
        assert_eq!(Hours::ES.volume.len(), Hours::ES.range.len());
        let mean = Hours::ES.volume.iter().sum::<f64>() / 46.0;
        assert!((0.98..1.02).contains(&mean), "{mean}");
    }

    #[test]
    fn excitement_fades_and_never_grows_without_end() {
        let mut mood = Mood::new(Hours::EVEN, ExchangeTime(0));
        let mut rng = Rng::new(1, 1);
        let calm = mood.pass(&mut rng, ExchangeTime(1), Span::secs(1), 0.1);
        (0..1_000).for_each(|_| mood.excite(0.5));
        let excited = mood.pass(&mut rng, ExchangeTime(2), Span::secs(1), 0.1);
        let later = mood.pass(&mut rng, ExchangeTime(3), Span::secs(1), 4_000.0);
        assert!(excited.busy > 3.0 * calm.busy && excited.restless > calm.restless);
        assert!(later.busy < 1.5 * calm.busy && later.busy > 0.0);
    }
}
