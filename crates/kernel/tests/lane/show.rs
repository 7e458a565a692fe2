//! Records and releases as one short line each.
//!
//! It shows what a person would look at first, and never what differs from run to run.

use std::collections::BTreeMap;

use stopline_kernel::effect::{BotEvent, Ordered, Outcome, Query};
use stopline_kernel::id::ClOrdId;
use stopline_kernel::order::{NewOrder, OrderKind};
use stopline_kernel::record::Record;

use crate::rig::{Out, Rig};

impl Rig {
    /// Every record from `from` on and every release, in words.
    pub(crate) fn shown(&self, from: usize, out: &[Out]) -> Vec<String> {
        let names = self.names();
        let records = self.log.0[from..].iter().filter_map(|entry| record(&names, &entry.record));
        records.chain(out.iter().map(|o| release(&names, o))).collect()
    }

    /// Every id we ever gave, as the scripts call it.
    fn names(&self) -> BTreeMap<ClOrdId, String> {
        let (mut names, mut counts) = (BTreeMap::new(), BTreeMap::<_, usize>::new());
        for entry in &self.log.0 {
            match &entry.record {
                Record::OrderPlaced { order, .. } => {
                    let count = counts.entry(order.leg.word()).or_default();
                    *count += 1;
                    names.insert(order.cl_ord_id, format!("{}#{count}", order.leg.word()));
                }
                Record::ReplaceAsked { root, to, .. } => {
                    let name = format!("{}'", names.get(root).map_or("?", String::as_str));
                    names.insert(to.cl_ord_id, name);
                }
                _ => {}
            }
        }
        names
    }
}

type Names = BTreeMap<ClOrdId, String>;

fn name(names: &Names, id: ClOrdId) -> String {
    names.get(&id).cloned().unwrap_or_else(|| "unknown".into())
}

fn named(names: &Names, text: &str) -> String {
    names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id.as_str(), name))
}

fn spec(order: &NewOrder) -> String {
    let price = match order.kind {
        OrderKind::Market => String::from("market"),
        OrderKind::Limit(price) => format!("limit {}", price.0),
        OrderKind::Stop(price) => format!("stop {}", price.0),
    };
    format!("{} {} {price}", order.side.word(), order.lots)
}

fn record(names: &Names, record: &Record) -> Option<String> {
    Some(match record {
        Record::Configured(_) | Record::VenueKnown(_) | Record::Commanded(_) => return None,
        Record::Started { .. } => "started".into(),
        Record::DayBegan { day, equity, .. } => format!("day {} began with {equity}", day.0),
        Record::EquityRose { equity } => format!("equity rose to {equity}"),
        Record::Sized { wished, lots, .. } => format!("{wished} lots wished, sized to {lots}"),
        Record::Decided { denied: Some(denial), .. } => format!("denied: {denial}"),
        Record::Decided { .. } => "decided".into(),
        Record::OrderPlaced { order, .. } => {
            format!("{} placed: {}", name(names, order.cl_ord_id), spec(order))
        }
        Record::ReplaceAsked { to, .. } => format!("{} asked for: {}", name(names, to.cl_ord_id), spec(to)),
        Record::Transition(t) => {
            let ask = if t.ask == stopline_kernel::table::Ask::Nothing {
                String::new()
            } else {
                format!(", {:?}", t.ask)
            };
            let worth = t.worth.map(|w| format!(" worth {w}")).unwrap_or_default();
            format!("{} {:?}: {:?}{ask}{worth}", name(names, t.root), t.event, t.life)
        }
        Record::Impossible { root, life, event, .. } => {
            format!("{} {event:?}: impossible at {life:?}", name(names, *root))
        }
        Record::Filled(fill) => {
            let of = fill.root.map_or("nobody's".into(), |root| name(names, root));
            let (lots, price, position) = (fill.execution.lots, fill.execution.price.0, fill.position);
            format!("{of} filled {lots} at {price}, {} holds {position}", fill.bot)
        }
        Record::Busted(bust) => match &bust.undone {
            None => format!("{} taken back, never booked", bust.exec),
            Some(u) => {
                let (bot, position, realised, fee) = (u.bot, u.position, u.realised, u.fee);
                format!("{} taken back, {bot} holds {position}, realised {realised} fee {fee}", bust.exec)
            }
        },
        Record::Allocated(a) => {
            let (side, lots, to) = (a.side.word(), a.lots, a.to);
            let (position, external) = (a.position, a.external);
            format!("{side} {lots} of external goes to {to}: holds {position}, external {external}")
        }
        Record::Transferred { amount, who, .. } => format!("{amount} transferred, says {who}"),
        Record::ClosingBegan(c) => {
            format!("closing {} of {} began: {}", c.number, c.bot, named(names, &c.cause))
        }
        Record::ClosingEnded { number, evidence } => format!("closing {number} ended: {evidence}"),
        Record::HaltSet(h) => {
            format!("halt {:?} {:?} {:?}: {}", h.scope, h.level, h.cause, named(names, &h.why))
        }
        Record::HaltLifted { scope, cause, who, .. } => format!("halt {scope:?} {cause:?} lifted by {who}"),
        Record::IncidentOpened(i) => {
            format!("incident {} {:?}: {}", i.number, i.kind, named(names, &i.evidence))
        }
        Record::IncidentClosed { number, .. } => format!("incident {number} closed"),
        Record::StreamChanged(change) => {
            format!("{:?} {}", change.stream, if change.up { "up" } else { "down" })
        }
        Record::Agreed { .. } => "agreed".into(),
        Record::StrayCancelAsked { closing, order_id, .. } => {
            format!("stray {order_id} to be cancelled for closing {closing}")
        }
        Record::RecoveryMoved(r) => format!("recovery {:?}: {}", r.step, named(names, &r.evidence)),
        Record::BotSaved { .. } => "bot state kept".into(),
        Record::BotChanged { up, .. } => format!("bot {}", if *up { "up" } else { "down" }),
        Record::Snapshot(_) => "state written down".into(),
    })
}

fn release(names: &Names, out: &Out) -> String {
    match out {
        Out::Order(command) => match &command.what {
            Ordered::Place(list) => {
                let ids = std::iter::once(&list.first).chain(&list.exits);
                let ids: Vec<String> = ids.map(|o| name(names, o.cl_ord_id)).collect();
                format!("-> place {}", ids.join(" "))
            }
            Ordered::Cancel { order, .. } => format!("-> cancel {}", name(names, *order)),
            Ordered::CancelStray { order_id, .. } => format!("-> cancel the venue's {order_id}"),
            Ordered::Replace { order, to } => {
                format!("-> replace {} by {}: {}", name(names, *order), name(names, to.cl_ord_id), spec(to))
            }
        },
        Out::Query(Query::Snapshot) => "-> ask snapshot".into(),
        Out::Query(Query::OrderStatus { order }) => format!("-> ask {}", name(names, *order)),
        Out::Query(Query::History { bars, .. }) => format!("-> ask {bars} bars"),
        Out::Bot(event) => bot_event(event),
        Out::Reply(reply) => match &reply.outcome {
            Outcome::Done { evidence } => {
                format!("-> reply {} done: {}", reply.command, named(names, evidence))
            }
            Outcome::Refused { why } => format!("-> reply {} refused: {}", reply.command, named(names, why)),
        },
        Out::Stopped => "-> stopped".into(),
    }
}

fn bot_event(event: &BotEvent) -> String {
    match event {
        BotEvent::WarmUp { bars, .. } => format!("-> bot: {} bars to warm up", bars.len()),
        BotEvent::Bar { bar, view } => {
            format!("-> bot: bar at {} holding {}", bar.open_time.0 / 1_000_000_000, view.position)
        }
        BotEvent::Quote { .. } => "-> bot: quote".into(),
        BotEvent::Fill { lots, price, view, .. } => {
            format!("-> bot: fill {lots} at {} holding {}", price.0, view.position)
        }
        BotEvent::Timer { .. } => "-> bot: timer".into(),
        BotEvent::Denied { rule, .. } => format!("-> bot: denied by {rule}"),
    }
}
