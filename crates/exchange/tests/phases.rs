//! Halts, closings and price limits: what a scenario sets, what they forbid, and what a restart keeps of them. Sessions of
//! the calendar are never tested here.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod stage;

use stage::{Stage, account, at, house, plan, symbol};
use stopline_exchange::birth::{Drive, Models, Plan};
use stopline_exchange::floor::{Floor, News};
use stopline_exchange::journal;
use stopline_exchange::phase::Phase;
use stopline_kernel::market::{TickKind, Trading};
use stopline_kernel::num::{Side, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

fn scripted(drive: Drive, scenario: &str) -> Plan {
    let models = Models { scenario: scenario.parse().unwrap(), ..Models::default() };
    Plan { models, ..plan(drive, Span::secs(60), 3) }
}

/// A quiet market whose last trade is 100, under this scenario.
fn quiet(scenario: &str) -> Stage {
    let mut stage = Stage { floor: Floor::create(scripted(Drive::Quiet, scenario)).unwrap() };
    stage.place(2, "seed-1 sell 1 limit", Some(100), &[]);
    stage.place(2, "seed-2 buy 1 limit", Some(100), &[]);
    stage.news();
    stage
}

/// The trades of a busy market between two seconds.
fn trades(floor: &mut Floor, from: i64, to: i64) -> Vec<Ticks> {
    floor.advance(at(from)).unwrap();
    floor.take_news();
    floor.advance(at(to)).unwrap();
    let price = |news| match news {
        News::Tick(tick) => match tick.what {
            TickKind::Trade { price, .. } => Some(price),
            TickKind::Bbo(_) => None,
        },
        _ => None,
    };
    floor.take_news().into_iter().filter_map(price).collect()
}

#[test]
fn a_halt_refuses_what_is_new_takes_cancels_and_ends() {
    let mut s = quiet("halted@10s,open@20s");
    s.place(1, "a buy 1 limit", Some(99), &[]);
    s.place(1, "b buy 1 limit", Some(98), &[]);
    s.floor.advance(at(10)).unwrap();
    s.news();
    s.place(1, "c buy 1 market", None, &[]);
    s.replace(1, "a", "a2", 1, 97);
    s.cancel(1, "b");
    let why = "trading is halted";
    assert_eq!(
        s.news(),
        [format!("c rejected: {why}"), format!("Replace a: {why}"), "b canceled: by its client".to_owned()]
    );
    assert_eq!(s.stands(Side::Buy), ["99x1"], "the book stands as it is");
    s.floor.advance(at(20)).unwrap();
    s.place(1, "d buy 1 limit", Some(98), &[]);
    assert_eq!(s.news(), ["d accepted 1"]);
}

#[test]
fn a_busy_market_is_silent_while_it_is_halted_and_goes_on_afterwards() {
    let mut floor = Floor::create(scripted(house(), "halted@60s,open@120s")).unwrap();
    assert!(!trades(&mut floor, 0, 59).is_empty());
    floor.advance(at(60)).unwrap();
    let stood = floor.market(symbol()).unwrap().book.bbo();
    assert_eq!(trades(&mut floor, 60, 119), []);
    assert_eq!(floor.market(symbol()).unwrap().book.bbo(), stood);
    assert!(!trades(&mut floor, 120, 180).is_empty());
}

#[test]
fn a_halt_without_an_end_lasts() {
    let mut floor = Floor::create(scripted(house(), "halted@60s")).unwrap();
    assert_eq!(trades(&mut floor, 60, 1_000), []);
    assert_eq!(floor.next_event_time().map(|t| t > at(10_000_000)), Some(true));
}

#[test]
fn a_closing_takes_the_background_market_out_and_an_opening_brings_it_back() {
    let mut floor = Floor::create(scripted(house(), "closed@60s,open@120s")).unwrap();
    floor.advance(at(60)).unwrap();
    assert_eq!(floor.market(symbol()).unwrap().book.bbo(), Default::default());
    let mut s = Stage { floor };
    s.place(1, "a buy 1 market", None, &[]);
    assert_eq!(s.news().last().unwrap(), "a rejected: session closed");
    assert!(!trades(&mut s.floor, 120, 200).is_empty());
}

#[test]
fn nothing_trades_beyond_the_limits() {
    let mut floor = Floor::create(scripted(house(), "limits:3@60s")).unwrap();
    floor.advance(at(60)).unwrap();
    let Phase::Limited { low, high } = floor.desk().phase(symbol()) else { panic!("no limits") };
    let within = trades(&mut floor, 61, 1_800);
    assert!(within.iter().all(|p| low <= *p && *p <= high), "{low:?} {high:?} {within:?}");
    assert!(
        within.contains(&low) || within.contains(&high),
        "the market never met a limit: choose another seed"
    );
    let mut free = Floor::create(scripted(house(), "")).unwrap();
    assert!(trades(&mut free, 61, 1_800).iter().any(|p| *p < low || high < *p), "the limits bound nothing");
}

#[test]
fn an_order_that_could_trade_beyond_the_limits_is_refused_and_a_market_order_stops_there() {
    let mut s = quiet("limits:4@10s,open@60s");
    s.floor.advance(at(10)).unwrap();
    s.place(1, "a buy 1 limit", Some(105), &[]);
    s.place(1, "b sell 1 limit", Some(105), &[]);
    s.place(1, "c buy 1 stop_limit 105", Some(103), &[]);
    let why = "price beyond the price limits";
    assert_eq!(
        s.news(),
        [format!("a rejected: {why}"), "b accepted 1".to_owned(), format!("c rejected: {why}")]
    );
    s.place(2, "m sell 1 limit", Some(104), &[]);
    s.place(1, "d buy 3 market", None, &[]);
    let ours: Vec<_> = s.news().into_iter().filter(|l| l.starts_with("d ")).collect();
    assert_eq!(ours, ["d accepted 3", "d trade 1@104 cum 1", "d rests 104"], "105 is beyond the limit");
}

/// What clients were told of how the contract trades since the last call: the word, why, and until which second.
fn told(floor: &mut Floor) -> Vec<(Trading, String, Option<i64>)> {
    let status = |news| match news {
        News::Status(told) => Some(told),
        _ => None,
    };
    let secs = |t: ExchangeTime| t.since(at(0)).0 / Span::secs(1).0;
    let told = floor.take_news().into_iter().filter_map(status);
    told.map(|told| (told.status, told.why.to_string(), told.until.map(secs))).collect()
}

#[test]
fn clients_are_told_how_the_contract_trades_and_until_when() {
    let mut s = quiet("halted@10s,open@20s,limits:4@30s");
    let set = "set by the exchange".to_owned();
    s.floor.advance(at(25)).unwrap();
    let halt = [(Trading::Halted, set, Some(20)), (Trading::Open, String::new(), None)];
    assert_eq!(told(&mut s.floor), halt);
    s.floor.advance(at(30)).unwrap();
    let within = "within price limits".to_owned();
    assert_eq!(told(&mut s.floor), [(Trading::Open, within.clone(), None)]);
    s.place(1, "up buy 1 limit", Some(104), &[]);
    let up = "buyers stand at the upper limit".to_owned();
    assert_eq!(told(&mut s.floor), [(Trading::LimitUp, up, None)]);
    s.cancel(1, "up");
    assert_eq!(told(&mut s.floor), [(Trading::Open, within.clone(), None)]);
    s.place(1, "down sell 1 limit", Some(96), &[]);
    let down = "sellers stand at the lower limit".to_owned();
    assert_eq!(told(&mut s.floor), [(Trading::LimitDown, down, None)]);
    s.floor.advance(at(40)).unwrap();
    assert_eq!(told(&mut s.floor), [], "what is as it was is not told again");
    let status = s.floor.status(symbol()).unwrap();
    assert_eq!((status.status, status.since), (Trading::LimitDown, at(30)));
}

#[test]
fn the_end_of_a_session_is_told_with_the_next_beginning() {
    let mut floor = Floor::create(plan(Drive::Quiet, Span::ZERO, 1)).unwrap();
    floor.advance(at(7_199)).unwrap();
    assert_eq!(told(&mut floor), [], "told before clients' time began");
    floor.advance(at(7_200)).unwrap();
    assert_eq!(told(&mut floor), [(Trading::Closed, "by the calendar".to_owned(), Some(10_800))]);
    floor.advance(at(10_800)).unwrap();
    assert_eq!(told(&mut floor), [(Trading::Open, String::new(), None)]);
}

#[test]
fn while_reserved_limits_are_collected_and_what_would_trade_at_the_market_is_refused() {
    let mut s = quiet("reserved@10s,open@20s,pre_open@30s,open@40s");
    s.place(2, "ask sell 1 limit", Some(101), &[]);
    s.floor.advance(at(10)).unwrap();
    s.news();
    s.place(1, "m buy 1 market", None, &[]);
    s.place(1, "p buy 1 protected", None, &[]);
    s.place(1, "s sell 1 stop", Some(90), &[]);
    s.place(1, "first buy 1 limit", Some(101), &[]);
    s.place(2, "second buy 1 limit", Some(102), &[]);
    s.place(1, "gone buy 1 limit", Some(103), &[]);
    s.cancel(1, "gone");
    let why = "market orders and stops are not taken before the market trades";
    let refused = ["m", "p", "s"].map(|id| format!("{id} rejected: {why}"));
    let taken = ["first accepted 1", "second accepted 1", "gone accepted 1", "gone canceled: by its client"];
    let all: Vec<String> = refused.into_iter().chain(taken.map(str::to_owned)).collect();
    assert_eq!(s.news(), all);
    assert_eq!(s.stands(Side::Buy), [""; 0], "nothing crosses what stands");
    s.floor.advance(at(20)).unwrap();
    let opened: Vec<String> = s.news().into_iter().filter(|line| line.contains("trade")).collect();
    assert_eq!(
        opened,
        ["ask trade 1@101 cum 1", "first trade 1@101 cum 1"].map(str::to_owned),
        "in their order"
    );
    assert_eq!(s.stands(Side::Buy), ["102x1"]);
    s.floor.advance(at(30)).unwrap();
    s.place(1, "s2 sell 1 stop", Some(90), &[]);
    assert_eq!(s.news(), ["s2 accepted 1"], "a stop may come before the opening");
}

#[test]
fn a_restart_goes_on_in_the_phase_that_stood_and_no_step_is_lost_or_made_twice() {
    let scenario = "limits:5@60s,halted@70s,open@200s";
    let mut floor = Floor::create(scripted(house(), scenario)).unwrap();
    floor.advance(at(75)).unwrap();
    let mut chain = journal::Chain::default();
    let facts = floor.take_news().into_iter().filter_map(|n| match n {
        News::Fact(fact, _) => Some(fact),
        _ => None,
    });
    let written = chain.line(&facts.collect::<Vec<_>>());
    let read = journal::read(written.as_bytes()).unwrap();
    let mut again = Floor::restore(scripted(house(), scenario), &read).unwrap();
    assert_eq!(again.desk().phase(symbol()), Phase::Halted);
    assert_eq!(again.desk().phases_of(symbol()), 2);
    again.advance(at(300)).unwrap();
    assert_eq!((again.desk().phase(symbol()), again.desk().phases_of(symbol())), (Phase::Open, 3));
    assert!(again.desk().accounts().contains_key(&account(1)));
}
