//! What is so in the world of a script, and how it is told where something else was expected.
//!
//! It only looks: at the lane, at the records that are durable, at what left, and at the exchange's own desk.

use stopline_exchange::account::State;
use stopline_kernel::book::Book;
use stopline_kernel::halt::Level;
use stopline_kernel::id::BotId;
use stopline_kernel::ledgered::external_bot;
use stopline_kernel::num::Lots;
use stopline_kernel::order::Order;
use stopline_kernel::record::Record;
use stopline_kernel::risk::Denial;
use stopline_kernel::table::Life;

use super::wishes::word;
use crate::scenario::step::{Condition, Name};
use crate::scene;
use crate::world::World;

impl World {
    /// Whether it is so.
    pub(super) fn is_so(&self, what: &Condition) -> bool {
        if let Condition::Not(what) = what {
            return !self.is_so(what);
        }
        self.is_so_at_broker(what)
            .or_else(|| self.is_recorded(what))
            .or_else(|| self.book().and_then(|book| self.is_so_here(book, what)))
            .unwrap_or(false)
    }

    fn book(&self) -> Option<&Book> {
        self.engine.as_ref().map(|engine| engine.lane().book())
    }

    /// What the exchange itself knows.
    fn is_so_at_broker(&self, what: &Condition) -> Option<bool> {
        Some(match what {
            Condition::BrokerPosition(lots) => self.their_lots() == lots.0,
            Condition::BrokerCash(cash) => self.told_account().1 == *cash,
            Condition::BrokerHas(n) => self.their_live().len() as u64 == *n,
            Condition::BrokerHasOrder(name) => self.their_state(*name).is_some_and(|state| state.is_live()),
            _ => return None,
        })
    }

    fn their_lots(&self) -> i64 {
        self.told_account().0
    }

    fn their_live(&self) -> Vec<String> {
        self.venue.desk().live_orders().map(|order| order.spec.cl_ord_id.to_string()).collect()
    }

    fn their_state(&self, name: Name) -> Option<State> {
        let script = self.script.as_ref()?;
        let ids = script.ids(script.order(name)?);
        let desk = self.venue.desk();
        ids.iter().find_map(|id| desk.find(scene::account(), id.parse().ok()?)).map(|order| order.state)
    }

    /// What the durable records and the requests that left say.
    fn is_recorded(&self, what: &Condition) -> Option<bool> {
        let script = self.script.as_ref()?;
        let often = |seen: u64, times: Option<u64>| times.map_or(seen > 0, |times| seen == times);
        Some(match what {
            Condition::Incident(kind, times) => {
                let opened = script.records.iter().filter(|entry| match &entry.record {
                    Record::IncidentOpened(incident) => kind.is_none_or(|kind| kind == incident.kind),
                    _ => false,
                });
                often(opened.count() as u64, *times)
            }
            Condition::Record(kind, times) => {
                let kept = script.records.iter().filter(|entry| entry.record.kind() == *kind);
                often(kept.count() as u64, *times)
            }
            Condition::Sent(sent) => often(script.count(*sent), sent.times),
            Condition::Accepted => self.decision() == Some(None),
            Condition::Denied(rule) => self.decision() == Some(Some(*rule)),
            Condition::Exists(name) => script.order(*name).is_some(),
            Condition::Runs => self.engine.is_some(),
            _ => return None,
        })
    }

    /// What became of the newest decision.
    fn decision(&self) -> Option<Option<Denial>> {
        let records = &self.script.as_ref()?.records;
        records.iter().rev().find_map(|entry| match &entry.record {
            Record::Decided { denied, .. } => Some(*denied),
            _ => None,
        })
    }

    /// What the lane knows.
    fn is_so_here(&self, book: &Book, what: &Condition) -> Option<bool> {
        let ledgered = &book.ledgered;
        let of = |name: &Name| self.ours(book, *name);
        Some(match what {
            Condition::Life(name, life) => of(name).is_some_and(|order| order.life == *life),
            Condition::Ask(name, ask) => of(name).is_some_and(|order| order.ask == *ask),
            Condition::At(name, price) => {
                of(name).is_some_and(|order| order.spec.kind.price() == Some(*price))
            }
            Condition::Lots(name, lots) => of(name).is_some_and(|order| order.spec.lots == *lots),
            Condition::Traded(name, lots) => of(name).is_some_and(|order| order.filled == *lots),
            Condition::Position(lots) => ledgered.lots_of(scene::bot(), scene::symbol()) == *lots,
            Condition::Protected => own(book).next().is_some() && bare(book).is_none(),
            Condition::Unprotected => bare(book).is_some(),
            Condition::Flat => {
                let held = ledgered.net(scene::symbol());
                held.is_zero()
                    && ledgered.live.is_empty()
                    && self.their_lots() == 0
                    && self.their_live().is_empty()
            }
            Condition::Closing => !ledgered.closings.is_empty(),
            Condition::Trading => is_trading(book),
            Condition::Level(level) => level_of(book) == *level,
            Condition::Halt(cause) => ledgered.halts.0.iter().any(|halt| halt.cause == *cause),
            Condition::Cash(cash) => ledgered.expected_cash() == Ok(*cash),
            Condition::Up(stream) => book.link.up.contains_key(stream),
            _ => return None,
        })
    }

    fn ours<'a>(&self, book: &'a Book, name: Name) -> Option<&'a Order> {
        book.ledgered.orders.get(&self.script.as_ref()?.order(name)?)
    }

    /// What is seen, told beside what was expected.
    pub(super) fn seen(&self, what: &Condition) -> String {
        match what {
            Condition::Not(what) => format!("it is so, {}", self.seen(what)),
            Condition::BrokerPosition(_) => format!("the exchange holds {}", self.their_lots()),
            Condition::BrokerCash(_) => {
                format!("the exchange has {}", self.told_account().1)
            }
            Condition::BrokerHas(_) => format!("{} work at the exchange", self.their_live().len()),
            Condition::BrokerHasOrder(name) => {
                format!("{} is {:?} at the exchange", word(*name), self.their_state(*name))
            }
            Condition::Sent(sent) => self.seen_sent(sent.since_last),
            Condition::Incident(..) => format!("incidents: {}", self.seen_incidents()),
            Condition::Record(kind, _) => {
                let times = self
                    .script
                    .as_ref()
                    .map_or(0, |s| s.records.iter().filter(|e| e.record.kind() == *kind).count());
                format!("{times} such records")
            }
            Condition::Accepted | Condition::Denied(_) => self.seen_decision(),
            Condition::Exists(_) | Condition::Runs => self.seen_here(),
            _ => self.book().map_or_else(|| "the engine is dead".to_owned(), |book| self.seen_in(book, what)),
        }
    }

    fn seen_in(&self, book: &Book, what: &Condition) -> String {
        match what {
            Condition::Life(name, _)
            | Condition::Ask(name, _)
            | Condition::At(name, _)
            | Condition::Lots(name, _)
            | Condition::Traded(name, _) => match self.ours(book, *name) {
                None => format!("there is no {}", word(*name)),
                Some(order) => told(*name, order),
            },
            Condition::Protected | Condition::Unprotected => match bare(book) {
                Some((bot, lots, protected)) => format!("{bot} holds {lots} with {protected} protected"),
                None if own(book).next().is_none() => "nothing is held".to_owned(),
                None => "everything held is protected".to_owned(),
            },
            Condition::Cash(_) => format!("{:?}", book.ledgered.expected_cash()),
            _ => self.seen_here(),
        }
    }

    /// Everything at a glance.
    fn seen_here(&self) -> String {
        let Some(book) = self.book() else { return "the engine is dead".to_owned() };
        let ledgered = &book.ledgered;
        let halts: Vec<String> =
            ledgered.halts.0.iter().map(|h| format!("{:?} by {:?}", h.level, h.cause)).collect();
        let streams: Vec<String> = book.link.up.keys().map(|stream| format!("{stream:?}")).collect();
        format!(
            "position {}, {} live orders, {} closings, halts [{}], up [{}], agreed {}; the exchange holds {} with {} live; {}",
            ledgered.lots_of(scene::bot(), scene::symbol()),
            ledgered.live.len(),
            ledgered.closings.len(),
            halts.join(", "),
            streams.join(", "),
            book.link.trading,
            self.their_lots(),
            self.their_live().len(),
            self.seen_decision(),
        )
    }

    fn seen_decision(&self) -> String {
        match self.decision() {
            None => "nothing was decided".to_owned(),
            Some(None) => "the newest decision was accepted".to_owned(),
            Some(Some(rule)) => format!("the newest decision was denied by {rule}"),
        }
    }

    fn seen_incidents(&self) -> String {
        let records = self.script.iter().flat_map(|script| &script.records);
        let opened = records.filter_map(|entry| match &entry.record {
            Record::IncidentOpened(incident) => Some(format!("{:?} ({})", incident.kind, incident.evidence)),
            _ => None,
        });
        let opened: Vec<String> = opened.collect();
        if opened.is_empty() { "none".to_owned() } else { opened.join("; ") }
    }

    fn seen_sent(&self, since_last: bool) -> String {
        let Some(script) = &self.script else { return String::new() };
        let from = if since_last { script.sent_before } else { 0 };
        let kinds: Vec<&str> = script.sent.iter().skip(from).map(|m| super::kind_of(m).0).collect();
        let of = |kind: &str| kinds.iter().filter(|k| **k == kind).count();
        format!(
            "sent {} place, {} cancel, {} replace, {} status requests, {} list requests",
            of("place"),
            of("cancel"),
            of("replace"),
            of("order_status"),
            of("snapshot")
        )
    }
}

/// What bots hold: whose, lots, and how many of them are protected.
fn own(book: &Book) -> impl Iterator<Item = (BotId, Lots, Lots)> {
    let own = book.ledgered.open_positions().filter(|(bot, ..)| *bot != external_bot());
    own.map(|(bot, symbol, position)| (bot, position.lots(), book.ledgered.protected(bot, symbol)))
}

/// A position of a bot with less protection than lots.
fn bare(book: &Book) -> Option<(BotId, Lots, Lots)> {
    own(book).find(|(_, lots, protected)| *protected < lots.size())
}

/// Whether an entry could pass, as far as connections, agreement and halts go.
fn is_trading(book: &Book) -> bool {
    let link = &book.link;
    let agrees = link.agreed.is_some() && link.differs_since.is_none();
    link.trading && agrees && link.up.len() == 2 && book.ledgered.halts.0.is_empty()
}

fn level_of(book: &Book) -> Level {
    book.ledgered.halts.bot(scene::bot())
}

fn told(name: Name, order: &Order) -> String {
    let price =
        order.spec.kind.price().map_or_else(|| "market".to_owned(), |price| scene::contract().show(price));
    let (lots, filled) = (order.spec.lots, order.filled);
    let life = match order.life {
        Life::Unknown => "unknown".to_owned(),
        life => format!("{life:?}").to_lowercase(),
    };
    format!("{} is {life}, {:?} asked, {lots} at {price}, {filled} traded", word(name), order.ask)
}
