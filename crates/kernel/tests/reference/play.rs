//! Plays a sequence to a lane and to the reference, and compares them. It never looks into the lane before the end of
//! a move, and the reference hears only what a broker said.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stopline_kernel::id::ClOrdId;
use stopline_kernel::num::Side;
use stopline_kernel::record::Record;
use stopline_kernel::table::{Ask, Life, Next};

use crate::expected::{Account, Told, next};
use crate::rig::{Rig, bot, mes, symbol};

/// One move. Orders are counted over all that were placed, round and round.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    Enter { buy: bool, lots: i64 },
    Fill { order: usize, lots: i64, price: i64, exec: u8 },
    Word { order: usize, word: &'static str },
    Cancel { order: usize },
    TakeBack { exec: u8 },
    Wait { ms: u64 },
    Crash,
    Exit,
}

const WORDS: &[&str] = &[
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
];

pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        2 => (any::<bool>(), 1..4_i64).prop_map(|(buy, lots)| Move::Enter { buy, lots }),
        6 => (0..12_usize, 1..3_i64, 23_490..23_510_i64, 0..16_u8)
            .prop_map(|(order, lots, price, exec)| Move::Fill { order, lots, price, exec }),
        6 => (0..12_usize, proptest::sample::select(WORDS)).prop_map(|(order, word)| Move::Word { order, word }),
        2 => (0..12_usize).prop_map(|order| Move::Cancel { order }),
        1 => (0..16_u8).prop_map(|exec| Move::TakeBack { exec }),
        1 => (1..400_u64).prop_map(|n| Move::Wait { ms: 10 * n }),
        1 => Just(Move::Crash),
        1 => Just(Move::Exit),
    ];
    proptest::collection::vec(one, 1..40)
}

/// What is done to the lane's hearing, so that it and the reference part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    /// An execution that is told again has another id.
    RepeatsAreNew,
    /// An execution on an ended order is not told.
    LateFillsLost,
}

/// Plays it; the first difference is told in words.
pub(crate) fn play(moves: &[Move], plant: Option<Plant>) -> Result<(), String> {
    let mut rig = Rig::ready();
    let mut account = Account::default();
    let mut heard = 0;
    for (n, step) in moves.iter().enumerate() {
        one(&mut rig, &mut account, step, n, plant, &mut heard);
        same_account(&rig, &account).map_err(|what| format!("after move {n}, {step:?}: {what}"))?;
    }
    same_states(&rig)
}

fn one(rig: &mut Rig, account: &mut Account, step: &Move, n: usize, plant: Option<Plant>, repeats: &mut u32) {
    let placed = placed(rig);
    let order = |n: usize| placed.get(n % placed.len().max(1)).cloned();
    match step {
        Move::Enter { buy: true, lots } => drop(rig.line(&format!("buy {lots} stop=23470 seq={n}"))),
        Move::Enter { buy: false, lots } => drop(rig.line(&format!("sell {lots} stop=23530 seq={n}"))),
        Move::Fill { order: nth, lots, price, exec } => {
            let Some((name, root, side)) = order(*nth) else { return };
            let again = rig.executions.iter().any(|(_, _, e)| e.exec_id.0 == format!("x{exec}").into());
            let told = Told { order: root.to_string(), side, lots: *lots, price: *price };
            account.tell(&format!("x{exec}"), told);
            let ended = rig.lane.book().ledgered.order(root).is_some_and(|o| !o.is_live());
            if plant == Some(Plant::LateFillsLost) && ended {
                return;
            }
            *repeats += 1;
            let id = if plant == Some(Plant::RepeatsAreNew) && again {
                format!("y{repeats}")
            } else {
                format!("x{exec}")
            };
            rig.line(&format!("fill {name} {lots} @ {price} id={id}"));
        }
        Move::Word { order: nth, word } => {
            let Some((name, ..)) = order(*nth) else { return };
            rig.line(&format!("{word} {name}"));
        }
        Move::Cancel { order: nth } => {
            let Some((name, ..)) = order(*nth) else { return };
            rig.line(&format!("cancel {name}"));
        }
        Move::TakeBack { exec } => {
            account.take_back(&format!("x{exec}"));
            rig.line(&format!("busted ghost id=x{exec}"));
        }
        Move::Wait { ms } => drop(rig.line(&format!("wait {ms}ms"))),
        Move::Crash => drop(rig.line("crash")),
        Move::Exit => drop(rig.line("exit")),
    }
}

/// Every order that was placed, with the rig's name of it.
fn placed(rig: &Rig) -> Vec<(String, ClOrdId, Side)> {
    let by_leg = rig.ids();
    let named = by_leg
        .iter()
        .flat_map(|(leg, ids)| ids.iter().enumerate().map(move |(n, id)| (format!("{leg}#{}", n + 1), *id)));
    let side = |id| rig.lane.book().ledgered.order(id).map(|o| o.spec.side);
    named.filter_map(|(name, id)| Some((name, id, side(id)?))).collect()
}

fn same_account(rig: &Rig, account: &Account) -> Result<(), String> {
    let ledgered = &rig.lane.book().ledgered;
    let same = |what: &str, ours: i64, expected: i64| {
        if ours == expected { Ok(()) } else { Err(format!("{what}: {ours}, and {expected} was to be")) }
    };
    for order in ledgered.orders.values() {
        same("lots of an order", order.filled.0, account.traded(Some(&order.root.to_string())))?;
    }
    let position = ledgered.positions.get(&symbol()).and_then(|by_bot| by_bot.get(&bot()));
    let average = position.and_then(|p| p.average()).map(|ticks| ticks.0);
    same("position", ledgered.net(symbol()).0, account.net())?;
    same("average", average.unwrap_or(0), account.average().unwrap_or(0))?;
    same("profit", ledgered.realised.0, account.realised * mes().tick_value.0)?;
    same("fees", ledgered.fees.0, account.traded(None) * mes().fee.0)
}

/// Walks the records: every order stands where the reference has it after the same events.
fn same_states(rig: &Rig) -> Result<(), String> {
    let mut states = BTreeMap::new();
    for entry in &rig.log.0 {
        match &entry.record {
            Record::OrderPlaced { order, .. } => {
                _ = states.insert(order.cl_ord_id, (Life::Draft, Ask::Nothing));
            }
            Record::Transition(t) => {
                let at = states.get_mut(&t.root).ok_or("an order that was never placed moves")?;
                match next(at.0, at.1, t.event) {
                    Next::To(life, ask) => *at = (life, ask),
                    Next::Stay => {}
                    Next::Illegal => return Err(format!("{:?} at {at:?} was to be impossible", t.event)),
                }
                if *at != (t.life, t.ask) {
                    return Err(format!("{:?}: {:?}, and {at:?} was to be", t.event, (t.life, t.ask)));
                }
            }
            Record::Impossible { root, event, .. } => {
                let at = states.get(root).ok_or("an order that was never placed is impossible")?;
                if next(at.0, at.1, *event) != Next::Illegal {
                    return Err(format!("{event:?} at {at:?} was to be possible"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
