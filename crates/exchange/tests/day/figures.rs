//! Figures of a trading day: spread, range, autocorrelation, volume by hour; the same code for simulated and real rows.
//!
//! It measures and judges nothing.

use stopline_kernel::market::{Bbo, TickKind};
use stopline_kernel::num::Ticks;
use stopline_kernel::time::{ExchangeTime, Span};

const MINUTE: i64 = 60_000_000_000;

/// One minute: when it began after the trading day's first moment, and its trades.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Minute {
    pub(crate) into_day: i64,
    pub(crate) high: Ticks,
    pub(crate) low: Ticks,
    pub(crate) close: Ticks,
    pub(crate) volume: i64,
}

/// Minutes of several days, and how long each spread stood, in ticks.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) days: Vec<Vec<Minute>>,
    spreads: Vec<(i64, i64)>,
    shown: Option<(ExchangeTime, i64)>,
}

/// What a trader would look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Share of the time with a spread of one tick, and of more than two.
    pub(crate) one_tick: f64,
    pub(crate) wide: f64,
    /// Mean range of a minute in ticks: at night (17:00 to 06:00), and from 08:30 to 15:00.
    pub(crate) night_range: f64,
    pub(crate) day_range: f64,
    /// Of one minute's return with the next one's, and of their sizes.
    pub(crate) returns: f64,
    pub(crate) sizes: f64,
    /// Share of the day's volume at night, from 08:30 to 09:30, from 11:30 to 12:30, and from 14:30 to 15:30.
    pub(crate) volume: [f64; 4],
}

impl Seen {
    pub(crate) fn tick(&mut self, opened: ExchangeTime, at: ExchangeTime, what: TickKind) {
        match what {
            TickKind::Trade { price, lots } => self.trade(opened, at, price, lots.0),
            TickKind::Bbo(bbo) => self.quote(at, bbo),
        }
    }

    fn trade(&mut self, opened: ExchangeTime, at: ExchangeTime, price: Ticks, lots: i64) {
        let into_day = at.since(opened).0.div_euclid(MINUTE);
        if self.days.is_empty() {
            self.days.push(Vec::new());
        }
        let Some(day) = self.days.last_mut() else { return };
        match day.last_mut().filter(|minute| minute.into_day == into_day) {
            Some(minute) => {
                (minute.high, minute.low) = (minute.high.max(price), minute.low.min(price));
                (minute.close, minute.volume) = (price, minute.volume + lots);
            }
            None => day.push(Minute { into_day, high: price, low: price, close: price, volume: lots }),
        }
    }

    pub(crate) fn quote(&mut self, at: ExchangeTime, bbo: Bbo) {
        if let Some((since, ticks)) = self.shown.take() {
            self.spread(ticks, at.since(since));
        }
        if let (Some(bid), Some(ask)) = (bbo.bid, bbo.ask) {
            self.shown = Some((at, ask.price.0 - bid.price.0));
        }
    }

    /// A spread stood so long.
    pub(crate) fn spread(&mut self, ticks: i64, stood: Span) {
        self.spreads.push((ticks, stood.0));
    }

    pub(crate) fn figures(&self) -> Figures {
        let minutes = || self.days.iter().flatten();
        let hours = |minute: &&Minute| minute.into_day as f64 / 60.0;
        let between = |from: f64, to: f64| move |minute: &&Minute| (from..to).contains(&hours(minute));
        let range = |from, to| mean(minutes().filter(between(from, to)).map(|m| (m.high.0 - m.low.0) as f64));
        let all: i64 = minutes().map(|m| m.volume).sum();
        let share = |(from, to)| {
            let part: i64 = minutes().filter(between(from, to)).map(|m| m.volume).sum();
            part as f64 / all as f64
        };
        let stood: i64 = self.spreads.iter().map(|(_, stood)| stood).sum();
        let spread = |wanted: fn(i64) -> bool| {
            let part: i64 =
                self.spreads.iter().filter(|(ticks, _)| wanted(*ticks)).map(|(_, stood)| stood).sum();
            part as f64 / stood as f64
        };
        let by_day = |of: fn(f64) -> f64| {
            mean(self.days.iter().map(|day| {
                let returns = day.windows(2).map(|w| of((w[1].close.0 - w[0].close.0) as f64));
                autocorrelation(&returns.collect::<Vec<_>>())
            }))
        };
        Figures {
            one_tick: spread(|ticks| ticks == 1),
            wide: spread(|ticks| ticks > 2),
            night_range: range(0.0, 13.0),
            day_range: range(15.5, 22.0),
            returns: by_day(|x| x),
            sizes: by_day(f64::abs),
            volume: [(0.0, 13.0), (15.5, 16.5), (18.5, 19.5), (21.5, 22.5)].map(share),
        }
    }
}

fn mean(of: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = of.fold((0.0, 0), |(sum, n), x| (sum + x, n + 1));
    sum / f64::from(count)
}

/// Of each value with the next one.
fn autocorrelation(values: &[f64]) -> f64 {
    let center = mean(values.iter().copied());
    let variance: f64 = values.iter().map(|x| (x - center) * (x - center)).sum();
    let together: f64 = values.windows(2).map(|w| (w[0] - center) * (w[1] - center)).sum();
    together / variance
}

/// The table's rows: a name, and how the figure reads.
pub(crate) fn rows(of: &Figures) -> Vec<(&'static str, String)> {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let ticks = |x: f64| format!("{x:.1} ticks");
    let [night, open, noon, close] = of.volume;
    vec![
        ("spread of one tick, share of the time", percent(of.one_tick)),
        ("spread of more than two ticks", percent(of.wide)),
        ("range of a minute, 17:00 to 06:00", ticks(of.night_range)),
        ("range of a minute, 08:30 to 15:00", ticks(of.day_range)),
        ("autocorrelation of a minute's return with the next", format!("{:+.2}", of.returns)),
        ("autocorrelation of the returns' sizes", format!("{:+.2}", of.sizes)),
        ("volume 17:00 to 06:00", percent(night)),
        ("volume 08:30 to 09:30", percent(open)),
        ("volume 11:30 to 12:30", percent(noon)),
        ("volume 14:30 to 15:30", percent(close)),
    ]
}
