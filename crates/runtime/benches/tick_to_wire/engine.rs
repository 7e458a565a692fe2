//! The engine's own inbox, lane, ledger, door and sessions, with a bot in the lane that enters on every bar.
//!
//! Nothing of the way from tick to wire is left out or replaced.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use stopline_kernel::effect::BotEvent;
use stopline_kernel::id::{AccountId, BotId};
use stopline_kernel::input::Event;
use stopline_kernel::intent::{Entry as EntryWish, Intent, Wish};
use stopline_kernel::lane::Lane;
use stopline_kernel::limits::{
    BotSeat, DayLimits, HourLimits, LaneConfig, Limits, OnStop, PaceLimits, SizeLimits, Timings,
};
use stopline_kernel::market::{Bbo, Level, Tick, TickKind};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::record::{Entry, Record};
use stopline_kernel::report::Stream;
use stopline_kernel::table::OrderEvent;
use stopline_kernel::time::{ExchangeTime, Mono, Span};
use stopline_kernel::view::{Decide, Status};
use stopline_ledger::fence::Fence;
use stopline_ledger::frame::{Frame, Hash};
use stopline_runtime::bot_host::Bots;
use stopline_runtime::clock::Clock;
use stopline_runtime::commands::Commands;
use stopline_runtime::crew::Deaths;
use stopline_runtime::guardrail::Guardrail;
use stopline_runtime::inbox::Bounds;
use stopline_runtime::notice::Notice;
use stopline_runtime::pipeline::Pipeline;
use stopline_runtime::published::Observer;
use stopline_runtime::session::{Sessions, Surround};
use stopline_runtime::shared::Shared;
use stopline_runtime::stopped::Stopped;

use crate::venue::{self, ORIGIN, SYMBOL};

/// What ends a hang.
const HANG: Duration = Duration::from_secs(10);

/// A bar.
const MINUTE: Span = Span::secs(60);

/// Longer than any run.
const LONG: Span = Span::secs(100_000_000);

/// The orders of a bracket.
const ORDERS: usize = 3;

/// What one round gave.
pub(crate) struct Bracket {
    /// From the tick to the moment after the write.
    pub(crate) took: Span,
    /// The records of the commit, as lines.
    pub(crate) records: Vec<u8>,
    /// The message as it was written.
    pub(crate) message: Vec<u8>,
}

/// A running engine.
pub(crate) struct Engine {
    shared: Shared,
    seen: Receiver<Seen>,
    messages: Receiver<Vec<u8>>,
    seq: u64,
    /// The end of the first bar that is measured.
    first: ExchangeTime,
    _deaths: Deaths,
}

/// What the watcher tells of a round.
enum Seen {
    Placed(Vec<Entry>),
    Sent(Mono),
    Ended,
}

impl Engine {
    /// Starts one, and waits until it trades.
    pub(crate) fn start(dir: &Path) -> Engine {
        let (clock, lane_config) = (Clock::new(), lane());
        let fence = Fence::take(dir).expect("the fence");
        let opened = stopline_ledger::open(dir, account(), clock.local());
        let (ledger, ledgered) = opened.expect("a new ledger");
        let (shared, deaths, watched) = Shared::new(clock.clone(), Bounds::ACCOUNT);
        let mut lane = Lane::new(ledgered, lane_config);
        let warm = Arc::new(AtomicBool::new(false));
        lane.seat(bot(), Box::new(Eager(Arc::clone(&warm))));
        shared.inbox.put(Event::Start { build: "bench".into() }, || ()).expect("an open inbox");
        let ((watcher, seen), (brackets, messages)) = (channel(), channel());
        let socket = dir.join("sock");
        venue::serve(&socket, clock.mono(), brackets);
        let client = "bench".into();
        let around = Surround { socket, account: account(), client, shared: shared.clone() };
        let sessions = Arc::new(Sessions::new(around));
        for stream in [Stream::Orders, Stream::Quotes] {
            sessions.start(stream).expect("a session");
        }
        let pipeline = Pipeline {
            shared: shared.clone(),
            lane,
            ledger,
            guardrail: Arc::new(Guardrail::new(Box::new(move || fence.still_ours()))),
            venue: sessions,
            bots: Bots::default(),
            commands: Commands::new(shared.clone()),
            stopped: Stopped::default(),
            deadline: Span::secs(5),
            taken: dir.join("taken"),
        };
        pipeline.start(watched, vec![Box::new(Watcher(watcher))]).expect("four threads");
        let mut engine = Engine { shared, seen, messages, seq: 0, first: ExchangeTime(0), _deaths: deaths };
        engine.wait_until_trading(&warm);
        engine
    }

    /// One tick that ends a bar, and what came of it.
    pub(crate) fn round(&mut self, number: usize) -> Bracket {
        let at = self.first.plus(Span::secs(60 * i64::try_from(number).unwrap_or(0)));
        let level = |price| Some(Level { price: Ticks(price), lots: Lots(10) });
        self.tick(at, TickKind::Bbo(Bbo { bid: level(23_499), ask: level(23_500) }));
        // The quote is worked off before the clock starts.
        std::thread::sleep(Duration::from_millis(1));
        let began = self.shared.clock.mono();
        self.tick(at, TickKind::Trade { price: Ticks(23_500), lots: Lots(1) });
        let (mut records, mut sent, mut live) = (Vec::new(), None, ORDERS);
        while live > 0 {
            match self.seen.recv_timeout(HANG).expect("a bracket") {
                Seen::Placed(entries) => records = lines(&entries),
                Seen::Sent(mono) => sent = Some(mono),
                Seen::Ended => live -= 1,
            }
        }
        let took = sent.expect("a write").since(began);
        Bracket { took, records, message: self.messages.recv_timeout(HANG).expect("a message") }
    }

    /// Connected and agreed; then the bot is let in with the first whole bar, a minute of market time later.
    fn wait_until_trading(&mut self, warm: &AtomicBool) {
        while !self.shared.published.newest().is_some_and(|status| status.trading && status.quotes_up) {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.shared.inbox.put(Event::BotUp { bot: bot() }, || ()).expect("an open inbox");
        let (trade, mut now) =
            (TickKind::Trade { price: Ticks(23_500), lots: Lots(1) }, ExchangeTime(ORIGIN));
        while !warm.load(Ordering::SeqCst) {
            now = self.shared.clock.stamp().market.expect("a market clock");
            self.tick(now, trade);
            std::thread::sleep(Duration::from_millis(10));
        }
        // A whole bar lies between what was said so far and the first that is measured.
        self.first = ExchangeTime(now.0 - now.0 % MINUTE.0).plus(Span(2 * MINUTE.0));
        self.tick(self.first, trade);
        self.first = self.first.plus(MINUTE);
    }

    fn tick(&mut self, exchange_time: ExchangeTime, what: TickKind) {
        self.seq += 1;
        let symbol = SYMBOL.parse().expect("a symbol");
        self.shared.inbox.tick(Tick { symbol, seq: self.seq, exchange_time, broker_time: None, what });
    }
}

/// Enters at the market whenever a bar ends.
struct Eager(Arc<AtomicBool>);

impl Decide for Eager {
    fn on(&mut self, event: &BotEvent) -> Vec<Intent> {
        self.0.fetch_or(matches!(event, BotEvent::WarmUp { .. }), Ordering::SeqCst);
        let BotEvent::Bar { bar, .. } = event else { return Vec::new() };
        let (stop, target) = (Ticks(23_480), Some(Ticks(23_530)));
        let entry = EntryWish { side: Side::Buy, lots: Lots(1), limit: None, stop, target };
        vec![Intent {
            symbol: SYMBOL.parse().expect("a symbol"),
            wish: Wish::Enter(entry),
            reason: "fast 5901.25 crossed above slow 5900.80".into(),
            confidence: Bps(5_000),
            bar_open: bar.open_time,
            data_time: bar.end(),
            sequence: 0,
        }]
    }
}

/// Tells of each bracket: its records, its write, its end.
struct Watcher(Sender<Seen>);

impl Observer for Watcher {
    fn committed(&mut self, entries: &[Entry]) {
        if entries.iter().any(|entry| matches!(entry.record, Record::OrderPlaced { .. })) {
            self.tell(Seen::Placed(entries.to_vec()));
        }
        for entry in entries {
            let Record::Transition(moved) = &entry.record else { continue };
            match (moved.event, moved.stamps.sent) {
                (OrderEvent::Sent, Some(sent)) => self.tell(Seen::Sent(sent)),
                _ if moved.life.is_terminal() => self.tell(Seen::Ended),
                _ => {}
            }
        }
    }

    fn status(&mut self, _: &Status) {}

    fn notice(&mut self, _: &Notice) {}
}

impl Watcher {
    fn tell(&self, seen: Seen) {
        // Nobody listens any more once everything is counted.
        let _ = self.0.send(seen);
    }
}

/// The bytes that these records are in the ledger.
fn lines(entries: &[Entry]) -> Vec<u8> {
    let mut prev = Hash::genesis(account());
    let mut lines = Vec::new();
    for entry in entries {
        let frame = Frame::of(prev, entry).expect("an entry is JSON");
        lines.extend_from_slice(&frame.to_line());
        prev = frame.hash;
    }
    lines
}

fn account() -> AccountId {
    AccountId::from_static("PAPER-1")
}

fn bot() -> BotId {
    BotId::from_static("cross")
}

/// Limits that let every bracket through, and waits that never end.
fn lane() -> LaneConfig {
    LaneConfig {
        account: account(),
        start_cash: Money(50_000_000_000),
        limits: Limits {
            max_order_lots: Lots(2),
            max_instrument_lots: Lots(4),
            risk_per_trade: Money(250_000_000),
            daily_loss: Money(1_000_000_000),
            collar: Bps(100),
            collar_ticks: Ticks(200),
            max_orders_per_window: 60,
            through: Ticks(2),
            cash_tolerance: Money(5_000_000),
            day: DayLimits::OFF,
            size: SizeLimits::OFF,
            hours: HourLimits::OFF,
            pace: PaceLimits::OFF,
        },
        timings: Timings {
            intent_age: LONG,
            data_age: LONG,
            bar_lateness: Span::secs(1),
            rate_window: Span(1),
            send_deadline: Span::secs(5),
            answer: Span::secs(10),
            protect: Span::secs(2),
            detect: LONG,
            settle: Span::secs(1),
            quotes_gone: LONG,
            reprice: Span::secs(1),
            flat: Span::secs(30),
            account_age: None,
        },
        bots: vec![BotSeat {
            bot: bot(),
            symbol: SYMBOL.parse().expect("a symbol"),
            bar: Span::secs(60),
            warm_up: 0,
        }],
        on_stop: OnStop::KeepProtection,
        sizing: Vec::new(),
    }
}
