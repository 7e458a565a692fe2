//! The overflow policy of each kind, and that stamps follow arrival. No test here waits for a clock to pass.

use std::sync::Arc;
use std::thread;

use stopline_kernel::intent::Wish;
use stopline_kernel::market::{Bbo, Level, TickKind};
use stopline_kernel::num::{Bps, Lots, Ticks};
use stopline_kernel::report::Stream;
use stopline_kernel::time::ExchangeTime;

use super::*;

const SMALL: Bounds = Bounds { trades: 2, reports: 2, of_bot: 2, patience: Span::millis(1) };

fn inbox() -> Inbox {
    Inbox::new(Clock::new(), SMALL)
}

fn tick(seq: u64, symbol: &str, what: TickKind) -> Tick {
    let exchange_time = ExchangeTime(i64::try_from(seq).unwrap());
    Tick { symbol: symbol.parse().unwrap(), seq, exchange_time, broker_time: None, what }
}

fn quote(seq: u64, symbol: &str) -> Tick {
    let bid = Some(Level { price: Ticks(4), lots: Lots(1) });
    tick(seq, symbol, TickKind::Bbo(Bbo { bid, ask: None }))
}

fn trade(seq: u64) -> Tick {
    tick(seq, "MESZ6", TickKind::Trade { price: Ticks(4), lots: Lots(1) })
}

fn down(epoch: u64) -> Event {
    Event::Report(Report::Down { stream: Stream::Orders, epoch, why: "test".into() })
}

fn hold() -> Intent {
    Intent {
        symbol: "MESZ6".parse().unwrap(),
        wish: Wish::Hold,
        reason: "test".into(),
        confidence: Bps(0),
        bar_open: ExchangeTime(0),
        data_time: ExchangeTime(0),
        sequence: 0,
    }
}

fn taken(inbox: &Inbox) -> Vec<u64> {
    let seq = |input: Input| match input.event {
        Event::Tick(tick) => tick.seq,
        _ => 0,
    };
    inbox.take(Mono(0)).into_iter().map(seq).collect()
}

#[test]
fn a_newer_quote_replaces_the_older_of_its_instrument_and_moves_behind_what_came_between() {
    let inbox = inbox();
    for tick in [quote(1, "MESZ6"), quote(2, "MNQZ6"), trade(3), quote(4, "MESZ6")] {
        assert_eq!(inbox.tick(tick), Taken::Kept);
    }
    assert_eq!(taken(&inbox), [2, 3, 4]);
}

#[test]
fn trades_beyond_their_bound_are_dropped_and_counted_and_quotes_still_pass() {
    let inbox = inbox();
    let fates: Vec<Taken> = (1..=3).map(|seq| inbox.tick(trade(seq))).collect();
    assert_eq!(fates, [Taken::Kept, Taken::Kept, Taken::Dropped]);
    assert_eq!(inbox.tick(quote(4, "MESZ6")), Taken::Kept);
    assert_eq!((inbox.dropped(), taken(&inbox)), (1, vec![1, 2, 4]));
    assert_eq!(inbox.tick(trade(5)), Taken::Kept);
}

#[test]
fn a_bot_that_wants_too_much_is_refused_and_no_other_is() {
    let inbox = inbox();
    let (loud, calm) = ("loud".parse().unwrap(), "calm".parse().unwrap());
    assert_eq!(inbox.intent(loud, hold()), Ok(()));
    assert_eq!(inbox.state(loud, "s".into()), Ok(()));
    assert_eq!(inbox.intent(loud, hold()), Err(Flooded));
    assert_eq!(inbox.intent(calm, hold()), Ok(()));
    assert_eq!(inbox.take(Mono(0)).len(), 3);
    assert_eq!(inbox.intent(loud, hold()), Ok(()));
}

#[test]
fn a_report_waits_for_room_and_is_never_dropped() {
    let bounds = Bounds { patience: Span::secs(60), ..SMALL };
    let inbox = Arc::new(Inbox::new(Clock::new(), bounds));
    for epoch in [1, 2] {
        inbox.put(down(epoch), || ()).unwrap();
    }
    let producer = {
        let inbox = Arc::clone(&inbox);
        thread::spawn(move || inbox.put(down(3), || ()))
    };
    let mut all = Vec::new();
    while all.len() < 3 {
        all.extend(inbox.take(Clock::new().mono().plus(Span::millis(5))));
    }
    assert_eq!(producer.join().unwrap(), Ok(()));
    let events: Vec<Event> = all.into_iter().map(|input| input.event).collect();
    assert_eq!(events, [down(1), down(2), down(3)]);
}

#[test]
fn a_producer_that_waits_too_long_is_a_fault_that_is_seen() {
    let inbox = inbox();
    for epoch in [1, 2] {
        inbox.put(down(epoch), || ()).unwrap();
    }
    let mut shown = 0;
    assert_eq!(inbox.put(down(3), || shown += 1), Err(Refused::Jammed));
    assert!(inbox.is_jammed() && shown > 0);
}

#[test]
fn what_the_door_tells_has_room_when_nothing_else_has() {
    let inbox = inbox();
    for epoch in [1, 2] {
        inbox.put(down(epoch), || ()).unwrap();
    }
    inbox.told_by_door(Event::Sent { orders: vec![], durable: Mono(1), sent: Mono(2) });
    assert_eq!(inbox.take(Mono(0)).len(), 3);
}

#[test]
fn stamps_follow_arrival() {
    let inbox = inbox();
    for seq in [1, 2] {
        inbox.tick(trade(seq));
    }
    inbox.put(down(1), || ()).unwrap();
    let stamps: Vec<Mono> = inbox.take(Mono(0)).iter().map(|input| input.at.mono).collect();
    assert!(stamps.is_sorted(), "{stamps:?}");
}

#[test]
fn a_closed_inbox_refuses_and_wakes_whoever_waits_for_it() {
    let inbox = Arc::new(inbox());
    let lane = {
        let inbox = Arc::clone(&inbox);
        thread::spawn(move || inbox.take(Mono(u64::MAX)))
    };
    inbox.close();
    assert!(lane.join().unwrap().is_empty());
    assert_eq!(inbox.put(down(1), || ()), Err(Refused::Closed));
}
