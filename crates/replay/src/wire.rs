//! The exchange at the other end, asked and heard in the words of the paper protocol as values: no bytes, no socket.
//!
//! A command or a question arrives after the stated delay, what the exchange says is heard at once, and nothing is
//! ever lost. It sends nothing that has not both proofs.

use std::collections::{BTreeMap, VecDeque};

use stopline_exchange::birth::{Drive, Models, Plan};
use stopline_exchange::fact::ExecNo;
use stopline_exchange::floor::Floor;
use stopline_exchange::journal::Chain;
use stopline_exchange::latency::Latency;
use stopline_exchange::paper::{Exchange, Outgoing, Said, SessionId};
use stopline_kernel::commit::Durable;
use stopline_kernel::effect::{OrderCommand, Query};
use stopline_kernel::id::{AccountId, Symbol};
use stopline_kernel::input::{Event, NotSent};
use stopline_kernel::market::{Tick, TickKind};
use stopline_kernel::report::{Report, Stream};
use stopline_kernel::risk::Approved;
use stopline_kernel::time::{ExchangeTime, MarketClock, Mono, Span};
use stopline_venues::paper::translate::account::{Asked, Parts};
use stopline_venues::paper::translate::{self, Contracts, Unclear, account, market};
use stopline_venues::paper::wire::{ClientMessage, StreamName, VERSION, VenueMessage};

use crate::error::ReplayError;
use crate::settings::Settings;

/// The two sessions, and the only connection each will ever have.
const SESSIONS: [(SessionId, StreamName, Stream); 2] =
    [(SessionId(1), StreamName::Quotes, Stream::Quotes), (SessionId(2), StreamName::Orders, Stream::Orders)];
const EPOCH: u64 = 1;

/// A message takes at least so long: an answer must never be of the very moment of its question.
const LEAST: Span = Span(1_000);

/// Where monotonic time stands when the engine begins: a start that nothing lies before.
const BOOT: Mono = Mono(1_000_000_000);

/// The exchange with what is on its way to it.
pub(crate) struct Wire {
    exchange: Exchange,
    account: AccountId,
    symbol: Symbol,
    contracts: Contracts,
    delay: Span,
    /// Commands and questions, with when they arrive.
    under_way: VecDeque<(ExchangeTime, ClientMessage)>,
    /// Questions not answered yet.
    asked: BTreeMap<u64, (Mono, Query)>,
    requests: u64,
    /// The last execution that a snapshot has told.
    told: ExecNo,
    heard: Vec<Outgoing>,
    chain: Chain,
    journal: String,
}

impl Wire {
    /// An exchange of this replay, before the first row.
    pub(crate) fn new(settings: &Settings, drive: Drive, first: ExchangeTime) -> Result<Wire, ReplayError> {
        let instrument = settings.instrument.clone();
        let (symbol, account, times) = (instrument.symbol, settings.lane.account, settings.times);
        let salt = stopline_kernel::id::digest(&[settings.build.as_bytes()]);
        let plan = Plan {
            contracts: vec![(instrument, drive)],
            accounts: vec![(account, settings.lane.start_cash)],
            seed: 0,
            // The low half is as good as the whole: it only tells replays apart.
            salt: u64::try_from(salt & u128::from(u64::MAX)).unwrap_or(0),
            start: first,
            warm_up: Span::ZERO,
            models: Models {
                latency: Latency::Fixed(times.delay),
                slippage: settings.slippage,
                ..Models::default()
            },
        };
        let clock = MarketClock { origin: times.from, at: BOOT, speed_milli: 1_000 };
        Ok(Wire {
            exchange: Exchange::new(Floor::create(plan)?, clock),
            account,
            symbol,
            contracts: Contracts::default(),
            delay: Span(times.delay.0.max(LEAST.0)),
            under_way: VecDeque::new(),
            asked: BTreeMap::new(),
            requests: 0,
            told: ExecNo(0),
            heard: Vec::new(),
            chain: Chain::default(),
            journal: String::new(),
        })
    }

    /// Monotonic time at a moment of the market: the two run together.
    pub(crate) fn mono(&self, at: ExchangeTime) -> Mono {
        BOOT.plus(at.since(self.exchange.clock().origin))
    }

    /// When the market moves by itself next.
    pub(crate) fn next_event_time(&self) -> Option<ExchangeTime> {
        self.exchange.floor().next_event_time()
    }

    /// Lets the market move until `at`.
    pub(crate) fn advance(&mut self, at: ExchangeTime) -> Result<(), ReplayError> {
        Ok(self.exchange.advance(at, &mut self.heard)?)
    }

    /// Shows a row of the recording: its tick, before what followed from it.
    pub(crate) fn show(&mut self, at: ExchangeTime, what: TickKind) -> Result<Option<Tick>, ReplayError> {
        Ok(self.exchange.show(self.symbol, at, what, &mut self.heard)?)
    }

    /// Both sessions say hello.
    pub(crate) fn connect(&mut self, now: ExchangeTime) -> Result<(), ReplayError> {
        for (session, stream, _) in SESSIONS {
            let (account, client) = (self.account.to_string(), "replay".to_owned());
            let hello = ClientMessage::Hello { version: VERSION, account, stream, client };
            self.exchange.connect(session);
            self.exchange.receive(session, now, hello, &mut self.heard)?;
        }
        Ok(())
    }

    /// Sends an order command.
    pub(crate) fn order(
        &mut self,
        now: ExchangeTime,
        command: &Durable<Approved<OrderCommand>>,
    ) -> Result<(), NotSent> {
        self.requests += 1;
        let message = translate::command(&self.contracts, &command.command().what, self.requests);
        self.send(now, message.map_err(|_| NotSent::NoSession)?);
        Ok(())
    }

    /// Asks a question; one that cannot be asked is asked again by the lane when its time comes.
    pub(crate) fn query(&mut self, now: ExchangeTime, query: Query) {
        self.requests += 1;
        if let Ok(message) = translate::question(&query, self.requests) {
            self.asked.insert(self.requests, (self.mono(now), query));
            self.send(now, message);
        }
    }

    fn send(&mut self, now: ExchangeTime, message: ClientMessage) {
        self.under_way.push_back((now.plus(self.delay), message));
    }

    /// When the next message arrives at the exchange.
    pub(crate) fn next_arrival(&self) -> Option<ExchangeTime> {
        self.under_way.front().map(|(at, _)| *at)
    }

    /// Lets the next message arrive.
    pub(crate) fn arrive(&mut self) -> Result<(), ReplayError> {
        let Some((at, message)) = self.under_way.pop_front() else { return Ok(()) };
        let [_, (orders, ..)] = SESSIONS;
        if let ClientMessage::Snapshot { request } = message {
            self.exchange.advance(at, &mut self.heard)?;
            let answer = self.exchange.snapshot(self.account, request, self.told);
            self.heard.extend(answer.map(|m| Outgoing { session: orders, said: Said::Message(m) }));
            self.told = ExecNo(self.exchange.floor().desk().next_exec().0.saturating_sub(1));
            return Ok(());
        }
        Ok(self.exchange.receive(orders, at, message, &mut self.heard)?)
    }

    /// Puts what was heard before the lane, in order, and what happened into the journal.
    pub(crate) fn deliver(&mut self, events: &mut Vec<Event>) -> Result<(), ReplayError> {
        if self.heard.is_empty() && !self.exchange.has_facts() {
            return Ok(());
        }
        let mut heard = std::mem::take(&mut self.heard);
        for outgoing in heard.drain(..) {
            match outgoing.said {
                Said::Tick(tick) => events.push(Event::Tick(tick)),
                Said::Message(message) => events.extend(self.read(outgoing.session, message)?),
            }
        }
        self.heard = heard;
        let facts = self.exchange.take_facts();
        if !facts.is_empty() {
            self.journal.push_str(&self.chain.line(&facts));
        }
        Ok(())
    }

    fn read(&mut self, session: SessionId, message: VenueMessage) -> Result<Option<Event>, ReplayError> {
        Ok(match message {
            VenueMessage::Welcome { venue, clock, instruments, .. } => {
                let welcome = market::welcome(&venue, clock, &instruments)?;
                self.contracts = Contracts::new(&welcome.instruments);
                let stream = SESSIONS.iter().find(|(id, ..)| *id == session).map(|(.., stream)| *stream);
                let up = |stream| Report::Up { stream, epoch: EPOCH, welcome: Box::new(welcome) };
                stream.map(|stream| Event::Report(up(stream)))
            }
            VenueMessage::Exec(told) => {
                let payload = serde_json::to_string(&told).unwrap_or_default().into();
                Some(Event::Report(Report::Order(account::exec(&self.contracts, EPOCH, &told, payload)?)))
            }
            VenueMessage::MarketStatus { symbol, status, why, until, since } => {
                let told = market::status(&self.contracts, &symbol, &status, &why, (since, until))?;
                Some(Event::Report(Report::MarketStatus(told)))
            }
            VenueMessage::Goodbye { why } if self.contracts == Contracts::default() => {
                return Err(ReplayError::Refused(why));
            }
            // The quotes session hears that the tape is over; the loop knows already.
            VenueMessage::Goodbye { .. } | VenueMessage::Pong { .. } => None,
            answer => self.answer(&answer)?,
        })
    }

    fn answer(&mut self, message: &VenueMessage) -> Result<Option<Event>, Unclear> {
        let request = match message {
            VenueMessage::Snapshot { request, .. }
            | VenueMessage::OrderStatus { request, .. }
            | VenueMessage::History { request, .. } => request,
            _ => return Ok(None),
        };
        let Some((at, query)) = self.asked.remove(request) else { return Err(Unclear::OtherQuestion) };
        let (asked, contracts) = (Asked { at, epoch: EPOCH }, &self.contracts);
        Ok(match (message, query) {
            (
                VenueMessage::Snapshot { working, positions, executions, busted, cash, .. },
                Query::Snapshot,
            ) => {
                let parts = Parts { working, positions, executions, busted, cash: *cash };
                let mut snapshot = account::snapshot(contracts, asked, parts)?;
                // It begins where the last one ended.
                snapshot.complete = false;
                Some(Event::Report(Report::Snapshot(snapshot)))
            }
            (VenueMessage::OrderStatus { found, executions, .. }, Query::OrderStatus { order }) => {
                let payload = serde_json::to_string(message).unwrap_or_default().into();
                let (asked, found) = ((asked, order), found.as_ref());
                let status = account::order_status(contracts, asked, found, executions, payload)?;
                Some(Event::Report(Report::OrderStatus(status)))
            }
            (VenueMessage::History { bars, .. }, Query::History { symbol, length, .. }) => {
                let bars = market::bars(contracts, symbol, length, bars)?;
                Some(Event::History { symbol, length, bars })
            }
            _ => return Err(Unclear::OtherQuestion),
        })
    }

    /// The exchange's orderly end; gives its journal.
    pub(crate) fn stop(mut self) -> Result<String, ReplayError> {
        self.exchange.stop(&mut self.heard)?;
        self.deliver(&mut Vec::new())?;
        Ok(self.journal)
    }
}
