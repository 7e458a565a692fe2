//! The machines and the stand-in on one thread, in virtual time: every step of a script is done here.
//!
//! It never looks inside either side: it carries bytes, tells the time and writes down what the machines deliver.

use std::collections::VecDeque;

use stopline_kernel::effect::{OrderCommand, Ordered, Query};
use stopline_kernel::id::{AccountId, BotId, ClOrdId, VenueInstance, digest};
use stopline_kernel::intent::{IntentKey, Leg, Origin};
use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::order::{NewOrder, OrderKind, OrderList};
use stopline_kernel::time::{ExchangeTime, Mono, Span};

use super::script::{Act, Deed, Kind, Order};
use super::show::Words;
use super::{Bench, Broker, Said, SessionId, Stage, Trader};
use crate::protocol::{Output, Protocol};

/// How long a script waits after each act.
const SETTLE: Span = Span::millis(80);
/// How far time moves at once.
const TICK: Span = Span::millis(10);

/// A machine of either kind.
enum Machine {
    Trader(Box<dyn Trader>),
    Listener(Box<dyn Protocol>),
}

impl Machine {
    fn protocol(&mut self) -> &mut dyn Protocol {
        match self {
            Machine::Trader(trader) => trader.as_mut(),
            Machine::Listener(listener) => listener.as_mut(),
        }
    }
}

/// A session of the script.
struct Seat {
    name: String,
    account: AccountId,
    machine: Machine,
    started: bool,
    session: Option<SessionId>,
    cut: bool,
    muted: bool,
    down: bool,
}

/// One scenario's world.
pub(super) struct Rig<'a> {
    bench: &'a dyn Bench,
    stage: Stage,
    broker: Box<dyn Broker>,
    piece: usize,
    now: Mono,
    seats: Vec<Seat>,
    words: Words,
    heard: Vec<String>,
}

impl<'a> Rig<'a> {
    pub(super) fn new(bench: &'a dyn Bench, piece: usize) -> Rig<'a> {
        let stage = bench.stage();
        let (broker, words) = (bench.broker(), Words::new(stage));
        Rig { bench, stage, broker, piece, now: stage.now, seats: Vec::new(), words, heard: Vec::new() }
    }

    /// What was heard since the last call.
    pub(super) fn take_heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.heard)
    }

    /// Does one act and lets it settle.
    pub(super) fn act(&mut self, act: &Act) -> Result<(), String> {
        match act {
            Act::Start(names) => {
                for name in names {
                    let seat = self.seat(name)?;
                    self.seats[seat].started = true;
                }
            }
            Act::Cut(who) => {
                let seat = self.seat(who)?;
                self.seats[seat].cut = true;
                self.break_off(seat);
                self.turn(seat, |machine, now, out| machine.lost(now, "cut", out));
            }
            Act::Mend(who) => self.set(who, |seat| seat.cut = false)?,
            Act::Mute(who) => self.set(who, |seat| seat.muted = true)?,
            Act::Unmute(who) => self.set(who, |seat| seat.muted = false)?,
            Act::Wait(ms) => self.pass(Span::millis(*ms)),
            Act::Do(who, deed) => {
                let seat = self.seat(who)?;
                self.deed(seat, deed)?;
            }
        }
        self.pass(SETTLE);
        Ok(())
    }

    fn set(&mut self, who: &str, change: impl FnOnce(&mut Seat)) -> Result<(), String> {
        let seat = self.seat(who)?;
        change(&mut self.seats[seat]);
        Ok(())
    }

    /// The place of a session, which is made when it is first named.
    fn seat(&mut self, name: &str) -> Result<usize, String> {
        if let Some(seat) = self.seats.iter().position(|seat| seat.name == name) {
            return Ok(seat);
        }
        let [us, other, third] = self.stage.accounts;
        let account = match name {
            "us" | "twin" | "quotes" => us,
            "other" => other,
            "third" => third,
            _ => return Err(format!("nobody is called {name:?}")),
        };
        let machine = match name {
            "quotes" => Machine::Listener(self.bench.listener()),
            _ => Machine::Trader(self.bench.trader(account)),
        };
        let (started, session, cut, muted, down) = (false, None, false, false, false);
        self.seats.push(Seat { name: name.to_owned(), account, machine, started, session, cut, muted, down });
        Ok(self.seats.len() - 1)
    }

    fn deed(&mut self, seat: usize, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Place(entry, exits) => {
                let first = self.order(entry, Leg::Entry);
                let exits = exits.iter().map(|exit| self.order(exit, Leg::Stop)).collect();
                self.send(seat, Ordered::Place(OrderList { key: key(&self.stage, first.side), first, exits }))
            }
            Deed::Cancel(name) => {
                self.send(seat, Ordered::Cancel { order: id(name), symbol: self.stage.symbol })
            }
            Deed::Replace(old, new) => {
                let to = self.order(new, Leg::Entry);
                self.send(seat, Ordered::Replace { order: id(old), to })
            }
            Deed::AskSnapshot => self.ask(seat, Query::Snapshot),
            Deed::AskStatus(name) => {
                self.words.name(id(name), name);
                self.ask(seat, Query::OrderStatus { order: id(name) })
            }
            Deed::AskHistory { seconds, bars } => {
                let (symbol, length) = (self.stage.symbol, Span::secs(*seconds));
                self.ask(seat, Query::History { symbol, length, bars: *bars })
            }
            Deed::Hear(stray) => {
                let bytes = self.bench.stray(*stray).ok_or("this protocol has no such bytes")?;
                self.turn(seat, |machine, now, out| machine.bytes(now, &bytes, out));
                Ok(())
            }
        }
    }

    fn order(&mut self, order: &Order, leg: Leg) -> NewOrder {
        let at = |price: i64| Ticks(self.stage.reference.0 + price);
        let kind = match order.kind {
            Kind::Market => OrderKind::Market,
            Kind::Limit(price) => OrderKind::Limit(at(price)),
            Kind::Stop(price) => OrderKind::Stop(at(price)),
        };
        let cl_ord_id = id(&order.name);
        self.words.name(cl_ord_id, &order.name);
        NewOrder { cl_ord_id, leg, symbol: self.stage.symbol, side: order.side, lots: Lots(order.lots), kind }
    }

    fn send(&mut self, seat: usize, what: Ordered) -> Result<(), String> {
        let (now, account) = (self.now, self.seats[seat].account);
        let command = OrderCommand { account, deadline: now.plus(Span::secs(1)), opens: true, what };
        let mut out = Vec::new();
        let Machine::Trader(trader) = &mut self.seats[seat].machine else {
            return Err("a listener cannot trade".to_owned());
        };
        match trader.encode(now, &command, &mut out) {
            Ok(()) => self.perform(seat, out),
            Err(why) => self.note(seat, &format!("not sent {why:?}")),
        }
        Ok(())
    }

    fn ask(&mut self, seat: usize, query: Query) -> Result<(), String> {
        let mut out = Vec::new();
        match self.seats[seat].machine.protocol().query(self.now, query, &mut out) {
            Ok(()) => self.perform(seat, out),
            Err(why) => self.note(seat, &format!("not asked {why:?}")),
        }
        Ok(())
    }

    fn note(&mut self, seat: usize, text: &str) {
        // How often a venue that is away is told of is nobody's promise.
        let again = text == "down" && self.seats[seat].down;
        if again {
            return;
        }
        self.seats[seat].down = if text == "up" { false } else { self.seats[seat].down || text == "down" };
        self.heard.push(format!("{}: {text}", self.seats[seat].name));
    }

    fn pass(&mut self, span: Span) {
        let end = self.now.plus(span);
        while self.now < end {
            self.now = self.now.plus(TICK).min(end);
            for (session, said) in self.broker.advance(self.now) {
                self.carry(session, &said);
            }
            for seat in 0..self.seats.len() {
                let Seat { started, machine, .. } = &mut self.seats[seat];
                let due = machine.protocol().next_deadline().is_some_and(|due| due <= self.now);
                if *started && due {
                    self.turn(seat, |machine, now, out| machine.timer(now, out));
                }
            }
        }
    }

    /// Brings what the stand-in said to its session, in pieces.
    fn carry(&mut self, session: SessionId, said: &Said) {
        let is_it = |seat: &Seat| seat.session == Some(session);
        let Some(seat) = self.seats.iter().position(is_it) else { return };
        match said {
            Said::Bytes(_) if self.seats[seat].muted => {}
            Said::Bytes(bytes) => {
                for piece in bytes.chunks(self.piece) {
                    if self.seats[seat].session == Some(session) {
                        self.turn(seat, |machine, now, out| machine.bytes(now, piece, out));
                    }
                }
            }
            Said::Closed => {
                self.seats[seat].session = None;
                self.turn(seat, |machine, now, out| machine.lost(now, "closed by the venue", out));
            }
        }
    }

    fn turn(&mut self, seat: usize, act: impl FnOnce(&mut dyn Protocol, Mono, &mut Vec<Output>)) {
        let mut out = Vec::new();
        act(self.seats[seat].machine.protocol(), self.now, &mut out);
        self.perform(seat, out);
    }

    fn perform(&mut self, seat: usize, out: Vec<Output>) {
        let mut todo = VecDeque::from(out);
        while let Some(output) = todo.pop_front() {
            let mut more = Vec::new();
            match output {
                Output::Connect if self.seats[seat].cut => {
                    self.seats[seat].machine.protocol().lost(self.now, "nobody there", &mut more);
                }
                Output::Connect => {
                    self.seats[seat].session = Some(self.broker.connect(self.now));
                    self.seats[seat].machine.protocol().connected(self.now, &mut more);
                }
                Output::Write(bytes) => self.write(seat, &bytes),
                Output::Deliver(event) => {
                    let lines = self.words.lines(self.seats[seat].account, &event);
                    lines.iter().for_each(|line| self.note(seat, line));
                }
                Output::Close => self.break_off(seat),
            }
            todo.extend(more);
        }
    }

    fn write(&mut self, seat: usize, bytes: &[u8]) {
        let Seat { session: Some(session), muted: false, .. } = self.seats[seat] else { return };
        for piece in bytes.chunks(self.piece) {
            self.broker.bytes(session, self.now, piece);
        }
    }

    fn break_off(&mut self, seat: usize) {
        if let Some(session) = self.seats[seat].session.take() {
            self.broker.disconnect(session, self.now);
        }
    }
}

/// The id of an order that a script calls `name`.
fn id(name: &str) -> ClOrdId {
    ClOrdId::from_digest(digest(&[b"conformance", name.as_bytes()]))
}

/// A decision's key: no broker ever sees it.
fn key(stage: &Stage, side: Side) -> IntentKey {
    let origin = Origin::Bot { bot: BotId::from_static("suite"), bar_open: ExchangeTime(0), sequence: 0 };
    let venue = VenueInstance::from_static("suite");
    IntentKey { venue, account: stage.accounts[0], origin, symbol: stage.symbol, side }
}
