//! The paper facade: sessions, their messages in, the exchange's news out to each of them.
//!
//! Pure. It decides who hears what: quotes go to quotes sessions, news about an account to every order session of
//! that account. It never trades, and never answers a request that the floor did not answer.

use std::collections::BTreeMap;

use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::market::{Tick, TickKind};
use stopline_kernel::num::Lots;
use stopline_kernel::time::{ExchangeTime, MarketClock};
use stopline_venues::paper::wire::{
    ClientMessage, ExecMessage, NO_ORDER, OrderSpec, StreamName, TAPE_OVER, VERSION, VenueMessage,
};

use crate::desk::{Desk, Impossible};
use crate::fact::{ClientId, Fact};
use crate::floor::{Floor, News, Standing};
use crate::scenario::Set;
use crate::translate;

/// The most bars one answer holds.
pub const MAX_BARS: usize = 2_000;

/// A connection, as its driver numbers it. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// Something for one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// For whom.
    pub session: SessionId,
    /// What.
    pub said: Said,
}

/// What a session is told. The market stays a value until somebody has to write it: a listener in the same process
/// never pays for its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The market moved.
    Tick(Tick),
    /// Anything else. After a [`VenueMessage::Goodbye`] the connection closes.
    Message(VenueMessage),
}

impl Outgoing {
    const fn message(session: SessionId, message: VenueMessage) -> Outgoing {
        Outgoing { session, said: Said::Message(message) }
    }

    /// In the protocol's words.
    pub fn into_message(self, desk: &Desk) -> VenueMessage {
        match self.said {
            Said::Tick(tick) => translate::tick(desk, &tick),
            Said::Message(message) => message,
        }
    }
}

/// What is known of a session that said hello.
#[derive(Debug, Clone, Copy)]
struct Session {
    account: AccountId,
    stream: StreamName,
}

/// The exchange with its sessions.
#[derive(Debug)]
pub struct Exchange {
    floor: Floor,
    clock: MarketClock,
    sessions: BTreeMap<SessionId, Option<Session>>,
    facts: Vec<Fact>,
}

/// Why a request gets no answer but a goodbye.
struct Leave(String);

impl Exchange {
    /// An exchange that tells its clients this clock.
    pub fn new(floor: Floor, clock: MarketClock) -> Exchange {
        Exchange { floor, clock, sessions: BTreeMap::new(), facts: Vec::new() }
    }

    /// The floor.
    pub const fn floor(&self) -> &Floor {
        &self.floor
    }

    /// The clock as clients are told it.
    pub const fn clock(&self) -> MarketClock {
        self.clock
    }

    /// A session begins; it has yet to say hello.
    pub fn connect(&mut self, session: SessionId) {
        self.sessions.insert(session, None);
    }

    /// A session is gone; what was on its way to it is lost, what it asked for stands.
    pub fn disconnect(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// Whether the session is there.
    pub fn has(&self, session: SessionId) -> bool {
        self.sessions.contains_key(&session)
    }

    /// Whether the session is there and has said hello for this stream.
    pub fn is_stream(&self, session: SessionId, stream: StreamName) -> bool {
        self.sessions.get(&session).copied().flatten().is_some_and(|s| s.stream == stream)
    }

    /// Every session that is there.
    pub fn sessions(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }

    /// The facts since the last call: they go into the journal before anything sent since leaves.
    pub fn take_facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }

    /// Whether there are facts that the journal does not have.
    pub fn has_facts(&self) -> bool {
        !self.facts.is_empty()
    }

    /// Lets the market move until `to`.
    pub fn advance(&mut self, to: ExchangeTime, out: &mut Vec<Outgoing>) -> Result<(), Impossible> {
        self.floor.advance(to)?;
        self.publish(out);
        if self.floor.is_over() {
            let (mut listeners, quotes) = (self.sessions(), StreamName::Quotes);
            listeners.retain(|session| self.is_stream(*session, quotes));
            listeners.into_iter().for_each(|session| self.leave(session, TAPE_OVER, out));
        }
        Ok(())
    }

    /// A recorded market shows what it did at `at`: its tick, which whoever shows it hands to the quotes sessions before
    /// anything that followed from it; `None` while the market is closed.
    pub fn show(
        &mut self,
        symbol: Symbol,
        at: ExchangeTime,
        what: TickKind,
        out: &mut Vec<Outgoing>,
    ) -> Result<Option<Tick>, Impossible> {
        let tick = self.floor.show(symbol, at, what)?;
        self.publish(out);
        Ok(tick)
    }

    /// A recorded market stands still: what it shows again, to be handed to the quotes sessions.
    pub fn stands(&mut self, symbol: Symbol, at: ExchangeTime) -> Result<Vec<Tick>, Impossible> {
        self.floor.stands(symbol, at)
    }

    /// A contract trades otherwise from now on.
    pub fn set(
        &mut self,
        symbol: Symbol,
        at: ExchangeTime,
        set: Set,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), Impossible> {
        self.floor.set(symbol, at, set)?;
        self.publish(out);
        Ok(())
    }

    /// The orderly end.
    pub fn stop(&mut self, out: &mut Vec<Outgoing>) -> Result<(), Impossible> {
        self.floor.stop()?;
        self.publish(out);
        self.leave_all("the exchange stops", out);
        Ok(())
    }

    /// Says goodbye to everyone.
    pub fn leave_all(&mut self, why: &str, out: &mut Vec<Outgoing>) {
        for session in self.sessions() {
            self.leave(session, why, out);
        }
    }

    /// Says goodbye to one session.
    pub fn leave(&mut self, session: SessionId, why: &str, out: &mut Vec<Outgoing>) {
        if self.sessions.remove(&session).is_some() {
            out.push(Outgoing::message(session, VenueMessage::Goodbye { why: why.to_owned() }));
        }
    }

    /// Takes a message of a session at `now`.
    pub fn receive(
        &mut self,
        session: SessionId,
        now: ExchangeTime,
        message: ClientMessage,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), Impossible> {
        self.advance(now, out)?;
        let left = match self.sessions.get(&session).copied() {
            None => return Ok(()),
            Some(None) => self.hello(session, &message, out),
            Some(Some(known)) => self.request(session, known, message, out)?,
        };
        self.publish(out);
        if let Err(Leave(why)) = left {
            self.leave(session, &why, out);
        }
        Ok(())
    }

    fn hello(
        &mut self,
        session: SessionId,
        message: &ClientMessage,
        out: &mut Vec<Outgoing>,
    ) -> Result<(), Leave> {
        let ClientMessage::Hello { version, account, stream, .. } = message else {
            return Err(Leave("a session begins with hello".to_owned()));
        };
        if *version != VERSION {
            let why = format!(
                "the client speaks version {version} of the paper protocol, the venue version {VERSION}"
            );
            return Err(Leave(why));
        }
        let known = account.parse().ok().filter(|a| self.floor.desk().accounts().contains_key(a));
        let account: AccountId = known.ok_or_else(|| Leave(format!("no account {account:?} here")))?;
        if *stream == StreamName::Quotes && self.floor.is_over() {
            return Err(Leave(TAPE_OVER.to_owned()));
        }
        self.sessions.insert(session, Some(Session { account, stream: *stream }));
        let desk = self.floor.desk();
        let welcome = VenueMessage::Welcome {
            version: VERSION,
            venue: desk.identity().map_or_else(String::new, |i| i.venue.to_string()),
            clock: translate::clock(self.clock),
            instruments: desk.instruments().map(translate::instrument).collect(),
        };
        out.push(Outgoing::message(session, welcome));
        if *stream == StreamName::Quotes {
            self.show_market(session, out);
        }
        Ok(())
    }

    /// What stands in the market, for who has just come: it carries the number of the feed's last event.
    fn show_market(&self, session: SessionId, out: &mut Vec<Outgoing>) {
        for instrument in self.floor.desk().instruments() {
            let symbol = instrument.symbol;
            let status = self.floor.status(symbol).map(|told| translate::status(&told));
            out.extend(status.map(|message| Outgoing::message(session, message)));
            let Some((seq, bbo)) = self.floor.market(symbol).map(|m| m.shown()) else { continue };
            let (exchange_time, broker_time) = (self.floor.now(), None);
            let tick = Tick { symbol, seq, exchange_time, broker_time, what: TickKind::Bbo(bbo) };
            out.push(Outgoing { session, said: Said::Tick(tick) });
        }
    }

    fn request(
        &mut self,
        session: SessionId,
        known: Session,
        message: ClientMessage,
        out: &mut Vec<Outgoing>,
    ) -> Result<Result<(), Leave>, Impossible> {
        let orders = matches!(
            message,
            ClientMessage::Place { .. }
                | ClientMessage::Cancel { .. }
                | ClientMessage::CancelOrder { .. }
                | ClientMessage::Replace { .. }
        );
        if orders && known.stream != StreamName::Orders {
            return Ok(Err(Leave("a quotes session takes no orders".to_owned())));
        }
        let account = known.account;
        match message {
            ClientMessage::Hello { .. } => return Ok(Err(Leave("hello was said already".to_owned()))),
            ClientMessage::Bye => return Ok(Err(Leave("bye".to_owned()))),
            ClientMessage::Place { order, exits, .. } => self.place(account, &order, &exits, out)?,
            ClientMessage::Cancel { cl_ord_id, .. } => match cl_ord_id.parse() {
                Ok(id) => self.floor.cancel(account, id)?,
                Err(_) => self.unclear(account, "cancel_refused", &cl_ord_id, "unknown order", out),
            },
            ClientMessage::CancelOrder { order_id, .. } => match self.present_id(account, &order_id) {
                Some(id) => self.floor.cancel(account, id)?,
                None => {
                    let refusal = translate::cancel_of_none(&order_id, self.floor.now());
                    self.tell(account, &VenueMessage::Exec(refusal), out);
                }
            },
            ClientMessage::Replace { orig_cl_ord_id, cl_ord_id, lots, price, .. } => {
                let asked = self.replacement(account, &orig_cl_ord_id, &cl_ord_id, &price);
                match asked {
                    Ok((id, new, price)) => self.floor.replace(account, id, new, Lots(lots), price)?,
                    Err(why) => self.unclear(account, "replace_refused", &orig_cl_ord_id, &why, out),
                }
            }
            ClientMessage::Ping { nonce } => {
                out.push(Outgoing::message(session, VenueMessage::Pong { nonce }))
            }
            question => {
                let answer = self.answer(account, question);
                out.extend(answer.map(|message| Outgoing::message(session, message)));
            }
        }
        Ok(Ok(()))
    }

    fn place(
        &mut self,
        account: AccountId,
        order: &OrderSpec,
        exits: &[OrderSpec],
        out: &mut Vec<Outgoing>,
    ) -> Result<(), Impossible> {
        let desk = self.floor.desk();
        let read: Vec<_> =
            std::iter::once(order).chain(exits).map(|o| (o, translate::spec(desk, o))).collect();
        let specs: Result<Vec<_>, _> = read.iter().map(|(_, spec)| spec.clone()).collect();
        match specs.as_deref() {
            Ok([entry, exits @ ..]) => self.floor.place(account, *entry, exits),
            _ => {
                for (order, spec) in read {
                    let why =
                        spec.err().unwrap_or_else(|| "another order of its list was refused".to_owned());
                    self.unclear(account, "rejected", &order.cl_ord_id, &why, out);
                }
                Ok(())
            }
        }
    }

    fn replacement(
        &self,
        account: AccountId,
        orig: &str,
        new: &str,
        price: &str,
    ) -> Result<(ClientId, ClientId, stopline_kernel::num::Ticks), String> {
        let id = orig.parse().map_err(|_| "unknown order".to_owned())?;
        let new = new.parse().map_err(|why| format!("bad cl_ord_id: {why}"))?;
        let desk = self.floor.desk();
        let order = desk.find(account, id).ok_or("unknown order")?;
        let instrument = desk.instrument(order.spec.symbol).ok_or("unknown symbol")?;
        Ok((id, new, translate::price(instrument, price)?))
    }

    /// Refuses a request that cannot even be put to the floor. Where the id is an order's, the answer names it.
    fn unclear(&self, account: AccountId, what: &str, id: &str, why: &str, out: &mut Vec<Outgoing>) {
        let desk = self.floor.desk();
        let order = id.parse().ok().and_then(|id| desk.find(account, id)).filter(|_| what != "rejected");
        let exec = ExecMessage {
            cl_ord_id: Some(id.to_owned()),
            order_id: order.map_or_else(|| NO_ORDER.to_owned(), |o| o.no.to_string()),
            what: what.to_owned(),
            reason: Some(why.to_owned()),
            cum: order.map_or(0, |o| o.cum.0),
            lots: order.map_or(0, |o| o.worth.0),
            time: self.floor.now().0,
            trade: None,
            exec_id: None,
        };
        self.tell(account, &VenueMessage::Exec(exec), out);
    }

    /// The id that an order of the account has now, by the exchange's own number of it.
    fn present_id(&self, account: AccountId, order_id: &str) -> Option<ClientId> {
        let desk = self.floor.desk();
        let owned = desk.accounts().get(&account)?.orders.iter().find(|no| no.to_string() == order_id)?;
        desk.order(*owned).ok().map(|order| order.spec.cl_ord_id)
    }

    /// Sends the floor's news to whom it concerns, and keeps the facts for the journal.
    fn publish(&mut self, out: &mut Vec<Outgoing>) {
        if !self.floor.has_news() {
            return;
        }
        let mut news = self.floor.take_news();
        for news in news.drain(..) {
            match news {
                News::Tick(tick) => self.tell_quotes(&tick, out),
                News::Status(told) => {
                    let listeners =
                        self.sessions.iter().filter(|(_, s)| s.as_ref().is_some_and(listens_to_quotes));
                    let message = translate::status(&told);
                    out.extend(listeners.map(|(session, _)| Outgoing::message(*session, message.clone())));
                }
                News::Refusal(refused) => {
                    let exec = translate::refusal(self.floor.desk(), &refused, self.floor.now());
                    self.tell(refused.account, &VenueMessage::Exec(exec), out);
                }
                News::Fact(fact, standing) => {
                    if let Some(standing) = standing {
                        self.tell_execs(&fact, &standing, out);
                    }
                    self.facts.push(fact);
                }
            }
        }
        self.floor.put_back(news);
    }

    fn tell_execs(&self, fact: &Fact, standing: &Standing, out: &mut Vec<Outgoing>) {
        for exec in translate::execs(self.floor.desk(), fact, standing) {
            self.tell(standing.account, &VenueMessage::Exec(exec), out);
        }
    }

    fn tell(&self, account: AccountId, message: &VenueMessage, out: &mut Vec<Outgoing>) {
        let listens = |s: &Session| s.account == account && s.stream == StreamName::Orders;
        let to = self.sessions.iter().filter(|(_, s)| s.as_ref().is_some_and(listens));
        out.extend(to.map(|(session, _)| Outgoing::message(*session, message.clone())));
    }

    fn tell_quotes(&self, tick: &Tick, out: &mut Vec<Outgoing>) {
        let to = self.sessions.iter().filter(|(_, s)| s.as_ref().is_some_and(listens_to_quotes));
        out.extend(to.map(|(session, _)| Outgoing { session: *session, said: Said::Tick(*tick) }));
    }
}

const fn listens_to_quotes(session: &Session) -> bool {
    matches!(session.stream, StreamName::Quotes)
}
