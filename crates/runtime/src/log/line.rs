//! A record as a line of the log: what it is, which decision it belongs to, and every stamp of that decision's way that
//! is known by then.
//!
//! Pure: it reads no clock. Stamps are the ones the records carry, and one that is not known is absent, never zero.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use stopline_kernel::intent::DecisionId;
use stopline_kernel::record::{Entry, Record, Stamps};
use stopline_kernel::time::{LocalTime, Mono};

use super::{EngineEvent, Severity};

/// Decisions whose stamps are remembered; an older one's later lines carry only their own.
const DECISIONS: usize = 1_024;

/// The moments of a decision's way, each on its own clock.
#[derive(Debug, Clone, Default, Serialize)]
struct Way {
    /// Exchange time of the newest data the bot had seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    /// When the decision reached us.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    /// When its records were durable, on the monotonic clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    durable_mono: Option<u64>,
    /// When the write to the socket returned, on the monotonic clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_mono: Option<u64>,
    /// The broker's stamp of the newest news.
    #[serde(skip_serializing_if = "Option::is_none")]
    broker: Option<String>,
    /// The exchange's stamp of the newest news.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<String>,
    /// The exchange's stamp of the newest fill.
    #[serde(skip_serializing_if = "Option::is_none")]
    fill: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    mono: Mono,
    #[serde(skip_serializing_if = "Option::is_none")]
    market: Option<String>,
    level: &'static str,
    what: &'static str,
    seq: u64,
    input: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stamps: Option<&'a Way>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Record>,
}

/// Turns records into lines, in order.
#[derive(Debug, Default)]
pub(super) struct Lines {
    ways: BTreeMap<DecisionId, Way>,
    order: VecDeque<DecisionId>,
}

impl Lines {
    /// The line of one record.
    pub(super) fn entry(&mut self, entry: &Entry) -> String {
        let stamps = entry.decision.map(|decision| {
            let way = self.way(decision);
            way.take(entry);
            &*way
        });
        let line = Line {
            at: local(entry.at.local),
            mono: entry.at.mono,
            market: entry.at.market.map(|time| utc(time.0)),
            level: word(severity(&entry.record)),
            what: entry.record.kind(),
            seq: entry.seq,
            input: entry.input,
            decision: entry.decision,
            stamps,
            record: Some(&entry.record).filter(|record| !is_bulk(record)),
        };
        // String keys and no fallible fields: writing this to memory cannot fail.
        serde_json::to_string(&line).unwrap_or_default()
    }

    fn way(&mut self, decision: DecisionId) -> &mut Way {
        if !self.ways.contains_key(&decision) {
            self.order.push_back(decision);
            if self.order.len() > DECISIONS
                && let Some(oldest) = self.order.pop_front()
            {
                self.ways.remove(&oldest);
            }
        }
        self.ways.entry(decision).or_default()
    }
}

impl Way {
    fn take(&mut self, entry: &Entry) {
        match &entry.record {
            Record::Decided { intent, .. } => {
                self.data = Some(utc(intent.data_time.0));
                self.decision = Some(local(entry.at.local));
            }
            Record::Transition(transition) => self.stamp(&transition.stamps),
            Record::Filled(fill) => {
                self.stamp(&fill.stamps);
                self.fill = fill.stamps.exchange.map(|time| utc(time.0)).or(self.fill.take());
            }
            _ => {}
        }
    }

    fn stamp(&mut self, stamps: &Stamps) {
        self.durable_mono = stamps.durable.map(|mono| mono.0).or(self.durable_mono);
        self.sent_mono = stamps.sent.map(|mono| mono.0).or(self.sent_mono);
        self.broker = stamps.broker.map(|time| utc(time.0)).or(self.broker.take());
        self.exchange = stamps.exchange.map(|time| utc(time.0)).or(self.exchange.take());
    }
}

/// The line of an event of the engine.
pub(super) fn event(event: &EngineEvent) -> String {
    let line = serde_json::json!({
        "at": local(event.at.local),
        "mono": event.at.mono,
        "market": event.at.market.map(|time| utc(time.0)),
        "level": word(event.severity),
        "what": event.what,
        "text": event.text,
    });
    line.to_string()
}

/// The line of a process that ends by rule. It carries no time: whoever ends has no clock to be trusted with.
pub(super) fn last_words(text: &str) -> String {
    serde_json::json!({ "level": "error", "what": "ended_by_rule", "text": text }).to_string()
}

/// The line that says how many lines are missing.
pub(super) fn lost(lines: u64) -> String {
    Value::from_iter([("level", Value::from("warn")), ("what", "lines_lost".into()), ("lines", lines.into())])
        .to_string()
}

/// Whether a record is too long for a line; the ledger has it.
const fn is_bulk(record: &Record) -> bool {
    matches!(record, Record::Snapshot(_) | Record::VenueKnown(_))
}

const fn severity(record: &Record) -> Severity {
    match record {
        Record::IncidentOpened(_) | Record::Impossible { .. } => Severity::Error,
        Record::HaltSet(_)
        | Record::Decided { denied: Some(_), .. }
        | Record::BotChanged { up: false, .. }
        | Record::ClosingBegan(_) => Severity::Warn,
        Record::StreamChanged(change) if !change.up => Severity::Warn,
        _ => Severity::Info,
    }
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Error => "error",
    }
}

fn local(time: LocalTime) -> String {
    utc(time.0)
}

/// Nanoseconds since the epoch as people read them, in UTC.
fn utc(nanos: i64) -> String {
    Timestamp::from_nanosecond(nanos.into()).map_or_else(|_| nanos.to_string(), |time| time.to_string())
}
