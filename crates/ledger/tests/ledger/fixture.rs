//! A small story of one account, built from the kernel's public types: the records that tests and the benchmark write.
//!
//! Every record follows from the ones before it as `apply` demands; nothing in it is left to chance.

use stopline_kernel::id::{AccountId, BotId, BrokerOrderId, ClOrdId, ExecId, Symbol};
use stopline_kernel::instrument::{Instrument, Session, Sessions, TickSize, TradingDay};
use stopline_kernel::intent::{self, Intent, IntentKey, Leg, Origin, Wish};
use stopline_kernel::ledgered::Ledgered;
use stopline_kernel::limits::{
    BotSeat, DayLimits, HourLimits, LaneConfig, Limits, OnStop, PaceLimits, SizeLimits, Timings,
};
use stopline_kernel::num::{Bps, Lots, Money, Side, Ticks};
use stopline_kernel::order::{Execution, NewOrder, OrderKind};
use stopline_kernel::record::{Entry, Fill, Record, Stamps, Transition};
use stopline_kernel::report::Welcome;
use stopline_kernel::risk::{Check, Denial, Measure};
use stopline_kernel::table::{Ask, Life, OrderEvent};
use stopline_kernel::time::{BrokerTime, ExchangeTime, LocalTime, MarketClock, Mono, Span, Stamp};

/// 2026-11-20 14:30:00 UTC.
const BEGAN: i64 = 1_795_185_000_000_000_000;

/// The records written so far and the state they come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) entries: Vec<Entry>,
    pub(crate) state: Ledgered,
    brackets: i64,
}

pub(crate) fn account() -> AccountId {
    "PAPER-1".parse().unwrap()
}

pub(crate) fn bot() -> BotId {
    "cross".parse().unwrap()
}

pub(crate) fn mes() -> Symbol {
    "MESZ6".parse().unwrap()
}

pub(crate) fn stamp(seq: u64) -> Stamp {
    let ns = i64::try_from(seq).unwrap() * 1_250_000;
    let market = ExchangeTime(BEGAN + 60 * ns);
    Stamp { mono: Mono(5_000_000_000 + seq * 1_250_000), local: LocalTime(BEGAN + ns), market: Some(market) }
}

impl Story {
    /// An account that has begun to trade.
    pub(crate) fn begun() -> Story {
        let mut story = Story::default();
        story.push(Record::Started { build: "0.1.0 config 6e1f".into() });
        story.push(Record::Configured(Box::new(config())));
        story.push(Record::VenueKnown(Box::new(welcome())));
        story.push(Record::DayBegan {
            day: TradingDay(20_261_120),
            equity: Money(50_000_000_000),
            settled: None,
        });
        story
    }

    /// Adds a record.
    pub(crate) fn push(&mut self, record: Record) {
        self.push_of(None, record);
    }

    fn push_of(&mut self, key: Option<IntentKey>, record: Record) {
        let seq = self.state.seq + 1;
        let decision = key.map(|key| key.decision());
        let entry = Entry { seq, at: stamp(seq), input: 100 + seq / 5, decision, record };
        self.state.apply(&entry).unwrap();
        self.entries.push(entry);
    }

    /// Adds what an accepted entry with stop and target writes: the decision and three orders, and gives its key.
    pub(crate) fn bracket(&mut self, side: Side, lots: i64) -> IntentKey {
        self.brackets += 1;
        let bar_open = ExchangeTime(BEGAN + self.brackets * 60_000_000_000);
        let origin = Origin::Bot { bot: bot(), bar_open, sequence: 0 };
        let venue = "sim-1".parse().unwrap();
        let key = IntentKey { venue, account: account(), origin, symbol: mes(), side };
        self.push_of(Some(key), decided(key, bar_open, lots));
        for (leg, side, kind) in [
            (Leg::Entry, side, OrderKind::Market),
            (Leg::Stop, side.opposite(), OrderKind::Stop(Ticks(23_485 - 40 * side.sign()))),
            (Leg::Target, side.opposite(), OrderKind::Limit(Ticks(23_485 + 80 * side.sign()))),
        ] {
            let order = NewOrder {
                cl_ord_id: key.cl_ord_id(leg, 0),
                leg,
                symbol: mes(),
                side,
                lots: Lots(lots),
                kind,
            };
            self.push_of(Some(key), Record::OrderPlaced { key, order, checks: Vec::new() });
        }
        key
    }

    /// Moves an order.
    pub(crate) fn moved(&mut self, root: ClOrdId, event: OrderEvent, life: Life, ask: Ask) {
        let order_id = matches!(event, OrderEvent::Received).then(|| BrokerOrderId("81723".into()));
        let told = !matches!(event, OrderEvent::Sent | OrderEvent::Silence | OrderEvent::CancelAsked);
        let transition = Transition {
            root,
            event,
            life,
            ask,
            worth: None,
            order_id,
            reason: None,
            not_sent: None,
            payload: told.then(|| format!(r#"{{"order":"{root}","state":"{event:?}"}}"#).into()),
            stamps: Stamps {
                durable: Some(Mono(5_000_100_000)),
                sent: Some(Mono(5_000_130_000)),
                broker: told.then_some(BrokerTime(BEGAN + 7_000)),
                exchange: told.then_some(ExchangeTime(BEGAN + 9_000)),
            },
        };
        let key = self.state.order(root).map(|order| order.key);
        self.push_of(key, Record::Transition(Box::new(transition)));
    }

    /// Books a fill of an order, or of an order nobody here knows.
    pub(crate) fn filled(&mut self, root: Option<ClOrdId>, side: Side, lots: i64, price: i64) {
        let number = self.state.executions.len() + self.state.busted.len() + 1;
        let exec_id = ExecId(format!("E-{number}").into());
        let bot = root.map_or(stopline_kernel::ledgered::external_bot(), |_| bot());
        let before = self.state.positions.get(&mes()).and_then(|by_bot| by_bot.get(&bot)).cloned();
        let mut after = before.unwrap_or_default();
        let gained = after.fill(side, Lots(lots), Ticks(price)).unwrap();
        let fill = Fill {
            execution: Execution {
                exec_id,
                symbol: mes(),
                side,
                lots: Lots(lots),
                price: Ticks(price),
                fee: Some(Money(620_000)),
                time: None,
            },
            root,
            bot,
            order_id: Some(BrokerOrderId("81723".into())),
            position: after.lots(),
            realised: Money(gained * 1_250_000),
            fee: Money(620_000 * lots),
            decided_at: Some(Ticks(23_485)),
            stamps: Stamps { exchange: Some(ExchangeTime(BEGAN + 11_000)), ..Stamps::default() },
            payload: Some(format!(r#"{{"exec":"E-{number}","px":"5871.50"}}"#).into()),
        };
        let key = root.and_then(|root| self.state.order(root)).map(|order| order.key);
        self.push_of(key, Record::Filled(Box::new(fill)));
    }

    /// A bracket whose entry is sent, accepted and filled.
    pub(crate) fn trade(&mut self, side: Side, lots: i64) -> IntentKey {
        let key = self.bracket(side, lots);
        let root = key.cl_ord_id(Leg::Entry, 0);
        self.moved(root, OrderEvent::Sent, Life::Submitted, Ask::Nothing);
        self.moved(root, OrderEvent::Received, Life::Acknowledged, Ask::Nothing);
        self.moved(root, OrderEvent::Accepted, Life::Working, Ask::Nothing);
        self.filled(Some(root), side, lots, 23_486);
        self.moved(root, OrderEvent::FullyFilled, Life::Filled, Ask::Nothing);
        key
    }

    /// A snapshot as the lane writes it.
    pub(crate) fn snapshot(&mut self) {
        self.push(Record::Snapshot(Box::new(self.state.clone())));
    }

    /// The state after record `seq`.
    pub(crate) fn state_at(&self, seq: u64) -> Ledgered {
        let mut state = Ledgered::default();
        self.entries.iter().filter(|entry| entry.seq <= seq).for_each(|entry| state.apply(entry).unwrap());
        state
    }
}

fn decided(key: IntentKey, bar_open: ExchangeTime, lots: i64) -> Record {
    let sign = key.side.sign();
    let (stop, target) = (Ticks(23_485 - 40 * sign), Some(Ticks(23_485 + 80 * sign)));
    let entry = intent::Entry { side: key.side, lots: Lots(lots), limit: None, stop, target };
    let intent = Intent {
        symbol: key.symbol,
        wish: Wish::Enter(entry),
        reason: "fast average crossed the slow one".into(),
        confidence: Bps(7_000),
        bar_open,
        data_time: ExchangeTime(bar_open.0 + 59_800_000_000),
        sequence: 0,
    };
    let rules = [Denial::Halted, Denial::IntentAge, Denial::DataAge, Denial::OrderLots, Denial::DailyLoss];
    let check = |rule| Check { rule, value: Measure::Lots(1), limit: Measure::Lots(4), passed: true };
    Record::Decided { key, intent, checks: rules.map(check).to_vec(), denied: None }
}

pub(crate) fn welcome() -> Welcome {
    let (open, close) = (ExchangeTime(BEGAN - 3_600_000_000_000), ExchangeTime(BEGAN + 27_000_000_000_000));
    let instrument = Instrument {
        symbol: mes(),
        tick: TickSize { mantissa: 25, scale: 2 },
        tick_value: Money(1_250_000),
        fee: Money(620_000),
        sessions: Sessions(vec![Session { day: TradingDay(20_261_120), open, close }]),
        margin: None,
    };
    let clock = MarketClock { origin: ExchangeTime(BEGAN), at: Mono(5_000_000_000), speed_milli: 60_000 };
    Welcome { venue: "sim-1".parse().unwrap(), clock, instruments: vec![instrument] }
}

pub(crate) fn config() -> LaneConfig {
    let second = Span::secs(1);
    LaneConfig {
        account: account(),
        start_cash: Money(50_000_000_000),
        limits: Limits {
            max_order_lots: Lots(4),
            max_instrument_lots: Lots(8),
            risk_per_trade: Money(200_000_000),
            daily_loss: Money(1_000_000_000),
            collar: Bps(100),
            collar_ticks: Ticks(200),
            max_orders_per_window: 10,
            through: Ticks(2),
            cash_tolerance: Money(5_000_000),
            day: DayLimits::OFF,
            size: SizeLimits::OFF,
            hours: HourLimits::OFF,
            pace: PaceLimits::OFF,
        },
        timings: Timings {
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
        },
        bots: vec![BotSeat { bot: bot(), symbol: mes(), bar: Span::secs(60), warm_up: 20 }],
        on_stop: OnStop::KeepProtection,
        sizing: Vec::new(),
    }
}
