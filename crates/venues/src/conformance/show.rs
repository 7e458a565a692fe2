//! What a session heard, as the lines scripts expect.
//!
//! Three words are left out because not every broker says them and nothing may depend on them: that an order was
//! received, that a cancel is being worked on, and how a contract trades. Nothing else ever is.

use std::collections::BTreeMap;

use stopline_kernel::id::{AccountId, ClOrdId, ExecId};
use stopline_kernel::input::Event;
use stopline_kernel::instrument::Instrument;
use stopline_kernel::market::{Bbo, Level, TickKind};
use stopline_kernel::num::{Lots, Ticks};
use stopline_kernel::order::{Execution, OrderKind};
use stopline_kernel::report::{BrokerOrder, ExecType, ExecutionReport, OrderStatus, Report, Snapshot};

use super::Stage;

/// What is needed to read reports as scripts write them.
pub(super) struct Words {
    stage: Stage,
    names: BTreeMap<ClOrdId, String>,
    /// The stage's contract, once a venue has named it.
    instrument: Option<Instrument>,
    /// Every execution told of: an ExecID means one execution, for ever and in every place it is told.
    executions: BTreeMap<(AccountId, ExecId), Execution>,
}

impl Words {
    pub(super) const fn new(stage: Stage) -> Words {
        Words { stage, names: BTreeMap::new(), instrument: None, executions: BTreeMap::new() }
    }

    /// Keeps the script's name of an id.
    pub(super) fn name(&mut self, id: ClOrdId, name: &str) {
        self.names.insert(id, name.to_owned());
    }

    /// The lines of one event that a session of `account` heard.
    pub(super) fn lines(&mut self, account: AccountId, event: &Event) -> Vec<String> {
        let mut lines = self.of_event(event);
        for execution in executions(event) {
            let id = (account, execution.exec_id.clone());
            if self.executions.entry(id).or_insert_with(|| execution.clone()) != execution {
                lines.push(format!("{} is two executions", execution.exec_id));
            }
        }
        lines
    }

    fn of_event(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Report(report) => self.report(report),
            Event::Tick(tick) => vec![match tick.what {
                TickKind::Trade { price, lots } => format!("trade {lots} at {}", self.price(price)),
                TickKind::Bbo(bbo) => self.bbo(bbo),
            }],
            Event::History { bars, .. } => {
                let count = format!("history of {}", bars.len());
                let bar = |b: &stopline_kernel::bar::Bar| {
                    let [open, high, low, close] = [b.open, b.high, b.low, b.close].map(|p| self.price(p));
                    format!("bar {open} {high} {low} {close} x {}", b.volume)
                };
                std::iter::once(count).chain(bars.iter().map(bar)).collect()
            }
            other => vec![format!("unexpected {other:?}")],
        }
    }

    fn report(&mut self, report: &Report) -> Vec<String> {
        match report {
            Report::Up { welcome, .. } => {
                let mut named = welcome.instruments.iter();
                self.instrument = named.find(|i| i.symbol == self.stage.symbol).cloned();
                vec!["up".to_owned()]
            }
            Report::Down { .. } => vec!["down".to_owned()],
            Report::Order(report) => self.order(report).into_iter().collect(),
            Report::Snapshot(snapshot) => self.snapshot(snapshot),
            Report::OrderStatus(status) => vec![self.status(status)],
            Report::MarketStatus(_) => Vec::new(),
            Report::Unreadable { .. } => vec!["unreadable".to_owned()],
        }
    }

    fn order(&self, report: &ExecutionReport) -> Option<String> {
        let name = self.id(report.cl_ord_id);
        let number = |lots: Option<Lots>| lots.map_or("?".to_owned(), |l| l.to_string());
        let standing = format!("{}/{}", number(report.cum), number(report.worth));
        match &report.what {
            ExecType::Received | ExecType::CancelSeen => None,
            ExecType::Accepted => Some(format!("{name} accepted {standing}")),
            ExecType::Trade(trade) => {
                Some(format!("{name} trade {} at {}, {standing}", trade.lots, self.price(trade.price)))
            }
            what => Some(format!("{name} {}", word(what))),
        }
    }

    fn snapshot(&self, snapshot: &Snapshot) -> Vec<String> {
        let trade = |(id, _, trade): &(Option<ClOrdId>, _, Execution)| {
            let (side, lots, price) = (trade.side.word(), trade.lots, self.price(trade.price));
            format!("snapshot trade {} {side} {lots} at {price}", self.id(*id))
        };
        let position = |held: &stopline_kernel::report::BrokerPosition| {
            let average = held.average.map_or("?".to_owned(), |a| self.price(a).to_string());
            format!("snapshot position {} at {average}", held.lots)
        };
        let mut lines = vec![self.cash(snapshot)];
        lines.extend(snapshot.working.iter().map(|order| self.working(order)));
        lines.extend(snapshot.positions.iter().map(position));
        lines.extend(snapshot.executions.iter().map(trade));
        lines
    }

    /// Cash since the beginning, before fees, in ticks of one lot.
    fn cash(&self, snapshot: &Snapshot) -> String {
        let fees: i64 = snapshot.executions.iter().filter_map(|(_, _, t)| t.fee).map(|fee| fee.0).sum();
        let gained = snapshot.cash.0 - self.stage.cash.0 + fees;
        match self.instrument.as_ref().map(|i| i.tick_value.0) {
            Some(tick) if tick > 0 && gained % tick == 0 => format!("snapshot cash {}", gained / tick),
            _ => format!("snapshot cash off by {gained} millionths"),
        }
    }

    fn working(&self, order: &BrokerOrder) -> String {
        let name = self.id(order.tag.as_deref().and_then(|tag| tag.parse().ok()));
        let kind = match order.kind {
            OrderKind::Market => "market".to_owned(),
            OrderKind::Limit(price) => format!("limit {}", self.price(price)),
            OrderKind::Stop(price) => format!("stop {}", self.price(price)),
        };
        let held = if order.held { " held" } else { "" };
        format!("snapshot order {name} {} {}/{} {kind}{held}", order.side.word(), order.cum, order.lots)
    }

    fn status(&self, status: &OrderStatus) -> String {
        let name = self.id(Some(status.cl_ord_id));
        match &status.found {
            None if status.complete => format!("status {name} absent"),
            None => format!("status {name} not found"),
            Some(found) => {
                let traded: i64 = found.executions.iter().map(|trade| trade.lots.0).sum();
                format!("status {name} {} {traded}/{}", word(&found.what), found.worth)
            }
        }
    }

    fn bbo(&self, bbo: Bbo) -> String {
        let level = |level: Option<Level>| {
            level.map_or("none".to_owned(), |l| format!("{} x {}", self.price(l.price), l.lots))
        };
        format!("bbo {}, {}", level(bbo.bid), level(bbo.ask))
    }

    fn id(&self, id: Option<ClOrdId>) -> &str {
        id.and_then(|id| self.names.get(&id)).map_or("?", String::as_str)
    }

    const fn price(&self, price: Ticks) -> i64 {
        price.0.saturating_sub(self.stage.reference.0)
    }
}

/// Every execution that an event tells of.
fn executions(event: &Event) -> Vec<&Execution> {
    match event {
        Event::Report(Report::Order(ExecutionReport {
            what: ExecType::Trade(trade) | ExecType::Corrected { to: trade, .. },
            ..
        })) => vec![trade],
        Event::Report(Report::Snapshot(snapshot)) => snapshot.executions.iter().map(|(_, _, t)| t).collect(),
        Event::Report(Report::OrderStatus(status)) => {
            status.found.iter().flat_map(|found| &found.executions).collect()
        }
        _ => Vec::new(),
    }
}

const fn word(what: &ExecType) -> &'static str {
    match what {
        ExecType::Received => "received",
        ExecType::Held => "held",
        ExecType::Accepted => "working",
        ExecType::Trade(_) => "trade",
        ExecType::Busted { .. } => "busted",
        ExecType::Corrected { .. } => "corrected",
        ExecType::CancelSeen => "cancel_seen",
        ExecType::CancelRefused { .. } => "cancel_refused",
        ExecType::CancelDone => "canceled",
        ExecType::ReplaceRefused { .. } => "replace_refused",
        ExecType::ReplaceDone => "replaced",
        ExecType::Refused { .. } => "refused",
        ExecType::Elapsed => "expired",
        ExecType::Completed => "filled",
        ExecType::Unrecognised { .. } => "unrecognised",
    }
}
