//! Lanes under long random sequences from a seed: everything the venue, the bots, people and the clock can do, in any
//! order.
//!
//! No sequence may panic, part memory from records, or book a trade twice; what came is compared with what was said.

use std::collections::BTreeMap;

use stopline_kernel::id::ClOrdId;
use stopline_kernel::num::{Lots, Side};
use stopline_kernel::record::Record;
use stopline_kernel::table::Life;

use crate::rig::{Out, Rig};

/// Numbers from a seed (Steele's splitmix64).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) >> 1).unwrap() % n
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// One line that makes sense to write down: it names only orders there are.
fn line(rig: &Rig, seeded: &mut Seeded) -> String {
    let ids = rig.ids();
    let legs: Vec<&str> = ids.keys().copied().collect();
    let order = if legs.is_empty() {
        return format!("buy {} stop=23470 seq={}", 1 + seeded.below(3), seeded.below(1_000));
    } else {
        let leg = legs[seeded.below(legs.len())];
        format!("{leg}#{}", 1 + seeded.below(ids[leg].len()))
    };
    let n = seeded.below(4);
    let price = 23_450 + seeded.below(100);
    match seeded.below(40) {
        0..6 => format!("buy {} stop={} seq={}", 1 + n, 23_465 + seeded.below(20), seeded.below(1_000)),
        6..8 => {
            format!("sell {} stop={} target={} seq={}", 1 + n, price + 60, price - 60, seeded.below(1_000))
        }
        8 => format!("fill {} {n} @ {price}", seeded.one_of(&["nobody", "ghost", "entry"])),
        9..15 => format!("fill {order} 1 @ {price} id=x{}", seeded.below(200)),
        15..24 => {
            let word = seeded.one_of(&[
                "ack",
                "held",
                "works",
                "cancelling",
                "cancelled",
                "cancel_refused",
                "replaced",
                "replace_refused",
                "refused",
                "elapsed",
                "completed",
                "odd",
            ]);
            format!("{word} {order} worth={n}")
        }
        24..26 => format!("modify {order} price={price} lots={n}"),
        26 => format!("cancel {order}"),
        27 => "exit".into(),
        28 => seeded.one_of(&["flatten", "pause", "resume", "resume", "stop_now"]).into(),
        29 => seeded.one_of(&["down quotes", "down orders"]).into(),
        30 => seeded.one_of(&["up quotes", "up orders"]).into(),
        31..33 => format!("snap {order}:{n} ago={}ms", seeded.below(3_000)),
        33..35 => {
            let found = seeded.one_of(&["none", "works", "held", "cancelled", "refused", "completed"]);
            format!("status {order} {found} worth={n} ago={}ms", seeded.below(4_000))
        }
        35 => seeded.one_of(&["crash", "crash +reboot", "garbage x", "snap", "snap", "snap"]).into(),
        36..38 => format!("wait {}ms", 10 * (1 + seeded.below(400))),
        _ => format!("quote {price} {} ; trade {price}", price + 1),
    }
}

/// What was told of each execution, the first time.
fn told(rig: &Rig) -> BTreeMap<String, (Option<ClOrdId>, i64)> {
    let mut told = BTreeMap::new();
    for entry in &rig.log.0 {
        if let Record::Filled(fill) = &entry.record {
            let of = (fill.root, fill.execution.side.sign() * fill.execution.lots.0);
            let again = told.insert(fill.execution.exec_id.to_string(), of);
            assert!(again.is_none(), "{} was booked twice", fill.execution.exec_id);
        }
    }
    told
}

/// INV-04, 05, 06: quantities and positions are the sums of distinct executions, and ends have evidence.
fn check(rig: &Rig) {
    let ledgered = &rig.lane.book().ledgered;
    let told = told(rig);
    for order in ledgered.orders.values() {
        let own = told.values().filter(|(root, _)| *root == Some(order.root));
        let filled: i64 = own.map(|(_, lots)| lots.abs()).sum();
        assert_eq!(order.filled, Lots(filled), "{}", order.root);
        assert_eq!(order.is_live(), ledgered.live.contains(&order.root));
        assert!(order.is_live() || order.pending.is_none());
    }
    let net: i64 = told.values().map(|(_, lots)| lots).sum();
    assert_eq!(ledgered.net(crate::rig::symbol()), Lots(net));
}

#[test]
fn no_sequence_panics_and_every_quantity_is_the_sum_of_its_executions() {
    for seed in 0..120 {
        let mut seeded = Seeded(seed);
        let mut rig = Rig::ready();
        for _ in 0..120 {
            let line = line(&rig, &mut seeded);
            if line.starts_with("down") && !rig.is_up(&line[5..]) {
                continue;
            }
            rig.line(&line);
        }
        check(&rig);
    }
}

#[test]
fn a_lane_left_alone_writes_no_more_than_its_time_outs_ask_for() {
    for seed in 200..240 {
        let mut seeded = Seeded(seed);
        let mut rig = Rig::ready();
        for _ in 0..80 {
            let line = line(&rig, &mut seeded);
            if line.starts_with("down") && !rig.is_up(&line[5..]) {
                continue;
            }
            rig.line(&line);
        }
        rig.line("wait 15s");
        let live = rig.lane.book().ledgered.live.len();
        let (records, begun) = (rig.log.0.len(), rig.at);
        let out: Vec<Out> = rig.line("wait 30s");
        let written = rig.log.0.len() - records;
        // A cancel and its silence per answer's time for each order that nobody answers for; a day's turn besides.
        let bound = live * 2 * 10 + 10;
        assert!(written <= bound, "seed {seed}: {written} records by {live} orders since {begun:?}");
        assert!(out.len() <= live * 40 + 60, "seed {seed}: {} effects", out.len());
    }
}

#[test]
fn silence_alone_ends_no_order() {
    for seed in 300..340 {
        let mut seeded = Seeded(seed);
        let mut rig = Rig::ready();
        for n in 0..3 {
            rig.line(&format!("buy 1 stop=23481 seq={n}"));
            if seeded.below(2) == 0 {
                rig.line("works entry ; held stop");
            }
        }
        for _ in 0..12 {
            let silent = ["wait 2s", "down orders", "up orders", "crash", "crash +reboot", "exit", "pause"];
            let line = seeded.one_of(&silent);
            if line.starts_with("down") && !rig.is_up("orders") {
                continue;
            }
            rig.line(line);
        }
        let ledgered = &rig.lane.book().ledgered;
        assert_eq!(ledgered.live.len(), 6);
        assert!(
            ledgered
                .orders
                .values()
                .all(|o| !matches!(o.life, Life::Draft | Life::Submitted) || rig.is_young(o))
        );
        assert!(ledgered.worst_case(crate::rig::symbol(), Side::Buy).is_ok_and(|worst| worst == Lots(3)));
    }
}
