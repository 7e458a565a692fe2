//! What happened to the exchange's clients, as facts: the journal is made of them, the accounts follow from them, the
//! reports repeat them.
//!
//! A fact says what is, never what was asked for. Nothing changes an account but a fact, so that a restart that reads
//! them again ends with the same accounts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use stopline_kernel::id::{AccountId, NameError, Symbol, Text, VenueInstance};
use stopline_kernel::num::{Lots, Money, Side, Ticks};
use stopline_kernel::time::ExchangeTime;

use crate::bars::Bar;
use crate::breaker::Ruled;
use crate::kind::Kind;
use crate::phase::Phase;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
    };
}

number!(
    /// The exchange's number of a client's order, counted over all accounts from 1.
    OrderNo,
    "O"
);
number!(
    /// The exchange's number of one side of a trade, counted over all accounts from 1.
    ExecNo,
    "E"
);

/// The id a client gave to an order: up to 64 visible characters, unique in its account for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(Text<64>);

impl FromStr for ClientId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<ClientId, NameError> {
        text.parse().map(ClientId)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An order as its client asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The client's present id of it.
    pub cl_ord_id: ClientId,
    /// The contract.
    pub symbol: Symbol,
    /// Which way.
    pub side: Side,
    /// How many in total.
    pub lots: Lots,
    /// Kind and price.
    pub kind: Kind,
}

/// One thing that happened. Every time is exchange time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The exchange came into being: the first fact of every journal.
    Created {
        /// The journal's format: [`FORMAT`].
        format: u32,
        /// Its name, for this whole life.
        venue: VenueInstance,
        /// What the background market is drawn from.
        seed: u64,
        /// When its clients' time begins.
        time: ExchangeTime,
    },
    /// An account was opened.
    Opened {
        /// Its name.
        account: AccountId,
        /// Its cash at the beginning.
        cash: Money,
    },
    /// A process took the exchange over.
    Started {
        /// How many did so before, and this one.
        run: u32,
        /// When.
        time: ExchangeTime,
        /// The models it goes on with, by name.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        models: BTreeMap<String, String>,
    },
    /// The process ended in good order; the clock continues from here.
    Stopped {
        /// When.
        time: ExchangeTime,
    },
    /// No time after `until` has been shown to anyone; after a kill the clock continues from there.
    Clock {
        /// The end of the time reserved.
        until: ExchangeTime,
    },
    /// A minute of trading, or the part of one that an orderly end cut short.
    Bar {
        /// The contract.
        symbol: Symbol,
        /// The minute.
        bar: Bar,
    },
    /// A contract trades otherwise from now on.
    Phased {
        /// When.
        time: ExchangeTime,
        /// The contract.
        symbol: Symbol,
        /// How.
        phase: Phase,
    },
    /// The exchange's own rules let a contract trade otherwise from now on.
    Ruled {
        /// When.
        time: ExchangeTime,
        /// The contract.
        symbol: Symbol,
        /// Where they leave it.
        ruled: Ruled,
    },
    /// An account was worth less than the maintenance margin of its positions: the exchange closes it out.
    Liquidated {
        /// When.
        time: ExchangeTime,
        /// Whose.
        account: AccountId,
        /// What it was worth.
        equity: Money,
        /// What its positions asked for.
        maintenance: Money,
    },
    /// The exchange has an order; with a parent it is held until that trades.
    Placed {
        /// When.
        time: ExchangeTime,
        /// Whose.
        account: AccountId,
        /// Its number.
        order: OrderNo,
        /// As asked for.
        spec: Spec,
        /// The entry whose exit it is.
        parent: Option<OrderNo>,
    },
    /// An order works, with this quantity in total.
    Accepted {
        /// When.
        time: ExchangeTime,
        /// Which.
        order: OrderNo,
        /// Traded and still to trade.
        worth: Lots,
    },
    /// An order traded.
    Traded {
        /// When.
        time: ExchangeTime,
        /// Which.
        order: OrderNo,
        /// The execution's number.
        exec: ExecNo,
        /// How many.
        lots: Lots,
        /// At which price.
        price: Ticks,
        /// What it cost.
        fee: Money,
    },
    /// An order trades no farther than this price, and what is left of it stands there: what a market order found nothing
    /// for, a protected one, a stop-limit that was set off.
    Rests {
        /// When.
        time: ExchangeTime,
        /// Which.
        order: OrderNo,
        /// At which price.
        price: Ticks,
    },
    /// A trailing stop has followed the market, or begun to.
    Trailed {
        /// When.
        time: ExchangeTime,
        /// Which.
        order: OrderNo,
        /// Where it stands.
        stop: Ticks,
    },
    /// An order was changed.
    Replaced {
        /// When.
        time: ExchangeTime,
        /// Which.
        order: OrderNo,
        /// Its id from now on.
        cl_ord_id: ClientId,
        /// Its total quantity from now on, as asked for.
        lots: Lots,
        /// Its quantity at the exchange: an exit's is what its entry filled.
        worth: Lots,
        /// Its price from now on.
        price: Ticks,
    },
    /// An order ended before it was filled.
    Canceled {
        /// When.
        time: ExchangeTime,
        /// Which.
        order: OrderNo,
        /// Why.
        reason: Box<str>,
    },
    /// An order was refused.
    Rejected {
        /// When.
        time: ExchangeTime,
        /// Which.
        order: OrderNo,
        /// Why.
        reason: Box<str>,
    },
}

/// The journal format that this build writes and reads.
pub const FORMAT: u32 = 1;

impl Fact {
    /// Whether a client's money or orders change: such a fact is on the disk before anyone hears of it.
    pub const fn is_weighty(&self) -> bool {
        !matches!(self, Fact::Clock { .. } | Fact::Bar { .. })
    }

    /// The order it is about.
    pub const fn order(&self) -> Option<OrderNo> {
        match self {
            Fact::Placed { order, .. }
            | Fact::Accepted { order, .. }
            | Fact::Traded { order, .. }
            | Fact::Rests { order, .. }
            | Fact::Trailed { order, .. }
            | Fact::Replaced { order, .. }
            | Fact::Canceled { order, .. }
            | Fact::Rejected { order, .. } => Some(*order),
            _ => None,
        }
    }
}
