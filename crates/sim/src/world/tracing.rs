//! What happens in a run, one thing at a time, for whoever wants to watch: records, messages by the names of orders, lives.
//!
//! It only tells; what a record says to people is for those who print it.

use stopline_kernel::record::Entry;
use stopline_kernel::time::{Mono, Span};
use stopline_venues::paper::wire::{ClientMessage, ExecMessage, Frames, VenueMessage, decode};

use super::names::Names;
use super::scripted::{kind_of, word_of};

/// Who is told what happens.
pub type Trace = Box<dyn FnMut(&Traced<'_>)>;

/// Something that happened.
#[derive(Debug, Clone, Copy)]
pub struct Traced<'a> {
    /// When, since the first step of a scenario or the beginning of a drawn run; below zero before the first step.
    pub since: Span,
    /// What.
    pub what: Happened<'a>,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum Happened<'a> {
    /// A record is durable.
    Kept(&'a Entry),
    /// A request leaves.
    Sent(&'a str),
    /// A message has come.
    Heard(&'a str),
    /// A step of the scenario begins: its line, as it is written.
    Step(usize, &'a str),
    /// What stands on this line is done to the message, or at the point, that it waited for.
    Deed(usize, &'a str),
    /// Something befalls a connection or the process.
    Befell(&'a str),
}

/// A trace, and what it needs to know.
pub(super) struct Tracing {
    out: Trace,
    from: Mono,
    names: Names,
    frames: Frames,
}

impl Tracing {
    /// Tells `out`, from this moment on.
    pub(super) fn to(out: Trace, from: Mono) -> Tracing {
        Tracing { out, from, names: Names::default(), frames: Frames::default() }
    }

    /// What is told is counted from this moment.
    pub(super) const fn begin(&mut self, from: Mono) {
        self.from = from;
    }

    pub(super) fn say(&mut self, now: Mono, what: Happened<'_>) {
        (self.out)(&Traced { since: now.since(self.from), what });
    }

    pub(super) fn kept(&mut self, now: Mono, entry: &Entry) {
        self.names.learn(entry);
        self.say(now, Happened::Kept(entry));
    }

    pub(super) fn sent(&mut self, now: Mono, message: &ClientMessage) {
        let (kind, about) = kind_of(message);
        let exits = match message {
            ClientMessage::Place { order, exits, .. } => {
                let price = order.price.as_ref().map(|price| format!(" at {price}")).unwrap_or_default();
                let legs = exits.iter().filter_map(|exit| {
                    let name = self.names.of(&exit.cl_ord_id)?;
                    Some(format!(", {name} at {}", exit.price.as_deref().unwrap_or("the market")))
                });
                format!(": {} lots{price}{}", order.lots, legs.collect::<String>())
            }
            ClientMessage::Replace { lots, price, .. } => format!(": {lots} lots at {price}"),
            _ => String::new(),
        };
        let kind = match kind {
            "order_status" => "status request",
            "snapshot" => "list request",
            "hello" => "login",
            kind => kind,
        };
        let text = format!("{kind}{}{exits}", self.names.of_any(&about));
        self.say(now, Happened::Sent(&text));
    }

    /// Bytes have come over the orders connection; a message is told when all of it is there.
    pub(super) fn heard(&mut self, now: Mono, bytes: &[u8]) {
        self.frames.push(bytes);
        loop {
            match self.frames.next_frame() {
                Ok(Some(body)) => {
                    if let Some(text) = decode(&body).ok().and_then(|message| self.words(&message)) {
                        self.say(now, Happened::Heard(&text));
                    }
                }
                Ok(None) => return,
                Err(_) => {
                    self.frames = Frames::default();
                    return self.say(now, Happened::Heard("bytes that are no message"));
                }
            }
        }
    }

    /// A connection is new: half of a message that was to come does not.
    pub(super) fn afresh(&mut self) {
        self.frames = Frames::default();
    }

    fn words(&self, message: &VenueMessage) -> Option<String> {
        match message {
            VenueMessage::Welcome { .. } => return Some("welcome".to_owned()),
            VenueMessage::Goodbye { why } => return Some(format!("goodbye: {why}")),
            VenueMessage::Exec(exec) => return Some(self.news(exec)),
            VenueMessage::Snapshot { working, positions, executions, .. } => {
                let lots: Vec<String> = positions.iter().map(|p| format!("{:+}", p.lots)).collect();
                let held = if lots.is_empty() { "flat".to_owned() } else { lots.join(" ") };
                let (orders, trades) = (working.len(), executions.len());
                return Some(format!("list: {held}, {orders} orders, {trades} executions"));
            }
            _ => {}
        }
        let (kind, _, about) = word_of(message)?;
        let found = matches!(message, VenueMessage::OrderStatus { found: Some(_), .. });
        let told = if found { "it is there" } else { "no such order" };
        (kind == "order_status").then(|| format!("status{}: {told}", self.names.of_any(&about)))
    }

    fn news(&self, exec: &ExecMessage) -> String {
        let of = self.names.of_any(&exec.cl_ord_id.as_deref().into_iter().collect::<Vec<_>>());
        let what = if exec.what == "trade" { "fill" } else { &exec.what };
        let traded = exec.trade.as_ref().map(|t| format!(": {} at {}", t.lots, t.price)).unwrap_or_default();
        let why = exec.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        format!("{what}{of}{traded}{why}")
    }
}
