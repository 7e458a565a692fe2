//! What the tests and the bench of this crate share: a contract, limits, the cross in its seat, made-up tapes.
//!
//! No market data: every tape here is drawn from a seed.

#![allow(dead_code, reason = "every test file uses a part of this")]

use stopline_bots::registry;
use stopline_bots::strategy::{Seat, Seated};
use stopline_exchange::slippage::Slippage;
use stopline_kernel::id::{BotId, Symbol};
use stopline_kernel::instrument::{Instrument, Session, Sessions, TickSize, TradingDay};
use stopline_kernel::limits::{
    BotSeat, DayLimits, HourLimits, LaneConfig, Limits, OnStop, PaceLimits, SizeLimits, Timings,
};
use stopline_kernel::market::{Bbo, Level, TickKind};
use stopline_kernel::num::{Bps, Lots, Money, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_replay::{Row, Settings, Times};
use stopline_tape::TapeBar;

pub(crate) const MINUTE: Span = Span::secs(60);

/// Monday 2 November 2026, 00:00 UTC.
pub(crate) const MONDAY: ExchangeTime = ExchangeTime(1_793_577_600_000_000_000);

pub(crate) fn symbol() -> Symbol {
    Symbol::from_static("MESZ6")
}

/// MES, trading from 00:00 to 23:00 UTC on each day.
pub(crate) fn mes(days: i64) -> Instrument {
    let day = |n: i64| Session {
        day: TradingDay(20_261_102 + u32::try_from(n).unwrap()),
        open: MONDAY.plus(Span::secs(n * 86_400)),
        close: MONDAY.plus(Span::secs(n * 86_400 + 23 * 3_600)),
    };
    Instrument {
        symbol: symbol(),
        tick: TickSize { mantissa: 25, scale: 2 },
        tick_value: Money(1_250_000),
        fee: Money(620_000),
        sessions: Sessions((0..days).map(day).collect()),
        margin: None,
    }
}

pub(crate) fn lane() -> LaneConfig {
    let secs = Span::secs;
    LaneConfig {
        account: "PAPER-1".parse().unwrap(),
        start_cash: Money::units(50_000).unwrap(),
        limits: Limits {
            max_order_lots: Lots(2),
            max_instrument_lots: Lots(4),
            risk_per_trade: Money::units(250).unwrap(),
            daily_loss: Money::units(1_000).unwrap(),
            collar: Bps(100),
            collar_ticks: Ticks(200),
            max_orders_per_window: 60,
            through: Ticks(2),
            cash_tolerance: Money::units(5).unwrap(),
            day: DayLimits::OFF,
            size: SizeLimits::OFF,
            hours: HourLimits::OFF,
            pace: PaceLimits::OFF,
        },
        timings: Timings {
            intent_age: secs(180),
            data_age: secs(180),
            bar_lateness: secs(1),
            rate_window: secs(60),
            send_deadline: Span::millis(500),
            answer: secs(2),
            protect: secs(2),
            detect: secs(5),
            settle: secs(1),
            quotes_gone: secs(5),
            reprice: secs(1),
            flat: secs(30),
            account_age: None,
        },
        bots: vec![BotSeat { bot: BotId::from_static("cross"), symbol: symbol(), bar: MINUTE, warm_up: 140 }],
        on_stop: OnStop::KeepProtection,
        sizing: Vec::new(),
    }
}

/// The cross in the only seat, over a tape from `from` on.
pub(crate) fn settings(from: ExchangeTime, days: i64) -> Settings {
    let instrument = mes(days);
    let seat = Seat { symbol: symbol(), tick: instrument.tick, bar_length: MINUTE };
    let cross = registry::build("cross", &Default::default(), &seat).unwrap();
    Settings {
        slippage: Slippage::Book,
        lane: lane(),
        bots: vec![(BotId::from_static("cross"), Box::new(Seated::new(cross)))],
        instrument,
        times: Times {
            from,
            to: MONDAY.plus(Span::secs(days * 86_400)),
            delay: Span::millis(50),
            beat: Span::secs(1),
        },
        build: "a test".into(),
    }
}

/// A seeded stream of numbers.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, n: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % n).unwrap()
    }
}

/// `count` minutes in a row.
pub(crate) fn bars(seed: u64, count: i64) -> Vec<TapeBar> {
    let (mut dice, mut price) = (Dice(seed), 26_800_i64);
    let bar = |n: i64| {
        let open = price + dice.roll(3) - 1;
        let close = open + dice.roll(13) - 6;
        let (high, low) = (open.max(close) + dice.roll(4), open.min(close) - dice.roll(4));
        price = close;
        let [open, high, low, close] = [open, high, low, close].map(Ticks);
        let start = MONDAY.plus(Span::secs(n * 60));
        TapeBar { start, symbol: symbol(), open, high, low, close, volume: Lots(40 + dice.roll(200)) }
    };
    (0..count).map(bar).collect()
}

/// `count` rows every `every`, one in eight a trade at the touch and the others quotes.
pub(crate) fn rows(seed: u64, count: u64, every: Span) -> impl Iterator<Item = Row> {
    let (mut dice, mut bid, mut at) = (Dice(seed), 26_800_i64, MONDAY);
    (0..count).map(move |n| {
        at = at.plus(every);
        if dice.roll(6) == 0 {
            bid += dice.roll(3) - 1;
        }
        let level = |price, lots| Some(Level { price: Ticks(price), lots: Lots(lots) });
        let what = if n % 8 == 7 {
            TickKind::Trade { price: Ticks(bid + dice.roll(2)), lots: Lots(1 + dice.roll(5)) }
        } else {
            TickKind::Bbo(Bbo { bid: level(bid, 1 + dice.roll(60)), ask: level(bid + 1, 1 + dice.roll(60)) })
        };
        Row { at, what }
    })
}
