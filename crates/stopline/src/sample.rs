//! A bracket's life as records, for tests: bought, one tick worse than decided, and stopped out; and a denial.
//!
//! No code that ships knows it.

use stopline_kernel::halt::Level;
use stopline_kernel::id::{BotId, ExecId, Symbol};
use stopline_kernel::instrument::{Instrument, Sessions, TickSize};
use stopline_kernel::intent::{Entry as EntryWish, Intent, IntentKey, Leg, Origin, Wish};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::order::{Execution, NewOrder, OrderKind};
use stopline_kernel::record::{Entry, Fill, Record, Stamps, Transition};
use stopline_kernel::risk::{Check, Denial, Measure};
use stopline_kernel::table::{Ask, Life, OrderEvent};
use stopline_kernel::time::{ExchangeTime, LocalTime, Mono, Span, Stamp};

/// 2026-09-16 08:45:00 in Chicago.
pub(crate) const MORNING: ExchangeTime = ExchangeTime(1_789_566_300_000_000_000);

/// MES, without sessions.
pub(crate) fn mes() -> Instrument {
    Instrument {
        symbol: symbol(),
        tick: TickSize { mantissa: 25, scale: 2 },
        tick_value: Money(1_250_000),
        fee: Money(620_000),
        sessions: Sessions::default(),
        margin: None,
    }
}

pub(crate) fn symbol() -> Symbol {
    "MESZ6".parse().unwrap()
}

fn bot() -> BotId {
    BotId::from_static("cross")
}

fn key(sequence: u32) -> IntentKey {
    let origin = Origin::Bot { bot: bot(), bar_open: MORNING, sequence };
    let (venue, account) = ("sim-1".parse().unwrap(), "PAPER-1".parse().unwrap());
    IntentKey { venue, account, origin, symbol: symbol(), side: Side::Buy }
}

fn wish() -> Intent {
    let entry = EntryWish {
        side: Side::Buy,
        lots: Lots(1),
        limit: None,
        stop: Ticks(26_780),
        target: Some(Ticks(26_850)),
    };
    Intent {
        symbol: symbol(),
        wish: Wish::Enter(entry),
        reason: "fast over slow".into(),
        confidence: Bps(6_250),
        bar_open: MORNING,
        data_time: MORNING.plus(Span::secs(59)),
        sequence: 0,
    }
}

fn order(leg: Leg, side: Side, kind: OrderKind) -> NewOrder {
    NewOrder { cl_ord_id: key(0).cl_ord_id(leg, 0), leg, symbol: symbol(), side, lots: Lots(1), kind }
}

fn fill(leg: Leg, side: Side, price: i64, position: i64, realised: i64) -> Record {
    let exec_id = ExecId(format!("E-{}", leg.word()).into());
    let (lots, price) = (Lots(1), Ticks(price));
    Record::Filled(Box::new(Fill {
        execution: Execution { exec_id, symbol: symbol(), side, lots, price, fee: None, time: None },
        root: Some(key(0).cl_ord_id(leg, 0)),
        bot: bot(),
        order_id: None,
        position: Lots(position),
        realised: Money(realised),
        fee: Money(620_000),
        decided_at: (leg == Leg::Entry).then_some(Ticks(26_800)),
        stamps: Stamps { exchange: Some(MORNING.plus(Span::secs(61))), ..Stamps::default() },
        payload: Some("{\"what\":\"trade\"}".into()),
    }))
}

fn moved(leg: Leg, event: OrderEvent, life: Life) -> Record {
    Record::Transition(Box::new(Transition {
        root: key(0).cl_ord_id(leg, 0),
        event,
        life,
        ask: Ask::Nothing,
        worth: None,
        order_id: None,
        reason: None,
        not_sent: None,
        payload: None,
        stamps: Stamps::default(),
    }))
}

/// The records of a decision that was let through.
pub(crate) fn bracket() -> Vec<Entry> {
    let passed = Check {
        rule: Denial::RiskPerTrade,
        value: Measure::Money(26_240_000),
        limit: Measure::Money(250_000_000),
        passed: true,
    };
    let placed = |order| Record::OrderPlaced { key: key(0), order, checks: Vec::new() };
    let records = vec![
        Record::Decided { key: key(0), intent: wish(), checks: vec![passed], denied: None },
        placed(order(Leg::Entry, Side::Buy, OrderKind::Market)),
        placed(order(Leg::Stop, Side::Sell, OrderKind::Stop(Ticks(26_780)))),
        moved(Leg::Entry, OrderEvent::Accepted, Life::Working),
        fill(Leg::Entry, Side::Buy, 26_801, 1, 0),
        moved(Leg::Entry, OrderEvent::FullyFilled, Life::Filled),
        moved(Leg::Stop, OrderEvent::Accepted, Life::Working),
        fill(Leg::Stop, Side::Sell, 26_780, 0, -26_250_000),
    ];
    (1..).zip(records).map(|(seq, record)| entry(seq, key(0), record)).collect()
}

/// The record of a decision that was denied.
pub(crate) fn denied() -> Entry {
    let failed = Check {
        rule: Denial::Halted,
        value: Measure::Level(Level::Halted),
        limit: Measure::Level(Level::Running),
        passed: false,
    };
    let denied = Some(Denial::Halted);
    entry(1, key(1), Record::Decided { key: key(1), intent: wish(), checks: vec![failed], denied })
}

fn entry(seq: u64, key: IntentKey, record: Record) -> Entry {
    let market = Some(MORNING.plus(Span::secs(60)));
    let at = Stamp { mono: Mono(seq), local: LocalTime(1_700_000_000_000_000_000), market };
    Entry { seq, at, input: seq, decision: Some(key.decision()), record }
}
