//! Incidents: what went wrong, numbered, with the evidence and the one command to run next.
//!
//! An incident is never only logged: it is a record, it stays open until it is settled, and it says who must act.

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

use crate::time::Stamp;

/// The kinds of incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// A pair of order state and event that the table refuses.
    ImpossibleTransition,
    /// More traded than was ordered; booked all the same.
    OverFill,
    /// A fill on an order that was refused or never sent; booked all the same.
    FillAfterRefusal,
    /// An execution of an order we do not know; booked under the external bot.
    ForeignFill,
    /// An order at the broker that is not ours.
    ForeignOrder,
    /// An order with our prefix that the ledger does not know.
    RolledBackLedger,
    /// Our position and the broker's differ and nothing in flight explains it.
    PositionDisagreement,
    /// Our cash and the broker's differ beyond the tolerance.
    CashDisagreement,
    /// A position stood without protection for too long.
    Unprotected,
    /// Quotes were gone with a position open.
    QuotesGone,
    /// A frame that could not be read.
    Unreadable,
    /// An order stayed Unknown although the venue answers.
    StuckUnknown,
    /// A number left its range; the rule that met it denied.
    NumberRange,
    /// A trade was taken back or corrected by the venue.
    Busted,
    /// Executions were in the broker's list that no report had told; booked from there.
    MissedFill,
    /// A closing is not over although it has had its time.
    ClosingStalled,
    /// An ExecID came again as another trade, which cannot be booked.
    IdReused,
}

impl IncidentKind {
    /// The one command to run next. What a person has to look at comes first; what lifts the halt, `resume`, says itself
    /// what is still in its way.
    pub const fn next(self) -> &'static str {
        match self {
            IncidentKind::RolledBackLedger => "stopline check",
            IncidentKind::ForeignOrder
            | IncidentKind::PositionDisagreement
            | IncidentKind::FillAfterRefusal
            | IncidentKind::OverFill
            | IncidentKind::ForeignFill => "stopline positions",
            IncidentKind::CashDisagreement
            | IncidentKind::Busted
            | IncidentKind::MissedFill
            | IncidentKind::IdReused => "stopline fills",
            IncidentKind::ClosingStalled
            | IncidentKind::StuckUnknown
            | IncidentKind::ImpossibleTransition => "stopline orders",
            IncidentKind::Unprotected
            | IncidentKind::QuotesGone
            | IncidentKind::Unreadable
            | IncidentKind::NumberRange => "stopline status",
        }
    }
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number in this account.
    pub number: u64,
    /// What kind.
    pub kind: IncidentKind,
    /// What we saw, with both sides and their numbers.
    pub evidence: Box<str>,
    /// The one command to run next.
    pub next: Box<str>,
    /// When it was opened.
    pub since: Stamp,
}
