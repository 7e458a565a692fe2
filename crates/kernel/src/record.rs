//! Everything we promise to remember: one closed list of records, and the entry that frames each.
//!
//! What is true is derived from records by `apply`, live and after a restart alike; a record is never changed and never
//! re-serialised. A record that gains a field gets a new version and an upcaster.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::halt::{Halt, HaltCause, Scope};
use crate::id::{BotId, BrokerOrderId, ClOrdId, ExecId, Symbol};
use crate::incident::Incident;
use crate::input::{Command, NotSent};
use crate::instrument::TradingDay;
use crate::intent::{DecisionId, Intent, IntentKey};
use crate::ledgered::Ledgered;
use crate::limits::{LaneConfig, Sizing};
use crate::num::{Lots, Money, Side, Ticks};
use crate::order::{Execution, NewOrder, Payload};
use crate::report::{Stream, Welcome};
use crate::risk::{Check, Denial};
use crate::table::{Ask, Life, OrderEvent};
use crate::time::{BrokerTime, ExchangeTime, Mono, Stamp};

/// A record with its place and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place: one more than the last, from 1.
    pub seq: u64,
    /// When the input that caused it reached us.
    pub at: Stamp,
    /// The number of that input in this process; records of one input belong together.
    pub input: u64,
    /// The decision it belongs to, from tick to fill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
    /// What is remembered.
    pub record: Record,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// A process began to drive the lane.
    Started {
        /// The build and the hash of the configuration.
        build: Box<str>,
    },
    /// The configuration, when it is new or has changed.
    Configured(Box<LaneConfig>),
    /// What the venue said of itself, when it is new or has changed.
    VenueKnown(Box<Welcome>),
    /// A new trading day.
    DayBegan {
        /// The day.
        day: TradingDay,
        /// Equity at its start.
        equity: Money,
        /// Before which moment every execution is booked, on the broker's evidence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled: Option<ExchangeTime>,
    },
    /// Equity rose above the highest that was recorded, by the configured step at least.
    EquityRose {
        /// What it is now.
        equity: Money,
    },
    /// An entry was given its lots, before any rule was asked: what is decided next has them.
    Sized {
        /// The decision's key.
        key: IntentKey,
        /// The lots the bot wished for.
        wished: Lots,
        /// The lots that are asked for.
        lots: Lots,
        /// By which rule.
        by: Sizing,
    },
    /// A decision: what was wanted, what every rule said, what came of it.
    Decided {
        /// The decision's key.
        key: IntentKey,
        /// The wish, with the bot's reason and the stamps of its data.
        intent: Intent,
        /// Every rule with its numbers, in order, up to the one that denied.
        checks: Vec<Check>,
        /// The denial, if it was denied.
        denied: Option<Denial>,
    },
    /// An order is about to be placed.
    OrderPlaced {
        /// The decision's key.
        key: IntentKey,
        /// The order.
        order: NewOrder,
        /// Every rule of an order that only reduces, with its numbers; an entry's rules stand in its decision.
        checks: Vec<Check>,
    },
    /// A replace is about to be sent.
    ReplaceAsked {
        /// The order.
        root: ClOrdId,
        /// As it shall be.
        to: NewOrder,
        /// Every rule with its numbers.
        checks: Vec<Check>,
    },
    /// An order moved on its axes.
    Transition(Box<Transition>),
    /// News that moved nothing is not recorded; news that cannot be is.
    Impossible {
        /// The order.
        root: ClOrdId,
        /// Where it was.
        life: Life,
        /// What was asked.
        ask: Ask,
        /// What came.
        event: OrderEvent,
        /// The broker's words.
        payload: Option<Payload>,
    },
    /// An execution, booked once per ExecID.
    Filled(Box<Fill>),
    /// An execution was taken back by the venue: what was booked is reversed.
    Busted(Box<Bust>),
    /// What somebody else traded against a bot's position is booked on it.
    Allocated(Box<Allocation>),
    /// Money came into the account or went out of it, by a person's word.
    Transferred {
        /// How much; out of the account where it is below zero.
        amount: Money,
        /// Who says so.
        who: Box<str>,
        /// Why.
        why: Box<str>,
    },
    /// A position is to be closed.
    ClosingBegan(Box<Closing>),
    /// A closing is over: flat, on the broker's evidence.
    ClosingEnded {
        /// The closing.
        number: u64,
        /// The evidence.
        evidence: Box<str>,
    },
    /// An order at the broker that this ledger does not know is to be cancelled, so that the account ends flat.
    StrayCancelAsked {
        /// The closing that wants it gone.
        closing: u64,
        /// The broker's id.
        order_id: BrokerOrderId,
        /// The contract.
        symbol: Symbol,
        /// The rules of what only cancels, with their numbers.
        checks: Vec<Check>,
    },
    /// The account did not agree with the broker's, and its recovery made a step.
    RecoveryMoved(Box<Recovery>),
    /// A halt was latched.
    HaltSet(Box<Halt>),
    /// A halt ended.
    HaltLifted {
        /// Whom it bound.
        scope: Scope,
        /// What had caused it.
        cause: HaltCause,
        /// Who lifted it.
        who: Box<str>,
        /// Why.
        why: Box<str>,
    },
    /// An incident was opened.
    IncidentOpened(Box<Incident>),
    /// An incident was settled.
    IncidentClosed {
        /// Its number.
        number: u64,
        /// How, and by whom.
        how: Box<str>,
    },
    /// A person commanded something.
    Commanded(Box<Command>),
    /// A stream came up or went down, with what stood at that moment.
    StreamChanged(Box<StreamChange>),
    /// Our account was compared with the broker's and agrees, for the first time since it did not or was not known.
    Agreed {
        /// What was compared, with numbers.
        evidence: Box<str>,
    },
    /// A bot handed over its state.
    BotSaved {
        /// Which one.
        bot: BotId,
        /// Its state.
        state: Box<str>,
    },
    /// A bot's process came up or went down.
    BotChanged {
        /// Which one.
        bot: BotId,
        /// Whether it is up.
        up: bool,
        /// What happened.
        why: Box<str>,
    },
    /// The whole ledgered state, so that opening need not read from the beginning.
    Snapshot(Box<Ledgered>),
}

/// An order's move on its axes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The order.
    pub root: ClOrdId,
    /// What happened.
    pub event: OrderEvent,
    /// Where it is now.
    pub life: Life,
    /// What is asked now.
    pub ask: Ask,
    /// Its quantity at the venue, where that is known anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<Lots>,
    /// The broker's id, where it is known anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<BrokerOrderId>,
    /// Why, where somebody gave a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// Why it was not sent, if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_sent: Option<NotSent>,
    /// The broker's words, if any caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// The stamps of the way.
    pub stamps: Stamps,
}

/// The moments of an order's way that this record knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamps {
    /// When the records of the order were durable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub durable: Option<Mono>,
    /// When the write to the socket returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Mono>,
    /// The broker's stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<BrokerTime>,
    /// The exchange's stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeTime>,
}

/// An execution as it is booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// What the venue said.
    pub execution: Execution,
    /// The order it belongs to; `None` for an order we do not know.
    pub root: Option<ClOrdId>,
    /// Whose position it changes.
    pub bot: BotId,
    /// The broker's id of the order, where it said one.
    pub order_id: Option<BrokerOrderId>,
    /// The bot's position after it.
    pub position: Lots,
    /// Profit realised by it, before fees.
    pub realised: Money,
    /// What it cost.
    pub fee: Money,
    /// The price the decision was made at, for slippage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Ticks>,
    /// The stamps of the way.
    pub stamps: Stamps,
    /// The broker's words, if a frame of its own told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
}

/// An execution that the venue took back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bust {
    /// Its id.
    pub exec: ExecId,
    /// What stands in its place, if it was corrected.
    pub by: Option<ExecId>,
    /// What it had changed and does no more; `None` when it had not been booked, and never will be.
    pub undone: Option<Undone>,
    /// The broker's words, if a frame of its own told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
}

/// What a booked execution had changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The order it belonged to, if we know it.
    pub root: Option<ClOrdId>,
    /// Whose position it had changed.
    pub bot: BotId,
    /// The contract.
    pub symbol: Symbol,
    /// The bot's position without it.
    pub position: Lots,
    /// The change of what is realised.
    pub realised: Money,
    /// The fee that is given back.
    pub fee: Money,
}

/// Lots that moved from the external position to a bot's, since the account holds only their sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Whose position they reduce.
    pub to: BotId,
    /// The contract.
    pub symbol: Symbol,
    /// Which way they traded.
    pub side: Side,
    /// How many.
    pub lots: Lots,
    /// At which price.
    pub price: Ticks,
    /// The bot's position after it.
    pub position: Lots,
    /// The external position after it.
    pub external: Lots,
    /// Profit that it realises.
    pub realised: Money,
}

/// The closing of one bot's position in one instrument, until the broker confirms flat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Its number in this account.
    pub number: u64,
    /// Whose position.
    pub bot: BotId,
    /// The contract.
    pub symbol: Symbol,
    /// What caused it.
    pub cause: Box<str>,
    /// The command to answer when it is over.
    pub command: Option<u64>,
    /// How many closing orders it has placed.
    pub steps: u32,
    /// When it began.
    pub since: Stamp,
}

/// Where the recovery of an account stands that did not agree with the broker's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// The step that was done last.
    pub step: RecoveryStep,
    /// What it rests on.
    pub evidence: Box<str>,
    /// When it was done.
    pub since: Stamp,
}

/// The steps of a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryStep {
    /// New risk is halted, and what could open is being cancelled.
    Halted,
    /// The broker has confirmed that nothing works that could open.
    Cleared,
    /// The account was asked for after that and compared.
    Compared,
    /// What a bot holds and did not want is being closed.
    Hedging,
    /// The broker has confirmed that it is closed.
    Hedged,
    /// Another answer agrees: the halt is lifted, and the recovery is over.
    Confirmed,
    /// More than one explanation is possible: a person has to say which it is.
    LeftToPerson,
}

impl RecoveryStep {
    /// All of them.
    pub const ALL: [RecoveryStep; 7] = [
        RecoveryStep::Halted,
        RecoveryStep::Cleared,
        RecoveryStep::Compared,
        RecoveryStep::Hedging,
        RecoveryStep::Hedged,
        RecoveryStep::Confirmed,
        RecoveryStep::LeftToPerson,
    ];
}

/// A stream's change, with what stood when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamChange {
    /// Which stream.
    pub stream: Stream,
    /// The connection.
    pub epoch: u64,
    /// Whether it is up.
    pub up: bool,
    /// Why.
    pub why: Box<str>,
    /// Orders that had not ended.
    pub live: Vec<ClOrdId>,
    /// Positions that were not flat, with the lots protected.
    pub positions: Vec<(BotId, Symbol, Lots, Lots)>,
}

impl Record {
    /// The name it is stored under.
    pub const fn kind(&self) -> &'static str {
        match self {
            Record::Started { .. } => "started",
            Record::Configured(_) => "configured",
            Record::VenueKnown(_) => "venue_known",
            Record::DayBegan { .. } => "day_began",
            Record::EquityRose { .. } => "equity_rose",
            Record::Sized { .. } => "sized",
            Record::Decided { .. } => "decided",
            Record::OrderPlaced { .. } => "order_placed",
            Record::ReplaceAsked { .. } => "replace_asked",
            Record::Transition(_) => "transition",
            Record::Impossible { .. } => "impossible",
            Record::Filled(_) => "filled",
            Record::Busted(_) => "busted",
            Record::Allocated(_) => "allocated",
            Record::Transferred { .. } => "transferred",
            Record::ClosingBegan(_) => "closing_began",
            Record::ClosingEnded { .. } => "closing_ended",
            Record::StrayCancelAsked { .. } => "stray_cancel_asked",
            Record::RecoveryMoved(_) => "recovery_moved",
            Record::HaltSet(_) => "halt_set",
            Record::HaltLifted { .. } => "halt_lifted",
            Record::IncidentOpened(_) => "incident_opened",
            Record::IncidentClosed { .. } => "incident_closed",
            Record::Commanded(_) => "commanded",
            Record::StreamChanged(_) => "stream_changed",
            Record::Agreed { .. } => "agreed",
            Record::BotSaved { .. } => "bot_saved",
            Record::BotChanged { .. } => "bot_changed",
            Record::Snapshot(_) => "snapshot",
        }
    }

    /// The version of its present form.
    pub const fn version(&self) -> u32 {
        match self {
            // 4: what a day is made of, and the limits that ask for it.
            Record::Snapshot(_) => 4,
            // 3: kinds of incident.
            Record::IncidentOpened(_) => 3,
            // 3: limits of the day and of the account; causes of halts that come of them.
            Record::Configured(_) | Record::HaltSet(_) | Record::HaltLifted { .. } => 3,
            // 2: denials by those limits.
            Record::Decided { .. } | Record::ReplaceAsked { .. } => 2,
            // 2: `settled`; the time of an execution; new causes, commands and events; executions with their facts.
            Record::DayBegan { .. }
            | Record::Transition(_)
            | Record::Impossible { .. }
            | Record::Filled(_)
            | Record::Commanded(_) => 2,
            _ => 1,
        }
    }
}
