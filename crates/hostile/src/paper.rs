//! The paper protocol, both ends: what a venue could say to the engine, heard by a lane, and what a client could say to
//! the venue. Neither opens a socket, and no order leaves.

use stopline_exchange::birth::{Drive, Models, Plan};
use stopline_exchange::floor::Floor;
use stopline_exchange::paper::{Exchange, Outgoing, SessionId};
use stopline_kernel::effect::Query;
use stopline_kernel::id::{AccountId, ClOrdId, Symbol};
use stopline_kernel::input::{Event, Input};
use stopline_kernel::instrument::{Instrument, Session, Sessions, TickSize, TradingDay};
use stopline_kernel::lane::Lane;
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::limits::{
    BotSeat, DayLimits, HourLimits, LaneConfig, Limits, OnStop, PaceLimits, SizeLimits, Timings as Waits,
};
use stopline_kernel::num::{Bps, Lots, Money, Ticks};
use stopline_kernel::report::Report;
use stopline_kernel::time::{ExchangeTime, LocalTime, MarketClock, Mono, Span, Stamp};
use stopline_venues::paper::protocol::{Config, PaperOrders, PaperQuotes, Timings};
use stopline_venues::paper::wire::{
    ClientMessage, ClockMessage, Frames, InstrumentMessage, VERSION, VenueMessage, decode, encode,
};
use stopline_venues::protocol::{Output, Protocol};

use crate::Shape;

/// Market time at the beginning of everything here.
pub const START: ExchangeTime = ExchangeTime(1_768_404_600_000_000_000);

/// The one contract.
pub fn symbol() -> Symbol {
    Symbol::from_static("MESH6")
}

/// The one account.
pub fn account() -> AccountId {
    "PAPER-1".parse().unwrap()
}

fn mes() -> Instrument {
    let (open, close) = (START.plus(Span::secs(-86_400)), START.plus(Span::secs(86_400)));
    Instrument {
        symbol: symbol(),
        tick: TickSize { mantissa: 25, scale: 2 },
        tick_value: Money(1_250_000),
        fee: Money(620_000),
        sessions: Sessions(vec![Session { day: TradingDay(20_260_114), open, close }]),
        margin: None,
    }
}

/// The first message of a venue that is in order.
pub fn welcome() -> VenueMessage {
    let Instrument { tick, tick_value, fee, sessions, .. } = mes();
    let sessions = sessions.0.iter().map(|s| (s.day.0, s.open.0, s.close.0)).collect();
    VenueMessage::Welcome {
        version: VERSION,
        venue: "sim-1".into(),
        clock: ClockMessage { origin: START.0, mono: 0, speed_milli: 1_000 },
        instruments: vec![InstrumentMessage {
            symbol: symbol().to_string(),
            tick_mantissa: tick.mantissa,
            tick_scale: tick.scale,
            tick_value: tick_value.0,
            fee: fee.0,
            sessions,
            margin: None,
        }],
    }
}

/// The lines as frames, after those that are in order; or the bytes as they are.
fn framed(bytes: &[u8], before: &[u8]) -> Vec<u8> {
    match Shape::of(bytes) {
        Shape::Raw(raw) => raw.to_vec(),
        Shape::Lines(lines) => lines.into_iter().fold(before.to_vec(), |mut all, line| {
            all.extend_from_slice(&u32::try_from(line.len()).unwrap().to_be_bytes());
            all.extend_from_slice(line);
            all
        }),
    }
}

/// What a venue says on either stream: the same is understood however it was split, and a lane lives through it.
pub fn engine(bytes: &[u8]) -> usize {
    let stream = framed(bytes, &encode(&welcome()));
    let pieces = 1 + bytes.len() % 13;
    let config = || Config { account: account(), client: "hostile".into(), seed: 1, timings: Timings::LOCAL };
    let orders = heard(PaperOrders::new(config()), &stream, stream.len().max(1));
    assert_eq!(
        orders,
        heard(PaperOrders::new(config()), &stream, pieces),
        "split otherwise, heard otherwise"
    );
    let quotes = heard(PaperQuotes::new(config()), &stream, stream.len().max(1));
    assert_eq!(
        quotes,
        heard(PaperQuotes::new(config()), &stream, pieces),
        "split otherwise, heard otherwise"
    );
    let unread =
        |event: &&Event| matches!(event, Event::Report(Report::Unreadable { .. } | Report::Down { .. }));
    let understood = quotes.iter().chain(&orders).filter(|event| !unread(event)).count();
    live(quotes.into_iter().chain(orders));
    understood
}

/// Everything a machine hands on of these bytes, which come in pieces of this length. It has asked before.
fn heard<P: Protocol>(mut machine: P, stream: &[u8], piece: usize) -> Vec<Event> {
    let now = Mono(1_000_000_000);
    let mut out = Vec::new();
    machine.timer(now, &mut out);
    machine.connected(now, &mut out);
    let first = encode(&welcome()).len();
    let (greeting, rest) = stream.split_at_checked(first).unwrap_or((stream, &[]));
    machine.bytes(now, greeting, &mut out);
    let order = ClOrdId::from_digest(1);
    for query in [
        Query::Snapshot,
        Query::OrderStatus { order },
        Query::History { symbol: symbol(), length: Span::secs(60), bars: 2 },
    ] {
        // A machine that is not greeted asks nothing, and a stream only its own questions.
        let _ = machine.query(now, query, &mut out);
    }
    for bytes in rest.chunks(piece) {
        // Bytes of a connection that is lost are not passed on.
        if out.contains(&Output::Close) {
            break;
        }
        machine.bytes(now, bytes, &mut out);
    }
    let delivered = out.into_iter().filter_map(|output| match output {
        Output::Deliver(event) => Some(event),
        Output::Connect | Output::Write(_) | Output::Close => None,
    });
    delivered.collect()
}

/// A lane hears all of it, and the clock goes on. What cannot be booked stops it, by design; it never panics.
fn live(events: impl Iterator<Item = Event>) {
    let mut lane = Lane::new(Ledgered::default(), config());
    let start = Event::Start { build: "hostile".into() };
    let beats = (0..4).map(|_| Event::Beat);
    for (n, event) in (1..).zip(std::iter::once(start).chain(events).chain(beats)) {
        let span = Span::secs(n);
        let at = Stamp {
            mono: Mono(1_000_000_000).plus(span),
            local: LocalTime(START.0).plus(span),
            market: Some(START.plus(span)),
        };
        if lane.turn([Input { at, event }]).is_err() {
            return;
        }
    }
}

fn config() -> LaneConfig {
    let bot = "cross".parse().unwrap();
    LaneConfig {
        account: account(),
        start_cash: Money::units(50_000).unwrap(),
        limits: Limits {
            max_order_lots: Lots(3),
            max_instrument_lots: Lots(5),
            risk_per_trade: Money::units(200).unwrap(),
            daily_loss: Money::units(500).unwrap(),
            collar: Bps(200),
            collar_ticks: Ticks(400),
            max_orders_per_window: 5,
            through: Ticks(2),
            cash_tolerance: Money::units(5).unwrap(),
            day: DayLimits::OFF,
            size: SizeLimits::OFF,
            hours: HourLimits::OFF,
            pace: PaceLimits::OFF,
        },
        timings: Waits {
            intent_age: Span::secs(90),
            data_age: Span::secs(5),
            bar_lateness: Span::secs(1),
            rate_window: Span::secs(60),
            send_deadline: Span::millis(250),
            answer: Span::secs(3),
            protect: Span::secs(2),
            detect: Span::secs(5),
            settle: Span::secs(2),
            quotes_gone: Span::secs(10),
            reprice: Span::secs(1),
            flat: Span::secs(30),
            account_age: None,
        },
        bots: vec![BotSeat { bot, symbol: symbol(), bar: Span::secs(60), warm_up: 3 }],
        on_stop: OnStop::KeepProtection,
        sizing: Vec::new(),
    }
}

/// What two clients of one account say by turns: the exchange never comes to what cannot be, and what it says is read.
pub fn venue(bytes: &[u8]) -> usize {
    let mut exchange = quiet();
    let mut frames = Frames::default();
    frames.push(&framed(bytes, &[]));
    let (mut out, mut now, mut understood) = (Vec::new(), START, 0);
    for n in 1.. {
        understood = usize::try_from(n - 1).unwrap();
        let Ok(Some(frame)) = frames.next_frame() else { break };
        let Ok(message) = decode::<ClientMessage>(&frame) else { break };
        assert_eq!(decode(&encode(&message)[4..]), Ok(message.clone()), "said again it is the same");
        now = now.plus(Span::millis(1));
        let session = SessionId(1 + n % 2);
        if !exchange.has(session) {
            exchange.connect(session);
        }
        exchange.receive(session, now, message, &mut out).unwrap();
        say(&exchange, &mut out);
    }
    exchange.advance(now.plus(Span::secs(1)), &mut out).unwrap();
    say(&exchange, &mut out);
    understood
}

fn say(exchange: &Exchange, out: &mut Vec<Outgoing>) {
    for outgoing in out.drain(..) {
        let message = outgoing.into_message(exchange.floor().desk());
        assert_eq!(
            decode(&encode(&message)[4..]),
            Ok(message.clone()),
            "what the venue says is read as it was said"
        );
    }
}

/// An exchange where nobody trades but who is heard.
pub fn quiet() -> Exchange {
    let plan = Plan {
        contracts: vec![(mes(), Drive::Quiet)],
        accounts: vec![(account(), Money::units(50_000).unwrap())],
        seed: 1,
        salt: 1,
        start: START,
        warm_up: Span::ZERO,
        models: Models::default(),
    };
    let clock = MarketClock { origin: START, at: Mono(0), speed_milli: 1_000 };
    Exchange::new(Floor::create(plan).unwrap(), clock)
}
