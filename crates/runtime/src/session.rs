//! The sessions with the venue, one for each stream: what they say goes to the inbox, and each can be replaced alone.
//!
//! A session that was replaced is muted: whatever its thread still says counts for nothing. Connection numbers go on
//! across replacements, so that no answer of an old session can pass for one of the new.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stopline_kernel::commit::Durable;
use stopline_kernel::effect::{OrderCommand, Query};
use stopline_kernel::id::AccountId;
use stopline_kernel::input::{Event, NotSent};
use stopline_kernel::report::{Report, Stream};
use stopline_kernel::risk::Approved;
use stopline_kernel::time::{Mono, Span};
use stopline_venues::drive::{Handle, Surroundings};
use stopline_venues::paper::protocol::{Config, PaperOrders, PaperQuotes, Timings};
use stopline_venues::paper::socket::{self, Socket};
use stopline_venues::paper::wire::TAPE_OVER;
use stopline_venues::protocol::{NotAsked, Protocol};

use crate::crew::{Death, How, Pulse, Role};
use crate::execute::Venue;
use crate::feed::Feed;
use crate::panics;
use crate::shared::Shared;

/// Machine: how long a session's thread may show no life. It beats every 50 ms.
const STALLED: Span = Span::secs(2);

/// What sessions are made of.
#[derive(Debug, Clone)]
pub struct Surround {
    /// The venue's socket.
    pub socket: PathBuf,
    /// The account to trade.
    pub account: AccountId,
    /// Who calls, for the venue's log.
    pub client: Box<str>,
    /// Clocks, inbox and the rest.
    pub shared: Shared,
}

/// Both sessions.
pub struct Sessions {
    around: Surround,
    quotes: Slot<PaperQuotes>,
    orders: Slot<PaperOrders>,
}

struct Slot<P> {
    session: Mutex<Option<Arc<Session<P>>>>,
    /// The number of the newest connection over all sessions of this stream.
    epochs: Arc<AtomicU64>,
}

struct Session<P> {
    handle: Handle<P, Socket>,
    line: Arc<Line>,
}

/// What stands between a session and the inbox.
#[derive(Debug)]
pub(crate) struct Line {
    stream: Stream,
    /// The session's sign of life, also while it waits for room in the inbox.
    pub(crate) pulse: Arc<Pulse>,
    /// Added to every connection number of this session.
    base: AtomicU64,
    /// The newest connection number over all sessions of this stream.
    newest: Arc<AtomicU64>,
    up: AtomicBool,
    /// The venue's market has come to its end: nothing will be quoted any more.
    over: AtomicBool,
    muted: AtomicBool,
}

impl Sessions {
    /// No session yet.
    pub fn new(around: Surround) -> Sessions {
        Sessions { around, quotes: Slot::new(), orders: Slot::new() }
    }

    /// Starts the session of a stream; a session that was there before must have been ended.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    pub fn start(&self, stream: Stream) -> io::Result<()> {
        let (path, config) = (&self.around.socket, self.config(stream));
        match stream {
            Stream::Quotes => {
                let line = self.quotes.line(&self.around, stream);
                let sink = quotes_sink(Arc::clone(&line), &self.around);
                self.quotes.start(&self.around, line, sink, |around| socket::quotes(path, config, around))
            }
            Stream::Orders => {
                let line = self.orders.line(&self.around, stream);
                let sink = orders_sink(Arc::clone(&line), &self.around);
                self.orders.start(&self.around, line, sink, |around| socket::orders(path, config, around))
            }
        }
    }

    /// Ends what is left of a session whose thread died or stalled, and tells the lane that the stream is down.
    pub fn end(&self, stream: Stream, why: &str) {
        let line = match stream {
            Stream::Quotes => self.quotes.take().map(|session| Arc::clone(&session.line)),
            Stream::Orders => self.orders.take().map(|session| Arc::clone(&session.line)),
        };
        if let Some(down) = line.and_then(|line| line.mute(why)) {
            // A closed inbox wants no news.
            let _ = self.around.shared.inbox.put(down, || ());
        }
    }

    /// Sessions whose thread has ended by itself, with what it said.
    pub fn fallen(&self) -> Vec<Death> {
        let fallen = [(Stream::Orders, self.orders.is_fallen()), (Stream::Quotes, self.quotes.is_fallen())];
        let fallen = fallen.into_iter().filter(|(_, fallen)| *fallen);
        fallen
            .map(|(stream, _)| {
                let role = Role::Session(stream);
                let said = panics::last_of(&role.to_string());
                self.around.shared.crew.dismiss(role);
                Death { role, how: said.map_or(How::Returned, How::Panicked) }
            })
            .collect()
    }

    /// Whether any stream is connected.
    pub fn any_up(&self) -> bool {
        self.quotes.is_up() || self.orders.is_up()
    }

    /// Whether the venue's market has come to its end, as a tape does.
    pub fn is_over(&self) -> bool {
        self.quotes.lock().as_ref().is_some_and(|session| session.line.over.load(Ordering::SeqCst))
    }

    /// Takes leave of the venue on both streams.
    pub fn leave(&self) {
        if let Some(session) = self.quotes.take() {
            session.handle.stop();
        }
        if let Some(session) = self.orders.take() {
            session.handle.stop();
        }
        self.around.shared.crew.dismiss(Role::Session(Stream::Quotes));
        self.around.shared.crew.dismiss(Role::Session(Stream::Orders));
    }

    fn config(&self, stream: Stream) -> Config {
        // Chance only spreads the waits between tries; each stream and each process draws its own.
        let seed = self.around.shared.clock.mono().0 ^ u64::from(stream == Stream::Orders);
        Config {
            account: self.around.account,
            client: self.around.client.clone(),
            seed,
            timings: Timings::LOCAL,
        }
    }
}

impl Venue for Sessions {
    fn order(&self, command: Durable<Approved<OrderCommand>>) -> Result<Mono, NotSent> {
        self.orders.present().ok_or(NotSent::NoSession)?.handle.order(command)
    }

    fn query(&self, query: Query) -> Result<(), NotAsked> {
        match query {
            Query::Snapshot | Query::OrderStatus { .. } => {
                self.orders.present().ok_or(NotAsked::NoSession)?.handle.query(query)
            }
            Query::History { .. } => self.quotes.present().ok_or(NotAsked::NoSession)?.handle.query(query),
        }
    }
}

impl<P: Protocol + Send + 'static> Slot<P> {
    fn new() -> Slot<P> {
        Slot { session: Mutex::new(None), epochs: Arc::default() }
    }

    /// The line of the next session: its connections are numbered from where the last one's ended.
    fn line(&self, around: &Surround, stream: Stream) -> Arc<Line> {
        let pulse = around.shared.crew.enlist(Role::Session(stream), STALLED);
        let base = AtomicU64::new(self.epochs.load(Ordering::SeqCst));
        let newest = Arc::clone(&self.epochs);
        let [up, over, muted] = [const { AtomicBool::new(false) }; 3];
        Arc::new(Line { stream, pulse, base, newest, up, over, muted })
    }

    fn start(
        &self,
        around: &Surround,
        line: Arc<Line>,
        sink: Sink,
        start: impl FnOnce(Surroundings) -> io::Result<Handle<P, Socket>>,
    ) -> io::Result<()> {
        let role = Role::Session(line.stream);
        let pulse = Arc::clone(&line.pulse);
        let clock = around.shared.clock.clone();
        let surroundings = Surroundings {
            clock: Arc::new(move || clock.mono()),
            sink,
            alive: Box::new(move || sign_of_life(&pulse, role)),
        };
        let started = start(surroundings).inspect_err(|_| around.shared.crew.dismiss(role));
        *self.lock() = Some(Arc::new(Session { handle: started?, line }));
        Ok(())
    }

    fn present(&self) -> Option<Arc<Session<P>>> {
        self.lock().clone()
    }

    fn take(&self) -> Option<Arc<Session<P>>> {
        self.lock().take()
    }

    fn is_fallen(&self) -> bool {
        self.lock().as_ref().is_some_and(|session| session.handle.is_finished())
    }

    fn is_up(&self) -> bool {
        self.lock().as_ref().is_some_and(|session| session.line.up.load(Ordering::SeqCst))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Session<P>>>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg_attr(
    not(feature = "hooks"),
    expect(unused_variables, reason = "the role is for the hooks of the tests")
)]
fn sign_of_life(pulse: &Pulse, role: Role) {
    pulse.beat();
    #[cfg(feature = "hooks")]
    crate::hooks::thread(role);
}

/// Where a session's events go.
type Sink = Box<dyn Fn(Event) + Send>;

/// What the quotes stream says: the feed keeps count of what it had to drop.
fn quotes_sink(line: Arc<Line>, around: &Surround) -> Sink {
    let feed = Mutex::new(Feed::new(line, around));
    Box::new(move |event| feed.lock().unwrap_or_else(PoisonError::into_inner).take(event))
}

/// What the orders stream says: all of it, in order, and the producer waits for room.
fn orders_sink(line: Arc<Line>, around: &Surround) -> Sink {
    let (inbox, contracts) = (Arc::clone(&around.shared.inbox), around.shared.contracts.clone());
    Box::new(move |event| {
        let Some(event) = line.pass(event) else { return };
        if let Event::Report(Report::Up { welcome, .. }) = &event {
            contracts.learn(&welcome.instruments);
        }
        #[cfg(feature = "hooks")]
        crate::hooks::report(crate::hooks::Point::BeforeAck, &event);
        // Refused only when the process is at its end.
        let _ = inbox.put(event, || line.pulse.beat());
        #[cfg(feature = "hooks")]
        crate::hooks::pass(crate::hooks::Point::AfterAck);
    })
}

impl Line {
    /// An event as the lane is to see it; `None` of a session that was replaced.
    pub(crate) fn pass(&self, mut event: Event) -> Option<Event> {
        if self.muted.load(Ordering::SeqCst) {
            return None;
        }
        if let Event::Report(report) = &mut event {
            self.number(report);
        }
        Some(event)
    }

    /// The number for a connection that is told anew although it never ended: a gap.
    pub(crate) fn next_epoch(&self) -> u64 {
        self.base.fetch_add(1, Ordering::SeqCst);
        self.newest.fetch_add(1, Ordering::SeqCst).saturating_add(1)
    }

    /// The number of the newest connection.
    pub(crate) fn epoch(&self) -> u64 {
        self.newest.load(Ordering::SeqCst)
    }

    fn number(&self, report: &mut Report) {
        let base = self.base.load(Ordering::SeqCst);
        match report {
            Report::Up { epoch, .. } => {
                *epoch = epoch.saturating_add(base);
                self.newest.store(*epoch, Ordering::SeqCst);
                self.up.store(true, Ordering::SeqCst);
            }
            Report::Down { epoch, why, .. } => {
                self.over.fetch_or(why.ends_with(TAPE_OVER), Ordering::SeqCst);
                *epoch = epoch.saturating_add(base);
                self.up.store(false, Ordering::SeqCst);
            }
            Report::Snapshot(snapshot) => snapshot.epoch = snapshot.epoch.saturating_add(base),
            Report::OrderStatus(status) => status.epoch = status.epoch.saturating_add(base),
            Report::Order(_) | Report::MarketStatus(_) | Report::Unreadable { .. } => {}
        }
    }

    /// Takes nothing more from this session; what the lane has to be told, if the stream was up.
    fn mute(&self, why: &str) -> Option<Event> {
        self.muted.store(true, Ordering::SeqCst);
        let down = Report::Down { stream: self.stream, epoch: self.epoch(), why: why.into() };
        self.up.swap(false, Ordering::SeqCst).then_some(Event::Report(down))
    }
}
