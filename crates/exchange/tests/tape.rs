//! A tape walked through the book: the bars come out as they went in, and clients fill by the stated rule. No
//! file is read.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod stage;

use stage::{START, Stage, account, at, plan};
use stopline_exchange::birth::Drive;
use stopline_exchange::floor::Floor;
use stopline_exchange::paper::{Exchange, Outgoing, Said, SessionId};
use stopline_exchange::rng::Rng;
use stopline_exchange::tape::{BarPoint, points};
use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::time::{MarketClock, Mono, Span};
use stopline_venues::paper::wire::{ClientMessage, StreamName, TAPE_OVER, VERSION, VenueMessage};

fn point(secs: i64, price: i64, lots: i64, opens: bool) -> BarPoint {
    BarPoint { at: at(secs), price: Ticks(price), lots: Lots(lots), opens }
}

fn floor(points: Vec<BarPoint>, shown: i64) -> Stage {
    let drive = Drive::Tape { source: Box::new(points.into_iter()), shown: Lots(shown) };
    let mut stage = Stage { floor: Floor::create(plan(drive, Span::ZERO, 1)).unwrap() };
    stage.news();
    stage
}

#[test]
fn bars_come_out_as_they_went_in() {
    let mut rng = Rng::new(8, 8);
    let mut price = 23_600;
    let (mut bars, mut walk) = (Vec::new(), Vec::new());
    for minute in 0..60 {
        let open = price + rng.between(-2, 2);
        let (high, low) = (open + rng.between(0, 30), open - rng.between(0, 30));
        let (close, volume) = (rng.between(low, high), rng.between(4, 3_000));
        let path = [open, high, low, close].map(Ticks);
        walk.extend(points(at(minute * 60), Span::secs(60), path, Lots(volume)));
        bars.push((open, high, low, close, volume));
        price = close;
    }
    let mut stage = floor(walk, 50);
    stage.floor.advance(at(3_600)).unwrap();
    assert!(stage.floor.is_over());
    let walked = stage.floor.market(stage::symbol()).unwrap().bars.finished(60, 100, at(3_600));
    let walked: Vec<_> =
        walked.iter().map(|b| (b.open.0, b.high.0, b.low.0, b.close.0, b.volume.0)).collect();
    assert_eq!(walked, bars);
}

#[test]
fn a_limit_fills_whole_when_the_walk_goes_through_and_by_volume_when_it_touches() {
    let points = vec![
        point(0, 100, 10, true),
        point(10, 98, 6, false),
        point(20, 100, 6, false),
        point(30, 96, 8, false),
    ];
    let mut s = floor(points, 5);
    s.floor.advance(START).unwrap();
    s.place(1, "a buy 20 limit", Some(98), &[]);
    s.news();
    s.floor.advance(at(10)).unwrap();
    assert_eq!(s.news(), ["a trade 3@98 cum 3"], "the step that reached 98 had 3 of the leg's 6 lots");
    s.floor.advance(at(29)).unwrap();
    assert!(s.news().concat().contains("a trade"), "on the way to 96 the walk goes through 98");
    assert_eq!(s.stands(Side::Buy).len(), 1, "only the tape's own bid is left");
}

#[test]
fn a_client_trades_at_once_against_what_is_shown() {
    let mut s = floor(vec![point(0, 100, 10, true), point(60, 100, 10, false)], 5);
    s.floor.advance(START).unwrap();
    assert_eq!((s.stands(Side::Buy), s.stands(Side::Sell)), (vec!["99x5".into()], vec!["100x5".into()]));
    s.place(1, "a buy 2 market", None, &[]);
    s.place(1, "b sell 7 market", None, &[]);
    assert_eq!(
        s.news(),
        ["a accepted 2", "a trade 2@100 cum 2", "b accepted 7", "b trade 5@99 cum 5", "b rests 99"]
    );
}

#[test]
fn a_stop_fills_near_its_price_on_a_walk_and_beyond_a_jump() {
    let stopped = |gap| {
        let mut s = floor(vec![point(0, 100, 10, true), point(10, 90, 100, gap)], 5);
        s.floor.advance(START).unwrap();
        s.place(1, "a buy 1 market", None, &[]);
        s.place(1, "st sell 1 stop", Some(97), &[]);
        s.news();
        s.floor.advance(at(10)).unwrap();
        s.news()
    };
    assert_eq!(stopped(false), ["st trade 1@97 cum 1"]);
    assert_eq!(stopped(true), ["st trade 1@90 cum 1"]);
}

#[test]
fn quotes_sessions_hear_that_the_tape_is_over_and_order_sessions_stay() {
    let s = floor(vec![point(0, 100, 10, true), point(10, 101, 10, false)], 5);
    let clock = MarketClock { origin: START, at: Mono(0), speed_milli: 1_000 };
    let (mut exchange, mut out) = (Exchange::new(s.floor, clock), Vec::new());
    for (n, stream) in [(1, StreamName::Orders), (2, StreamName::Quotes)] {
        let account = account(1).to_string();
        exchange.connect(SessionId(n));
        let hello = ClientMessage::Hello { version: VERSION, account, stream, client: "test".into() };
        exchange.receive(SessionId(n), START, hello, &mut out).unwrap();
    }
    exchange.advance(at(20), &mut out).unwrap();
    assert_eq!(exchange.sessions(), [SessionId(1)]);
    let goodbye = VenueMessage::Goodbye { why: TAPE_OVER.to_owned() };
    assert_eq!(out.last(), Some(&Outgoing { session: SessionId(2), said: Said::Message(goodbye) }));
}
