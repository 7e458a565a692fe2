//! The broker of a script: does to a message what waits for it.
//!
//! One deed for one message, the one that was written first; what no deed waits for goes on its way untouched.

use stopline_exchange::paper::SessionId;
use stopline_kernel::intent::Leg;
use stopline_kernel::time::{Mono, Span};
use stopline_venues::paper::wire::{
    ClientMessage, ExecMessage, NO_ORDER, OrderSpec, VenueMessage, decode, encode,
};

use super::{Held, Script, kind_of};
use crate::pipe::Way;
use crate::scenario::step::{Arrives, Deed, Message, Part};
use crate::world::broker::{Heard, Told, refuse};
use crate::world::{Due, Happened, Mishap, World};

/// What a broker takes to answer by itself.
const REPLY: Span = Span::millis(1);

impl World {
    /// A request on its way in, if a deed waits for it.
    pub(in crate::world) fn script_hears(&mut self, session: SessionId, bytes: &[u8]) -> Option<Heard> {
        let now = self.now;
        let script = self.script.as_mut()?;
        let message: ClientMessage = decode(bytes.get(4..)?).ok()?;
        let (kind, about) = kind_of(&message);
        let fits = |wanted: Message| wanted == Message::Request(kind);
        let at =
            script.waiting_for(&about, |deed, wanted| fits(wanted) && !matches!(deed, Deed::Resets(_)))?;
        let (deed, line, text) = script.does(at);
        self.trace(|trace, now| trace.say(now, Happened::Deed(line, &text)));
        Some(match deed {
            Deed::Doubles => passes([bytes, bytes].concat()),
            Deed::HangsUp => Heard { mishap: Some(Mishap::Disconnect), ..passes(bytes.to_vec()) },
            Deed::Restarts => Heard { mishap: Some(Mishap::Restart), ..passes(bytes.to_vec()) },
            Deed::Refuses(why) => self.refuses(message, &why),
            Deed::Forgets(leg) => self.without_exits(message, leg, None),
            Deed::RefusesExit(leg, why) => self.without_exits(message, Some(leg), Some(&why)),
            Deed::Delays(by) => {
                let at = now.plus(crate::pipe::HOP).plus(by);
                self.comes_late(at, bytes);
                self.heap.push_in_order(at, Due::ToVenue(session, bytes.to_vec(), None));
                Heard::default()
            }
            Deed::Holds => {
                self.hold(Held { line, text, session, way: Way::Out, frame: bytes.to_vec() });
                Heard::default()
            }
            // The reader lets no other deed wait for a request.
            _ => Heard::default(),
        })
    }

    /// Whether the connection is to be cut as these bytes leave, and how much of them arrives.
    pub(in crate::world) fn script_resets(&mut self, bytes: &[u8]) -> Option<Arrives> {
        let script = self.script.as_mut()?;
        let message: ClientMessage = decode(bytes.get(4..)?).ok()?;
        let (kind, about) = kind_of(&message);
        let resets =
            |deed: &Deed, wanted| wanted == Message::Request(kind) && matches!(deed, Deed::Resets(_));
        let at = script.waiting_for(&about, resets)?;
        let (deed, line, text) = script.does(at);
        self.trace(|trace, now| trace.say(now, Happened::Deed(line, &text)));
        if let Deed::Resets(arrives) = deed { Some(arrives) } else { None }
    }

    /// A word on its way out, if a deed waits for it.
    pub(in crate::world) fn script_tells(&mut self, session: SessionId, frame: &[u8]) -> Option<Told> {
        let now = self.now;
        let script = self.script.as_mut()?;
        let message: VenueMessage = decode(frame.get(4..)?).ok()?;
        if let VenueMessage::Exec(ExecMessage { trade: Some(trade), .. }) = &message {
            script.first_exec.get_or_insert_with(|| trade.exec_id.clone());
        }
        if script.old_list.is_none() && matches!(message, VenueMessage::Snapshot { .. }) {
            script.old_list = Some(message.clone());
        }
        let (kind, what, about) = word_of(&message)?;
        let fits = |wanted: Message| match wanted {
            Message::Word(of, None) => of == kind,
            Message::Word(of, Some(news)) => of == kind && news == what,
            Message::Request(_) => false,
        };
        let at = script.waiting_for(&about, |_, wanted| fits(wanted))?;
        let (deed, line, text) = script.does(at);
        self.trace(|trace, now| trace.say(now, Happened::Deed(line, &text)));
        let one = |at: Mono, frame: Vec<u8>| Told::at(vec![(at, frame)]);
        Some(match (deed, message) {
            (Deed::Doubles, _) => Told::at(vec![(now, frame.to_vec()), (now, frame.to_vec())]),
            (Deed::LeavesField(field), _) => one(now, without_field(frame, field)),
            (Deed::CutsShort, _) => one(now, frame.get(..frame.len() / 2).unwrap_or_default().to_vec()),
            (Deed::Damages, _) => one(now, damaged(frame)),
            (Deed::ReusesId, VenueMessage::Exec(mut exec)) => {
                let first = self.script.as_ref().and_then(|script| script.first_exec.clone());
                if let (Some(trade), Some(first)) = (&mut exec.trade, first) {
                    trade.exec_id = first;
                }
                one(now, encode(&VenueMessage::Exec(exec)))
            }
            (Deed::Delays(by), _) => one(now.plus(by), frame.to_vec()),
            (Deed::Holds, _) => {
                self.hold(Held { line, text, session, way: Way::In, frame: frame.to_vec() });
                Told::default()
            }
            (Deed::Rewords(word), VenueMessage::Exec(exec)) => {
                one(now, encode(&VenueMessage::Exec(ExecMessage { what: word, ..exec })))
            }
            (Deed::CallsRefused(why), VenueMessage::Exec(exec)) => {
                let id = exec.cl_ord_id.clone();
                let lie = ExecMessage { what: "rejected".to_owned(), reason: Some(why), ..exec };
                let lie = (now.plus(REPLY), encode(&VenueMessage::Exec(lie)));
                Told { lied_about: id, ..Told::at(vec![(now, frame.to_vec()), lie]) }
            }
            (deed, list @ VenueMessage::Snapshot { .. }) => one(now, encode(&self.altered(list, &deed)?)),
            _ => Told::default(),
        })
    }

    /// A word of the feed, with the stamps that it says it has.
    pub(in crate::world) fn script_dates(&self, frame: Vec<u8>) -> Vec<u8> {
        let Some(late) = self.script.as_ref().map(|script| script.late.0).filter(|late| *late != 0) else {
            return frame;
        };
        match decode(frame.get(4..).unwrap_or_default()) {
            Ok(VenueMessage::Trade { seq, symbol, time, price, lots }) => {
                encode(&VenueMessage::Trade { seq, symbol, time: time - late, price, lots })
            }
            Ok(VenueMessage::Bbo { seq, symbol, time, bid, ask }) => {
                encode(&VenueMessage::Bbo { seq, symbol, time: time - late, bid, ask })
            }
            _ => frame,
        }
    }

    fn hold(&mut self, held: Held) {
        self.script.iter_mut().for_each(|script| script.held.push(held.clone()));
    }

    /// A request that the network brings after the time it promises to.
    pub(super) fn comes_late(&mut self, at: Mono, bytes: &[u8]) {
        if at.since(self.now) > crate::scene::config().timings.settle {
            self.unsettled = true;
            self.oracle.note_late(bytes);
        }
    }

    fn refuses(&self, message: ClientMessage, why: &str) -> Heard {
        let (id, what) = match message {
            ClientMessage::Place { order, exits, .. } => {
                let all: Vec<&OrderSpec> = std::iter::once(&order).chain(&exits).collect();
                return refuse(&all, why, None);
            }
            ClientMessage::Cancel { cl_ord_id, .. } => (cl_ord_id, "cancel_refused"),
            ClientMessage::Replace { orig_cl_ord_id, .. } => (orig_cl_ord_id, "replace_refused"),
            ClientMessage::Hello { .. } => {
                let goodbye = encode(&VenueMessage::Goodbye { why: why.to_owned() });
                return Heard { answers: vec![goodbye], ..Heard::default() };
            }
            _ => return Heard::default(),
        };
        let news = encode(&VenueMessage::Exec(self.news_of(&id, what, Some(why.to_owned()))));
        Heard { answers: vec![news], ..Heard::default() }
    }

    /// News of an order, with the quantities that it has at the exchange.
    pub(super) fn news_of(&self, id: &str, what: &str, reason: Option<String>) -> ExecMessage {
        let found = id.parse().ok().and_then(|id| self.venue.desk().find(crate::scene::account(), id));
        ExecMessage {
            cl_ord_id: Some(id.to_owned()),
            order_id: found.map_or_else(|| NO_ORDER.to_owned(), |order| order.no.to_string()),
            what: what.to_owned(),
            reason,
            cum: found.map_or(0, |order| order.cum.0),
            lots: found.map_or(0, |order| order.worth.0),
            time: self.venue.market_time(self.now).0,
            trade: None,
            exec_id: None,
        }
    }

    /// A bracket without its exits, or without one; what is left out is refused, where a reason is given.
    fn without_exits(&self, message: ClientMessage, leg: Option<Leg>, why: Option<&str>) -> Heard {
        let ClientMessage::Place { request, order, exits } = message else { return Heard::default() };
        let Some(script) = &self.script else { return Heard::default() };
        let is_gone = |spec: &OrderSpec| leg.is_none() || script.leg(&spec.cl_ord_id) == leg;
        let (gone, kept): (Vec<_>, Vec<_>) = exits.into_iter().partition(is_gone);
        let rest = encode(&ClientMessage::Place { request, order, exits: kept });
        match why {
            Some(why) => refuse(&gone.iter().collect::<Vec<_>>(), why, Some(rest)),
            None => passes(rest),
        }
    }

    /// The list of the account as it is not.
    fn altered(&self, list: VenueMessage, deed: &Deed) -> Option<VenueMessage> {
        let script = self.script.as_ref()?;
        let VenueMessage::Snapshot {
            request,
            time,
            mut working,
            mut positions,
            mut executions,
            busted,
            cash,
            worth,
        } = list
        else {
            return None;
        };
        match deed {
            Deed::Loses => return None,
            Deed::LeavesOut(Part::Execution) => executions.truncate(executions.len().saturating_sub(1)),
            Deed::LeavesOut(Part::Positions) => positions.clear(),
            Deed::LeavesOut(Part::Order(name)) => {
                let ids = script.order(*name).map(|root| script.ids(root)).unwrap_or_default();
                working.retain(|order| order.cl_ord_id.as_ref().is_none_or(|id| !ids.contains(id)));
            }
            Deed::SaysPosition(lots) => {
                let symbol = crate::scene::symbol().to_string();
                positions.retain(|position| position.symbol != symbol);
                if !lots.is_zero() {
                    let average = "5900.00".to_owned();
                    positions.push(stopline_venues::paper::wire::PositionMessage {
                        symbol,
                        lots: lots.0,
                        average,
                    });
                }
            }
            Deed::IsOld => {
                let mut old = script.old_list.clone()?;
                if let VenueMessage::Snapshot { request: number, .. } = &mut old {
                    *number = request;
                }
                return Some(old);
            }
            _ => {}
        }
        Some(VenueMessage::Snapshot { request, time, working, positions, executions, busted, cash, worth })
    }
}

impl Script {
    /// The first deed that waits for such a message about one of these orders.
    fn waiting_for(&self, about: &[&str], fits: impl Fn(&Deed, Message) -> bool) -> Option<usize> {
        let is_meant = |waiting: &super::Waiting| {
            let armed = &waiting.armed;
            let Some(name) = armed.of else { return true };
            let root = self.order(name);
            root.is_some() && about.iter().any(|id| self.root(id) == root)
        };
        self.waiting.iter().position(|waiting| {
            !waiting.is_over() && fits(&waiting.armed.deed, waiting.armed.message) && is_meant(waiting)
        })
    }

    fn does(&mut self, at: usize) -> (Deed, usize, String) {
        let Some(waiting) = self.waiting.get_mut(at) else { return (Deed::Loses, 0, String::new()) };
        waiting.done += 1;
        (waiting.armed.deed.clone(), waiting.line, waiting.text.clone())
    }
}

fn passes(bytes: Vec<u8>) -> Heard {
    Heard { passes: Some(bytes), ..Heard::default() }
}

/// A frame without the first field of this name.
fn without_field(frame: &[u8], field: &str) -> Vec<u8> {
    let body = String::from_utf8_lossy(frame.get(4..).unwrap_or_default()).into_owned();
    let name = format!("\"{field}\":");
    let Some((head, rest)) = body.split_once(&name) else { return frame.to_vec() };
    let is_text = rest.starts_with('"');
    let end = match is_text {
        true => rest.get(1..).and_then(|rest| rest.find('"')).map(|at| at + 2),
        false => rest.find([',', '}']),
    };
    let tail = rest.get(end.unwrap_or(0)..).unwrap_or_default();
    let body = match tail.strip_prefix(',') {
        Some(tail) => format!("{head}{tail}"),
        None => format!("{}{tail}", head.strip_suffix(',').unwrap_or(head)),
    };
    let mut frame = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    frame.extend_from_slice(body.as_bytes());
    frame
}

/// A frame of which one byte, in the middle of its body, is no text any more.
fn damaged(frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let middle = 4 + frame.len().saturating_sub(4) / 2;
    frame.iter_mut().skip(middle).take(1).for_each(|byte| *byte |= 0x80);
    frame
}

/// A word's type on the wire, what it tells, and of which orders.
pub(in crate::world) fn word_of(message: &VenueMessage) -> Option<(&'static str, &str, Vec<&str>)> {
    match message {
        VenueMessage::Exec(exec) => {
            Some(("exec", &exec.what, exec.cl_ord_id.as_deref().into_iter().collect()))
        }
        VenueMessage::Snapshot { .. } => Some(("snapshot", "", Vec::new())),
        VenueMessage::OrderStatus { cl_ord_id, .. } => Some(("order_status", "", vec![cl_ord_id])),
        _ => None,
    }
}
