//! The machine by scripts of bytes: `I` is what comes in, `E` what is expected of it. And by bytes of no sense at all.
//!
//! Time is a number that the script sets; nothing here waits.

use stopline_kernel::effect::{OrderCommand, Ordered, Query};
use stopline_kernel::id::{AccountId, ClOrdId, Symbol, digest};
use stopline_kernel::input::{Event, NotSent};
use stopline_kernel::report::{Report, Stream};
use stopline_kernel::time::{Mono, Span};

use super::protocol::{Config, Timings};
use super::session::{MAX_UNREADABLE, Session};
use crate::protocol::Output;

const ACCOUNT: AccountId = AccountId::from_static("PAPER-1");
const SYMBOL: Symbol = Symbol::from_static("MESZ6");

const WELCOME: &str = r#"{"type":"welcome","version":4,"venue":"sim-1","clock":{"origin":0,"mono":0,"speed_milli":1000},"instruments":[{"symbol":"MESZ6","tick_mantissa":25,"tick_scale":2,"tick_value":1250000,"fee":620000,"sessions":[]}]}"#;

fn session(stream: Stream) -> Session {
    let config = Config { account: ACCOUNT, client: "test".into(), seed: 1, timings: Timings::LOCAL };
    Session::new(config, stream)
}

fn frame(json: &str) -> Vec<u8> {
    let mut bytes = u32::try_from(json.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(json.as_bytes());
    bytes
}

/// An output as a script writes it.
fn show(output: &Output) -> String {
    match output {
        Output::Connect => "connect".to_owned(),
        Output::Close => "close".to_owned(),
        Output::Write(bytes) => format!("write {}", String::from_utf8_lossy(&bytes[4..])),
        Output::Deliver(Event::Report(report)) => match report {
            Report::Up { epoch, .. } => format!("up {epoch}"),
            Report::Down { epoch, why, .. } => format!("down {epoch}: {why}"),
            Report::Order(order) => format!("order {:?}", order.what),
            Report::Snapshot(s) => format!("snapshot asked {} epoch {}", s.asked.0 / 1_000_000, s.epoch),
            Report::OrderStatus(s) => {
                format!("status asked {} found {}", s.asked.0 / 1_000_000, s.found.is_some())
            }
            Report::MarketStatus(told) => format!("market {} {}", told.symbol, told.status),
            Report::Unreadable { why, .. } => format!("unreadable: {why}"),
        },
        Output::Deliver(Event::Tick(tick)) => format!("tick {}", tick.seq),
        Output::Deliver(Event::History { bars, .. }) => format!("history of {}", bars.len()),
        Output::Deliver(other) => format!("{other:?}"),
    }
}

/// Plays a script: `@ms` sets the time, `I` lines act, `E` lines follow with all that must come out.
fn play(session: &mut Session, script: &str) {
    let (mut now, mut heard) = (Mono(0), Vec::new());
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(ms) = line.strip_prefix('@') {
            assert_eq!(heard, [""; 0], "not expected before {line}");
            now = Mono(0).plus(Span::millis(ms.parse().unwrap()));
        } else if let Some(act) = line.strip_prefix("I ") {
            assert_eq!(heard, [""; 0], "not expected before {line}");
            let mut out = Vec::new();
            step(session, now, act, &mut out);
            heard = out.iter().map(show).collect();
        } else {
            let expected = line.strip_prefix("E ").unwrap();
            assert!(!heard.is_empty(), "nothing came where {expected:?} was expected");
            assert_eq!(heard.remove(0), expected);
        }
    }
    assert_eq!(heard, [""; 0], "not expected at the end");
}

fn step(session: &mut Session, now: Mono, act: &str, out: &mut Vec<Output>) {
    match act.split_once(' ').unwrap_or((act, "")) {
        ("timer", _) => session.timer(now, out),
        ("connected", _) => session.link.connected(now, out),
        ("lost", why) => session.lost(now, why, out),
        ("leave", _) => session.link.leave(now, out),
        ("welcome", _) => session.bytes(now, &frame(WELCOME), out),
        ("bytes", json) => session.bytes(now, &frame(json), out),
        ("raw", text) => session.bytes(now, text.as_bytes(), out),
        ("ask", "snapshot") => session.query(now, Query::Snapshot, out).unwrap(),
        ("ask", id) => session.query(now, Query::OrderStatus { order: id.parse().unwrap() }, out).unwrap(),
        _ => panic!("{act}"),
    }
}

const LOGIN: &str = r#"
    I timer
    E connect
    I connected
    E write {"type":"hello","version":4,"account":"PAPER-1","stream":"orders","client":"test"}
    I welcome
    E up 1
"#;

fn up() -> Session {
    let mut session = session(Stream::Orders);
    play(&mut session, LOGIN);
    session
}

#[test]
fn a_quiet_session_asks_for_a_sign_of_life_every_second_and_ends_after_three_without() {
    let mut session = up();
    play(
        &mut session,
        r#"
        @999
        I timer
        @1000
        I timer
        E write {"type":"ping","nonce":1}
        @1500
        I bytes {"type":"pong","nonce":1}
        @2000
        I timer
        E write {"type":"ping","nonce":2}
        @4499
        I timer
        E write {"type":"ping","nonce":3}
        @4500
        I timer
        E close
        E down 1: nothing heard for 3000 ms
        "#,
    );
    let wait = session.link.next_deadline().unwrap().since(Mono(4_500_000_000));
    assert!(Span::millis(100) <= wait && wait <= Span::millis(125), "{wait:?}");
}

#[test]
fn a_venue_that_never_says_welcome_is_left() {
    play(
        &mut session(Stream::Quotes),
        r#"
        I timer
        E connect
        I connected
        E write {"type":"hello","version":4,"account":"PAPER-1","stream":"quotes","client":"test"}
        @2999
        I timer
        @3000
        I timer
        E close
        E down 1: no Welcome within 3000 ms
        "#,
    );
}

#[test]
fn a_venue_that_is_away_is_told_of_once_and_tried_for_ever() {
    play(
        &mut session(Stream::Orders),
        "
        I timer
        E connect
        I lost refused
        E down 0: refused
        I lost refused
        @130
        I timer
        E connect
        I lost refused
        @1500
        I timer
        E connect
        I lost no such file
        E down 0: no such file
        ",
    );
}

#[test]
fn a_venue_of_another_version_and_one_that_says_goodbye_are_left_with_the_reason() {
    let other = WELCOME.replace(r#""version":4"#, r#""version":1"#);
    let mut session = session(Stream::Orders);
    play(&mut session, &LOGIN.replace("I welcome\n    E up 1", ""));
    let script = format!(
        "I bytes {other}
        E close
        E down 1: the venue speaks version 1 of the paper protocol, we speak 4"
    );
    play(&mut session, &script);
    play(
        &mut up(),
        r#"
        I bytes {"type":"goodbye","why":"closing"}
        E close
        E down 1: the venue said goodbye: closing
        "#,
    );
}

#[test]
fn an_answer_is_dated_by_its_question_and_never_taken_twice() {
    play(
        &mut up(),
        r#"
        @10
        I ask snapshot
        E write {"type":"snapshot","request":1}
        @20
        I ask SLAAAAAAAAAAAAAAAAAAAAAAAAAA
        E write {"type":"order_status","request":2,"cl_ord_id":"SLAAAAAAAAAAAAAAAAAAAAAAAAAA"}
        @30
        I bytes {"type":"order_status","request":2,"cl_ord_id":"SLAAAAAAAAAAAAAAAAAAAAAAAAAA","executions":[]}
        E status asked 20 found false
        I bytes {"type":"snapshot","request":1,"time":0,"working":[],"positions":[],"executions":[],"cash":0}
        E snapshot asked 10 epoch 1
        I bytes {"type":"snapshot","request":1,"time":0,"working":[],"positions":[],"executions":[],"cash":0}
        E unreadable: an answer to question 1, which is not open
        "#,
    );
}

#[test]
fn an_answer_to_an_earlier_connection_or_another_question_proves_nothing() {
    let snapshot =
        r#"{"type":"snapshot","request":1,"time":0,"working":[],"positions":[],"executions":[],"cash":0}"#;
    let script = format!(
        r#"
        I ask snapshot
        E write {{"type":"snapshot","request":1}}
        I lost pulled
        E down 1: pulled
        @130
        I timer
        E connect
        I connected
        E write {{"type":"hello","version":4,"account":"PAPER-1","stream":"orders","client":"test"}}
        I welcome
        E up 2
        I bytes {snapshot}
        E unreadable: an answer to question 1 of an earlier connection
        I ask snapshot
        E write {{"type":"snapshot","request":2}}
        I bytes {{"type":"order_status","request":2,"cl_ord_id":"SLAAAAAAAAAAAAAAAAAAAAAAAAAA","executions":[]}}
        E unreadable: it answers another question than its number says
        "#
    );
    play(&mut up(), &script);
}

#[test]
fn what_cannot_be_read_is_told_and_ends_nothing() {
    play(
        &mut up(),
        r#"
        I bytes {"type":"exec","cl_ord_id":null,"order_id":"O1","what":"thawed","cum":0,"lots":1,"time":0}
        E order Unrecognised { word: "thawed" }
        I bytes {"type":"trade","seq":1,"symbol":"MESZ6","time":0,"price":"1.00","lots":1}
        E unreadable: it belongs to the other stream
        I bytes {"type":"exec","order_id":"O1","what":"trade","cum":0,"lots":1,"time":0}
        E unreadable: trade is missing
        I welcome
        E unreadable: a second Welcome
        I bytes {"type":"exec","order_id":"O1","what":"held","cum":0,"lots":1,"time":0}
        E order Held
        I raw HTTP/1.1
        E close
        E down 1: a frame of 1213486160 bytes; at most 33554432 are allowed
        I bytes {"type":"pong","nonce":1}
        "#,
    );
}

#[test]
fn the_payload_is_the_frame_as_it_came() {
    let (mut session, mut out) = (up(), Vec::new());
    let json = r#"{ "type":"exec",  "order_id":"O1","what":"held","cum":0,"lots":1,"time":0 }"#;
    session.bytes(Mono(0), &frame(json), &mut out);
    let [Output::Deliver(Event::Report(Report::Order(report)))] = &*out else { panic!("{out:?}") };
    assert_eq!(&*report.payload, json);
    out.clear();
    session.bytes(Mono(0), &frame(&"x".repeat(MAX_UNREADABLE + 9)), &mut out);
    let [Output::Deliver(Event::Report(Report::Unreadable { payload, .. }))] = &*out else {
        panic!("{out:?}")
    };
    assert_eq!(payload.len(), MAX_UNREADABLE);
}

#[test]
fn leaving_says_bye_and_is_for_good() {
    let mut session = up();
    play(
        &mut session,
        r#"
        I leave
        E write {"type":"bye"}
        E close
        E down 1: left in good order
        I lost closed
        @9000
        I timer
        I connected
        E close
        "#,
    );
    assert_eq!(session.link.next_deadline(), None);
}

fn cancel(account: AccountId, deadline: u64) -> OrderCommand {
    let order = ClOrdId::from_digest(digest(&[b"one"]));
    let what = Ordered::Cancel { order, symbol: SYMBOL };
    OrderCommand { account, deadline: Mono(deadline), opens: false, what }
}

#[test]
fn an_order_is_written_once_or_refused_with_the_reason() {
    let sent = |session: &mut Session, command| {
        let mut out = Vec::new();
        session.order(Mono(5), &command, &mut out).map(|()| out.len())
    };
    assert_eq!(sent(&mut up(), cancel(ACCOUNT, 5)), Ok(1));
    assert_eq!(sent(&mut up(), cancel(ACCOUNT, 4)), Err(NotSent::Late));
    assert_eq!(sent(&mut up(), cancel(AccountId::from_static("PAPER-2"), 5)), Err(NotSent::NoSession));
    assert_eq!(sent(&mut session(Stream::Orders), cancel(ACCOUNT, 5)), Err(NotSent::NoSession));
}

/// A valid conversation of the venue, as frames.
fn conversation() -> Vec<Vec<u8>> {
    let trade = r#"{"exec_id":"E1","order_id":"O1","cl_ord_id":null,"symbol":"MESZ6","side":"buy","lots":1,"price":"1.25","fee":1,"time":1}"#;
    let exec = r#"{"type":"exec","order_id":"O1","what":"trade","cum":1,"lots":1,"time":1,"trade":TRADE}"#;
    let snapshot = r#"{"type":"snapshot","request":1,"time":0,"working":[],"positions":[{"symbol":"MESZ6","lots":1,"average":"1.25"}],"executions":[TRADE],"cash":0}"#;
    let all = [exec, snapshot, r#"{"type":"pong","nonce":1}"#, r#"{"type":"goodbye","why":"x"}"#];
    all.iter().map(|json| frame(&json.replace("TRADE", trade))).collect()
}

/// A seeded stream of numbers, so that a failure can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(n.max(1)).unwrap()).unwrap()
    }
}

/// One byte changed, one left out, one doubled, or the rest cut off.
fn mutate(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let at = chance.below(bytes.len());
    match chance.below(4) {
        0 => bytes[at] = u8::try_from(chance.below(256)).unwrap(),
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, bytes[at]),
        _ => bytes.truncate(at),
    }
}

#[test]
fn no_bytes_make_it_panic_or_forget_that_it_must_connect_again() {
    let mut chance = Chance(0x9E37_79B9);
    for _ in 0..20_000 {
        let mut session = up();
        let mut out = Vec::new();
        session.query(Mono(0), Query::Snapshot, &mut out).unwrap();
        let mut bytes: Vec<u8> = conversation().swap_remove(chance.below(4));
        for _ in 0..=chance.below(3) {
            if !bytes.is_empty() {
                mutate(&mut bytes, &mut chance);
            }
        }
        if chance.below(5) == 0 {
            bytes = (0..chance.below(64)).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
        }
        out.clear();
        session.bytes(Mono(1), &bytes, &mut out);
        sound(&session, &out, &bytes);
    }
}

/// Either the session is up and every whole frame was told of in some way, or it is down and said so.
fn sound(session: &Session, out: &[Output], bytes: &[u8]) {
    let down = out.iter().any(|o| matches!(o, Output::Deliver(Event::Report(Report::Down { .. }))));
    assert_eq!(down, !session.link.is_up(), "{}", String::from_utf8_lossy(bytes));
    assert!(session.link.next_deadline().is_some());
    let whole = bytes
        .split_first_chunk::<4>()
        .is_some_and(|(head, body)| usize::try_from(u32::from_be_bytes(*head)).unwrap() <= body.len());
    let pong = String::from_utf8_lossy(bytes).contains("pong");
    assert!(!whole || pong || !out.is_empty(), "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn pieces_of_any_size_say_the_same() {
    let all: Vec<u8> = conversation().concat();
    let told = |piece: usize| {
        let (mut session, mut out) = (up(), Vec::new());
        session.query(Mono(0), Query::Snapshot, &mut Vec::new()).unwrap();
        all.chunks(piece).for_each(|bytes| session.bytes(Mono(1), bytes, &mut out));
        out
    };
    let whole = told(usize::MAX);
    assert_eq!(whole.len(), 4, "{whole:?}");
    (1..all.len()).for_each(|piece| assert_eq!(told(piece), whole));
}
