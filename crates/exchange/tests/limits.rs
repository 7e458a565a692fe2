//! Price limits and circuit breakers: the machine on the days of March 2020, and a seeded market under narrow limits.
//!
//! Nothing here asks what a single order does within limits: that stands in `phases.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod stage;

use stage::{Stage, at, house, plan, symbol};
use stopline_calendar::{Confidence, LimitWindow, PriceLimits, bundled};
use stopline_exchange::birth::{Drive, Models, Plan};
use stopline_exchange::breaker::{Breaker, Moment, Ruled, Why};
use stopline_exchange::fact::Fact;
use stopline_exchange::floor::{Floor, News};
use stopline_exchange::journal;
use stopline_exchange::phase::Phase;
use stopline_kernel::instrument::TradingDay;
use stopline_kernel::market::TickKind;
use stopline_kernel::num::{Bps, Ticks};
use stopline_kernel::time::{ExchangeTime, Span};

/// The machine of ES on Monday, 9 March 2020, after Friday settled at 2967.25.
struct Monday {
    breaker: Breaker,
}

/// A moment of that day's session, which opened at 22:00 UTC on Sunday.
fn moment(day: u32, hour: i64, minute: i64) -> Moment {
    let into = Span::secs((hour + 2) * 3_600 + minute * 60);
    Moment { now: ExchangeTime(0).plus(into), day: TradingDay(day), into }
}

impl Monday {
    fn new() -> Monday {
        let rules = bundled().unwrap().price_limits("ES", TradingDay(20_200_309)).unwrap().unwrap().clone();
        let friday =
            Ruled { day: Some(TradingDay(20_200_306)), settlement: Some(Ticks(11_869)), ..Ruled::default() };
        Monday { breaker: Breaker::new(rules, friday, Some(Ticks(11_890))) }
    }

    fn pass(&mut self, hour: i64, minute: i64) -> (Phase, Why) {
        self.breaker.pass(moment(20_200_309, hour, minute));
        let ruled = self.breaker.ruled();
        (ruled.phase, ruled.why)
    }

    fn trade(&mut self, hour: i64, minute: i64, price: i64) -> (Phase, Why) {
        self.pass(hour, minute);
        self.breaker.traded(moment(20_200_309, hour, minute), Ticks(price));
        let ruled = self.breaker.ruled();
        (ruled.phase, ruled.why)
    }
}

fn limited(low: i64, high: i64) -> (Phase, Why) {
    (Phase::Limited { low: Ticks(low), high: Ticks(high) }, Why::Limits)
}

/// The bars of that day: locked at 2819.00 overnight, the limit at 2759.50 from 13:30 UTC on, no trade from 13:36 for about a
/// quarter of an hour, then far below.
#[test]
fn the_ninth_of_march_2020_has_its_limits_and_its_halt() {
    let mut day = Monday::new();
    assert_eq!(day.pass(-2, 0), limited(11_276, 12_462), "2819.00, five per cent below 2967.25");
    assert_eq!(
        day.trade(3, 0, 11_276),
        limited(11_276, 12_462),
        "overnight the limit holds and nothing stops"
    );
    assert_eq!(day.pass(13, 30), limited(11_038, i64::MAX), "2759.50, seven per cent");
    assert_eq!(day.trade(13, 35, 11_039), limited(11_038, i64::MAX));
    assert_eq!(day.trade(13, 36, 11_038), (Phase::Halted, Why::Level));
    assert_eq!(day.breaker.ruled().until, Some(moment(20_200_309, 13, 51).now));
    assert_eq!(day.pass(13, 50), (Phase::Halted, Why::Level));
    assert_eq!(day.pass(13, 51), limited(10_326, i64::MAX), "thirteen per cent");
    assert_eq!(day.trade(13, 52, 10_860), limited(10_326, i64::MAX), "2715.00");
    assert_eq!(day.pass(19, 25), limited(9_495, i64::MAX), "twenty per cent alone from 14:25 in Chicago");
    day.trade(19, 59, 10_980);
    assert_eq!(day.pass(20, 0), limited(10_431, 11_529), "five per cent of the last trade before 15:00");
}

#[test]
fn the_second_level_stops_again_and_the_last_one_ends_the_day() {
    let mut day = Monday::new();
    day.pass(13, 30);
    day.trade(13, 36, 11_038);
    assert_eq!(day.trade(14, 0, 10_326), (Phase::Halted, Why::Level));
    assert_eq!(day.pass(14, 15), limited(9_495, i64::MAX));
    assert_eq!(day.trade(14, 20, 9_495), (Phase::Halted, Why::LastLevel));
    assert_eq!(day.pass(20, 30), (Phase::Halted, Why::LastLevel), "no window opens it again");
    let next = moment(20_200_310, -2, 0);
    day.breaker.pass(next);
    let reference = day.breaker.ruled().reference;
    assert_eq!((reference, day.breaker.ruled().met), (Some(Ticks(9_495)), 0), "a new day begins anew");
}

#[test]
fn after_15_00_the_limit_is_never_below_the_days_last_level() {
    let mut day = Monday::new();
    day.pass(13, 30);
    day.trade(13, 36, 11_038);
    day.trade(14, 0, 10_326);
    day.trade(14, 20, 9_600);
    // Five per cent below 9600 would be 9120; twenty per cent below 11869 are 9495.
    assert_eq!(day.pass(20, 0), limited(9_495, 10_080));
}

#[test]
fn a_move_that_is_too_fast_stops_trading_for_two_minutes_outside_of_the_day_alone() {
    let rules = bundled().unwrap().price_limits("ES", TradingDay(20_240_805)).unwrap().unwrap().clone();
    let before =
        Ruled { day: Some(TradingDay(20_240_802)), settlement: Some(Ticks(20_000)), ..Ruled::default() };
    let mut breaker = Breaker::new(rules, before, None);
    let mut trade = |hour, minute, price| {
        let at = moment(20_240_805, hour, minute);
        breaker.pass(at);
        breaker.traded(at, Ticks(price));
        (breaker.ruled().why, breaker.ruled().until)
    };
    assert_eq!(trade(0, 0, 20_000).0, Why::Limits);
    assert_eq!(trade(0, 30, 19_301).0, Why::Limits);
    assert_eq!(trade(1, 5, 19_000).0, Why::Limits, "the first trade is more than an hour ago");
    let stop = trade(1, 10, 19_700);
    assert_eq!(stop, (Why::FastMove, Some(moment(20_240_805, 1, 12).now)), "700 up from 19000");
    assert_eq!(trade(1, 12, 19_000).0, Why::Limits, "the time begins anew");
    assert_eq!(trade(13, 40, 20_200).0, Why::Limits);
    assert_eq!(trade(13, 41, 19_000).0, Why::Limits, "a fast move within the day is no rule");
}

/// Three narrow levels from the session's beginning on; each stops trading for a minute.
fn narrow(seed: u64) -> Plan {
    let levels = vec![Bps(4), Bps(8), Bps(400)];
    let window =
        LimitWindow { from: Span::ZERO, up: None, down: None, levels, of_window: false, dynamic: false };
    let limits = PriceLimits {
        settles: Span::secs(10 * 86_400),
        windows: vec![window],
        halt: Span::secs(60),
        dynamic: None,
        source: "test".into(),
        confidence: Confidence::Low,
    };
    let models = Models { limits: [(symbol(), limits)].into(), ..Models::default() };
    Plan { models, ..plan(house(), Span::secs(60), seed) }
}

/// Seeds of which the market falls through the first level within the time.
const FALLING: std::ops::Range<u64> = 0..12;

#[test]
fn in_a_seeded_market_nothing_trades_beyond_a_level_or_while_it_stops_trading() {
    let mut met = 0;
    for seed in FALLING {
        let mut floor = Floor::create(narrow(seed)).unwrap();
        floor.advance(at(1_800)).unwrap();
        let mut ruled = Ruled::default();
        for news in floor.take_news() {
            match news {
                News::Fact(Fact::Ruled { ruled: now, .. }, _) => {
                    met += usize::from(now.why == Why::Level);
                    ruled = now;
                }
                News::Tick(tick) => {
                    if let TickKind::Trade { price, .. } = tick.what {
                        assert!(ruled.phase.allows(price), "seed {seed}: {price:?} under {ruled:?}");
                    }
                }
                _ => {}
            }
        }
    }
    assert!(met > 3, "the markets hardly met a level: choose other seeds");
}

#[test]
fn a_restart_within_a_stop_keeps_it_to_its_end() {
    let fell = FALLING.clone().find_map(|seed| {
        let mut floor = Floor::create(narrow(seed)).unwrap();
        let mut facts = Vec::new();
        for second in 1..1_800 {
            floor.advance(at(second)).unwrap();
            facts.extend(floor.take_news().into_iter().filter_map(|news| match news {
                News::Fact(fact, _) => Some(fact),
                _ => None,
            }));
            if floor.desk().ruled(symbol()).why == Why::Level {
                return Some((seed, floor.desk().ruled(symbol()), facts));
            }
        }
        None
    });
    let Some((seed, ruled, facts)) = fell else { panic!("no market fell: choose other seeds") };
    let line = journal::Chain::default().line(&facts);
    let read = journal::read(line.as_bytes()).unwrap();
    let again = Floor::restore(narrow(seed), &read).unwrap();
    assert_eq!(again.desk().ruled(symbol()), ruled);
    let mut s = Stage { floor: again };
    s.place(1, "a buy 1 market", None, &[]);
    assert_eq!(s.news(), ["a rejected: trading is halted"]);
    let until = ruled.until.unwrap();
    // The clock of a killed exchange goes on from the end of the time it had reserved.
    s.floor.advance(until.max(s.floor.now())).unwrap();
    assert!(s.floor.desk().phase(symbol()).trades(), "it ends when it was to end");
}

#[test]
fn a_quiet_market_without_limits_is_ruled_by_nobody() {
    let mut floor = Floor::create(plan(Drive::Quiet, Span::ZERO, 1)).unwrap();
    floor.advance(at(600)).unwrap();
    assert_eq!(floor.desk().ruled(symbol()), Ruled::default());
}
