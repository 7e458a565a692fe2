//! From a tick in the inbox to the write of its bracket, through the pipeline that ships and a ledger on the disk;
//! against the floor: the same bytes appended to a plain file, fdatasync, and one round trip on a loopback socket.
//!
//! Turn by turn in one run, with the bot seated in the lane. It only prints; it holds no threshold, because a busy
//! machine says nothing.

#![allow(clippy::unwrap_used, reason = "a measurement stops at the first surprise")]

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use stopline_exchange::presets;
use stopline_kernel::commit::Durable;
use stopline_kernel::effect::{BotEvent, OrderCommand, Query};
use stopline_kernel::id::{AccountId, BotId, ClOrdId, Symbol};
use stopline_kernel::input::{Event, NotSent};
use stopline_kernel::intent::{Entry as Entering, Intent, Wish};
use stopline_kernel::lane::Lane;
use stopline_kernel::limits::{BotSeat, LaneConfig, Limits, OnStop, Timings};
use stopline_kernel::market::{Bbo, Level, Tick, TickKind};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::record::Entry;
use stopline_kernel::report::{ExecType, ExecutionReport, Report, Snapshot, Stream, Welcome};
use stopline_kernel::risk::Approved;
use stopline_kernel::time::{ExchangeTime, MarketClock, Mono, Span};
use stopline_kernel::view::{Decide, Status};
use stopline_runtime::bot_host::Bots;
use stopline_runtime::clock::Clock;
use stopline_runtime::commands::Commands;
use stopline_runtime::execute::Venue;
use stopline_runtime::guardrail::Guardrail;
use stopline_runtime::inbox::Bounds;
use stopline_runtime::notice::Notice;
use stopline_runtime::pipeline::Pipeline;
use stopline_runtime::published::Observer;
use stopline_runtime::shared::Shared;
use stopline_runtime::stopped::Stopped;
use stopline_venues::protocol::NotAsked;

/// Ticks that are measured, after as many again that are not.
const ROUNDS: u64 = 1_000;
const ACCOUNT: AccountId = AccountId::from_static("PAPER-1");
const SYMBOL: Symbol = Symbol::from_static("MESH6");
const BOT: BotId = BotId::from_static("bench");
const CASH: Money = Money(50_000_000_000);
const PRICE: i64 = 23_600;

/// What a write told: when it was over, and of which orders.
type Written = (Mono, Vec<ClOrdId>);

/// A venue that takes every order on a socket and tells when.
struct Wire {
    socket: Mutex<UnixStream>,
    written: Sender<Written>,
    asked: Sender<Query>,
    clock: Clock,
}

impl Venue for Wire {
    fn order(&self, command: Durable<Approved<OrderCommand>>) -> Result<Mono, NotSent> {
        let command = command.command();
        let frame = serde_json::to_vec(command).map_err(|_| NotSent::NoSession)?;
        self.socket.lock().unwrap().write_all(&frame).map_err(|_| NotSent::NoSession)?;
        let at = self.clock.mono();
        self.written.send((at, command.what.orders())).map_err(|_| NotSent::NoSession)?;
        Ok(at)
    }

    fn query(&self, query: Query) -> Result<(), NotAsked> {
        self.asked.send(query).map_err(|_| NotAsked::NoSession)
    }
}

/// A bot that wants a bracket at every quote.
struct Eager {
    warm: Arc<AtomicBool>,
    sequence: u32,
}

impl Decide for Eager {
    fn on(&mut self, event: &BotEvent) -> Vec<Intent> {
        self.warm.fetch_or(matches!(event, BotEvent::WarmUp { .. }), Ordering::SeqCst);
        let BotEvent::Quote { time, .. } = event else { return Vec::new() };
        self.sequence += 1;
        let at = |distance| Ticks(PRICE + distance);
        let (limit, target) = (Some(at(-20)), Some(at(20)));
        let wish = Wish::Enter(Entering { side: Side::Buy, lots: Lots(1), limit, stop: at(-40), target });
        vec![Intent {
            symbol: SYMBOL,
            wish,
            reason: "a measurement".into(),
            confidence: Bps(10_000),
            bar_open: ExchangeTime(time.0 / 60_000_000_000 * 60_000_000_000),
            data_time: *time,
            sequence: self.sequence,
        }]
    }
}

/// Keeps the size of the last batch that held a decision.
struct Sizes(Arc<Mutex<usize>>);

impl Observer for Sizes {
    fn committed(&mut self, entries: &[Entry]) {
        if entries.iter().any(|entry| entry.record.kind() == "order_placed") {
            *self.0.lock().unwrap() = serde_json::to_vec(entries).unwrap().len();
        }
    }

    fn status(&mut self, _: &Status) {}

    fn notice(&mut self, notice: &Notice) {
        println!("{}", notice.what);
    }
}

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let size = Arc::new(Mutex::new(0));
    let (shared, written) = start(dir.path(), Box::new(Sizes(Arc::clone(&size))));
    let mut file = OpenOptions::new().create(true).append(true).open(dir.path().join("plain")).unwrap();
    let mut echo = echo();
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 1..=2 * ROUNDS {
        ours.push(one_tick(&shared, &written, round));
        thread::sleep(Duration::from_millis(2));
        let bytes = vec![b'x'; *size.lock().unwrap()];
        floor.push(one_floor(&shared.clock, &mut file, &mut echo, &bytes));
        thread::sleep(Duration::from_millis(1));
    }
    println!("{} bytes of records in a commit", size.lock().unwrap());
    let measured = |mut all: Vec<Span>| all.split_off(usize::try_from(ROUNDS).unwrap());
    let floor = print("fdatasync + round trip", measured(floor));
    let ours = print("tick to write", measured(ours));
    println!("ratio of p50: {}.{:02}", ours.0 / floor.0, ours.0 * 100 / floor.0 % 100);
}

/// The pipeline over a new ledger in `dir`, trading.
fn start(dir: &std::path::Path, observer: Box<dyn Observer>) -> (Shared, Receiver<Written>) {
    let clock = Clock::new();
    let (shared, _, watched) = Shared::new(clock.clone(), Bounds::ACCOUNT);
    let (ledger, ledgered) = stopline_ledger::open(dir, ACCOUNT, clock.local()).unwrap();
    let mut lane = Lane::new(ledgered, config());
    let warm = Arc::new(AtomicBool::new(false));
    lane.seat(BOT, Box::new(Eager { warm: Arc::clone(&warm), sequence: 0 }));
    let (written, orders) = unbounded();
    let (asked, questions) = unbounded();
    let (socket, mut peer) = UnixStream::pair().unwrap();
    thread::spawn(move || std::io::copy(&mut peer, &mut std::io::sink()));
    let pipeline = Pipeline {
        shared: shared.clone(),
        lane,
        ledger,
        guardrail: Arc::new(Guardrail::new(Box::new(|| true))),
        venue: Arc::new(Wire { socket: Mutex::new(socket), written, asked, clock }),
        bots: Bots::default(),
        commands: Commands::new(shared.clone()),
        stopped: Stopped::default(),
        deadline: Span::secs(5),
        taken: dir.join("taken"),
    };
    shared.inbox.put(Event::Start { build: "bench".into() }, || ()).unwrap();
    pipeline.start(watched, vec![observer]).unwrap();
    let answering = shared.clone();
    thread::spawn(move || questions.iter().for_each(|query| answer(&answering, query)));
    let instrument = presets::mes(Money(620_000)).unwrap();
    let clock = MarketClock { origin: presets::START, at: shared.clock.mono(), speed_milli: 60_000 };
    for stream in [Stream::Orders, Stream::Quotes] {
        let (venue, instruments) = ("bench".parse().unwrap(), vec![instrument.clone()]);
        let welcome = Box::new(Welcome { venue, clock, instruments });
        shared.inbox.put(Event::Report(Report::Up { stream, epoch: 1, welcome }), || ()).unwrap();
    }
    shared.inbox.put(Event::BotUp { bot: BOT }, || ()).unwrap();
    shared.inbox.tick(tick(&shared.clock, 1, TickKind::Trade { price: Ticks(PRICE), lots: Lots(1) }));
    // The bot is let in with the first whole bar: a minute of market time, which is a second of ours.
    while !warm.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(10));
    }
    (shared, orders)
}

/// One tick, until its bracket is written; then the venue refuses the bracket, so that the book stays small.
fn one_tick(shared: &Shared, written: &Receiver<Written>, round: u64) -> Span {
    let level = |price| Some(Level { price: Ticks(price), lots: Lots(9) });
    let bbo = Bbo { bid: level(PRICE - 1), ask: level(PRICE + 1) };
    let tick = tick(&shared.clock, round + 1, TickKind::Bbo(bbo));
    let began = shared.clock.mono();
    shared.inbox.tick(tick);
    let (ended, orders) = written.recv_timeout(Duration::from_secs(5)).unwrap();
    for id in orders {
        let report = ExecutionReport {
            cl_ord_id: Some(id),
            order_id: None,
            what: ExecType::Refused { reason: "measured".into() },
            cum: None,
            worth: None,
            broker_time: None,
            exchange_time: None,
            payload: "refused".into(),
        };
        shared.inbox.put(Event::Report(Report::Order(report)), || ()).unwrap();
    }
    ended.since(began)
}

fn one_floor(clock: &Clock, file: &mut File, echo: &mut UnixStream, bytes: &[u8]) -> Span {
    let mut frame = [0; 512];
    let began = clock.mono();
    file.write_all(bytes).unwrap();
    file.sync_data().unwrap();
    echo.write_all(&frame).unwrap();
    echo.read_exact(&mut frame).unwrap();
    clock.mono().since(began)
}

/// A socket whose other end sends back what it gets.
fn echo() -> UnixStream {
    let (near, mut far) = UnixStream::pair().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while far.read_exact(&mut buffer).and_then(|()| far.write_all(&buffer)).is_ok() {}
    });
    near
}

fn answer(shared: &Shared, query: Query) {
    let event = match query {
        Query::Snapshot => Event::Report(Report::Snapshot(Snapshot {
            asked: shared.clock.mono(),
            epoch: 1,
            working: vec![],
            positions: vec![],
            executions: vec![],
            complete: true,
            cash: CASH,
            broker_time: None,
        })),
        Query::History { symbol, length, .. } => Event::History { symbol, length, bars: vec![] },
        Query::OrderStatus { .. } => return,
    };
    // Refused only when the run is over.
    let _ = shared.inbox.put(event, || ());
}

fn tick(clock: &Clock, seq: u64, what: TickKind) -> Tick {
    let exchange_time = clock.stamp().market.unwrap_or(presets::START);
    Tick { symbol: SYMBOL, seq, exchange_time, broker_time: None, what }
}

fn print(name: &str, mut all: Vec<Span>) -> Span {
    all.sort_unstable();
    let at = |per_mille: usize| all[(all.len() * per_mille / 1_000).min(all.len() - 1)];
    let us = |span: Span| span.0 / 1_000;
    println!("{name}: p50 {} us, p99 {} us, p99.9 {} us", us(at(500)), us(at(990)), us(at(999)));
    at(500)
}

fn config() -> LaneConfig {
    let long = Span::secs(100_000);
    LaneConfig {
        account: ACCOUNT,
        start_cash: CASH,
        limits: Limits {
            max_order_lots: Lots(1),
            max_instrument_lots: Lots(1_000),
            risk_per_trade: Money(1_000_000_000),
            daily_loss: Money(40_000_000_000),
            collar: Bps(1_000),
            collar_ticks: Ticks(1_000),
            max_orders_per_window: 250,
            through: Ticks(2),
            cash_tolerance: Money(5_000_000),
        },
        timings: Timings {
            intent_age: long,
            data_age: long,
            bar_lateness: Span::secs(1),
            rate_window: Span::millis(1),
            send_deadline: Span::secs(5),
            answer: Span::secs(5),
            protect: Span::secs(2),
            detect: Span::secs(5),
            settle: Span::secs(1),
            quotes_gone: Span::secs(5),
            reprice: Span::secs(1),
        },
        bots: vec![BotSeat { bot: BOT, symbol: SYMBOL, bar: Span::secs(60), warm_up: 0 }],
        on_stop: OnStop::KeepProtection,
    }
}
