//! What a rule says: its name, what it measured, what it allows, and the denial if it is passed.
//!
//! A number that could not be measured is written as unknown, never as zero.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::halt::Level;
use crate::market::Trading;
use crate::num::{Lots, Money, Overflow, Ticks};
use crate::time::Span;

listed! {
    /// Why the gate denied. Each is counted, shown and tested by itself.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Denial {
        /// A halt stands for the account or the bot.
        Halted,
        /// Our account has not been compared with the broker's yet, or an order is Unknown.
        NotReady,
        /// The same decision was made before.
        DecidedBefore,
        /// The intent is too old.
        IntentAge,
        /// The newest market data is too old, missing or unsound.
        DataAge,
        /// The market is closed.
        SessionClosed,
        /// The venue says that the contract does not trade as ever: halted, reserved, at a limit, or a word we do not know.
        MarketStatus,
        /// The bot holds, or is about to hold, the other side: two brackets would undo each other and leave stray exits.
        Opposed,
        /// The stop or the target stands on the wrong side of the price.
        ExitSide,
        /// Too many lots in one order, or none.
        OrderLots,
        /// Too many lots of the instrument in the worst case.
        InstrumentLots,
        /// The stop is too far away for the money one trade may lose.
        RiskPerTrade,
        /// The day has lost what it may.
        DailyLoss,
        /// A price is too far from the market.
        Collar,
        /// Too many orders in too short a time.
        OrderRate,
        /// The bot is not the owner of what it wants to change, or there is no such order.
        NoSuchOrder,
        /// It would take a position's protection away.
        Protection,
        /// The order is in no state in which it could be changed.
        NotChangeable,
        /// A closing order would go past flat.
        PastFlat,
        /// A number could not be worked out.
        Unmeasurable,
        /// Too many positions at once.
        OpenPositions,
        /// Too many lots over all instruments in the worst case.
        AccountLots,
        /// Those lots are worth too much.
        Notional,
        /// They are worth too many times the account's equity.
        Leverage,
        /// Too many trades in the day.
        TradesPerDay,
        /// The session opened a moment ago.
        AfterOpen,
        /// The session closes soon.
        BeforeClose,
        /// News are due, or were a moment ago.
        QuietTime,
        /// The bot has placed and changed too many orders in too short a time.
        BotOrderRate,
        /// The broker takes no more messages than are kept for cancels and closings.
        SendRate,
        /// The account was compared with the broker's too long ago.
        AccountAge,
        /// It could trade with an order of our own.
        SelfMatch,
        /// Its size comes to less than one lot, or cannot be worked out.
        TooSmall,
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Denial::Halted => "halted",
            Denial::NotReady => "not_ready",
            Denial::DecidedBefore => "decided_before",
            Denial::IntentAge => "intent_age",
            Denial::DataAge => "data_age",
            Denial::SessionClosed => "session_closed",
            Denial::MarketStatus => "market_status",
            Denial::Opposed => "opposed",
            Denial::ExitSide => "exit_side",
            Denial::OrderLots => "order_lots",
            Denial::InstrumentLots => "instrument_lots",
            Denial::RiskPerTrade => "risk_per_trade",
            Denial::DailyLoss => "daily_loss",
            Denial::Collar => "collar",
            Denial::OrderRate => "order_rate",
            Denial::NoSuchOrder => "no_such_order",
            Denial::Protection => "protection",
            Denial::NotChangeable => "not_changeable",
            Denial::PastFlat => "past_flat",
            Denial::Unmeasurable => "unmeasurable",
            Denial::OpenPositions => "open_positions",
            Denial::AccountLots => "account_lots",
            Denial::Notional => "notional",
            Denial::Leverage => "leverage",
            Denial::TradesPerDay => "trades_per_day",
            Denial::AfterOpen => "after_open",
            Denial::BeforeClose => "before_close",
            Denial::QuietTime => "quiet_time",
            Denial::BotOrderRate => "bot_order_rate",
            Denial::SendRate => "send_rate",
            Denial::AccountAge => "account_age",
            Denial::SelfMatch => "self_match",
            Denial::TooSmall => "too_small",
        })
    }
}

/// A number of a rule, with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Milliseconds.
    Millis(i64),
    /// Lots.
    Lots(i64),
    /// Ticks.
    Ticks(i64),
    /// Millionths of the currency.
    Money(i64),
    /// A plain count.
    Count(i64),
    /// So many times, in hundredths.
    Times(i64),
    /// A level of permission.
    Level(Level),
    /// How a contract trades.
    Trading(Trading),
    /// Yes or no.
    Holds(bool),
    /// It could not be measured.
    Unknown,
}

impl Measure {
    /// A plain count.
    pub(crate) fn count(n: usize) -> Measure {
        Measure::Count(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<Span> for Measure {
    fn from(span: Span) -> Measure {
        Measure::Millis(span.as_millis())
    }
}

impl From<Lots> for Measure {
    fn from(lots: Lots) -> Measure {
        Measure::Lots(lots.0)
    }
}

impl From<Ticks> for Measure {
    fn from(ticks: Ticks) -> Measure {
        Measure::Ticks(ticks.0)
    }
}

impl From<Money> for Measure {
    fn from(money: Money) -> Measure {
        Measure::Money(money.0)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::Millis(n) => write!(f, "{n} ms"),
            Measure::Lots(n) => write!(f, "{n} lots"),
            Measure::Ticks(n) => write!(f, "{n} ticks"),
            Measure::Money(n) => write!(f, "{}", Money(*n)),
            Measure::Count(n) => write!(f, "{n}"),
            Measure::Times(n) => write!(f, "{}.{:02} times", n / 100, (n % 100).abs()),
            Measure::Level(level) => write!(f, "{level:?}"),
            Measure::Trading(trading) => write!(f, "{trading}"),
            Measure::Holds(holds) => write!(f, "{}", if *holds { "yes" } else { "no" }),
            Measure::Unknown => f.write_str("unknown"),
        }
    }
}

/// One rule's word on one proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The denial this rule can give: its name.
    pub rule: Denial,
    /// What it measured.
    pub value: Measure,
    /// What it allows.
    pub limit: Measure,
    /// Whether it lets the proposal pass.
    pub passed: bool,
}

impl Check {
    /// Passes while `value` is at most `limit`.
    pub(crate) fn at_most<T: Ord + Into<Measure>>(rule: Denial, value: T, limit: T) -> Check {
        let passed = value <= limit;
        Check { rule, value: value.into(), limit: limit.into(), passed }
    }

    /// Passes once `value` is at least `limit`.
    pub(crate) fn at_least<T: Ord + Into<Measure>>(rule: Denial, value: T, limit: T) -> Check {
        let passed = value >= limit;
        Check { rule, value: value.into(), limit: limit.into(), passed }
    }

    /// Passes if `holds`.
    pub(crate) const fn holds(rule: Denial, holds: bool) -> Check {
        Check { rule, value: Measure::Holds(holds), limit: Measure::Holds(true), passed: holds }
    }

    /// Denies, because what had to be measured could not be.
    pub(crate) const fn unknown(rule: Denial, limit: Measure) -> Check {
        Check { rule, value: Measure::Unknown, limit, passed: false }
    }

    /// As `check` says, or a denial where a number left its range.
    pub(crate) fn or_deny(rule: Denial, check: Result<Check, Overflow>) -> Check {
        check.unwrap_or(Check::unknown(rule, Measure::Unknown))
    }
}
