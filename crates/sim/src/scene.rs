//! The scene every run is set in: one account, one contract, one bot, and limits that bind now and then.
//!
//! A drawn market runs twenty times as fast as virtual time, so that a run of seconds has bars enough. Nothing here depends
//! on the seed but the machines' waits.

use stopline_exchange::birth::{Drive, Models, Plan};
use stopline_exchange::house::Temper;
use stopline_exchange::mood::Hours;
use stopline_kernel::id::{AccountId, BotId, Symbol};
use stopline_kernel::instrument::{Instrument, Session, Sessions, TickSize, TradingDay};
use stopline_kernel::limits::{
    BotSeat, DayLimits, HourLimits, LaneConfig, Limits, OnStop, PaceLimits, SizeLimits, Timings,
};
use stopline_kernel::num::{Bps, Lots, Money, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};
use stopline_venues::paper::protocol::{Config, Timings as LinkTimings};
use stopline_venues::paper::protocol::{PaperOrders, PaperQuotes};

/// Market nanoseconds per virtual nanosecond, in thousandths.
const SPEED_MILLI: u32 = 20_000;

/// What moves the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Participants drawn from the seed, twenty times as fast as real ones.
    Drawn,
    /// A script, in market time that runs like everybody's.
    Scripted,
    /// A script, in market time that runs as fast as a drawn market's.
    Fast,
}

impl Setting {
    /// Market nanoseconds per virtual nanosecond, in thousandths.
    pub(crate) const fn speed_milli(self) -> u32 {
        match self {
            Setting::Drawn | Setting::Fast => SPEED_MILLI,
            Setting::Scripted => 1_000,
        }
    }

    fn drive(self) -> Drive {
        match self {
            Setting::Drawn => {
                let temper = Temper { pause: Span::millis(2_000), hours: RESTLESS, ..Temper::ES };
                Drive::House { temper, price: Ticks(23_600) }
            }
            Setting::Scripted | Setting::Fast => Drive::Recorded,
        }
    }
}

/// When the run begins, in market time.
pub(crate) const START: ExchangeTime = ExchangeTime(1_795_100_400_000_000_000);

/// The account.
pub(crate) const fn account() -> AccountId {
    AccountId::from_static("SIM-1")
}

/// The bot.
pub(crate) const fn bot() -> BotId {
    BotId::from_static("fickle")
}

/// The contract.
pub(crate) const fn symbol() -> Symbol {
    Symbol::from_static("MESZ6")
}

/// The length of the bot's bars.
pub(crate) const fn bar() -> Span {
    Span::secs(10)
}

/// The contract: MES, in one session that lasts longer than any run.
pub(crate) fn contract() -> Instrument {
    let day = Session {
        day: TradingDay(20_261_120),
        open: START.plus(Span::secs(-10 * 3_600)),
        close: START.plus(Span::secs(10 * 3_600)),
    };
    Instrument {
        symbol: symbol(),
        tick: TickSize { mantissa: 25, scale: 2 },
        tick_value: TICK_VALUE,
        fee: Money(620_000),
        sessions: Sessions(vec![day]),
        margin: None,
    }
}

/// What a tick of a lot is worth.
pub(crate) const TICK_VALUE: Money = Money(1_250_000);

const CASH: Money = Money(50_000 * Money::UNIT);

/// Every hour alike, and restless: a run has ten seconds for what a day brings.
const RESTLESS: Hours = Hours { range: &[24.0], ..Hours::EVEN };

/// What the exchange is made of.
pub(crate) fn plan(setting: Setting, seed: u64) -> Plan {
    Plan {
        contracts: vec![(contract(), setting.drive())],
        accounts: vec![(account(), CASH)],
        seed,
        salt: 0,
        start: START,
        warm_up: Span::secs(120),
        models: Models::default(),
    }
}

/// The lane's configuration, in a run with little money to lose and little to make.
pub(crate) fn config_of(tight: bool) -> LaneConfig {
    let mut config = config();
    if tight {
        let unit = |n| Money(n * Money::UNIT);
        config.limits.daily_loss = unit(12);
        config.limits.day = DayLimits {
            profit_target: Some(unit(15)),
            // Above the day's loss: that has to be seen by itself.
            drawdown: Some(unit(14)),
            high_step: unit(1),
            trades: Some(6),
            losses_in_row: Some(3),
            ..DayLimits::OFF
        };
    }
    config
}

/// The lane's configuration.
pub(crate) fn config() -> LaneConfig {
    LaneConfig {
        account: account(),
        start_cash: CASH,
        limits: Limits {
            max_order_lots: Lots(2),
            max_instrument_lots: Lots(3),
            risk_per_trade: Money(80 * Money::UNIT),
            daily_loss: Money(300 * Money::UNIT),
            collar: Bps(500),
            collar_ticks: Ticks(2_000),
            max_orders_per_window: 40,
            through: Ticks(2),
            cash_tolerance: Money(Money::UNIT),
            day: DayLimits::OFF,
            size: SizeLimits::OFF,
            hours: HourLimits::OFF,
            pace: PaceLimits::OFF,
        },
        timings: Timings {
            intent_age: Span::secs(30),
            data_age: Span::secs(30),
            bar_lateness: Span::millis(500),
            rate_window: Span::secs(60),
            send_deadline: Span::millis(500),
            answer: Span::millis(500),
            protect: Span::secs(2),
            detect: Span::secs(1),
            settle: Span::millis(300),
            quotes_gone: Span::secs(2),
            reprice: Span::millis(300),
            flat: Span::secs(4),
            account_age: None,
        },
        bots: vec![BotSeat { bot: bot(), symbol: symbol(), bar: bar(), warm_up: 5 }],
        on_stop: OnStop::KeepProtection,
        sizing: Vec::new(),
    }
}

/// The protocol machines of one life of the engine.
pub(crate) fn machines(seed: u64) -> (PaperQuotes, PaperOrders) {
    let config =
        |seed| Config { account: account(), client: "sim".into(), seed, timings: LinkTimings::LOCAL };
    (PaperQuotes::new(config(seed)), PaperOrders::new(config(seed ^ 1)))
}
