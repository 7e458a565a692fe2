//! Everything that can happen to a lane: one closed list.
//!
//! Time enters here, as a field, and nowhere else; nothing later asks for "now".

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::id::{BotId, ClOrdId, Symbol};
use crate::intent::Intent;
use crate::market::Tick;
use crate::num::Money;
use crate::report::Report;
use crate::time::{Mono, Span, Stamp};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// When it reached us.
    pub at: Stamp,
    /// What it was.
    pub event: Event,
}

/// The things that can happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// This process begins to drive the lane. The first input of every process.
    Start {
        /// The build and the hash of the configuration, for the record.
        build: Box<str>,
    },
    /// The market moved.
    Tick(Tick),
    /// The venue said something.
    Report(Report),
    /// Finished bars from the venue's history, oldest first.
    History {
        /// The contract.
        symbol: Symbol,
        /// The length of a bar.
        length: Span,
        /// The bars.
        bars: Vec<Bar>,
    },
    /// A bot wants something.
    Intent {
        /// Which one.
        bot: BotId,
        /// What.
        intent: Intent,
    },
    /// A bot hands over its state to be kept.
    BotState {
        /// Which one.
        bot: BotId,
        /// Its state, in its own words.
        state: Box<str>,
    },
    /// A bot's process is ready to be fed.
    BotUp {
        /// Which one.
        bot: BotId,
    },
    /// A bot's process ended, stalled or flooded.
    BotDown {
        /// Which one.
        bot: BotId,
        /// What happened.
        why: Box<str>,
    },
    /// A command's bytes were handed to the socket.
    Sent {
        /// The orders it was about.
        orders: Vec<ClOrdId>,
        /// When its records were durable.
        durable: Mono,
        /// When the write returned.
        sent: Mono,
    },
    /// A command was not sent; no byte of it left.
    NotSent {
        /// The orders it was about.
        orders: Vec<ClOrdId>,
        /// What kind of command it was.
        what: Sending,
        /// Why.
        why: NotSent,
    },
    /// A person wants something.
    Command(Command),
    /// Time passed; comes at least every 10 ms.
    Beat,
}

/// The three kinds of order command, named when one is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sending {
    /// New orders.
    Place,
    /// A cancel.
    Cancel,
    /// A replace.
    Replace,
}

/// Why a command was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotSent {
    /// It waited past its deadline.
    Late,
    /// A halt came between its approval and its sending.
    Halted,
    /// Another process has taken the account over.
    Fenced,
    /// There is no session to send it through.
    NoSession,
    /// It would close what was closed in the moment in which it was decided.
    Overtaken,
}

/// A person's command, with who and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Tells the reply's way back; unique in this process.
    pub id: u64,
    /// Who asks.
    pub who: Box<str>,
    /// Why, in the person's words.
    pub why: Box<str>,
    /// What.
    pub what: CommandKind,
}

/// What a person can command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandKind {
    /// Close everything and stay closed.
    Flatten,
    /// No new risk, for one bot or for all.
    Pause(Option<BotId>),
    /// Allow new risk again, for one bot or for all.
    Resume(Option<BotId>),
    /// Stop in good order: no new entries, then as configured.
    Stop,
    /// An Unknown order that no history can prove is over, by the person's word; it keeps what it has traded.
    Settle(ClOrdId),
    /// Money came into the account, or went out of it where it is below zero.
    Transfer(Money),
}
