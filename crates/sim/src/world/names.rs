//! What people call orders: entry, stop, target and closing, counted as scenarios count them.
//!
//! It follows records and nothing else; an order that no record names has no name.

use std::collections::BTreeMap;

use stopline_kernel::id::ClOrdId;
use stopline_kernel::intent::{IntentKey, Leg};
use stopline_kernel::record::{Entry, Record};

/// The orders of a run by name.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Every order placed: its decision, leg and first id.
    placed: Vec<(IntentKey, Leg, ClOrdId)>,
    /// Later ids and the first one.
    roots: BTreeMap<ClOrdId, ClOrdId>,
}

impl Names {
    /// Takes in a record.
    pub(super) fn learn(&mut self, entry: &Entry) {
        match &entry.record {
            // A record may be read again by a life that begins over it.
            Record::OrderPlaced { key, order, .. }
                if !self.placed.iter().any(|(.., id)| *id == order.cl_ord_id) =>
            {
                self.placed.push((*key, order.leg, order.cl_ord_id));
            }
            Record::ReplaceAsked { root, to, .. } => drop(self.roots.insert(to.cl_ord_id, *root)),
            _ => {}
        }
    }

    /// The name of the order that ever had this id.
    pub(super) fn of(&self, id: &str) -> Option<String> {
        let id: ClOrdId = id.parse().ok()?;
        let root = self.roots.get(&id).copied().unwrap_or(id);
        let (key, leg, _) = self.placed.iter().find(|(.., placed)| *placed == root)?;
        let (of, word) = match leg {
            Leg::Flatten => (Leg::Flatten, "closing"),
            leg => (Leg::Entry, leg.word()),
        };
        let same = self.placed.iter().filter(|(_, leg, _)| *leg == of);
        let at = same.enumerate().find(|(_, (other, _, placed))| match of {
            Leg::Flatten => *placed == root,
            _ => other == key,
        });
        at.map(|(n, _)| format!("{word} {}", n + 1))
    }

    /// ` of ORDER`, for the first of these ids that has a name.
    pub(super) fn of_any(&self, about: &[&str]) -> String {
        about.iter().find_map(|id| self.of(id)).map(|name| format!(" of {name}")).unwrap_or_default()
    }
}
