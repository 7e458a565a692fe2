//! What a run tells as it goes: the lines of each committed record.
//!
//! Only durable facts are told, since only records come in here. It remembers contracts and orders to name them by,
//! and forgets an order when it has ended.

use std::collections::BTreeMap;

use stopline_kernel::halt::Halt;
use stopline_kernel::id::{BotId, ClOrdId, Symbol};
use stopline_kernel::instrument::Instrument;
use stopline_kernel::intent::{Intent, IntentKey, Origin, Wish};
use stopline_kernel::num::{Side, Ticks};
use stopline_kernel::order::NewOrder;
use stopline_kernel::record::{Entry, Fill, Record, RecoveryStep, StreamChange, Transition};
use stopline_kernel::risk::{Check, Denial};
use stopline_kernel::table::{Life, OrderEvent};
use stopline_kernel::time::Stamp;
use stopline_kernel::view::Status;

use super::paint::{Line, Topic};
use super::prices::{Prices, position, signed};
use super::{words, zone};

/// Turns records into lines.
#[derive(Debug, Default)]
pub(crate) struct Teller {
    prices: Prices,
    orders: BTreeMap<ClOrdId, (NewOrder, BotId)>,
}

impl Teller {
    /// What can be known before the first record: contracts from earlier runs.
    pub(crate) fn knowing(instruments: impl IntoIterator<Item = Instrument>) -> Teller {
        Teller { prices: Prices::of(instruments), orders: BTreeMap::new() }
    }

    /// Contracts as they are known by now.
    pub(crate) const fn prices(&self) -> &Prices {
        &self.prices
    }

    /// Learns the orders that stand; those of an earlier run were placed before anybody watched.
    pub(crate) fn learn(&mut self, status: &Status) {
        for o in &status.orders {
            let (cl_ord_id, leg, symbol, side) = (o.cl_ord_id, o.leg, o.symbol, o.side);
            let order = NewOrder { cl_ord_id, leg, symbol, side, lots: o.lots, kind: o.kind };
            self.orders.entry(cl_ord_id).or_insert((order, o.bot));
        }
    }

    /// The lines of one record.
    pub(crate) fn tell(&mut self, entry: &Entry) -> Vec<Line> {
        let at = entry.at;
        let one = |topic, text: String| vec![line(at, topic, text)];
        match &entry.record {
            Record::Started { build } => one(Topic::Link, format!("engine started, {build}")),
            Record::VenueKnown(welcome) => {
                self.prices = Prices::of(welcome.instruments.iter().cloned());
                one(Topic::Link, format!("venue {} is known", welcome.venue))
            }
            Record::DayBegan { day, equity, .. } => {
                one(Topic::Status, format!("trading day {} begins, equity {equity}", day.0))
            }
            Record::Sized { wished, lots, .. } if wished != lots => {
                one(Topic::Signal, format!("{wished} lots wished, sized to {lots}"))
            }
            Record::EquityRose { equity } => one(Topic::Status, format!("equity has risen to {equity}")),
            Record::Decided { key, intent, checks, denied } => self.decided(at, key, intent, checks, *denied),
            Record::OrderPlaced { key, order, .. } => self.placed(at, key, order),
            Record::ReplaceAsked { root, to, .. } => {
                let text = format!("replace {} {}", to.leg.word(), words::order(to, &self.prices));
                self.orders.entry(*root).and_modify(|known| known.0 = *to);
                one(Topic::Order, text)
            }
            Record::Transition(transition) => self.moved(at, transition),
            Record::Filled(fill) => self.filled(at, fill),
            Record::StreamChanged(change) => one(Topic::Link, link(change)),
            Record::BotChanged { bot, up, why } => {
                one(Topic::Link, format!("bot {bot} is {}: {why}", if *up { "up" } else { "DOWN" }))
            }
            Record::Commanded(command) => {
                let what = words::command(&command.what);
                one(Topic::Command, format!("{what}, by {}: {}", command.who, command.why))
            }
            Record::Transferred { amount, who, why } => {
                one(Topic::Command, format!("transfer of {amount}, says {who}: {why}"))
            }
            _ => self.trouble(entry),
        }
    }

    /// The lines of what went wrong, and of what is right again.
    fn trouble(&self, entry: &Entry) -> Vec<Line> {
        let one = |topic, text: String| vec![line(entry.at, topic, text)];
        match &entry.record {
            Record::ClosingBegan(closing) => {
                let (bot, symbol, cause) = (closing.bot, closing.symbol, &closing.cause);
                one(Topic::Position, format!("closing {bot} {symbol}: {cause}"))
            }
            Record::ClosingEnded { number, evidence } => {
                one(Topic::Position, format!("closing {number} is over: {evidence}"))
            }
            Record::Busted(bust) => {
                let holds = bust
                    .undone
                    .as_ref()
                    .map(|u| format!("; {} holds {:+} {}", u.bot, u.position.0, u.symbol));
                let text = format!("execution {} was taken back{}", bust.exec, holds.unwrap_or_default());
                one(Topic::Position, text)
            }
            Record::Allocated(a) => {
                let (side, price) = (a.side.word(), self.prices.show(a.symbol, a.price));
                let text = format!("external {side} {} {} at {price} closes {}'s", a.lots, a.symbol, a.to);
                one(Topic::Position, format!("{text}: {:+}, external {:+}", a.position.0, a.external.0))
            }
            Record::HaltSet(halt) => one(Topic::Halt, halted(halt)),
            Record::HaltLifted { scope, cause, who, why } => {
                let (scope, cause) = (words::scope(*scope), words::cause(*cause));
                one(Topic::Relief, format!("{scope}: {cause} lifted by {who}: {why}"))
            }
            Record::IncidentOpened(incident) => {
                let (number, kind) = (incident.number, words::incident(incident.kind));
                one(
                    Topic::Incident,
                    format!("#{number} {kind}: {}; next: {}", incident.evidence, incident.next),
                )
            }
            Record::IncidentClosed { number, how } => {
                one(Topic::Relief, format!("incident #{number} settled: {how}"))
            }
            Record::Impossible { root, life, event, .. } => {
                let life = words::life(*life);
                one(Topic::Incident, format!("order {root} is {life}, and {event:?} cannot happen to it"))
            }
            Record::StrayCancelAsked { closing, order_id, symbol, .. } => {
                let what =
                    format!("order {order_id} in {symbol} is nobody's here: cancelled for closing {closing}");
                one(Topic::Order, what)
            }
            Record::RecoveryMoved(recovery) => {
                let topic = match recovery.step {
                    RecoveryStep::Confirmed => Topic::Relief,
                    _ => Topic::Incident,
                };
                one(topic, format!("recovery, {}: {}", words::recovery(recovery.step), recovery.evidence))
            }
            Record::Agreed { evidence } => one(Topic::Relief, format!("agreed with the broker: {evidence}")),
            _ => Vec::new(),
        }
    }

    fn decided(
        &self,
        at: Stamp,
        key: &IntentKey,
        intent: &Intent,
        checks: &[Check],
        denied: Option<Denial>,
    ) -> Vec<Line> {
        if intent.wish == Wish::Hold && denied.is_none() {
            return Vec::new();
        }
        let bot = key.origin.bot();
        let wish = words::wish(&intent.wish, intent.symbol, &self.prices);
        let sure = intent.confidence.0 / 100;
        let signal = line(at, Topic::Signal, format!("{bot}: {wish} ({}; {sure}% sure)", intent.reason));
        let decision = key.decision();
        let answer = match denied {
            None if checks.is_empty() => {
                line(at, Topic::Decision, format!("{bot}: let through, it opens nothing  {decision}"))
            }
            None => line(at, Topic::Decision, format!("{bot}: {} rules passed  {decision}", checks.len())),
            Some(denial) => {
                let numbers = checks.iter().find(|check| check.rule == denial && !check.passed);
                let numbers = numbers.map(|c| format!(": {} where {} is allowed", c.value, c.limit));
                let numbers = numbers.unwrap_or_default();
                line(at, Topic::Denied, format!("{bot}: {denial}{numbers}  {decision}"))
            }
        };
        vec![signal, answer]
    }

    fn placed(&mut self, at: Stamp, key: &IntentKey, order: &NewOrder) -> Vec<Line> {
        self.orders.insert(order.cl_ord_id, (*order, key.origin.bot()));
        let step = match key.origin {
            Origin::Bot { .. } => String::new(),
            Origin::Closing { number, step, .. } => format!(" (closing {number}, step {step})"),
        };
        let text = format!("{:<7} {}{step}", order.leg.word(), words::order(order, &self.prices));
        vec![line(at, Topic::Order, text)]
    }

    /// An order's moves that a person watches for; its fills are told by themselves.
    fn moved(&mut self, at: Stamp, moved: &Transition) -> Vec<Line> {
        let text = self.orders.get(&moved.root).map_or_else(
            || moved.root.to_string(),
            |(order, _)| format!("{:<7} {}", order.leg.word(), words::order(order, &self.prices)),
        );
        if moved.life.is_terminal() {
            self.orders.remove(&moved.root);
        }
        let told = match moved.life {
            Life::Working => moved.event == OrderEvent::Accepted || moved.event == OrderEvent::ReplaceDone,
            Life::Canceled | Life::Rejected | Life::Expired | Life::Unknown => true,
            Life::Draft | Life::Submitted | Life::Acknowledged | Life::Suspended | Life::Filled => false,
        };
        if !told {
            return Vec::new();
        }
        let why = moved.reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        vec![line(at, Topic::Order, format!("{text} is {}{why}", words::life(moved.life)))]
    }

    fn filled(&self, at: Stamp, fill: &Fill) -> Vec<Line> {
        let (execution, symbol) = (&fill.execution, fill.execution.symbol);
        let leg = fill.root.and_then(|root| self.orders.get(&root)).map_or("", |(order, _)| order.leg.word());
        let price = self.prices.show(symbol, execution.price);
        let slip = fill.decided_at.and_then(|decided| slippage(execution.side, execution.price, decided));
        let slip = slip.map(|ticks| format!(", slippage {} ticks", ticks.0)).unwrap_or_default();
        let made =
            if fill.realised.is_zero() { String::new() } else { format!(", {}", signed(fill.realised)) };
        let (side, lots, fee) = (execution.side.word(), execution.lots, fill.fee);
        let text = format!("{leg:<7} {side} {lots} {symbol} at {price}{made}, fee {fee}{slip}");
        let stands = format!("{} {symbol}: {}", fill.bot, position(fill.position));
        vec![line(at, Topic::Fill, text), line(at, Topic::Position, stands)]
    }
}

/// How many ticks worse than decided a fill was; below zero it was better.
pub(crate) fn slippage(side: Side, price: Ticks, decided: Ticks) -> Option<Ticks> {
    price.minus(decided).and_then(|distance| distance.times(side.sign())).ok()
}

fn halted(halt: &Halt) -> String {
    let (scope, level, cause) =
        (words::scope(halt.scope), words::level(halt.level), words::cause(halt.cause));
    format!("{scope}: {level}, {cause}, by {}: {}; {}", halt.who, halt.why, words::until(halt.until))
}

fn link(change: &StreamChange) -> String {
    let stream = words::stream(change.stream);
    if change.up {
        return format!("{stream} connected (connection {}): {}", change.epoch, change.why);
    }
    let held = |(bot, symbol, lots, safe): &(BotId, Symbol, _, _)| {
        format!("{bot} {symbol} {} with {safe} protected", position(*lots))
    };
    let held: Vec<String> = change.positions.iter().map(held).collect();
    let held = if held.is_empty() { "flat".to_owned() } else { held.join(", ") };
    format!("{stream} DISCONNECTED: {}; {} orders live, {held}", change.why, change.live.len())
}

fn line(at: Stamp, topic: Topic, text: String) -> Line {
    Line { time: zone::clock_of(at), topic, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn told(entries: &[Entry]) -> Vec<String> {
        let mut teller = Teller::knowing([sample::mes()]);
        entries.iter().flat_map(|entry| teller.tell(entry)).map(|line| line.plain()).collect()
    }

    #[test]
    fn a_bracket_is_told_from_its_signal_to_flat() {
        let decision = sample::bracket()[0].decision.unwrap();
        let lines = told(&sample::bracket());
        let wanted = [
            "08:46:00  signal    cross: enter long 1 MESZ6 at the market, stop 6695.00, target 6712.50 (fast over slow; 62% sure)".to_owned(),
            format!("08:46:00  decision  cross: 1 rules passed  {decision}"),
            "08:46:00  order     entry   buy 1 MESZ6 market".to_owned(),
            "08:46:00  order     stop    sell 1 MESZ6 stop 6695.00".to_owned(),
            "08:46:00  order     entry   buy 1 MESZ6 market is working".to_owned(),
            "08:46:00  fill      entry   buy 1 MESZ6 at 6700.25, fee 0.62, slippage 1 ticks".to_owned(),
            "08:46:00  position  cross MESZ6: +1".to_owned(),
            "08:46:00  order     stop    sell 1 MESZ6 stop 6695.00 is working".to_owned(),
            "08:46:00  fill      stop    sell 1 MESZ6 at 6695.00, -26.25, fee 0.62".to_owned(),
            "08:46:00  position  cross MESZ6: flat".to_owned(),
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn a_denial_names_the_rule_and_its_numbers() {
        let lines = told(&[sample::denied()]);
        assert!(
            lines[1].contains("denied    cross: halted: Halted where Running is allowed"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn a_contract_that_is_not_known_is_shown_in_ticks() {
        let mut teller = Teller::default();
        let lines = teller.tell(&sample::bracket()[0]);
        assert!(lines[0].text.contains("stop 26780 ticks"), "{}", lines[0].text);
    }
}
