//! A world that plays a scenario: what it remembers for the script, and the order of steps.
//!
//! No chance and no fault of its own: whatever goes wrong stands in the file, and all checkers look as they do at a seed.

mod acts;
mod broker;
mod play;
mod seen;
mod trades;
mod wishes;

use std::collections::BTreeSet;

use stopline_exchange::paper::SessionId;
use stopline_kernel::id::ClOrdId;
use stopline_kernel::intent::{Intent, IntentKey, Leg};
use stopline_kernel::market::Bbo;
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::time::Span;
use stopline_venues::paper::wire::{ClientMessage, Frames, VenueMessage, decode};

pub(super) use broker::word_of;
pub use play::{Played, play, play_flattened};

use crate::pipe::Way;
use crate::scenario::step::{Armed, Name, Sent, Times};
use crate::swarm::CrashPoint;

/// What a world remembers for its script.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// Deeds that wait for their message.
    waiting: Vec<Waiting>,
    /// Messages held until they are released.
    held: Vec<Held>,
    /// Every durable record.
    pub(super) records: Vec<Entry>,
    /// Every request that left, and how many had before the last step that did something.
    sent: Vec<ClientMessage>,
    sent_before: usize,
    /// What the market quotes, whether the feed speaks, and whether the exchange has forgotten the quote.
    quote: Bbo,
    flows: bool,
    pub(super) afresh: bool,
    /// The bot's last wish, and how many it has had.
    wish: Option<Intent>,
    wishes: u32,
    /// Commands of people, and orders of others.
    commands: u64,
    /// The first list of the account in this file.
    old_list: Option<VenueMessage>,
    /// Trades that are not told as they were.
    changed: trades::Changed,
    /// How much older than it is the feed says that its data is.
    late: Span,
    /// The first execution that was told.
    first_exec: Option<String>,
    /// The last step that waits for the engine to come to a point.
    point: Option<(usize, String)>,
    /// How long the next sync takes.
    pub(super) slow: Option<Span>,
    /// Where the next life dies.
    pub(super) next_crash: Option<CrashPoint>,
}

/// An armed deed, with the line it stands on.
#[derive(Debug, Clone)]
struct Waiting {
    line: usize,
    text: String,
    armed: Armed,
    done: u64,
}

impl Waiting {
    fn is_over(&self) -> bool {
        matches!(self.armed.times, Times::Exactly(n) if self.done >= n)
    }

    /// Whether it has had every message that it waits for.
    const fn is_content(&self) -> bool {
        match self.armed.times {
            Times::Exactly(n) => self.done >= n,
            Times::Always => true,
        }
    }
}

/// A message that the broker holds.
#[derive(Debug, Clone)]
struct Held {
    line: usize,
    text: String,
    session: SessionId,
    way: Way,
    frame: Vec<u8>,
}

impl Script {
    /// Takes in what a connection is given to carry.
    pub(super) fn leaves(&mut self, bytes: &[u8]) {
        let mut frames = Frames::default();
        frames.push(bytes);
        while let Ok(Some(body)) = frames.next_frame() {
            self.sent.extend(decode::<ClientMessage>(&body));
        }
    }

    /// Every order placed, in order: its decision, leg and first id.
    fn placed(&self) -> impl Iterator<Item = (IntentKey, Leg, ClOrdId)> {
        self.records.iter().filter_map(|entry| match &entry.record {
            Record::OrderPlaced { key, order, .. } => Some((*key, order.leg, order.cl_ord_id)),
            _ => None,
        })
    }

    /// The first id of the order that a name means now.
    fn order(&self, name: Name) -> Option<ClOrdId> {
        let nth = |list: Vec<ClOrdId>| match name.number {
            None => list.last().copied(),
            Some(n) => list.get(n - 1).copied(),
        };
        if matches!(name.leg, Leg::Entry | Leg::Flatten) {
            return nth(self.placed().filter(|(_, leg, _)| *leg == name.leg).map(|(.., id)| id).collect());
        }
        let entry = self.order(Name { leg: Leg::Entry, ..name })?;
        let (key, ..) = self.placed().find(|(.., id)| *id == entry)?;
        self.placed().find(|(of, leg, _)| *of == key && *leg == name.leg).map(|(.., id)| id)
    }

    /// The first id of the order that ever had this id.
    fn root(&self, id: &str) -> Option<ClOrdId> {
        let id: ClOrdId = id.parse().ok()?;
        let changed = self.records.iter().find_map(|entry| match &entry.record {
            Record::ReplaceAsked { root, to, .. } if to.cl_ord_id == id => Some(*root),
            _ => None,
        });
        Some(changed.unwrap_or(id))
    }

    /// The leg of the order that ever had this id.
    fn leg(&self, id: &str) -> Option<Leg> {
        let root = self.root(id)?;
        self.placed().find(|(.., id)| *id == root).map(|(_, leg, _)| leg)
    }

    /// Every id that this order ever had.
    fn ids(&self, root: ClOrdId) -> BTreeSet<String> {
        let changed = self.records.iter().filter_map(|entry| match &entry.record {
            Record::ReplaceAsked { root: of, to, .. } if *of == root => Some(to.cl_ord_id.to_string()),
            _ => None,
        });
        std::iter::once(root.to_string()).chain(changed).collect()
    }

    /// How many requests of this kind left.
    fn count(&self, sent: Sent) -> u64 {
        let from = if sent.since_last { self.sent_before } else { 0 };
        let ids = sent.of.map(|name| self.order(name).map(|root| self.ids(root)).unwrap_or_default());
        let meant = |message: &&ClientMessage| {
            let (kind, about) = kind_of(message);
            let kind_fits = match sent.what {
                Some(what) => what == kind,
                None => matches!(kind, "place" | "cancel" | "replace"),
            };
            kind_fits && ids.as_ref().is_none_or(|ids| about.iter().any(|id| ids.contains(*id)))
        };
        self.sent.iter().skip(from).filter(meant).count() as u64
    }
}

/// A request's type on the wire, and the orders it is about.
pub(super) fn kind_of(message: &ClientMessage) -> (&'static str, Vec<&str>) {
    match message {
        ClientMessage::Place { order, exits, .. } => {
            ("place", std::iter::once(order).chain(exits).map(|spec| spec.cl_ord_id.as_str()).collect())
        }
        ClientMessage::Cancel { cl_ord_id, .. } => ("cancel", vec![cl_ord_id]),
        ClientMessage::CancelOrder { order_id, .. } => ("cancel", vec![order_id]),
        ClientMessage::Replace { orig_cl_ord_id, cl_ord_id, .. } => {
            ("replace", vec![orig_cl_ord_id, cl_ord_id])
        }
        ClientMessage::OrderStatus { cl_ord_id, .. } => ("order_status", vec![cl_ord_id]),
        ClientMessage::Snapshot { .. } => ("snapshot", Vec::new()),
        ClientMessage::Hello { .. } => ("hello", Vec::new()),
        ClientMessage::History { .. }
        | ClientMessage::Book { .. }
        | ClientMessage::Ping { .. }
        | ClientMessage::Bye => ("other", Vec::new()),
    }
}
