//! Small ledgers for the report's tests: decisions, orders and fills, each record as the engine would write it.
//!
//! No code that ships knows it. Its fills are booked by the kernel's own position, so that only a planted fault is wrong.

use std::collections::BTreeMap;

use stopline_exchange::bars::Bar;
use stopline_kernel::id::{BotId, ExecId, Symbol};
use stopline_kernel::instrument::{Session, Sessions, TradingDay};
use stopline_kernel::intent::{Entry as Wanted, Intent, IntentKey, Leg, Origin, Wish};
use stopline_kernel::limits::{
    BotSeat, DayLimits, HourLimits, LaneConfig, Limits, OnStop, PaceLimits, SizeLimits, Timings,
};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::order::{Execution, NewOrder, OrderKind};
use stopline_kernel::position::Position;
use stopline_kernel::record::{Entry, Fill, Record, Stamps};
use stopline_kernel::report::Welcome;
use stopline_kernel::risk::{Check, Denial, Measure};
use stopline_kernel::time::{ExchangeTime, LocalTime, MarketClock, Mono, Span, Stamp};

use super::curve::MINUTE;
use super::{Fault, Past, Period, Summary, Venue};
use crate::sample::{MORNING, mes, symbol};

/// A second of the scene.
pub(super) fn at(secs: i64) -> ExchangeTime {
    MORNING.plus(Span::secs(secs))
}

pub(super) fn bot(name: &'static str) -> BotId {
    BotId::from_static(name)
}

/// A ledger in the making.
pub(super) struct Scene {
    pub(super) entries: Vec<Entry>,
    pub(super) bars: Vec<(Symbol, Bar)>,
    positions: BTreeMap<BotId, Position>,
    decisions: u32,
}

impl Scene {
    /// A run of these bots that begins at second 0; the session is open until second 10 000.
    pub(super) fn of(bots: &[&'static str]) -> Scene {
        let mut scene =
            Scene { entries: Vec::new(), bars: Vec::new(), positions: BTreeMap::new(), decisions: 0 };
        let seats = bots.iter().map(|name| {
            let (bot, symbol) = (bot(name), symbol());
            BotSeat { bot, symbol, bar: MINUTE, warm_up: 0 }
        });
        let mut contract = mes();
        let day = TradingDay(20_260_916);
        contract.sessions = Sessions(vec![Session { day, open: at(0), close: at(10_000) }]);
        let clock = MarketClock { origin: at(0), at: Mono(0), speed_milli: 1_000 };
        let welcome = Welcome { venue: "sim-1".parse().unwrap(), clock, instruments: vec![contract] };
        scene.push(0, None, Record::Started { build: "test".into() });
        scene.push(0, None, Record::Configured(Box::new(config(seats.collect()))));
        scene.push(0, None, Record::VenueKnown(Box::new(welcome)));
        scene
    }

    pub(super) fn push(&mut self, secs: i64, key: Option<IntentKey>, record: Record) {
        let seq = self.entries.len() as u64 + 1;
        let stamp = Stamp { mono: Mono(seq), local: LocalTime(0), market: Some(at(secs)) };
        let decision = key.map(|key| key.decision());
        self.entries.push(Entry { seq, at: stamp, input: seq, decision, record });
    }

    /// A decision to enter that was let through at `reference`, with its orders.
    pub(super) fn enter(
        &mut self,
        secs: i64,
        name: &'static str,
        side: Side,
        lots: i64,
        reference: i64,
        stop: i64,
    ) -> IntentKey {
        let (key, intent) = self.wish(name, side, lots, stop);
        let risk = (reference - stop).abs() * lots * 1_250_000 + 2 * lots * 620_000;
        let check = Check {
            rule: Denial::RiskPerTrade,
            value: Measure::Money(risk),
            limit: Measure::Money(i64::MAX),
            passed: true,
        };
        self.push(secs, Some(key), Record::Decided { key, intent, checks: vec![check], denied: None });
        for (leg, side, kind) in [
            (Leg::Entry, side, OrderKind::Market),
            (Leg::Stop, side.opposite(), OrderKind::Stop(Ticks(stop))),
            (Leg::Target, side.opposite(), OrderKind::Limit(Ticks(2 * reference - stop))),
        ] {
            let order = NewOrder {
                cl_ord_id: key.cl_ord_id(leg, 0),
                leg,
                symbol: symbol(),
                side,
                lots: Lots(lots),
                kind,
            };
            self.push(secs, Some(key), Record::OrderPlaced { key, order, checks: Vec::new() });
        }
        key
    }

    pub(super) fn denied(&mut self, secs: i64, name: &'static str, why: Denial) {
        let (key, intent) = self.wish(name, Side::Buy, 1, 1);
        self.push(secs, Some(key), Record::Decided { key, intent, checks: Vec::new(), denied: Some(why) });
    }

    /// A fill of one leg, booked as the engine books it; a stop's trigger is `meant`.
    pub(super) fn fill(&mut self, secs: i64, key: IntentKey, leg: Leg, lots: i64, price: i64, meant: i64) {
        let side = if leg == Leg::Entry { key.side } else { key.side.opposite() };
        let bot = key.origin.bot();
        let position = self.positions.entry(bot).or_default();
        let ticks = position.fill(side, Lots(lots), Ticks(price)).unwrap();
        let exec_id = ExecId(format!("E{}", self.entries.len()).into());
        let fill = Fill {
            execution: Execution {
                exec_id,
                symbol: symbol(),
                side,
                lots: Lots(lots),
                price: Ticks(price),
                fee: None,
                time: None,
            },
            root: Some(key.cl_ord_id(leg, 0)),
            bot,
            order_id: None,
            position: position.lots(),
            realised: Money(ticks * 1_250_000),
            fee: Money(620_000 * lots),
            decided_at: Some(Ticks(meant)),
            stamps: Stamps { exchange: Some(at(secs)), ..Stamps::default() },
            payload: None,
        };
        self.push(secs, Some(key), Record::Filled(Box::new(fill)));
    }

    /// A bar of the minute that begins at `secs`.
    pub(super) fn bar(&mut self, secs: i64, close: i64) {
        let (price, volume) = (Ticks(close), Lots(1));
        let bar = Bar { open_time: at(secs), open: price, high: price, low: price, close: price, volume };
        self.bars.push((symbol(), bar));
    }

    pub(super) fn past(&self, period: Period) -> Result<Past, Fault> {
        let mut past = Past::new(period);
        self.entries.iter().try_for_each(|entry| past.take(entry))?;
        Ok(past)
    }

    pub(super) fn report_of(&self, period: Period) -> Result<Summary, Fault> {
        let past = self.past(period)?;
        let last = self.entries.len() as u64;
        if self.bars.is_empty() {
            return Summary::of(&past, Err("no journal".to_owned()), last);
        }
        let (name, models) =
            ("sim-1".parse().unwrap(), BTreeMap::from([("latency".to_owned(), "5 ms".to_owned())]));
        let venue = Venue { name, seed: 7, models, bars: self.bars.clone() };
        Summary::of(&past, Ok(&venue), last)
    }

    pub(super) fn report(&self) -> Summary {
        self.report_of(Period::default()).unwrap()
    }

    fn wish(&mut self, name: &'static str, side: Side, lots: i64, stop: i64) -> (IntentKey, Intent) {
        self.decisions += 1;
        let sequence = self.decisions;
        let origin = Origin::Bot { bot: bot(name), bar_open: MORNING, sequence };
        let (venue, account) = ("sim-1".parse().unwrap(), "PAPER-1".parse().unwrap());
        let key = IntentKey { venue, account, origin, symbol: symbol(), side };
        let wish =
            Wish::Enter(Wanted { side, lots: Lots(lots), limit: None, stop: Ticks(stop), target: None });
        let intent = Intent {
            symbol: symbol(),
            wish,
            reason: "test".into(),
            confidence: Bps(5_000),
            bar_open: MORNING,
            data_time: MORNING,
            sequence,
        };
        (key, intent)
    }
}

fn config(bots: Vec<BotSeat>) -> LaneConfig {
    let (lots, money, second) = (Lots(10), Money(1_000_000_000), Span::secs(1));
    let limits = Limits {
        max_order_lots: lots,
        max_instrument_lots: lots,
        risk_per_trade: money,
        daily_loss: money,
        collar: Bps(100),
        collar_ticks: Ticks(100),
        max_orders_per_window: 10,
        through: Ticks(2),
        cash_tolerance: money,
        day: DayLimits::OFF,
        size: SizeLimits::OFF,
        hours: HourLimits::OFF,
        pace: PaceLimits::OFF,
    };
    let timings = Timings {
        intent_age: second,
        data_age: second,
        bar_lateness: second,
        rate_window: second,
        send_deadline: second,
        answer: second,
        protect: second,
        detect: second,
        settle: second,
        quotes_gone: second,
        reprice: second,
        flat: second,
        account_age: None,
    };
    let (account, start_cash) = ("PAPER-1".parse().unwrap(), Money(1_000_000_000));
    LaneConfig {
        account,
        start_cash,
        limits,
        timings,
        bots,
        on_stop: OnStop::KeepProtection,
        sizing: Vec::new(),
    }
}
