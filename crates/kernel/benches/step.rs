//! What the kernel costs in nanoseconds: a look at the order table, all rules of the gate, turns of a lane.
//!
//! It only prints; it holds no threshold, because a busy machine says nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that fails has nothing to print")]

#[path = "../tests/lane/rig.rs"]
#[expect(dead_code, reason = "the tests' rig, of which a part is driven here")]
mod rig;
#[path = "../tests/lane/words.rs"]
#[expect(dead_code, reason = "the tests' words, of which a few are said here")]
mod words;

use std::hint::black_box;
use std::time::{Duration, Instant};

use rig::{Rig, bot, symbol};
use stopline_kernel::input::{Event, Input};
use stopline_kernel::num::{Lots, Side, Ticks};
use stopline_kernel::risk::{Proposal, RULES, RULES_IF_SET};
use stopline_kernel::table::{Ask, Life, OrderEvent, next};
use stopline_kernel::time::Span;

/// How often each piece of work is timed; the median is told, so that a few interruptions do not count.
const SAMPLES: usize = 301;

fn main() {
    print("order table, one look", 10_000, table());
    let rig = Rig::ready();
    print("gate, all rules of an entry", 1_000, gate(&rig));
    print("gate and 3 working orders", 1_000, gate(&with_a_bracket()));
    print("turn on a quote", 200, turns(Rig::ready(), |rig| rig.bbo(23_499, 23_501)));
    print("turn on a quote, 3 working orders", 200, turns(with_a_bracket(), |rig| rig.bbo(23_499, 23_501)));
    print("turn on a beat", 200, turns(Rig::ready(), |_| Event::Beat));
    print("turn on a beat, 3 working orders", 200, turns(with_a_bracket(), |_| Event::Beat));
}

/// A position of one lot with its stop and target working.
fn with_a_bracket() -> Rig {
    let mut rig = Rig::ready();
    for line in [
        "botup",
        "buy 1 stop=23480 target=23540",
        "works entry ; held stop ; held target",
        "fill entry 1 @ 23501 ; works stop worth=1 ; works target worth=1",
    ] {
        rig.line(line);
    }
    rig
}

fn table() -> impl FnMut() {
    move || {
        let event = black_box(OrderEvent::Received);
        black_box(next(black_box(Life::Submitted), black_box(Ask::Nothing), event));
    }
}

fn gate(rig: &Rig) -> impl FnMut() {
    let book = rig.lane.book();
    let proposal = Proposal {
        book,
        at: rig.at,
        bot: bot(),
        symbol: symbol(),
        side: Side::Buy,
        lots: Lots(1),
        opens: true,
        adds: Lots(1),
        reference: Some(Ticks(23_501)),
        prices: [None, Some(Ticks(23_480)), Some(Ticks(23_540))],
        stop: Some(Ticks(23_480)),
        target: Some(Ticks(23_540)),
        derived: rig.at.market.unwrap(),
        repeated: false,
    };
    move || {
        for rule in RULES {
            black_box(rule(black_box(&proposal)));
        }
        for rule in RULES_IF_SET {
            black_box(rule(black_box(&proposal)));
        }
    }
}

/// A turn of one input; time moves on by a microsecond each time.
fn turns(mut rig: Rig, mut event: impl FnMut(&mut Rig) -> Event) -> impl FnMut() {
    move || {
        rig.pass(Span(1_000));
        let event = event(&mut rig);
        let at = rig.at;
        black_box(rig.lane.turn(vec![Input { at, event }]).unwrap());
    }
}

/// Prints the median and the 99th percentile of what one call costs, each over `calls` calls.
fn print(name: &str, calls: u32, mut work: impl FnMut()) {
    let mut samples: Vec<Duration> = (0..SAMPLES).map(|_| sample(calls, &mut work)).collect();
    samples.sort_unstable();
    let nanos = |at: usize| samples[at].as_nanos() as f64 / f64::from(calls);
    println!("{name:36} p50 {:>9.1} ns  p99 {:>9.1} ns", nanos(SAMPLES / 2), nanos(SAMPLES * 99 / 100));
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is a clock")]
fn sample(calls: u32, work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..calls).for_each(|_| work());
    start.elapsed()
}
