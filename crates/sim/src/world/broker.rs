//! The broker between the engine's connection and the exchange: what it does to requests on their way in and to words
//! on their way out.
//!
//! What the exchange has done stays done: a lost answer is about an order that works. Only a dishonest broker says what
//! is not so.

use stopline_kernel::time::{Mono, Span};
use stopline_venues::paper::wire::{
    ClientMessage, ExecMessage, NO_ORDER, OrderSpec, VenueMessage, decode, encode,
};

use super::Mishap;
use crate::choice::Choices;
use crate::swarm::{BrokerFaults, Path};

/// What a broker takes to answer by itself.
const REPLY: Span = Span::millis(1);

/// The broker of a run.
pub(super) struct Broker {
    choices: Choices,
    faults: BrokerFaults,
    began: Mono,
    /// An earlier answer about the account.
    earlier: Option<VenueMessage>,
}

/// What becomes of a request.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// What reaches the exchange, if anything does.
    pub(super) passes: Option<Vec<u8>>,
    /// What befalls it there.
    pub(super) mishap: Option<Mishap>,
    /// What the broker answers by itself.
    pub(super) answers: Vec<Vec<u8>>,
    /// Orders that it refuses.
    pub(super) refused: Vec<String>,
    /// What it does, in the words of a scenario.
    pub(super) deed: Option<&'static str>,
}

/// What becomes of a word of the exchange.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// When which frames leave.
    pub(super) frames: Vec<(Mono, Vec<u8>)>,
    /// An order that is called refused although it is not.
    pub(super) lied_about: Option<String>,
    /// What the broker does, in the words of a scenario.
    pub(super) deed: Option<String>,
}

impl Told {
    /// These frames, at these times.
    pub(super) fn at(frames: Vec<(Mono, Vec<u8>)>) -> Told {
        Told { frames, ..Told::default() }
    }

    fn by(self, deed: impl Into<String>) -> Told {
        Told { deed: Some(deed.into()), ..self }
    }
}

impl Broker {
    pub(super) const fn new(choices: Choices, faults: BrokerFaults, began: Mono) -> Broker {
        Broker { choices, faults, began, earlier: None }
    }

    pub(super) const fn choices(&self) -> &Choices {
        &self.choices
    }

    pub(super) const fn choose(&mut self) -> &mut Choices {
        &mut self.choices
    }

    /// From here on it is as good as brokers are; a debt stays a debt.
    pub(super) fn heal(&mut self) {
        self.faults = BrokerFaults { cash_off: self.faults.cash_off, ..BrokerFaults::default() };
        self.earlier = None;
    }

    /// From a moment on the cash it tells is off.
    pub(super) const fn owe(&mut self, owes: Option<(Span, i64)>) {
        self.faults.cash_off = owes;
    }

    /// What the orders of this moment get: refusals while the market is halted.
    fn is_halted(&self, now: Mono) -> bool {
        self.faults.halted.is_some_and(|(from, lasts)| {
            let since = now.since(self.began);
            from <= since && since.0 < from.0.saturating_add(lasts.0)
        })
    }

    /// A request on its way in.
    pub(super) fn hears(&mut self, now: Mono, bytes: Vec<u8>) -> Heard {
        if is(&bytes, "hello") || is(&bytes, "ping") {
            return Heard { passes: Some(bytes), ..Heard::default() };
        }
        if self.choices.permille(self.faults.lose) {
            return Heard { deed: Some("loses"), ..Heard::default() };
        }
        let mishap = if self.choices.permille(self.faults.disconnect) {
            Some(Mishap::Disconnect)
        } else {
            self.choices.permille(self.faults.restart).then_some(Mishap::Restart)
        };
        let heard = if is(&bytes, "place") { self.places(now, bytes) } else { pass(bytes) };
        let deed = mishap.map(|mishap| match mishap {
            Mishap::Disconnect => "hangs up after",
            Mishap::Restart => "restarts after",
        });
        Heard { mishap, deed: heard.deed.or(deed), ..heard }
    }

    fn places(&mut self, now: Mono, bytes: Vec<u8>) -> Heard {
        let halted = self.is_halted(now);
        let (drops, rejects) = (self.faults.drop_children, self.faults.reject_child);
        if !halted && drops == 0 && rejects == 0 {
            return pass(bytes);
        }
        let body = bytes.get(4..).unwrap_or_default();
        let Ok(ClientMessage::Place { request, order, exits }) = decode(body) else { return pass(bytes) };
        if halted {
            let all: Vec<&OrderSpec> = std::iter::once(&order).chain(&exits).collect();
            return Heard { deed: Some("refuses"), ..refuse(&all, "the market is halted", None) };
        }
        if exits.is_empty() {
            return pass(bytes);
        }
        if self.choices.permille(drops) {
            let bare = pass(encode(&ClientMessage::Place { request, order, exits: Vec::new() }));
            return Heard { deed: Some("forgets exits of next place"), ..bare };
        }
        if self.choices.permille(rejects) {
            let at = usize::try_from(self.choices.below(exits.len() as u64)).unwrap_or(0);
            let (gone, kept): (Vec<_>, Vec<_>) = exits.into_iter().enumerate().partition(|(i, _)| *i == at);
            let gone: Vec<OrderSpec> = gone.into_iter().map(|(_, spec)| spec).collect();
            let exits = kept.into_iter().map(|(_, spec)| spec).collect();
            let rest = encode(&ClientMessage::Place { request, order, exits });
            return refuse(&gone.iter().collect::<Vec<_>>(), "exit refused", Some(rest));
        }
        pass(bytes)
    }

    /// A word of the exchange on its way out.
    pub(super) fn tells(&mut self, now: Mono, path: Path, frame: Vec<u8>) -> Told {
        let lost = match path {
            Path::Quotes if is(&frame, "trade") || is(&frame, "bbo") => self.faults.gap,
            Path::Orders if is(&frame, "exec") || is(&frame, "snapshot") || is(&frame, "order_status") => {
                self.faults.drop
            }
            _ => 0,
        };
        if self.choices.permille(lost) {
            return Told::default().by("loses");
        }
        match path {
            Path::Orders if is(&frame, "exec") => self.reports(now, frame),
            Path::Orders if is(&frame, "snapshot") => {
                let (frame, deed) = self.answers(now, frame);
                Told { deed: deed.map(str::to_owned), ..Told::at(vec![(now, frame)]) }
            }
            _ => Told::at(vec![(now, frame)]),
        }
    }

    fn reports(&mut self, now: Mono, frame: Vec<u8>) -> Told {
        if self.choices.permille(self.faults.unknown_word) {
            return Told::at(vec![(now, reworded(&frame))]).by("rewords");
        }
        if self.choices.permille(self.faults.lie)
            && let Some((lie, id)) = called_refused(&frame)
        {
            let told = Told::at(vec![(now, frame), (now.plus(REPLY), lie)]);
            return Told { lied_about: Some(id), ..told.by("calls refused") };
        }
        if self.choices.permille(self.faults.late) {
            let wait = 1_000 + i64::try_from(self.choices.below(2_000)).unwrap_or(0);
            let told = Told::at(vec![(now.plus(Span::millis(wait)), frame)]);
            return told.by(format!("delays {wait}ms"));
        }
        if self.choices.permille(self.faults.reorder) {
            let wait = 1 + i64::try_from(self.choices.below(50)).unwrap_or(0);
            let told = Told::at(vec![(now.plus(Span::millis(wait)), frame)]);
            return told.by(format!("delays {wait}ms"));
        }
        let twice = self.choices.permille(self.faults.dup);
        let again = twice.then(|| (now, frame.clone()));
        let told = Told::at(std::iter::once((now, frame)).chain(again).collect());
        if twice { told.by("doubles") } else { told }
    }

    /// The answer about the account, as a dishonest broker gives it, and what is wrong with it.
    fn answers(&mut self, now: Mono, frame: Vec<u8>) -> (Vec<u8>, Option<&'static str>) {
        let owes = self.faults.cash_off.filter(|(from, _)| now.since(self.began) >= *from);
        if self.faults.stale == 0 && self.faults.truncate == 0 && owes.is_none() {
            return (frame, None);
        }
        let mut deed = None;
        let body = frame.get(4..).unwrap_or_default();
        let Ok(mut message) = decode::<VenueMessage>(body) else { return (frame, None) };
        let fresh = message.clone();
        if let VenueMessage::Snapshot { request, .. } = &message
            && self.choices.permille(self.faults.stale)
            && let Some(VenueMessage::Snapshot { .. }) = &self.earlier
        {
            let number = *request;
            deed = Some("repeats old list for next list");
            message = self.earlier.clone().unwrap_or(message);
            if let VenueMessage::Snapshot { request, .. } = &mut message {
                *request = number;
            }
        }
        if self.earlier.is_none() || self.choices.permille(100) {
            self.earlier = Some(fresh);
        }
        if let VenueMessage::Snapshot { executions, cash, .. } = &mut message {
            if self.choices.permille(self.faults.truncate) {
                executions.truncate(executions.len().saturating_sub(1));
                deed = Some("leaves execution out of next list");
            }
            *cash -= owes.map_or(0, |(_, units)| units * stopline_kernel::num::Money::UNIT);
        }
        (encode(&message), deed)
    }
}

/// Whether a frame holds a message of this kind: the kind comes first in every body.
fn is(frame: &[u8], kind: &str) -> bool {
    let body = frame.get(4..).and_then(|body| body.strip_prefix(b"{\"type\":\"".as_slice()));
    body.and_then(|body| body.strip_prefix(kind.as_bytes())).is_some_and(|rest| rest.first() == Some(&b'"'))
}

fn pass(bytes: Vec<u8>) -> Heard {
    Heard { passes: Some(bytes), ..Heard::default() }
}

pub(super) fn refuse(orders: &[&OrderSpec], why: &str, passes: Option<Vec<u8>>) -> Heard {
    let refused: Vec<String> = orders.iter().map(|spec| spec.cl_ord_id.clone()).collect();
    let answers = refused.iter().map(|id| encode(&VenueMessage::Exec(refusal(id, NO_ORDER, why)))).collect();
    Heard { passes, answers, refused, ..Heard::default() }
}

fn refusal(id: &str, order_id: &str, why: &str) -> ExecMessage {
    ExecMessage {
        cl_ord_id: Some(id.to_owned()),
        order_id: order_id.to_owned(),
        what: "rejected".to_owned(),
        reason: Some(why.to_owned()),
        cum: 0,
        lots: 0,
        time: 0,
        exec_id: None,
        trade: None,
    }
}

fn exec_of(frame: &[u8]) -> Option<ExecMessage> {
    match decode(frame.get(4..).unwrap_or_default()) {
        Ok(VenueMessage::Exec(exec)) => Some(exec),
        _ => None,
    }
}

/// The same news in a word that nobody knows; a trade keeps its word, for it is not the word that books it.
fn reworded(frame: &[u8]) -> Vec<u8> {
    let Some(exec) = exec_of(frame).filter(|exec| exec.trade.is_none()) else { return frame.to_vec() };
    encode(&VenueMessage::Exec(ExecMessage { what: "pending_review".to_owned(), ..exec }))
}

/// A refusal of an order that has come to work.
fn called_refused(frame: &[u8]) -> Option<(Vec<u8>, String)> {
    let exec = exec_of(frame).filter(|exec| exec.what == "accepted")?;
    let id = exec.cl_ord_id?;
    Some((encode(&VenueMessage::Exec(refusal(&id, &exec.order_id, "no reason given"))), id))
}
