//! What the runs of a sweep have reached: edges of the order table, incidents, halts, faults, ways of recovery.
//!
//! It counts and never judges; what must be reached is known by name.

use std::collections::{BTreeMap, BTreeSet};

use stopline_kernel::incident::IncidentKind;
use stopline_kernel::record::RecoveryStep;
use stopline_kernel::table::{Ask, Life, Next, OrderEvent, next};

use crate::swarm::FAMILIES;

/// The recovery classes: how a process has begun.
const RECOVERIES: [&str; 5] = [
    "recovery blank",
    "recovery to what was synced",
    "recovery beyond what was synced",
    "recovery refused",
    "recovery from an old copy",
];

pub(crate) const INCIDENTS: [IncidentKind; 17] = [
    IncidentKind::ImpossibleTransition,
    IncidentKind::OverFill,
    IncidentKind::FillAfterRefusal,
    IncidentKind::ForeignFill,
    IncidentKind::ForeignOrder,
    IncidentKind::RolledBackLedger,
    IncidentKind::PositionDisagreement,
    IncidentKind::CashDisagreement,
    IncidentKind::Unprotected,
    IncidentKind::QuotesGone,
    IncidentKind::Unreadable,
    IncidentKind::StuckUnknown,
    IncidentKind::NumberRange,
    IncidentKind::Busted,
    IncidentKind::IdReused,
    IncidentKind::MissedFill,
    IncidentKind::ClosingStalled,
];

/// Everything that could be reached: each edge of the order table that moves from a place that can be come to, each
/// incident, step of a recovery, fault and way to begin.
pub fn everything() -> Vec<String> {
    let mut all: Vec<String> = RECOVERIES.iter().map(|name| (*name).to_owned()).collect();
    all.extend(INCIDENTS.iter().map(|kind| format!("incident {kind:?}")));
    all.extend(RecoveryStep::ALL.iter().map(|step| format!("step {step:?}")));
    all.extend(FAMILIES.iter().map(|family| format!("fault {family}")));
    for (life, ask) in places() {
        let moves = OrderEvent::ALL.iter().filter(|event| matches!(next(life, ask, **event), Next::To(..)));
        all.extend(moves.map(|event| format!("edge {life:?} {ask:?} {event:?}")));
    }
    all.sort_unstable();
    all
}

/// Every place on the order table that some sequence of events leads to from a draft.
fn places() -> BTreeSet<(Life, Ask)> {
    let mut found = BTreeSet::new();
    let mut open = vec![(Life::Draft, Ask::Nothing)];
    while let Some((life, ask)) = open.pop() {
        if found.insert((life, ask)) {
            let all = OrderEvent::ALL.iter().map(|event| next(life, ask, *event));
            open.extend(
                all.filter_map(|next| if let Next::To(life, ask) = next { Some((life, ask)) } else { None }),
            );
        }
    }
    found
}

/// How often each thing was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<String, u64>);

impl Coverage {
    /// It was reached once more.
    pub fn hit(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// Adds what another run reached.
    pub fn add(&mut self, other: &Coverage) {
        for (what, times) in &other.0 {
            *self.0.entry(what.clone()).or_default() += times;
        }
    }

    /// How often this was reached.
    pub fn times(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    /// Everything that was reached, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(what, times)| (what.as_str(), *times))
    }
}
