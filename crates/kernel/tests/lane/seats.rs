//! Bots that are seated in the lane itself, and the cost of a tick.
//!
//! A seated bot is our own code, but no turn of the lane may depend on its good sense.

use stopline_kernel::effect::BotEvent;
use stopline_kernel::input::Event;
use stopline_kernel::intent::{Entry, Intent, Wish};
use stopline_kernel::num::{Bps, Lots, Side, Ticks};
use stopline_kernel::record::Record;
use stopline_kernel::time::ExchangeTime;
use stopline_kernel::view::Decide;

use crate::rig::{Rig, bot, symbol};

/// Wants the same too large entry again, whatever it is told.
struct Stubborn(u32);

impl Decide for Stubborn {
    fn on(&mut self, _: &BotEvent) -> Vec<Intent> {
        self.0 += 1;
        let entry = Entry { side: Side::Buy, lots: Lots(99), limit: None, stop: Ticks(1), target: None };
        vec![Intent {
            symbol: symbol(),
            wish: Wish::Enter(entry),
            reason: "again".into(),
            confidence: Bps(10_000),
            bar_open: ExchangeTime(0),
            data_time: ExchangeTime(0),
            sequence: self.0,
        }]
    }
}

#[test]
fn a_seated_bot_that_answers_every_denial_with_a_wish_is_put_out_and_the_turn_ends() {
    let mut rig = Rig::ready();
    rig.lane.seat(bot(), Box::new(Stubborn(0)));
    rig.line("botup");
    rig.line("want_nothing");
    rig.line("buy 99 stop=23480");
    let out = rig.log.0.iter().any(
        |entry| matches!(&entry.record, Record::BotChanged { up: false, why, .. } if **why == *"flooded"),
    );
    assert!(out);
    assert!(!rig.lane.book().link.bots_up.contains(&bot()));
}

#[test]
fn a_tick_that_changes_nothing_writes_nothing_and_asks_nothing() {
    let mut rig = Rig::ready();
    rig.line("buy 1 stop=23480");
    rig.line("works entry ; held stop");
    rig.line("fill entry 1 @ 23501 ; works stop worth=1");
    let records = rig.log.0.len();
    for n in 0..1_000 {
        let event: Event = rig.bbo(23_499 - n % 3, 23_501);
        assert!(rig.give(event).is_empty());
    }
    assert_eq!(rig.log.0.len(), records);
}
