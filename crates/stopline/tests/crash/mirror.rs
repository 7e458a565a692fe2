//! The ledger read again, record by record, as anybody could: what was placed, booked and protected, life by life.
//!
//! It must never take the engine's word for anything but its records, and adds up from them what the checks need.

use std::collections::{BTreeMap, BTreeSet};

use stopline_kernel::id::{BotId, ClOrdId, Symbol};
use stopline_kernel::incident::Incident;
use stopline_kernel::intent::{IntentKey, Leg};
use stopline_kernel::ledgered::{Ledgered, external_bot};
use stopline_kernel::record::{Entry, Fill, Record};
use stopline_kernel::table::{Life, OrderEvent};
use stopline_kernel::time::{ExchangeTime, Mono, Span};

use crate::plan::SPEED;

/// One process over this ledger.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// When its first record was made.
    pub(crate) began: Mono,
    /// When our account and the exchange's first agreed with nothing unknown.
    pub(crate) recovered: Option<Mono>,
    /// When it ended, once it has.
    pub(crate) ended: Option<Mono>,
    agreed: bool,
}

impl Run {
    /// How much of a time lies after this process had recovered and before it ended.
    pub(crate) fn share(&self, from: Mono, to: Mono) -> Span {
        match self.recovered {
            Some(recovered) => to.min(self.ended.unwrap_or(to)).since(from.max(recovered)),
            None => Span::ZERO,
        }
    }
}

/// A time in which a position had less working protection than lots.
#[derive(Debug, Clone)]
pub(crate) struct Bare {
    pub(crate) bot: BotId,
    pub(crate) symbol: Symbol,
    /// From when in the life of a process, to when in the same life.
    pub(crate) from: Mono,
    pub(crate) to: Mono,
    /// When that process had recovered, if it had before the end.
    pub(crate) recovered: Option<Mono>,
    /// Whether it was being closed all along or at the end.
    pub(crate) closing: bool,
}

impl Bare {
    /// How long it lasted while a process ran.
    pub(crate) fn lasted(&self) -> Span {
        self.to.since(self.from)
    }
}

/// What the records say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mirror {
    pub(crate) ledgered: Ledgered,
    pub(crate) runs: Vec<Run>,
    /// Every id ever placed or asked for in a replace, with its decision and leg.
    pub(crate) placed: BTreeMap<String, (IntentKey, Leg)>,
    /// The decision and leg of every order whose cancel was ever asked for.
    pub(crate) cancels: BTreeSet<(IntentKey, Leg)>,
    /// How often each execution is booked, and as what.
    pub(crate) booked: BTreeMap<String, Vec<Fill>>,
    pub(crate) bare: Vec<Bare>,
    pub(crate) incidents: Vec<Incident>,
    /// A moment on the engine's clock and on the market's.
    clocks: Option<(Mono, ExchangeTime)>,
    open: BTreeMap<(BotId, Symbol), Mono>,
    /// The input whose records are being read, with its moment.
    input: Option<(u64, Mono)>,
}

impl Mirror {
    /// The whole ledger; `ends` says when each process ended.
    pub(crate) fn replay(entries: &[Entry], ends: &[Mono]) -> Result<Mirror, String> {
        let mut mirror = Mirror::default();
        for entry in entries {
            if matches!(entry.record, Record::Started { .. }) {
                mirror.end(ends);
            }
            mirror.take(entry)?;
        }
        mirror.end(ends);
        Ok(mirror)
    }

    /// Takes one record in.
    pub(crate) fn take(&mut self, entry: &Entry) -> Result<(), String> {
        let began = matches!(entry.record, Record::Started { .. });
        if began || self.input.is_some_and(|(input, _)| input != entry.input) {
            self.settle();
        }
        self.ledgered.apply(entry).map_err(|why| format!("record {}: {why}", entry.seq))?;
        self.input = Some((entry.input, entry.at.mono));
        self.clocks = self.clocks.or(entry.at.market.map(|market| (entry.at.mono, market)));
        match &entry.record {
            Record::Started { .. } => {
                self.open.clear();
                self.runs.push(Run { began: entry.at.mono, recovered: None, ended: None, agreed: false });
            }
            Record::OrderPlaced { key, order, .. } => self.name(order.cl_ord_id, *key, order.leg),
            Record::ReplaceAsked { root, to, .. } => {
                if let Some((key, leg)) = self.placed.get(root.as_str()).copied() {
                    self.name(to.cl_ord_id, key, leg);
                }
            }
            Record::Filled(fill) => {
                let id = fill.execution.exec_id.to_string();
                self.booked.entry(id).or_default().push((**fill).clone());
            }
            Record::Transition(moved) if moved.event == OrderEvent::CancelAsked => {
                self.cancels.extend(self.placed.get(moved.root.as_str()).copied());
            }
            Record::IncidentOpened(incident) => self.incidents.push((**incident).clone()),
            Record::Agreed { .. } => {
                self.runs.iter_mut().last().into_iter().for_each(|run| run.agreed = true)
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes the end of an input in: what has to hold holds between inputs, not within one.
    pub(crate) fn settle(&mut self) {
        let Some((_, at)) = self.input.take() else { return };
        let quiet = self.is_quiet();
        if let Some(run) = self.runs.last_mut()
            && run.agreed
            && quiet
        {
            run.recovered.get_or_insert(at);
        }
        let naked = self.naked();
        let over: Vec<_> = self.open.keys().filter(|key| !naked.contains(key)).copied().collect();
        over.into_iter().for_each(|key| self.close(key, at));
        for key in naked {
            self.open.entry(key).or_insert(at);
        }
    }

    /// A moment of the market on the engine's clock; the exchange runs all the time, and at one speed.
    pub(crate) fn mono(&self, market: ExchangeTime) -> Option<Mono> {
        let (mono, then) = self.clocks?;
        Some(mono.plus(Span(market.since(then).0 / SPEED)))
    }

    /// The first moment of the market that a record names.
    pub(crate) fn market(&self) -> Option<ExchangeTime> {
        self.clocks.map(|(_, market)| market)
    }

    /// Whether a process that was started then has made its first record.
    pub(crate) fn has_begun(&self, started: Mono) -> bool {
        self.runs.last().is_some_and(|run| run.began >= started)
    }

    /// Whether the process that runs now has recovered, and nothing is unknown or being closed.
    pub(crate) fn is_calm(&self) -> bool {
        let recovered = self.runs.last().is_some_and(|run| run.recovered.is_some());
        recovered && self.is_quiet() && self.ledgered.closings.is_empty()
    }

    fn is_quiet(&self) -> bool {
        self.ledgered.live_orders().all(|order| order.life != Life::Unknown)
    }

    fn name(&mut self, id: ClOrdId, key: IntentKey, leg: Leg) {
        self.placed.insert(id.to_string(), (key, leg));
    }

    /// The process has ended: nothing that stood open in its life stands open in it any longer. A process that ended
    /// before its first record left no run, so ends are found by their time.
    fn end(&mut self, ends: &[Mono]) {
        self.settle();
        let Some(run) = self.runs.last_mut() else { return };
        run.ended = ends.iter().find(|end| **end >= run.began).copied();
        let Some(at) = run.ended else { return };
        let open: Vec<_> = self.open.keys().copied().collect();
        open.into_iter().for_each(|key| self.close(key, at));
    }

    fn close(&mut self, key: (BotId, Symbol), to: Mono) {
        let Some(from) = self.open.remove(&key) else { return };
        let (bot, symbol) = key;
        let closing =
            self.ledgered.lots_of(bot, symbol).is_zero() || self.ledgered.closing(bot, symbol).is_some();
        let recovered = self.runs.last().and_then(|run| run.recovered);
        self.bare.push(Bare { bot, symbol, from, to, recovered, closing });
    }

    /// Positions of bots with less working protection than lots.
    fn naked(&self) -> Vec<(BotId, Symbol)> {
        let open = self.ledgered.open_positions().filter(|(bot, ..)| *bot != external_bot());
        let bare = open.filter(|(bot, symbol, p)| self.ledgered.protected(*bot, *symbol) < p.lots().size());
        bare.map(|(bot, symbol, _)| (bot, symbol)).collect()
    }
}
