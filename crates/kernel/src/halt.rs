//! The halt latch: Running, ReduceOnly, Halted, for the account or one bot, each with who, why, since and until.
//!
//! It is durable and dominates everything; it never stops cancelling, reconciling and flattening. Nothing lifts a halt
//! in silence.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::BotId;
use crate::instrument::TradingDay;
use crate::time::{ExchangeTime, Stamp};

/// How much is still allowed; a later one allows less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Everything within the limits.
    Running,
    /// Only what makes a position smaller.
    ReduceOnly,
    /// Only cancelling, flattening and looking.
    Halted,
}

/// Whom a halt binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole account.
    Account,
    /// One bot.
    Bot(BotId),
}

listed! {
    /// What caused a halt. One halt per scope and cause stands at a time.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum HaltCause {
        /// A person paused it.
        Operator,
        /// A person asked for flat.
        Flatten,
        /// The day's loss limit is reached.
        DailyLoss,
        /// Position, orders or cash do not agree with the broker's.
        Disagreement,
        /// An order of ours that the ledger does not know: the ledger was rolled back.
        RolledBack,
        /// An order at the broker that is not ours.
        Foreign,
        /// Something happened that cannot happen.
        Impossible,
        /// Quotes were gone with a position open.
        QuotesGone,
        /// A position stood without protection for too long.
        Unprotected,
        /// The process is stopping in good order.
        Stopping,
        /// A trade was taken back by the venue.
        Busted,
        /// The day has made what it should.
        ProfitTarget,
        /// The day has fallen too far below its high.
        DayDrawdown,
        /// The account has fallen too far below the highest of all days.
        TrailingDrawdown,
        /// Too many trades of the day in a row have lost.
        LossesInRow,
        /// The session ends soon.
        SessionEnd,
        /// The broker refused too many entries.
        RejectRate,
        /// The broker refused entries one after the other in the same words.
        SameRejection,
        /// Too many orders were cancelled.
        CancelStorm,
        /// Bid and offer are too far apart.
        WideSpread,
    }
}

/// When a halt may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// When a person says so and nothing is unresolved.
    Person,
    /// Not before a trading day after this one; then by itself. Nobody can lift it earlier.
    DayAfter(TradingDay),
    /// With the next start of the process.
    NextStart,
    /// From this moment of market time on, by itself, once the account agrees and no order is Unknown.
    Moment(ExchangeTime),
}

/// One halt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// Whom it binds.
    pub scope: Scope,
    /// What is still allowed.
    pub level: Level,
    /// What caused it.
    pub cause: HaltCause,
    /// Who: a person's name, a bot or a rule.
    pub who: Box<str>,
    /// Why, in words, with the numbers.
    pub why: Box<str>,
    /// Since when.
    pub since: Stamp,
    /// Until when.
    pub until: Until,
}

/// All halts that stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Halts(pub Vec<Halt>);

impl Halts {
    /// What the account is allowed.
    pub fn account(&self) -> Level {
        self.worst(|scope| scope == Scope::Account)
    }

    /// What one bot is allowed: the stricter of its own and the account's.
    pub fn bot(&self, bot: BotId) -> Level {
        self.worst(|scope| scope == Scope::Account || scope == Scope::Bot(bot))
    }

    /// Whether a halt of this scope and cause stands.
    pub fn has(&self, scope: Scope, cause: HaltCause) -> bool {
        self.0.iter().any(|h| h.scope == scope && h.cause == cause)
    }

    /// Latches a halt; one that stands for the same scope and cause stays unless the new one allows less.
    pub fn set(&mut self, halt: Halt) {
        match self.0.iter_mut().find(|h| h.scope == halt.scope && h.cause == halt.cause) {
            Some(standing) if standing.level >= halt.level => {}
            Some(standing) => *standing = halt,
            None => self.0.push(halt),
        }
    }

    /// Ends the halt of this scope and cause.
    pub fn lift(&mut self, scope: Scope, cause: HaltCause) {
        self.0.retain(|h| h.scope != scope || h.cause != cause);
    }

    fn worst(&self, binds: impl Fn(Scope) -> bool) -> Level {
        self.0.iter().filter(|h| binds(h.scope)).map(|h| h.level).max().unwrap_or(Level::Running)
    }
}
