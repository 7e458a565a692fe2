//! One record of a story: its place, its times on every clock, what it says, and the broker's words.
//!
//! The record itself goes along unchanged; the text beside it leaves nothing out that a person needs.

use serde::Serialize;
use stopline_kernel::record::{Entry, Record, Stamps};

use crate::look::prices::{Prices, position, signed};
use crate::look::{words, zone};

/// One record.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Moment {
    /// Its place in the ledger.
    pub(crate) seq: u64,
    /// When it reached us, in UTC.
    pub(crate) at: String,
    /// The same on the monotonic clock, in nanoseconds.
    pub(crate) mono: u64,
    /// Market time then.
    pub(crate) market: Option<String>,
    /// Its kind.
    pub(crate) kind: &'static str,
    /// What it says.
    pub(crate) text: String,
    /// The stamps it carries, in words.
    pub(crate) stamps: Vec<String>,
    /// The broker's words.
    pub(crate) payload: Option<String>,
    /// The record itself.
    pub(crate) record: Record,
}

impl Moment {
    /// What an entry says.
    pub(crate) fn of(entry: &Entry, prices: &Prices) -> Moment {
        let (stamps, payload) = match &entry.record {
            Record::Transition(moved) => (stamps(&moved.stamps), moved.payload.as_deref()),
            Record::Filled(fill) => (stamps(&fill.stamps), fill.payload.as_deref()),
            Record::Impossible { payload, .. } => (Vec::new(), payload.as_deref()),
            _ => (Vec::new(), None),
        };
        Moment {
            seq: entry.seq,
            at: zone::utc(entry.at.local.0),
            mono: entry.at.mono.0,
            market: entry.at.market.map(zone::moment),
            kind: entry.record.kind(),
            text: text(&entry.record, prices),
            stamps,
            payload: payload.map(str::to_owned),
            record: entry.record.clone(),
        }
    }
}

fn stamps(stamps: &Stamps) -> Vec<String> {
    let mono = |name, moment: Option<stopline_kernel::time::Mono>| {
        moment.map(|mono| format!("{name} at {} ns", mono.0))
    };
    let known = [
        mono("durable", stamps.durable),
        mono("sent", stamps.sent),
        stamps.broker.map(|time| format!("broker {}", zone::utc(time.0))),
        stamps.exchange.map(|time| format!("exchange {}", zone::moment(time))),
    ];
    known.into_iter().flatten().collect()
}

fn text(record: &Record, prices: &Prices) -> String {
    match record {
        Record::Decided { intent, denied: None, checks, .. } if checks.is_empty() => {
            format!("{}: let through, it opens nothing", words::wish(&intent.wish, intent.symbol, prices))
        }
        Record::Decided { intent, denied: None, checks, .. } => {
            format!("{}: {} rules passed", words::wish(&intent.wish, intent.symbol, prices), checks.len())
        }
        Record::Decided { intent, denied: Some(denial), .. } => {
            format!("{}: denied by {denial}", words::wish(&intent.wish, intent.symbol, prices))
        }
        Record::OrderPlaced { order, .. } => {
            format!("{} {}: {}", order.leg.word(), order.cl_ord_id, words::order(order, prices))
        }
        Record::ReplaceAsked { root, to, .. } => {
            format!("{root} is to become {}: {}", to.cl_ord_id, words::order(to, prices))
        }
        Record::Transition(moved) => {
            let why = moved.reason.as_ref().map(|why| format!(", {why}")).unwrap_or_default();
            let unsent = moved.not_sent.map(|why| format!(", not sent: {why:?}")).unwrap_or_default();
            format!("{}: {:?}, now {}{why}{unsent}", moved.root, moved.event, words::life(moved.life))
        }
        Record::Filled(fill) => {
            let (execution, stands) = (&fill.execution, position(fill.position));
            let (side, lots, symbol) = (execution.side.word(), execution.lots, execution.symbol);
            let (price, made) = (prices.show(symbol, execution.price), signed(fill.realised));
            format!("{side} {lots} {symbol} at {price}, realised {made}, fee {}, then {stands}", fill.fee)
        }
        Record::Impossible { root, life, event, .. } => {
            format!("{root} is {} and {event:?} cannot happen to it", words::life(*life))
        }
        Record::ClosingBegan(closing) => format!("closing {} began: {}", closing.number, closing.cause),
        Record::ClosingEnded { number, evidence } => format!("closing {number} is over: {evidence}"),
        Record::IncidentOpened(incident) => {
            format!("#{} {}: {}", incident.number, words::incident(incident.kind), incident.evidence)
        }
        Record::IncidentClosed { number, how } => format!("incident #{number} settled: {how}"),
        other => other.kind().replace('_', " "),
    }
}
