//! What a paper session makes of each message: the link below it, the translation beside it, questions and answers.
//!
//! Pure. A frame that says nothing we understand is handed on as Unreadable and ends nothing; it is never dropped.

use std::fmt;

use stopline_kernel::effect::{OrderCommand, Query};
use stopline_kernel::id::ClOrdId;
use stopline_kernel::input::{Event, NotSent};
use stopline_kernel::order::Payload;
use stopline_kernel::report::{Report, Stream, Welcome};
use stopline_kernel::time::{Mono, Span};

use super::link::{Config, Link};
use super::questions::{NoQuestion, Questions};
use super::translate::account::{Asked, Parts};
use super::translate::{self, Contracts, Unclear, account, market};
use super::wire::{VERSION, VenueMessage, WireError, decode};
use crate::protocol::{NotAsked, Output};

/// The most of an unreadable frame that is handed on, in bytes.
pub(super) const MAX_UNREADABLE: usize = 64 * 1024;

/// Why a frame says nothing we understand.
#[derive(Debug)]
enum Unreadable {
    Wire(WireError),
    Unclear(Unclear),
    NoQuestion(NoQuestion),
    BeforeWelcome,
    SecondWelcome,
    OtherStream,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Wire(WireError::NotAMessage { why, .. }) => write!(f, "not a message: {why}"),
            Unreadable::Wire(why) => why.fmt(f),
            Unreadable::Unclear(why) => why.fmt(f),
            Unreadable::NoQuestion(why) => why.fmt(f),
            Unreadable::BeforeWelcome => f.write_str("it came before the Welcome"),
            Unreadable::SecondWelcome => f.write_str("a second Welcome"),
            Unreadable::OtherStream => f.write_str("it belongs to the other stream"),
        }
    }
}

impl From<Unclear> for Unreadable {
    fn from(why: Unclear) -> Unreadable {
        Unreadable::Unclear(why)
    }
}

impl From<NoQuestion> for Unreadable {
    fn from(why: NoQuestion) -> Unreadable {
        Unreadable::NoQuestion(why)
    }
}

/// A session of either stream.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) link: Link,
    questions: Questions,
    contracts: Contracts,
}

impl Session {
    pub(super) fn new(config: Config, stream: Stream) -> Session {
        let link = Link::new(config, stream);
        Session { link, questions: Questions::default(), contracts: Contracts::default() }
    }

    pub(super) fn lost(&mut self, now: Mono, why: &str, out: &mut Vec<Output>) {
        self.questions.give_up();
        self.link.lost(now, why, out);
    }

    pub(super) fn timer(&mut self, now: Mono, out: &mut Vec<Output>) {
        self.link.timer(now, out);
        self.settle();
    }

    pub(super) fn bytes(&mut self, now: Mono, bytes: &[u8], out: &mut Vec<Output>) {
        self.link.hear(now, bytes);
        loop {
            match self.link.next_frame() {
                Ok(Some(frame)) => self.frame(now, &frame, out),
                Ok(None) => break,
                // Where the next frame begins is lost with this one, and with it the connection.
                Err(why) => self.link.end(now, &why.to_string(), out),
            }
        }
        self.settle();
    }

    pub(super) fn query(&mut self, now: Mono, query: Query, out: &mut Vec<Output>) -> Result<(), NotAsked> {
        let of_account = matches!(query, Query::Snapshot | Query::OrderStatus { .. });
        if !self.link.is_up() {
            return Err(NotAsked::NoSession);
        }
        if of_account && self.link.stream() == Stream::Quotes {
            return Err(NotAsked::NotOffered);
        }
        let number = self.questions.number();
        let message = translate::question(&query, number).map_err(|_| NotAsked::NotOffered)?;
        self.questions.ask(number, now, query);
        self.link.say(now, &message, out);
        Ok(())
    }

    /// Writes an order command. Its one public door, in [`super::protocol`], asks for the proofs.
    pub(super) fn order(
        &mut self,
        now: Mono,
        command: &OrderCommand,
        out: &mut Vec<Output>,
    ) -> Result<(), NotSent> {
        if command.deadline < now {
            return Err(NotSent::Late);
        }
        if !self.link.is_up() || command.account != self.link.account() {
            return Err(NotSent::NoSession);
        }
        let number = self.questions.number();
        // A contract that this session cannot name has no session to be sent through.
        let message = translate::command(&self.contracts, &command.what, number);
        self.link.say(now, &message.map_err(|_| NotSent::NoSession)?, out);
        Ok(())
    }

    /// What was asked over a connection is given up with it.
    fn settle(&mut self) {
        if !self.link.has_connection() {
            self.questions.give_up();
        }
    }

    fn frame(&mut self, now: Mono, frame: &[u8], out: &mut Vec<Output>) {
        let read = decode(frame).map_err(Unreadable::Wire);
        let done = read.and_then(|message| self.message(now, message, frame, out));
        if let Err(why) = done {
            let payload = text(frame.get(..MAX_UNREADABLE).unwrap_or(frame));
            deliver(out, Event::Report(Report::Unreadable { why: why.to_string().into(), payload }));
        }
    }

    fn message(
        &mut self,
        now: Mono,
        message: VenueMessage,
        frame: &[u8],
        out: &mut Vec<Output>,
    ) -> Result<(), Unreadable> {
        match message {
            VenueMessage::Welcome { .. } if self.link.is_up() => Err(Unreadable::SecondWelcome),
            VenueMessage::Welcome { version, .. } if version != VERSION => {
                let why =
                    format!("the venue speaks version {version} of the paper protocol, we speak {VERSION}");
                self.link.end(now, &why, out);
                Ok(())
            }
            VenueMessage::Welcome { venue, clock, instruments, .. } => {
                match market::welcome(&venue, clock, &instruments) {
                    Ok(welcome) => self.up(now, welcome, out),
                    Err(why) => self.link.end(now, &format!("the Welcome is unclear: {why}"), out),
                }
                Ok(())
            }
            VenueMessage::Goodbye { why } => {
                self.link.end(now, &format!("the venue said goodbye: {why}"), out);
                Ok(())
            }
            _ if !self.link.is_up() => Err(Unreadable::BeforeWelcome),
            VenueMessage::Pong { .. } => Ok(()),
            other => self.content(&other, frame).map(|event| deliver(out, event)),
        }
    }

    fn up(&mut self, now: Mono, welcome: Welcome, out: &mut Vec<Output>) {
        self.contracts = Contracts::new(&welcome.instruments);
        self.link.welcomed(now);
        let (stream, epoch) = (self.link.stream(), self.link.epoch());
        deliver(out, Event::Report(Report::Up { stream, epoch, welcome: Box::new(welcome) }));
    }

    /// What a message of a session that is up says.
    fn content(&mut self, message: &VenueMessage, frame: &[u8]) -> Result<Event, Unreadable> {
        let contracts = &self.contracts;
        match (message, self.link.stream()) {
            (VenueMessage::Trade { seq, symbol, time, price, lots }, Stream::Quotes) => {
                let at = market::Place { seq: *seq, symbol, time: *time };
                Ok(Event::Tick(market::trade(contracts, at, price, *lots)?))
            }
            (VenueMessage::Bbo { seq, symbol, time, bid, ask }, Stream::Quotes) => {
                let at = market::Place { seq: *seq, symbol, time: *time };
                Ok(Event::Tick(market::bbo(contracts, at, bid.as_ref(), ask.as_ref())?))
            }
            (VenueMessage::MarketStatus { symbol, status, why, until, since }, Stream::Quotes) => {
                let told = market::status(contracts, symbol, status, why, (*since, *until))?;
                Ok(Event::Report(Report::MarketStatus(told)))
            }
            (VenueMessage::Exec(told), Stream::Orders) => {
                let epoch = self.link.epoch();
                Ok(Event::Report(Report::Order(account::exec(contracts, epoch, told, text(frame))?)))
            }
            (
                VenueMessage::Snapshot { request, working, positions, executions, busted, cash, .. },
                Stream::Orders,
            ) => self.snapshot(*request, Parts { working, positions, executions, busted, cash: *cash }),
            (VenueMessage::OrderStatus { request, cl_ord_id, found, executions }, Stream::Orders) => {
                let (asked, order) = self.asked_order(*request, cl_ord_id)?;
                let (found, asked) = (found.as_ref(), (asked, order));
                let status = account::order_status(&self.contracts, asked, found, executions, text(frame))?;
                Ok(Event::Report(Report::OrderStatus(status)))
            }
            (VenueMessage::History { request, symbol, seconds, bars }, _) => {
                let (symbol, length) = self.asked_bars(*request, symbol, *seconds)?;
                let bars = market::bars(&self.contracts, symbol, length, bars)?;
                Ok(Event::History { symbol, length, bars })
            }
            // The machine never asks for the book.
            (VenueMessage::Book { request, .. }, _) => Err(NoQuestion::NotOpen(*request).into()),
            _ => Err(Unreadable::OtherStream),
        }
    }

    fn snapshot(&mut self, request: u64, parts: Parts<'_>) -> Result<Event, Unreadable> {
        let (at, query) = self.questions.answer(request)?;
        if query != Query::Snapshot {
            return Err(Unclear::OtherQuestion.into());
        }
        let asked = Asked { at, epoch: self.link.epoch() };
        Ok(Event::Report(Report::Snapshot(account::snapshot(&self.contracts, asked, parts)?)))
    }

    fn asked_order(&mut self, request: u64, cl_ord_id: &str) -> Result<(Asked, ClOrdId), Unreadable> {
        let (at, query) = self.questions.answer(request)?;
        match query {
            Query::OrderStatus { order } if order.as_str() == cl_ord_id => {
                Ok((Asked { at, epoch: self.link.epoch() }, order))
            }
            _ => Err(Unclear::OtherQuestion.into()),
        }
    }

    fn asked_bars(
        &mut self,
        request: u64,
        text: &str,
        seconds: u32,
    ) -> Result<(stopline_kernel::id::Symbol, Span), Unreadable> {
        let (_, query) = self.questions.answer(request)?;
        match query {
            Query::History { symbol, length, .. }
                if symbol.as_str() == text && length == Span::secs(seconds.into()) =>
            {
                Ok((symbol, length))
            }
            _ => Err(Unclear::OtherQuestion.into()),
        }
    }
}

fn deliver(out: &mut Vec<Output>, event: Event) {
    out.push(Output::Deliver(event));
}

/// The frame as it came; what is no UTF-8 shows as such.
fn text(frame: &[u8]) -> Payload {
    String::from_utf8_lossy(frame).into()
}
