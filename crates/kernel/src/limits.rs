//! Limits and time-outs as data, with the clock each one runs on.
//!
//! Nothing here has a default: whoever builds these values says every number. A limit that contradicts another is
//! refused before the lane starts.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, BotId, Symbol};
use crate::num::{Bps, Lots, Money, Ticks};
use crate::time::Span;

mod day;
mod hours;
mod pace;
mod size;
mod sizing;

pub use day::DayLimits;
pub use hours::{HourLimits, NewsKind, QuietWindow};
pub use pace::{PaceLimits, SendRate};
pub use size::SizeLimits;
pub use sizing::{SizedBy, Sizing};

/// Everything a lane is told before it starts; recorded when it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneConfig {
    /// The account of this lane.
    pub account: AccountId,
    /// Cash the account starts with, for the expected cash and the day's equity.
    pub start_cash: Money,
    /// What must not be passed.
    pub limits: Limits,
    /// How long things may take.
    pub timings: Timings,
    /// Who may trade what.
    pub bots: Vec<BotSeat>,
    /// What an orderly stop does with open positions.
    pub on_stop: OnStop,
    /// How the entries of bots are sized. Ledgers from before it have every bot trade what it wishes for.
    #[serde(default)]
    pub sizing: Vec<Sizing>,
}

/// One bot's place at the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotSeat {
    /// Its name.
    pub bot: BotId,
    /// The contract it sees and trades.
    pub symbol: Symbol,
    /// The length of its bars, in market time.
    pub bar: Span,
    /// How many finished bars it is given before its first decision.
    pub warm_up: u32,
}

/// What an orderly stop does with what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnStop {
    /// Positions keep their stop and target at the venue.
    KeepProtection,
    /// Positions are closed before the process ends.
    Flatten,
}

/// What must not be passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Lots of one order.
    pub max_order_lots: Lots,
    /// Lots of one instrument over all bots: position, working, unknown and in flight, per side.
    pub max_instrument_lots: Lots,
    /// What a trade may lose from entry to stop. A wider stop means no trade, never a smaller one.
    pub risk_per_trade: Money,
    /// What the account may lose in a trading day: realised, open and fees together.
    pub daily_loss: Money,
    /// How far from the last trade an order's price may lie, as a share of that price.
    pub collar: Bps,
    /// The same in ticks; the tighter of the two counts.
    pub collar_ticks: Ticks,
    /// Orders that may open risk within `rate_window`.
    pub max_orders_per_window: u32,
    /// Ticks that a closing order is priced through the market.
    pub through: Ticks,
    /// Difference of expected and reported cash that is passed over.
    pub cash_tolerance: Money,
    /// What a day, and the days together, may come to. Ledgers from before it have none of these limits.
    #[serde(default)]
    pub day: DayLimits,
    /// What may be held at once over the whole account. Ledgers from before it have none of these limits.
    #[serde(default)]
    pub size: SizeLimits,
    /// When nothing new may be opened. Ledgers from before it have none of these limits.
    #[serde(default)]
    pub hours: HourLimits,
    /// How fast may be sent, and what breaks a circuit. Ledgers from before it have none of these limits.
    #[serde(default)]
    pub pace: PaceLimits,
}

/// How long things may take. Market durations run in market time, machine durations on the monotonic clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// Market: how old an intent may be, from the end of its bar.
    pub intent_age: Span,
    /// Market: how old the newest tick of the instrument may be.
    pub data_age: Span,
    /// Market: how long after its end a bar is closed.
    pub bar_lateness: Span,
    /// Machine: the window of `max_orders_per_window`.
    pub rate_window: Span,
    /// Machine: from decision to socket; an order that waits longer is not sent.
    pub send_deadline: Span,
    /// Machine: how long a request may go unanswered before it is Unknown.
    pub answer: Span,
    /// Machine: how long a position may stand without working protection.
    pub protect: Span,
    /// Machine: how often the account is compared with the broker's, and how long a difference may last.
    pub detect: Span,
    /// Machine: how long after a send the broker's history may lack an order that exists.
    pub settle: Span,
    /// Machine: how long quotes may be gone with a position open before it is closed.
    pub quotes_gone: Span,
    /// Machine: how long a closing order may work before it is priced anew.
    pub reprice: Span,
    /// Machine: how long a closing may take before it is an incident. Ledgers from before it was told have the default.
    #[serde(default = "flat_by_default")]
    pub flat: Span,
    /// Machine: how old the last comparison that agreed may be when something is opened; `None` is no such limit.
    #[serde(default)]
    pub account_age: Option<Span>,
}

/// How long a closing may take where nobody has said.
const fn flat_by_default() -> Span {
    Span::secs(30)
}

/// Limits that cannot all be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// A number that must be above zero is not; the field is named.
    NotPositive(&'static str),
    /// One order could not fit its instrument's limit.
    OrderOverInstrument,
    /// One trade could lose more than the day.
    TradeOverDay,
    /// One trade could lose more than a drawdown.
    TradeOverDrawdown,
    /// The high of equity is kept too coarsely for the drawdown that is measured from it.
    HighStepOverDrawdown,
    /// One instrument could hold more than the account.
    InstrumentOverAccount,
    /// Something could be opened when everything is to be closed.
    EntryAfterFlat,
    /// The reserve leaves nothing to open with.
    ReserveOverSends,
    /// The account could be too old between two comparisons.
    AccountAgeBelowDetect,
    /// A difference is looked for less often than protection may be missing.
    DetectBelowAnswer,
    /// Two bots share a name.
    BotTwice(BotId),
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Contradiction::NotPositive(field) => write!(f, "{field} must be above zero"),
            Contradiction::OrderOverInstrument => {
                f.write_str("max_order_lots is above max_instrument_lots: no such order could ever be sent")
            }
            Contradiction::TradeOverDay => {
                f.write_str("risk_per_trade is above daily_loss: one losing trade would break the day")
            }
            Contradiction::TradeOverDrawdown => {
                f.write_str("risk_per_trade is above a drawdown: one losing trade would break it")
            }
            Contradiction::HighStepOverDrawdown => f.write_str(
                "high_step is above a tenth of a drawdown: the high it is measured from would be too old",
            ),
            Contradiction::InstrumentOverAccount => f.write_str(
                "max_instrument_lots is above account_lots: the account would refuse what the instrument allows",
            ),
            Contradiction::EntryAfterFlat => f.write_str(
                "before_close is below flat_before_close: an entry could come when everything is to be closed",
            ),
            Contradiction::ReserveOverSends => {
                f.write_str("the reserve leaves less than the three orders of a bracket")
            }
            Contradiction::AccountAgeBelowDetect => f.write_str(
                "account_age is below detect and answer together: the account would be too old between comparisons",
            ),
            Contradiction::DetectBelowAnswer => f.write_str(
                "detect is below answer: the account would be compared before an answer can be late",
            ),
            Contradiction::BotTwice(bot) => write!(f, "two bots are named {bot}"),
        }
    }
}

impl LaneConfig {
    /// Checks the numbers by themselves and against each other.
    pub fn check(&self) -> Result<(), Contradiction> {
        self.limits.check()?;
        self.timings.check()?;
        self.sizing.iter().try_for_each(Sizing::check)?;
        for (i, seat) in self.bots.iter().enumerate() {
            if self.bots.iter().skip(i + 1).any(|other| other.bot == seat.bot) {
                return Err(Contradiction::BotTwice(seat.bot));
            }
            positive("bots.bar", seat.bar.0)?;
        }
        positive("start_cash", self.start_cash.0)
    }
}

impl Limits {
    /// How far from the last trade a price may lie: the share or the ticks, whichever is tighter.
    pub fn reach(&self, last: Ticks) -> Ticks {
        let share = i128::from(last.size().0) * i128::from(self.collar.0) / 10_000;
        Ticks(i64::try_from(share).unwrap_or(i64::MAX)).min(self.collar_ticks)
    }

    fn check(&self) -> Result<(), Contradiction> {
        positive("max_order_lots", self.max_order_lots.0)?;
        positive("max_instrument_lots", self.max_instrument_lots.0)?;
        positive("risk_per_trade", self.risk_per_trade.0)?;
        positive("daily_loss", self.daily_loss.0)?;
        positive("collar", self.collar.0)?;
        positive("collar_ticks", self.collar_ticks.0)?;
        positive("max_orders_per_window", self.max_orders_per_window.into())?;
        positive("through", self.through.0)?;
        positive("cash_tolerance", self.cash_tolerance.0)?;
        if self.max_order_lots > self.max_instrument_lots {
            return Err(Contradiction::OrderOverInstrument);
        }
        if self.risk_per_trade > self.daily_loss {
            return Err(Contradiction::TradeOverDay);
        }
        self.day.check(self)?;
        self.size.check(self)?;
        self.hours.check()?;
        self.pace.check()
    }
}

impl Timings {
    fn check(&self) -> Result<(), Contradiction> {
        let all = [
            ("intent_age", self.intent_age),
            ("data_age", self.data_age),
            ("bar_lateness", self.bar_lateness),
            ("rate_window", self.rate_window),
            ("send_deadline", self.send_deadline),
            ("answer", self.answer),
            ("protect", self.protect),
            ("detect", self.detect),
            ("settle", self.settle),
            ("quotes_gone", self.quotes_gone),
            ("reprice", self.reprice),
            ("flat", self.flat),
        ];
        all.iter().try_for_each(|(field, span)| positive(field, span.0))?;
        if self.detect < self.answer {
            return Err(Contradiction::DetectBelowAnswer);
        }
        let compared = self.detect.0.saturating_add(self.answer.0);
        if self.account_age.is_some_and(|age| age.0 < compared) {
            return Err(Contradiction::AccountAgeBelowDetect);
        }
        Ok(())
    }
}

/// Each that is set is above zero.
fn all_positive(set: &[(&'static str, Option<i64>)]) -> Result<(), Contradiction> {
    set.iter().filter_map(|(field, n)| Some((field, (*n)?))).try_for_each(|(field, n)| positive(field, n))
}

const fn positive(field: &'static str, n: i64) -> Result<(), Contradiction> {
    if n > 0 { Ok(()) } else { Err(Contradiction::NotPositive(field)) }
}
